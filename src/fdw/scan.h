/*-------------------------------------------------------------------------
 *
 * scan.h
 *		Executor callbacks, and the state that EXPLAIN looks at.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_SCAN_H
#define STRIPE_SCAN_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "utils/tuplestore.h"

#include "fdw/bind.h"
#include "fdw/columns.h"
#include "fdw/row.h"
#include "fdw/spec.h"
#include "stripe/rowsource.h"

/* A column that shows the value of a filter. */
typedef struct StripeEchoColumn
{
	const StripeColumn *column;
	Datum		value;
	bool		isnull;
} StripeEchoColumn;

typedef struct StripeScanState
{
	StripeTable *table;
	StripeScanSpec *spec;
	List	   *values;			/* of ExprState: the conditions' values, one after another */
	StripeRowFiller *filler;
	int			nechoes;
	StripeEchoColumn *echoes;
	Oid			userid;			/* as whom: whoever opened the scan */

	/* From the first row on */
	StripeConnection *connection;
	MemoryContext bind_context; /* the values of this (re)scan */
	StripeBinding *binding;
	List	   *queries;		/* of StripeQuery * */
	StripeRowSource *source;
	bool		started;
	bool		has_newest;		/* newest is set */
	int64		newest;			/* created of the last row, for the order's check */

	/* Rows kept for a rescan that has nothing new to ask */
	Tuplestorestate *kept;		/* NULL if none will come */
	TupleTableSlot *kept_slot;
	bool		keeping_ended;	/* kept has all rows */

	StripeStats stats;			/* over all rescans */
} StripeScanState;

extern void stripeBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *stripeIterateForeignScan(ForeignScanState *node);
extern void stripeReScanForeignScan(ForeignScanState *node);
extern void stripeEndForeignScan(ForeignScanState *node);

/* explain.c */
struct ExplainState;
extern void stripeExplainForeignScan(ForeignScanState *node, struct ExplainState *es);

#endif							/* STRIPE_SCAN_H */
