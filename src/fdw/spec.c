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
	/* A list per condition: parameter (String, "" for the id), comparison
	 * (Integer), type of the column (Integer), exact (Integer) */
	SPEC_CONDITIONS,
	/* Attribute numbers to fill (integer list) */
	SPEC_NEEDED,
	/* Whether the id is looked up (Integer) */
	SPEC_BY_ID,
	/* Rows a page (Integer) */
	SPEC_PAGE_SIZE,
	/* Rows on the first page (Integer) */
	SPEC_FIRST_PAGE_SIZE
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
							 list_make4(makeString(pstrdup(param)),
										makeInteger(condition->comparison),
										makeInteger((int) condition->column_type),
										makeInteger(condition->exact)));
	}
	return lappend(list_make5(makeString(pstrdup(spec->resource)),
							  conditions,
							  list_copy(spec->needed),
							  makeInteger(spec->by_id),
							  makeInteger(spec->page_size)),
				   makeInteger(spec->first_page_size));
}

StripeScanSpec *
stripe_spec_deserialize(List *fdw_private, List *values, const StripeTable *table)
{
	StripeScanSpec *spec = palloc0(sizeof(StripeScanSpec));
	ListCell   *lc;
	ListCell   *lv;

	spec->resource = strVal(list_nth(fdw_private, SPEC_RESOURCE));
	spec->needed = list_nth(fdw_private, SPEC_NEEDED);
	spec->by_id = intVal(list_nth(fdw_private, SPEC_BY_ID)) != 0;
	spec->page_size = intVal(list_nth(fdw_private, SPEC_PAGE_SIZE));
	spec->first_page_size = intVal(list_nth(fdw_private, SPEC_FIRST_PAGE_SIZE));

	/* A plan made before the table's options changed is made again first. */
	if (strcmp(spec->resource, table->resource->name) != 0)
		elog(ERROR, "plan of foreign table \"%s\" is for another object", table->name);

	forboth (lc, (List *) list_nth(fdw_private, SPEC_CONDITIONS), lv, values)
	{
		List	   *item = lfirst(lc);
		const char *param = strVal(linitial(item));
		StripeCondition *condition = palloc0(sizeof(StripeCondition));

		if (param[0] != '\0')
		{
			condition->filter = stripe_find_filter(table->resource, param);
			if (condition->filter == NULL)
				elog(ERROR, "Stripe object \"%s\" has no filter \"%s\"", spec->resource, param);
		}
		condition->comparison = (StripeComparison) intVal(lsecond(item));
		condition->column_type = (Oid) intVal(lthird(item));
		condition->exact = intVal(lfourth(item)) != 0;
		condition->value = lfirst(lv);
		spec->conditions = lappend(spec->conditions, condition);
	}
	return spec;
}
