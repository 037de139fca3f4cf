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

extern List *stripeImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid);

#endif							/* STRIPE_IMPORT_H */
