/*-------------------------------------------------------------------------
 *
 * bind.c
 *		From conditions whose values are known to requests.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "fdw/bind.h"
#include "fdw/form.h"
#include "stripe/rowsource.h"

/* Stripe's ids have at most 255 characters, of at most four bytes. */
#define MAX_ID_BYTES (255 * 4)

/* Unix seconds that are sent: 1970 to the end of 9999. */
#define MIN_UNIX_TIME INT64CONST(0)
#define MAX_UNIX_TIME INT64CONST(253402300799)

/*
 * Integers that are sent: those that every JSON reader holds exactly.  Stripe
 * refuses much larger ones, and no amount is so large.
 */
#define MAX_INTEGER INT64CONST(9007199254740991)

/* Values sent in one parameter that takes several, where Stripe names no limit. */
#define MAX_ANY_OF 100

/* While requests are put together. */
typedef struct Binder
{
	const StripeResource *resource;
	List	   *conditions;
	int			max_requests;
	int			page_size;
	bool		empty;			/* the conditions contradict each other */
	List	   *params;			/* of StripeParam *: in every request */
	List	   *choices;		/* of StripeParam *: one of them in each request */
	List	   *ids;			/* of char *: look-ups, if there are any */
	List	   *used;
	List	   *unsendable;		/* of StripeFilter *: of a value that can't be sent */
	List	   *json;			/* of char *: values in full that params flatten */
} Binder;

StripeBoundCondition *
stripe_bound_condition(const StripeCondition *condition)
{
	StripeBoundCondition *bound = palloc0(sizeof(StripeBoundCondition));

	bound->filter = condition->filter;
	bound->comparison = condition->comparison;
	bound->view = condition->view;
	bound->width = condition->width;
	bound->known = true;
	return bound;
}

List *
stripe_add_values(List *values, Oid type, Datum datum, bool isnull)
{
	Oid			element_type = get_base_element_type(type);
	StripeValue *value;
	Datum	   *elements;
	bool	   *nulls;
	int			nelements;
	int16		len;
	bool		byval;
	char		align;

	if (!OidIsValid(element_type))
	{
		value = palloc(sizeof(StripeValue));
		*value = (StripeValue){type, isnull, datum};
		return lappend(values, value);
	}
	if (isnull)
		return values;
	get_typlenbyvalalign(element_type, &len, &byval, &align);
	deconstruct_array(DatumGetArrayTypeP(datum), element_type, len, byval, align,
					  &elements, &nulls, &nelements);
	for (int i = 0; i < nelements; i++)
		values = stripe_add_values(values, element_type, elements[i], nulls[i]);
	return values;
}

static StripeParam *
make_param(const StripeFilter *filter, const char *name, const char *value)
{
	StripeParam *param = palloc(sizeof(StripeParam));

	param->name = name;
	param->value = value;
	param->filter = filter;
	return param;
}

static void
add_param(Binder *binder, const StripeFilter *filter, const char *name, const char *value)
{
	binder->params = lappend(binder->params, make_param(filter, name, value));
}

/* "created[gte]", "types[]" */
static char *
bracketed(const char *param, const char *suffix)
{
	return psprintf("%s[%s]", param, suffix);
}

/* In UTF-8; NULL if it is not to be sent. */
static char *
string_value(const StripeValue *value)
{
	text	   *string = DatumGetTextPP(value->datum);
	size_t		len = VARSIZE_ANY_EXHDR(string);

	/* Stripe takes an empty value for none. */
	return len == 0 ? NULL : stripe_form_text(VARDATA_ANY(string), len);
}

/* Whether some object may have this id. */
static bool
can_be_id(const StripeValue *value)
{
	size_t		len = VARSIZE_ANY_EXHDR(DatumGetTextPP(value->datum));

	return len > 0 && len <= MAX_ID_BYTES;
}

