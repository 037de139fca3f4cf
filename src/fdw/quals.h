/*-------------------------------------------------------------------------
 *
 * quals.h
 *		From WHERE clauses to conditions that Stripe can test.
 *
 * Nothing here reaches the network or a secret.  Every clause is also tested
 * locally, so a condition may let more rows through than its clause, but
 * never fewer.  Where the objects don't show what is tested (remote_only) it
 * lets exactly the clause's rows through.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_QUALS_H
#define STRIPE_QUALS_H

#include "postgres.h"

#include "nodes/pathnodes.h"

#include "fdw/columns.h"
#include "fdw/subject.h"

typedef enum StripeComparison
{
	STRIPE_EQ,
	STRIPE_LT,
	STRIPE_LE,
	STRIPE_GT,
	STRIPE_GE,
	STRIPE_IN,					/* equal to any of the values */
	STRIPE_BETWEEN				/* within the first and the last of the values, in
								 * whatever order they are */
} StripeComparison;

/*
 * "filter comparison value"; filter is NULL for the object's id.  For IN and
 * BETWEEN the values are several, or one that is an array.
 */
typedef struct StripeCondition
{
	const StripeFilter *filter;
	StripeComparison comparison;
	StripeView	view;
	int			width;			/* seconds; see StripeSubject */
	List	   *values;			/* of Expr: no variables of the table, not volatile */
	bool		exact;			/* it lets exactly the clause's rows through */
	bool		needed;			/* the table can't be read or shown without it:
								 * a required filter, or one that a column
								 * echoes */
	bool		remote_only;	/* a bound on a column that echoes a filter: the
								 * clause can't be tested locally */
} StripeCondition;

/*
 * The condition that a clause implies, or NULL.  relid is the table's index
 * in the range table.  Values may hold variables of other tables: those of
 * join clauses.
 */
extern StripeCondition *stripe_clause_condition(const StripeTable *table, Index relid,
												Expr *clause);

/* Whether a column that echoes a filter has a type by which it can be asked for. */
extern bool stripe_is_askable(const StripeColumn *column);

#endif							/* STRIPE_QUALS_H */
