/*-------------------------------------------------------------------------
 *
 * retrieve.c
 *		The row source that looks one object up by its id.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "http/url.h"
#include "stripe/call.h"
#include "stripe/rowsource.h"
#include "stripe/stats.h"

typedef struct RetrieveSource
{
	StripeRowSource head;
	bool		done;
} RetrieveSource;

static char *
retrieve_target(const StripeQuery *query)
{
	const char *path = query->resource->retrieve_path;
	const char *hole = strstr(path, "{id}");
	StringInfoData target;

	Assert(hole != NULL);
	initStringInfo(&target);
	appendBinaryStringInfo(&target, path, hole - path);
	url_append_encoded(&target, query->id);
	appendStringInfoString(&target, hole + strlen("{id}"));
	stripe_append_expand(&target, query, "");
	return target.data;
}

/*
 * A deleted object answers {"id": …, "object": …, "deleted": true}.  A list
 * does not contain it, so neither does the table.
 */
static bool
is_deleted(const JsonValue *object)
{
	const JsonValue *deleted;

	return json_value_member(object, "deleted", &deleted) &&
		   json_value_kind(deleted) == JSON_KIND_BOOLEAN && json_value_boolean(deleted);
}

/* A look-up that finds nothing is no row: a 404, and no other status. */
static bool
missing_object(void *arg, int status, const char *param)
{
	return status == 404;
}

static JsonValue *
retrieve_next(StripeRowSource *head)
{
	RetrieveSource *source = (RetrieveSource *) head;
	MemoryContext old_context;
	StripeAnswer *answer;
	char	   *target;

	if (source->done)
		return NULL;
	source->done = true;

	old_context = MemoryContextSwitchTo(head->context);
	target = retrieve_target(head->query);
	answer = stripe_get(head->connection, head->query->resource->retrieve_path, target,
						missing_object, NULL, head->stats, head->context);
	if (answer != NULL)
	{
		stripe_check_object(head->query, answer->root, target, answer->request_id);
		stripe_check_kind(head->query, answer->root, target, answer->request_id);
	}
	MemoryContextSwitchTo(old_context);

	if (answer == NULL || is_deleted(answer->root))
		return NULL;
	stripe_stats_page(head->connection, psprintf("GET %s", head->query->resource->retrieve_path),
					  head->stats, 1);
	return unconstify(JsonValue *, answer->root);
}

static void
retrieve_close(StripeRowSource *head)
{
	MemoryContextDelete(head->context);
}

static const StripeRowSourceMethods retrieve_methods = {retrieve_next, retrieve_close};

StripeRowSource *
stripe_retrieve_open(MemoryContext context)
{
	RetrieveSource *source = MemoryContextAllocZero(context, sizeof(RetrieveSource));

	source->head.methods = &retrieve_methods;
	return &source->head;
}
