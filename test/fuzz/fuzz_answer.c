/*
 * fuzz_answer.c
 *		An answer of any bytes, compressed or not, stays within its limits and
 *		is either taken or refused with a reason.
 *
 * The input's first byte says how the rest is cut into pieces and whether it is
 * said to be compressed; header lines come before the first blank line.
 */
#include "postgres.h"

#include "http/answer.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

#define LIMIT 100000

static void
check(bool holds)
{
	if (!holds)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	static const char gzip_header[] = "Content-Encoding: gzip\r\n";
	HttpAnswer	answer;
	size_t		piece;
	bool		compressed;
	const char *next = (const char *) data + 1;
	const char *end = (const char *) data + size;

	if (size < 1)
		return 0;
	piece = (data[0] >> 1) + 1;
	compressed = data[0] & 1;

	answer_init(&answer, LIMIT);
	while (next < end && *next != '\n')
	{
		const char *newline = memchr(next, '\n', end - next);
		size_t		len = newline ? (size_t) (newline + 1 - next) : (size_t) (end - next);

		if (!answer_add_header(&answer, next, len))
			break;
		next += len;
	}
	if (compressed)
		answer_add_header(&answer, gzip_header, strlen(gzip_header));

	while (next < end && answer.failure == HTTP_OK)
	{
		size_t		len = Min(piece, (size_t) (end - next));

		if (!answer_add_body(&answer, next, len))
			check(answer.failure != HTTP_OK && answer.why != NULL);
		next += len;
	}
	answer_finish(&answer, false);

	check(answer.body_len <= LIMIT);
	check(answer.body == NULL || answer.body[answer.body_len] == '\0');
	check(strlen(answer.request_id) < sizeof(answer.request_id));
	answer_free(&answer);
	return 0;
}
