/*-------------------------------------------------------------------------
 *
 * bucket.c
 *		Requests a second: a token bucket that hands out places in time, and
 *		learns the rate that the server really allows.
 *
 * The learning is additive increase and multiplicative decrease, counted in
 * requests rather than in time, so that it is the same at every rate: after
 * a refusal the rate falls below what was too much, rises quickly to nearly
 * that, and slowly from there on.  Near its limit the server then refuses
 * about one request in some hundreds.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "http/bucket.h"

#define SECOND INT64CONST(1000000)

/* An idle bucket saves up places for so long: what servers call a burst. */
#define BURST (SECOND / 5)

/*
 * After a refusal the rate is so much of what was asked for, but no less than
 * half of the rate before.
 */
#define LOWER_TO 0.7
#define LOWER_AT_MOST_TO 0.5

/* What of the refused rate counts as surely allowed. */
#define KNOWN_GOOD 0.9

/* Answered requests that raise the rate from nothing to the configured one. */
#define RAISE_QUICKLY 400
#define RAISE_SLOWLY 4000

/* So long without a refusal, and the rate rises quickly again. */
#define PATIENCE (30 * SECOND)

/* So long without a request, and what was learned is out of date. */
#define FORGET (120 * SECOND)

/* A refused bucket rests at least so long, for the server's own to fill. */
#define REST (SECOND / 4)

/* The rate never falls below one request in ten seconds. */
#define MIN_RATE 0.1

void
bucket_init(Bucket *bucket, double max_rate)
{
	memset(bucket, 0, sizeof(Bucket));
	bucket->max_rate = max_rate;
	bucket->rate = max_rate;
}

void
bucket_configure(Bucket *bucket, double max_rate)
{
	/* What was learned is known only if there was a refusal. */
	if (bucket->lowered_at == 0)
		bucket->rate = max_rate;
	bucket->rate = Min(bucket->rate, max_rate);
	bucket->max_rate = max_rate;
	bucket->next = Min(bucket->next, bucket->taken_at + (int64) (SECOND / bucket->rate));
}

/* Places taken in about the last second, as of now: older ones fade away. */
static double
recent(const Bucket *bucket, int64 now)
{
	return bucket->recent * exp(-(double) Max(now - bucket->taken_at, 0) / SECOND);
}

/* Takes the earliest of the places given back; false: there is none that is not over. */
static bool
take_returned(Bucket *bucket, int64 now, int64 *place)
{
	int			earliest = -1;

	for (int i = 0; i < bucket->nreturned; i++)
	{
		if (bucket->returned[i] < Max(now, bucket->blocked_until))
			bucket->returned[i--] = bucket->returned[--bucket->nreturned];
		else if (earliest < 0 || bucket->returned[i] < bucket->returned[earliest])
			earliest = i;
	}
	if (earliest < 0)
		return false;
	*place = bucket->returned[earliest];
	bucket->returned[earliest] = bucket->returned[--bucket->nreturned];
	return true;
}

int64
bucket_reserve(Bucket *bucket, int64 now)
{
	int64		place;

	if (bucket->lowered_at != 0 && now - Max(bucket->taken_at, bucket->lowered_at) > FORGET)
		bucket_init(bucket, bucket->max_rate);

	if (take_returned(bucket, now, &place))
		return place;

	place = Max(bucket->next, now - BURST);
	bucket->next = place + (int64) (SECOND / bucket->rate);
	place = Max(Max(place, bucket->blocked_until), now);

	bucket->recent = recent(bucket, place) + 1;
	bucket->taken_at = Max(bucket->taken_at, place);
	return place;
}

void
bucket_return(Bucket *bucket, int64 place, int64 now)
{
	if (place <= now)
		return;					/* its time is over */

	/* As if the last one had never been taken; rates differ a little by now. */
	if (place + (int64) (1.5 * SECOND / bucket->rate) > bucket->next)
		bucket->next = Min(bucket->next, place);
	else if (bucket->nreturned < BUCKET_RETURNED)
		bucket->returned[bucket->nreturned++] = place;
}

void
bucket_raise(Bucket *bucket, int64 now)
{
	bool		quickly = bucket->rate < bucket->known_good ||
						  now - bucket->lowered_at > PATIENCE;

	bucket->rate += bucket->max_rate / (quickly ? RAISE_QUICKLY : RAISE_SLOWLY);
	bucket->rate = Min(bucket->rate, bucket->max_rate);
}

void
bucket_lower(Bucket *bucket, int64 now, int64 granted_at, int64 retry_after)
{
	double		refused;

	bucket->blocked_until = Max(bucket->blocked_until, now + Max(retry_after, REST));
	bucket->next = Max(bucket->next, bucket->blocked_until);

	/* It was on its way before the server's refusal was known. */
	if (bucket->lowered_at != 0 && granted_at < bucket->lowered_at)
		return;

	/* The rate in force means nothing if fewer were asked for. */
	refused = Min(bucket->rate, recent(bucket, now));
	bucket->known_good = 0;
	if (refused * LOWER_TO >= bucket->rate * LOWER_AT_MOST_TO)
		bucket->known_good = refused * KNOWN_GOOD;
	bucket->rate = Max(refused * LOWER_TO, bucket->rate * LOWER_AT_MOST_TO);
	bucket->rate = Max(bucket->rate, Min(MIN_RATE, bucket->max_rate));
	bucket->lowered_at = now;
}
