/*-------------------------------------------------------------------------
 *
 * options.c
 *		Options of servers, user mappings, tables, columns and IMPORT FOREIGN
 *		SCHEMA: one table drives validation, hints and loading.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "auth/credentials.h"
#include "auth/envelope.h"
#include "base/closest.h"
#include "base/secret.h"
#include "base/statement.h"
#include "fdw/columns.h"
#include "fdw/connection.h"
#include "fdw/options.h"
#include "fdw/refresh.h"
#include "fdw/sign_in.h"
#include "http/guard.h"
#include "http/url.h"
#include "stripe/call.h"
#include "stripe/catalog.h"
#include "stripe/oauth.h"

/* Where an option may stand. */
#define ON_SERVER 0x01
#define ON_MAPPING 0x02
#define ON_TABLE 0x04
#define ON_COLUMN 0x08
#define ON_IMPORT 0x10

/* What else holds for it. */
#define OPT_SUPERUSER 0x01		/* only a superuser sets it */
#define OPT_SERVER_FILE 0x02	/* names a file: superuser or pg_read_server_files */
#define OPT_SECRET 0x04			/* its value is never shown */

typedef enum OptionType
{
	OPTION_STRING,
	OPTION_INTEGER,
	OPTION_BOOLEAN
} OptionType;

/* Every option's value, loaded. */
typedef struct StripeOptions
{
	char	   *api_base;
	char	   *connect_base;
	char	   *marketplace_base;
	char	   *api_version;
	char	   *account;
	char	   *context;
	char	   *proxy;
	char	   *ca_file;
	int			connect_timeout;
	int			timeout;
	int			max_retries;
	int			rate_limit;
	int			endpoint_rate_limit;
	int			page_size;
	int			concurrency;
	CredentialOptions credentials;
	char	   *object;
	char	   *rowid_column;
	char	   *path;
	bool		attrs;
	bool		filters;
} StripeOptions;

/* Returns a constant sentence on what is wrong with a value, or NULL. */
typedef const char *(*OptionCheck)(const char *value);

typedef struct OptionDescriptor
{
	const char *name;
	int			places;			/* ON_… */
	int			flags;			/* OPT_… */
	OptionType	type;
	size_t		offset;			/* in StripeOptions */
	int			min;			/* OPTION_INTEGER */
	int			max;
	const char *unit;			/* "milliseconds", or NULL */
	OptionCheck check;			/* OPTION_STRING; may be NULL */
} OptionDescriptor;

static const char *check_api_base(const char *value);
static const char *check_api_version(const char *value);
static const char *check_account(const char *value);
static const char *check_context(const char *value);
static const char *check_scheme(const char *value);
static const char *check_flow(const char *value);
static const char *check_client_id(const char *value);
static const char *check_time(const char *value);
static const char *check_redirect_uri(const char *value);
static const char *check_secret(const char *value);
static const char *check_object(const char *value);
static const char *check_rowid_column(const char *value);
static const char *check_path(const char *value);
static const char *check_not_empty(const char *value);

#define STRING_OPTION(name, places, flags, member, check)                                      \
	{                                                                                          \
		name, places, flags, OPTION_STRING, offsetof(StripeOptions, member), 0, 0, NULL, check \
	}
#define INTEGER_OPTION(name, places, member, min, max, unit)                                   \
	{                                                                                          \
		name, places, 0, OPTION_INTEGER, offsetof(StripeOptions, member), min, max, unit, NULL \
	}

