/*-------------------------------------------------------------------------
 *
 * spec.h
 *		What planning hands to execution: fdw_private as copyable Nodes, with
 *		no pointer and no secret in it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_SPEC_H
#define STRIPE_SPEC_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

#include "fdw/columns.h"
#include "fdw/quals.h"

typedef struct StripeScanSpec
{
	const char *resource;		/* name in the catalogue */
	List	   *conditions;		/* of StripeCondition *, without their values */
	List	   *needed;			/* integer list: attribute numbers to fill */
	List	   *valued_echoes;	/* integer list: columns that echo a filter and on
								 * whose value the answer depends */
	bool		by_id;			/* a condition on the id becomes a look-up */
	int			page_size;
	int			wanted;			/* rows that a LIMIT takes; 0: all, or unknown */
	int			limit_values;	/* expressions that come to it when the scan starts:
								 * so many at the end of fdw_exprs */
	bool		page_shrinks;	/* no more rows than these need come */
	int			max_requests;	/* that the values of an IN are worth */
	int			list_requests;	/* that reading the list takes without the conditions
								 * on what changes between rescans; 0: it is not
								 * to be read instead */
	bool		ordered;		/* newest first is promised to the plan above */
} StripeScanSpec;

/* Rows on the first page, if so many are wanted. */
static inline int
stripe_first_page_size(const StripeScanSpec *spec, int wanted)
{
	return spec->page_shrinks && wanted > 0 ? Min(wanted, spec->page_size) : spec->page_size;
}

/*
 * To Nodes; fdw_exprs are the conditions' values, one after another, and then
 * those of the limit.
 */
extern List *stripe_spec_serialize(const StripeScanSpec *spec);

/* Back; values holds fdw_exprs.  Errors: a filter that the catalogue no longer has. */
extern StripeScanSpec *stripe_spec_deserialize(List *fdw_private, List *values,
											   const StripeTable *table);

#endif							/* STRIPE_SPEC_H */
