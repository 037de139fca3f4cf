/*-------------------------------------------------------------------------
 *
 * bind.c
 *		From conditions whose values are known to the parameters of a request.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/timestamp.h"

#include "base/unixtime.h"
#include "fdw/bind.h"
#include "stripe/rowsource.h"

/*
 * Longest string sent as a filter.  Ids have at most 255 characters; longer
 * ones stay local rather than run into a limit on URLs.
 */
#define MAX_FILTER_BYTES 500

/* Stripe's ids have at most 255 characters, of at most four bytes. */
#define MAX_ID_BYTES (255 * 4)

/* Unix seconds that are sent: 1970 to the end of 9999. */
#define MIN_UNIX_TIME INT64CONST(0)
#define MAX_UNIX_TIME INT64CONST(253402300799)

/*
 * How far a value without a time zone may be off.  Local times are not in
 * the order of universal time when clocks change, and zones reach from -12
 * to +14 hours, so a day on both sides is enough, and the local test does
 * the rest.
 */
#define LOCAL_TIME_SLACK SECS_PER_DAY

/* One side of a range, in whole numbers. */
typedef struct Bound
{
	bool		set;
	int64		inclusive;		/* the same bound as >= or <= */
	int64		value;			/* as it is sent … */
	bool		strict;			/* … with > or < */
} Bound;

typedef struct Range
{
	Bound		lower;
	Bound		upper;
	bool		empty;
} Range;

static void
set_lower(Range *range, int64 value, bool strict)
{
	int64		inclusive = value;

	if (strict && pg_add_s64_overflow(value, 1, &inclusive))
		range->empty = true;
	if (!range->lower.set || inclusive > range->lower.inclusive)
		range->lower = (Bound){true, inclusive, value, strict};
}

static void
set_upper(Range *range, int64 value, bool strict)
{
	int64		inclusive = value;

	if (strict && pg_sub_s64_overflow(value, 1, &inclusive))
		range->empty = true;
	if (!range->upper.set || inclusive < range->upper.inclusive)
		range->upper = (Bound){true, inclusive, value, strict};
}

/*
 * Narrows range by "x comparison value", where x is a whole number and value
 * lies at floor (fraction: between floor and floor + 1).
 */
static void
narrow(Range *range, StripeComparison comparison, int64 floor, bool fraction)
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
	}
	if (range->lower.set && range->upper.set && range->lower.inclusive > range->upper.inclusive)
		range->empty = true;
}

/*
 * The value of a time condition as a timestamptz, as PostgreSQL's operators
 * between the time types see it: without a zone it is in the session's.
 * Returns false if it lies beyond what timestamptz holds.
 */
static bool
time_value(const StripeBoundCondition *condition, TimestampTz *result)
{
	int			overflow = 0;

	switch (condition->value_type)
	{
		case TIMESTAMPTZOID:
			*result = DatumGetTimestampTz(condition->value);
			return true;
		case TIMESTAMPOID:
			*result = timestamp2timestamptz_opt_overflow(
				DatumGetTimestamp(condition->value), &overflow);
			break;
		case DATEOID:
			*result = date2timestamptz_opt_overflow(DatumGetDateADT(condition->value), &overflow);
			break;
		default:
			elog(ERROR, "unexpected type of a time: %u", condition->value_type);
	}
	return overflow == 0;
}

static void
narrow_time(Range *range, const StripeBoundCondition *condition)
{
	StripeComparison comparison = condition->comparison;
	TimestampTz value;
	int64		seconds;
	bool		fraction;

	if (!time_value(condition, &value))
		return;
	if (TIMESTAMP_NOT_FINITE(value))
	{
		bool		below = TIMESTAMP_IS_NOBEGIN(value);

		/* No time that Stripe has is infinite. */
		if (comparison == STRIPE_EQ ||
			(below ? (comparison == STRIPE_LT || comparison == STRIPE_LE) :
					 (comparison == STRIPE_GT || comparison == STRIPE_GE)))
			range->empty = true;
		return;
	}

	/* Towards minus infinity, before 2000 too. */
	seconds = value / USECS_PER_SEC;
	if (value % USECS_PER_SEC < 0)
		seconds--;
	fraction = (value != seconds * USECS_PER_SEC);
	seconds += UNIX_EPOCH_OFFSET;

	if (condition->column_type != TIMESTAMPTZOID)
	{
		/* The column shows a local time (see LOCAL_TIME_SLACK), or its day. */
		int64		last = seconds + LOCAL_TIME_SLACK +
					 (condition->column_type == DATEOID ? SECS_PER_DAY : 0);

		if (comparison != STRIPE_LT && comparison != STRIPE_LE)
			narrow(range, STRIPE_GE, seconds - LOCAL_TIME_SLACK, false);
		if (comparison != STRIPE_GT && comparison != STRIPE_GE)
			narrow(range, STRIPE_LE, last, false);
		return;
	}
	narrow(range, comparison, seconds, fraction);
}

