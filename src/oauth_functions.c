/*-------------------------------------------------------------------------
 *
 * oauth_functions.c
 *		The SQL-callable functions for signing in.  stripe_fdw--1.0.sql says
 *		what each is for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "auth/credentials.h"
#include "auth/envelope.h"
#include "auth/mapping.h"
#include "auth/oauth_state.h"
#include "base/compat.h"
#include "base/statement.h"
#include "fdw/refresh.h"
#include "fdw/sign_in.h"
#include "oauth_functions.h"
#include "row_builder.h"
#include "stripe/oauth.h"

PG_FUNCTION_INFO_V1(stripe_oauth_authorization_url);
PG_FUNCTION_INFO_V1(stripe_oauth_get_access_token);
PG_FUNCTION_INFO_V1(stripe_oauth_refresh_access_token);
PG_FUNCTION_INFO_V1(stripe_oauth_deauthorize);

int			stripe_oauth_state_lifetime = 900;

/* A code has some 35 characters. */
#define MAX_CODE_BYTES 512

bool
stripe_owns_server(Oid serverid)
{
	ForeignServer *server = GetForeignServer(serverid);
	Oid			handler = GetForeignDataWrapper(server->fdwid)->fdwhandler;
	char	   *name = OidIsValid(handler) ? get_func_name(handler) : NULL;

	return name != NULL && strcmp(name, "stripe_fdw_handler") == 0;
}

Oid
stripe_server_argument(FunctionCallInfo fcinfo, int n)
{
	ForeignServer *server;
	AclResult	result;

	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the server must not be null")));
	server = GetForeignServerByName(NameStr(*PG_GETARG_NAME(n)), false);
	if (!stripe_owns_server(server->serverid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of stripe_fdw", server->servername)));
	result = compat_server_usage(server->serverid, GetUserId());
	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FOREIGN_SERVER, server->servername);
	return server->serverid;
}

StripeMapping *
stripe_mapping_to_change(Oid serverid, const char *function)
{
	PreventCommandIfReadOnly(function);
	PreventCommandDuringRecovery(function);
	for (;;)
	{
		StripeMapping *mapping = mapping_find(serverid, GetUserId());

		mapping_check_privilege(mapping, GetUserId());
		mapping_lock(mapping->umid);

		/* Perhaps others have been waited for, by either lock. */
		mapping = mapping_get(mapping->umid);
		if (mapping != NULL && mapping_lock_row(mapping))
			return mapping;
		AcceptInvalidationMessages();
		CHECK_FOR_INTERRUPTS();
	}
}

static void
require_option(const StripeSignIn *sign_in, const char *option, bool there)
{
	if (!there)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the user mapping for server \"%s\" lacks the option \"%s\"",
						sign_in->server, option)));
}

static StripeSignIn *
load_client(const StripeMapping *mapping)
{
	StripeSignIn *sign_in = stripe_sign_in_load(mapping, CurrentMemoryContext);

	require_option(sign_in, "oauth_client_id", sign_in->client.client_id != NULL);
	require_option(sign_in, "oauth_client_secret", sign_in->client.secret != NULL);
	return sign_in;
}

static OAuthStateBinding
state_binding(const StripeMapping *mapping, const StripeSignIn *sign_in)
{
	OAuthStateBinding binding = {
		.databaseid = MyDatabaseId,
		.serverid = mapping->serverid,
		.umid = mapping->umid,
		.userid = GetUserId(),
		.client_id = sign_in->client.client_id,
	};

	return binding;
}

static int64
seconds_now(void)
{
	return (int64) timestamptz_to_time_t(GetCurrentTimestamp());
}

static char *
text_argument(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

/* stripe_oauth_authorization_url(server, redirect_uri, scope): see the extension script */
Datum
stripe_oauth_authorization_url(PG_FUNCTION_ARGS)
{
	Oid			serverid = stripe_server_argument(fcinfo, 0);
	char	   *redirect_uri = text_argument(fcinfo, 1);
	char	   *scope = text_argument(fcinfo, 2);
	StripeMapping *mapping = mapping_find(serverid, GetUserId());
	StripeSignIn *sign_in = load_client(mapping);
	OAuthStateBinding binding = state_binding(mapping, sign_in);
	char	   *state;

	state = oauth_state_make(&binding, sign_in->client.secret,
							 seconds_now() + stripe_oauth_state_lifetime);
	if (state == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not draw a random number or sign it")));
	PG_RETURN_TEXT_P(cstring_to_text(stripe_oauth_authorize_url(&sign_in->client,
																redirect_uri ? redirect_uri :
																sign_in->redirect_uri,
																scope ? scope : sign_in->scope,
																state)));
}

static void
check_state(const StripeMapping *mapping, const StripeSignIn *sign_in, const char *state)
{
	OAuthStateBinding binding = state_binding(mapping, sign_in);

	switch (oauth_state_check(&binding, sign_in->client.secret, state ? state : "",
							  seconds_now()))
	{
		case OAUTH_STATE_GOOD:
			return;
		case OAUTH_STATE_EXPIRED:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("the state has expired"),
					 errhint("Begin again with stripe_oauth_authorization_url().")));
			break;
		case OAUTH_STATE_FORGED:
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("the state is not one that was made for this user and server \"%s\"",
							sign_in->server),
					 errdetail("What carries a state of somebody else may be an attempt to sign you in to another account."),
					 errhint("Begin again with stripe_oauth_authorization_url(), as the same user.")));
			break;
	}
}

