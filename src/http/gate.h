/*-------------------------------------------------------------------------
 *
 * gate.h
 *		Requests in flight: a bound that learns how many the server really
 *		takes at once, and the queue before it.  Pure: the caller says what
 *		time it is, in microseconds on a clock that only goes forward.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_GATE_H
#define STRIPE_GATE_H

#include "postgres.h"

/* More than these wait, too, but in no order among themselves. */
#define GATE_QUEUE 16

typedef struct GateWaiter
{
	int			who;			/* a number of the caller's; 0: nobody */
	int64		asked_at;		/* when last; who stops asking loses its place */
} GateWaiter;

typedef struct Gate
{
	int			max_bound;		/* as configured */
	double		bound;			/* in force, at least 1 */
	int			inside;
	int64		lowered_at;		/* the last time the bound was; 0: never */
	int			nqueue;
	GateWaiter	queue[GATE_QUEUE];	/* in the order of arrival */
} Gate;

/* How often who waits must ask, in us. */
#define GATE_ASK_EVERY INT64CONST(10000)

extern void gate_init(Gate *gate, int max_bound);
extern void gate_configure(Gate *gate, int max_bound);

/*
 * Whether who (not 0) may enter now: there is room, also for those who wait
 * longer.  If not, it has a place in the queue, which it keeps by asking again
 * every GATE_ASK_EVERY.
 */
extern bool gate_ask(Gate *gate, int who, int64 now);

/* Who was let in enters, and leaves the queue. */
extern void gate_enter(Gate *gate, int who);
extern void gate_leave(Gate *gate);

/* A request was answered; it has not left yet. */
extern void gate_raise(Gate *gate, int64 now);

/*
 * A request granted at granted_at was refused because too many were inside; it
 * has not left yet.  Of those that were inside together only the first one
 * lowers the bound.
 */
extern void gate_lower(Gate *gate, int64 now, int64 granted_at);

#endif							/* STRIPE_GATE_H */
