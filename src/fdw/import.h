/*-------------------------------------------------------------------------
 *
 * import.h
 *		IMPORT FOREIGN SCHEMA.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_IMPORT_H
#define STRIPE_IMPORT_H

#include "postgres.h"

#include "nodes/parsenodes.h"

#include "stripe/catalog.h"

extern List *stripeImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid);

/*
 * Whether a filter is a column of its own in imported tables: no field of the
 * objects holds it or has its name, and the list can't be read without it, or all such
 * filters are wanted (option "filters").
 */
extern bool stripe_filter_is_column(const StripeResource *resource, const StripeFilter *filter,
									bool all);

#endif							/* STRIPE_IMPORT_H */
