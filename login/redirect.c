/*-------------------------------------------------------------------------
 *
 * redirect.c
 *		What Stripe sends back to the redirect URI, and the URI itself.
 *
 *-------------------------------------------------------------------------
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "redirect.h"

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decodes len bytes of a query, malloc'd; NULL if malformed. */
static char *
decode(const char *text, size_t len)
{
	char	   *decoded = xmalloc(len + 1);
	size_t		out = 0;

	for (size_t i = 0; i < len; i++)
	{
		char		c = text[i] == '+' ? ' ' : text[i];

		if (c == '%')
		{
			int			high = i + 2 < len ? hex_digit(text[i + 1]) : -1;
			int			low = i + 2 < len ? hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0 || high + low == 0)
			{
				decoded[out] = '\0';
				forget(decoded);
				return NULL;
			}
			c = (char) (high * 16 + low);
			i += 2;
		}
		decoded[out++] = c;
	}
	decoded[out] = '\0';
	return decoded;
}

/* Where a parameter's value goes; NULL: it is none of ours. */
static char **
slot_of(Redirect *redirect, const char *name, size_t len)
{
	const struct
	{
		const char *name;
		char	  **slot;
	}			slots[] = {
		{"code", &redirect->code},
		{"state", &redirect->state},
		{"error", &redirect->error},
		{"error_description", &redirect->error_description},
	};

	for (size_t i = 0; i < sizeof(slots) / sizeof(slots[0]); i++)
	{
		if (strlen(slots[i].name) == len && memcmp(slots[i].name, name, len) == 0)
			return slots[i].slot;
	}
	return NULL;
}

bool
redirect_parse(Redirect *redirect, const char *text)
{
	const char *query = strchr(text, '?');

	memset(redirect, 0, sizeof(*redirect));
	query = query ? query + 1 : text;
	for (;;)
	{
		size_t		len = strcspn(query, "&#");
		const char *equals = memchr(query, '=', len);
		char	  **slot = equals ? slot_of(redirect, query, (size_t) (equals - query)) : NULL;

		if (slot != NULL)
		{
			/* A second value would be someone else's. */
			if (*slot != NULL ||
				(*slot = decode(equals + 1, len - (size_t) (equals + 1 - query))) == NULL)
			{
				redirect_forget(redirect);
				return false;
			}
		}
		if (query[len] != '&')
			return true;
		query += len + 1;
	}
}

void
redirect_forget(Redirect *redirect)
{
	forget(redirect->code);
	forget(redirect->state);
	forget(redirect->error);
	forget(redirect->error_description);
	memset(redirect, 0, sizeof(*redirect));
}

bool
redirect_has_state(const Redirect *redirect, const char *state)
{
	return state != NULL && *state != '\0' && redirect->state != NULL &&
		   strcmp(redirect->state, state) == 0;
}

static const char *const loopback_hosts[] = {"localhost", "127.0.0.1", "[::1]"};

bool
loopback_uri_parse(LoopbackUri *uri, const char *text)
{
	const char *rest = NULL;

	if (strncmp(text, "http://", 7) != 0 || strpbrk(text, "?#") != NULL)
		return false;
	for (size_t i = 0; i < sizeof(loopback_hosts) / sizeof(loopback_hosts[0]) && !rest; i++)
	{
		size_t		len = strlen(loopback_hosts[i]);

		if (strncmp(text + 7, loopback_hosts[i], len) == 0)
		{
			memcpy(uri->host, loopback_hosts[i], len + 1);
			rest = text + 7 + len;
		}
	}
	if (rest == NULL)
		return false;

	uri->port = 80;
	if (*rest == ':')
	{
		char	   *end;
		long		port = strtol(rest + 1, &end, 10);

		if (end == rest + 1 || rest[1] < '0' || rest[1] > '9' || port > 65535)
			return false;
		uri->port = (int) port;
		rest = end;
	}
	if (*rest != '\0' && *rest != '/')
		return false;
	uri->path = *rest == '/' ? rest : "/";
	return true;
}
