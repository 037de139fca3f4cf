/*-------------------------------------------------------------------------
 *
 * quals.c
 *		From WHERE clauses to conditions that Stripe can test.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "fdw/quals.h"

/* What one side of a comparison stands for, if it is about the table. */
typedef struct Subject
{
	const StripeColumn *column;
	const char *field;			/* as filters name it */
	Oid			type;			/* SQL's type of it */
} Subject;

/* The operator jsonb ->> text (jsonb_object_field_text) */
#define JSONB_TEXT_FIELD_OPERATOR 3477

/*
 * Recognises a column, or a text within a jsonb column: col, col::text (a
 * relabelling), col ->> 'key'.
 */
static bool
match_subject(const StripeTable *table, Index relid, Expr *expr, Subject *subject)
{
	while (IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;

	if (IsA(expr, Var))
	{
		Var		   *var = (Var *) expr;

		if (var->varno != (int) relid || var->varlevelsup != 0 || var->varattno <= 0)
			return false;
		subject->column = &table->columns[var->varattno - 1];
		subject->field = subject->column->field;
		subject->type = var->vartype;
		return subject->column->role == STRIPE_COLUMN_FIELD ||
			   subject->column->role == STRIPE_COLUMN_FILTER;
	}

	if (IsA(expr, OpExpr))
	{
		OpExpr	   *op = (OpExpr *) expr;
		Const	   *key;

		if (op->opno != JSONB_TEXT_FIELD_OPERATOR || !IsA(lsecond(op->args), Const))
			return false;
		key = lsecond(op->args);
		if (key->constisnull ||
			!match_subject(table, relid, linitial(op->args), subject) ||
			subject->field == NULL || subject->column->type != JSONBOID)
			return false;
		subject->field = psprintf("%s.%s", subject->field, TextDatumGetCString(key->constvalue));
		subject->type = TEXTOID;
		return true;
	}
	return false;
}

/* Whether a filter is about what a subject stands for. */
static bool
tests_subject(const StripeFilter *filter, const Subject *subject)
{
	const StripeColumn *column = subject->column;

	if (column->role == STRIPE_COLUMN_FILTER)
		return filter == column->filter;

	/* Filters keep the names of fields that have moved. */
	if (column->moved != NULL && strcmp(filter->param, column->moved->name) == 0)
		return true;
	return filter->field != NULL && subject->field != NULL &&
		strcmp(filter->field, subject->field) == 0;
}

/* The filter that tests a subject by this comparison, or NULL. */
static const StripeFilter *
find_filter(const StripeTable *table, const Subject *subject, StripeComparison comparison)
{
	const StripeResource *resource = table->resource;

	for (int i = 0; i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];
		bool		lower = (comparison == STRIPE_GT || comparison == STRIPE_GE);
		bool		upper = (comparison == STRIPE_LT || comparison == STRIPE_LE);

		if (!tests_subject(filter, subject))
			continue;
		switch (filter->op)
		{
			case STRIPE_FILTER_RANGE:
				return filter;
			case STRIPE_FILTER_EQ:
				if (comparison == STRIPE_EQ)
					return filter;
				break;
			case STRIPE_FILTER_AFTER:
				if (lower)
					return filter;
				break;
			case STRIPE_FILTER_BEFORE:
				if (upper)
					return filter;
				break;
			case STRIPE_FILTER_ANY_OF:
				break;
		}
	}
	return NULL;
}

static bool
is_time_type(Oid type)
{
	return type == TIMESTAMPTZOID || type == TIMESTAMPOID || type == DATEOID;
}

static bool
is_integer_type(Oid type)
{
	return type == INT8OID || type == INT4OID || type == INT2OID;
}

/* Whether a value of this kind, seen as this SQL type, compares as Stripe compares it. */
static bool
is_comparable(StripeKind kind, Oid column_type, Oid value_type)
{
	switch (kind)
	{
		case STRIPE_KIND_STRING:
		case STRIPE_KIND_ENUM:
		case STRIPE_KIND_EXPANDABLE:
			return (column_type == TEXTOID || column_type == VARCHAROID) &&
				   (value_type == TEXTOID || value_type == VARCHAROID);
		case STRIPE_KIND_BOOLEAN:
			return column_type == BOOLOID && value_type == BOOLOID;
		case STRIPE_KIND_INTEGER:
			return is_integer_type(column_type) && is_integer_type(value_type);
		case STRIPE_KIND_TIMESTAMP:
			return is_time_type(column_type) && is_time_type(value_type);
		default:
			return false;
	}
}

/* The comparison that an operator makes by the B-tree rules of the column's type. */
static bool
operator_comparison(Oid opno, Oid column_type, StripeComparison *comparison)
{
	Oid			family;

	/* varchar has no operators of its own; date and timestamp share a family */
	if (column_type == VARCHAROID)
		column_type = TEXTOID;
	family = lookup_type_cache(column_type, TYPECACHE_BTREE_OPFAMILY)->btree_opf;
	if (!OidIsValid(family))
		return false;
	switch (get_op_opfamily_strategy(opno, family))
	{
		case BTLessStrategyNumber:
			*comparison = STRIPE_LT;
			return true;
		case BTLessEqualStrategyNumber:
			*comparison = STRIPE_LE;
			return true;
		case BTEqualStrategyNumber:
			*comparison = STRIPE_EQ;
			return true;
		case BTGreaterEqualStrategyNumber:
			*comparison = STRIPE_GE;
			return true;
		case BTGreaterStrategyNumber:
			*comparison = STRIPE_GT;
			return true;
		default:
			return false;
	}
}

