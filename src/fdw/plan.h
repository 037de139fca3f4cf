/*-------------------------------------------------------------------------
 *
 * plan.h
 *		Planner callbacks.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_PLAN_H
#define STRIPE_PLAN_H

#include "postgres.h"

#include "foreign/fdwapi.h"

/* GUC stripe_fdw.enable_pushdown */
extern bool stripe_enable_pushdown;

extern void stripeGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern void stripeGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern ForeignScan *stripeGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel,
										 Oid foreigntableid, ForeignPath *best_path,
										 List *tlist, List *scan_clauses, Plan *outer_plan);

#endif							/* STRIPE_PLAN_H */
