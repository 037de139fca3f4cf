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

#include <limits.h>
#include <math.h>

#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "nodes/bitmapset.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/pathnode.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/restrictinfo.h"
#include "utils/lsyscache.h"
#include "utils/selfuncs.h"

#include "base/compat.h"
#include "fdw/columns.h"
#include "fdw/echo.h"
#include "fdw/order.h"
#include "fdw/plan.h"
#include "fdw/quals.h"
#include "fdw/spec.h"

bool		stripe_enable_pushdown = true;

/*
 * The cost of one request, in units of a sequential page read.  A request is
 * what a plan is made of; its rows hardly count.  It is less than its 0.3 s
 * deserve, lest an ordinary scan passes jit_above_cost: compiling expressions
 * does not make a wait shorter.
 */
#define REQUEST_COST 100.0

/*
 * What an ordered scan costs beside another: less than sorting, but not
 * chosen for nothing, as fewer requests can be in flight.  The planner takes
 * what differs by 1 % for equal.
 */
#define ORDER_COST_FACTOR 1.02

/* The conditions that a set of clauses implies. */
typedef struct ConditionSet
{
	List	   *conditions;		/* of StripeCondition * */
	List	   *clauses;		/* of RestrictInfo *: those of one value or range */
	bool		all_exact;		/* nothing but the conditions is left to test */
	bool		by_id;			/* one of them looks objects up */
	bool		readable;		/* a required filter is among them, if there is one */
	bool		reordered;		/* with one of them the list is not newest first */
	double		lookups;		/* how many, if by_id */
	double		branches;		/* requests that an IN makes of each; 1: none does */
	bool		must_branch;	/* … and there is no other way */
} ConditionSet;

