/*-------------------------------------------------------------------------
 *
 * range.c
 *		Ranges of whole numbers, narrowed by one condition after another.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

#include "base/unixtime.h"
#include "fdw/range.h"

/*
 * How far a value without a time zone may be off.  Local times are not in
 * the order of universal time when clocks change, by an hour or by the whole
 * day that an island skips, so a day on both sides is enough, and the local
 * test does the rest.
 */
#define LOCAL_TIME_SLACK SECS_PER_DAY

/* Years that are turned into times; beyond these no time of Stripe's lies. */
#define MIN_YEAR 1000
#define MAX_YEAR 9999

static void
set_lower(StripeRange *range, int64 value, bool strict)
{
	int64		inclusive = value;

	if (strict && pg_add_s64_overflow(value, 1, &inclusive))
		range->empty = true;
	if (!range->lower.set || inclusive > range->lower.inclusive)
		range->lower = (StripeBound){true, inclusive, value, strict};
}

static void
set_upper(StripeRange *range, int64 value, bool strict)
{
	int64		inclusive = value;

	if (strict && pg_sub_s64_overflow(value, 1, &inclusive))
		range->empty = true;
	if (!range->upper.set || inclusive < range->upper.inclusive)
		range->upper = (StripeBound){true, inclusive, value, strict};
}

static void
check_empty(StripeRange *range)
{
	if (range->lower.set && range->upper.set && range->lower.inclusive > range->upper.inclusive)
		range->empty = true;
}

/*
 * Narrows by "x comparison value", where x is a whole number and value lies
 * at floor (fraction: between floor and floor + 1).
 */
static void
narrow(StripeRange *range, StripeComparison comparison, int64 floor, bool fraction)
{
	switch (comparison)
	{
		case STRIPE_EQ:
			if (fraction)
				range->empty = true;
			set_lower(range, floor, false);
			set_upper(range, floor, false);
			break;
		case STRIPE_GT:
			set_lower(range, floor, true);
			break;
		case STRIPE_GE:
			set_lower(range, fraction ? floor + 1 : floor, false);
			break;
		case STRIPE_LT:
			set_upper(range, fraction ? floor + 1 : floor, true);
			break;
		case STRIPE_LE:
			set_upper(range, floor, false);
			break;
		case STRIPE_IN:
		case STRIPE_BETWEEN:
			elog(ERROR, "a range can't be narrowed by several values");
	}
	check_empty(range);
}

void
stripe_range_narrow_integer(StripeRange *range, StripeComparison comparison, int64 value)
{
	narrow(range, comparison, value, false);
}

/* Narrows to what may be compared so, if it may be from first to last. */
static void
narrow_loosely(StripeRange *range, StripeComparison comparison, int64 first, int64 last)
{
	if (comparison != STRIPE_LT && comparison != STRIPE_LE)
		set_lower(range, first, false);
	if (comparison != STRIPE_GT && comparison != STRIPE_GE)
		set_upper(range, last, false);
	check_empty(range);
}

/*
 * The value as a timestamptz, as PostgreSQL's operators between the time
 * types see it: without a zone it is in the session's.  What lies beyond
 * those that timestamptz holds is as far from all of Stripe's as infinity.
 */
static TimestampTz
time_value(const StripeValue *value)
{
	TimestampTz result;
	int			overflow = 0;

	switch (value->type)
	{
		case TIMESTAMPTZOID:
			return DatumGetTimestampTz(value->datum);
		case TIMESTAMPOID:
			result = timestamp2timestamptz_opt_overflow(DatumGetTimestamp(value->datum),
														&overflow);
			break;
		case DATEOID:
			result = date2timestamptz_opt_overflow(DatumGetDateADT(value->datum), &overflow);
			break;
		default:
			elog(ERROR, "unexpected type of a time: %u", value->type);
	}
	if (overflow > 0)
		TIMESTAMP_NOEND(result);
	else if (overflow < 0)
		TIMESTAMP_NOBEGIN(result);
	return result;
}

