/*-------------------------------------------------------------------------
 *
 * url.c
 *		Building and checking URLs.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "http/url.h"

static inline bool
is_ascii_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* RFC 3986, section 2.3 */
static inline bool
is_unreserved(char c)
{
	return is_ascii_alnum(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

static void
append_percent(StringInfo buf, char c)
{
	static const char hex[] = "0123456789ABCDEF";

	appendStringInfoChar(buf, '%');
	appendStringInfoChar(buf, hex[(unsigned char) c >> 4]);
	appendStringInfoChar(buf, hex[(unsigned char) c & 15]);
}

void
url_append_encoded(StringInfo buf, const char *value)
{
	bool		dots = (strcmp(value, ".") == 0 || strcmp(value, "..") == 0);

	for (; *value != '\0'; value++)
	{
		if (is_unreserved(*value) && !dots)
			appendStringInfoChar(buf, *value);
		else
			append_percent(buf, *value);
	}
}

void
url_append_param(StringInfo buf, const char *name, const char *value)
{
	char		last = buf->len > 0 ? buf->data[buf->len - 1] : '\0';

	if (strchr(buf->data, '?') == NULL)
		appendStringInfoChar(buf, '?');
	else if (last != '?' && last != '&')
		appendStringInfoChar(buf, '&');

	for (; *name != '\0'; name++)
	{
		if (is_unreserved(*name) || *name == '[' || *name == ']')
			appendStringInfoChar(buf, *name);
		else
			append_percent(buf, *name);
	}
	appendStringInfoChar(buf, '=');
	url_append_encoded(buf, value);
}

bool
url_host_is_loopback(const char *host)
{
	struct in_addr v4;
	struct in6_addr v6;
	char		bare[INET6_ADDRSTRLEN];
	size_t		len = strlen(host);

	if (pg_strcasecmp(host, "localhost") == 0)
		return true;

	/* Only the dotted form: what "127.1" is depends on who reads it. */
	if (inet_pton(AF_INET, host, &v4) == 1)
		return (ntohl(v4.s_addr) >> 24) == 127;

	if (len > 2 && len - 2 < sizeof(bare) && host[0] == '[' && host[len - 1] == ']')
	{
		memcpy(bare, host + 1, len - 2);
		bare[len - 2] = '\0';
		return inet_pton(AF_INET6, bare, &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
	}
	return false;
}

/*
 * Checks a host name or address (an IPv6 address in brackets) as it stands in
 * a URL.  Names may hold letters, digits, ".", "-" and "_".
 */
static bool
host_is_valid(const char *host)
{
	size_t		len = strlen(host);

	if (len == 0 || len > 255)
		return false;

	if (host[0] == '[')
	{
		struct in6_addr v6;
		char	   *bare;

		if (len < 3 || host[len - 1] != ']')
			return false;
		bare = pnstrdup(host + 1, len - 2);
		return inet_pton(AF_INET6, bare, &v6) == 1;
	}

	for (const char *c = host; *c != '\0'; c++)
	{
		if (!is_ascii_alnum(*c) && *c != '.' && *c != '-' && *c != '_')
			return false;
	}
	return host[0] != '.' && host[0] != '-';
}

/* "8080" to 8080; 0 if this is no port. */
static int
parse_port(const char *text)
{
	int			port = 0;
	int			digits = 0;

	for (; *text >= '0' && *text <= '9' && digits < 6; text++, digits++)
		port = port * 10 + (*text - '0');
	return (*text == '\0' && digits > 0 && port <= 65535) ? port : 0;
}

bool
url_split(const char *url, UrlParts *parts, const char **why)
{
	const char *rest = strstr(url, "://");
	const char *at;
	char	   *colon;

	memset(parts, 0, sizeof(UrlParts));
	if (rest == NULL || rest == url)
	{
		*why = "It must begin with https://.";
		return false;
	}
	parts->scheme = pnstrdup(url, rest - url);
	for (char *c = parts->scheme; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);

	rest += 3;
	parts->path = rest + strcspn(rest, "/?#");
	parts->host = pnstrdup(rest, parts->path - rest);

	at = strrchr(parts->host, '@');
	if (at != NULL)
	{
		parts->has_user = true;
		parts->host = pstrdup(at + 1);
	}

	/* The colon before the port, not one inside of an IPv6 address. */
	colon = strrchr(parts->host, ':');
	if (colon != NULL && strchr(colon, ']') == NULL)
	{
		*colon = '\0';
		parts->port = parse_port(colon + 1);
		if (parts->port == 0)
		{
			*why = "The port must be a number from 1 to 65535.";
			return false;
		}
	}
	if (!host_is_valid(parts->host))
	{
		*why = "The host name is not valid.";
		return false;
	}
	for (char *c = parts->host; *c != '\0'; c++)
		*c = pg_ascii_tolower((unsigned char) *c);
	return true;
}

char *
url_normalize_base(const char *url, const char **why)
{
	static const char *const accepted_paths[] = {"", "/", "/v1", "/v1/"};
	UrlParts	parts;
	bool		path_accepted = false;

	if (!url_split(url, &parts, why))
		return NULL;

	if (strcmp(parts.scheme, "https") != 0 && strcmp(parts.scheme, "http") != 0)
	{
		*why = "It must begin with https://.";
		return NULL;
	}
	if (parts.has_user)
	{
		*why = "A user name or password is not accepted.";
		return NULL;
	}
	if (strpbrk(parts.path, "?#") != NULL)
	{
		*why = "A query or fragment is not accepted.";
		return NULL;
	}
	for (size_t i = 0; i < lengthof(accepted_paths); i++)
		path_accepted = path_accepted || strcmp(parts.path, accepted_paths[i]) == 0;
	if (!path_accepted)
	{
		*why = "No path but /v1 is accepted.";
		return NULL;
	}

	/* A key must not cross a network in the clear. */
	if (strcmp(parts.scheme, "http") == 0 && !url_host_is_loopback(parts.host))
	{
		*why = "Plain http is accepted for a loopback address only.";
		return NULL;
	}

	if (parts.port != 0)
		return psprintf("%s://%s:%d", parts.scheme, parts.host, parts.port);
	return psprintf("%s://%s", parts.scheme, parts.host);
}
