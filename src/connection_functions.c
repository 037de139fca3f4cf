/*-------------------------------------------------------------------------
 *
 * connection_functions.c
 *		The SQL-callable function that tests a connection.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "base/errors.h"
#include "fdw/connection.h"
#include "http/url.h"
#include "oauth_functions.h"
#include "row_builder.h"
#include "stripe/call.h"
#include "stripe/catalog.h"

PG_FUNCTION_INFO_V1(stripe_test_connection);

/* What an account calls itself, at most. */
#define MAX_NAME_BYTES 255

/* Where an account has a name, the best first. */
static const char *const name_paths[][3] = {
	{"settings", "dashboard", "display_name"},
	{"business_profile", "name", NULL},
	{"email", NULL, NULL},
	{"id", NULL, NULL},
};

static bool
never_missing(void *arg, int status, const char *param)
{
	return false;
}

/* A string at a path of names, as it can be shown; NULL if there is none. */
static char *
string_at(const JsonValue *value, const char *const *path, int depth)
{
	const char *string;
	size_t		len;

	for (int i = 0; i < depth && path[i] != NULL; i++)
	{
		if (!json_value_member(value, path[i], &value) || value == NULL)
			return NULL;
	}
	string = json_value_string(value, &len);
	if (string == NULL || len == 0)
		return NULL;
	return stripe_present(pnstrdup(string, len), MAX_NAME_BYTES);
}

/* Whether Stripe has denied what was asked, for this object alone. */
static bool
was_denied(const HttpResponse *response)
{
	return response->failure == HTTP_OK &&
		(response->status == 403 || response->status == 400 || response->status == 404);
}

/* Whether a table can be listed without a condition. */
static bool
is_probed(const StripeResource *resource)
{
	if (resource->list_path == NULL || strchr(resource->list_path, '{') != NULL ||
		resource->api != 1)
		return false;
	for (int i = 0; i < resource->nfilters; i++)
	{
		if (resource->filters[i].required)
			return false;
	}
	return true;
}

static StripeCall *
start_probe(StripeConnection *connection, const StripeResource *resource, StripeStats *stats)
{
	StringInfoData target;

	initStringInfo(&target);
	appendStringInfoString(&target, resource->list_path);
	if (resource->paging != STRIPE_PAGING_NONE)
		url_append_param(&target, "limit", "1");
	return stripe_call_start(connection, resource->list_path, target.data, stats,
							 CurrentMemoryContext);
}

/* Tables that a restricted key may read: asks each for one row. */
static void
add_permissions(RowBuilder *row, StripeConnection *connection, StripeStats *stats)
{
	StripeCall *calls[STRIPE_MAX_CALLS];
	const StripeResource *asked[STRIPE_MAX_CALLS];
	bool	   *readable = palloc0(sizeof(bool) * stripe_nresources);
	Datum	   *names = palloc(sizeof(Datum) * stripe_nresources);
	int			ncalls = 0;
	int			n = 0;
	int			next = 0;

	while (next < stripe_nresources || ncalls > 0)
	{
		StripeCall *done;
		int			at = 0;

		while (next < stripe_nresources && ncalls < connection->concurrency)
		{
			const StripeResource *resource = &stripe_resources[next++];

			if (!is_probed(resource))
				continue;
			asked[ncalls] = resource;
			calls[ncalls++] = start_probe(connection, resource, stats);
		}
		if (ncalls == 0)
			break;
		done = stripe_call_wait(calls, ncalls, true);
		while (calls[at] != done)
			at++;
		if (was_denied(stripe_call_response(done)))
			stripe_call_free(done);
		else
		{
			/* Every other failure is an error. */
			json_document_free(stripe_call_take(done, never_missing, NULL,
												CurrentMemoryContext)->document);
			readable[asked[at] - stripe_resources] = true;
		}
		ncalls--;
		calls[at] = calls[ncalls];
		asked[at] = asked[ncalls];
	}
	for (int i = 0; i < stripe_nresources; i++)
	{
		if (readable[i])
			names[n++] = CStringGetTextDatum(stripe_resources[i].name);
	}
	add_text_array(row, names, n);
}

/* Asks who we are; account and name stay NULL if the key may not ask. */
static void
ask_account(StripeConnection *connection, StripeStats *stats, char **account, char **name,
			double *ms)
{
	StripeCall *call = stripe_call_start(connection, "/v1/account", "/v1/account", stats,
										 CurrentMemoryContext);
	const HttpResponse *response;
	StripeAnswer *answer;

	(void) stripe_call_wait(&call, 1, true);
	response = stripe_call_response(call);
	*ms = response->seconds * 1000;

	/* A restricted key may lack this permission, and be good for others. */
	if (connection->restricted && response->failure == HTTP_OK && response->status == 403)
	{
		stripe_call_free(call);
		return;
	}
	answer = stripe_call_take(call, never_missing, NULL, CurrentMemoryContext);
	*account = string_at(answer->root, name_paths[lengthof(name_paths) - 1], 1);
	for (size_t i = 0; i < lengthof(name_paths) && *name == NULL; i++)
		*name = string_at(answer->root, name_paths[i], lengthof(name_paths[i]));
}

/* stripe_test_connection(server): see the extension script */
Datum
stripe_test_connection(PG_FUNCTION_ARGS)
{
	StripeConnection *connection =
		stripe_connection_load(stripe_server_argument(fcinfo, 0), GetUserId(), InvalidOid,
							   CurrentMemoryContext);
	StripeStats stats = {0};
	RowBuilder	row = {0};
	char	   *account = NULL;
	char	   *name = NULL;
	double		ms;

	ask_account(connection, &stats, &account, &name, &ms);
	if (account == NULL && connection->account != NULL)
		account = pstrdup(connection->account);
	add_text(&row, account);
	add_text(&row, name);
	add_datum(&row, BoolGetDatum(connection->livemode));
	add_text(&row, connection->scheme);
	if (connection->restricted)
		add_permissions(&row, connection, &stats);
	else
	{
		Datum		all = CStringGetTextDatum("*");

		add_text_array(&row, &all, 1);
	}
	add_datum(&row, Float8GetDatum(ms));
	PG_RETURN_DATUM(make_row(fcinfo, &row));
}
