/*-------------------------------------------------------------------------
 *
 * oauth.h
 *		OAuth as Stripe has it: the address where consent is asked for, the
 *		exchange of a code or refresh token for tokens, and giving them back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_OAUTH_H
#define STRIPE_OAUTH_H

#include "postgres.h"

#include "base/secret.h"

#define STRIPE_DEFAULT_CONNECT_BASE "https://connect.stripe.com"
#define STRIPE_DEFAULT_MARKETPLACE_BASE "https://marketplace.stripe.com"

typedef enum StripeOAuthFlow
{
	STRIPE_OAUTH_CONNECT,		/* a platform and its connected accounts */
	STRIPE_OAUTH_APP			/* an app of Stripe's marketplace */
} StripeOAuthFlow;

/* Who asks, and where. */
typedef struct StripeOAuthClient
{
	StripeOAuthFlow flow;
	const char *api_base;
	const char *connect_base;
	const char *marketplace_base;
	const char *api_version;
	const char *client_id;		/* "ca_..." */
	const Secret *secret;		/* the platform's or the developer's key */
	int			connect_timeout;	/* ms */
	int			timeout;		/* ms, for one exchange with all its retries */
	int			max_retries;
	const char *proxy;			/* or NULL */
	const char *ca_file;		/* or NULL */
} StripeOAuthClient;

/* What an exchange brings; strings are NULL where the answer has none. */
typedef struct StripeTokens
{
	Secret	   *access_token;
	Secret	   *refresh_token;
	char	   *scope;
	char	   *account;		/* that has given its consent */
	bool		livemode;
	int			lifetime;		/* seconds that the access token lives; 0: for
								 * ever */
} StripeTokens;

typedef enum StripeOAuthGrant
{
	STRIPE_GRANT_CODE,
	STRIPE_GRANT_REFRESH
} StripeOAuthGrant;

/* Table lookup by the value of the option oauth_flow; false: there is none. */
extern bool stripe_oauth_flow_find(const char *name, StripeOAuthFlow *flow);

/* redirect_uri, scope: NULL: Stripe's own default */
extern char *stripe_oauth_authorize_url(const StripeOAuthClient *client, const char *redirect_uri,
										const char *scope, const char *state);

/*
 * Exchanges a code or a refresh token.  Raises an error unless tokens, or with
 * Connect an account, have come back; what it shows of Stripe's words is
 * redacted.  The result lives in context.
 */
extern StripeTokens *stripe_oauth_exchange(const StripeOAuthClient *client,
										   StripeOAuthGrant grant, const Secret *token,
										   MemoryContext context);

/* Gives the access to a connected account back. */
extern void stripe_oauth_revoke(const StripeOAuthClient *client, const char *account);

#endif							/* STRIPE_OAUTH_H */
