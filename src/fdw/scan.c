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
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/connection.h"
#include "fdw/expand.h"
#include "fdw/scan.h"

static int
compare_expand_depth(const void *a, const void *b)
{
	return ((const StripeScanColumn *) b)->depth - ((const StripeScanColumn *) a)->depth;
}

/* Converters and expansions for the columns that the query reads. */
static void
prepare_columns(StripeScanState *state)
{
	List	   *columns = NIL;
	ListCell   *lc;

	state->columns = palloc0(sizeof(StripeScanColumn) * Max(list_length(state->spec->needed), 1));
	foreach(lc, state->spec->needed)
	{
		StripeScanColumn *scan_column = &state->columns[state->ncolumns++];

		scan_column->attnum = lfirst_int(lc);
		scan_column->column = &state->table->columns[scan_column->attnum - 1];
		scan_column->depth = stripe_expand_depth(scan_column->column);
		if (scan_column->column->role != STRIPE_COLUMN_FILTER)
			scan_column->converter = stripe_converter_create(state->table, scan_column->column);
		columns = lappend(columns, (void *) scan_column->column);
	}
	state->expand = stripe_expand_paths(columns);
	state->expansions = stripe_expansions(columns);
	qsort(state->columns, state->ncolumns, sizeof(StripeScanColumn), compare_expand_depth);
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
}

/* The conditions with their values as of now, in the session's time zone. */
static List *
evaluate_conditions(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	List	   *bound = NIL;
	ListCell   *lc;
	ListCell   *lv;

	forboth (lc, state->spec->conditions, lv, state->values)
	{
		StripeCondition *condition = lfirst(lc);
		StripeBoundCondition *value = palloc0(sizeof(StripeBoundCondition));

		value->filter = condition->filter;
		value->comparison = condition->comparison;
		value->column_type = condition->column_type;
		value->value_type = exprType((Node *) condition->value);
		value->known = true;
		value->value = ExecEvalExpr((ExprState *) lfirst(lv), econtext, &value->isnull);
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
set_echo(StripeScanState *state, StripeScanColumn *scan_column)
{
	const StripeColumn *column = scan_column->column;
	ListCell   *lc;

	foreach (lc, state->binding->used)
	{
		StripeBoundCondition *condition = lfirst(lc);
		Oid			function;
		Oid			param;
		bool		is_varlena;
		char	   *text;

		if (condition->filter != column->filter)
			continue;
		getTypeOutputInfo(condition->value_type, &function, &is_varlena);
		text = OidOutputFunctionCall(function, condition->value);
		getTypeInputInfo(column->type, &function, &param);
		scan_column->echo = OidInputFunctionCall(function, text, param, column->typmod);
		scan_column->echo_isnull = false;
		return;
	}
	/* Its value is not in the objects, and nobody said which one is wanted. */
	required_filter_missing(state->table, column->filter);
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
								 state->spec->by_id);
	if (state->binding->empty)
	{
		MemoryContextSwitchTo(old_context);
		return;
	}
	if (state->binding->id == NULL && state->binding->missing != NULL)
		required_filter_missing(state->table, state->binding->missing);
	for (int i = 0; i < state->ncolumns; i++)
	{
		if (state->columns[i].converter == NULL)
			set_echo(state, &state->columns[i]);
	}
	MemoryContextSwitchTo(old_context);

	if (state->connection == NULL)
		state->connection =
			stripe_connection_load(GetForeignTable(state->table->relid)->serverid,
								   state->userid, state->table->relid,
								   estate->es_query_cxt);
	state->query.resource = state->table->resource;
	state->query.id = state->binding->id;
	state->query.params = state->binding->params;
	state->query.expand = state->expand;
	state->query.page_size = state->spec->page_size;
	state->query.first_page_size = state->spec->first_page_size;
	state->source = stripe_rowsource_open(state->connection, &state->query, &state->stats,
										  estate->es_query_cxt);
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
	JsonValue  *row;
	ListCell   *expanded;
	int			natts = slot->tts_tupleDescriptor->natts;

	ExecClearTuple(slot);
	if (!state->started)
		start_scan(node);
	if (state->source == NULL)
		return slot;
	row = stripe_rowsource_next(state->source);
	if (row == NULL)
		return slot;

	memset(slot->tts_isnull, true, sizeof(bool) * natts);
	memset(slot->tts_values, 0, sizeof(Datum) * natts);
	expanded = list_head(state->expansions);
	for (int i = 0; i < state->ncolumns; i++)
	{
		StripeScanColumn *column = &state->columns[i];
		Datum	   *value = &slot->tts_values[column->attnum - 1];
		bool	   *isnull = &slot->tts_isnull[column->attnum - 1];

		while (expanded != NULL &&
			   list_length(((StripeExpansion *) lfirst(expanded))->segments) > column->depth)
		{
			stripe_collapse(row, lfirst(expanded));
			expanded = lnext(state->expansions, expanded);
		}
		if (column->converter != NULL)
			*value = stripe_convert(column->converter, row, isnull);
		else
		{
			*value = column->echo;
			*isnull = column->echo_isnull;
		}
	}
	return ExecStoreVirtualTuple(slot);
}

static void
close_source(StripeScanState *state)
{
	if (state->source != NULL)
		stripe_rowsource_close(state->source);
	state->source = NULL;
	state->started = false;
}

void
stripeReScanForeignScan(ForeignScanState *node)
{
	close_source(node->fdw_state);
}

void
stripeEndForeignScan(ForeignScanState *node)
{
	if (node->fdw_state != NULL)
		close_source(node->fdw_state);
}
