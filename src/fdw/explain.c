/*-------------------------------------------------------------------------
 *
 * explain.c
 *		What EXPLAIN shows of a scan: the request, and with ANALYZE its cost.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "commands/explain.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"

#include "base/compat.h"
#include "fdw/scan.h"

/* Requests shown of those that an IN makes. */
#define MAX_SHOWN_REQUESTS 10

/* 429s by their reason. */
static const char *const limited_names[STRIPE_LIMITED_COUNT] = {
	[STRIPE_LIMITED_GLOBAL_RATE] = "Stripe Limited Global Rate",
	[STRIPE_LIMITED_GLOBAL_CONCURRENCY] = "Stripe Limited Global Concurrency",
	[STRIPE_LIMITED_ENDPOINT_RATE] = "Stripe Limited Endpoint Rate",
	[STRIPE_LIMITED_ENDPOINT_CONCURRENCY] = "Stripe Limited Endpoint Concurrency",
	[STRIPE_LIMITED_OTHER] = "Stripe Limited Other",
};

/* Conditions with those values that are constants; the others show as $1, $2 … */
static List *
explain_conditions(const StripeScanSpec *spec)
{
	List	   *bound = NIL;
	int			parameter = 0;
	ListCell   *lc;
	ListCell   *lv;

	foreach (lc, spec->conditions)
	{
		StripeCondition *condition = lfirst(lc);
		StripeBoundCondition *value = stripe_bound_condition(condition);

		foreach (lv, condition->values)
		{
			Const	   *constant = lfirst(lv);

			if (IsA(constant, Const))
				value->values = stripe_add_values(value->values, constant->consttype,
												  constant->constvalue, constant->constisnull);
			else
			{
				value->known = false;
				value->parameter = ++parameter;
			}
		}
		bound = lappend(bound, value);
	}
	return bound;
}

/* What is kept in UTF-8, in the server's encoding. */
static char *
shown(const char *value)
{
	return pg_any_to_server(value, strlen(value), PG_UTF8);
}

static void
append_shown(StringInfo buf, const char *name, const char *value)
{
	appendStringInfo(buf, "%c%s=%s", strchr(buf->data, '?') ? '&' : '?', name,
					 shown(value));
}

/* How many rows the first page has. */
static char *
describe_limit(const StripeScanSpec *spec)
{
	int			parameter = 1;
	ListCell   *lc;
	ListCell   *lv;

	if (spec->limit_values == 0 || !spec->page_shrinks)
		return psprintf("%d", stripe_first_page_size(spec, spec->wanted));
	foreach (lc, spec->conditions)
	{
		foreach (lv, ((StripeCondition *) lfirst(lc))->values)
			parameter += IsA(lfirst(lv), Const) ? 0 : 1;
	}
	return psprintf("$%d", parameter);
}

/*
 * A request as it reads best: not percent-encoded.  Expansions come after
 * the filters, the page size last.
 */
static char *
describe_request(const StripeScanState *state, const StripeBinding *binding,
				 const StripeBoundRequest *request)
{
	const StripeResource *resource = state->table->resource;
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "GET ");
	if (request->id != NULL)
	{
		const char *hole = strstr(resource->retrieve_path, "{id}");

		appendBinaryStringInfo(&buf, resource->retrieve_path, hole - resource->retrieve_path);
		appendStringInfo(&buf, "%s%s", shown(request->id), hole + strlen("{id}"));
	}
	else
		appendStringInfoString(&buf, resource->list_path);

	foreach (lc, request->params)
	{
		StripeParam *param = lfirst(lc);

		append_shown(&buf, param->name, param->value);
	}
	if (binding->missing != NULL)
		append_shown(&buf, binding->missing->param, "{required}");
	foreach (lc, state->filler->expand)
		append_shown(&buf, "expand[]",
					 psprintf("%s%s", request->id ? "" : "data.", (char *) lfirst(lc)));
	if (request->id == NULL && resource->paging == STRIPE_PAGING_CURSOR)
		append_shown(&buf, "limit", describe_limit(state->spec));
	return buf.data;
}

/* A line for each request; in the other formats one property, or a list. */
static void
explain_requests(const StripeScanState *state, ExplainState *es)
{
	StripeBinding *binding;
	List	   *shown_requests = NIL;
	int			nrequests;
	ListCell   *lc;

	binding = stripe_bind(state->table->resource, explain_conditions(state->spec),
						  state->spec->by_id, state->spec->max_requests, state->spec->page_size);
	nrequests = list_length(binding->requests);
	foreach (lc, binding->requests)
	{
		if (foreach_current_index(lc) >= MAX_SHOWN_REQUESTS)
		{
			shown_requests = lappend(shown_requests,
									 psprintf("... and %d more", nrequests - MAX_SHOWN_REQUESTS));
			break;
		}
		shown_requests = lappend(shown_requests, describe_request(state, binding, lfirst(lc)));
	}

	if (shown_requests == NIL)
		shown_requests = list_make1("none");
	if (list_length(shown_requests) > 1 && es->format != EXPLAIN_FORMAT_TEXT)
	{
		ExplainPropertyList("Stripe Request", shown_requests, es);
		return;
	}
	foreach (lc, shown_requests)
		ExplainPropertyText("Stripe Request", lfirst(lc), es);
}

/* What the scan has cost. */
static void
explain_cost(const StripeStats *stats, ExplainState *es)
{
	ExplainPropertyInteger("Stripe Requests", NULL, stats->requests, es);
	ExplainPropertyInteger("Stripe Retries", NULL, stats->retries, es);
	for (int reason = 0; reason < STRIPE_LIMITED_COUNT; reason++)
	{
		if (stats->limited[reason] > 0 || es->format != EXPLAIN_FORMAT_TEXT)
			ExplainPropertyInteger(limited_names[reason], NULL, stats->limited[reason], es);
	}
	ExplainPropertyInteger("Stripe Rows Fetched", NULL, stats->rows, es);
	ExplainPropertyInteger("Stripe Bytes", NULL, stats->bytes, es);
	if (es->timing)
	{
		ExplainPropertyFloat("Stripe Wait Time", "ms", stats->wait_seconds * 1000.0, 3, es);
		ExplainPropertyFloat("Stripe Wire Time", "ms", stats->wire_seconds * 1000.0, 3, es);
		ExplainPropertyFloat("Stripe Delay Time", "ms", stats->delay_seconds * 1000.0, 3, es);
	}
}

void
stripeExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	StripeScanState *state = node->fdw_state;

	explain_requests(state, es);
	if (state->spec->ordered)
		ExplainPropertyText("Stripe Order",
							psprintf("%s DESC", state->table->resource->created_field), es);
	if (!es->analyze)
		return;
	explain_cost(&state->stats, es);
}