static const OptionDescriptor option_table[] = {
	STRING_OPTION("api_base", ON_SERVER, OPT_SUPERUSER, api_base, check_api_base),
	STRING_OPTION("connect_base", ON_SERVER, OPT_SUPERUSER, connect_base, check_api_base),
	STRING_OPTION("marketplace_base", ON_SERVER, OPT_SUPERUSER, marketplace_base, check_api_base),
	STRING_OPTION("api_version", ON_SERVER, 0, api_version, check_api_version),
	INTEGER_OPTION("timeout", ON_SERVER, timeout, 1, INT_MAX, "milliseconds"),
	INTEGER_OPTION("connect_timeout", ON_SERVER, connect_timeout, 1, INT_MAX, "milliseconds"),
	INTEGER_OPTION("max_retries", ON_SERVER, max_retries, 0, 100, NULL),
	INTEGER_OPTION("rate_limit", ON_SERVER, rate_limit, 1, STRIPE_MAX_RATE_LIMIT,
				   "requests a second"),
	INTEGER_OPTION("endpoint_rate_limit", ON_SERVER, endpoint_rate_limit, 1,
				   STRIPE_MAX_RATE_LIMIT, "requests a second"),
	INTEGER_OPTION("page_size", ON_SERVER | ON_TABLE, page_size, 1, STRIPE_MAX_PAGE_SIZE, NULL),
	INTEGER_OPTION("concurrency", ON_SERVER | ON_TABLE, concurrency, 1, STRIPE_MAX_CALLS, NULL),
	STRING_OPTION("proxy", ON_SERVER, 0, proxy, http_check_proxy),
	STRING_OPTION("ca_file", ON_SERVER, OPT_SUPERUSER, ca_file, check_not_empty),
	STRING_OPTION("account", ON_SERVER | ON_MAPPING | ON_TABLE, 0, account, check_account),
	STRING_OPTION("context", ON_SERVER | ON_MAPPING, 0, context, check_context),
	STRING_OPTION("auth_scheme", ON_MAPPING, 0, credentials.auth_scheme, check_scheme),
	STRING_OPTION("api_key", ON_MAPPING, OPT_SECRET, credentials.api_key, check_secret),
	STRING_OPTION("api_key_file", ON_MAPPING, OPT_SERVER_FILE, credentials.api_key_file,
				  check_not_empty),
	STRING_OPTION("oauth_flow", ON_MAPPING, 0, credentials.oauth_flow, check_flow),
	STRING_OPTION("oauth_client_id", ON_MAPPING, 0, credentials.oauth_client_id, check_client_id),
	STRING_OPTION("oauth_client_secret", ON_MAPPING, OPT_SECRET, credentials.oauth_client_secret,
				  check_secret),
	STRING_OPTION("oauth_account", ON_MAPPING, 0, credentials.oauth_account, check_account),
	STRING_OPTION("oauth_access_token", ON_MAPPING, OPT_SECRET, credentials.oauth_access_token,
				  check_secret),
	STRING_OPTION("oauth_refresh_token", ON_MAPPING, OPT_SECRET, credentials.oauth_refresh_token,
				  check_secret),
	STRING_OPTION("oauth_expires_at", ON_MAPPING, 0, credentials.oauth_expires_at, check_time),
	STRING_OPTION("oauth_scope", ON_MAPPING, 0, credentials.oauth_scope, check_not_empty),
	STRING_OPTION("oauth_redirect_uri", ON_MAPPING, 0, credentials.oauth_redirect_uri,
				  check_redirect_uri),
	{"oauth_refresh", ON_MAPPING, 0, OPTION_BOOLEAN,
	 offsetof(StripeOptions, credentials.oauth_refresh), 0, 0, NULL, NULL},
	STRING_OPTION("object", ON_TABLE, 0, object, check_object),
	STRING_OPTION("rowid_column", ON_TABLE, 0, rowid_column, check_rowid_column),
	STRING_OPTION("path", ON_COLUMN, 0, path, check_path),
	{"attrs", ON_IMPORT, 0, OPTION_BOOLEAN, offsetof(StripeOptions, attrs), 0, 0, NULL, NULL},
	{"filters", ON_IMPORT, 0, OPTION_BOOLEAN, offsetof(StripeOptions, filters), 0, 0, NULL, NULL},
};

