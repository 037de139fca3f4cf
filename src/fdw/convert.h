/*-------------------------------------------------------------------------
 *
 * convert.h
 *		JSON values to Datums, by converters prepared once a scan.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_CONVERT_H
#define STRIPE_CONVERT_H

#include "postgres.h"

#include "fdw/columns.h"
#include "json/json.h"

typedef struct StripeConverter StripeConverter;

/*
 * Prepares a converter for one column (of role FIELD or ATTRS), owned by the
 * current context.  Errors: a type that no value of this kind can become.
 */
extern StripeConverter *stripe_converter_create(const StripeTable *table,
												const StripeColumn *column);

/*
 * The column's value in object, allocated in the current context, which
 * should be short-lived.  Absent and null are NULL.  A value that does not
 * fit is an error; its context line names table, column and object.
 */
extern Datum stripe_convert(StripeConverter *converter, const JsonValue *object, bool *isnull);

/* Returns what error context lines call an object: its id, or NULL; palloc'd. */
extern char *stripe_object_id(const JsonValue *object);

#endif							/* STRIPE_CONVERT_H */
