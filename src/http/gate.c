/*-------------------------------------------------------------------------
 *
 * gate.c
 *		Requests in flight: a bound that learns how many the server really
 *		takes at once, and the queue before it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "http/gate.h"

/* Who has not asked for so long has gone. */
#define GONE (10 * GATE_ASK_EVERY)

/*
 * Answered requests per place that is added to the bound: a probe that is
 * refused must stay rare among them.
 */
#define RAISE_AFTER 200

/* So long (us) without a refusal, and places are added ten times as fast. */
#define PATIENCE INT64CONST(30000000)

/* Forgets the slices that are over. */
static void
turn_flights(Flights *flights, int64 now)
{
	int64		slice = now / FLIGHT_SLICE;

	if (slice - flights->slice >= FLIGHT_SLICES)
	{
		memset(flights->counts, 0, sizeof(flights->counts));
		flights->slice = slice;
	}
	while (flights->slice < slice)
		flights->counts[++flights->slice % FLIGHT_SLICES] = 0;
}

int
flights_count(Flights *flights, int64 now)
{
	int			count = 0;

	turn_flights(flights, now);
	for (int i = 0; i < FLIGHT_SLICES; i++)
		count += flights->counts[i];
	return count;
}

void
flights_begin(Flights *flights, int64 now)
{
	turn_flights(flights, now);
	flights->counts[flights->slice % FLIGHT_SLICES]++;
}

static void
end_flights(Flights *flights, int64 slice, int count)
{
	if (flights->slice - slice < FLIGHT_SLICES)
	{
		int		   *counted = &flights->counts[slice % FLIGHT_SLICES];

		*counted = Max(*counted - count, 0);
	}
}

void
flights_end(Flights *flights, int64 looked_after_at, int64 now)
{
	turn_flights(flights, now);
	end_flights(flights, looked_after_at / FLIGHT_SLICE, 1);
}

void
flights_keep(Flights *flights, int64 looked_after_at, int64 now)
{
	flights_end(flights, looked_after_at, now);
	flights_begin(flights, now);
}

void
flights_end_all(Flights *flights, const Flights *others, int64 now)
{
	turn_flights(flights, now);
	for (int64 slice = others->slice; slice > others->slice - FLIGHT_SLICES && slice >= 0; slice--)
		end_flights(flights, slice, others->counts[slice % FLIGHT_SLICES]);
}

void
gate_init(Gate *gate, int max_bound)
{
	memset(gate, 0, sizeof(Gate));
	gate->max_bound = max_bound;
	gate->bound = max_bound;
}

void
gate_configure(Gate *gate, int max_bound)
{
	if (gate->lowered_at == 0)
		gate->bound = max_bound;
	gate->bound = Min(gate->bound, max_bound);
	gate->max_bound = max_bound;
}

static void
remove_waiter(Gate *gate, int i)
{
	gate->nqueue--;
	memmove(&gate->queue[i], &gate->queue[i + 1], sizeof(GateWaiter) * (gate->nqueue - i));
}

/* The place of who in the queue, which who is put into if there is room; or the queue's length. */
static int
place_in_queue(Gate *gate, int who, int64 now)
{
	int			place = 0;

	while (place < gate->nqueue && gate->queue[place].who != who)
	{
		if (now - gate->queue[place].asked_at > GONE)
			remove_waiter(gate, place);
		else
			place++;
	}
	if (place < GATE_QUEUE)
	{
		gate->queue[place] = (GateWaiter){who, now};
		gate->nqueue = Max(gate->nqueue, place + 1);
	}
	return place;
}

bool
gate_ask(Gate *gate, int who, int64 now)
{
	return flights_count(&gate->inside, now) + place_in_queue(gate, who, now) < (int) gate->bound;
}

void
gate_enter(Gate *gate, int who, int64 now)
{
	for (int i = 0; i < gate->nqueue; i++)
	{
		if (gate->queue[i].who == who)
			remove_waiter(gate, i--);
	}
	flights_begin(&gate->inside, now);
}

void
gate_leave(Gate *gate, int64 looked_after_at, int64 now)
{
	flights_end(&gate->inside, looked_after_at, now);
}

void
gate_raise(Gate *gate, int64 now)
{
	/* A bound that nobody meets tells nothing. */
	if (flights_count(&gate->inside, now) < (int) gate->bound)
		return;
	gate->bound += (now - gate->lowered_at > PATIENCE ? 10.0 : 1.0) / RAISE_AFTER;
	gate->bound = Min(gate->bound, gate->max_bound);
}

void
gate_lower(Gate *gate, int64 now, int64 granted_at)
{
	/* Those that were inside together fit in, but for the ones that were refused. */
	if (gate->lowered_at == 0 || granted_at >= gate->lowered_at)
	{
		gate->bound = Min(gate->bound, flights_count(&gate->inside, now));
		gate->lowered_at = now;
	}
	gate->bound = Max(gate->bound - 1, 1);
}
