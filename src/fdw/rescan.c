/*-------------------------------------------------------------------------
 *
 * rescan.c
 *		What a scan that begins again need not ask again.
 *
 * A scan within a nested loop or a correlated sub-select begins again for
 * each row of something else.  Its rows are kept, and where it would ask the
 * same as before they come again, the rest after them.
 *
 * Where it would ask something else each time, the planner expected few of
 * these times, and there may be many.  So readings by what changes and one
 * reading of the list without it take turns: neither gets more than about as
 * many requests as the other has had, beginning with what the planner thinks
 * the list takes.  Once the list is complete, all rows come from it, and
 * PostgreSQL's test of the clauses, which it makes anyway, picks them.  That
 * is twice the requests of the better way if the planner knew the list's
 * length, and a small multiple of them whatever there is.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"

#include "fdw/rescan.h"
#include "fdw/scan.h"

/* Few look-ups never give way to the list, however short it is. */
#define MIN_BUDGET 10

/* What the list's turn takes of what the others have had: its length is an estimate. */
#define LIST_SHARE 1.5

static bool
collect_params(Node *node, Bitmapset **params)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
	{
		*params = bms_add_member(*params, ((Param *) node)->paramid);
		return false;
	}
	return expression_tree_walker(node, collect_params, params);
}

/*
 * Whether a scan below plan may begin again though nobody says so when it is
 * set up: on the inner side of a loop that hands it parameters.
 */
static bool
is_looped(const Plan *plan, const Plan *scan, bool looped)
{
	List	   *children = NIL;
	ListCell   *lc;

	if (plan == NULL)
		return false;
	if (plan == scan)
		return looped;
	switch (nodeTag(plan))
	{
		case T_Append:
			children = ((const Append *) plan)->appendplans;
			break;
		case T_MergeAppend:
			children = ((const MergeAppend *) plan)->mergeplans;
			break;
		case T_SubqueryScan:
			children = list_make1(((const SubqueryScan *) plan)->subplan);
			break;
		case T_CustomScan:
			children = ((const CustomScan *) plan)->custom_plans;
			break;
		default:
			break;
	}
	foreach (lc, children)
	{
		if (is_looped(lfirst(lc), scan, looped))
			return true;
	}
	return is_looped(plan->lefttree, scan, looped) ||
		   is_looped(plan->righttree, scan,
					 looped || IsA(plan, RecursiveUnion) ||
						 (IsA(plan, NestLoop) && ((const NestLoop *) plan)->nestParams != NIL));
}

void
stripe_rescan_prepare(ForeignScanState *node, int eflags)
{
	StripeScanState *state = node->fdw_state;
	const EState *estate = node->ss.ps.state;
	const PlannedStmt *statement = estate->es_plannedstmt;
	int			nsubplans = list_length(estate->es_subplanstates);
	const Plan *top = statement->planTree;
	bool		correlated = false;
	ListCell   *lc;

	foreach (lc, state->spec->conditions)
	{
		Bitmapset  *params = NULL;

		collect_params((Node *) ((StripeCondition *) lfirst(lc))->values, &params);
		state->condition_params = lappend(state->condition_params, params);
	}

	/* Sub-selects are set up one after another, and the statement's own plan last. */
	if (nsubplans < list_length(statement->subplans))
	{
		top = list_nth(statement->subplans, nsubplans);
		correlated = (top->extParam != NULL);
	}
	state->keep = (eflags & EXEC_FLAG_REWIND) != 0 || is_looped(top, node->ss.ps.plan, correlated);
	state->unchanged = true;
	state->budget = Max(state->spec->list_requests, MIN_BUDGET);
}

void
stripe_rescan_note(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	MemoryContext old_context;

	if (node->ss.ps.chgParam == NULL)
		return;
	old_context = MemoryContextSwitchTo(node->ss.ps.state->es_query_cxt);
	state->changed = bms_add_members(state->changed, node->ss.ps.chgParam);
	MemoryContextSwitchTo(old_context);
	state->unchanged = false;
}

/*
 * Reads the list on.  Its rows are kept one by one, so that each one's memory
 * goes before the next.
 */
static void
read_list(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	double		most = state->stats.requests + state->budget * LIST_SHARE;

	while (!state->list->ended && state->stats.requests < most)
	{
		CHECK_FOR_INTERRUPTS();
		ResetExprContext(node->ss.ps.ps_ExprContext);
		stripe_reading_fetch(node, state->list, node->ss.ss_ScanTupleSlot);
	}
	ExecClearTuple(node->ss.ss_ScanTupleSlot);
}

/* Whether the list has all of the rows; it is read on if that is due. */
static bool
list_is_there(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	StripeReading *list;

	if (state->list == NULL && state->spent < state->budget)
		return false;

	/* What it asks may depend on a parameter that had not changed before. */
	list = stripe_reading_create(node, state->changed);
	if (state->list != NULL && stripe_reading_equal(state->list, list))
		stripe_reading_close(list);
	else
	{
		if (state->list != NULL)
		{
			stripe_reading_close(state->list);
			state->list = NULL;
			state->budget = Max(state->spec->list_requests, MIN_BUDGET);
		}
		if (state->spent < state->budget)
		{
			stripe_reading_close(list);
			return false;
		}
		stripe_reading_keep(node, list);
		state->list = list;
	}
	if (!state->list->ended && state->spent >= state->budget)
	{
		read_list(node);
		state->spent = 0;
		state->budget *= 2;
		state->seen = state->stats.requests;
	}
	return state->list->ended;
}

static void
begin_reading(ForeignScanState *node, StripeReading *reading)
{
	StripeScanState *state = node->fdw_state;

	if (state->reading != NULL)
		stripe_reading_close(state->reading);
	state->reading = reading;
	if (state->keep)
		stripe_reading_keep(node, reading);
	state->rows = reading;
}

void
stripe_rescan_choose(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	StripeReading *reading;

	/* Whoever has not said that it may begin again gets what it needs, for a new request. */
	if (state->rows == NULL || !state->keep)
	{
		begin_reading(node, stripe_reading_create(node, NULL));
		return;
	}
	if (state->unchanged)
	{
		stripe_reading_rewind(state->rows);
		return;
	}
	state->unchanged = true;
	state->spent += state->stats.requests - state->seen;
	state->seen = state->stats.requests;

	reading = stripe_reading_create(node, NULL);
	if (state->reading != NULL && stripe_reading_equal(state->reading, reading))
	{
		stripe_reading_close(reading);
		state->rows = state->reading;
		stripe_reading_rewind(state->rows);
	}
	else if (state->spec->list_requests > 0 && list_is_there(node))
	{
		stripe_reading_close(reading);
		state->rows = state->list;
		stripe_reading_rewind(state->rows);
	}
	else
		begin_reading(node, reading);
}
