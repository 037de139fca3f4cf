/*-------------------------------------------------------------------------
 *
 * row.c
 *		A table's columns filled from an object of Stripe's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/expand.h"
#include "fdw/row.h"

static int
compare_depth(const void *a, const void *b)
{
	return ((const StripeRowColumn *) b)->depth - ((const StripeRowColumn *) a)->depth;
}

StripeRowFiller *
stripe_row_filler_create(const StripeTable *table, List *attnums)
{
	StripeRowFiller *filler = palloc0(sizeof(StripeRowFiller));
	List	   *columns = NIL;
	ListCell   *lc;

	filler->columns = palloc(sizeof(StripeRowColumn) * Max(list_length(attnums), 1));
	foreach (lc, attnums)
	{
		const StripeColumn *column = &table->columns[lfirst_int(lc) - 1];

		if (column->role == STRIPE_COLUMN_FILTER)
			continue;
		filler->columns[filler->ncolumns++] = (StripeRowColumn){
			.column = column,
			.depth = stripe_expand_depth(column),
			.converter = stripe_converter_create(table, column),
		};
		columns = lappend(columns, (void *) column);
	}
	filler->expand = stripe_expand_paths(columns);
	filler->expansions = stripe_expansions(columns);
	qsort(filler->columns, filler->ncolumns, sizeof(StripeRowColumn), compare_depth);
	return filler;
}

void
stripe_fill_row(StripeRowFiller *filler, JsonValue *object, int natts, Datum *values,
				bool *isnull)
{
	ListCell   *expanded = list_head(filler->expansions);

	memset(isnull, true, sizeof(bool) * natts);
	memset(values, 0, sizeof(Datum) * natts);
	for (int i = 0; i < filler->ncolumns; i++)
	{
		const StripeRowColumn *column = &filler->columns[i];
		int			at = column->column->attnum - 1;

		while (expanded != NULL &&
			   list_length(((StripeExpansion *) lfirst(expanded))->segments) > column->depth)
		{
			stripe_collapse(object, lfirst(expanded));
			expanded = lnext(filler->expansions, expanded);
		}
		values[at] = stripe_convert(column->converter, object, &isnull[at]);
	}
}