static int64
integer_value(const StripeBoundCondition *condition)
{
	switch (condition->value_type)
	{
		case INT8OID:
			return DatumGetInt64(condition->value);
		case INT4OID:
			return DatumGetInt32(condition->value);
		case INT2OID:
			return DatumGetInt16(condition->value);
		default:
			elog(ERROR, "unexpected type of an integer: %u", condition->value_type);
	}
}

/* In UTF-8; NULL if it is not to be sent. */
static char *
string_value(const StripeBoundCondition *condition)
{
	char	   *string = TextDatumGetCString(condition->value);
	size_t		len = strlen(string);

	/* Stripe takes an empty value for none. */
	if (len == 0 || len > MAX_FILTER_BYTES)
		return NULL;
	if (GetDatabaseEncoding() == PG_SQL_ASCII)
	{
		for (size_t i = 0; i < len; i++)
		{
			if (IS_HIGHBIT_SET(string[i]))
				return NULL;
		}
	}
	return pg_server_to_any(string, len, PG_UTF8);
}

static void
add_param(StripeBinding *binding, const StripeFilter *filter, const char *name,
		  const char *value)
{
	StripeParam *param = palloc(sizeof(StripeParam));

	param->name = name;
	param->value = value;
	param->filter = filter;
	binding->params = lappend(binding->params, param);
}

/* "created[gte]": for the four comparisons that take brackets */
static char *
bracketed(const char *param, const char *suffix)
{
	return psprintf("%s[%s]", param, suffix);
}

/* Whether a bound is one that a filter by time is worth, and Stripe would take. */
static bool
is_sendable(const StripeFilter *filter, const Bound *bound)
{
	if (!bound->set)
		return false;
	return filter->kind != STRIPE_KIND_TIMESTAMP ||
		   (bound->value >= MIN_UNIX_TIME && bound->value <= MAX_UNIX_TIME);
}

static void
add_range(StripeBinding *binding, const StripeFilter *filter, const Range *range)
{
	const Bound *lower = &range->lower;
	const Bound *upper = &range->upper;
	bool		has_lower = is_sendable(filter, lower);
	bool		has_upper = is_sendable(filter, upper);

	switch (filter->op)
	{
		case STRIPE_FILTER_AFTER:
			/* Whether it includes the bound itself is not documented. */
			if (has_lower)
				add_param(binding, filter, filter->param,
						  psprintf(INT64_FORMAT, lower->inclusive - 1));
			return;
		case STRIPE_FILTER_BEFORE:
			if (has_upper)
				add_param(binding, filter, filter->param,
						  psprintf(INT64_FORMAT, upper->inclusive + 1));
			return;
		default:
			break;
	}

	/* Equality too: not every list takes the parameter without brackets. */
	if (has_lower)
		add_param(binding, filter, bracketed(filter->param, lower->strict ? "gt" : "gte"),
				  psprintf(INT64_FORMAT, lower->value));
	if (has_upper)
		add_param(binding, filter, bracketed(filter->param, upper->strict ? "lt" : "lte"),
				  psprintf(INT64_FORMAT, upper->value));
}

/* EXPLAIN: what will be sent once the values are known. */
static void
add_unknown(StripeBinding *binding, const StripeFilter *filter,
			const StripeBoundCondition *condition)
{
	static const char *const suffixes[] = {
		[STRIPE_LT] = "lt",
		[STRIPE_LE] = "lte",
		[STRIPE_GT] = "gt",
		[STRIPE_GE] = "gte",
	};
	const char *name = filter->param;
	char	   *value = psprintf("$%d", condition->parameter);

	if (filter->op != STRIPE_FILTER_RANGE)
		add_param(binding, filter, name, value);
	else if (condition->comparison != STRIPE_EQ)
		add_param(binding, filter, bracketed(name, suffixes[condition->comparison]), value);
	else
	{
		add_param(binding, filter, bracketed(name, "gte"), value);
		add_param(binding, filter, bracketed(name, "lte"), value);
	}
}

/* All conditions on one range filter together. */
static void
bind_range(StripeBinding *binding, const StripeFilter *filter, List *conditions)
{
	Range		range = {0};
	ListCell   *lc;

	foreach (lc, conditions)
	{
		StripeBoundCondition *condition = lfirst(lc);

		if (condition->filter != filter)
			continue;
		if (!condition->known)
			add_unknown(binding, filter, condition);
		else if (filter->kind == STRIPE_KIND_TIMESTAMP)
			narrow_time(&range, condition);
		else
			narrow(&range, condition->comparison, integer_value(condition), false);
		if (condition->comparison == STRIPE_EQ)
			binding->used = lappend(binding->used, condition);
	}
	if (range.empty)
		binding->empty = true;
	else
		add_range(binding, filter, &range);
}

