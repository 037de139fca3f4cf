/*-------------------------------------------------------------------------
 *
 * subject.h
 *		What one side of a comparison says of a table: a column, a text within
 *		one, or a time seen through a cast or a function.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_SUBJECT_H
#define STRIPE_SUBJECT_H

#include "postgres.h"

#include "nodes/primnodes.h"

#include "fdw/columns.h"

/* How a comparison sees the value that Stripe has. */
typedef enum StripeView
{
	STRIPE_VIEW_PLAIN,			/* as it is */
	STRIPE_VIEW_LOCAL,			/* a time without its zone, or cut off: see width */
	STRIPE_VIEW_YEAR			/* the year of a time, as a number */
} StripeView;

typedef struct StripeSubject
{
	const StripeColumn *column;
	const char *field;			/* as filters name it; NULL: no filter's */
	Oid			type;			/* SQL's type of the expression */
	StripeView	view;
	int			width;			/* VIEW_LOCAL: seconds by which the time may be
								 * later than what is seen of it */
} StripeSubject;

/*
 * Recognises col, col::text (a relabelling), col ->> 'key', and of times
 * casts to one another, date_trunc(unit, col), extract(year from col) and
 * casts of that to numbers.  relid is the table's index in the range
 * table.  Returns false if expr is something else.
 */
extern bool stripe_match_subject(const StripeTable *table, Index relid, Expr *expr,
								 StripeSubject *subject);

#endif							/* STRIPE_SUBJECT_H */
