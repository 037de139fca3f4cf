/*-------------------------------------------------------------------------
 *
 * oauth_state.c
 *		The parameter "state" of OAuth.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "auth/oauth_state.h"
#include "base/base64.h"
#include "base/crypto.h"

#define EXPIRES_BYTES 8
#define NONCE_BYTES 16
#define SIGNED_BYTES (EXPIRES_BYTES + NONCE_BYTES)
#define STATE_BYTES (SIGNED_BYTES + CRYPTO_HASH_BYTES)

/* Signs the first bytes of a state, and what it is bound to. */
static bool
sign(const OAuthStateBinding *binding, const Secret *client_secret, const unsigned char *state,
	 unsigned char *mac)
{
	static const char label[] = "stripe_fdw OAuth state";
	unsigned char key[CRYPTO_HASH_BYTES];
	char	   *text;
	size_t		len;
	unsigned char *message;
	bool		ok;

	text = psprintf("%u/%u/%u/%u/%s", binding->databaseid, binding->serverid, binding->umid,
					binding->userid, binding->client_id);
	len = SIGNED_BYTES + strlen(text);
	message = palloc(len);
	memcpy(message, state, SIGNED_BYTES);
	memcpy(message + SIGNED_BYTES, text, strlen(text));

	ok = crypto_hmac(secret_bytes(client_secret), secret_length(client_secret), label,
					 sizeof(label) - 1, key) &&
		 crypto_hmac(key, sizeof(key), message, len, mac);
	secret_zero(key, sizeof(key));
	pfree(message);
	pfree(text);
	return ok;
}

char *
oauth_state_make(const OAuthStateBinding *binding, const Secret *client_secret, int64 expires)
{
	unsigned char state[STATE_BYTES];
	char	   *text;

	for (int i = 0; i < EXPIRES_BYTES; i++)
		state[i] = (uint64) expires >> (8 * (EXPIRES_BYTES - 1 - i)) & 255;
	if (!pg_strong_random(state + EXPIRES_BYTES, NONCE_BYTES) ||
		!sign(binding, client_secret, state, state + SIGNED_BYTES))
		return NULL;
	text = palloc(BASE64_ROOM(STATE_BYTES));
	base64url_encode(state, STATE_BYTES, text);
	return text;
}

OAuthStateVerdict
oauth_state_check(const OAuthStateBinding *binding, const Secret *client_secret,
				  const char *text, int64 now)
{
	unsigned char state[STATE_BYTES];
	unsigned char mac[CRYPTO_HASH_BYTES];
	uint64		expires = 0;
	size_t		len;

	if (!base64url_decode(text, strlen(text), state, sizeof(state), &len) ||
		len != STATE_BYTES || !sign(binding, client_secret, state, mac) ||
		!crypto_equal(mac, state + SIGNED_BYTES, sizeof(mac)))
		return OAUTH_STATE_FORGED;
	for (int i = 0; i < EXPIRES_BYTES; i++)
		expires = expires << 8 | state[i];
	return (int64) expires >= now ? OAUTH_STATE_GOOD : OAUTH_STATE_EXPIRED;
}
