/*-------------------------------------------------------------------------
 *
 * bind.h
 *		From conditions whose values are known to the parameters of a request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_BIND_H
#define STRIPE_BIND_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "fdw/quals.h"
#include "stripe/catalog.h"

/* A condition when the scan starts. */
typedef struct StripeBoundCondition
{
	const StripeFilter *filter; /* NULL for the id */
	StripeComparison comparison;
	Oid			column_type;
	Oid			value_type;
	bool		known;			/* false in EXPLAIN: value is shown as $n */
	int			parameter;		/* n, if not known */
	bool		isnull;
	Datum		value;
} StripeBoundCondition;

/* What conditions come to. */
typedef struct StripeBinding
{
	bool		empty;			/* they contradict each other: no row, no request */
	char	   *id;				/* UTF-8; NULL: no look-up by id */
	List	   *params;			/* of StripeParam *, defaults included */
	List	   *used;			/* of StripeBoundCondition *: sent as equality */
	const StripeFilter *missing;	/* a required filter that is not among them */
} StripeBinding;

/*
 * Binds a list of StripeBoundCondition to requests of a resource.  by_id
 * says whether a condition on the id may become a look-up.  What can't be
 * sent (a value that Stripe does not know, an empty string) is left out and
 * remains to be tested locally.
 */
extern StripeBinding *stripe_bind(const StripeResource *resource, List *conditions, bool by_id);

#endif							/* STRIPE_BIND_H */
