/*-------------------------------------------------------------------------
 *
 * echo.c
 *		Columns that echo a filter: which of them must have a value.
 *
 * No field of the objects holds such a column's value; it is the one that
 * Stripe was asked for.  So it is not for PostgreSQL to find out which rows
 * have it: a query whose answer depends on the value must ask by it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "fdw/echo.h"
#include "fdw/quals.h"

/* The whole row, among what pull_varattnos finds */
#define WHOLE_ROW (0 - FirstLowInvalidHeapAttributeNumber)

/* A reference to the whole row that is there for the sake of a row lock. */
static bool
is_for_lock(const TargetEntry *entry)
{
	return entry->resjunk && IsA(entry->expr, Var) && ((Var *) entry->expr)->varattno == 0;
}

/*
 * Adds the table's attributes on whose values the query's output depends in
 * any other way than by showing them as they are.
 */
static void
pull_computed_attributes(PlannerInfo *root, RelOptInfo *baserel, Bitmapset **used)
{
	const Query *parse = root->parse;
	bool		shows;			/* columns are shown as they are */
	ListCell   *lc;
	int			relid = -1;

	/* The query knows the parent of such a table only. */
	if (baserel->reloptkind != RELOPT_BASEREL)
	{
		pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, used);
		if (parse->rowMarks != NIL || parse->commandType != CMD_SELECT)
			*used = bms_del_member(*used, WHOLE_ROW);
		return;
	}
	shows = root->parent_root == NULL && parse->commandType == CMD_SELECT && !parse->hasAggs &&
		!parse->hasWindowFuncs && parse->groupClause == NIL && parse->groupingSets == NIL &&
		parse->distinctClause == NIL && parse->setOperations == NULL &&
		!parse->hasTargetSRFs;
	foreach (lc, root->processed_tlist)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (is_for_lock(entry) ||
			(shows && IsA(entry->expr, Var) && entry->ressortgroupref == 0 && !entry->resjunk))
			continue;
		pull_varattnos((Node *) entry->expr, baserel->relid, used);
	}
	pull_varattnos(parse->havingQual, baserel->relid, used);

	/* Subqueries and functions beside it that refer to it. */
	while ((relid = bms_next_member(baserel->lateral_referencers, relid)) >= 0)
		pull_varattnos((Node *) root->simple_rel_array[relid]->lateral_vars, baserel->relid, used);
}

bool
stripe_may_change(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var) || IsA(node, PlaceHolderVar) ||
		(IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC))
		return true;
	return expression_tree_walker(node, stripe_may_change, context);
}

bool
stripe_is_remote_only(PlannerInfo *root, RelOptInfo *baserel, const StripeTable *table,
					  const RestrictInfo *rinfo)
{
	const StripeCondition *condition =
		stripe_clause_condition(table, baserel->relid, rinfo->clause);

	if (condition == NULL || !condition->remote_only)
		return false;
	return (root->rowMarks == NIL && root->parse->commandType == CMD_SELECT) ||
		!stripe_may_change((Node *) condition->values, NULL);
}

static bool
has_echoes(const StripeTable *table)
{
	for (int i = 0; i < table->ncolumns; i++)
	{
		if (table->columns[i].attnum != 0 && table->columns[i].role == STRIPE_COLUMN_FILTER)
			return true;
	}
	return false;
}

List *
stripe_tested_echoes(PlannerInfo *root, RelOptInfo *baserel, const StripeTable *table,
					 List *remote)
{
	Bitmapset  *used = NULL;
	List	   *tested = NIL;
	ListCell   *lc;
	ListCell   *lm;

	if (!has_echoes(table))
		return NIL;
	pull_computed_attributes(root, baserel, &used);
	foreach (lc, list_concat_copy(baserel->baserestrictinfo, baserel->joininfo))
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (!list_member_ptr(remote, rinfo) || !stripe_is_remote_only(root, baserel, table, rinfo))
			pull_varattnos((Node *) rinfo->clause, baserel->relid, &used);
	}
	foreach (lc, root->eq_classes)
	{
		EquivalenceClass *class = lfirst(lc);

		if (list_length(class->ec_members) < 2 || !bms_is_member(baserel->relid, class->ec_relids))
			continue;
		foreach (lm, class->ec_members)
			pull_varattnos((Node *) ((EquivalenceMember *) lfirst(lm))->em_expr, baserel->relid,
						   &used);
	}
	for (int i = 0; i < table->ncolumns; i++)
	{
		const StripeColumn *column = &table->columns[i];

		if (column->attnum != 0 && column->role == STRIPE_COLUMN_FILTER &&
			(bms_is_member(WHOLE_ROW, used) ||
			 bms_is_member(column->attnum - FirstLowInvalidHeapAttributeNumber, used)))
			tested = lappend_int(tested, column->attnum);
	}
	return tested;
}
