/*-------------------------------------------------------------------------
 *
 * bucket.h
 *		Requests a second: a token bucket that hands out places in time, and
 *		learns the rate that the server really allows.  Pure: the caller says
 *		what time it is.
 *
 * Times are microseconds on a clock that only goes forward.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_BUCKET_H
#define STRIPE_BUCKET_H

#include "postgres.h"

/* Places given back that are kept for others; more are lost. */
#define BUCKET_RETURNED 16

typedef struct Bucket
{
	double		max_rate;		/* requests/s as configured */
	double		rate;			/* in force */
	double		known_good;		/* below it the rate rises quickly */
	double		recent;			/* places taken in about the last second */
	int64		next;			/* when the next place is */
	int64		blocked_until;	/* after a refusal */
	int64		taken_at;		/* the last place was taken */
	int64		lowered_at;		/* the last time the rate was; 0: never */
	int			nreturned;
	int64		returned[BUCKET_RETURNED];	/* in no order */
} Bucket;

extern void bucket_init(Bucket *bucket, double max_rate);

/* Another configured rate; a lower rate that was learned stays. */
extern void bucket_configure(Bucket *bucket, double max_rate);

/*
 * Takes the next place: returns the time for it, now or later.  Places are in
 * the order in which they were asked for.  A bucket that was idle gives a few
 * at once.
 */
extern int64 bucket_reserve(Bucket *bucket, int64 now);

/* Gives a place back that will not be used, for whoever comes next. */
extern void bucket_return(Bucket *bucket, int64 place, int64 now);

/* A request was answered, at now. */
extern void bucket_raise(Bucket *bucket, int64 now);

/*
 * A request granted at granted_at was refused, at now; retry_after (us) is how
 * long the server wants to be left alone.  Of requests that were under way
 * together only the first one lowers the rate.
 */
extern void bucket_lower(Bucket *bucket, int64 now, int64 granted_at, int64 retry_after);

#endif							/* STRIPE_BUCKET_H */
