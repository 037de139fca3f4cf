/*
 * test_url.c
 *		Building and checking URLs.
 */
#include "postgres.h"

#include "http/url.h"
#include "shim.h"
#include "tap.h"

static const char *
encoded(const char *value)
{
	StringInfoData buf;

	initStringInfo(&buf);
	url_append_encoded(&buf, value);
	return buf.data;
}

static void
test_encoding(void)
{
	char		all[256];

	tap_is(encoded("cus_123-a.b~C"), "cus_123-a.b~C", "unreserved characters stay");
	tap_is(encoded("a/b?c#d&e=f g+h%"), "a%2Fb%3Fc%23d%26e%3Df%20g%2Bh%25", "others are encoded");
	tap_is(encoded("\xc3\xa9"), "%C3%A9", "bytes above 127 are encoded one by one");
	tap_is(encoded("\r\n\t\x7f"), "%0D%0A%09%7F", "control characters are encoded");
	tap_is(encoded("."), "%2E", "a dot segment is none when it is encoded");
	tap_is(encoded(".."), "%2E%2E", "nor are two dots");
	tap_is(encoded("..."), "...", "three dots are a name");
	tap_is(encoded(".a"), ".a", "a dot in a name stays");
	tap_is(encoded(""), "", "nothing gives nothing");

	for (int i = 0; i < 255; i++)
		all[i] = (char) (i + 1);
	all[255] = '\0';
	tap_is_int(strspn(encoded(all), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
					  "0123456789-._~%"),
			   66 + (255 - 66) * 3, "no byte comes through that has a meaning in a URL");
}

static void
test_params(void)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "/v1/charges");
	url_append_param(&buf, "created[gte]", "1700000000");
	url_append_param(&buf, "expand[]", "data.customer");
	url_append_param(&buf, "a&b", "c&d");
	tap_is(buf.data, "/v1/charges?created[gte]=1700000000&expand[]=data.customer&a%26b=c%26d",
		   "parameters are joined, and brackets stay");

	resetStringInfo(&buf);
	appendStringInfoString(&buf, "/v1/charges?");
	url_append_param(&buf, "limit", "1");
	tap_is(buf.data, "/v1/charges?limit=1", "a question mark is not doubled");
	url_append_param(&buf, "empty", "");
	tap_is(buf.data, "/v1/charges?limit=1&empty=", "a value may be empty");
}

static void
test_loopback(void)
{
	static const struct
	{
		const char *host;
		bool		loopback;
	}			cases[] = {
		{"localhost", true}, {"LOCALHOST", true}, {"127.0.0.1", true},
		{"127.255.255.254", true}, {"[::1]", true}, {"[0:0:0:0:0:0:0:1]", true},
		{"localhost.", false}, {"localhost.evil.com", false}, {"127.0.0.1.evil.com", false},
		{"127.1", false}, {"2130706433", false}, {"0x7f000001", false}, {"0.0.0.0", false},
		{"[::]", false}, {"[::ffff:127.0.0.1]", false}, {"::1", false}, {"128.0.0.1", false},
		{"[::1", false}, {"[]", false}, {"", false}, {"api.stripe.com", false},
	};

	for (size_t i = 0; i < lengthof(cases); i++)
		tap_ok(url_host_is_loopback(cases[i].host) == cases[i].loopback,
			   "\"%s\" is %sthis machine", cases[i].host, cases[i].loopback ? "" : "not ");
}

static void
test_base(void)
{
	static const struct
	{
		const char *url;
		const char *normal;		/* NULL: refused */
	}			cases[] = {
		{"https://api.stripe.com", "https://api.stripe.com"},
		{"https://api.stripe.com/", "https://api.stripe.com"},
		{"https://api.stripe.com/v1", "https://api.stripe.com"},
		{"https://api.stripe.com/v1/", "https://api.stripe.com"},
		{"HTTPS://API.Stripe.COM/v1", "https://api.stripe.com"},
		{"https://proxy.internal:8443/v1", "https://proxy.internal:8443"},
		{"https://[2001:db8::1]:443", "https://[2001:db8::1]:443"},
		{"http://localhost:12111", "http://localhost:12111"},
		{"http://127.0.0.1:12111/v1/", "http://127.0.0.1:12111"},
		{"http://[::1]:80", "http://[::1]:80"},
		{"http://api.stripe.com", NULL},
		{"http://localhost.evil.com", NULL},
		{"http://127.0.0.1@evil.com", NULL},
		{"https://user:secret@api.stripe.com", NULL},
		{"https://api.stripe.com/v2", NULL},
		{"https://api.stripe.com/v1//", NULL},
		{"https://api.stripe.com/v1/..", NULL},
		{"https://api.stripe.com?x=1", NULL},
		{"https://api.stripe.com/v1?x", NULL},
		{"https://api.stripe.com#f", NULL},
		{"https://api.stripe.com\\@evil.com", NULL},
		{"https://api stripe.com", NULL},
		{"https://api.stripe.com\r\nX: y", NULL},
		{"https://\xc3\xa9.com", NULL},
		{"https://", NULL}, {"https:///v1", NULL}, {"https://:443", NULL},
		{"https://h:", NULL}, {"https://h:0", NULL}, {"https://h:65536", NULL},
		{"https://h:443x", NULL}, {"https://h:0000443", NULL}, {"https://h:-1", NULL},
		{"https://[::1", NULL}, {"https://[x]", NULL}, {"https://::1", NULL},
		{"ftp://h", NULL}, {"file:///etc/passwd", NULL}, {"://h", NULL},
		{"api.stripe.com", NULL}, {"//api.stripe.com", NULL}, {"", NULL},
	};

	for (size_t i = 0; i < lengthof(cases); i++)
	{
		const char *why = NULL;
		char	   *normal = url_normalize_base(cases[i].url, &why);

		tap_is(normal, cases[i].normal, "base URL %zu", i);
		tap_ok((normal == NULL) == (why != NULL), "base URL %zu: a reason if refused", i);
	}
}

int
main(void)
{
	tap_begin("url");
	test_encoding();
	test_params();
	test_loopback();
	test_base();
	shim_free_all();
	return tap_end();
}
