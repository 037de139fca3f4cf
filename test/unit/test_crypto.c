/*
 * test_crypto.c
 *		Hashes, encryption and base64, against published vectors; the state
 *		of OAuth.
 */
#include "postgres.h"

#include "auth/oauth_state.h"
#include "base/base64.h"
#include "base/crypto.h"
#include "shim.h"
#include "tap.h"

static size_t
from_hex(const char *hex, unsigned char *bytes)
{
	size_t		len = strlen(hex) / 2;

	for (size_t i = 0; i < len; i++)
	{
		unsigned int byte;

		sscanf(hex + 2 * i, "%2x", &byte);
		bytes[i] = (unsigned char) byte;
	}
	return len;
}

static bool
is_hex(const unsigned char *bytes, const char *hex)
{
	unsigned char expected[256];
	size_t		len = from_hex(hex, expected);

	return memcmp(bytes, expected, len) == 0;
}

static void
test_hashes(void)
{
	unsigned char hash[CRYPTO_HASH_BYTES];

	/* FIPS 180-2, appendix B.1; RFC 4231, test case 2 */
	tap_ok(crypto_hash("abc", 3, hash) &&
	   is_hex(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
	   "SHA-256");
	tap_ok(crypto_hmac("Jefe", 4, "what do ya want for nothing?", 28, hash) &&
	   is_hex(hash, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
	   "HMAC");
	tap_ok(crypto_equal("abc", "abc", 3) && !crypto_equal("abc", "abd", 3), "comparing");
}

static void
test_gcm(void)
{
	unsigned char key[CRYPTO_KEY_BYTES];
	unsigned char sealed[256];
	unsigned char again[256];
	unsigned char bytes[256];
	size_t		len;
	bool		refused = true;

	/* test case 16 of the GCM specification by McGrew and Viega */
	from_hex("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", key);
	len = from_hex("cafebabefacedbaddecaf888"
				   "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
				   "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
				   "76fc6ece0f4e1768cddf8853bb2d551b", sealed);
	from_hex("feedfacedeadbeeffeedfacedeadbeefabaddad2", again);
	tap_ok(crypto_open(key, again, 20, sealed, len, bytes) &&
	   is_hex(bytes, "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
			  "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"),
	   "a published vector opens");

	tap_ok(crypto_seal(key, "place", 5, "sk_test_1", 9, sealed) &&
	   crypto_open(key, "place", 5, sealed, CRYPTO_SEALED_BYTES(9), bytes) &&
	   memcmp(bytes, "sk_test_1", 9) == 0, "what is sealed opens");
	tap_ok(crypto_seal(key, "place", 5, "sk_test_1", 9, again) &&
	   memcmp(sealed, again, CRYPTO_SEALED_BYTES(9)) != 0, "and is never the same twice");
	for (size_t bit = 0; bit < 8 * CRYPTO_SEALED_BYTES(9); bit++)
	{
		memcpy(again, sealed, CRYPTO_SEALED_BYTES(9));
		again[bit / 8] ^= 1 << bit % 8;
		if (crypto_open(key, "place", 5, again, CRYPTO_SEALED_BYTES(9), bytes))
			refused = false;
	}
	for (size_t shorter = 0; shorter < CRYPTO_SEALED_BYTES(9); shorter++)
	{
		if (crypto_open(key, "place", 5, sealed, shorter, bytes))
			refused = false;
	}
	tap_ok(refused, "not with a bit flipped or a byte missing");
	tap_ok(!crypto_open(key, "palce", 5, sealed, CRYPTO_SEALED_BYTES(9), bytes), "nor elsewhere");
	key[0] ^= 1;
	tap_ok(!crypto_open(key, "place", 5, sealed, CRYPTO_SEALED_BYTES(9), bytes), "nor with another key");
	tap_ok(crypto_seal(key, "", 0, "", 0, sealed) &&
	   crypto_open(key, "", 0, sealed, CRYPTO_SEALED_BYTES(0), bytes), "nothing at all");
}

static void
test_base64(void)
{
	static const char *const plain[] = {"", "f", "fo", "foo", "foob", "fooba", "foobar"};
	static const char *const encoded[] = {"", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=",
	"Zm9vYmFy"};
	static const char *const bad[] = {"A", "Zh", "Zm9", "Zg==", "Z\ng", "Zm9v!", "+///", "AAAAA"};
	char		text[64];
	char		bytes[64];
	size_t		len;

	for (size_t i = 0; i < lengthof(plain); i++)
	{
		base64_encode(plain[i], strlen(plain[i]), text);
		tap_is(text, encoded[i], "RFC 4648");
		len = base64url_encode(plain[i], strlen(plain[i]), text);
		tap_ok(base64url_decode(text, len, bytes, strlen(plain[i]), &len) && len == strlen(plain[i]) &&
		   memcmp(bytes, plain[i], len) == 0, "there and back: %s", plain[i]);
	}
	base64url_encode("\xfb\xff\xfe", 3, text);
	tap_is(text, "-__-", "the alphabet of URLs");
	for (size_t i = 0; i < lengthof(bad); i++)
		tap_ok(!base64url_decode(bad[i], strlen(bad[i]), bytes, sizeof(bytes), &len), "not: %s", bad[i]);
	tap_ok(!base64url_decode("Zm9v", 4, bytes, 2, &len), "too long");
}

static void
test_state(void)
{
	const OAuthStateBinding mine = {1, 2, 3, 4, "ca_1"};
	MemoryContext context = shim_context_create();
	const Secret *secret = secret_create(context, "sk_test_1", 9);
	const Secret *another = secret_create(context, "sk_test_2", 9);
	char	   *state = oauth_state_make(&mine, secret, 1000);
	OAuthStateBinding other;
	bool		refused = true;

	tap_ok(oauth_state_check(&mine, secret, state, 1000) == OAUTH_STATE_GOOD, "good to its last second");
	tap_ok(oauth_state_check(&mine, secret, state, 1001) == OAUTH_STATE_EXPIRED, "then expired");
	tap_ok(oauth_state_check(&mine, another, state, 1000) == OAUTH_STATE_FORGED, "another secret");
	for (size_t i = 0; i < 5; i++)
	{
		other = mine;
		if (i < 4)
			((Oid *) &other)[i] = 9;
		else
			other.client_id = "ca_2";
		if (oauth_state_check(&other, secret, state, 1000) != OAUTH_STATE_FORGED)
			refused = false;
	}
	tap_ok(refused, "bound to database, server, mapping, user and client");
	refused = true;
	for (size_t i = 0; state[i] != '\0'; i++)
	{
		char		was = state[i];

		state[i] = was == 'A' ? 'B' : 'A';
		if (oauth_state_check(&mine, secret, state, 1000) == OAUTH_STATE_GOOD)
			refused = false;
		state[i] = was;
	}
	tap_ok(refused, "no character can be another");
	tap_ok(oauth_state_check(&mine, secret, "", 0) == OAUTH_STATE_FORGED, "none");
	tap_ok(strcmp(state, oauth_state_make(&mine, secret, 1000)) != 0, "never the same twice");
	shim_context_delete(context);
}

int
main(void)
{
	tap_begin("crypto");
	test_hashes();
	test_gcm();
	test_base64();
	test_state();
	shim_free_all();
	return tap_end();
}
