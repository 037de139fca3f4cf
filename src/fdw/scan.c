/*-------------------------------------------------------------------------
 *
 * scan.c
 *		Executor callbacks.
 *
 * Nothing is asked of Stripe, and no user mapping is read, before the first
 * row is wanted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "executor/executor.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/rescan.h"
#include "fdw/scan.h"

/* Prepares to fill the columns that the query reads. */
static void
prepare_columns(StripeScanState *state)
{
	ListCell   *lc;

	state->filler = stripe_row_filler_create(state->table, state->spec->needed);
	foreach (lc, state->spec->needed)
	{
		StripeColumn *column = &state->table->columns[lfirst_int(lc) - 1];

		if (column->role == STRIPE_COLUMN_FILTER)
			state->echoes = lappend(state->echoes, column);
	}
}

void
stripeBeginForeignScan(ForeignScanState *node, int eflags)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	StripeScanState *state = palloc0(sizeof(StripeScanState));

	node->fdw_state = state;
	state->table = stripe_table_resolve(RelationGetRelid(node->ss.ss_currentRelation));
	state->spec = stripe_spec_deserialize(plan->fdw_private, plan->fdw_exprs, state->table);
	state->userid = stripe_scan_userid(node);
	state->values = ExecInitExprList(plan->fdw_exprs, &node->ss.ps);
	prepare_columns(state);		/* EXPLAIN shows what they want expanded */
	if (!(eflags & EXEC_FLAG_EXPLAIN_ONLY))
		stripe_rescan_prepare(node, eflags);
}

/*
 * Makes a heap tuple of the row, for xmin and the like: no transaction has
 * written it.  ExecScan sets tableoid, and ctid is none.
 */
static void
set_system_columns(TupleTableSlot *slot)
{
	bool		should_free;
	HeapTuple	tuple = ExecFetchSlotHeapTuple(slot, true, &should_free);

	Assert(!should_free);
	HeapTupleHeaderSetXmin(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetXmax(tuple->t_data, InvalidTransactionId);
	HeapTupleHeaderSetCmin(tuple->t_data, InvalidTransactionId);
}

TupleTableSlot *
stripeIterateForeignScan(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	if (!state->started)
	{
		stripe_rescan_choose(node);
		state->started = true;
	}
	stripe_reading_next(node, state->rows, slot);
	if (((ForeignScan *) node->ss.ps.plan)->fsSystemCol && !TupIsNull(slot))
		set_system_columns(slot);
	return slot;
}

void
stripeReScanForeignScan(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;

	stripe_rescan_note(node);
	state->started = false;
}

void
stripeEndForeignScan(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;

	if (state == NULL)
		return;
	if (state->reading != NULL)
		stripe_reading_close(state->reading);
	if (state->list != NULL)
		stripe_reading_close(state->list);
}
