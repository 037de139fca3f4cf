/*-------------------------------------------------------------------------
 *
 * secret.h
 *		Holding, zeroing and redacting keys and tokens.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_SECRET_H
#define STRIPE_SECRET_H

#include "postgres.h"

/*
 * A secret string.  Its bytes live outside any longer buffer, are zeroed when
 * its memory context goes (normally or by an error), and are never part of a
 * Node tree.
 */
typedef struct Secret Secret;

/* Copies len bytes; zeroed and freed with context. */
extern Secret *secret_create(MemoryContext context, const char *bytes, size_t len);
extern const char *secret_bytes(const Secret *secret);	/* NUL-terminated */
extern size_t secret_length(const Secret *secret);

/* Memory for secrets in the making: zeroed now, and again when context goes. */
extern void *secret_memory(MemoryContext context, size_t len);

/* Whether it holds visible ASCII characters alone: RFC 6750 allows no others in a token. */
extern bool secret_is_token(const Secret *secret);

/* Tells secrets apart, and tells nothing else of them. */
extern uint64 secret_hash(const Secret *secret);

/* Zeroes what a compiler must not optimise away. */
extern void secret_zero(void *bytes, size_t len);

/*
 * Returns a palloc'd copy of text in which every occurrence of a live secret
 * (of four bytes or more) and everything that looks like a Stripe key or OAuth
 * code or token (sk_live_…, rk_test_…, sk_org…, ac_…, rt_…, whsec_…) is
 * shortened to its prefix and "***".
 */
extern char *secret_redact(const char *text);

#endif							/* STRIPE_SECRET_H */