/* Takes a secret argument, and leaves no other copy than PostgreSQL's own. */
Secret *
stripe_secret_argument(FunctionCallInfo fcinfo, int n, const char *what, size_t max_bytes)
{
	char	   *value = text_argument(fcinfo, n);
	Secret	   *secret;
	size_t		len;

	if (value == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the %s must not be null", what)));
	len = strlen(value);
	secret = secret_create(CurrentMemoryContext, value, len);
	secret_zero(value, len);
	if (len == 0 || len > max_bytes)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the %s is empty or too long", what)));
	if (!secret_is_token(secret))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the %s holds a character that it can't have", what)));
	return secret;
}

/* The columns that tell of tokens. */
static void
add_tokens(RowBuilder *row, const char *account, const char *scope, bool livemode,
		   TimestampTz expires_at)
{
	add_text(row, account);
	add_text(row, scope);
	add_datum(row, BoolGetDatum(livemode));
	if (TIMESTAMP_IS_NOEND(expires_at))
		add_null(row);
	else
		add_datum(row, TimestampTzGetDatum(expires_at));
}

/* stripe_oauth_get_access_token(server, code, state, show_token): see the extension script */
Datum
stripe_oauth_get_access_token(PG_FUNCTION_ARGS)
{
	bool		show_token = !PG_ARGISNULL(3) && PG_GETARG_BOOL(3);
	RowBuilder	row = {0};
	StripeMapping *mapping;
	StripeSignIn *sign_in;
	StripeTokens *tokens;
	TimestampTz expires_at;
	Secret	   *code;

	statement_hide_literals();
	code = stripe_secret_argument(fcinfo, 1, "code", MAX_CODE_BYTES);
	mapping = stripe_mapping_to_change(stripe_server_argument(fcinfo, 0),
									   "stripe_oauth_get_access_token()");
	sign_in = load_client(mapping);
	check_state(mapping, sign_in, text_argument(fcinfo, 2));
	stripe_check_storable(sign_in);

	tokens = stripe_oauth_exchange(&sign_in->client, STRIPE_GRANT_CODE, code,
								   CurrentMemoryContext);
	stripe_store_tokens(mapping, sign_in, tokens, true, &expires_at);

	add_tokens(&row, tokens->account, tokens->scope, tokens->livemode, expires_at);
	add_text(&row, show_token && tokens->access_token ? secret_bytes(tokens->access_token) : NULL);
	PG_RETURN_DATUM(make_row(fcinfo, &row));
}

/* stripe_oauth_refresh_access_token(server): see the extension script */
Datum
stripe_oauth_refresh_access_token(PG_FUNCTION_ARGS)
{
	Oid			serverid = stripe_server_argument(fcinfo, 0);
	StripeMapping *mapping = mapping_find(serverid, GetUserId());
	RowBuilder	row = {0};
	StripeSignIn *sign_in;
	Credentials *credentials;

	mapping_check_privilege(mapping, GetUserId());
	sign_in = stripe_sign_in_load(mapping, CurrentMemoryContext);
	require_option(sign_in, "oauth_client_secret", sign_in->client.secret != NULL);
	require_option(sign_in, "oauth_refresh_token", sign_in->refresh_token != NULL);
	(void) stripe_refresh_mapping(mapping, true);

	mapping = mapping_find(serverid, GetUserId());
	sign_in = stripe_sign_in_load(mapping, CurrentMemoryContext);
	credentials = stripe_credentials_load(mapping_find(serverid, GetUserId()),
										  CurrentMemoryContext);
	add_tokens(&row, sign_in->account, sign_in->scope, credentials->livemode,
			   credentials->expires_at);
	PG_RETURN_DATUM(make_row(fcinfo, &row));
}

/* stripe_oauth_deauthorize(server): see the extension script */
Datum
stripe_oauth_deauthorize(PG_FUNCTION_ARGS)
{
	StripeMapping *mapping = stripe_mapping_to_change(stripe_server_argument(fcinfo, 0),
													  "stripe_oauth_deauthorize()");
	StripeSignIn *sign_in = load_client(mapping);
	const MappingChange changes[] = {
		{"oauth_access_token", NULL},
		{"oauth_refresh_token", NULL},
		{"oauth_expires_at", NULL},
		{"oauth_account", NULL},
	};

	require_option(sign_in, "oauth_account", sign_in->account != NULL);
	stripe_oauth_revoke(&sign_in->client, sign_in->account);
	mapping_update(mapping, changes, lengthof(changes));
	PG_RETURN_VOID();
}