static const struct
{
	Oid			catalog;
	int			place;
	const char *noun;
} place_table[] = {
	{ForeignServerRelationId, ON_SERVER, "a server"},
	{UserMappingRelationId, ON_MAPPING, "a user mapping"},
	{ForeignTableRelationId, ON_TABLE, "a foreign table"},
	{AttributeRelationId, ON_COLUMN, "a column"},
	{ForeignDataWrapperRelationId, 0, "the foreign-data wrapper"},
	{InvalidOid, ON_IMPORT, "IMPORT FOREIGN SCHEMA"},
};

PG_FUNCTION_INFO_V1(stripe_fdw_validator);

static const char *
check_api_base(const char *value)
{
	const char *why;

	return url_normalize_base(value, &why) ? NULL : why;
}

/* "2026-10-28.endive", "2024-06-20" */
static const char *
check_api_version(const char *value)
{
	static const char pattern[] = "dddd-dd-dd";

	for (size_t i = 0; i < strlen(pattern); i++)
	{
		if (pattern[i] == 'd' ? !isdigit((unsigned char) value[i]) : value[i] != pattern[i])
			return "A version begins with a date, as in 2026-10-28.endive.";
	}
	if (strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_;=") !=
		strlen(value))
		return "It contains a character that no version has.";
	return NULL;
}

/* Values that become headers: nothing that could end one. */
static bool
is_header_token(const char *value)
{
	return strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/-") ==
		   strlen(value);
}

static const char *
check_account(const char *value)
{
	if (strncmp(value, "acct_", 5) != 0 || !is_header_token(value) || strchr(value, '/'))
		return "An account id begins with acct_.";
	return NULL;
}

static const char *
check_context(const char *value)
{
	if (value[0] == '\0' || !is_header_token(value))
		return "A context is an account id or several separated by slashes.";
	return NULL;
}

static const char *
check_scheme(const char *value)
{
	return credentials_scheme_is_known(value) ? NULL : "The scheme is \"api_key\" or \"oauth\".";
}

static const char *
check_flow(const char *value)
{
	StripeOAuthFlow flow;

	return stripe_oauth_flow_find(value, &flow) ? NULL : "The flow is \"connect\" or \"app\".";
}

static const char *
check_client_id(const char *value)
{
	return value[0] != '\0' && is_header_token(value) ? NULL : "A client id looks like ca_123.";
}

static const char *
check_time(const char *value)
{
	TimestampTz time;

	return credentials_parse_time(value, &time) ? NULL : "The time is in UTC, as in 2026-11-25T10:00:00Z.";
}

static const char *
check_redirect_uri(const char *value)
{
	for (const char *at = value; *at != '\0'; at++)
	{
		if (*at <= ' ' || *at >= 0x7f)
			return "It holds a character that no URI has.";
	}
	return strchr(value, ':') ? NULL : "It is a complete URI, such as https://example.com/callback.";
}

/* Plain or encrypted; a half envelope would be sent as a key. */
static const char *
check_secret(const char *value)
{
	if (envelope_is(value) && !envelope_is_whole(value))
		return "It begins like an encrypted secret, and is none.";
	return check_not_empty(value);
}

static const char *
check_object(const char *value)
{
	return value[0] == '\0' ? "It is the name of a resource, such as charges or checkout/sessions." : NULL;
}

static const char *
check_rowid_column(const char *value)
{
	return strcmp(value, "id") == 0 ? NULL : "Every object of Stripe's is identified by its column \"id\".";
}

static const char *
check_path(const char *value)
{
	return stripe_path_split(value) ? NULL : "A path is made of names separated by dots, such as billing_details.address.city.";
}

static const char *
check_not_empty(const char *value)
{
	return value[0] == '\0' ? "It is empty." : NULL;
}

static const OptionDescriptor *
find_option(const char *name)
{
	for (size_t i = 0; i < lengthof(option_table); i++)
	{
		if (strcmp(option_table[i].name, name) == 0)
			return &option_table[i];
	}
	return NULL;
}