/* What planning keeps for a table, in baserel->fdw_private. */
typedef struct StripeRelInfo
{
	StripeTable *table;
	List	   *needed;			/* integer list of attribute numbers */
	ConditionSet restricted;	/* what baserestrictinfo implies */
	List	   *joining;		/* of RestrictInfo *: with values that must be sent */
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

/* Whether a clause is true for every row of an ordered scan: created is never NULL. */
static bool
is_true_in_order(const StripeRelInfo *info, Expr *clause)
{
	NullTest   *test = (NullTest *) clause;
	Var		   *var;

	if (!IsA(clause, NullTest) || test->nulltesttype != IS_NOT_NULL || !IsA(test->arg, Var))
		return false;
	var = (Var *) test->arg;
	return var->varattno > 0 &&
		stripe_is_order_column(info->table, &info->table->columns[var->varattno - 1]);
}

/* How many values a condition has, as far as is known. */
static double
count_values(PlannerInfo *root, const StripeCondition *condition)
{
	double		count = 0;
	ListCell   *lc;

	foreach (lc, condition->values)
	{
		if (OidIsValid(get_base_element_type(exprType(lfirst(lc)))))
			count += compat_estimate_array_length(root, lfirst(lc));
		else
			count += 1;
	}
	return count;
}

static bool
is_range(const StripeCondition *condition)
{
	return condition->filter != NULL && condition->filter->op != STRIPE_FILTER_EQ &&
		condition->filter->op != STRIPE_FILTER_ANY_OF;
}

static void
add_condition(PlannerInfo *root, ConditionSet *set, StripeCondition *condition,
			  RestrictInfo *rinfo)
{
	double		count = count_values(root, condition);

	set->conditions = lappend(set->conditions, condition);
	if (condition->filter != NULL && condition->filter->reorders)
		set->reordered = true;
	if (!condition->exact)
		set->all_exact = false;
	if (condition->filter == NULL)
	{
		set->lookups = set->by_id ? Min(set->lookups, count) : count;
		set->by_id = true;
	}
	else if (condition->comparison != STRIPE_IN || is_range(condition))
		set->clauses = lappend(set->clauses, rinfo);
	else if (set->branches == 1)
	{
		set->branches = Max(count, 1);
		set->must_branch = condition->filter->required;
	}
}

static bool
has_required_filters(const StripeResource *resource, const ConditionSet *set)
{
	for (int i = 0; i < resource->nfilters; i++)
	{
		bool		found = false;
		ListCell   *lc;

		if (!resource->filters[i].required)
			continue;
		foreach (lc, set->conditions)
			found = found || ((StripeCondition *) lfirst(lc))->filter == &resource->filters[i];
		if (!found)
			return false;
	}
	return true;
}

/*
 * Whether every column that echoes a filter, and is tested, has a value or is
 * tested by Stripe, if clauses are those of the scan.
 */
static bool
asks_for_echoes(PlannerInfo *root, RelOptInfo *baserel, const StripeRelInfo *info,
				const ConditionSet *set, List *clauses)
{
	ListCell   *lt;
	ListCell   *lc;

	foreach (lt, stripe_tested_echoes(root, baserel, info->table, clauses))
	{
		const StripeColumn *column = &info->table->columns[lfirst_int(lt) - 1];
		bool		found = false;

		foreach (lc, set->conditions)
		{
			const StripeCondition *condition = lfirst(lc);

			found = found || (condition->filter == column->filter &&
							  (condition->comparison == STRIPE_EQ ||
							   condition->comparison == STRIPE_IN));
		}
		if (!found)
			return false;
	}
	return true;
}

/*
 * Collects the conditions of a list of RestrictInfos.  For an ordered scan
 * those that would make several requests of one are left to be tested
 * locally.
 */
static void
collect_conditions(PlannerInfo *root, RelOptInfo *baserel, const StripeRelInfo *info,
				   List *clauses, bool ordered, ConditionSet *set)
{
	bool		can_look_up = stripe_enable_pushdown &&
		stripe_tested_echoes(root, baserel, info->table, NIL) == NIL;
	ListCell   *lc;

	memset(set, 0, sizeof(ConditionSet));
	set->all_exact = true;
	set->branches = 1;
	foreach (lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		StripeCondition *condition;

		if (rinfo->pseudoconstant)
			continue;
		condition = stripe_clause_condition(info->table, baserel->relid, rinfo->clause);

		/*
		 * With pushdown off plain lists are asked for, but for the filters
		 * without which Stripe answers nothing and those that a column
		 * echoes.
		 */
		if (condition != NULL && !stripe_enable_pushdown && !condition->needed)
			condition = NULL;
		if (condition != NULL && condition->filter == NULL && (!can_look_up || ordered))
			condition = NULL;
		if (condition != NULL && ordered && condition->comparison == STRIPE_IN &&
			!is_range(condition))
			condition = NULL;
		if (condition != NULL && ordered && condition->filter->reorders && !condition->needed)
			condition = NULL;
		if (condition != NULL)
			add_condition(root, set, condition, rinfo);
		else if (!ordered || !is_true_in_order(info, rinfo->clause))
			set->all_exact = false;
	}
	set->readable = set->by_id || (has_required_filters(info->table->resource, set) &&
								   asks_for_echoes(root, baserel, info, set, clauses));
}

/* Requests that a list takes with the conditions of one value or range. */
static double
list_requests(PlannerInfo *root, RelOptInfo *baserel, const StripeRelInfo *info,
			  const ConditionSet *set)
{
	double		fetched;

	if (info->table->resource->paging == STRIPE_PAGING_NONE)
		return 1;
	fetched = baserel->tuples *
		clauselist_selectivity(root, set->clauses, baserel->relid, JOIN_INNER, NULL);
	return Max(ceil(fetched / info->table->page_size), 1);
}

/* Requests that the conditions take, whichever way is shorter. */
static double
count_requests(PlannerInfo *root, RelOptInfo *baserel, const StripeRelInfo *info,
			   const ConditionSet *set)
{
	double		requests = list_requests(root, baserel, info, set);

	if (set->by_id)
		return has_required_filters(info->table->resource, set) ?
			Min(Max(set->lookups, 1), requests) : Max(set->lookups, 1);
	if (set->must_branch)
		return set->branches;
	return set->branches > 1 ? Min(set->branches, requests) : requests;
}

/*
 * Tells the planner that no two rows have the same id, by an index that is only
 * thought of: joins are estimated by that, before anybody has ANALYZEd.  It is
 * not immediate, so that nothing is proved by it.
 */
static void
add_unique_id(RelOptInfo *baserel, const StripeTable *table)
{
	for (int i = 0; i < table->ncolumns; i++)
	{
		const StripeColumn *column = &table->columns[i];
		IndexOptInfo *index;

		if (column->attnum == 0 || column->role != STRIPE_COLUMN_FIELD || column->field == NULL ||
			strcmp(column->field, "id") != 0)
			continue;
		index = makeNode(IndexOptInfo);
		index->rel = baserel;
		index->ncolumns = 1;
		index->nkeycolumns = 1;
		index->indexkeys = palloc(sizeof(int));
		index->indexkeys[0] = column->attnum;
		index->unique = true;
		index->immediate = false;
		index->hypothetical = true;
		baserel->indexlist = lappend(baserel->indexlist, index);
	}
}

void
stripeGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	StripeRelInfo *info = palloc0(sizeof(StripeRelInfo));

	info->table = stripe_table_resolve(foreigntableid);
	info->needed = needed_attributes(baserel, info->table);
	collect_conditions(root, baserel, info, baserel->baserestrictinfo, false, &info->restricted);
	baserel->fdw_private = info;

	/* pg_class.reltuples is negative as long as nobody has ANALYZEd. */
	if (baserel->tuples <= 0)
		baserel->tuples = info->table->resource->rows;
	add_unique_id(baserel, info->table);
	set_baserel_size_estimates(root, baserel);

	/* An id is one row's. */
	if (info->restricted.by_id)
		baserel->rows = clamp_row_est(Min(baserel->rows, info->restricted.lookups));
}

