/*-------------------------------------------------------------------------
 *
 * oauth_functions.c
 *		The SQL-callable functions for signing in.  stripe_fdw--1.0.sql says
 *		what each is for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"

PG_FUNCTION_INFO_V1(stripe_oauth_authorization_url);
PG_FUNCTION_INFO_V1(stripe_oauth_get_access_token);
PG_FUNCTION_INFO_V1(stripe_oauth_refresh_access_token);
PG_FUNCTION_INFO_V1(stripe_oauth_deauthorize);
PG_FUNCTION_INFO_V1(stripe_test_connection);
PG_FUNCTION_INFO_V1(stripe_set_secret);
PG_FUNCTION_INFO_V1(stripe_rotate_secrets);

#define STUB(name) \
Datum name(PG_FUNCTION_ARGS) { elog(ERROR, #name "() is not implemented yet"); }
STUB(stripe_oauth_authorization_url)
STUB(stripe_oauth_get_access_token)
STUB(stripe_oauth_refresh_access_token)
STUB(stripe_oauth_deauthorize)
STUB(stripe_test_connection)
STUB(stripe_set_secret)
STUB(stripe_rotate_secrets)
