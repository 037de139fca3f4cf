/*-------------------------------------------------------------------------
 *
 * redirect.h
 *		What Stripe sends back to the redirect URI, and the URI itself.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_REDIRECT_H
#define LOGIN_REDIRECT_H

#include <stdbool.h>

/* Parameters of the redirect, decoded and malloc'd; NULL: not there. */
typedef struct Redirect
{
	char	   *code;
	char	   *state;
	char	   *error;
	char	   *error_description;
} Redirect;

/* Reads the query of an address, or a bare query.  false: it is malformed. */
extern bool redirect_parse(Redirect *redirect, const char *text);
extern void redirect_forget(Redirect *redirect);

/* Whether it belongs to the sign-in that has sent this state. */
extern bool redirect_has_state(const Redirect *redirect, const char *state);

/* The loopback address that a redirect URI names. */
typedef struct LoopbackUri
{
	char		host[16];		/* "localhost", "127.0.0.1" or "[::1]" */
	int			port;			/* 0: any free one */
	const char *path;			/* in the URI itself; from "/" on */
} LoopbackUri;

/* false: it is not http on such an address, or has a query. */
extern bool loopback_uri_parse(LoopbackUri *uri, const char *text);

#endif							/* LOGIN_REDIRECT_H */