/* Where an option may stand, as "a server or a user mapping". */
static char *
describe_places(int places)
{
	StringInfoData buf;
	int			left = places;

	initStringInfo(&buf);
	for (size_t i = 0; i < lengthof(place_table); i++)
	{
		if ((place_table[i].place & places) == 0)
			continue;
		left &= ~place_table[i].place;
		if (buf.len > 0)
			appendStringInfoString(&buf, left ? ", " : " or ");
		appendStringInfoString(&buf, place_table[i].noun);
	}
	return buf.data;
}

static void
unknown_option(const char *name, int place, const char *noun)
{
	const OptionDescriptor *elsewhere = find_option(name);
	ClosestName state;

	if (elsewhere != NULL && (elsewhere->flags & OPT_SECRET))
		statement_hide_literals();
	if (elsewhere != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"%s\" is not allowed on %s", name, noun),
				 elsewhere->flags & OPT_SECRET ?
					 errhint("It is a secret and belongs on a user mapping alone: CREATE USER MAPPING ... OPTIONS (%s '...').", name) :
					 errhint("It belongs on %s.", describe_places(elsewhere->places))));

	closest_init(&state, name);
	for (size_t i = 0; i < lengthof(option_table); i++)
	{
		if (option_table[i].places & place)
			closest_offer(&state, option_table[i].name);
	}
	if (closest_get(&state) == NULL)
	{
		StringInfoData valid;

		initStringInfo(&valid);
		for (size_t i = 0; i < lengthof(option_table); i++)
		{
			if (option_table[i].places & place)
				appendStringInfo(&valid, "%s%s", valid.len > 0 ? ", " : "", option_table[i].name);
		}
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"", name),
				 valid.len > 0 ? errhint("Valid options for %s are: %s.", noun, valid.data) :
								 errhint("There are no valid options for %s.", noun)));
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 errhint("Perhaps you meant the option \"%s\".", closest_get(&state))));
}

static void
check_permission(const OptionDescriptor *option)
{
	if ((option->flags & OPT_SUPERUSER) && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", option->name),
				 errdetail("Only superusers may set it, and alter what has it: it decides to whom keys are sent.")));
	if ((option->flags & OPT_SERVER_FILE) &&
		!has_privs_of_role(GetUserId(), ROLE_PG_READ_SERVER_FILES))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", option->name),
				 errdetail("Only superusers and members of pg_read_server_files may name a file of the server's.")));
}

/*
 * Whether an error may show a value.  A key in the wrong place is redacted
 * then; before an @ there may be a password that does not look like one.
 */
static bool
may_show(const OptionDescriptor *option, const char *value)
{
	return !(option->flags & OPT_SECRET) && strchr(value, '@') == NULL;
}

/* A key in the wrong place must not be logged as part of the statement that is refused. */
static void
hide_misplaced_secret(const OptionDescriptor *option, const char *value)
{
	if (!may_show(option, value) || strcmp(secret_redact(value), value) != 0)
		statement_hide_literals();
}

/* Checks def and stores its value into options. */
static void
load_option(const OptionDescriptor *option, DefElem *def, StripeOptions *options)
{
	char	   *member = (char *) options + option->offset;
	char	   *value;

	switch (option->type)
	{
		case OPTION_BOOLEAN:
			*(bool *) member = defGetBoolean(def);
			break;
		case OPTION_INTEGER:
		{
			int			number;

			value = defGetString(def);
			if (!parse_int(value, &number, 0, NULL) || number < option->min ||
				number > option->max)
			{
				hide_misplaced_secret(option, value);
				ereport(ERROR,
						(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
						 errmsg("invalid value for option \"%s\": %s", option->name,
								secret_redact(value)),
						 errdetail("It is an integer from %d to %d%s%s.", option->min,
								   option->max, option->unit ? ", in " : "",
								   option->unit ? option->unit : "")));
			}
			*(int *) member = number;
			break;
		}
		case OPTION_STRING:
		{
			const char *why;

			value = defGetString(def);
			why = option->check ? option->check(value) : NULL;
			if (why != NULL)
			{
				hide_misplaced_secret(option, value);
				ereport(ERROR,
						(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
						 errmsg("invalid value for option \"%s\"%s%s", option->name,
								may_show(option, value) ? ": " : "",
								may_show(option, value) ? secret_redact(value) : ""),
						 errdetail("%s", why)));
			}
			*(char **) member = value;
			break;
		}
	}
}

