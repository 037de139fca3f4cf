/*
 * test_guard.c
 *		What a request must not be.
 */
#include "postgres.h"

#include "http/guard.h"
#include "shim.h"
#include "tap.h"

typedef struct GuardCase
{
	const char *name;
	const char *url;
	const char *bearer;			/* NULL: none */
	const char *proxy;			/* NULL: none */
	const char *header_value;	/* NULL: no header */
	bool		accepted;
} GuardCase;

#define KEY "sk_test_1"

static const GuardCase cases[] = {
	{"https with a key", "https://api.stripe.com/v1/charges", KEY, NULL, "x", true},
	{"https by a proxy", "https://api.stripe.com/", KEY, "http://10.0.0.1:3128", NULL, true},
	{"https by a proxy with a password", "https://a.b/", KEY, "http://u:p@10.0.0.1:3128", NULL, true},
	{"a proxy without a scheme", "https://a.b/", KEY, "10.0.0.1:3128", NULL, true},
	{"a SOCKS proxy", "https://a.b/", KEY, "socks5h://10.0.0.1", NULL, true},
	{"http to this machine", "http://127.0.0.1:12111/", KEY, NULL, NULL, true},
	{"http by a proxy on this machine", "http://[::1]/", KEY, "localhost:3128", NULL, true},
	{"http elsewhere without a key", "http://example.com/", NULL, NULL, NULL, true},

	{"http elsewhere with a key", "http://example.com/", KEY, NULL, NULL, false},
	{"http by a proxy elsewhere", "http://127.0.0.1/", KEY, "10.0.0.1:3128", NULL, false},
	{"another scheme", "ftp://example.com/", NULL, NULL, NULL, false},
	{"a file", "file:///etc/passwd", NULL, NULL, NULL, false},
	{"no URL", "example.com", NULL, NULL, NULL, false},
	{"a proxy of another kind", "https://a.b/", KEY, "ftp://10.0.0.1", NULL, false},
	{"an empty proxy", "https://a.b/", KEY, "", NULL, false},
	{"a line break in a header", "https://a.b/", NULL, NULL, "x\r\nY: z", false},
	{"a newline in a header", "https://a.b/", NULL, NULL, "x\ny", false},
	{"a line break in a key", "https://a.b/", "sk_test_1\n", NULL, NULL, false},
	{"a space in a key", "https://a.b/", "sk_test 1", NULL, NULL, false},
	{"a key that is not ASCII", "https://a.b/", "sk_\xc3\xa9", NULL, NULL, false},
};

int
main(void)
{
	tap_begin("guard");
	for (size_t i = 0; i < lengthof(cases); i++)
	{
		const GuardCase *c = &cases[i];
		MemoryContext context = shim_context_create();
		HttpHeader	header = {"X-Test", c->header_value};
		HttpRequest request = {
			.method = "GET",
			.url = c->url,
			.headers = &header,
			.nheaders = c->header_value != NULL ? 1 : 0,
			.bearer = c->bearer ? secret_create(context, c->bearer, strlen(c->bearer)) : NULL,
			.proxy = c->proxy,
		};
		const char *why = http_guard(&request);

		tap_ok((why == NULL) == c->accepted, "%s: %s", c->name,
			   c->accepted ? "accepted" : "refused");
		if (why != NULL && c->bearer != NULL)
			tap_ok(strstr(why, c->bearer) == NULL, "%s: the reason does not hold the key", c->name);
		shim_context_delete(context);
	}
	shim_free_all();
	return tap_end();
}
