/*-------------------------------------------------------------------------
 *
 * crypto.c
 *		What cryptography is needed: the only includer of OpenSSL.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/crypto.h"

bool
crypto_hash(const void *bytes, size_t len, unsigned char *hash)
{
	return EVP_Digest(bytes, len, hash, NULL, EVP_sha256(), NULL) == 1;
}

bool
crypto_hmac(const void *key, size_t key_len, const void *bytes, size_t len, unsigned char *mac)
{
	return HMAC(EVP_sha256(), key, (int) key_len, bytes, len, mac, NULL) != NULL;
}

bool
crypto_equal(const void *a, const void *b, size_t len)
{
	return CRYPTO_memcmp(a, b, len) == 0;
}

/* Associated data and text, through either direction of the cipher. */
static bool
run_cipher(EVP_CIPHER_CTX *ctx, const void *associated, size_t associated_len, const void *in,
		   size_t len, unsigned char *out)
{
	int			n;

	return EVP_CipherUpdate(ctx, NULL, &n, associated, (int) associated_len) == 1 &&
		   EVP_CipherUpdate(ctx, out, &n, in, (int) len) == 1;
}

bool
crypto_seal(const unsigned char *key, const void *associated, size_t associated_len,
			const void *bytes, size_t len, unsigned char *sealed)
{
	unsigned char *text = sealed + CRYPTO_NONCE_BYTES;
	EVP_CIPHER_CTX *ctx;
	int			n;
	bool		ok;

	if (!pg_strong_random(sealed, CRYPTO_NONCE_BYTES))
		return false;
	ctx = EVP_CIPHER_CTX_new();
	ok = ctx != NULL &&
		 EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed) == 1 &&
		 run_cipher(ctx, associated, associated_len, bytes, len, text) &&
		 EVP_EncryptFinal_ex(ctx, text + len, &n) == 1 &&
		 EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, CRYPTO_TAG_BYTES, text + len) == 1;
	EVP_CIPHER_CTX_free(ctx);	/* zeroes its copy of the key */
	return ok;
}

bool
crypto_open(const unsigned char *key, const void *associated, size_t associated_len,
			const unsigned char *sealed, size_t len, void *bytes)
{
	const unsigned char *text = sealed + CRYPTO_NONCE_BYTES;
	unsigned char tag[CRYPTO_TAG_BYTES];
	size_t		text_len;
	EVP_CIPHER_CTX *ctx;
	int			n;
	bool		ok;

	if (len < CRYPTO_SEALED_BYTES(0))
		return false;
	text_len = len - CRYPTO_SEALED_BYTES(0);
	memcpy(tag, text + text_len, sizeof(tag));
	ctx = EVP_CIPHER_CTX_new();
	ok = ctx != NULL &&
		 EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, sealed) == 1 &&
		 run_cipher(ctx, associated, associated_len, text, text_len, bytes) &&
		 EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, CRYPTO_TAG_BYTES, tag) == 1 &&
		 EVP_DecryptFinal_ex(ctx, (unsigned char *) bytes + text_len, &n) == 1;
	EVP_CIPHER_CTX_free(ctx);
	if (!ok)
		explicit_bzero(bytes, text_len);
	return ok;
}
