/*-------------------------------------------------------------------------
 *
 * estimate.h
 *		What the planner thinks of a column that nobody has ANALYZEd.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ESTIMATE_H
#define STRIPE_ESTIMATE_H

/* To be called by _PG_init. */
extern void stripe_estimate_init(void);

#endif							/* STRIPE_ESTIMATE_H */
