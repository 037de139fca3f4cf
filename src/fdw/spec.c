/*-------------------------------------------------------------------------
 *
 * spec.c
 *		What planning hands to execution, as copyable Nodes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "nodes/value.h"

#include "fdw/spec.h"

/*
 * The items of fdw_private.
 */
enum SpecItem
{
	/* Name of the resource (String) */
	SPEC_RESOURCE,
	/* A list per condition: parameter (String, "" for the id), and an integer
	 * list of comparison, view, width and number of values */
	SPEC_CONDITIONS,
	/* Attribute numbers to fill (integer list) */
	SPEC_NEEDED,
	/* Whether the id is looked up (Integer) */
	SPEC_BY_ID,
	/* Rows a page (Integer) */
	SPEC_PAGE_SIZE,
	/* Integer list of rows wanted, expressions for that, and whether the
	 * first page has no more */
	SPEC_LIMIT,
	/* Requests that an IN is worth (Integer) */
	SPEC_MAX_REQUESTS,
	/* Whether the order is promised (Integer) */
	SPEC_ORDERED,
	/* Columns that echo a filter and must have a value (integer list) */
	SPEC_VALUED_ECHOES,
	/* Requests of the list instead of rescans (Integer) */
	SPEC_LIST_REQUESTS
};

List *
stripe_spec_serialize(const StripeScanSpec *spec)
{
	List	   *conditions = NIL;
	ListCell   *lc;

	foreach (lc, spec->conditions)
	{
		const StripeCondition *condition = lfirst(lc);
		const char *param = condition->filter ? condition->filter->param : "";

		conditions = lappend(conditions,
							 list_make2(makeString(pstrdup(param)),
										list_make4_int(condition->comparison, condition->view,
													   condition->width,
													   list_length(condition->values))));
	}
	return list_concat(list_make5(makeString(pstrdup(spec->resource)),
								  conditions,
								  list_copy(spec->needed),
								  makeInteger(spec->by_id),
								  makeInteger(spec->page_size)),
					   list_make5(list_make3_int(spec->wanted, spec->limit_values,
												 spec->page_shrinks),
								  makeInteger(spec->max_requests),
								  makeInteger(spec->ordered),
								  list_copy(spec->valued_echoes),
								  makeInteger(spec->list_requests)));
}

StripeScanSpec *
stripe_spec_deserialize(List *fdw_private, List *values, const StripeTable *table)
{
	StripeScanSpec *spec = palloc0(sizeof(StripeScanSpec));
	int			next_value = 0;
	List	   *limit = list_nth(fdw_private, SPEC_LIMIT);
	ListCell   *lc;

	spec->resource = strVal(list_nth(fdw_private, SPEC_RESOURCE));
	spec->needed = list_nth(fdw_private, SPEC_NEEDED);
	spec->by_id = intVal(list_nth(fdw_private, SPEC_BY_ID)) != 0;
	spec->page_size = intVal(list_nth(fdw_private, SPEC_PAGE_SIZE));
	spec->wanted = linitial_int(limit);
	spec->limit_values = lsecond_int(limit);
	spec->page_shrinks = lthird_int(limit) != 0;
	spec->max_requests = intVal(list_nth(fdw_private, SPEC_MAX_REQUESTS));
	spec->ordered = intVal(list_nth(fdw_private, SPEC_ORDERED)) != 0;
	spec->valued_echoes = list_nth(fdw_private, SPEC_VALUED_ECHOES);
	spec->list_requests = intVal(list_nth(fdw_private, SPEC_LIST_REQUESTS));

	/* A plan made before the table's options changed is made again first. */
	if (strcmp(spec->resource, table->resource->name) != 0)
		elog(ERROR, "plan of foreign table \"%s\" is for another object", table->name);

	foreach (lc, (List *) list_nth(fdw_private, SPEC_CONDITIONS))
	{
		List	   *item = lfirst(lc);
		const char *param = strVal(linitial(item));
		List	   *numbers = lsecond(item);
		StripeCondition *condition = palloc0(sizeof(StripeCondition));

		if (param[0] != '\0')
		{
			condition->filter = stripe_find_filter(table->resource, param);
			if (condition->filter == NULL)
				elog(ERROR, "Stripe object \"%s\" has no filter \"%s\"", spec->resource, param);
		}
		condition->comparison = (StripeComparison) linitial_int(numbers);
		condition->view = (StripeView) lsecond_int(numbers);
		condition->width = lthird_int(numbers);
		for (int i = 0; i < lfourth_int(numbers); i++)
			condition->values = lappend(condition->values, list_nth(values, next_value++));
		spec->conditions = lappend(spec->conditions, condition);
	}
	return spec;
}