static void
add_scan_path(PlannerInfo *root, RelOptInfo *baserel, const StripeRelInfo *info,
			  const ConditionSet *set, double rows, List *pathkeys, Relids required_outer)
{
	double		requests = count_requests(root, baserel, info, set);
	Cost		startup_cost = REQUEST_COST + baserel->baserestrictcost.startup;
	Cost		run_cost;

	/* The first row has cost a request. */
	run_cost = REQUEST_COST * (requests - 1) +
		(cpu_tuple_cost + baserel->baserestrictcost.per_tuple) *
			Max(rows, set->by_id ? requests : requests * info->table->page_size);
	if (pathkeys != NIL)
		run_cost *= ORDER_COST_FACTOR;

	/* Without a required filter it ends with an error. */
	add_path(baserel, (Path *) stripe_create_foreignscan_path(root, baserel, rows, startup_cost,
															  startup_cost + run_cost,
															  !set->readable, pathkeys,
															  required_outer));
}

/* What generate_implied_equalities_for_column is to find. */
typedef struct JoinColumn
{
	const StripeTable *table;
	const StripeColumn *column;
} JoinColumn;

/* The column, or a member of its object; a function of it says too little. */
static bool
member_is_column(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
				 EquivalenceMember *em, void *arg)
{
	const JoinColumn *wanted = arg;
	StripeSubject subject;
	Expr	   *expr = em->em_expr;

	while (IsA(expr, RelabelType))
		expr = ((RelabelType *) expr)->arg;
	return !IsA(expr, FuncExpr) &&
		stripe_match_subject(wanted->table, rel->relid, expr, &subject) &&
		subject.column == wanted->column;
}

/* Whether a path goes to a field, or to one within it. */
static bool
is_within(const char *path, const char *field)
{
	size_t		len = strlen(field);

	return strncmp(path, field, len) == 0 && (path[len] == '\0' || path[len] == '.');
}

/* Whether a look-up or a filter by equality may be on this column. */
static bool
is_join_column(const StripeTable *table, const StripeColumn *column)
{
	const StripeResource *resource = table->resource;

	if (column->attnum == 0)
		return false;
	if (column->role == STRIPE_COLUMN_FILTER)
		return true;
	if (column->role != STRIPE_COLUMN_FIELD || column->field == NULL)
		return false;
	if (strcmp(column->field, "id") == 0)
		return resource->retrieve_path != NULL;
	for (int i = 0; i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		if ((filter->field != NULL && is_within(filter->field, column->field)) ||
			(column->moved != NULL && strcmp(filter->param, column->moved->name) == 0))
			return true;
	}
	return false;
}

/* The clauses that join the table to others and could be tested by Stripe. */
static List *
join_clauses(PlannerInfo *root, RelOptInfo *baserel, const StripeTable *table)
{
	List	   *clauses = NIL;
	ListCell   *lc;

	foreach (lc, baserel->joininfo)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);

		if (join_clause_is_movable_to(rinfo, baserel))
			clauses = lappend(clauses, rinfo);
	}
	for (int i = 0; i < table->ncolumns && baserel->has_eclass_joins; i++)
	{
		JoinColumn	wanted = {table, &table->columns[i]};
		List	   *implied;

		if (!is_join_column(table, wanted.column))
			continue;
		implied = generate_implied_equalities_for_column(root, baserel, member_is_column, &wanted,
														 baserel->lateral_referencers);
		clauses = list_concat(clauses, implied);
	}
	return clauses;
}

/*
 * The clauses of a scan, and those that it may be asked by besides.  Of columns
 * that are equal to one of another table, and so to each other, the planner
 * joins one, whichever; but the value of each may have to be sent.
 */
static List *
with_joining(const RelOptInfo *baserel, const StripeRelInfo *info, List *clauses,
			 Relids required_outer)
{
	List	   *all = list_copy(clauses);
	ListCell   *lc;

	foreach (lc, info->joining)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		Relids		others = bms_copy(rinfo->clause_relids);

		if (bms_is_subset(bms_del_member(others, baserel->relid), required_outer))
			all = list_append_unique_ptr(all, rinfo);
	}
	return all;
}

