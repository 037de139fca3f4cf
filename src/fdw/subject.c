/*-------------------------------------------------------------------------
 *
 * subject.c
 *		What one side of a comparison says of a table.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "fdw/subject.h"

/* The operator jsonb ->> text (jsonb_object_field_text) */
#define JSONB_TEXT_FIELD_OPERATOR 3477

/* The longest that each unit of date_trunc lasts, in seconds. */
static const struct
{
	const char *unit;
	int			seconds;
} units[] = {
	{"second", 1},
	{"minute", SECS_PER_MINUTE},
	{"hour", SECS_PER_HOUR},
	{"day", SECS_PER_DAY},
	{"week", 7 * SECS_PER_DAY},
	{"month", 31 * SECS_PER_DAY},
	{"quarter", 92 * SECS_PER_DAY},
	{"year", 366 * SECS_PER_DAY},
	{"decade", 3653 * SECS_PER_DAY},
};

/* Functions of a time, and how what they give sees it. */
static const struct
{
	Oid			function;
	StripeView	view;
	int			time_argument;	/* which one is the time; the unit, if any, is the first */
	int			width;			/* -1: of the unit */
} time_functions[] = {
	{F_TIMESTAMP_TIMESTAMPTZ, STRIPE_VIEW_LOCAL, 0, 0},
	{F_DATE_TIMESTAMPTZ, STRIPE_VIEW_LOCAL, 0, SECS_PER_DAY},
	{F_DATE_TIMESTAMP, STRIPE_VIEW_LOCAL, 0, SECS_PER_DAY},
	{F_TIMESTAMPTZ_TIMESTAMP, STRIPE_VIEW_LOCAL, 0, 0},
	{F_TIMESTAMPTZ_DATE, STRIPE_VIEW_LOCAL, 0, 0},
	{F_TIMESTAMP_DATE, STRIPE_VIEW_LOCAL, 0, 0},
	{F_DATE_TRUNC_TEXT_TIMESTAMPTZ, STRIPE_VIEW_LOCAL, 1, -1},
	{F_DATE_TRUNC_TEXT_TIMESTAMPTZ_TEXT, STRIPE_VIEW_LOCAL, 1, -1},
	{F_DATE_TRUNC_TEXT_TIMESTAMP, STRIPE_VIEW_LOCAL, 1, -1},
	{F_EXTRACT_TEXT_TIMESTAMPTZ, STRIPE_VIEW_YEAR, 1, 0},
	{F_EXTRACT_TEXT_TIMESTAMP, STRIPE_VIEW_YEAR, 1, 0},
	{F_EXTRACT_TEXT_DATE, STRIPE_VIEW_YEAR, 1, 0},
	{F_DATE_PART_TEXT_TIMESTAMPTZ, STRIPE_VIEW_YEAR, 1, 0},
	{F_DATE_PART_TEXT_TIMESTAMP, STRIPE_VIEW_YEAR, 1, 0},
	{F_DATE_PART_TEXT_DATE, STRIPE_VIEW_YEAR, 1, 0},
};

/* Functions that leave a year the number it is; a second argument must be a constant 0. */
static const Oid year_functions[] = {
	F_TRUNC_NUMERIC, F_TRUNC_NUMERIC_INT4, F_INT4_NUMERIC, F_INT8_NUMERIC, F_FLOAT8_NUMERIC
};

/* The text of a constant argument, or NULL. */
static char *
constant_text(Node *node)
{
	Const	   *constant = (Const *) node;

	if (!IsA(node, Const) || constant->constisnull || constant->consttype != TEXTOID)
		return NULL;
	return TextDatumGetCString(constant->constvalue);
}

/* TRUNC(year, 0) is the year; TRUNC(year, -1) is the decade's. */
static bool
is_constant_zero(Node *node)
{
	Const	   *constant = (Const *) node;

	return IsA(node, Const) && !constant->constisnull && constant->consttype == INT4OID &&
		DatumGetInt32(constant->constvalue) == 0;
}

