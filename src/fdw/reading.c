/*-------------------------------------------------------------------------
 *
 * reading.c
 *		One reading of what conditions ask for: from values to rows.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "common/int.h"
#include "executor/executor.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/connection.h"
#include "fdw/plan.h"
#include "fdw/quals.h"
#include "fdw/reading.h"
#include "fdw/scan.h"
#include "stripe/stats.h"

/*
 * The conditions with their values as of now, in the session's time zone, but
 * for those on a parameter in without.
 */
static List *
evaluate_conditions(ForeignScanState *node, const Bitmapset *without)
{
	StripeScanState *state = node->fdw_state;
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	List	   *bound = NIL;
	int			next_value = 0;
	ListCell   *lc;
	ListCell   *lp;
	ListCell   *lv;

	forboth (lc, state->spec->conditions, lp, state->condition_params)
	{
		StripeCondition *condition = lfirst(lc);
		StripeBoundCondition *value;

		if (bms_overlap(lfirst(lp), without))
		{
			next_value += list_length(condition->values);
			continue;
		}
		value = stripe_bound_condition(condition);
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
	const char *value = filter->enum_values ? filter->enum_values[0] :
		filter->kind == STRIPE_KIND_BOOLEAN ? "true" : "...";
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
	if (bracket != NULL && filter->column == NULL)
		return psprintf("%s ->> '%.*s' = '%s'",
						quote_identifier(pnstrdup(filter->param, bracket - filter->param)),
						(int) strlen(bracket) - 2, bracket + 1, value);
	return psprintf("%s = '%s'",
					quote_identifier(filter->column ? filter->column : filter->param), value);
}

/* How the filter can be asked for: by a condition, if the column's type is one for it. */
static int
hint_filter(const StripeTable *table, const StripeFilter *filter)
{
	for (int i = 0; i < table->ncolumns; i++)
	{
		const StripeColumn *column = &table->columns[i];

		if (column->attnum != 0 && column->filter == filter && !stripe_is_askable(column))
			return errhint("Give column \"%s\" the type %s, by which it can be asked for.",
						   column->name, stripe_kind_type_name(filter->kind));
	}
	return errhint("Write SELECT ... FROM %s WHERE %s.", quote_identifier(table->name),
				   filter_example(table, filter));
}

/* The column that messages name for a filter. */
static const char *
filter_column(const StripeFilter *filter)
{
	return filter->column ? filter->column :
		pnstrdup(filter->param, strcspn(filter->param, "["));
}

static void
required_filter_missing(const StripeTable *table, const StripeFilter *filter)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("foreign table \"%s\" can be read only with a condition on column \"%s\"",
					table->name, filter_column(filter)),
			 errdetail("Stripe lists %s for one value of \"%s\" at a time.",
					   table->resource->list_path, filter->param),
			 hint_filter(table, filter)));
}

static void
echo_missing(const StripeTable *table, const StripeFilter *filter)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("column \"%s\" of foreign table \"%s\" has no value in this query",
					filter->column, table->name),
			 errdetail("No field of Stripe's objects holds it: it shows the one value that a condition asks for."),
			 hint_filter(table, filter)));
}

/*
 * Without a value for this filter the answer is not the one asked for: the
 * condition is missing, or its value can't be sent.
 */
static void
filter_not_asked(const StripeTable *table, const StripeBinding *binding,
				 const StripeFilter *filter)
{
	if (!list_member_ptr(binding->unsendable, filter) && filter->required)
		required_filter_missing(table, filter);
	if (!list_member_ptr(binding->unsendable, filter))
		echo_missing(table, filter);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
			 errmsg("foreign table \"%s\" can't be read with this value of column \"%s\"",
					table->name, filter_column(filter)),
			 errdetail("It can't be sent as the parameter \"%s\" of %s.", filter->param,
					   table->resource->list_path),
			 filter->kind == STRIPE_KIND_ARRAY ?
				 errhint("It must be an array of objects, without null and without empty ones, that fits into a URL.") :
				 0));
}

/* A value asked for, as the column's type. */
static Datum
column_value(const StripeColumn *column, const StripeValue *value)
{
	Oid			function;
	Oid			param;
	bool		is_varlena;
	int16		len;
	bool		byval;
	char	   *text;

	/* As text a time may have a zone that is read as another one: IST is India's and Israel's. */
	if (value->type == getBaseType(column->type) &&
		(column->kind == STRIPE_KIND_TIMESTAMP ||
		 (value->type == column->type && column->typmod < 0)))
	{
		get_typlenbyval(value->type, &len, &byval);
		return datumCopy(value->datum, byval, len);
	}
	getTypeOutputInfo(value->type, &function, &is_varlena);
	text = OidOutputFunctionCall(function, value->datum);
	getTypeInputInfo(column->type, &function, &param);
	return OidInputFunctionCall(function, text, param, column->typmod);
}

