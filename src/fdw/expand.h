/*-------------------------------------------------------------------------
 *
 * expand.h
 *		What has to be expanded for a column, and taking it back for others.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_EXPAND_H
#define STRIPE_EXPAND_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "fdw/columns.h"
#include "json/json.h"

/*
 * The paths to ask for with expand[], for a list of StripeColumn *: those
 * that no longer one covers.  Each is a char *.
 */
extern List *stripe_expand_paths(List *columns);

/* The expansions of a list of columns, each once, the deepest first. */
extern List *stripe_expansions(List *columns);

/* How deep a column's own expansions go; 0 if it has none. */
extern int	stripe_expand_depth(const StripeColumn *column);

/* Makes an object what it would be without an expansion. */
extern void stripe_collapse(JsonValue *object, const StripeExpansion *expansion);

#endif							/* STRIPE_EXPAND_H */
