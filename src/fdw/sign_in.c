/*-------------------------------------------------------------------------
 *
 * sign_in.c
 *		Storing what signing in has brought.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "auth/envelope.h"
#include "fdw/sign_in.h"

static const char *
seal(const StripeSignIn *sign_in, const char *option, const Secret *secret)
{
	const SecretPlace place = {option, sign_in->server, sign_in->user};

	return envelope_seal(&place, secret);
}

void
stripe_check_storable(const StripeSignIn *sign_in)
{
	(void) seal(sign_in, "oauth_access_token", sign_in->client.secret);
}

void
stripe_store_tokens(const StripeMapping *mapping, const StripeSignIn *sign_in,
					const StripeTokens *tokens, bool afresh, TimestampTz *expires_at)
{
	MappingChange changes[4];
	int			n = 0;

	*expires_at = DT_NOEND;
	if (tokens->access_token != NULL && tokens->lifetime > 0)
		*expires_at = GetCurrentTimestamp() + tokens->lifetime * USECS_PER_SEC;

	/* Without an access token the platform's own key acts for the account. */
	changes[n++] = (MappingChange) {
		"oauth_access_token",
		tokens->access_token ? seal(sign_in, "oauth_access_token", tokens->access_token) : NULL
	};
	changes[n++] = (MappingChange) {
		"oauth_expires_at",
		TIMESTAMP_IS_NOEND(*expires_at) ? NULL : credentials_format_time(*expires_at)
	};

	/* What a refresh does not mention stays; of another account nothing must. */
	if (tokens->refresh_token != NULL)
		changes[n++] = (MappingChange) {
			"oauth_refresh_token", seal(sign_in, "oauth_refresh_token", tokens->refresh_token)
		};
	else if (afresh)
		changes[n++] = (MappingChange) {"oauth_refresh_token", NULL};
	if (tokens->account != NULL || afresh)
		changes[n++] = (MappingChange) {"oauth_account", tokens->account};
	mapping_update(mapping, changes, n);
}
