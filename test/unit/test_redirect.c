/*
 * test_redirect.c
 *		What Stripe sends back to the redirect URI, and the URI itself.
 */
#include "postgres.h"

#include "../../login/redirect.h"
#include "tap.h"

static void
test_parsing(void)
{
	Redirect	redirect;

	tap_ok(redirect_parse(&redirect, "http://localhost:1/x?scope=read_only&code=ac_1&state=a%2Bb+c%3D"),
		   "an address is read");
	tap_is(redirect.code, "ac_1", "its code");
	tap_is(redirect.state, "a+b c=", "its state, decoded");
	tap_ok(redirect.error == NULL && redirect.error_description == NULL, "and no error");
	redirect_forget(&redirect);
	tap_ok(redirect.code == NULL && redirect.state == NULL, "which is forgotten");

	tap_ok(redirect_parse(&redirect, "error=access_denied&error_description=No%20way%21&state=s"),
		   "a bare query is read");
	tap_is(redirect.error, "access_denied", "its error");
	tap_is(redirect.error_description, "No way!", "and what is said of it");
	redirect_forget(&redirect);

	tap_ok(redirect_parse(&redirect, "https://a/?code=ac_1#code=ac_2"), "a fragment ends the query");
	tap_is(redirect.code, "ac_1", "what is in it does not count");
	redirect_forget(&redirect);

	tap_ok(redirect_parse(&redirect, "x?xcode=1&code2=2&code&=3&&"), "other parameters are passed over");
	tap_ok(redirect.code == NULL, "however alike their names are");
	redirect_forget(&redirect);
	tap_ok(redirect_parse(&redirect, "code="), "an empty value is one");
	tap_is(redirect.code, "", "that is empty");
	redirect_forget(&redirect);
}

static void
test_malformed(void)
{
	static const char *const queries[] = {
		"code=ac_1&code=ac_2", "code=a&state=b&state=b", "code=%", "code=%4", "code=%4g", "code=%g4",
		"code=a%00b", "state=%&code=ac_1", "code=ac_1&error=%2",
	};
	Redirect	redirect;

	for (size_t i = 0; i < lengthof(queries); i++)
	{
		tap_ok(!redirect_parse(&redirect, queries[i]), "refused: %s", queries[i]);
		tap_ok(redirect.code == NULL && redirect.state == NULL, "and nothing of it is kept");
	}
}

static void
test_state(void)
{
	Redirect	redirect;

	redirect_parse(&redirect, "code=ac_1&state=a%2Bb");
	tap_ok(redirect_has_state(&redirect, "a+b"), "the state that was sent");
	tap_ok(!redirect_has_state(&redirect, "a"), "the beginning of it");
	tap_ok(!redirect_has_state(&redirect, "a+bc"), "and more");
	tap_ok(!redirect_has_state(&redirect, ""), "none");
	tap_ok(!redirect_has_state(&redirect, NULL), "none was sent");
	redirect_forget(&redirect);

	redirect_parse(&redirect, "code=ac_1");
	tap_ok(!redirect_has_state(&redirect, "a+b"), "none came back");
	tap_ok(!redirect_has_state(&redirect, NULL), "none was sent, and none came back");
	redirect_forget(&redirect);

	redirect_parse(&redirect, "code=ac_1&state=");
	tap_ok(!redirect_has_state(&redirect, ""), "an empty one is none");
	redirect_forget(&redirect);
}

static void
test_loopback(void)
{
	static const char *const foreign[] = {
		"https://localhost/", "http://example.com/", "http://localhost.example.com/",
		"http://127.0.0.1.example.com/", "http://127.0.0.1@example.com/", "http://localhost:80@a.b/",
		"http://127.0.0.2/", "http://localhost:65536/", "http://localhost:/", "http://localhost:-1/",
		"http://localhost: 80/", "http://localhost:+80/", "http://localhost/?a=b", "http://localhost/#a",
		"localhost/", "", "HTTP://localhost/",
	};
	LoopbackUri uri;

	tap_ok(loopback_uri_parse(&uri, "http://localhost:8749/a/b"), "localhost");
	tap_is(uri.host, "localhost", "its host");
	tap_is_int(uri.port, 8749, "its port");
	tap_is(uri.path, "/a/b", "its path");
	tap_ok(loopback_uri_parse(&uri, "http://127.0.0.1"), "without port and path");
	tap_is_int(uri.port, 80, "it is http's own port");
	tap_is(uri.path, "/", "and the root");
	tap_ok(loopback_uri_parse(&uri, "http://[::1]:0/"), "IPv6, any port");
	tap_is_int(uri.port, 0, "which is 0");
	for (size_t i = 0; i < lengthof(foreign); i++)
		tap_ok(!loopback_uri_parse(&uri, foreign[i]), "not this machine: \"%s\"", foreign[i]);
}

int
main(void)
{
	tap_begin("redirect");
	test_parsing();
	test_malformed();
	test_state();
	test_loopback();
	return tap_end();
}
