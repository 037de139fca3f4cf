/*-------------------------------------------------------------------------
 *
 * oauth_state.h
 *		The parameter "state" of OAuth: proves that an answer belongs to a
 *		question that was asked here, by the same user, not long ago.
 *
 * It holds its own expiry and a random number, and is signed over these and
 * over what it is bound to; nothing is kept in a table.  The key of the
 * signature derives from the client secret: every backend has it, it outlives
 * the way through the browser, and whoever knows it needs no forged state.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_OAUTH_STATE_H
#define STRIPE_OAUTH_STATE_H

#include "postgres.h"

#include "base/secret.h"

/* What a state is bound to. */
typedef struct OAuthStateBinding
{
	Oid			databaseid;
	Oid			serverid;
	Oid			umid;
	Oid			userid;			/* who asks, also where the mapping is PUBLIC's */
	const char *client_id;
} OAuthStateBinding;

typedef enum OAuthStateVerdict
{
	OAUTH_STATE_GOOD,
	OAUTH_STATE_EXPIRED,		/* genuine, but too late */
	OAUTH_STATE_FORGED			/* or for somebody else */
} OAuthStateVerdict;

/* expires: seconds since 1970.  palloc'd; NULL if there is no random number or no HMAC. */
extern char *oauth_state_make(const OAuthStateBinding *binding, const Secret *client_secret,
							  int64 expires);

/* now: seconds since 1970 */
extern OAuthStateVerdict oauth_state_check(const OAuthStateBinding *binding,
										   const Secret *client_secret, const char *state,
										   int64 now);

#endif							/* STRIPE_OAUTH_STATE_H */