/* What an equality's value is sent as. */
typedef enum Sending
{
	SEND_IT,
	SEND_NOT,					/* it can't be sent, but rows may have it */
	SEND_NO_ROW					/* no row has it */
} Sending;

/* A time that must be met exactly: Stripe's are whole seconds. */
static Sending
exact_time(const StripeValue *value, char **sent)
{
	StripeRange range = {0};

	stripe_range_narrow_time(&range, STRIPE_EQ, STRIPE_VIEW_PLAIN, 0, value);
	if (range.empty)
		return SEND_NO_ROW;
	*sent = psprintf(INT64_FORMAT, range.lower.inclusive);
	return range.lower.set && range.lower.inclusive >= MIN_UNIX_TIME &&
		range.lower.inclusive <= MAX_UNIX_TIME ? SEND_IT : SEND_NOT;
}

static Sending
equality_value(const StripeFilter *filter, const StripeValue *value, char **sent)
{
	int64		integer;

	switch (filter->kind)
	{
		case STRIPE_KIND_BOOLEAN:
			*sent = pstrdup(DatumGetBool(value->datum) ? "true" : "false");
			return SEND_IT;
		case STRIPE_KIND_INTEGER:
			integer = stripe_integer_value(value);
			*sent = psprintf(INT64_FORMAT, integer);
			return integer >= -MAX_INTEGER && integer <= MAX_INTEGER ? SEND_IT : SEND_NOT;
		case STRIPE_KIND_TIMESTAMP:
			return exact_time(value, sent);
		case STRIPE_KIND_STRING:
		case STRIPE_KIND_ENUM:
		case STRIPE_KIND_EXPANDABLE:
			/* No object has an id like that, so none refers to it. */
			if (filter->lasting && !can_be_id(value))
				return SEND_NO_ROW;
			*sent = string_value(value);
			if (*sent == NULL)
				return SEND_NOT;

			/*
			 * Stripe answers an enum value that it does not know with an
			 * error.  If new values may come, the catalogue may be older
			 * than the rows.  What can't be tested locally, or must be sent,
			 * is for Stripe to say.
			 */
			if (filter->enum_values != NULL && !stripe_enum_has(filter->enum_values, *sent))
			{
				if (filter->closed_enum)
					return SEND_NO_ROW;
				return filter->required || filter->field == NULL ? SEND_IT : SEND_NOT;
			}

			/* events.type takes a * as a wildcard; let it be tested locally. */
			return filter->lasting || filter->field == NULL || strchr(*sent, '*') == NULL ?
				SEND_IT : SEND_NOT;
		default:
			elog(ERROR, "unexpected kind of a filter by equality: %d", filter->kind);
	}
}

