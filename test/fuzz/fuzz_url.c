/*
 * fuzz_url.c
 *		A base URL that is accepted is a fixed point: it names an https host or
 *		this machine, and normalising it again changes nothing.  An encoded
 *		value holds nothing that has a meaning in a URL.
 */
#include "postgres.h"

#include "http/url.h"
#include "shim.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

static const char unreserved[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
check_base(const char *text)
{
	const char *why = NULL;
	char	   *normal = url_normalize_base(text, &why);
	char	   *again;
	UrlParts	parts;

	if (normal == NULL)
	{
		check(why != NULL);
		return;
	}
	check(url_split(normal, &parts, &why));
	check(!parts.has_user && parts.path[0] == '\0');
	check(strcmp(parts.scheme, "https") == 0 || url_host_is_loopback(parts.host));
	again = url_normalize_base(normal, &why);
	check(again != NULL && strcmp(again, normal) == 0);
	check(normal[strspn(normal, "abcdefghijklmnopqrstuvwxyz0123456789-._:/[]")] == '\0');
}

static void
check_encoding(const char *text)
{
	StringInfoData buf;
	const char *at = text;

	initStringInfo(&buf);
	url_append_encoded(&buf, text);
	check(strcmp(buf.data, ".") != 0 && strcmp(buf.data, "..") != 0);

	/* Decoding it gives the text back. */
	for (const char *c = buf.data; *c != '\0'; c++, at++)
	{
		unsigned int byte;

		if (*c == '%')
		{
			check(sscanf(c + 1, "%2X", &byte) == 1 && byte == (unsigned char) *at);
			c += 2;
		}
		else
			check(strchr(unreserved, *c) != NULL && *c == *at);
	}
	check(*at == '\0');
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	char	   *text = pnstrdup((const char *) data, size);

	check_base(text);
	check_encoding(text);
	shim_free_all();
	return 0;
}
