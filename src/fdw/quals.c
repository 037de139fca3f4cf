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

/* Whether a filter is about what a subject stands for. */
static bool
tests_subject(const StripeFilter *filter, const StripeSubject *subject)
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
find_filter(const StripeTable *table, const StripeSubject *subject, StripeComparison comparison)
{
	const StripeResource *resource = table->resource;
	const StripeFilter *any_of = NULL;

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
				if (comparison == STRIPE_EQ || comparison == STRIPE_IN)
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
				/* A filter that takes one value comes first: see bind.c. */
				if ((comparison == STRIPE_EQ || comparison == STRIPE_IN) && any_of == NULL)
					any_of = filter;
				break;
		}
	}
	return any_of;
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

static bool
is_number_type(Oid type)
{
	return is_integer_type(type) || type == NUMERICOID || type == FLOAT8OID;
}

/* Whether a value of this kind, seen as this SQL type, compares as Stripe compares it. */
static bool
is_comparable(StripeKind kind, const StripeSubject *subject, Oid value_type)
{
	Oid			column_type = subject->type;

	if (subject->view == STRIPE_VIEW_YEAR)
		return kind == STRIPE_KIND_TIMESTAMP && is_number_type(value_type);
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
		case STRIPE_KIND_ARRAY:
			return column_type == JSONBOID && value_type == JSONBOID;
		default:
			return false;
	}
}