/* The value of an equality as it is sent; NULL if it is not to be sent. */
static char *
equality_value(const StripeFilter *filter, const StripeBoundCondition *condition)
{
	char	   *value;

	switch (filter->kind)
	{
		case STRIPE_KIND_BOOLEAN:
			return pstrdup(DatumGetBool(condition->value) ? "true" : "false");
		case STRIPE_KIND_INTEGER:
			return psprintf(INT64_FORMAT, integer_value(condition));
		case STRIPE_KIND_STRING:
		case STRIPE_KIND_ENUM:
		case STRIPE_KIND_EXPANDABLE:
			value = string_value(condition);

			/*
			 * Stripe answers an enum value that it does not know with an
			 * error, but a required filter can't be left out.
			 */
			if (value != NULL && filter->enum_values != NULL && !filter->required &&
				!stripe_enum_has(filter->enum_values, value))
				return NULL;

			/* events.type takes a * as a wildcard; let it be tested locally. */
			if (value != NULL && strchr(value, '*') != NULL)
				return NULL;
			return value;
		default:
			elog(ERROR, "unexpected kind of a filter by equality: %d", filter->kind);
	}
}

/* All conditions on one equality filter together: they must agree. */
static void
bind_equality(StripeBinding *binding, const StripeFilter *filter, List *conditions)
{
	char	   *sent = NULL;
	ListCell   *lc;

	foreach (lc, conditions)
	{
		StripeBoundCondition *condition = lfirst(lc);
		char	   *value;

		if (condition->filter != filter)
			continue;
		if (!condition->known)
		{
			if (sent == NULL)
				add_unknown(binding, filter, condition);
			sent = "";
			binding->used = lappend(binding->used, condition);
			continue;
		}
		value = equality_value(filter, condition);
		if (value == NULL)
			continue;
		if (sent == NULL)
		{
			sent = value;
			add_param(binding, filter, filter->param, value);
			binding->used = lappend(binding->used, condition);
		}
		else if (sent[0] != '\0' && strcmp(sent, value) != 0)
			binding->empty = true;
	}
}

/*
 * Whether an id can be the last segment of a path.  Dots would be resolved on
 * the way, and some words make another call of it; such ids are looked for
 * in the list.
 */
static bool
can_be_path(const StripeResource *resource, const char *id)
{
	return strcmp(id, ".") != 0 && strcmp(id, "..") != 0 &&
		!(resource->reserved_ids && stripe_enum_has(resource->reserved_ids, id));
}

/* Sets the id asked for, if there is one. */
static void
bind_id(StripeBinding *binding, const StripeResource *resource, List *conditions)
{
	ListCell   *lc;

	foreach (lc, conditions)
	{
		StripeBoundCondition *condition = lfirst(lc);
		char	   *id;

		if (condition->filter != NULL)
			continue;
		if (condition->known)
		{
			char	   *string = TextDatumGetCString(condition->value);

			if (string[0] == '\0' || strlen(string) > MAX_ID_BYTES)
			{
				binding->empty = true;
				continue;
			}
			id = string_value(condition);
			if (id == NULL || !can_be_path(resource, id))
				continue;
		}
		else
			id = psprintf("$%d", condition->parameter);
		if (binding->id == NULL)
			binding->id = id;
		else if (condition->known && strcmp(binding->id, id) != 0)
			binding->empty = true;
	}
}

/* The filters that take one value, or the others. */
static void
bind_filters(StripeBinding *binding, List *conditions, bool equalities)
{
	List	   *done = NIL;
	ListCell   *lc;

	foreach (lc, conditions)
	{
		const StripeFilter *filter = ((StripeBoundCondition *) lfirst(lc))->filter;

		if (filter == NULL || (filter->op == STRIPE_FILTER_EQ) != equalities ||
			list_member_ptr(done, filter))
			continue;
		done = lappend(done, (void *) filter);
		if (equalities)
			bind_equality(binding, filter, conditions);
		else
			bind_range(binding, filter, conditions);
	}
}

static bool
is_sent(const StripeBinding *binding, const char *name)
{
	ListCell   *lc;

	foreach (lc, binding->params)
	{
		StripeParam *param = lfirst(lc);

		if (strcmp(param->name, name) == 0)
			return true;
	}
	return false;
}

StripeBinding *
stripe_bind(const StripeResource *resource, List *conditions, bool by_id)
{
	StripeBinding *binding = palloc0(sizeof(StripeBinding));
	ListCell   *lc;

	/* A comparison with NULL is true for no row. */
	foreach (lc, conditions)
	{
		StripeBoundCondition *condition = lfirst(lc);

		if (condition->known && condition->isnull)
		{
			binding->empty = true;
			return binding;
		}
	}

	if (by_id)
		bind_id(binding, resource, conditions);
	if (binding->id != NULL)
		return binding;

	/* Each filter once: equalities, then ranges, in the order of the clauses. */
	bind_filters(binding, conditions, true);
	bind_filters(binding, conditions, false);

	for (int i = 0; i < resource->ndefaults; i++)
	{
		if (!is_sent(binding, resource->defaults[i].param))
			add_param(binding, NULL, resource->defaults[i].param, resource->defaults[i].value);
	}
	for (int i = 0; i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		if (filter->required && !is_sent(binding, filter->param))
		{
			binding->missing = filter;
			break;
		}
	}
	return binding;
}
