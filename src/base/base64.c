/*-------------------------------------------------------------------------
 *
 * base64.c
 *		Base64, as HTTP has it and as URLs have it.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/base64.h"

#define COMMON "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

static const char alphabet[] = COMMON "+/";
static const char url_alphabet[] = COMMON "-_";

static size_t
encode(const unsigned char *bytes, size_t len, const char *digits, bool pad, char *text)
{
	char	   *out = text;

	for (size_t at = 0; at < len; at += 3)
	{
		size_t		n = Min(len - at, 3);
		uint32		group = bytes[at] << 16;

		if (n > 1)
			group |= bytes[at + 1] << 8;
		if (n > 2)
			group |= bytes[at + 2];
		for (size_t i = 0; i <= n; i++)
			*out++ = digits[(group >> (18 - 6 * i)) & 63];
		for (size_t i = n; pad && i < 3; i++)
			*out++ = '=';
	}
	*out = '\0';
	return out - text;
}

size_t
base64_encode(const void *bytes, size_t len, char *text)
{
	return encode(bytes, len, alphabet, true, text);
}

size_t
base64url_encode(const void *bytes, size_t len, char *text)
{
	return encode(bytes, len, url_alphabet, false, text);
}

bool
base64url_decode(const char *text, size_t len, void *bytes, size_t size, size_t *decoded)
{
	unsigned char *out = bytes;
	uint32		group = 0;
	int			bits = 0;
	size_t		n = 0;

	if (len % 4 == 1)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		const char *digit = text[i] != '\0' ? strchr(url_alphabet, text[i]) : NULL;

		if (digit == NULL)
			return false;
		group = group << 6 | (uint32) (digit - url_alphabet);
		bits += 6;
		if (bits < 8)
			continue;
		bits -= 8;
		if (n == size)
			return false;
		out[n++] = group >> bits & 255;
	}

	/* One text for one value: bits that are left over must be zero. */
	if ((group & ((1U << bits) - 1)) != 0)
		return false;
	*decoded = n;
	return true;
}