static bool
match_column(const StripeTable *table, Index relid, Var *var, StripeSubject *subject)
{
	const StripeColumn *column;
	Oid			type;

	if (var->varno != (int) relid || var->varlevelsup != 0 || var->varattno <= 0)
		return false;
	column = &table->columns[var->varattno - 1];
	subject->column = column;
	subject->field = column->field;
	subject->type = type = getBaseType(column->type);
	subject->view = STRIPE_VIEW_PLAIN;
	subject->width = 0;

	/* Defined by hand, a column may show a time without its zone, or its day. */
	if (column->kind == STRIPE_KIND_TIMESTAMP &&
		(type == TIMESTAMPOID || type == DATEOID))
	{
		subject->view = STRIPE_VIEW_LOCAL;
		subject->width = type == DATEOID ? SECS_PER_DAY : 0;
	}
	return column->role == STRIPE_COLUMN_FIELD || column->role == STRIPE_COLUMN_FILTER;
}

static bool
match_member(const StripeTable *table, Index relid, OpExpr *op, StripeSubject *subject)
{
	char	   *key;

	if (op->opno != JSONB_TEXT_FIELD_OPERATOR)
		return false;
	key = constant_text(lsecond(op->args));
	if (key == NULL || !stripe_match_subject(table, relid, linitial(op->args), subject) ||
		subject->field == NULL || getBaseType(subject->column->type) != JSONBOID)
		return false;
	subject->field = psprintf("%s.%s", subject->field, key);
	subject->type = TEXTOID;
	return true;
}

/* How long a unit lasts; -1 if it is not one of date_trunc's that we know. */
static int
unit_seconds(const char *unit)
{
	for (size_t i = 0; i < lengthof(units); i++)
	{
		if (pg_strcasecmp(units[i].unit, unit) == 0)
			return units[i].seconds;
	}
	return -1;
}

static bool
match_function(const StripeTable *table, Index relid, FuncExpr *call, StripeSubject *subject)
{
	for (size_t i = 0; i < lengthof(year_functions); i++)
	{
		if (call->funcid != year_functions[i])
			continue;
		if (list_length(call->args) > 1 && !is_constant_zero(lsecond(call->args)))
			return false;
		if (!stripe_match_subject(table, relid, linitial(call->args), subject) ||
			subject->view != STRIPE_VIEW_YEAR)
			return false;
		subject->type = call->funcresulttype;
		return true;
	}

	for (size_t i = 0; i < lengthof(time_functions); i++)
	{
		char	   *unit = NULL;
		int			width = time_functions[i].width;

		if (call->funcid != time_functions[i].function)
			continue;
		if (time_functions[i].time_argument > 0 &&
			(unit = constant_text(linitial(call->args))) == NULL)
			return false;
		if (!stripe_match_subject(table, relid,
								  list_nth(call->args, time_functions[i].time_argument), subject) ||
			subject->view == STRIPE_VIEW_YEAR || subject->column->kind != STRIPE_KIND_TIMESTAMP)
			return false;
		if (time_functions[i].view == STRIPE_VIEW_YEAR && pg_strcasecmp(unit, "year") != 0)
			return false;
		if (width < 0 && (width = unit_seconds(unit)) < 0)
			return false;
		subject->view = time_functions[i].view;
		subject->width += width;
		subject->type = call->funcresulttype;
		return true;
	}
	return false;
}

bool
stripe_match_subject(const StripeTable *table, Index relid, Expr *expr, StripeSubject *subject)
{
	while (IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;

	if (IsA(expr, Var))
		return match_column(table, relid, (Var *) expr, subject);
	if (IsA(expr, OpExpr))
		return match_member(table, relid, (OpExpr *) expr, subject);
	if (IsA(expr, FuncExpr))
		return match_function(table, relid, (FuncExpr *) expr, subject);
	return false;
}
