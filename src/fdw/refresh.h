/*-------------------------------------------------------------------------
 *
 * refresh.h
 *		Access tokens that run out: getting and storing new ones in a
 *		transaction of their own.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_REFRESH_H
#define STRIPE_REFRESH_H

#include "postgres.h"

#include "auth/credentials.h"
#include "auth/mapping.h"
#include "stripe/request.h"

/*
 * Gets new tokens if what the mapping resolves to is near its end; true: read
 * it anew.  round: how often that has been so, from 0.
 */
extern bool stripe_refresh_if_due(const StripeMapping *mapping, const Credentials *credentials,
								  int round);

/* Has the connection, which lives in context, get another key when its own is refused. */
extern void stripe_make_renewable(StripeConnection *connection, MemoryContext context);

/*
 * Gets new tokens, unless the mapping is no longer the version that was seen:
 * then somebody else has.  Waits for the outcome, interruptibly; it does not
 * depend on the caller's transaction, nor on whether the caller still waits.
 * On return the mapping must be read anew.  false: it could not be done; if it
 * is required, that is an error, otherwise a warning.
 */
extern bool stripe_refresh_mapping(const StripeMapping *seen, bool required);

extern PGDLLEXPORT void stripe_refresh_main(Datum arg);

#endif							/* STRIPE_REFRESH_H */
