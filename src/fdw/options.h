/*-------------------------------------------------------------------------
 *
 * options.h
 *		Options of servers, user mappings, tables, columns and IMPORT FOREIGN
 *		SCHEMA: one table drives validation, hints and loading.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_OPTIONS_H
#define STRIPE_OPTIONS_H

#include "postgres.h"

#include "nodes/pg_list.h"

#define STRIPE_DEFAULT_API_BASE "https://api.stripe.com"
#define STRIPE_DEFAULT_TIMEOUT 80000	/* ms, as Stripe's own clients */
#define STRIPE_DEFAULT_CONNECT_TIMEOUT 30000	/* ms */
#define STRIPE_DEFAULT_MAX_RETRIES 5
#define STRIPE_DEFAULT_CONCURRENCY 8

/* Requests a second: Stripe's documentation, "Rate limits". */
#define STRIPE_DEFAULT_RATE_LIMIT_LIVE 100
#define STRIPE_DEFAULT_RATE_LIMIT_TEST 25
#define STRIPE_DEFAULT_ENDPOINT_RATE_LIMIT 25
#define STRIPE_MAX_RATE_LIMIT 10000

#define STRIPE_MAX_PAGE_SIZE 100	/* Stripe's limit */

/* What planning needs to know of a table; holds no secret. */
typedef struct StripeTableOptions
{
	char	   *object;			/* as given; NULL: the table's own name */
	char	   *api_version;	/* of its server; NULL: the catalogue's */
	int			page_size;
} StripeTableOptions;

/* Options of IMPORT FOREIGN SCHEMA. */
typedef struct StripeImportOptions
{
	bool		attrs;			/* add the column attrs */
	bool		filters;		/* add columns for filters that no field holds */
} StripeImportOptions;

extern StripeTableOptions *stripe_table_options(Oid relid);
extern StripeImportOptions stripe_import_options(List *options);

/* The option "path" of a column, or NULL. */
extern char *stripe_column_path(Oid relid, int attnum);

#endif							/* STRIPE_OPTIONS_H */