/* A scan that begins anew for each row of the tables in required_outer, unless seen. */
static void
add_parameterized_path(PlannerInfo *root, RelOptInfo *baserel, const StripeRelInfo *info,
					   Relids required_outer, List **seen)
{
	ParamPathInfo *param_info = get_baserel_parampathinfo(root, baserel, required_outer);
	ConditionSet set;
	double		rows;

	if (list_member_ptr(*seen, param_info))
		return;
	*seen = lappend(*seen, param_info);

	collect_conditions(root, baserel, info,
					   with_joining(baserel, info,
									list_concat_copy(baserel->baserestrictinfo,
													 param_info->ppi_clauses),
									required_outer),
					   false, &set);
	rows = param_info->ppi_rows;
	if (set.by_id)
		rows = clamp_row_est(Min(rows, set.lookups));
	add_scan_path(root, baserel, info, &set, rows, NIL, required_outer);
}

/*
 * Those for the rows of any other table, and of all that together have the
 * values without which there is no answer.
 */
static void
add_parameterized_paths(PlannerInfo *root, RelOptInfo *baserel, StripeRelInfo *info)
{
	List	   *clauses = join_clauses(root, baserel, info->table);
	List	   *seen = NIL;		/* of ParamPathInfo * */
	Relids		asked = NULL;
	ListCell   *lc;

	foreach (lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		const StripeCondition *condition =
			stripe_clause_condition(info->table, baserel->relid, rinfo->clause);

		if (condition != NULL && condition->needed && rinfo->parent_ec != NULL)
			info->joining = lappend(info->joining, rinfo);
	}
	foreach (lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		StripeCondition *condition;
		Relids		required_outer;

		condition = stripe_clause_condition(info->table, baserel->relid, rinfo->clause);
		if (condition == NULL || (!stripe_enable_pushdown && !condition->needed))
			continue;
		required_outer = bms_union(rinfo->clause_relids, baserel->lateral_relids);
		required_outer = bms_del_member(required_outer, baserel->relid);
		if (bms_is_empty(required_outer))
			continue;
		add_parameterized_path(root, baserel, info, required_outer, &seen);
		if (condition->needed)
			asked = bms_add_members(asked, required_outer);
	}
	if (!bms_is_empty(asked))
		add_parameterized_path(root, baserel, info, asked, &seen);
}

void
stripeGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	StripeRelInfo *info = baserel->fdw_private;

	add_scan_path(root, baserel, info, &info->restricted, baserel->rows, NIL,
				  baserel->lateral_relids);

	if (stripe_enable_pushdown && !info->restricted.by_id)
	{
		List	   *pathkeys = stripe_order_pathkeys(root, baserel, info->table);
		ConditionSet set;

		if (pathkeys != NIL)
		{
			collect_conditions(root, baserel, info, baserel->baserestrictinfo, true, &set);
			if (!set.reordered)
				add_scan_path(root, baserel, info, &set, baserel->rows, pathkeys,
							  baserel->lateral_relids);
		}
	}
	add_parameterized_paths(root, baserel, info);
}

/* Whether as many rows come out of the query as go into it, whatever they are. */
static bool
keeps_rows(const PlannerInfo *root)
{
	const Query *parse = root->parse;

	return parse->groupClause == NIL && parse->groupingSets == NIL &&
		   parse->distinctClause == NIL && !parse->hasAggs && !parse->hasWindowFuncs &&
		   !parse->hasTargetSRFs && parse->havingQual == NULL && parse->setOperations == NULL;
}

/*
 * How many rows the query takes of the scan, if nothing above sorts, groups or
 * joins them.  The first page has no more than that if besides every row that
 * Stripe sends is one of the query's.  If the plan is for any value of a
 * parameter in LIMIT or OFFSET, they come after the conditions' values.
 */
