/*-------------------------------------------------------------------------
 *
 * connection.h
 *		From a server, a user and a table to whom to ask, and as whom.
 *
 * Apart from options.h because what it returns holds a secret: planning
 * includes options.h alone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_FDW_CONNECTION_H
#define STRIPE_FDW_CONNECTION_H

#include "postgres.h"

#include "stripe/request.h"

/*
 * Resolves the options of the server, of the user's mapping and of the table
 * (the narrowest wins; relid may be InvalidOid).  The key is zeroed when
 * context goes.
 */
extern StripeConnection *stripe_connection_load(Oid serverid, Oid userid, Oid relid,
												MemoryContext context);

#endif							/* STRIPE_FDW_CONNECTION_H */