static int
compare_strings(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* Each once, in order. */
static List *
unique_strings(List *strings)
{
	List	   *result = NIL;
	ListCell   *lc;

	list_sort(strings, compare_strings);
	foreach (lc, strings)
	{
		if (result == NIL || strcmp(llast(result), lfirst(lc)) != 0)
			result = lappend(result, lfirst(lc));
	}
	return result;
}

/* What is in both; both are in order, each once. */
static List *
intersect_strings(List *a, List *b)
{
	List	   *result = NIL;
	int			i = 0;
	int			j = 0;

	while (i < list_length(a) && j < list_length(b))
	{
		int			order = strcmp(list_nth(a, i), list_nth(b, j));

		if (order == 0)
			result = lappend(result, list_nth(a, i));
		if (order <= 0)
			i++;
		if (order >= 0)
			j++;
	}
	return result;
}

/* EXPLAIN: what will be sent once the values are known. */
static void
add_unknown(Binder *binder, const StripeBoundCondition *condition)
{
	static const char *const suffixes[] = {
		[STRIPE_LT] = "lt",
		[STRIPE_LE] = "lte",
		[STRIPE_GT] = "gt",
		[STRIPE_GE] = "gte",
		[STRIPE_BETWEEN] = NULL,
	};
	const StripeFilter *filter = condition->filter;
	char	   *value = psprintf("$%d", condition->parameter);

	if (filter->op == STRIPE_FILTER_ANY_OF)
		add_param(binder, filter, bracketed(filter->param, ""), value);
	else if (filter->op != STRIPE_FILTER_RANGE)
		add_param(binder, filter, filter->param, value);
	else if (suffixes[condition->comparison] != NULL)
		add_param(binder, filter, bracketed(filter->param, suffixes[condition->comparison]),
				  value);
	else
	{
		add_param(binder, filter, bracketed(filter->param, "gte"), value);
		add_param(binder, filter, bracketed(filter->param, "lte"), value);
	}
}

/* Whether a bound is one that Stripe takes. */
static bool
is_sendable(const StripeFilter *filter, const StripeBound *bound)
{
	bool		is_time = (filter->kind == STRIPE_KIND_TIMESTAMP);
	int64		min = is_time ? MIN_UNIX_TIME : -MAX_INTEGER;
	int64		max = is_time ? MAX_UNIX_TIME : MAX_INTEGER;

	return bound->set && bound->value >= min && bound->value <= max;
}

static void
add_range(Binder *binder, const StripeFilter *filter, const StripeRange *range)
{
	const StripeBound *lower = &range->lower;
	const StripeBound *upper = &range->upper;
	bool		has_lower = is_sendable(filter, lower);
	bool		has_upper = is_sendable(filter, upper);

	switch (filter->op)
	{
		case STRIPE_FILTER_AFTER:
			/* Whether it includes the bound itself is not documented. */
			if (has_lower)
				add_param(binder, filter, filter->param,
						  psprintf(INT64_FORMAT, Max(lower->inclusive - 1, MIN_UNIX_TIME)));
			return;
		case STRIPE_FILTER_BEFORE:
			if (has_upper)
				add_param(binder, filter, filter->param,
						  psprintf(INT64_FORMAT, upper->inclusive + 1));
			return;
		default:
			break;
	}

	/* Equality too: not every list takes the parameter without brackets. */
	if (has_lower)
		add_param(binder, filter, bracketed(filter->param, lower->strict ? "gt" : "gte"),
				  psprintf(INT64_FORMAT, lower->value));
	if (has_upper)
		add_param(binder, filter, bracketed(filter->param, upper->strict ? "lt" : "lte"),
				  psprintf(INT64_FORMAT, upper->value));
}

static void
narrow_by_value(StripeRange *range, const StripeBoundCondition *condition,
				StripeComparison comparison, const StripeValue *value)
{
	if (condition->filter->kind == STRIPE_KIND_TIMESTAMP)
		stripe_range_narrow_time(range, comparison, condition->view, condition->width, value);
	else
		stripe_range_narrow_integer(range, comparison, stripe_integer_value(value));
}

/* Narrows to what the comparison with one of the values or another lets through, and between. */
static void
narrow_to_hull(StripeRange *range, const StripeBoundCondition *condition,
			   StripeComparison comparison)
{
	StripeRange hull = {.empty = true};
	ListCell   *lc;

	foreach (lc, condition->values)
	{
		StripeRange one = {0};

		narrow_by_value(&one, condition, comparison, lfirst(lc));
		stripe_range_extend(&hull, &one);
	}
	stripe_range_intersect(range, &hull);
}

/* Of StripeBoundCondition *: those on one filter. */
static List *
conditions_on(const Binder *binder, const StripeFilter *filter)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach (lc, binder->conditions)
	{
		if (((StripeBoundCondition *) lfirst(lc))->filter == filter)
			found = lappend(found, lfirst(lc));
	}
	return found;
}