/* The value that a list was filtered by. */
static void
set_echo(const StripeScanState *state, const StripeBinding *binding, StripeEchoColumn *echo)
{
	const StripeColumn *column = echo->column;
	ListCell   *lc;

	foreach (lc, binding->used)
	{
		StripeBoundCondition *condition = lfirst(lc);

		if (condition->filter != column->filter)
			continue;
		echo->value = column_value(column, linitial(condition->values));
		echo->isnull = false;
		return;
	}

	/*
	 * Its value is not in the objects, and nobody said which one is wanted.
	 * Where nothing depends on it, it has none.
	 */
	if (column->filter->required || list_member_int(state->spec->valued_echoes, column->attnum))
		filter_not_asked(state->table, binding, column->filter);
	echo->value = (Datum) 0;
	echo->isnull = true;
}

/* How many rows a LIMIT takes, if that is known; 0 otherwise. */
static int
rows_wanted(ForeignScanState *node)
{
	StripeScanState *state = node->fdw_state;
	int			first = list_length(state->values) - state->spec->limit_values;
	int64		sum = 0;

	if (state->spec->limit_values == 0)
		return state->spec->wanted;
	for (int i = first; i < list_length(state->values); i++)
	{
		bool		isnull;
		Datum		value = ExecEvalExpr((ExprState *) list_nth(state->values, i),
										 node->ss.ps.ps_ExprContext, &isnull);

		/* LIMIT NULL takes all; OFFSET NULL leaves out none. */
		if (isnull && i == first)
			return 0;
		if (!isnull && (DatumGetInt64(value) < 0 ||
						pg_add_s64_overflow(sum, DatumGetInt64(value), &sum)))
			return 0;
	}
	return (int) Min(sum, INT_MAX);
}

StripeReading *
stripe_reading_create(ForeignScanState *node, const Bitmapset *without)
{
	StripeScanState *state = node->fdw_state;
	MemoryContext context;
	MemoryContext old_context;
	StripeReading *reading;

	context = AllocSetContextCreate(node->ss.ps.state->es_query_cxt, "stripe_fdw reading",
									ALLOCSET_SMALL_SIZES);
	old_context = MemoryContextSwitchTo(context);
	reading = palloc0(sizeof(StripeReading));
	reading->context = context;
	reading->whole = (without != NULL);
	reading->binding = stripe_bind(state->table->resource, evaluate_conditions(node, without),
								   state->spec->by_id,
								   reading->whole ? state->spec->list_requests :
													state->spec->max_requests,
								   state->spec->page_size);
	if (!reading->whole)
		reading->wanted = rows_wanted(node);
	MemoryContextSwitchTo(old_context);
	return reading;
}

bool
stripe_reading_equal(const StripeReading *a, const StripeReading *b)
{
	return a->whole == b->whole && stripe_binding_equal(a->binding, b->binding);
}

void
stripe_reading_keep(ForeignScanState *node, StripeReading *reading)
{
	MemoryContext old_context = MemoryContextSwitchTo(reading->context);

	Assert(!reading->opened);
	reading->kept = tuplestore_begin_heap(false, false, work_mem);
	tuplestore_set_eflags(reading->kept, EXEC_FLAG_REWIND);
	reading->kept_slot = MakeSingleTupleTableSlot(node->ss.ss_ScanTupleSlot->tts_tupleDescriptor,
												  &TTSOpsMinimalTuple);
	MemoryContextSwitchTo(old_context);
}

/* What is asked with each of the requests. */
static List *
make_queries(ForeignScanState *node, const StripeReading *reading)
{
	StripeScanState *state = node->fdw_state;
	List	   *queries = NIL;
	ListCell   *lc;

	foreach (lc, reading->binding->requests)
	{
		StripeBoundRequest *request = lfirst(lc);
		StripeQuery *query = palloc0(sizeof(StripeQuery));

		query->resource = state->table->resource;
		query->id = request->id;
		query->params = request->params;
		query->only = request->only;
		query->expand = state->filler->expand;
		query->page_size = state->spec->page_size;
		query->first_page_size = stripe_first_page_size(state->spec, reading->wanted);
		query->concurrency = stripe_enable_pushdown ? state->connection->concurrency : 1;
		query->ordered = state->spec->ordered;
		query->wanted = reading->wanted;
		queries = lappend(queries, query);
	}
	return queries;
}

