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
} Listener;

/* Listens where uri says; port 0 becomes the one that was free.  false: an error was shown. */
extern bool listener_open(Listener *listener, const LoopbackUri *uri);
extern void listener_close(Listener *listener);

/*
 * Waits for the one request to the URI's path, answering others with 404, and
 * stops listening.  Returns the connection that waits for listener_answer();
 * -1 after timeout seconds or when interrupted.  malformed: its query can't
 * be read.
 */
extern int	listener_wait(Listener *listener, int timeout, Redirect *redirect, bool *malformed);

/* Sends a page, and closes the connection. */
extern void listener_answer(int browser, bool success, const char *title, const char *text);

#endif							/* LOGIN_LISTENER_H */
