/*-------------------------------------------------------------------------
 *
 * listener.h
 *		Waits on a loopback port for the browser that Stripe sends back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_LISTENER_H
#define LOGIN_LISTENER_H

#include <stdbool.h>

#include "redirect.h"

#define MAX_LISTENING 2			/* "localhost" is two addresses */

typedef struct Listener
{
	LoopbackUri uri;
	int			sockets[MAX_LISTENING];
	int			count;
	bool		refused;		/* something else than what was waited for */
} Listener;

/* Listens where uri says; port 0 becomes the one that was free.  false: an error was shown. */
extern bool listener_open(Listener *listener, const LoopbackUri *uri);
extern void listener_close(Listener *listener);

/*
 * Waits for the one request to the URI's path that has the state, refusing
 * all others, and stops listening.  Returns the connection that waits for
 * listener_answer(); -1 after timeout seconds or when interrupted.
 */
extern int	listener_wait(Listener *listener, int timeout, const char *state, Redirect *redirect);

/* Sends a page, and closes the connection. */
extern void listener_answer(int browser, bool success, const char *title, const char *text);

#endif							/* LOGIN_LISTENER_H */
