/*-------------------------------------------------------------------------
 *
 * plan.c
 *		Planner callbacks: what to push, how many rows to expect, what it costs.
 *
 * Nothing here reaches the network or a secret.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "nodes/bitmapset.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"

#include "base/compat.h"
#include "fdw/columns.h"
#include "fdw/plan.h"
#include "fdw/quals.h"
#include "fdw/spec.h"

bool		stripe_enable_pushdown = true;

/*
 * Rows of a table of which nothing is known.  Small enough for a nested loop
 * to look good only if the other side is smaller still.
 */
#define DEFAULT_ROWS 10000

/*
 * The cost of one request, in units of a sequential page read.  A request is
 * what a plan is made of; its rows hardly count.  It is less than its 0.3 s
 * deserve, lest an ordinary scan passes jit_above_cost: compiling expressions
 * does not make a wait shorter.
 */
#define REQUEST_COST 100.0

/* What planning keeps for a table, in baserel->fdw_private. */
typedef struct StripeRelInfo
{
	StripeTable *table;
	List	   *conditions;		/* of StripeCondition * */
	bool		all_exact;		/* the conditions are all of the WHERE clause */
	bool		by_id;			/* one of them looks an object up */
	List	   *needed;			/* integer list of attribute numbers */
	double		requests;
} StripeRelInfo;

/* Attribute numbers that the query reads; an error for one that is gone. */
static List *
needed_attributes(RelOptInfo *baserel, const StripeTable *table)
{
	Bitmapset  *used = NULL;
	List	   *needed = NIL;
	ListCell   *lc;
	bool		whole_row;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, &used);
	foreach (lc, baserel->baserestrictinfo)
		pull_varattnos((Node *) lfirst_node(RestrictInfo, lc)->clause, baserel->relid, &used);

	whole_row = bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, used);
	for (int i = 0; i < table->ncolumns; i++)
	{
		const StripeColumn *column = &table->columns[i];

		if (column->attnum == 0 ||
			!(whole_row ||
			  bms_is_member(column->attnum - FirstLowInvalidHeapAttributeNumber, used)))
			continue;
		if (column->role == STRIPE_COLUMN_GONE)
			stripe_column_gone(table, column);
		needed = lappend_int(needed, column->attnum);
	}
	return needed;
}

/* A look-up by id has no filter, so it can't vouch for a column that only echoes one. */
static bool
echoes_filter(const StripeTable *table, List *needed)
{
	ListCell   *lc;

	foreach (lc, needed)
	{
		if (table->columns[lfirst_int(lc) - 1].role == STRIPE_COLUMN_FILTER)
			return true;
	}
	return false;
}

static void
collect_conditions(RelOptInfo *baserel, StripeRelInfo *info)
{
	bool		can_look_up = stripe_enable_pushdown && !echoes_filter(info->table, info->needed);
	ListCell   *lc;

	info->all_exact = true;
	foreach (lc, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		StripeCondition *condition;

		condition = stripe_clause_condition(info->table, baserel->relid, rinfo->clause);

		/*
		 * With pushdown off plain lists are asked for, but for the filters
		 * without which Stripe answers nothing and those that a column
		 * echoes.
		 */
		if (condition != NULL && !stripe_enable_pushdown && !condition->needed)
			condition = NULL;
		if (condition != NULL && condition->filter == NULL && !can_look_up)
			condition = NULL;
		if (condition == NULL)
		{
			info->all_exact = false;
			continue;
		}
		if (condition->filter == NULL)
			info->by_id = true;
		if (!condition->exact)
			info->all_exact = false;
		info->conditions = lappend(info->conditions, condition);
	}
}

void
stripeGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	StripeRelInfo *info = palloc0(sizeof(StripeRelInfo));
	double		fetched;
	List	   *pushed = NIL;
	ListCell   *lc;

	info->table = stripe_table_resolve(foreigntableid);
	info->needed = needed_attributes(baserel, info->table);
	collect_conditions(baserel, info);
	baserel->fdw_private = info;

	/* pg_class.reltuples is negative as long as nobody has ANALYZEd. */
	if (baserel->tuples <= 0)
		baserel->tuples = DEFAULT_ROWS;
	set_baserel_size_estimates(root, baserel);

	if (info->by_id)
	{
		baserel->rows = 1;
		info->requests = 1;
		return;
	}
	foreach (lc, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (stripe_enable_pushdown &&
			stripe_clause_condition(info->table, baserel->relid, rinfo->clause) != NULL)
			pushed = lappend(pushed, rinfo);
	}
	fetched = baserel->tuples *
			  clauselist_selectivity(root, pushed, baserel->relid, JOIN_INNER, NULL);
	info->requests = Max(ceil(fetched / info->table->page_size), 1);
}

void
stripeGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	StripeRelInfo *info = baserel->fdw_private;
	Cost		startup_cost;
	Cost		total_cost;

	/* The first row has cost a request. */
	startup_cost = REQUEST_COST + baserel->baserestrictcost.startup;
	total_cost = startup_cost + REQUEST_COST * (info->requests - 1) +
				 (cpu_tuple_cost + baserel->baserestrictcost.per_tuple) *
					 info->requests * info->table->page_size;

	add_path(baserel, (Path *)
						  stripe_create_foreignscan_path(root, baserel, baserel->rows,
														 startup_cost, total_cost,
														 NIL, baserel->lateral_relids));
}

/*
 * Rows on the first page.  Fewer than a full page only if every row that
 * Stripe sends is one of the query's and nothing above sorts, groups or
 * joins: then LIMIT's rows are all that is needed.  limit_tuples is -1 where
 * grouping stands in between; a sort or a join it does not know of.
 */
static int
first_page_size(PlannerInfo *root, RelOptInfo *baserel, const StripeRelInfo *info)
{
	int			page_size = info->table->page_size;

	if (root->limit_tuples < 1 || root->limit_tuples >= page_size)
		return page_size;
	if (!info->all_exact || info->by_id || root->sort_pathkeys != NIL ||
		baserel->reloptkind != RELOPT_BASEREL ||
		bms_membership(root->all_baserels) != BMS_SINGLETON ||
		root->hasPseudoConstantQuals || !stripe_enable_pushdown)
		return page_size;
	return (int) root->limit_tuples;
}

ForeignScan *
stripeGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
					 ForeignPath *best_path, List *tlist, List *scan_clauses, Plan *outer_plan)
{
	StripeRelInfo *info = baserel->fdw_private;
	StripeScanSpec spec = {
		.resource = info->table->resource->name,
		.conditions = info->conditions,
		.needed = info->needed,
		.by_id = info->by_id,
		.page_size = info->table->page_size,
		.first_page_size = first_page_size(root, baserel, info),
	};
	List	   *values = NIL;
	ListCell   *lc;

	foreach (lc, info->conditions)
		values = lappend(values, ((StripeCondition *) lfirst(lc))->value);

	/* Every clause is tested locally too. */
	return make_foreignscan(tlist, extract_actual_clauses(scan_clauses, false),
							baserel->relid, values, stripe_spec_serialize(&spec),
							NIL, NIL, outer_plan);
}