/* Whether a column that echoes a filter has a type by which it can be asked for. */
bool
stripe_is_askable(const StripeColumn *column)
{
	Oid			type = getBaseType(column->type);
	StripeSubject subject = {.column = column, .type = type, .view = STRIPE_VIEW_PLAIN};

	/* A local time may be two. */
	if (column->kind == STRIPE_KIND_TIMESTAMP)
		return type == TIMESTAMPTZOID;
	return is_comparable(column->kind, &subject, type);
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

/*
 * Known when the scan begins, or when it begins again for another row of an
 * outer table: no variable of this table, no volatile function.
 */
static bool
is_known_at_start(Index relid, Expr *value)
{
	Bitmapset  *varattnos = NULL;

	pull_varattnos((Node *) value, relid, &varattnos);
	return bms_is_empty(varattnos) &&
		!contain_volatile_functions((Node *) value) &&
		!contain_subplans((Node *) value);
}

/*
 * value_type is the type of one value; values may be one array of them.
 */
static StripeCondition *
make_condition(const StripeTable *table, const StripeSubject *subject,
			   StripeComparison comparison, List *values, Oid value_type)
{
	const StripeFilter *filter = NULL;
	StripeKind	kind;
	StripeCondition *condition;
	bool		equality = (comparison == STRIPE_EQ || comparison == STRIPE_IN);
	bool		is_id;

	is_id = equality && subject->field != NULL &&
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
	if (!is_comparable(kind, subject, value_type))
		return NULL;

	/*
	 * A time that must be met exactly: only ranges allow for fractions and
	 * zones, and a column that echoes the value.
	 */
	if (kind == STRIPE_KIND_TIMESTAMP && filter->op == STRIPE_FILTER_EQ &&
		(filter->field != NULL || subject->view != STRIPE_VIEW_PLAIN))
		return NULL;

	condition = palloc0(sizeof(StripeCondition));
	condition->filter = filter;
	condition->comparison = comparison;
	condition->view = subject->view;
	condition->width = subject->width;
	condition->values = values;
	condition->exact = comparison != STRIPE_IN && subject->view == STRIPE_VIEW_PLAIN &&
		(is_id || (!filter->superset &&
				   (filter->op == STRIPE_FILTER_EQ || filter->op == STRIPE_FILTER_ANY_OF ||
					filter->op == STRIPE_FILTER_RANGE)));

	/*
	 * A column that echoes what was asked for vouches for every row, so the
	 * request must be exact: the local test sees the echo only.  An array may
	 * turn out to hold one value, as drivers send it.
	 */
	if (subject->column->role == STRIPE_COLUMN_FILTER && !condition->exact &&
		(comparison != STRIPE_IN || filter->op != STRIPE_FILTER_EQ || filter->superset ||
		 kind == STRIPE_KIND_ARRAY))
		return NULL;
	condition->needed = filter != NULL &&
		(filter->required || subject->column->role == STRIPE_COLUMN_FILTER);
	condition->remote_only = subject->column->role == STRIPE_COLUMN_FILTER &&
		filter->op == STRIPE_FILTER_RANGE && comparison != STRIPE_EQ;
	return condition;
}

/*
 * Text is compared as Stripe compares it only where equal means the same
 * bytes; bpchar and name have operators in text's family that differ.
 */
static bool
compares_bytes(const StripeSubject *subject, Oid opno, Oid collation)
{
	Oid			left_type;
	Oid			right_type;

	if (subject->type != TEXTOID && subject->type != VARCHAROID)
		return true;
	op_input_types(opno, &left_type, &right_type);
	return left_type == TEXTOID && right_type == TEXTOID && OidIsValid(collation) &&
		get_collation_isdeterministic(collation);
}

static bool
is_text(const StripeSubject *subject)
{
	return subject->type == TEXTOID || subject->type == VARCHAROID;
}

/* column comparison value, either way round */
static StripeCondition *
operator_condition(const StripeTable *table, Index relid, OpExpr *op)
{
	Expr	   *left;
	Expr	   *right;
	Oid			opno = op->opno;
	StripeSubject subject;
	StripeComparison comparison;

	if (list_length(op->args) != 2)
		return NULL;
	left = linitial(op->args);
	right = lsecond(op->args);
	if (!stripe_match_subject(table, relid, left, &subject))
	{
		Expr	   *swap = left;

		left = right;
		right = swap;
		opno = get_commutator(opno);
		if (!OidIsValid(opno) || !stripe_match_subject(table, relid, left, &subject))
			return NULL;
	}
	if (!is_known_at_start(relid, right) ||
		!operator_comparison(opno, subject.type, &comparison) ||
		!compares_bytes(&subject, opno, op->inputcollid) ||
		(is_text(&subject) && comparison != STRIPE_EQ))
		return NULL;
	return make_condition(table, &subject, comparison, list_make1(right),
						  exprType((Node *) right));
}

/*
 * (column, …) comparison (value, …), by which pages of an ordered list are
 * asked for: of the first column it says that it is not beyond the value.
 */
static StripeCondition *
row_condition(const StripeTable *table, Index relid, RowCompareExpr *row)
{
	OpExpr	   *first = makeNode(OpExpr);
	StripeCondition *condition;

	first->opno = linitial_oid(row->opnos);
	first->opresulttype = BOOLOID;
	first->inputcollid = linitial_oid(row->inputcollids);
	first->args = list_make2(linitial(row->largs), linitial(row->rargs));
	condition = operator_condition(table, relid, first);
	if (condition == NULL || condition->needed)
		return NULL;
	if (condition->comparison == STRIPE_LT)
		condition->comparison = STRIPE_LE;
	else if (condition->comparison == STRIPE_GT)
		condition->comparison = STRIPE_GE;
	condition->exact = false;
	return condition;
}

/* column IS NOT DISTINCT FROM a value that is not NULL */
static StripeCondition *
not_distinct_condition(const StripeTable *table, Index relid, DistinctExpr *distinct)
{
	ListCell   *lc;

	foreach (lc, distinct->args)
	{
		const Const *constant = lfirst(lc);

		if (IsA(constant, Const) && !constant->constisnull)
			return operator_condition(table, relid, (OpExpr *) distinct);
	}
	return NULL;
}

/* column = ANY (array), which IN is too */
static StripeCondition *
array_condition(const StripeTable *table, Index relid, ScalarArrayOpExpr *op)
{
	Expr	   *array = lsecond(op->args);
	Oid			element_type = get_base_element_type(exprType((Node *) array));
	StripeSubject subject;
	StripeComparison comparison;

	if (!op->useOr || !OidIsValid(element_type) ||
		!stripe_match_subject(table, relid, linitial(op->args), &subject) ||
		!is_known_at_start(relid, array) ||
		!operator_comparison(op->opno, subject.type, &comparison) || comparison != STRIPE_EQ ||
		!compares_bytes(&subject, op->opno, op->inputcollid))
		return NULL;
	return make_condition(table, &subject, STRIPE_IN, list_make1(array), element_type);
}

static bool
same_subject(const StripeCondition *a, const StripeCondition *b)
{
	return a->filter == b->filter && a->view == b->view && a->width == b->width;
}

/* a >= 1 AND a < 5, within an OR; what else the AND holds narrows it further */
static StripeCondition *
between_condition(const StripeTable *table, Index relid, BoolExpr *clause)
{
	StripeCondition *lower = NULL;
	StripeCondition *upper = NULL;
	ListCell   *lc;

	foreach (lc, clause->args)
	{
		StripeCondition *condition = stripe_clause_condition(table, relid, lfirst(lc));

		if (condition == NULL || condition->needed)
			continue;
		if (condition->comparison == STRIPE_GT || condition->comparison == STRIPE_GE)
			lower = condition;
		else if (condition->comparison == STRIPE_LT || condition->comparison == STRIPE_LE)
			upper = condition;
	}
	if (lower == NULL || upper == NULL || !same_subject(lower, upper))
		return NULL;
	lower->comparison = STRIPE_BETWEEN;
	lower->values = list_concat(lower->values, upper->values);
	return lower;
}

/*
 * a = 1 OR a = 2 OR a IN (3), which is an IN, or a BETWEEN 1 AND 2 OR a = 3:
 * all of them about the same filter.  BETWEEN SYMMETRIC is such an OR.
 */
static StripeCondition *
or_condition(const StripeTable *table, Index relid, BoolExpr *clause)
{
	StripeCondition *result = NULL;
	StripeComparison comparison = STRIPE_IN;
	ListCell   *lc;

	foreach (lc, clause->args)
	{
		Expr	   *expr = lfirst(lc);
		StripeCondition *arm;

		if (is_andclause(expr))
			arm = between_condition(table, relid, (BoolExpr *) expr);
		else
			arm = stripe_clause_condition(table, relid, expr);
		if (arm == NULL || arm->needed ||
			(arm->comparison != STRIPE_EQ && arm->comparison != STRIPE_IN &&
			 arm->comparison != STRIPE_BETWEEN))
			return NULL;
		if (arm->comparison == STRIPE_BETWEEN)
			comparison = STRIPE_BETWEEN;
		if (result == NULL)
		{
			result = arm;
			continue;
		}
		if (!same_subject(arm, result))
			return NULL;
		result->values = list_concat(result->values, arm->values);
	}
	result->comparison = comparison;
	result->exact = false;
	return result;
}

/* col, NOT col, col IS FALSE */
static StripeCondition *
boolean_condition(const StripeTable *table, Index relid, Expr *clause)
{
	StripeSubject subject;
	bool		wanted = true;

	if (IsA(clause, BooleanTest))
	{
		BooleanTest *test = (BooleanTest *) clause;

		if (test->booltesttype != IS_FALSE)
			return NULL;
		wanted = false;
		clause = test->arg;
	}
	else if (is_notclause(clause))
	{
		wanted = false;
		clause = get_notclausearg(clause);
	}
	if (!stripe_match_subject(table, relid, clause, &subject) || subject.type != BOOLOID)
		return NULL;
	return make_condition(table, &subject, STRIPE_EQ, list_make1(makeBoolConst(wanted, false)),
						  BOOLOID);
}

StripeCondition *
stripe_clause_condition(const StripeTable *table, Index relid, Expr *clause)
{
	/* A clause that IS TRUE keeps the rows that it keeps by itself. */
	if (IsA(clause, BooleanTest) && ((BooleanTest *) clause)->booltesttype == IS_TRUE)
		return stripe_clause_condition(table, relid, ((BooleanTest *) clause)->arg);
	if (is_notclause(clause) && IsA(get_notclausearg(clause), DistinctExpr))
		return not_distinct_condition(table, relid, (DistinctExpr *) get_notclausearg(clause));
	if (IsA(clause, RowCompareExpr))
		return row_condition(table, relid, (RowCompareExpr *) clause);
	if (IsA(clause, OpExpr))
		return operator_condition(table, relid, (OpExpr *) clause);
	if (IsA(clause, ScalarArrayOpExpr))
		return array_condition(table, relid, (ScalarArrayOpExpr *) clause);
	if (is_orclause(clause))
		return or_condition(table, relid, (BoolExpr *) clause);
	return boolean_condition(table, relid, clause);
}
