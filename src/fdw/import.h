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
 * Whether a filter is a column of its own in imported tables: the list can't
 * be read without it and no field of its objects holds it.
 */
extern bool stripe_filter_is_column(const StripeFilter *filter);

#endif							/* STRIPE_IMPORT_H */
