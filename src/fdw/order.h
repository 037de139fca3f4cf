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
 * Whether a column says when an object was created, if the list's order by
 * that, newest first, is promised by Stripe and can be told to PostgreSQL.
 * There may be several such columns.
 */
extern bool stripe_is_order_column(const StripeTable *table, const StripeColumn *column);

/*
 * Pathkeys for a scan in that order, or NIL if the query has no use for it.
 *
 * The order has no NULLs in it (the executor checks), so that it is both with
 * NULLs first and with NULLs last.
 */
extern List *stripe_order_pathkeys(PlannerInfo *root, RelOptInfo *baserel,
								   const StripeTable *table);

#endif							/* STRIPE_ORDER_H */
