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

#include "fdw/columns.h"
#include "fdw/reading.h"
#include "fdw/row.h"
#include "fdw/spec.h"
#include "stripe/request.h"

typedef struct StripeScanState
{
	StripeTable *table;
	StripeScanSpec *spec;
	List	   *values;			/* of ExprState: the conditions' values, one after another */
	List	   *condition_params;	/* of Bitmapset *, for each of the conditions:
									 * PARAM_EXEC parameters in its values */
	StripeRowFiller *filler;
	List	   *echoes;			/* of StripeColumn *: those that echo a filter */
	Oid			userid;			/* as whom: whoever opened the scan */

	/* From the first row on */
	StripeConnection *connection;
	StripeReading *reading;		/* of this (re)scan's own; NULL: not begun */
	bool		started;		/* since the last rescan */

	/* For rescans: rescan.c */
	bool		keep;			/* there may be some */
	bool		unchanged;		/* the last one changed no parameter */
	Bitmapset  *changed;		/* parameters that have changed in any of them */
	StripeReading *list;		/* read once for all of them; NULL: not begun */
	StripeReading *rows;		/* reading or list: where the rows come from */
	double		budget;			/* requests that either way may take next */
	double		spent;			/* requests of readings since the list's turn */
	uint64		seen;			/* of stats.requests, those that were counted */

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