/* Unix seconds of a time, towards minus infinity, before 2000 too. */
static int64
whole_seconds(TimestampTz time)
{
	int64		seconds = time / USECS_PER_SEC;

	if (time % USECS_PER_SEC < 0)
		seconds--;
	return seconds + UNIX_EPOCH_OFFSET;
}

/* Unix seconds of the first of January of a year, in the session's zone. */
static int64
year_start(int year)
{
	DateADT		day = date2j(year, 1, 1) - POSTGRES_EPOCH_JDATE;

	/* No year that is asked for is beyond what a time holds. */
	return whole_seconds(time_value(&(StripeValue){DATEOID, false, DateADTGetDatum(day)}));
}

static void
narrow_year(StripeRange *range, StripeComparison comparison, const StripeValue *value)
{
	double		year;

	switch (value->type)
	{
		case NUMERICOID:
			/* By way of text: too large a number is infinite then, and no error. */
			year = strtod(DatumGetCString(DirectFunctionCall1(numeric_out, value->datum)), NULL);
			break;
		case FLOAT8OID:
			year = DatumGetFloat8(value->datum);
			break;
		default:
			year = (double) stripe_integer_value(value);
	}
	if (isnan(year) || year < MIN_YEAR || year > MAX_YEAR)
		return;
	narrow_loosely(range, comparison,
				   year_start((int) floor(year)) - LOCAL_TIME_SLACK,
				   year_start((int) floor(year) + 1) + LOCAL_TIME_SLACK);
}

void
stripe_range_narrow_time(StripeRange *range, StripeComparison comparison, StripeView view,
						 int width, const StripeValue *value)
{
	TimestampTz time;
	int64		seconds;

	if (view == STRIPE_VIEW_YEAR)
	{
		narrow_year(range, comparison, value);
		return;
	}
	time = time_value(value);
	if (TIMESTAMP_NOT_FINITE(time))
	{
		bool		below = TIMESTAMP_IS_NOBEGIN(time);

		/* No time that Stripe has is infinite. */
		if (comparison == STRIPE_EQ ||
			(below ? (comparison == STRIPE_LT || comparison == STRIPE_LE) :
					 (comparison == STRIPE_GT || comparison == STRIPE_GE)))
			range->empty = true;
		return;
	}

	seconds = whole_seconds(time);
	if (view == STRIPE_VIEW_LOCAL)
		narrow_loosely(range, comparison, seconds - LOCAL_TIME_SLACK,
					   seconds + width + LOCAL_TIME_SLACK);
	else
		narrow(range, comparison, seconds, time % USECS_PER_SEC != 0);
}

void
stripe_range_extend(StripeRange *range, const StripeRange *other)
{
	if (other->empty)
		return;
	if (range->empty)
	{
		*range = *other;
		return;
	}
	if (!other->lower.set || (range->lower.set && other->lower.inclusive < range->lower.inclusive))
		range->lower = other->lower;
	if (!other->upper.set || (range->upper.set && other->upper.inclusive > range->upper.inclusive))
		range->upper = other->upper;
}

void
stripe_range_intersect(StripeRange *range, const StripeRange *other)
{
	if (other->empty)
		range->empty = true;
	if (other->lower.set)
		set_lower(range, other->lower.value, other->lower.strict);
	if (other->upper.set)
		set_upper(range, other->upper.value, other->upper.strict);
	check_empty(range);
}

int64
stripe_integer_value(const StripeValue *value)
{
	switch (value->type)
	{
		case INT8OID:
			return DatumGetInt64(value->datum);
		case INT4OID:
			return DatumGetInt32(value->datum);
		case INT2OID:
			return DatumGetInt16(value->datum);
		default:
			elog(ERROR, "unexpected type of an integer: %u", value->type);
	}
}
