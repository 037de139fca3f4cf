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

bool
stripe_is_order_column(const StripeTable *table, const StripeColumn *column)
{
	const StripeResource *resource = table->resource;

	/* Local times are not in the order of universal time. */
	return resource->newest_first && resource->created_field != NULL && column->attnum != 0 &&
		column->role == STRIPE_COLUMN_FIELD && column->type == TIMESTAMPTZOID &&
		column->field != NULL && strcmp(column->field, resource->created_field) == 0;
}

/*
 * Whether the query around a sub-query that could not be merged into it (a
 * view with security_barrier, OFFSET 0) is to be ordered.  Nothing tells the
 * sub-query, but its rows' order is used if it has one.
 */
static bool
outer_query_is_ordered(const PlannerInfo *root)
{
	while ((root = root->parent_root) != NULL)
	{
		if (root->query_pathkeys != NIL)
			return true;
	}
	return false;
}

/* Those of a scan ordered by one column. */
static List *
column_pathkeys(PlannerInfo *root, RelOptInfo *baserel, const StripeColumn *column, bool create)
{
	TypeCacheEntry *type = lookup_type_cache(TIMESTAMPTZOID,
											 TYPECACHE_BTREE_OPFAMILY | TYPECACHE_GT_OPR);
	Var		   *var = makeVar(baserel->relid, column->attnum, TIMESTAMPTZOID, -1, InvalidOid, 0);
	List	   *pathkeys;

	pathkeys = compat_build_expression_pathkey(root, (Expr *) var, type->gt_opr, baserel->relids,
											   create);

	/* What the query is to be ordered by, whatever it says of NULLs */
	if (pathkeys != NIL && root->query_pathkeys != NIL)
	{
		PathKey    *first = linitial_node(PathKey, root->query_pathkeys);

		if (first->pk_eclass == linitial_node(PathKey, pathkeys)->pk_eclass &&
			first->pk_opfamily == type->btree_opf && compat_pathkey_is_descending(first))
			return list_make1(first);
	}
	return pathkeys;
}

List *
stripe_order_pathkeys(PlannerInfo *root, RelOptInfo *baserel, const StripeTable *table)
{
	/* A partition's pathkeys must be its family's: one made for it alone is none of theirs. */
	bool		for_outer = baserel->reloptkind == RELOPT_BASEREL && outer_query_is_ordered(root);
	List	   *found = NIL;

	if (!for_outer && !has_useful_pathkeys(root, baserel))
		return NIL;
	for (int i = 0; i < table->ncolumns; i++)
	{
		List	   *pathkeys;

		if (!stripe_is_order_column(table, &table->columns[i]))
			continue;
		pathkeys = column_pathkeys(root, baserel, &table->columns[i], for_outer);
		if (found == NIL ||
			(pathkeys != NIL && pathkeys_contained_in(root->query_pathkeys, pathkeys)))
			found = pathkeys;
	}
	return found;
}
