/*-------------------------------------------------------------------------
 *
 * answer.c
 *		Collecting an answer as it comes: the headers that matter and the
 *		decompressed body, within limits.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/secret.h"
#include "http/answer.h"

/* All header lines of one answer; those of Stripe take some 3 kB. */
#define ANSWER_MAX_HEADER_BYTES (256 * 1024)

/* The first allocation for a body; a page of 100 objects is a few times that. */
#define ANSWER_FIRST_BODY_BYTES ((size_t) 64 * 1024)

typedef enum BodyCoding
{
	CODING_IDENTITY,
	CODING_GZIP,
	CODING_UNKNOWN
} BodyCoding;

/* Headers that are kept, and where. */
static const struct
{
	const char *name;
	size_t		offset;
	size_t		size;
}			kept_headers[] = {
#define KEPT(name, field) \
	{name, offsetof(HttpAnswer, field), sizeof(((HttpAnswer *) 0)->field)}
	KEPT("content-type", content_type),
	KEPT("request-id", request_id),
	KEPT("retry-after", retry_after),
	KEPT("date", date),
	KEPT("stripe-should-retry", should_retry),
	KEPT("idempotent-replayed", replayed),
	KEPT("stripe-rate-limited-reason", rate_limited_reason),
	KEPT("content-encoding", content_encoding),
#undef KEPT
};

static bool append_body(void *arg, const char *bytes, size_t len);

void
answer_init(HttpAnswer *answer, size_t max_body)
{
	memset(answer, 0, sizeof(HttpAnswer));
	answer->max_body = max_body;
}

/* Records why the answer is of no use; the first reason counts. */
static bool
stop(HttpAnswer *answer, HttpFailure failure, const char *why)
{
	if (answer->failure == HTTP_OK)
	{
		answer->failure = failure;
		answer->why = why;
	}
	return false;
}

static inline bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

bool
answer_add_header(HttpAnswer *answer, const char *line, size_t len)
{
	const char *end = line + len;
	const char *value;
	size_t		name_len;

	answer->header_bytes += len;
	if (answer->header_bytes > ANSWER_MAX_HEADER_BYTES)
		return stop(answer, HTTP_FAIL_TOO_LARGE, "the answer's headers are too long");

	/* An interim answer (1xx) comes before the real one, with its own headers. */
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
	{
		for (size_t i = 0; i < lengthof(kept_headers); i++)
			*((char *) answer + kept_headers[i].offset) = '\0';
		answer->headers_done = false;
		return true;
	}

	/* What comes after the blank line are trailers, and none of ours. */
	if (len == 0 || line[0] == '\r' || line[0] == '\n')
		answer->headers_done = true;
	value = memchr(line, ':', len);
	if (answer->headers_done || value == NULL)
		return true;

	name_len = value++ - line;
	while (value < end && is_blank(*value))
		value++;
	while (end > value && is_blank(end[-1]))
		end--;

	for (size_t i = 0; i < lengthof(kept_headers); i++)
	{
		if (strlen(kept_headers[i].name) == name_len &&
			pg_strncasecmp(line, kept_headers[i].name, name_len) == 0)
		{
			char	   *kept = (char *) answer + kept_headers[i].offset;
			size_t		kept_len = Min((size_t) (end - value), kept_headers[i].size - 1);

			memcpy(kept, value, kept_len);
			kept[kept_len] = '\0';
		}
	}
	return true;
}

static BodyCoding
body_coding(const HttpAnswer *answer)
{
	const char *name = answer->content_encoding;

	if (name[0] == '\0' || pg_strcasecmp(name, "identity") == 0)
		return CODING_IDENTITY;
	if (pg_strcasecmp(name, "gzip") == 0 || pg_strcasecmp(name, "x-gzip") == 0)
		return CODING_GZIP;
	return CODING_UNKNOWN;
}

bool
answer_add_body(HttpAnswer *answer, const char *bytes, size_t len)
{
	answer->wire_bytes += len;

	switch (body_coding(answer))
	{
		case CODING_IDENTITY:
			return append_body(answer, bytes, len);
		case CODING_UNKNOWN:
			return stop(answer, HTTP_FAIL_PROTOCOL, "the answer's encoding is not known");
		case CODING_GZIP:
			break;
	}

	if (answer->gunzip == NULL)
		answer->gunzip = gunzip_create();
	if (answer->gunzip == NULL)
		return stop(answer, HTTP_FAIL_TOO_LARGE, "out of memory for the answer");

	switch (gunzip_feed(answer->gunzip, bytes, len, append_body, answer))
	{
		case GUNZIP_OK:
			return true;
		case GUNZIP_CORRUPT:
			return stop(answer, HTTP_FAIL_PROTOCOL, "the compressed body is damaged");
		case GUNZIP_STOPPED:
			break;
	}
	return false;
}

/* Bytes of the body, decompressed; a GunzipSink. */
static bool
append_body(void *arg, const char *bytes, size_t len)
{
	HttpAnswer *answer = arg;

	if (len > answer->max_body - answer->body_len)
		return stop(answer, HTTP_FAIL_TOO_LARGE, "the answer is over the limit on its size");

	/* Room for the NUL, too.  Not realloc: the old block is to be zeroed. */
	if (answer->body_len + len >= answer->body_size)
	{
		size_t		size = Max(answer->body_size * 2, ANSWER_FIRST_BODY_BYTES);
		char	   *larger;

		size = Max(size, answer->body_len + len + 1);
		larger = malloc(size);
		if (larger == NULL)
			return stop(answer, HTTP_FAIL_TOO_LARGE, "out of memory for the answer");
		if (answer->body != NULL)
		{
			memcpy(larger, answer->body, answer->body_len);
			secret_zero(answer->body, answer->body_len);
			free(answer->body);
		}
		answer->body = larger;
		answer->body_size = size;
	}
	memcpy(answer->body + answer->body_len, bytes, len);
	answer->body_len += len;
	answer->body[answer->body_len] = '\0';
	return true;
}

bool
answer_finish(HttpAnswer *answer, bool bodyless)
{
	if (body_coding(answer) == CODING_GZIP && !bodyless &&
		(answer->gunzip == NULL || !gunzip_complete(answer->gunzip)))
		return stop(answer, HTTP_FAIL_RESET, "the compressed body was cut short");
	return true;
}

void
answer_free(HttpAnswer *answer)
{
	if (answer->body != NULL)
	{
		secret_zero(answer->body, answer->body_len);
		free(answer->body);
	}
	answer->body = NULL;
	answer->body_len = 0;
	answer->body_size = 0;
	gunzip_free(answer->gunzip);
	answer->gunzip = NULL;
}
