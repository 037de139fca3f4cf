/*-------------------------------------------------------------------------
 *
 * envelope.h
 *		Secrets at rest: option values encrypted with a key from a file of the
 *		server's.
 *
 * An envelope is text, "aes256gcm:KEYID:BASE64URL".  It opens only under the
 * option, server and user that it was made for: their names are associated
 * data, so a copy elsewhere is of no use.  Names rather than OIDs, because a
 * dump must be restorable where the key file is.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ENVELOPE_H
#define STRIPE_ENVELOPE_H

#include "postgres.h"

#include "base/secret.h"

/* stripe_fdw.encryption_key_file; NULL or empty: secrets are stored as they are */
extern char *stripe_encryption_key_file;

/* Where a secret belongs; names in the server's encoding. */
typedef struct SecretPlace
{
	const char *option;
	const char *server;
	const char *user;			/* NULL: PUBLIC */
} SecretPlace;

/* Whether an option's value begins like an envelope, and whether it has the form of one. */
extern bool envelope_is(const char *value);
extern bool envelope_is_whole(const char *value);

/* Whether secrets are to be encrypted. */
extern bool envelope_wanted(void);

/* What is to be stored for a secret: an envelope if they are wanted; palloc'd. */
extern char *envelope_seal(const SecretPlace *place, const Secret *secret);

/*
 * What has been stored: opens an envelope, and takes any other text as it is.
 * Errors: no key file, another key, another place.
 */
extern Secret *envelope_open(const SecretPlace *place, const char *value, MemoryContext context);

/* Whether a value is plain, or encrypted with another key than the first; there must be a file. */
extern bool envelope_is_outdated(const char *value);

#endif							/* STRIPE_ENVELOPE_H */
