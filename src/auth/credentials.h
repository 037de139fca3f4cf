/*-------------------------------------------------------------------------
 *
 * credentials.h
 *		What a user mapping resolves to: the key that is sent.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_CREDENTIALS_H
#define STRIPE_CREDENTIALS_H

#include "postgres.h"

#include "base/secret.h"

/* The options of a user mapping that say how to sign in; NULL where absent. */
typedef struct CredentialOptions
{
	char	   *auth_scheme;	/* "api_key" */
	char	   *api_key;
	char	   *api_key_file;	/* a file of the server's that holds the key */
} CredentialOptions;

/*
 * Returns the key, owned by context.  The options' own copy of it is zeroed.
 * Errors: no key, a file that can't be read or that others may
 * read, a publishable key (pk_…).  server is the name for messages.
 */
extern Secret *credentials_resolve(CredentialOptions *options, const char *server,
								   MemoryContext context);

/*
 * Whether a key is of live mode, by its prefix: sk_live_..., rk_live_...,
 * sk_org_live_....
 */
extern bool credentials_livemode(const Secret *key);

/* Checks the value of auth_scheme; for the option validator. */
extern bool credentials_scheme_is_known(const char *scheme);

#endif							/* STRIPE_CREDENTIALS_H */
