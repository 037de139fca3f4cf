/*-------------------------------------------------------------------------
 *
 * crypto.h
 *		What cryptography is needed; crypto.c is the only includer of OpenSSL.
 *
 * The functions that return false do so if OpenSSL fails, which means that it
 * lacks memory or refuses the algorithm.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_CRYPTO_H
#define STRIPE_CRYPTO_H

#include "postgres.h"

#define CRYPTO_KEY_BYTES 32
#define CRYPTO_NONCE_BYTES 12
#define CRYPTO_TAG_BYTES 16
#define CRYPTO_HASH_BYTES 32

/* SHA-256, and HMAC with it. */
extern bool crypto_hash(const void *bytes, size_t len, unsigned char *hash);
extern bool crypto_hmac(const void *key, size_t key_len, const void *bytes, size_t len,
						unsigned char *mac);

/* Compares in a time that does not depend on what differs. */
extern bool crypto_equal(const void *a, const void *b, size_t len);

/*
 * AES-256-GCM.  sealed gets nonce, len encrypted bytes and tag; a nonce must
 * not be used twice with one key, so it is drawn at random here.
 */
#define CRYPTO_SEALED_BYTES(len) (CRYPTO_NONCE_BYTES + (len) + CRYPTO_TAG_BYTES)
extern bool crypto_seal(const unsigned char *key, const void *associated, size_t associated_len,
						const void *bytes, size_t len, unsigned char *sealed);

/*
 * Gives back len - CRYPTO_SEALED_BYTES(0) bytes.  false too if sealed was made with
 * another key or other associated data, or has been changed.
 */
extern bool crypto_open(const unsigned char *key, const void *associated, size_t associated_len,
						const unsigned char *sealed, size_t len, void *bytes);

#endif							/* STRIPE_CRYPTO_H */
