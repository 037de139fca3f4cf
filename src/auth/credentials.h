/*-------------------------------------------------------------------------
 *
 * credentials.h
 *		What a user mapping resolves to: the key that is sent, and as whom.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_CREDENTIALS_H
#define STRIPE_CREDENTIALS_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "base/secret.h"

/*
 * The options of a user mapping that say how to sign in, as stored (secrets may
 * be encrypted); NULL where absent.
 */
typedef struct CredentialOptions
{
	char	   *auth_scheme;	/* "api_key", "oauth" */
	char	   *api_key;
	char	   *api_key_file;	/* a file of the server's that holds the key */
	char	   *oauth_flow;		/* "connect", "app" */
	char	   *oauth_client_id;
	char	   *oauth_client_secret;	/* of the platform or of the app's developer */
	char	   *oauth_account;	/* that has given its consent */
	char	   *oauth_access_token;
	char	   *oauth_refresh_token;
	char	   *oauth_expires_at;	/* RFC 3339 */
	char	   *oauth_scope;
	char	   *oauth_redirect_uri;
	bool		oauth_refresh;	/* automatically */
} CredentialOptions;

/* Whose options they are: for messages, and to decrypt them. */
typedef struct CredentialOwner
{
	const char *server;
	const char *user;			/* NULL: PUBLIC */
} CredentialOwner;

/* Owned by the context given. */
typedef struct Credentials
{
	const char *scheme;			/* constant */
	Secret	   *key;
	bool		livemode;
	bool		restricted;		/* it may lack permissions */
	const char *account;		/* that a platform's key acts for; NULL: the
								 * key's own */
	const char *identity;		/* account that the key belongs to; NULL: unknown */
	bool		refreshable;	/* automatically */
	TimestampTz expires_at;		/* DT_NOEND: not known to expire */
} Credentials;

/*
 * Resolves the options; their own copies of secrets are zeroed.  Errors: no
 * key, a file that can't be read or that others may read, a publishable key
 * (pk_...), a secret that can't be decrypted, not signed in.
 */
extern Credentials *credentials_resolve(CredentialOptions *options, const CredentialOwner *owner,
										MemoryContext context);

/* "api_key" or "oauth", as set or as the other options imply. */
extern const char *credentials_scheme(const CredentialOptions *options);

/* Why the options can't stand together, as a constant sentence; NULL: they can. */
extern const char *credentials_conflict(const CredentialOptions *options);

/*
 * One secret among the options, opened, and its own copy zeroed; NULL if it is
 * absent.  option is its name.
 */
extern Secret *credentials_open(const char *option, char *value, const CredentialOwner *owner,
								MemoryContext context);

/* Zeroes every secret among the options. */
extern void credentials_zero(CredentialOptions *options);

/* The same for any secret that will be sent: trims it and checks its characters. */
extern Secret *credentials_make_key(const char *bytes, size_t len, const char *server,
									MemoryContext context);

/*
 * Whether a key is of live mode, by its prefix: sk_live_..., rk_live_...,
 * sk_org_live_....
 */
extern bool credentials_livemode(const Secret *key);

/* Checks the value of auth_scheme; for the option validator. */
extern bool credentials_scheme_is_known(const char *scheme);

/* "2026-11-25T10:00:00Z", both ways; false if the text is no such time. */
extern bool credentials_parse_time(const char *text, TimestampTz *time);
extern char *credentials_format_time(TimestampTz time);

#endif							/* STRIPE_CREDENTIALS_H */