static void
load_options(List *defs, int place, StripeOptions *options)
{
	ListCell   *lc;

	foreach (lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const OptionDescriptor *option = find_option(def->defname);

		if (option != NULL && (option->places & place) != 0)
			load_option(option, def, options);
	}
}

static void
check_exclusive_options(const StripeOptions *options)
{
	const char *conflict;

	if (options->account != NULL && options->context != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("options \"account\" and \"context\" exclude each other"),
				 errdetail("Stripe takes one of them only; a context names its account.")));
	conflict = credentials_conflict(&options->credentials);
	if (conflict != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("the options of the user mapping contradict each other"),
				 errdetail("%s", conflict)));
}

static void
validate_options(List *defs, int place, const char *noun)
{
	StripeOptions options = {0};
	ListCell   *lc;

	foreach (lc, defs)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		const OptionDescriptor *option = find_option(def->defname);

		if (option == NULL || (option->places & place) == 0)
			unknown_option(def->defname, place, noun);
		check_permission(option);
		load_option(option, def, &options);
	}

	check_exclusive_options(&options);
}

/*
 * stripe_fdw_validator(options text[], catalog oid)
 *
 * Called for every CREATE and ALTER that has options.  Whether a table's
 * object exists is checked when it is first used: an older or newer version
 * of the extension may know other resources.
 */
Datum
stripe_fdw_validator(PG_FUNCTION_ARGS)
{
	List	   *defs = untransformRelOptions(PG_GETARG_DATUM(0));
	Oid			catalog = PG_GETARG_OID(1);

	for (size_t i = 0; i < lengthof(place_table); i++)
	{
		if (place_table[i].catalog == catalog)
		{
			/* If this statement is what has loaded us, utility_hook.c has not seen it. */
			if (catalog == UserMappingRelationId)
				statement_hide_literals();
			validate_options(defs, place_table[i].place, place_table[i].noun);
			break;
		}
	}
	PG_RETURN_VOID();
}

StripeImportOptions
stripe_import_options(List *defs)
{
	StripeOptions options = {0};
	StripeImportOptions result;

	validate_options(defs, ON_IMPORT, "IMPORT FOREIGN SCHEMA");
	load_options(defs, ON_IMPORT, &options);
	result.attrs = options.attrs;
	result.filters = options.filters;
	return result;
}

StripeTableOptions *
stripe_table_options(Oid relid)
{
	StripeTableOptions *result = palloc0(sizeof(StripeTableOptions));
	StripeOptions options = {.page_size = STRIPE_MAX_PAGE_SIZE};
	ForeignTable *table = GetForeignTable(relid);
	ForeignServer *server = GetForeignServer(table->serverid);

	load_options(server->options, ON_SERVER, &options);
	load_options(table->options, ON_TABLE, &options);
	result->object = options.object;
	result->api_version = options.api_version;
	result->page_size = options.page_size;
	return result;
}

char *
stripe_column_path(Oid relid, int attnum)
{
	StripeOptions options = {0};

	load_options(GetForeignColumnOptions(relid, attnum), ON_COLUMN, &options);
	return options.path;
}

static char *
copy_option(MemoryContext context, const char *value)
{
	return value ? MemoryContextStrdup(context, value) : NULL;
}

/*
 * The limiter of the account that the key belongs to, in its mode.  Which
 * account that is only the server knows, unless it is named.
 */
