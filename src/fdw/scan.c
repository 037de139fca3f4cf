/*-------------------------------------------------------------------------
 *
 * scan.c
 *		Executor callbacks: from a plan to rows.
 *
 * Nothing is asked of Stripe, and no user mapping is read, before the first
 * row is wanted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "executor/executor.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/connection.h"
#include "fdw/plan.h"
#include "fdw/scan.h"
#include "stripe/stats.h"

/* Prepares to fill the columns that the query reads. */
static void
prepare_columns(StripeScanState *state)
{
	List	   *needed = state->spec->needed;
	ListCell   *lc;

	state->filler = stripe_row_filler_create(state->table, needed);
	state->echoes = palloc0(sizeof(StripeEchoColumn) * Max(list_length(needed), 1));
	foreach (lc, needed)
	{
		const StripeColumn *column = &state->table->columns[lfirst_int(lc) - 1];

		if (column->role == STRIPE_COLUMN_FILTER)
			state->echoes[state->nechoes++].column = column;
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
	state->bind_context = AllocSetContextCreate(CurrentMemoryContext, "stripe_fdw values",
												ALLOCSET_SMALL_SIZES);
	prepare_columns(state);		/* EXPLAIN shows what they want expanded */
	if ((eflags & EXEC_FLAG_REWIND) && !(eflags & EXEC_FLAG_EXPLAIN_ONLY))
	{
		state->kept = tuplestore_begin_heap(false, false, work_mem);
		tuplestore_set_eflags(state->kept, EXEC_FLAG_REWIND);
		state->kept_slot = MakeSingleTupleTableSlot(RelationGetDescr(node->ss.ss_currentRelation),
													&TTSOpsMinimalTuple);
	}
}

/* The conditions with their values as of now, in the session's time zone. */
static List *
evaluate_conditions(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	List	   *bound = NIL;
	int			next_value = 0;
	ListCell   *lc;
	ListCell   *lv;

	foreach (lc, state->spec->conditions)
	{
		StripeCondition *condition = lfirst(lc);
		StripeBoundCondition *value = palloc0(sizeof(StripeBoundCondition));

		value->filter = condition->filter;
		value->comparison = condition->comparison;
		value->view = condition->view;
		value->width = condition->width;
		value->known = true;
		foreach (lv, condition->values)
		{
			bool		isnull;
			Datum		datum = ExecEvalExpr((ExprState *) list_nth(state->values, next_value++),
											 econtext, &isnull);

			value->values = stripe_add_values(value->values, exprType(lfirst(lv)), datum, isnull);
		}
		bound = lappend(bound, value);
	}
	return bound;
}

/* The form of a query that has the filter, for a hint. */
static char *
filter_example(const StripeTable *table, const StripeFilter *filter)
{
	const char *value = filter->enum_values ? filter->enum_values[0] : "...";
	const char *bracket = strchr(filter->param, '[');

	/* The column may have another name here. */
	for (int i = 0; i < table->ncolumns; i++)
	{
		const StripeColumn *column = &table->columns[i];

		if (column->attnum != 0 &&
			(column->filter == filter ||
			 (column->field != NULL && filter->field != NULL &&
			  strcmp(column->field, filter->field) == 0)))
			return psprintf("%s = '%s'", quote_identifier(column->name), value);
	}
	if (bracket != NULL)
		return psprintf("%s ->> '%.*s' = '%s'",
						quote_identifier(pnstrdup(filter->param, bracket - filter->param)),
						(int) strlen(bracket) - 2, bracket + 1, value);
	return psprintf("%s = '%s'", quote_identifier(filter->param), value);
}

static void
required_filter_missing(const StripeTable *table, const StripeFilter *filter)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("foreign table \"%s\" can be read only with a condition on column \"%s\"",
					table->name, pnstrdup(filter->param, strcspn(filter->param, "["))),
			 errdetail("Stripe lists %s for one value of \"%s\" at a time.",
					   table->resource->list_path, filter->param),
			 errhint("Write SELECT ... FROM %s WHERE %s.", quote_identifier(table->name),
					 filter_example(table, filter))));
}