/* Known when the scan begins: no variable of any table, no volatile function. */
static bool
is_known_at_start(Expr *value)
{
	return !contain_var_clause((Node *) value) &&
		   !contain_volatile_functions((Node *) value) &&
		   !contain_subplans((Node *) value);
}

static StripeCondition *
make_condition(const StripeTable *table, const Subject *subject, StripeComparison comparison,
			   Expr *value)
{
	const StripeFilter *filter = NULL;
	StripeKind	kind;
	StripeCondition *condition;
	bool		is_id;

	is_id = comparison == STRIPE_EQ && subject->field != NULL &&
			strcmp(subject->field, "id") == 0 && table->resource->retrieve_path != NULL;
	if (!is_id)
	{
		filter = find_filter(table, subject, comparison);
		if (filter == NULL)
			return NULL;
	}
	kind = is_id ? STRIPE_KIND_STRING : filter->kind;

	/*
	 * A bare column must hold the kind of value that the filter takes: a
	 * definition written by hand may read a timestamp as a number.
	 */
	if (!is_comparable(kind, subject->type, exprType((Node *) value)))
		return NULL;

	/* A time that must be met exactly: only ranges allow for fractions and zones. */
	if (kind == STRIPE_KIND_TIMESTAMP && filter->op == STRIPE_FILTER_EQ)
		return NULL;

	condition = palloc0(sizeof(StripeCondition));
	condition->filter = filter;
	condition->comparison = comparison;
	condition->column_type = subject->type;
	condition->value = value;
	condition->exact = is_id ||
		(!filter->superset &&
		 (filter->op == STRIPE_FILTER_EQ || filter->op == STRIPE_FILTER_RANGE) &&
		 (kind != STRIPE_KIND_TIMESTAMP || subject->type == TIMESTAMPTZOID));

	/*
	 * A column that echoes what was asked for vouches for every row, so the
	 * request must be exact: the local test sees the echo only.
	 */
	if (subject->column->role == STRIPE_COLUMN_FILTER && !condition->exact)
		return NULL;
	condition->needed = filter != NULL &&
		(filter->required || subject->column->role == STRIPE_COLUMN_FILTER);
	return condition;
}

static StripeCondition *
operator_condition(const StripeTable *table, Index relid, OpExpr *op)
{
	Expr	   *left;
	Expr	   *right;
	Oid			opno = op->opno;
	Subject		subject;
	StripeComparison comparison;
	Oid			left_type;
	Oid			right_type;

	if (list_length(op->args) != 2)
		return NULL;
	left = linitial(op->args);
	right = lsecond(op->args);
	if (!match_subject(table, relid, left, &subject))
	{
		/* value < column: turn it round */
		Expr	   *swap = left;

		left = right;
		right = swap;
		opno = get_commutator(opno);
		if (!OidIsValid(opno) || !match_subject(table, relid, left, &subject))
			return NULL;
	}
	if (!is_known_at_start(right) ||
		!operator_comparison(opno, subject.type, &comparison))
		return NULL;

	/*
	 * Text is compared as Stripe compares it only where equal means the same
	 * bytes; bpchar and name have operators in text's family that differ.
	 */
	op_input_types(opno, &left_type, &right_type);
	if (subject.type == TEXTOID || subject.type == VARCHAROID)
	{
		if (left_type != TEXTOID || right_type != TEXTOID || comparison != STRIPE_EQ ||
			!OidIsValid(op->inputcollid) || !get_collation_isdeterministic(op->inputcollid))
			return NULL;
	}
	return make_condition(table, &subject, comparison, right);
}

StripeCondition *
stripe_clause_condition(const StripeTable *table, Index relid, Expr *clause)
{
	Subject		subject;
	bool		wanted;

	if (IsA(clause, OpExpr))
		return operator_condition(table, relid, (OpExpr *) clause);

	/* Booleans: col, NOT col, col IS TRUE, col IS FALSE */
	wanted = true;
	if (IsA(clause, BooleanTest))
	{
		BooleanTest *test = (BooleanTest *) clause;

		if (test->booltesttype != IS_TRUE && test->booltesttype != IS_FALSE)
			return NULL;
		wanted = (test->booltesttype == IS_TRUE);
		clause = test->arg;
	}
	else if (is_notclause(clause))
	{
		wanted = false;
		clause = get_notclausearg(clause);
	}
	if (match_subject(table, relid, clause, &subject) && subject.type == BOOLOID)
		return make_condition(table, &subject, STRIPE_EQ,
							  (Expr *) makeBoolConst(wanted, false));
	return NULL;
}
