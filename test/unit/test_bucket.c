/*
 * test_bucket.c
 *		Rates and requests in flight: the limits in force, and how they learn.
 */
#include "postgres.h"

#include "http/bucket.h"
#include "http/gate.h"
#include "tap.h"

#define SECOND INT64CONST(1000000)

/* Places taken from start on in a time, by one who asks as soon as it may. */
static int
places_within(Bucket *bucket, int64 start, int64 duration)
{
	int64		now = start;
	int			n = 0;

	while ((now = bucket_reserve(bucket, now)) < start + duration)
		n++;
	return n;
}

static void
test_rate(void)
{
	Bucket		bucket;
	int64		now = 10 * SECOND;
	int64		last = 0;
	int			n;

	bucket_init(&bucket, 25);
	n = places_within(&bucket, now, 10 * SECOND);
	tap_ok(n >= 250 && n <= 256, "25/s for 10 s, and a burst of at most a fifth of a second: %d",
		   n);

	bucket_init(&bucket, 25);
	for (int i = 0; i < 100; i++)
		last = bucket_reserve(&bucket, now);
	tap_ok(last >= now + 94 * SECOND / 25 && last <= now + 99 * SECOND / 25,
		   "places that are asked for at once come one after another");
	tap_ok(bucket_reserve(&bucket, now) > last, "the next one comes later still");

	bucket_init(&bucket, 25);
	(void) bucket_reserve(&bucket, now);
	n = 0;
	while (bucket_reserve(&bucket, now + 3600 * SECOND) == now + 3600 * SECOND)
		n++;
	tap_is_int(n, 6, "an hour's idleness saves up no more than a burst");

	bucket_init(&bucket, 0.5);
	(void) bucket_reserve(&bucket, now);
	tap_is_int(bucket_reserve(&bucket, now), now + 2 * SECOND - SECOND / 5, "one in two seconds");
}

static void
test_configure(void)
{
	Bucket		bucket;
	int64		now = 10 * SECOND;

	bucket_init(&bucket, 0.1);
	(void) bucket_reserve(&bucket, now);
	bucket_configure(&bucket, 100);
	tap_ok(bucket_reserve(&bucket, now) <= now + SECOND / 100,
		   "a higher rate holds for the next place already");
	bucket_configure(&bucket, 0.1);
	(void) bucket_reserve(&bucket, now);
	tap_ok(bucket_reserve(&bucket, now) >= now + 9 * SECOND, "and so does a lower one");
}

static void
test_lower(void)
{
	Bucket		bucket;
	int64		now = 10 * SECOND;
	int			n;
	double		rate;

	bucket_init(&bucket, 20);
	n = places_within(&bucket, now, 5 * SECOND);
	tap_ok(n > 95, "at 20/s");
	now += 5 * SECOND;
	bucket_lower(&bucket, now, now - 1, 0);
	rate = bucket.rate;
	tap_ok(rate >= 10 && rate < 16, "a refusal lowers the rate: %g", rate);
	bucket_lower(&bucket, now + 1, now - 2, 0);
	tap_ok(bucket.rate == rate, "the refusal of a request that was under way then does not");
	tap_ok(bucket_reserve(&bucket, now + 1) > now + SECOND / 10, "the bucket rests a while");
	bucket_lower(&bucket, now + SECOND, now + 1, 7 * SECOND);
	tap_ok(bucket.rate < rate, "the refusal of a later request does");
	tap_ok(bucket_reserve(&bucket, now + SECOND) >= now + 8 * SECOND, "Retry-After is obeyed");
	now += 8 * SECOND;
	n = places_within(&bucket, now, 2 * SECOND);
	tap_ok(n <= 2 * rate, "and no burst follows it: %d", n);

	rate = bucket.rate;
	bucket_raise(&bucket, now);
	tap_ok(bucket.rate > rate && bucket.rate < rate * 1.05, "success raises the rate slowly");
	for (int i = 0; i < 100000; i++)
		bucket_raise(&bucket, now);
	tap_ok(bucket.rate == 20, "up to the configured one");

	bucket_lower(&bucket, now + 60 * SECOND, now + 60 * SECOND, 0);
	tap_ok(bucket.rate == 10, "one refusal after a pause halves the rate, no more");
	bucket_configure(&bucket, 5);
	tap_ok(bucket.rate == 5, "a lower configured rate is in force at once");
	bucket_configure(&bucket, 100);
	tap_ok(bucket.rate == 5, "a higher one does not undo what was learned");
	now = bucket_reserve(&bucket, now + 3600 * SECOND);
	tap_ok(bucket.rate == 100, "after a long pause what was learned is forgotten");

	bucket_init(&bucket, 25);
	for (int i = 0; i < 100; i++)
		bucket_lower(&bucket, now + i, now + i, 0);
	tap_ok(bucket.rate >= 0.1, "the rate never falls to nothing");
}

/* A server with a token bucket of its own, and a client that was told too much. */
static void
test_settles(double told, double allowed, int in_flight)
{
	Bucket		bucket;
	double		tokens = allowed;
	int64		now = 10 * SECOND;
	int64		start = now;
	int64		filled_at = now;
	int			refused = 0;
	int			n = 2000;

	bucket_init(&bucket, told);
	for (int i = 0; i < n;)
	{
		int64		sent[64];
		bool		answered[64];

		/* So many are under way together before the first one's answer is known. */
		for (int j = 0; j < in_flight; j++, i++)
		{
			now = bucket_reserve(&bucket, now);
			sent[j] = now;
			tokens = Min(tokens + (double) (now - filled_at) / SECOND * allowed, allowed);
			filled_at = now;
			answered[j] = tokens >= 1;
			if (answered[j])
				tokens -= 1;
		}
		for (int j = 0; j < in_flight; j++)
		{
			if (answered[j])
				bucket_raise(&bucket, now);
			else
			{
				bucket_lower(&bucket, now, sent[j], 0);
				refused++;
			}
		}
	}
	tap_ok(refused * 100 < 5 * n, "told %g/s where %g/s are allowed, %d in flight: %d of %d refused",
		   told, allowed, in_flight, refused, n);
	tap_ok((double) n / ((double) (now - start) / SECOND) > 0.75 * allowed,
		   "and it goes at %.3g/s", n / ((double) (now - start) / SECOND));
}

