/*-------------------------------------------------------------------------
 *
 * credentials.c
 *		What a user mapping resolves to: the key that is sent, and as whom.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "auth/credentials.h"
#include "auth/envelope.h"
#include "base/private_file.h"

/* Stripe's keys have about 110 characters; organization keys are longer. */
#define MAX_KEY_BYTES 1024

static const char scheme_api_key[] = "api_key";
static const char scheme_oauth[] = "oauth";

bool
credentials_scheme_is_known(const char *scheme)
{
	return strcmp(scheme, scheme_api_key) == 0 || strcmp(scheme, scheme_oauth) == 0;
}

static bool
has_api_key(const CredentialOptions *options)
{
	return options->api_key != NULL || options->api_key_file != NULL;
}

/* Whether the options are those of somebody who signs in with OAuth. */
static bool
has_oauth(const CredentialOptions *options)
{
	return options->oauth_flow != NULL || options->oauth_client_id != NULL ||
		   options->oauth_access_token != NULL || options->oauth_account != NULL;
}

const char *
credentials_scheme(const CredentialOptions *options)
{
	if (options->auth_scheme != NULL)
		return strcmp(options->auth_scheme, scheme_oauth) == 0 ? scheme_oauth : scheme_api_key;
	return has_oauth(options) && !has_api_key(options) ? scheme_oauth : scheme_api_key;
}

const char *
credentials_conflict(const CredentialOptions *options)
{
	if (options->api_key != NULL && options->api_key_file != NULL)
		return "Options \"api_key\" and \"api_key_file\" exclude each other.";
	if (options->auth_scheme == NULL && has_oauth(options) && has_api_key(options))
		return "There are both an API key and options of OAuth: \"auth_scheme\" must say which is used.";
	return NULL;
}

Secret *
credentials_make_key(const char *bytes, size_t len, const char *server, MemoryContext context)
{
	while (len > 0 && isspace((unsigned char) bytes[0]))
	{
		bytes++;
		len--;
	}
	while (len > 0 && isspace((unsigned char) bytes[len - 1]))
		len--;

	if (len == 0 || len > MAX_KEY_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the API key for server \"%s\" is empty or too long", server)));
	for (size_t i = 0; i < len; i++)
	{
		/* Anything else could smuggle a header into the request. */
		if (bytes[i] <= 0x20 || bytes[i] >= 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("the API key for server \"%s\" contains a character that no key has",
							server)));
	}
	if (len > 3 && strncmp(bytes, "pk_", 3) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the API key for server \"%s\" is a publishable key", server),
				 errhint("Use a secret key (sk_...) or, better, a restricted key (rk_...) with read permissions.")));
	return secret_create(context, bytes, len);
}

/* Reads a key that an orchestrator mounted. */
static Secret *
read_key_file(const char *path, const char *server, MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(CurrentMemoryContext, "stripe_fdw key file",
											  ALLOCSET_SMALL_SIZES);
	size_t		size = MAX_KEY_BYTES + 64;
	char	   *buffer = secret_memory(own, size);
	size_t		len = private_file_read(path, "API key file", buffer, size);
	Secret	   *key = credentials_make_key(buffer, len, server, context);

	MemoryContextDelete(own);
	return key;
}

