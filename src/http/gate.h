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

/*
 * Requests in flight, counted by when they were last looked after.  Who is not
 * for nearly FLIGHT_SLICES * FLIGHT_SLICE counts no more: it belongs to a cursor
 * that nobody reads on, say, and the server has answered it long ago.
 */
#define FLIGHT_SLICES 8
#define FLIGHT_SLICE INT64CONST(500000) /* us */

typedef struct Flights
{
	int64		slice;			/* the latest, in FLIGHT_SLICE since the clock's
								 * beginning */
	int			counts[FLIGHT_SLICES];	/* of a slice, at its number modulo
										 * FLIGHT_SLICES */
} Flights;

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
	Flights		inside;
	int64		lowered_at;		/* the last time the bound was; 0: never */
	int			nqueue;
	GateWaiter	queue[GATE_QUEUE];	/* in the order of arrival */
} Gate;

/* How often who waits must ask, in us. */
#define GATE_ASK_EVERY INT64CONST(10000)

extern int	flights_count(Flights *flights, int64 now);
extern void flights_begin(Flights *flights, int64 now);
extern void flights_end(Flights *flights, int64 looked_after_at, int64 now);

/* One that was last looked after at some time is again. */
extern void flights_keep(Flights *flights, int64 looked_after_at, int64 now);

/* Ends all that are counted in others, too. */
extern void flights_end_all(Flights *flights, const Flights *others, int64 now);

extern void gate_init(Gate *gate, int max_bound);
extern void gate_configure(Gate *gate, int max_bound);

/*
 * Whether who (not 0) may enter now: there is room, also for those who wait
 * longer.  If not, it has a place in the queue, which it keeps by asking again
 * every GATE_ASK_EVERY.
 */
extern bool gate_ask(Gate *gate, int who, int64 now);

/* Who was let in enters, and leaves the queue. */
extern void gate_enter(Gate *gate, int who, int64 now);
extern void gate_leave(Gate *gate, int64 looked_after_at, int64 now);

/* A request was answered; it has not left yet. */
extern void gate_raise(Gate *gate, int64 now);

/*
 * A request granted at granted_at was refused because too many were inside; it
 * has not left yet.
 */
extern void gate_lower(Gate *gate, int64 now, int64 granted_at);

#endif							/* STRIPE_GATE_H */
