/*-------------------------------------------------------------------------
 *
 * order.h
 *		The order in which Stripe lists objects, as pathkeys.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ORDER_H
#define STRIPE_ORDER_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "fdw/columns.h"

/*
 * The column that says when an object was created, if the list's order by it,
 * newest first, is promised by Stripe and can be told to PostgreSQL; or NULL.
 */
extern const StripeColumn *stripe_order_column(const StripeTable *table);

/*
 * Pathkeys for a scan in that order, or NIL if the query has no use for it.
 *
 * The order has no NULLs in it (the executor checks), so that it is both with
 * NULLs first and with NULLs last.
 */
extern List *stripe_order_pathkeys(PlannerInfo *root, RelOptInfo *baserel,
								   const StripeColumn *column);

#endif							/* STRIPE_ORDER_H */
