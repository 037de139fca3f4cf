/*-------------------------------------------------------------------------
 *
 * analyze.h
 *		ANALYZE of a foreign table.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ANALYZE_H
#define STRIPE_ANALYZE_H

#include "postgres.h"

#include "foreign/fdwapi.h"

extern bool stripeAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func,
									  BlockNumber *totalpages);

#endif							/* STRIPE_ANALYZE_H */
