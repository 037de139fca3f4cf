/*
 * test_answer.c
 *		Collecting an answer: headers, decompression, limits.
 */
#include "postgres.h"

#include <zlib.h>

#include "http/answer.h"
#include "tap.h"

#define LIMIT 1000000

static bool
add_header(HttpAnswer *answer, const char *line)
{
	return answer_add_header(answer, line, strlen(line));
}

/* gzip's len bytes into *compressed (malloc'd); returns how many that makes. */
static size_t
compress_gzip(const char *bytes, size_t len, char **compressed)
{
	z_stream	stream = {0};
	size_t		size = len + 1000;

	*compressed = malloc(size);
	if (*compressed == NULL ||
		deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	stream.next_in = (Bytef *) bytes;
	stream.avail_in = len;
	stream.next_out = (Bytef *) *compressed;
	stream.avail_out = size;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&stream);
	return stream.total_out;
}

/* Feeds len bytes piece by piece to a new answer with that Content-Encoding. */
static void
feed(HttpAnswer *answer, const char *coding, const char *bytes, size_t len, size_t piece,
	 size_t limit)
{
	char		header[64];

	answer_init(answer, limit);
	add_header(answer, "HTTP/1.1 200 OK\r\n");
	snprintf(header, sizeof(header), "Content-Encoding: %s\r\n", coding);
	add_header(answer, header);
	add_header(answer, "\r\n");
	for (size_t at = 0; at < len; at += piece)
	{
		if (!answer_add_body(answer, bytes + at, Min(piece, len - at)))
			break;
	}
	answer_finish(answer, false);
}

static void
test_headers(void)
{
	HttpAnswer	answer;
	char		long_line[400] = "Request-Id: ";

	answer_init(&answer, LIMIT);
	add_header(&answer, "HTTP/1.1 103 Early Hints\r\n");
	add_header(&answer, "Request-Id: req_early\r\n");
	add_header(&answer, "Retry-After: 9\r\n");
	add_header(&answer, "\r\n");
	add_header(&answer, "HTTP/1.1 200 OK\r\n");
	add_header(&answer, "CONTENT-TYPE:application/json\r\n");
	add_header(&answer, "request-id:   req_1 \t \r\n");
	add_header(&answer, "Stripe-Should-Retry: true\n");
	add_header(&answer, "Stripe-Rate-Limited-Reason:\r\n");
	add_header(&answer, "no colon\r\n");
	add_header(&answer, "Request-Idx: no\r\n");
	add_header(&answer, "X: Request-Id: no\r\n");
	add_header(&answer, "\r\n");
	add_header(&answer, "Request-Id: req_trailer\r\n");

	tap_is(answer.content_type, "application/json", "a header's name may be in capitals");
	tap_is(answer.request_id, "req_1", "blanks around a value go; trailers don't count");
	tap_is(answer.should_retry, "true", "a lone newline ends a line");
	tap_is(answer.retry_after, "", "what an interim answer said is forgotten");
	tap_is(answer.rate_limited_reason, "", "a value may be empty");
	answer_free(&answer);

	answer_init(&answer, LIMIT);
	memset(long_line + 12, 'x', 300);
	answer_add_header(&answer, long_line, 312);
	tap_is_int(strlen(answer.request_id), sizeof(answer.request_id) - 1, "a long value is cut");
	answer_add_header(&answer, "", 0);
	tap_ok(answer_add_header(&answer, ":", 1), "a colon alone is harmless");
	answer_free(&answer);

	answer_init(&answer, LIMIT);
	for (int i = 0; i < 2000 && answer.failure == HTTP_OK; i++)
		answer_add_header(&answer, long_line, 312);
	tap_is_int(answer.failure, HTTP_FAIL_TOO_LARGE, "headers without end are stopped");
	answer_free(&answer);
}