static Limiter *
attach_limiter(const StripeConnection *connection, const StripeOptions *options,
			   const Credentials *credentials)
{
	const char *account = connection->account ? connection->account : connection->context;
	LimiterConfig config = {
		.rate = options->rate_limit,
		.endpoint_rate = options->endpoint_rate_limit,
	};

	if (options->rate_limit == 0)
		config.rate = connection->livemode ? STRIPE_DEFAULT_RATE_LIMIT_LIVE :
											 STRIPE_DEFAULT_RATE_LIMIT_TEST;
	if (account == NULL)
		account = credentials->identity;
	if (account == NULL)
		account = psprintf("key " UINT64_FORMAT, secret_hash(connection->key));
	config.key = psprintf("%s %s %s", connection->api_base, connection->livemode ? "live" : "test", account);
	return limiter_attach(&config);
}

/* The base addresses, normalized: they were valid when they were set. */
static char *
load_base(MemoryContext context, const char *option, const char *value)
{
	const char *why;
	char	   *base = url_normalize_base(value, &why);

	if (base == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
				 errmsg("invalid value for option \"%s\": %s", option, value),
				 errdetail("%s", why)));
	return copy_option(context, base);
}

/* A proxy reads along where there is no TLS. */
static void
check_proxy(const StripeOptions *options, const char *base)
{
	if (options->proxy != NULL && strncmp(base, "https://", 8) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("option \"proxy\" can't be used with an \"api_base\" of plain http")));
}

static const StripeOptions default_options = {
	.api_base = STRIPE_DEFAULT_API_BASE,
	.connect_base = STRIPE_DEFAULT_CONNECT_BASE,
	.marketplace_base = STRIPE_DEFAULT_MARKETPLACE_BASE,
	.timeout = STRIPE_DEFAULT_TIMEOUT,
	.connect_timeout = STRIPE_DEFAULT_CONNECT_TIMEOUT,
	.max_retries = STRIPE_DEFAULT_MAX_RETRIES,
	.concurrency = STRIPE_DEFAULT_CONCURRENCY,
	.endpoint_rate_limit = STRIPE_DEFAULT_ENDPOINT_RATE_LIMIT,
	.credentials.oauth_refresh = true,
};

/* The mapping's options over those of its server. */
static Credentials *
load_credentials(const ForeignServer *server, const StripeMapping *mapping,
				 StripeOptions *options, MemoryContext context)
{
	const CredentialOwner owner = {server->servername, mapping_user_name(mapping)};

	load_options(mapping->options, ON_MAPPING, options);
	return credentials_resolve(&options->credentials, &owner, context);
}

Credentials *
stripe_credentials_load(const StripeMapping *mapping, MemoryContext context)
{
	StripeOptions options = default_options;

	return load_credentials(GetForeignServer(mapping->serverid), mapping, &options, context);
}