/* All conditions on one range filter together. */
static void
bind_range(Binder *binder, const StripeFilter *filter)
{
	StripeRange range = {0};
	ListCell   *lc;

	foreach (lc, conditions_on(binder, filter))
	{
		StripeBoundCondition *condition = lfirst(lc);

		if (!condition->known)
			add_unknown(binder, condition);
		else if (condition->comparison == STRIPE_IN)
			narrow_to_hull(&range, condition, STRIPE_EQ);
		else if (condition->comparison == STRIPE_BETWEEN)
		{
			narrow_to_hull(&range, condition, STRIPE_GE);
			narrow_to_hull(&range, condition, STRIPE_LE);
		}
		else
			narrow_by_value(&range, condition, condition->comparison, linitial(condition->values));
		if (condition->comparison == STRIPE_EQ)
			binder->used = lappend(binder->used, condition);
	}
	/* No object was created before 1970, or after 9999. */
	if (filter->kind == STRIPE_KIND_TIMESTAMP &&
		((range.lower.set && range.lower.inclusive > MAX_UNIX_TIME) ||
		 (range.upper.set && range.upper.inclusive < MIN_UNIX_TIME)))
		range.empty = true;
	if (range.empty)
		binder->empty = true;
	else
		add_range(binder, filter, &range);
}

/* The filter that takes several values of the same field at once, or NULL. */
static const StripeFilter *
any_of_filter(const StripeResource *resource, const char *field)
{
	for (int i = 0; i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		if (filter->op == STRIPE_FILTER_ANY_OF && filter->field != NULL &&
			strcmp(filter->field, field) == 0)
			return filter;
	}
	return NULL;
}

/* Asks for all of the values in one request; returns false if that can't be. */
static bool
bind_any_of(Binder *binder, const StripeFilter *filter, List *strings)
{
	int			max = filter->max_values > 0 ? filter->max_values : MAX_ANY_OF;
	ListCell   *lc;

	/* Without a cursor all of the answer must be on one page. */
	if (filter->excludes_cursor)
		max = Min(max, binder->page_size);
	if (list_length(strings) > max)
		return false;
	foreach (lc, strings)
		add_param(binder, filter, bracketed(filter->param, ""), lfirst(lc));
	return true;
}

/*
 * An array or object that describes what is asked for, and is shown as it was
 * given.  Several are for PostgreSQL to compare.
 */
static void
bind_json(Binder *binder, const StripeFilter *filter)
{
	StripeBoundCondition *condition = linitial(conditions_on(binder, filter));

	if (!condition->known)
		add_unknown(binder, condition);
	else
	{
		Jsonb	   *json = DatumGetJsonbP(((StripeValue *) linitial(condition->values))->datum);
		List	   *params = stripe_form_params(filter, json);

		if (params == NIL)
		{
			binder->unsendable = lappend(binder->unsendable, (void *) filter);
			return;
		}
		binder->params = list_concat(binder->params, params);
		binder->json = lappend(binder->json, JsonbToCString(NULL, &json->root, VARSIZE(json)));
	}
	binder->used = lappend(binder->used, condition);
}

