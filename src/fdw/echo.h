/*-------------------------------------------------------------------------
 *
 * echo.h
 *		Columns that echo a filter: which of them must have a value.
 *
 * Nothing here reaches the network or a secret.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ECHO_H
#define STRIPE_ECHO_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "fdw/columns.h"

/*
 * Attribute numbers of columns that echo a filter and that the answer depends
 * on, by a condition or otherwise.  Such a column's value is known only if
 * Stripe is asked by it: without that, the answer would be that of NULL.
 * What Stripe alone tests is no matter, if it is among the clauses in remote.
 */
extern List *stripe_tested_echoes(PlannerInfo *root, RelOptInfo *baserel,
								  const StripeTable *table, List *remote);

/*
 * Whether Stripe alone can test a clause, so that no value of the column is
 * needed for it.  One with a value of another table has to be tested again
 * where rows are locked: that value may have changed by then.
 */
extern bool stripe_is_remote_only(PlannerInfo *root, RelOptInfo *baserel,
								  const StripeTable *table, const RestrictInfo *rinfo);

/*
 * Whether a value may be another one when the scan begins again: an
 * expression_tree_walker, which begins with context NULL.
 */
extern bool stripe_may_change(Node *node, void *context);

#endif							/* STRIPE_ECHO_H */
