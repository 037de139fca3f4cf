/*-------------------------------------------------------------------------
 *
 * order.c
 *		The order in which Stripe lists objects, as pathkeys.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/paths.h"
#include "utils/typcache.h"

#include "base/compat.h"
#include "fdw/order.h"

const StripeColumn *
stripe_order_column(const StripeTable *table)
{
	const StripeResource *resource = table->resource;

	if (!resource->newest_first || resource->created_field == NULL)
		return NULL;
	for (int i = 0; i < table->ncolumns; i++)
	{
		const StripeColumn *column = &table->columns[i];

		/* Local times are not in the order of universal time. */
		if (column->attnum != 0 && column->role == STRIPE_COLUMN_FIELD &&
			column->type == TIMESTAMPTZOID && column->field != NULL &&
			strcmp(column->field, resource->created_field) == 0)
			return column;
	}
	return NULL;
}

/* Whether a class of equal expressions has the column in it. */
static bool
class_has_column(const EquivalenceClass *class, const RelOptInfo *baserel,
				 const StripeColumn *column)
{
	ListCell   *lc;

	foreach (lc, class->ec_members)
	{
		const EquivalenceMember *member = lfirst(lc);
		const Var  *var = (const Var *) member->em_expr;

		if (!member->em_is_child && IsA(var, Var) && var->varno == (int) baserel->relid &&
			var->varlevelsup == 0 && var->varattno == column->attnum)
			return true;
	}
	return false;
}

List *
stripe_order_pathkeys(PlannerInfo *root, RelOptInfo *baserel, const StripeColumn *column)
{
	TypeCacheEntry *type = lookup_type_cache(TIMESTAMPTZOID,
											 TYPECACHE_BTREE_OPFAMILY | TYPECACHE_GT_OPR);
	Var		   *var;

	/* What the query is to be ordered by, whatever it says of NULLs */
	if (root->query_pathkeys != NIL)
	{
		PathKey    *first = linitial_node(PathKey, root->query_pathkeys);

		if (!first->pk_eclass->ec_has_volatile && first->pk_opfamily == type->btree_opf &&
			compat_pathkey_is_descending(first) &&
			class_has_column(first->pk_eclass, baserel, column))
			return list_make1(first);
	}

	/* A merge join, or whatever else the planner finds */
	if (!has_useful_pathkeys(root, baserel))
		return NIL;
	var = makeVar(baserel->relid, column->attnum, TIMESTAMPTZOID, -1, InvalidOid, 0);
	return compat_build_expression_pathkey(root, (Expr *) var, type->gt_opr, baserel->relids);
}