static void
plan_limit(PlannerInfo *root, RelOptInfo *baserel, const ConditionSet *set, const Path *path,
		   StripeScanSpec *spec, List **values)
{
	const Query *parse = root->parse;
	List	   *limits = NIL;

	if (!stripe_enable_pushdown || !keeps_rows(root) ||
		!pathkeys_contained_in(root->query_pathkeys, path->pathkeys) ||
		!pathkeys_contained_in(root->sort_pathkeys, path->pathkeys) ||
		bms_membership(root->all_baserels) != BMS_SINGLETON)
		return;

	/* The one row of EXISTS or of max() is told as a fraction of the rows. */
	if (root->limit_tuples >= 1)
		spec->wanted = (int) Min(root->limit_tuples, INT_MAX);
	else if (parse->limitCount == NULL && root->tuple_fraction >= 1)
		spec->wanted = (int) Min(root->tuple_fraction, INT_MAX);
	else if (parse->limitCount != NULL &&
			 !(IsA(parse->limitCount, Const) && ((Const *) parse->limitCount)->constisnull))
	{
		limits = list_make1(copyObject(parse->limitCount));
		if (parse->limitOffset != NULL)
			limits = lappend(limits, copyObject(parse->limitOffset));
		if (!contain_volatile_functions((Node *) limits) && !contain_subplans((Node *) limits))
		{
			spec->limit_values = list_length(limits);
			*values = list_concat(*values, limits);
		}
	}

	/*
	 * The members of a family, each in order, may be sorted together all the
	 * same where each is thought to be a page, and then a whole one is wanted.
	 */
	if (root->query_pathkeys != NIL && baserel->reloptkind == RELOPT_OTHER_MEMBER_REL &&
		spec->max_requests <= 1)
		return;

	/* WITH TIES takes those that equal the last, and a row to see that none is left. */
	spec->page_shrinks = set->all_exact && !set->by_id && !root->hasPseudoConstantQuals &&
						 parse->limitOption != LIMIT_OPTION_WITH_TIES;
}

/*
 * Requests that the whole list takes with those of the clauses that stay the
 * same from one rescan to the next.  0 if that is no way to answer the
 * others: the list must have all rows that they find.
 */
static double
list_instead(PlannerInfo *root, RelOptInfo *baserel, const StripeRelInfo *info, List *clauses)
{
	const StripeResource *resource = info->table->resource;
	ConditionSet same;
	List	   *same_clauses = NIL;
	ListCell   *lc;

	/* Some lists leave out what a look-up finds, and no rule says what. */
	if (!stripe_enable_pushdown || (resource->omits != NULL && resource->nrules == 0))
		return 0;
	foreach (lc, clauses)
	{
		RestrictInfo *rinfo = lfirst_node(RestrictInfo, lc);
		const StripeCondition *condition =
			stripe_clause_condition(info->table, baserel->relid, rinfo->clause);

		if (condition == NULL || !stripe_may_change((Node *) condition->values, NULL))
		{
			same_clauses = lappend(same_clauses, rinfo);
			continue;
		}
		if (condition->needed)
			return 0;
		for (int i = 0; i < resource->nrules && condition->filter != NULL; i++)
		{
			if (resource->rules[i].param != NULL &&
				strcmp(resource->rules[i].param, condition->filter->param) == 0)
				return 0;
		}
	}
	collect_conditions(root, baserel, info, same_clauses, false, &same);
	return same.readable ? list_requests(root, baserel, info, &same) : 0;
}

ForeignScan *
stripeGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
					 ForeignPath *best_path, List *tlist, List *scan_clauses, Plan *outer_plan)
{
	StripeRelInfo *info = baserel->fdw_private;
	bool		ordered = (best_path->path.pathkeys != NIL);
	List	   *clauses =
		with_joining(baserel, info, scan_clauses, PATH_REQ_OUTER(&best_path->path));
	StripeScanSpec spec = {0};
	ConditionSet set;
	List	   *values = NIL;
	List	   *local = NIL;
	ListCell   *lc;

	/* With those that join, if the path is for them. */
	collect_conditions(root, baserel, info, clauses, ordered, &set);
	spec.valued_echoes = stripe_tested_echoes(root, baserel, info->table, scan_clauses);
	spec.resource = info->table->resource->name;
	spec.conditions = set.conditions;
	spec.needed = info->needed;
	spec.by_id = set.by_id;
	spec.page_size = info->table->page_size;
	spec.max_requests = (int) Min(list_requests(root, baserel, info, &set), INT_MAX);
	spec.list_requests =
		(int) Min(list_instead(root, baserel, info, clauses), INT_MAX);
	spec.ordered = ordered;

	foreach (lc, set.conditions)
		values = list_concat(values, ((StripeCondition *) lfirst(lc))->values);
	plan_limit(root, baserel, &set, &best_path->path, &spec, &values);

	/* Every clause is tested locally too, if that can be done. */
	foreach (lc, scan_clauses)
	{
		if (!stripe_is_remote_only(root, baserel, info->table, lfirst_node(RestrictInfo, lc)))
			local = lappend(local, lfirst(lc));
	}
	return make_foreignscan(tlist, extract_actual_clauses(local, false),
							baserel->relid, values, stripe_spec_serialize(&spec),
							NIL, NIL, outer_plan);
}
