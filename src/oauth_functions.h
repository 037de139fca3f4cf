/*-------------------------------------------------------------------------
 *
 * oauth_functions.h
 *		What the SQL-callable functions that deal with user mappings share.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_OAUTH_FUNCTIONS_H
#define STRIPE_OAUTH_FUNCTIONS_H

#include "postgres.h"

#include "fmgr.h"

#include "auth/mapping.h"
#include "base/secret.h"

/* stripe_fdw.oauth_state_lifetime, seconds */
extern int	stripe_oauth_state_lifetime;

/* Whether a foreign server is of this wrapper, whatever its name. */
extern bool stripe_owns_server(Oid serverid);

/* The server named by an argument; an error unless it is ours and the caller may use it. */
extern Oid	stripe_server_argument(FunctionCallInfo fcinfo, int n);

/* The caller's mapping, locked; an error unless the caller may change it, here and now. */
extern StripeMapping *stripe_mapping_to_change(Oid serverid, const char *function);

/* A secret given as an argument; what: for messages. */
extern Secret *stripe_secret_argument(FunctionCallInfo fcinfo, int n, const char *what,
									  size_t max_bytes);

#endif							/* STRIPE_OAUTH_FUNCTIONS_H */
