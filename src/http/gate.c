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

/* After a refusal the bound is so much of what was inside. */
#define LOWER_TO 0.75

/*
 * Answered requests per place that is added to the bound: a probe that is
 * refused must stay rare among them.
 */
#define RAISE_AFTER 200

/* So long (us) without a refusal, and places are added ten times as fast. */
#define PATIENCE INT64CONST(30000000)

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
	return gate->inside + place_in_queue(gate, who, now) < (int) gate->bound;
}

void
gate_enter(Gate *gate, int who)
{
	for (int i = 0; i < gate->nqueue; i++)
	{
		if (gate->queue[i].who == who)
			remove_waiter(gate, i--);
	}
	gate->inside++;
}

void
gate_leave(Gate *gate)
{
	Assert(gate->inside > 0);
	gate->inside--;
}

void
gate_raise(Gate *gate, int64 now)
{
	/* A bound that nobody meets tells nothing. */
	if (gate->inside < (int) gate->bound)
		return;
	gate->bound += (now - gate->lowered_at > PATIENCE ? 10.0 : 1.0) / RAISE_AFTER;
	gate->bound = Min(gate->bound, gate->max_bound);
}

void
gate_lower(Gate *gate, int64 now, int64 granted_at)
{
	if (gate->lowered_at != 0 && granted_at < gate->lowered_at)
		return;
	gate->bound = Max(Min(gate->bound, gate->inside) * LOWER_TO, 1);
	gate->lowered_at = now;
}
