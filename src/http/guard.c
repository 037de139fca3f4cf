/*-------------------------------------------------------------------------
 *
 * guard.c
 *		What a request must not be: checked before libcurl sees it.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "http/guard.h"
#include "http/url.h"

/* The proxies that libcurl knows. */
static const char *const proxy_schemes[] = {
	"http", "https", "socks4", "socks4a", "socks5", "socks5h"
};

static bool has_line_break(const char *text);
static bool split_proxy(const char *proxy, UrlParts *parts);

const char *
http_guard(const HttpRequest *request)
{
	UrlParts	url;
	UrlParts	proxy;
	const char *why;

	for (int i = 0; i < request->nheaders; i++)
	{
		if (has_line_break(request->headers[i].name) ||
			has_line_break(request->headers[i].value))
			return "a header holds a line break";
	}
	if (request->bearer != NULL && !secret_is_token(request->bearer))
		return "the key holds a character that no key has";

	if (!url_split(request->url, &url, &why))
		return "the URL is not valid";
	if (strcmp(url.scheme, "https") != 0 && strcmp(url.scheme, "http") != 0)
		return "the URL is neither https nor http";

	if (request->proxy != NULL && !split_proxy(request->proxy, &proxy))
		return "the proxy is not valid: http, https, socks4, socks4a, socks5 or socks5h is needed";

	if (request->bearer != NULL && strcmp(url.scheme, "http") == 0)
	{
		if (!url_host_is_loopback(url.host))
			return "a key is not sent over plain http to another machine";
		if (request->proxy != NULL && !url_host_is_loopback(proxy.host))
			return "a key is not sent over plain http by way of another machine";
	}
	return NULL;
}

const char *
http_check_proxy(const char *proxy)
{
	UrlParts	parts;

	if (!split_proxy(proxy, &parts))
		return "A proxy is a host and port, after http://, https://, socks4://, socks4a://, "
			   "socks5:// or socks5h://.";
	if (parts.has_user)
		return "A user name or password is not accepted.";
	return NULL;
}

static bool
has_line_break(const char *text)
{
	return strpbrk(text, "\r\n") != NULL;
}

/* As libcurl does: a proxy without a scheme is an http proxy. */
static bool
split_proxy(const char *proxy, UrlParts *parts)
{
	const char *why;

	if (strstr(proxy, "://") == NULL)
		proxy = psprintf("http://%s", proxy);
	if (!url_split(proxy, parts, &why))
		return false;

	for (size_t i = 0; i < lengthof(proxy_schemes); i++)
	{
		if (strcmp(parts->scheme, proxy_schemes[i]) == 0)
			return true;
	}
	return false;
}
