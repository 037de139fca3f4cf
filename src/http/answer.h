/*-------------------------------------------------------------------------
 *
 * answer.h
 *		Collecting an answer as it comes: the headers that matter and the
 *		decompressed body, within limits.
 *
 * Called from libcurl's callbacks: malloc only, and nothing raises an error.
 * What goes wrong is recorded in the answer.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ANSWER_H
#define STRIPE_ANSWER_H

#include "postgres.h"

#include "http/gunzip.h"
#include "http/http.h"

typedef struct HttpAnswer
{
	HttpFailure failure;		/* why collecting has stopped; HTTP_OK: it
								 * has not */
	const char *why;			/* the same in words; constant */

	/* values of headers, empty if absent; longer ones are cut */
	char		content_type[128];
	char		request_id[128];
	char		retry_after[64];
	char		date[64];
	char		should_retry[16];
	char		replayed[16];
	char		rate_limited_reason[64];
	char		content_encoding[32];
	size_t		header_bytes;	/* of all lines so far */
	bool		headers_done;	/* the blank line has come */

	size_t		max_body;
	char	   *body;			/* malloc'd, NUL-terminated; NULL: none yet */
	size_t		body_len;
	size_t		body_size;		/* allocated */
	uint64		wire_bytes;		/* of the body as received */
	Gunzip	   *gunzip;			/* NULL: not compressed, or none yet */
} HttpAnswer;

/* max_body: bytes after decompression. */
extern void answer_init(HttpAnswer *answer, size_t max_body);

/* One header line (status lines too), not NUL-terminated; false: stop. */
extern bool answer_add_header(HttpAnswer *answer, const char *line, size_t len);

/* Some bytes of the body; false: stop. */
extern bool answer_add_body(HttpAnswer *answer, const char *bytes, size_t len);

/*
 * The connection has delivered all it will: false if a compressed body has
 * not come to its end.  bodyless: no body was due (HEAD, 204, 304).
 */
extern bool answer_finish(HttpAnswer *answer, bool bodyless);

/* Zeroes and frees the body. */
extern void answer_free(HttpAnswer *answer);

#endif							/* STRIPE_ANSWER_H */