/* Opens the row source; leaves it NULL if there can be no row. */
static void
open_reading(ForeignScanState *node, StripeReading *reading)
{
	StripeScanState *state = node->fdw_state;
	MemoryContext query_context = node->ss.ps.state->es_query_cxt;
	StripeBinding *binding = reading->binding;
	MemoryContext old_context;

	reading->opened = true;
	if (binding->requests == NIL)
		return;
	if (binding->missing != NULL)
		filter_not_asked(state->table, binding, binding->missing);
	if (state->connection == NULL)
		state->connection =
			stripe_connection_load(GetForeignTable(state->table->relid)->serverid,
								   state->userid, state->table->relid, query_context);
	if (state->stats.activity == NULL)
		state->stats.activity = stripe_activity_begin(state->table->relid, query_context);

	old_context = MemoryContextSwitchTo(reading->context);
	reading->echoes = palloc(sizeof(StripeEchoColumn) * Max(list_length(state->echoes), 1));
	for (int i = 0; i < list_length(state->echoes); i++)
	{
		reading->echoes[i].column = list_nth(state->echoes, i);
		set_echo(state, binding, &reading->echoes[i]);
	}
	reading->queries = make_queries(node, reading);
	MemoryContextSwitchTo(old_context);

	reading->source = stripe_rowsource_open(state->connection, reading->queries, &state->stats,
											reading->context);
}

/*
 * A scan that promised its rows newest first must deliver them so: a LIMIT or
 * a merge above would give a wrong answer otherwise.
 */
static void
check_order(const StripeScanState *state, StripeReading *reading, const JsonValue *row)
{
	const char *field = state->table->resource->created_field;
	const JsonValue *created;
	int64		seconds;

	if (!json_value_member(row, field, &created) || !json_value_int64(created, &seconds) ||
		(reading->has_newest && seconds > reading->newest))
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
	reading->newest = seconds;
	reading->has_newest = true;
}

/* Fills the slot with the next row that Stripe has; leaves it empty at the end. */
static void
ask_row(ForeignScanState *node, StripeReading *reading, TupleTableSlot *slot)
{
	StripeScanState *state = node->fdw_state;
	JsonValue  *row;
	int			natts = slot->tts_tupleDescriptor->natts;

	if (!reading->opened)
		open_reading(node, reading);
	if (reading->source == NULL)
		return;
	do
	{
		row = stripe_rowsource_next(reading->source);
		if (row == NULL)
			return;
	} while (!stripe_is_listed(linitial(reading->queries), row));
	if (state->spec->ordered)
		check_order(state, reading, row);

	stripe_fill_row(state->filler, row, natts, slot->tts_values, slot->tts_isnull);
	for (int i = 0; i < list_length(state->echoes); i++)
	{
		const StripeEchoColumn *echo = &reading->echoes[i];

		slot->tts_values[echo->column->attnum - 1] = echo->value;
		slot->tts_isnull[echo->column->attnum - 1] = echo->isnull;
	}
	ExecStoreVirtualTuple(slot);
}

void
stripe_reading_fetch(ForeignScanState *node, StripeReading *reading, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	if (reading->ended)
		return;
	ask_row(node, reading, slot);
	if (!TupIsNull(slot))
	{
		if (reading->kept != NULL)
			tuplestore_puttupleslot(reading->kept, slot);
		return;
	}
	reading->ended = true;
	if (reading->source != NULL)
		stripe_rowsource_close(reading->source);
	reading->source = NULL;
}

/* Copies the next of the rows kept into slot; false if there is none. */
static bool
read_kept_row(StripeReading *reading, TupleTableSlot *slot)
{
	MemoryContext old_context;
	bool		found;

	/* A row read back from disk is kept_slot's to free, at a time of its own. */
	old_context = MemoryContextSwitchTo(reading->context);
	found = tuplestore_gettupleslot(reading->kept, true, false, reading->kept_slot);
	MemoryContextSwitchTo(old_context);
	if (found)
	{
		ExecCopySlot(slot, reading->kept_slot);
		ExecClearTuple(reading->kept_slot);
	}
	return found;
}

void
stripe_reading_next(ForeignScanState *node, StripeReading *reading, TupleTableSlot *slot)
{
	ExecClearTuple(slot);
	if (reading->kept == NULL || !read_kept_row(reading, slot))
		stripe_reading_fetch(node, reading, slot);
}

void
stripe_reading_rewind(StripeReading *reading)
{
	tuplestore_rescan(reading->kept);
}

void
stripe_reading_close(StripeReading *reading)
{
	if (reading->source != NULL)
		stripe_rowsource_close(reading->source);
	if (reading->kept != NULL)
	{
		ExecDropSingleTupleTableSlot(reading->kept_slot);
		tuplestore_end(reading->kept);
	}
	MemoryContextDelete(reading->context);
}