/* The value that a list was filtered by, as the column's type. */
static void
set_echo(StripeScanState *state, StripeEchoColumn *echo)
{
	const StripeColumn *column = echo->column;
	ListCell   *lc;

	foreach (lc, state->binding->used)
	{
		StripeBoundCondition *condition = lfirst(lc);
		StripeValue *value;
		Oid			function;
		Oid			param;
		bool		is_varlena;
		char	   *text;

		if (condition->filter != column->filter)
			continue;
		value = linitial(condition->values);
		getTypeOutputInfo(value->type, &function, &is_varlena);
		text = OidOutputFunctionCall(function, value->datum);
		getTypeInputInfo(column->type, &function, &param);
		echo->value = OidInputFunctionCall(function, text, param, column->typmod);
		echo->isnull = false;
		return;
	}

	/*
	 * Its value is not in the objects, and nobody said which one is wanted.
	 * Where nothing depends on it, it has none.
	 */
	if (column->filter->required || list_member_int(state->spec->tested_echoes, column->attnum))
		required_filter_missing(state->table, column->filter);
	echo->value = (Datum) 0;
	echo->isnull = true;
}

/*
 * How many rows a LIMIT right above the scan takes, if that is known; else 0.
 * More may be fetched, as some may be filtered out.
 */
static double
rows_wanted(ForeignScanState *node)
{
	const Plan *top = node->ss.ps.state->es_plannedstmt->planTree;
	const Limit *limit = (const Limit *) top;
	const Const *count;
	const Const *offset;

	if (!IsA(top, Limit) || outerPlan(top) != node->ss.ps.plan ||
		limit->limitCount == NULL || !IsA(limit->limitCount, Const))
		return 0;
	count = (const Const *) limit->limitCount;
	offset = (const Const *) limit->limitOffset;
	if (count->constisnull || (offset != NULL && (!IsA(offset, Const) || offset->constisnull)))
		return 0;
	return (double) DatumGetInt64(count->constvalue) +
		(offset != NULL ? (double) DatumGetInt64(offset->constvalue) : 0);
}

/* Opens the source of the rows of all requests. */
static void
open_source(ForeignScanState *node, MemoryContext context)
{
	StripeScanState *state = node->fdw_state;
	MemoryContext old_context = MemoryContextSwitchTo(state->bind_context);
	ListCell   *lc;

	state->queries = NIL;
	foreach (lc, state->binding->requests)
	{
		StripeBoundRequest *request = lfirst(lc);
		StripeQuery *query = palloc0(sizeof(StripeQuery));

		query->resource = state->table->resource;
		query->id = request->id;
		query->params = request->params;
		query->only = request->only;
		query->expand = state->filler->expand;
		query->page_size = state->spec->page_size;
		query->first_page_size = state->spec->first_page_size;
		query->concurrency = stripe_enable_pushdown ? state->connection->concurrency : 1;
		query->ordered = state->spec->ordered;
		query->wanted = rows_wanted(node);
		state->queries = lappend(state->queries, query);
	}
	MemoryContextSwitchTo(old_context);

	state->source = stripe_rowsource_open(state->connection, state->queries, &state->stats,
										  context);
}

/* Binds the values and opens the row source; leaves it NULL if there can be no row. */
static void
start_scan(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	EState	   *estate = node->ss.ps.state;
	MemoryContext old_context;

	MemoryContextReset(state->bind_context);
	old_context = MemoryContextSwitchTo(state->bind_context);
	state->started = true;
	state->binding = stripe_bind(state->table->resource, evaluate_conditions(node),
								 state->spec->by_id, state->spec->max_requests,
								 state->spec->page_size);
	if (state->binding->requests == NIL)
	{
		MemoryContextSwitchTo(old_context);
		return;
	}
	if (state->binding->missing != NULL)
		required_filter_missing(state->table, state->binding->missing);
	for (int i = 0; i < state->nechoes; i++)
		set_echo(state, &state->echoes[i]);
	MemoryContextSwitchTo(old_context);

	if (state->connection == NULL)
		state->connection =
			stripe_connection_load(GetForeignTable(state->table->relid)->serverid,
								   state->userid, state->table->relid,
								   estate->es_query_cxt);
	if (state->stats.activity == NULL)
		state->stats.activity = stripe_activity_begin(state->table->relid, estate->es_query_cxt);
	open_source(node, estate->es_query_cxt);
}

