/*-------------------------------------------------------------------------
 *
 * poller.h
 *		Waiting for the latch, for sockets and for a timer at once.
 *
 * One per backend.  What is to be waited for may be changed from callbacks of
 * a foreign library: these functions neither raise errors nor palloc.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_POLLER_H
#define STRIPE_POLLER_H

#include "postgres.h"

typedef struct PollerSocket
{
	pgsocket	fd;
	bool		readable;
	bool		writeable;
} PollerSocket;

/*
 * Watches fd from now on, or changes what it is watched for (which may be
 * nothing).  false if memory runs out.
 */
extern bool poller_watch(pgsocket fd, bool readable, bool writeable);

/* To be called before fd is closed. */
extern void poller_unwatch(pgsocket fd);

/* Sets the timer, which expires once; ms, -1: stops it. */
extern void poller_set_timer(long ms);

/* Whether the timer has expired since it was set; true only once. */
extern bool poller_timer_expired(void);

/*
 * Waits until a socket is ready, the latch is set, the timer expires or max_ms
 * have passed (below 0: no limit).  Fills ready with up to max sockets and returns
 * their number.  Interrupts are served: this may raise an error.
 */
extern int	poller_wait(double max_ms, uint32 wait_event, PollerSocket *ready, int max);

/* ms on a clock that never goes back. */
extern double poller_now(void);

#endif							/* STRIPE_POLLER_H */
