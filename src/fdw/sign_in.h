/*-------------------------------------------------------------------------
 *
 * sign_in.h
 *		What signing in needs to know of a server and a user mapping.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_SIGN_IN_H
#define STRIPE_SIGN_IN_H

#include "postgres.h"

#include "auth/credentials.h"
#include "auth/mapping.h"
#include "stripe/oauth.h"

/* Secrets and strings are NULL where the mapping has none. */
typedef struct StripeSignIn
{
	StripeOAuthClient client;
	const char *server;
	const char *user;			/* NULL: PUBLIC */
	const char *redirect_uri;
	const char *scope;
	const char *account;		/* that has given its consent */
	Secret	   *refresh_token;
} StripeSignIn;

extern StripeSignIn *stripe_sign_in_load(const StripeMapping *mapping, MemoryContext context);

/* What the mapping resolves to, as of now. */
extern Credentials *stripe_credentials_load(const StripeMapping *mapping, MemoryContext context);

/* Goes through the options that hold secrets: NULL gives the first, the last gives NULL. */
extern const char *stripe_next_secret_option(const char *name);

/* Raises the error that storing a secret would, before there is one to lose. */
extern void stripe_check_storable(const StripeSignIn *sign_in);

/*
 * Stores what an exchange has brought; expires_at is set to when the access
 * token ends.  afresh: it was a sign-in, after which nothing of an earlier one
 * stays.  The caller holds the mapping's lock.
 */
extern void stripe_store_tokens(const StripeMapping *mapping, const StripeSignIn *sign_in,
								const StripeTokens *tokens, bool afresh,
								TimestampTz *expires_at);

#endif							/* STRIPE_SIGN_IN_H */