/* All conditions on one equality filter together: what they have in common. */
static void
bind_equality(Binder *binder, const StripeFilter *filter)
{
	const StripeFilter *any_of = NULL;
	List	   *strings = NIL;
	bool		narrowed = false;
	ListCell   *lc;
	ListCell   *lv;

	foreach (lc, conditions_on(binder, filter))
	{
		StripeBoundCondition *condition = lfirst(lc);
		List	   *mine = NIL;
		bool		sendable = true;

		if (!condition->known)
		{
			add_unknown(binder, condition);
			binder->used = lappend(binder->used, condition);
			return;
		}
		foreach (lv, condition->values)
		{
			char	   *sent = NULL;
			Sending		sending = equality_value(filter, lfirst(lv), &sent);

			if (sending == SEND_NOT)
				sendable = false;
			else if (sending == SEND_IT)
				mine = lappend(mine, sent);
		}
		if (!sendable)
		{
			binder->unsendable = lappend(binder->unsendable, (void *) filter);
			continue;
		}
		mine = unique_strings(mine);
		strings = narrowed ? intersect_strings(strings, mine) : mine;
		narrowed = true;
		if (list_length(condition->values) == 1)
			binder->used = lappend(binder->used, condition);
	}

	if (!narrowed)
		return;
	if (strings == NIL)
	{
		binder->empty = true;
		return;
	}
	if (filter->op == STRIPE_FILTER_ANY_OF)
		any_of = filter;
	else if (list_length(strings) > 1 && filter->field != NULL)
		any_of = any_of_filter(binder->resource, filter->field);
	if (any_of != NULL && bind_any_of(binder, any_of, strings))
		return;
	if (filter->op == STRIPE_FILTER_ANY_OF)
		return;
	if (list_length(strings) == 1)
		add_param(binder, filter, filter->param, linitial(strings));

	/*
	 * A request for each, if the rows of each can be told apart, and if it
	 * is worth it, or there is no other way.
	 */
	else if (filter->field != NULL && binder->choices == NIL &&
			 (filter->required || list_length(strings) <= binder->max_requests))
	{
		foreach (lc, strings)
			binder->choices = lappend(binder->choices,
									  make_param(filter, filter->param, lfirst(lc)));
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

/* The ids that a condition names; false if one of them can't be looked up. */
static bool
condition_ids(Binder *binder, const StripeBoundCondition *condition, List **ids)
{
	ListCell   *lv;

	*ids = NIL;
	foreach (lv, condition->values)
	{
		const StripeValue *value = lfirst(lv);
		char	   *id;

		if (!can_be_id(value))
			continue;
		id = string_value(value);
		if (id == NULL || !can_be_path(binder->resource, id))
			return false;
		*ids = lappend(*ids, id);
	}
	*ids = unique_strings(*ids);
	return true;
}

/* Whether the list can't be read as a whole. */
static bool
needs_filter(const StripeResource *resource)
{
	for (int i = 0; i < resource->nfilters; i++)
	{
		if (resource->filters[i].required)
			return true;
	}
	return false;
}

/* Look-ups for the ids that all conditions on the id have in common. */
static void
bind_ids(Binder *binder)
{
	const StripeFilter *any_of;
	List	   *ids = NIL;
	bool		narrowed = false;
	ListCell   *lc;

	foreach (lc, binder->conditions)
	{
		StripeBoundCondition *condition = lfirst(lc);
		List	   *mine;

		if (condition->filter != NULL)
			continue;
		if (!condition->known)
		{
			binder->ids = list_make1(psprintf("$%d", condition->parameter));
			return;
		}
		if (!condition_ids(binder, condition, &mine))
			continue;
		ids = narrowed ? intersect_strings(ids, mine) : mine;
		narrowed = true;
	}
	if (!narrowed)
		return;
	if (ids == NIL)
	{
		binder->empty = true;
		return;
	}
	any_of = any_of_filter(binder->resource, "id");
	if (list_length(ids) > 1 && any_of != NULL && bind_any_of(binder, any_of, ids))
		return;
	if (list_length(ids) <= binder->max_requests || needs_filter(binder->resource))
		binder->ids = ids;
}

/* What bind_filters is to bind. */
typedef enum FilterClass
{
	REQUIRED_EQUALITIES,
	OTHER_EQUALITIES,
	RANGES
} FilterClass;

static FilterClass
class_of(const StripeFilter *filter)
{
	if (filter->op != STRIPE_FILTER_EQ && filter->op != STRIPE_FILTER_ANY_OF)
		return RANGES;
	return filter->required ? REQUIRED_EQUALITIES : OTHER_EQUALITIES;
}

/* The filters of a class, each once, in the order of the clauses. */
static void
bind_filters(Binder *binder, FilterClass class)
{
	List	   *done = NIL;
	ListCell   *lc;

	foreach (lc, binder->conditions)
	{
		const StripeFilter *filter = ((StripeBoundCondition *) lfirst(lc))->filter;

		if (filter == NULL || class_of(filter) != class || list_member_ptr(done, filter))
			continue;
		done = lappend(done, (void *) filter);
		if (class == RANGES)
			bind_range(binder, filter);
		else if (filter->kind == STRIPE_KIND_ARRAY)
			bind_json(binder, filter);
		else
			bind_equality(binder, filter);
	}
}

/* The parameter of a name, or NULL. */
static const StripeParam *
find_param(List *params, const char *name)
{
	ListCell   *lc;

	foreach (lc, params)
	{
		const StripeParam *param = lfirst(lc);

		if (strcmp(param->name, name) == 0)
			return param;
	}
	return NULL;
}

static bool
is_sent(List *params, const char *name)
{
	return find_param(params, name) != NULL;
}

/* EXPLAIN: whether a filter's value is not known yet. */
static bool
is_unknown(const Binder *binder, const StripeFilter *filter)
{
	ListCell   *lc;

	foreach (lc, conditions_on(binder, filter))
	{
		if (!((StripeBoundCondition *) lfirst(lc))->known)
			return true;
	}
	return false;
}

/* Whether a parameter that a filter needs beside it is asked for with another value. */
static bool
is_contradicted(const Binder *binder, const StripeFixedParam *companion)
{
	const StripeParam *param = find_param(binder->params, companion->param);

	if (binder->choices != NIL &&
		strcmp(((StripeParam *) linitial(binder->choices))->name, companion->param) == 0)
		return true;
	return param != NULL && !is_unknown(binder, param->filter) &&
		strcmp(param->value, companion->value) != 0;
}

/* Leaves a filter to be tested locally. */
static void
drop_filter(Binder *binder, const StripeFilter *filter)
{
	ListCell   *lc;

	foreach (lc, binder->params)
	{
		if (((StripeParam *) lfirst(lc))->filter == filter)
			binder->params = foreach_delete_current(binder->params, lc);
	}
	if (binder->choices != NIL && ((StripeParam *) linitial(binder->choices))->filter == filter)
		binder->choices = NIL;
}

/*
 * The parameters that a filter must not come without.  Where one of them is
 * asked for with another value, Stripe would answer with an error: if the
 * objects themselves show both, they are compared locally.
 */
static void
add_companions(Binder *binder, const StripeFilter *filter)
{
	for (int i = 0; i < filter->ncompanions; i++)
	{
		if (!is_contradicted(binder, &filter->companions[i]))
			continue;
		if (filter->field == NULL)
			binder->empty = true;
		else
			drop_filter(binder, filter);
		return;
	}
	for (int i = 0; i < filter->ncompanions; i++)
	{
		const StripeFixedParam *companion = &filter->companions[i];

		if (!is_sent(binder->params, companion->param))
			add_param(binder, stripe_find_filter(binder->resource, companion->param),
					  companion->param, companion->value);
	}
}

/* Those of all filters that are sent. */
static void
bind_companions(Binder *binder)
{
	for (int i = 0; i < binder->resource->nfilters; i++)
	{
		const StripeFilter *filter = &binder->resource->filters[i];
		bool		sent = false;
		ListCell   *lc;

		foreach (lc, binder->params)
			sent = sent || ((StripeParam *) lfirst(lc))->filter == filter;
		if (binder->choices != NIL)
			sent = sent || ((StripeParam *) linitial(binder->choices))->filter == filter;
		if (sent)
			add_companions(binder, filter);
	}
}

static StripeBoundRequest *
make_request(const Binder *binder, char *id, StripeParam *choice)
{
	StripeBoundRequest *request = palloc0(sizeof(StripeBoundRequest));

	request->id = id;
	request->only = choice;
	if (id != NULL)
		return request;
	request->params = list_copy(binder->params);
	if (choice != NULL)
		request->params = lcons(choice, request->params);
	for (int i = 0; i < binder->resource->ndefaults; i++)
	{
		const StripeFixedParam *value = &binder->resource->defaults[i];

		if (!is_sent(request->params, value->param))
			request->params = lappend(request->params,
									  make_param(NULL, value->param, value->value));
	}
	return request;
}

/* A comparison with NULL is true for no row; nor is IN for a NULL among others. */
static bool
drop_nulls(StripeBoundCondition *condition)
{
	List	   *values = NIL;
	ListCell   *lc;

	foreach (lc, condition->values)
	{
		if (!((StripeValue *) lfirst(lc))->isnull)
			values = lappend(values, lfirst(lc));
	}
	condition->values = values;
	return values != NIL;
}

StripeBinding *
stripe_bind(const StripeResource *resource, List *conditions, bool by_id, int max_requests,
			int page_size)
{
	StripeBinding *binding = palloc0(sizeof(StripeBinding));
	Binder		binder = {
		.resource = resource,
		.conditions = conditions,
		.max_requests = Max(max_requests, 1),
		.page_size = page_size,
	};
	ListCell   *lc;

	foreach (lc, conditions)
	{
		StripeBoundCondition *condition = lfirst(lc);

		if (condition->known && !drop_nulls(condition))
			return binding;
	}

	if (by_id)
		bind_ids(&binder);
	if (binder.ids == NIL)
	{
		/* Only one of them may make several requests: one that has to comes first. */
		bind_filters(&binder, REQUIRED_EQUALITIES);
		bind_filters(&binder, OTHER_EQUALITIES);
		bind_filters(&binder, RANGES);
		bind_companions(&binder);
	}
	if (binder.empty)
		return binding;

	foreach (lc, binder.ids)
		binding->requests = lappend(binding->requests, make_request(&binder, lfirst(lc), NULL));
	foreach (lc, binder.choices)
		binding->requests = lappend(binding->requests, make_request(&binder, NULL, lfirst(lc)));
	if (binding->requests == NIL)
		binding->requests = list_make1(make_request(&binder, NULL, NULL));
	binding->used = binder.used;
	binding->unsendable = binder.unsendable;
	binding->json = binder.json;

	for (int i = 0; i < resource->nfilters && binder.ids == NIL; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		if (filter->required &&
			!is_sent(((StripeBoundRequest *) linitial(binding->requests))->params, filter->param))
		{
			binding->missing = filter;
			break;
		}
	}
	return binding;
}

static bool
params_equal(const List *a, const List *b)
{
	ListCell   *la;
	ListCell   *lb;

	if (list_length(a) != list_length(b))
		return false;
	forboth (la, a, lb, b)
	{
		const StripeParam *mine = lfirst(la);
		const StripeParam *other = lfirst(lb);

		if (mine->filter != other->filter || strcmp(mine->name, other->name) != 0 ||
			strcmp(mine->value, other->value) != 0)
			return false;
	}
	return true;
}

static bool
strings_equal(const List *a, const List *b)
{
	ListCell   *la;
	ListCell   *lb;

	if (list_length(a) != list_length(b))
		return false;
	forboth (la, a, lb, b)
	{
		if (strcmp(lfirst(la), lfirst(lb)) != 0)
			return false;
	}
	return true;
}

/*
 * What a column echoes is among the parameters, and only a value is sent that
 * says all of it: so where these are the same, the echoes are.  As parameters
 * JSON has no types, so it is compared as it was given.
 */
bool
stripe_binding_equal(const StripeBinding *a, const StripeBinding *b)
{
	ListCell   *la;
	ListCell   *lb;

	if (a->missing != b->missing || list_length(a->requests) != list_length(b->requests) ||
		!strings_equal(a->json, b->json))
		return false;
	forboth (la, a->requests, lb, b->requests)
	{
		const StripeBoundRequest *mine = lfirst(la);
		const StripeBoundRequest *other = lfirst(lb);

		if ((mine->id == NULL) != (other->id == NULL) ||
			(mine->id != NULL && strcmp(mine->id, other->id) != 0) ||
			!params_equal(mine->params, other->params))
			return false;
	}
	return true;
}