static void
test_plain_body(void)
{
	HttpAnswer	answer;
	char		text[200001];

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "abcdefg"[i % 7];

	feed(&answer, "identity", text, sizeof(text), 1000, LIMIT);
	tap_is_int(answer.failure, HTTP_OK, "a plain body is taken");
	tap_ok(answer.body_len == sizeof(text) && memcmp(answer.body, text, sizeof(text)) == 0,
		   "it is what was sent");
	tap_is_int(answer.body[answer.body_len], '\0', "and a NUL follows");
	answer_free(&answer);

	feed(&answer, "", text, sizeof(text), 1, sizeof(text));
	tap_is_int(answer.failure, HTTP_OK, "a body may be as long as the limit");
	answer_free(&answer);
	feed(&answer, "", text, sizeof(text), 1000, sizeof(text) - 1);
	tap_is_int(answer.failure, HTTP_FAIL_TOO_LARGE, "but a byte more is too much");
	tap_ok(answer.body_len < sizeof(text), "and is not kept");
	answer_free(&answer);

	feed(&answer, "br", text, 100, 100, LIMIT);
	tap_is_int(answer.failure, HTTP_FAIL_PROTOCOL, "an unknown encoding is refused");
	answer_free(&answer);
	feed(&answer, "gzip, gzip", text, 100, 100, LIMIT);
	tap_is_int(answer.failure, HTTP_FAIL_PROTOCOL, "so are two at once");
	answer_free(&answer);
}

static void
test_compressed_body(void)
{
	HttpAnswer	answer;
	char		text[300000];
	char	   *gz;
	char	   *zeros;
	size_t		len;
	bool		noticed = true;

	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = "abcdefghijk"[(i * i / 7) % 11];
	len = compress_gzip(text, sizeof(text), &gz);

	for (size_t piece = 1; piece <= len; piece *= 37)
	{
		feed(&answer, piece == 1 ? "X-GZIP" : "gzip", gz, len, piece, LIMIT);
		tap_ok(answer.failure == HTTP_OK && answer.body_len == sizeof(text) &&
			   memcmp(answer.body, text, sizeof(text)) == 0,
			   "gzip in pieces of %zu comes out whole", piece);
		tap_is_int(answer.wire_bytes, len, "and is counted as it came");
		answer_free(&answer);
	}

	for (size_t cut = 0; cut < len; cut = cut < 30 || cut + 30 > len ? cut + 1 : cut + 97)
	{
		feed(&answer, "gzip", gz, cut, 1000, LIMIT);
		noticed = noticed && answer.failure == HTTP_FAIL_RESET;
		answer_free(&answer);
	}
	tap_ok(noticed, "wherever a stream is cut, that is noticed");

	gz[len / 2] ^= 0x55;
	feed(&answer, "gzip", gz, len, 1000, LIMIT);
	tap_is_int(answer.failure, HTTP_FAIL_PROTOCOL, "a damaged stream is refused");
	answer_free(&answer);
	gz[len / 2] ^= 0x55;
	gz[len - 1] ^= 1;
	feed(&answer, "gzip", gz, len, 1000, LIMIT);
	tap_is_int(answer.failure, HTTP_FAIL_PROTOCOL, "so is one with a wrong length at its end");
	answer_free(&answer);
	gz[len - 1] ^= 1;

	answer_init(&answer, LIMIT);
	add_header(&answer, "Content-Encoding: gzip\r\n");
	answer_add_body(&answer, gz, len);
	tap_ok(!answer_add_body(&answer, "x", 1) && answer.failure == HTTP_FAIL_PROTOCOL,
		   "bytes after the end are refused");
	answer_free(&answer);

	feed(&answer, "gzip", text, 1000, 1000, LIMIT);
	tap_is_int(answer.failure, HTTP_FAIL_PROTOCOL, "what is not gzip is refused");
	answer_free(&answer);
	free(gz);

	zeros = calloc(1, 50000000);
	if (zeros == NULL)
		abort();
	len = compress_gzip(zeros, 50000000, &gz);
	feed(&answer, "gzip", gz, len, 16384, LIMIT);
	tap_is_int(answer.failure, HTTP_FAIL_TOO_LARGE, "%zu bytes that become 50 MB are stopped", len);
	tap_ok(answer.body_size <= 2 * LIMIT, "before they take memory");
	answer_free(&answer);
	free(zeros);
	free(gz);

	answer_init(&answer, LIMIT);
	add_header(&answer, "Content-Encoding: gzip\r\n");
	tap_ok(answer_finish(&answer, true), "a HEAD's answer needs no body");
	tap_ok(!answer_finish(&answer, false), "any other's does");
	answer_free(&answer);
}

int
main(void)
{
	tap_begin("answer");
	test_headers();
	test_plain_body();
	test_compressed_body();
	return tap_end();
}