StripeConnection *
stripe_connection_load(Oid serverid, Oid userid, Oid relid, MemoryContext context)
{
	StripeConnection *connection = MemoryContextAllocZero(context, sizeof(StripeConnection));
	StripeOptions options;
	MemoryContext load_context;
	MemoryContext old_context;
	Credentials *credentials;
	StripeMapping *mapping;
	ForeignServer *server;
	char	   *server_account;

	/* The catalogs' own lists of options, which hold the key, go at once. */
	load_context = AllocSetContextCreate(CurrentMemoryContext, "stripe_fdw options",
										 ALLOCSET_SMALL_SIZES);
	old_context = MemoryContextSwitchTo(load_context);

	server = GetForeignServer(serverid);
	for (int round = 0;; round++)
	{
		mapping = mapping_find(serverid, userid);
		options = default_options;
		load_options(server->options, ON_SERVER, &options);
		server_account = options.account;
		options.account = NULL;
		credentials = load_credentials(server, mapping, &options, context);
		if (!stripe_refresh_if_due(mapping, credentials, round))
			break;
	}
	if (options.account == NULL)
		options.account = credentials->account ? unconstify(char *, credentials->account) :
												 server_account;
	if (OidIsValid(relid))
		load_options(GetForeignTable(relid)->options, ON_TABLE, &options);
	connection->key = credentials->key;

	connection->api_base = load_base(context, "api_base", options.api_base);
	check_exclusive_options(&options);
	check_proxy(&options, connection->api_base);

	connection->api_version = copy_option(context, options.api_version ? options.api_version :
										  stripe_catalog_api_version);
	connection->account = copy_option(context, options.account);
	connection->context = copy_option(context, options.context);
	connection->timeout = options.timeout;
	connection->connect_timeout = options.connect_timeout;
	connection->max_retries = options.max_retries;
	connection->concurrency = options.concurrency;
	connection->proxy = copy_option(context, options.proxy);
	connection->ca_file = copy_option(context, options.ca_file);
	connection->serverid = serverid;
	connection->userid = userid;
	connection->livemode = credentials->livemode;
	connection->scheme = credentials->scheme;
	connection->restricted = credentials->restricted;
	connection->identity = credentials->identity;
	if (credentials->refreshable)
		stripe_make_renewable(connection, context);
	connection->limiter = attach_limiter(connection, &options, credentials);

	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(load_context);
	return connection;
}

StripeSignIn *
stripe_sign_in_load(const StripeMapping *mapping, MemoryContext context)
{
	StripeSignIn *sign_in = MemoryContextAllocZero(context, sizeof(StripeSignIn));
	ForeignServer *server = GetForeignServer(mapping->serverid);
	const CredentialOwner owner = {server->servername, mapping_user_name(mapping)};
	StripeOAuthClient *client = &sign_in->client;
	StripeOptions options = default_options;
	CredentialOptions *credentials = &options.credentials;

	load_options(server->options, ON_SERVER, &options);
	load_options(mapping->options, ON_MAPPING, &options);

	if (credentials->oauth_flow != NULL)
		(void) stripe_oauth_flow_find(credentials->oauth_flow, &client->flow);
	client->api_base = load_base(context, "api_base", options.api_base);
	client->connect_base = load_base(context, "connect_base", options.connect_base);
	client->marketplace_base = load_base(context, "marketplace_base", options.marketplace_base);
	check_proxy(&options, client->api_base);
	check_proxy(&options, client->connect_base);
	client->api_version = copy_option(context, options.api_version ? options.api_version :
									  stripe_catalog_api_version);
	client->client_id = copy_option(context, credentials->oauth_client_id);
	client->connect_timeout = options.connect_timeout;
	client->timeout = options.timeout;
	client->max_retries = options.max_retries;
	client->proxy = copy_option(context, options.proxy);
	client->ca_file = copy_option(context, options.ca_file);
	sign_in->server = MemoryContextStrdup(context, server->servername);
	sign_in->user = copy_option(context, owner.user);
	sign_in->redirect_uri = copy_option(context, credentials->oauth_redirect_uri);
	sign_in->scope = copy_option(context, credentials->oauth_scope);
	sign_in->account = copy_option(context, credentials->oauth_account);

	client->secret = credentials_open("oauth_client_secret", credentials->oauth_client_secret,
									  &owner, context);
	sign_in->refresh_token = credentials_open("oauth_refresh_token",
											  credentials->oauth_refresh_token, &owner, context);
	credentials_zero(credentials);
	return sign_in;
}

/*
 * Goes through the options that hold secrets: pass NULL first; NULL at the end.
 */
const char *
stripe_next_secret_option(const char *name)
{
	size_t		i = 0;

	if (name != NULL)
		i = find_option(name) - option_table + 1;
	for (; i < lengthof(option_table); i++)
	{
		if (option_table[i].flags & OPT_SECRET)
			return option_table[i].name;
	}
	return NULL;
}
