/*-------------------------------------------------------------------------
 *
 * row_builder.h
 *		A row of a set-returning function: values are set from left to right.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ROW_BUILDER_H
#define STRIPE_ROW_BUILDER_H

#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

typedef struct RowBuilder
{
	Datum		values[24];
	bool		nulls[24];
	int			n;
} RowBuilder;

static inline void
add_datum(RowBuilder *row, Datum value)
{
	Assert(row->n < lengthof(row->values));
	row->values[row->n] = value;
	row->nulls[row->n++] = false;
}

static inline void
add_null(RowBuilder *row)
{
	add_datum(row, (Datum) 0);
	row->nulls[row->n - 1] = true;
}

static inline void
add_text(RowBuilder *row, const char *value)
{
	if (value != NULL)
		add_datum(row, CStringGetTextDatum(value));
	else
		add_null(row);
}

static inline void
add_text_array(RowBuilder *row, Datum *elements, int n)
{
	add_datum(row, PointerGetDatum(construct_array(elements, n, TEXTOID, -1, false, TYPALIGN_INT)));
}

static inline void
put_row(ReturnSetInfo *rsinfo, RowBuilder *row)
{
	Assert(row->n == rsinfo->setDesc->natts);
	tuplestore_putvalues(rsinfo->setResult, rsinfo->setDesc, row->values, row->nulls);
	row->n = 0;
}

/* The row as the result of a function that returns one. */
static inline Datum
make_row(FunctionCallInfo fcinfo, RowBuilder *row)
{
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	Assert(row->n == desc->natts);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), row->values, row->nulls));
}

#endif							/* STRIPE_ROW_BUILDER_H */