static void
test_gate(void)
{
	Gate		gate;
	int64		now = 10 * SECOND;
	int			entered = 0;

	gate_init(&gate, 2);
	for (int i = 1; i <= 2; i++)
	{
		tap_ok(gate_ask(&gate, i, now), "%d of 2 may enter", i);
		gate_enter(&gate, i, now);
	}
	tap_ok(!gate_ask(&gate, 3, now), "a third waits");
	tap_ok(!gate_ask(&gate, 4, now), "and a fourth");
	gate_leave(&gate, now, now);
	tap_ok(!gate_ask(&gate, 1, now), "who was inside queues up behind them");
	tap_ok(!gate_ask(&gate, 4, now), "the place is not the fourth one's");
	tap_ok(gate_ask(&gate, 3, now), "but the third one's");
	gate_enter(&gate, 3, now);
	gate_leave(&gate, now, now);
	tap_ok(!gate_ask(&gate, 1, now + SECOND / 100), "the fourth one's is the next");
	tap_ok(gate_ask(&gate, 1, now + SECOND / 5), "unless it has stopped asking");

	gate_init(&gate, 1);
	gate_enter(&gate, 1, now);
	for (int i = 2; i < 100; i++)
		entered += gate_ask(&gate, i, now);
	tap_is_int(entered, 0, "more wait than the queue has places for");
	gate_leave(&gate, now, now);
	tap_ok(!gate_ask(&gate, 99, now) && gate_ask(&gate, 2, now), "in order, as long as it is");
}

static void
test_flights(void)
{
	Flights		flights = {0};
	Flights		own = {0};
	const int64 slice = FLIGHT_SLICE;
	int64		begun = 10 * SECOND;
	int64		now = begun + 5 * slice;

	flights_begin(&flights, begun);
	flights_begin(&own, begun);
	flights_begin(&flights, begun + 2 * slice);
	flights_begin(&flights, begun + 3 * slice);
	flights_begin(&own, begun + 3 * slice);
	tap_is_int(flights_count(&flights, now), 3, "three in flight");
	flights_end(&flights, begun + 2 * slice, now);
	tap_is_int(flights_count(&flights, now), 2, "one has ended");
	now = begun + FLIGHT_SLICES * slice;
	tap_is_int(flights_count(&flights, now), 1, "one that nobody looks after counts no more");
	flights_end(&flights, begun, now);
	tap_is_int(flights_count(&flights, now), 1, "nor when it ends");
	flights_end_all(&flights, &own, now);
	tap_is_int(flights_count(&flights, now), 0, "a backend's own end together");

	flights_begin(&flights, now);
	for (int i = 1; i <= 10; i++)
		flights_keep(&flights, now + (i - 1) * 3 * slice, now + i * 3 * slice);
	now += 30 * slice;
	tap_is_int(flights_count(&flights, now), 1, "one that is looked after counts, and once");
	flights_keep(&flights, now, now + 20 * slice);
	tap_is_int(flights_count(&flights, now + 20 * slice), 1, "also after a while in which it did not");
	tap_is_int(flights_count(&flights, now + 3600 * SECOND), 0, "none after an hour");
}

static void
test_gate_learns(void)
{
	Gate		gate;
	int64		now = 10 * SECOND;

	gate_init(&gate, 50);
	for (int i = 1; i <= 20; i++)
		gate_enter(&gate, i, now);
	for (int i = 0; i < 5; i++)
	{
		gate_lower(&gate, now, now - 1);
		gate_leave(&gate, now, now);
	}
	tap_ok(gate.bound == 15, "what was inside fits in, but for what was refused: %g", gate.bound);
	gate_raise(&gate, now);
	tap_ok(gate.bound > 15 && gate.bound < 15.1, "success raises the bound slowly");
	while (flights_count(&gate.inside, now) > 3)
		gate_leave(&gate, now, now);
	for (int i = 0; i < 10000; i++)
		gate_raise(&gate, now);
	tap_ok(gate.bound < 15.1, "but not where nobody meets it");
	while (flights_count(&gate.inside, now) < 15)
		gate_enter(&gate, 1, now);
	for (int i = 0; i < 1000000; i++)
	{
		gate_raise(&gate, now);
		if (flights_count(&gate.inside, now) < (int) gate.bound)
			gate_enter(&gate, 1, now);
	}
	tap_ok(gate.bound == 50, "up to the configured one");
	gate_configure(&gate, 10);
	tap_ok(gate.bound == 10, "another configured bound");
	while (flights_count(&gate.inside, now) > 1)
		gate_leave(&gate, now, now);
	gate_lower(&gate, now + SECOND, now + 1);
	tap_ok(gate.bound == 1, "never below one");
}

int
main(void)
{
	tap_begin("bucket");
	test_rate();
	test_configure();
	test_lower();
	test_settles(25, 10, 1);
	test_settles(25, 10, 4);
	test_settles(25, 10, 8);
	test_settles(100, 10, 1);
	test_settles(100, 60, 16);
	test_settles(25, 24, 4);
	test_flights();
	test_gate();
	test_gate_learns();
	return tap_end();
}
