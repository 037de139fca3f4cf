/*-------------------------------------------------------------------------
 *
 * retrieve.c
 *		The row source that looks objects up by their ids.
 *
 * It begins with one id.  If the executor goes on, as many more are under way
 * as have been answered, so that a query that stops early has asked for
 * little in vain.  Rows come in the order of the answers.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "http/url.h"
#include "stripe/call.h"
#include "stripe/rowsource.h"
#include "stripe/stats.h"

/* One id that has been asked for. */
typedef struct Lookup
{
	MemoryContext context;		/* its own; this struct is in it, and the answer */
	const StripeQuery *query;
	char	   *target;
	StripeCall *call;
} Lookup;

typedef struct RetrieveSource
{
	StripeRowSource head;		/* its query is the first of them */
	List	   *queries;		/* of StripeQuery *, each of one id */
	int			next_query;		/* that has not been asked yet */
	Lookup	   *under_way[STRIPE_MAX_CALLS];	/* in the order asked */
	int			nunder_way;
	int			answered;
	int			rows;			/* handed out */
	Lookup	   *at_hand;		/* the row handed out last is in it; or NULL */
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

static void
ask(RetrieveSource *source, const StripeQuery *query)
{
	MemoryContext context = AllocSetContextCreate(source->head.context, "stripe_fdw look-up",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	Lookup	   *lookup = palloc0(sizeof(Lookup));

	lookup->context = context;
	lookup->query = query;
	lookup->target = retrieve_target(query);
	lookup->call = stripe_call_start(source->head.connection, query->resource->retrieve_path,
									 lookup->target, source->head.stats, context);
	source->under_way[source->nunder_way++] = lookup;
	MemoryContextSwitchTo(old_context);
}

/* Asks for one id if none is under way, and for others if it seems right. */
static void
ask_ahead(RetrieveSource *source)
{
	const StripeQuery *query = source->head.query;
	int			most = Min(Min(query->concurrency, source->answered + 1), STRIPE_MAX_CALLS);

	while (source->next_query < list_length(source->queries) &&
		   (source->nunder_way == 0 ||
			(source->nunder_way < most &&
			 stripe_wants_more(query, source->rows, source->nunder_way))))
		ask(source, list_nth(source->queries, source->next_query++));
}

/* Waits for one of those that are under way, which is that no more. */
static Lookup *
wait_for_one(RetrieveSource *source)
{
	StripeCall *calls[STRIPE_MAX_CALLS];
	StripeCall *done;
	Lookup	   *lookup;
	int			at = 0;

	for (int i = 0; i < source->nunder_way; i++)
		calls[i] = source->under_way[i]->call;
	done = stripe_call_wait(calls, source->nunder_way, true);
	while (calls[at] != done)
		at++;
	lookup = source->under_way[at];
	source->nunder_way--;
	memmove(&source->under_way[at], &source->under_way[at + 1],
			sizeof(Lookup *) * (source->nunder_way - at));
	source->answered++;
	return lookup;
}

/* The row that a look-up has found, or NULL. */
static JsonValue *
take(const RetrieveSource *source, Lookup *lookup)
{
	const StripeQuery *query = lookup->query;
	MemoryContext old_context = MemoryContextSwitchTo(lookup->context);
	StripeAnswer *answer = stripe_call_take(lookup->call, missing_object, NULL, lookup->context);
	bool		found = false;

	if (answer != NULL)
	{
		stripe_check_object(query, answer->root, lookup->target, answer->request_id);
		stripe_check_kind(query, answer->root, lookup->target, answer->request_id);

		/* An object that goes by another id too must not be there twice. */
		found = !is_deleted(answer->root) && stripe_value_is(answer->root, "id", query->id);
	}
	if (found)
		stripe_stats_page(source->head.connection,
						  psprintf("GET %s", query->resource->retrieve_path),
						  source->head.stats, 1);
	MemoryContextSwitchTo(old_context);
	return found ? unconstify(JsonValue *, answer->root) : NULL;
}

static void
release(Lookup *lookup)
{
	MemoryContextDelete(lookup->context);
}

static JsonValue *
retrieve_next(StripeRowSource *head)
{
	RetrieveSource *source = (RetrieveSource *) head;

	if (source->at_hand != NULL)
		release(source->at_hand);
	source->at_hand = NULL;
	for (;;)
	{
		Lookup	   *lookup;
		JsonValue  *row;

		ask_ahead(source);
		if (source->nunder_way == 0)
			return NULL;
		lookup = wait_for_one(source);
		row = take(source, lookup);
		if (row != NULL)
		{
			source->at_hand = lookup;
			source->rows++;
			return row;
		}
		release(lookup);
	}
}

static void
retrieve_begin(StripeRowSource *head)
{
	ask_ahead((RetrieveSource *) head);
}

static void
retrieve_close(StripeRowSource *head)
{
	MemoryContextDelete(head->context);
}

static const StripeRowSourceMethods retrieve_methods = {retrieve_next, retrieve_begin,
														retrieve_close};

StripeRowSource *
stripe_retrieve_open(MemoryContext context, List *queries)
{
	RetrieveSource *source = MemoryContextAllocZero(context, sizeof(RetrieveSource));

	source->head.methods = &retrieve_methods;
	source->queries = queries;
	return &source->head;
}
