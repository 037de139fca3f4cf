/*-------------------------------------------------------------------------
 *
 * row.h
 *		A table's columns filled from an object of Stripe's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ROW_H
#define STRIPE_ROW_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "fdw/columns.h"
#include "fdw/convert.h"

typedef struct StripeRowColumn
{
	const StripeColumn *column;
	int			depth;			/* of what it wants expanded */
	StripeConverter *converter;
} StripeRowColumn;

/* Prepared once for many rows. */
typedef struct StripeRowFiller
{
	int			ncolumns;
	StripeRowColumn *columns;	/* those that expand deepest first */
	List	   *expand;			/* of char *: what they want expanded */
	List	   *expansions;		/* of StripeExpansion *, deepest first: see expand.c */
} StripeRowFiller;

/*
 * Prepares for the columns of an integer list of attribute numbers, but for
 * those that only echo a filter.  Owned by the current context.  Errors: as
 * stripe_converter_create.
 */
extern StripeRowFiller *stripe_row_filler_create(const StripeTable *table, List *attnums);

/*
 * Sets values and isnull, natts of each: NULL for what is not filled.  What
 * the values need is allocated in the current context.  The object is
 * changed: see stripe_collapse.
 */
extern void stripe_fill_row(StripeRowFiller *filler, JsonValue *object, int natts,
							Datum *values, bool *isnull);

#endif							/* STRIPE_ROW_H */