bool
credentials_livemode(const Secret *key)
{
	static const char *const prefixes[] = {"sk_live_", "rk_live_", "sk_org_live_"};

	for (size_t i = 0; i < lengthof(prefixes); i++)
	{
		if (strncmp(secret_bytes(key), prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

/* "2026-11-25T10:00:00Z": no setting of the session changes what it means. */
bool
credentials_parse_time(const char *text, TimestampTz *time)
{
	static const char pattern[] = "dddd-dd-ddTdd:dd:dd";
	const char *zone = text + sizeof(pattern) - 1;
	struct pg_tm tm = {0};

	for (size_t i = 0; i < sizeof(pattern) - 1; i++)
	{
		if (pattern[i] == 'd' ? !isdigit((unsigned char) text[i]) : text[i] != pattern[i])
			return false;
	}
	if (strcmp(zone, "Z") != 0)
		return false;
	if (sscanf(text, "%d-%d-%dT%d:%d:%d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
			   &tm.tm_min, &tm.tm_sec) != 6 ||
		tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 || tm.tm_mday > 31 ||
		tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return false;
	return tm2timestamp(&tm, 0, NULL, time) == 0;
}

char *
credentials_format_time(TimestampTz time)
{
	pg_time_t	seconds = timestamptz_to_time_t(time);
	struct pg_tm *tm = pg_gmtime(&seconds);
	char		buffer[32];

	pg_strftime(buffer, sizeof(buffer), "%Y-%m-%dT%H:%M:%SZ", tm);
	return pstrdup(buffer);
}

static void
zero_option(char *value)
{
	if (value != NULL)
		secret_zero(value, strlen(value));
}

void
credentials_zero(CredentialOptions *options)
{
	zero_option(options->api_key);
	zero_option(options->oauth_client_secret);
	zero_option(options->oauth_access_token);
	zero_option(options->oauth_refresh_token);
}

Secret *
credentials_open(const char *option, char *value, const CredentialOwner *owner,
				 MemoryContext context)
{
	const SecretPlace place = {option, owner->server, owner->user};
	MemoryContext opened;
	Secret	   *stored;
	Secret	   *key;

	if (value == NULL)
		return NULL;
	opened = AllocSetContextCreate(CurrentMemoryContext, "stripe_fdw secret",
								   ALLOCSET_SMALL_SIZES);
	stored = envelope_open(&place, value, opened);
	key = credentials_make_key(secret_bytes(stored), secret_length(stored), owner->server,
							   context);
	MemoryContextDelete(opened);
	zero_option(value);
	return key;
}

static char *
copy_string(MemoryContext context, const char *value)
{
	return value ? MemoryContextStrdup(context, value) : NULL;
}

static void
resolve_api_key(Credentials *credentials, CredentialOptions *options,
				const CredentialOwner *owner, MemoryContext context)
{
	if (options->api_key != NULL)
		credentials->key = credentials_open("api_key", options->api_key, owner, context);
	else if (options->api_key_file != NULL)
		credentials->key = read_key_file(options->api_key_file, owner->server, context);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the user mapping for server \"%s\" has no API key", owner->server),
				 errhint("ALTER USER MAPPING ... SERVER %s OPTIONS (ADD api_key 'rk_...');",
						 quote_identifier(owner->server))));
	credentials->livemode = credentials_livemode(credentials->key);
	credentials->restricted = strncmp(secret_bytes(credentials->key), "rk_", 3) == 0;
}

/*
 * An access token is sent if there is one.  Stripe's documentation of Connect
 * promises an account only, which the platform's own key then acts for.
 */
static void
resolve_oauth(Credentials *credentials, CredentialOptions *options, const CredentialOwner *owner,
			  MemoryContext context)
{
	bool		is_app = options->oauth_flow != NULL && strcmp(options->oauth_flow, "app") == 0;
	Secret	   *client_secret = credentials_open("oauth_client_secret",
												 options->oauth_client_secret, owner, context);

	credentials->identity = copy_string(context, options->oauth_account);
	if (options->oauth_access_token != NULL)
	{
		credentials->key = credentials_open("oauth_access_token", options->oauth_access_token,
											owner, context);
		credentials->restricted = is_app;
		credentials->refreshable = options->oauth_refresh && options->oauth_refresh_token != NULL;
		if (options->oauth_expires_at != NULL)
			(void) credentials_parse_time(options->oauth_expires_at, &credentials->expires_at);

		/* A token's prefix may not tell; that of whom it was given to does. */
		credentials->livemode = credentials_livemode(credentials->key) ||
			(client_secret != NULL && credentials_livemode(client_secret));
	}
	else if (!is_app && options->oauth_account != NULL && client_secret != NULL)
	{
		credentials->key = client_secret;
		credentials->account = credentials->identity;
		credentials->livemode = credentials_livemode(client_secret);
	}
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the user mapping for server \"%s\" is not signed in", owner->server),
				 errhint("Open the address that SELECT stripe_oauth_authorization_url(%s) returns, and hand the code to stripe_oauth_get_access_token(); or run stripe_fdw_login.",
						 quote_literal_cstr(owner->server))));
}

Credentials *
credentials_resolve(CredentialOptions *options, const CredentialOwner *owner,
					MemoryContext context)
{
	Credentials *credentials = MemoryContextAllocZero(context, sizeof(Credentials));

	credentials->expires_at = DT_NOEND;
	credentials->scheme = credentials_scheme(options);
	PG_TRY();
	{
		if (credentials->scheme == scheme_oauth)
			resolve_oauth(credentials, options, owner, context);
		else
			resolve_api_key(credentials, options, owner, context);
	}
	PG_FINALLY();
	{
		credentials_zero(options);
	}
	PG_END_TRY();
	return credentials;
}
