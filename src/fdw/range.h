/*-------------------------------------------------------------------------
 *
 * range.h
 *		Ranges of whole numbers, narrowed by one condition after another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_RANGE_H
#define STRIPE_RANGE_H

#include "postgres.h"

#include "fdw/quals.h"

/* A value that a condition compares with. */
typedef struct StripeValue
{
	Oid			type;
	bool		isnull;
	Datum		datum;
} StripeValue;

/* One side of a range. */
typedef struct StripeBound
{
	bool		set;
	int64		inclusive;		/* the same bound as >= or <= */
	int64		value;			/* as it is sent … */
	bool		strict;			/* … with > or < */
} StripeBound;

typedef struct StripeRange
{
	StripeBound lower;
	StripeBound upper;
	bool		empty;			/* nothing lies within it */
} StripeRange;

/* Narrows by "number comparison value"; not for IN and BETWEEN. */
extern void stripe_range_narrow_integer(StripeRange *range, StripeComparison comparison,
										int64 value);

/*
 * Narrows a range of unix seconds by "time comparison value", where the time
 * is seen through view and width (see StripeSubject).  What lies within the
 * range may be more than what the comparison is true for, but never less.
 */
extern void stripe_range_narrow_time(StripeRange *range, StripeComparison comparison,
									 StripeView view, int width, const StripeValue *value);

/* Makes range what lies within it or within other, and between the two. */
extern void stripe_range_extend(StripeRange *range, const StripeRange *other);

/* Makes range what lies within both. */
extern void stripe_range_intersect(StripeRange *range, const StripeRange *other);

/* A value of one of SQL's integer types. */
extern int64 stripe_integer_value(const StripeValue *value);

#endif							/* STRIPE_RANGE_H */
