/*-------------------------------------------------------------------------
 *
 * bind.h
 *		From conditions whose values are known to requests.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_BIND_H
#define STRIPE_BIND_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "fdw/quals.h"
#include "fdw/range.h"
#include "stripe/catalog.h"

/* A condition when the scan starts. */
typedef struct StripeBoundCondition
{
	const StripeFilter *filter; /* NULL for the id */
	StripeComparison comparison;
	StripeView	view;
	int			width;
	bool		known;			/* false in EXPLAIN: shown as $n */
	int			parameter;		/* n, if not known */
	List	   *values;			/* of StripeValue *, if known; several for IN */
} StripeBoundCondition;

/* One request (and the pages that follow it). */
typedef struct StripeBoundRequest
{
	char	   *id;				/* UTF-8: a look-up; NULL: the list */
	List	   *params;			/* of StripeParam *, defaults included */
	const struct StripeParam *only; /* if it is one of several: the parameter in
									 * which they differ */
} StripeBoundRequest;

/* What conditions come to. */
typedef struct StripeBinding
{
	List	   *requests;		/* of StripeBoundRequest *; NIL: there can be no row */
	List	   *used;			/* of StripeBoundCondition *: sent as equality */
	const StripeFilter *missing;	/* a required filter that is not among them */
	List	   *unsendable;		/* of StripeFilter *: left out, as Stripe can't be
								 * asked for a value */
	List	   *json;			/* of char *: the values of JSON filters */
} StripeBinding;

/* A condition, its values to be added. */
extern StripeBoundCondition *stripe_bound_condition(const StripeCondition *condition);

/*
 * Binds a list of StripeBoundCondition to requests of a resource.  by_id
 * says whether conditions on the id may become look-ups; max_requests, how
 * many requests the values of an IN are worth; page_size, how many objects a
 * page has.  What can't be sent (a value that Stripe does not know, an empty
 * string) is left out and remains to be tested locally.
 */
extern StripeBinding *stripe_bind(const StripeResource *resource, List *conditions, bool by_id,
								  int max_requests, int page_size);

/* Whether two of the same table's ask the same, value by value. */
extern bool stripe_binding_equal(const StripeBinding *a, const StripeBinding *b);

/* Adds a value to a list of StripeValue *: an array's elements, one by one. */
extern List *stripe_add_values(List *values, Oid type, Datum datum, bool isnull);

#endif							/* STRIPE_BIND_H */
