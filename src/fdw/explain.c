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

/* Conditions with those values that are constants; the others show as $1, $2 … */
static List *
explain_conditions(const StripeScanSpec *spec)
{
	List	   *bound = NIL;
	int			parameter = 0;
	ListCell   *lc;

	foreach (lc, spec->conditions)
	{
		StripeCondition *condition = lfirst(lc);
		StripeBoundCondition *value = palloc0(sizeof(StripeBoundCondition));

		value->filter = condition->filter;
		value->comparison = condition->comparison;
		value->column_type = condition->column_type;
		value->value_type = exprType((Node *) condition->value);
		if (IsA(condition->value, Const))
		{
			Const	   *constant = (Const *) condition->value;

			value->known = true;
			value->value = constant->constvalue;
			value->isnull = constant->constisnull;
		}
		else
			value->parameter = ++parameter;
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

/*
 * The request as it reads best: not percent-encoded.  Expansions come after
 * the filters, the page size last.
 */
static char *
describe_request(const StripeScanState *state)
{
	const StripeResource *resource = state->table->resource;
	StripeBinding *binding;
	StringInfoData buf;
	ListCell   *lc;

	binding = stripe_bind(resource, explain_conditions(state->spec), state->spec->by_id);
	if (binding->empty)
		return NULL;

	initStringInfo(&buf);
	appendStringInfoString(&buf, "GET ");
	if (binding->id != NULL)
	{
		const char *hole = strstr(resource->retrieve_path, "{id}");

		appendBinaryStringInfo(&buf, resource->retrieve_path, hole - resource->retrieve_path);
		appendStringInfo(&buf, "%s%s", shown(binding->id), hole + strlen("{id}"));
	}
	else
		appendStringInfoString(&buf, resource->list_path);

	foreach (lc, binding->params)
	{
		StripeParam *param = lfirst(lc);

		append_shown(&buf, param->name, param->value);
	}
	if (binding->id == NULL && binding->missing != NULL)
		append_shown(&buf, binding->missing->param, "{required}");
	foreach (lc, state->expand)
		append_shown(&buf, "expand[]",
					 psprintf("%s%s", binding->id ? "" : "data.", (char *) lfirst(lc)));
	if (binding->id == NULL && resource->paging == STRIPE_PAGING_CURSOR)
		append_shown(&buf, "limit", psprintf("%d", state->spec->first_page_size));
	return buf.data;
}

void
stripeExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	StripeScanState *state = node->fdw_state;
	char	   *request = describe_request(state);

	ExplainPropertyText("Stripe Request", request ? request : "none", es);
	if (!es->analyze)
		return;
	ExplainPropertyInteger("Stripe Requests", NULL, state->stats.requests, es);
	ExplainPropertyInteger("Stripe Retries", NULL, state->stats.retries, es);
	ExplainPropertyInteger("Stripe Rows Fetched", NULL, state->stats.rows, es);
	ExplainPropertyInteger("Stripe Bytes", NULL, state->stats.bytes, es);
	if (es->timing)
		ExplainPropertyFloat("Stripe Wait Time", "ms", state->stats.wait_seconds * 1000.0, 3, es);
}
