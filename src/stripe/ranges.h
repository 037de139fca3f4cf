/*-------------------------------------------------------------------------
 *
 * ranges.h
 *		How a span of time is divided among several cursors.  Pure.
 *
 * A list is read newest first by several cursors at once, each in its own
 * range of whole seconds.  A range is cut in two where the older part is then
 * read by a new cursor; the running one stops at the boundary.  How many rows
 * lie in a stretch of time is guessed from the pages that have come.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_RANGES_H
#define STRIPE_RANGES_H

#include "postgres.h"

/* Times are unix seconds; both ends of a range belong to it. */
#define STRIPE_OPEN_BELOW PG_INT64_MIN	/* no lower end */
#define STRIPE_OPEN_ABOVE PG_INT64_MAX	/* no upper end */

typedef struct StripeRange
{
	int64		lower;
	int64		upper;
	int64		position;		/* when the last row that has come was created;
								 * upper before the first page */
	int			pages;			/* that have come */
	bool		asked;			/* a request is under way */
	bool		ended;			/* all its rows have come */

	/* of the latest pages, older ones counting less */
	double		recent_rows;
	double		recent_seconds;
	double		first;			/* rows a second, in the first page */
	double		below;			/* the same of the next older range; < 0: unknown */
} StripeRange;

/* What is known of all ranges together. */
typedef struct StripeRanges
{
	int			page_size;
	bool		ordered;		/* rows are handed out newest first */
	int			pages;			/* that have come */
	double		rows;
	double		seconds;		/* of time that they cover */
	double		wasted;			/* parts of pages without a row of use */
	double		horizon;		/* pages in the next cut of a range without
								 * lower end */
	double		share;			/* pages that the next cut of another range
								 * gives to the new cursor, at most */
} StripeRanges;

extern void stripe_ranges_init(StripeRanges *all, int page_size, bool ordered);

/* A range before its first page. */
extern StripeRange stripe_range_begin(int64 lower, int64 upper);

/*
 * A page of range has come: rows are those of use, created from newest to
 * oldest (not looked at if rows is 0).  more: the cursor goes on within the
 * range.
 */
extern void stripe_range_received(StripeRanges *all, StripeRange *range, int rows, int64 newest,
								  int64 oldest, bool more);

/*
 * How many requests to have in flight, at most concurrency: as many as can be
 * sent at rate (requests/s) while one is answered, which takes so many seconds
 * (0: not known yet).  More would only wait for the limiter, and cost the
 * requests that cutting ranges does.
 */
extern int	stripe_ranges_in_flight(int concurrency, double rate, double seconds);

/*
 * Which of n ranges (newest first) to cut so that one request more can be
 * sent: its index, or -1 if it is not worth the requests that it would cost.
 * most: how many requests are to be in flight.
 */
extern int	stripe_ranges_choose(StripeRanges *all, StripeRange *const *ranges, int n, int most);

/* Cuts range in two; returns the older part. */
extern StripeRange stripe_range_cut(StripeRanges *all, StripeRange *range);

/*
 * The share of the whole span that has come, 0 to 1, by time; -1 while it is
 * not known where it ends.
 */
extern double stripe_ranges_done(const StripeRanges *all, StripeRange *const *ranges, int n);

#endif							/* STRIPE_RANGES_H */