/*
 * A scan that promised its rows newest first must deliver them so: a LIMIT or
 * a merge above would give a wrong answer otherwise.
 */
static void
check_order(StripeScanState *state, const JsonValue *row)
{
	const char *field = state->table->resource->created_field;
	const JsonValue *created;
	int64		seconds;

	if (!json_value_member(row, field, &created) || !json_value_int64(created, &seconds) ||
		(state->has_newest && seconds > state->newest))
	{
		char	   *id = stripe_object_id(row);

		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("Stripe's list for foreign table \"%s\" is not in the order it promises",
						state->table->name),
				 errdetail("The \"%s\" of object %s is not older than the one before it.", field,
						   id ? id : "without id"),
				 errhint("SET stripe_fdw.enable_pushdown = off; sorts the rows locally.")));
	}
	state->newest = seconds;
	state->has_newest = true;
}

/* Fills the slot with the next row that Stripe has; leaves it empty at the end. */
static void
fetch_row(ForeignScanState *node, TupleTableSlot *slot)
{
	StripeScanState *state = node->fdw_state;
	JsonValue  *row;
	int			natts = slot->tts_tupleDescriptor->natts;

	if (!state->started)
		start_scan(node);
	if (state->source == NULL)
		return;
	do
	{
		row = stripe_rowsource_next(state->source);
		if (row == NULL)
			return;
	} while (!stripe_is_listed(linitial(state->queries), row));
	if (state->spec->ordered)
		check_order(state, row);

	stripe_fill_row(state->filler, row, natts, slot->tts_values, slot->tts_isnull);
	for (int i = 0; i < state->nechoes; i++)
	{
		const StripeEchoColumn *echo = &state->echoes[i];

		slot->tts_values[echo->column->attnum - 1] = echo->value;
		slot->tts_isnull[echo->column->attnum - 1] = echo->isnull;
	}
	ExecStoreVirtualTuple(slot);
}

/* Copies the next of the kept rows into slot; false if there is none. */
static bool
read_kept_row(StripeScanState *state, MemoryContext query_context, TupleTableSlot *slot)
{
	MemoryContext old_context;
	bool		found;

	/* A row read back from disk is kept_slot's to free, at a time of its own. */
	old_context = MemoryContextSwitchTo(query_context);
	found = tuplestore_gettupleslot(state->kept, true, false, state->kept_slot);
	MemoryContextSwitchTo(old_context);
	if (found)
	{
		ExecCopySlot(slot, state->kept_slot);
		ExecClearTuple(state->kept_slot);
	}
	return found;
}

/*
 * Called in the per-tuple context, which is reset before the next row: what
 * the converters allocate goes with it.
 */
TupleTableSlot *
stripeIterateForeignScan(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;

	ExecClearTuple(slot);
	if (state->kept != NULL)
	{
		if (read_kept_row(state, node->ss.ps.state->es_query_cxt, slot) || state->keeping_ended)
			return slot;
	}
	fetch_row(node, slot);
	if (state->kept != NULL)
	{
		if (TupIsNull(slot))
			state->keeping_ended = true;
		else
			tuplestore_puttupleslot(state->kept, slot);
	}
	return slot;
}

static void
close_source(StripeScanState *state)
{
	if (state->source != NULL)
		stripe_rowsource_close(state->source);
	state->source = NULL;
	state->started = false;
	state->has_newest = false;
}

void
stripeReScanForeignScan(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;

	if (!state->started)
		return;

	/* Nothing has changed: the rows so far come again, and the rest after them. */
	if (state->kept != NULL && node->ss.ps.chgParam == NULL)
	{
		tuplestore_rescan(state->kept);
		return;
	}
	close_source(state);
	stripe_activity_end(state->stats.activity);
	if (state->kept != NULL)
	{
		tuplestore_clear(state->kept);
		state->keeping_ended = false;
	}
}

void
stripeEndForeignScan(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;

	if (state == NULL)
		return;
	close_source(state);
	if (state->kept != NULL)
	{
		ExecDropSingleTupleTableSlot(state->kept_slot);
		tuplestore_end(state->kept);
	}
}
