/*-------------------------------------------------------------------------
 *
 * list.c
 *		The row source that pages through a list, one page at a time and only
 *		when the next row is asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "http/url.h"
#include "stripe/rowsource.h"
#include "stripe/stats.h"

typedef struct ListSource
{
	StripeRowSource head;
	MemoryContext page_context; /* the page at hand, gone with its last row */
	const JsonValue *rows;		/* its "data", or NULL before the first page */
	int			nrows;
	int			position;		/* of the next row in it */
	bool		has_more;
	char	   *cursor;			/* id of the last row of the page before */
	List	   *dropped;		/* of StripeParam *: left out, see missing_value */
	const StripeParam *missing; /* the parameter whose value Stripe calls missing */
} ListSource;

/* The target of the next page, allocated in the current context. */
static char *
page_target(ListSource *source)
{
	const StripeQuery *query = source->head.query;
	StringInfoData target;
	ListCell   *lc;

	initStringInfo(&target);
	appendStringInfoString(&target, query->resource->list_path);
	foreach(lc, query->params)
	{
		StripeParam *param = lfirst(lc);

		if (!list_member_ptr(source->dropped, param))
			url_append_param(&target, param->name, param->value);
	}
	stripe_append_expand(&target, query, "data.");
	if (query->resource->paging == STRIPE_PAGING_CURSOR)
	{
		char		limit[16];

		snprintf(limit, sizeof(limit), "%d",
				 source->cursor || source->dropped ? query->page_size : query->first_page_size);
		url_append_param(&target, "limit", limit);
		if (source->cursor != NULL)
			url_append_param(&target, "starting_after", source->cursor);
	}
	return target.data;
}

/*
 * Remembers where the next page begins.  A page that says has_more must hold
 * a row to go on from, and another one than last time: otherwise the rest
 * could not be asked for, and the result would be short or endless.
 */
static void
advance_cursor(ListSource *source, const char *target, const char *request_id)
{
	const JsonValue *last;
	const JsonValue *id;
	const char *string = NULL;
	size_t		len = 0;
	char	   *cursor;

	if (source->nrows == 0)
		stripe_malformed(target, request_id, "an empty page says that there are more rows");
	if (source->head.query->resource->paging != STRIPE_PAGING_CURSOR)
		stripe_malformed(target, request_id, "a list without pages says that there are more rows");

	last = json_value_element(source->rows, source->nrows - 1);
	if (json_value_member(last, "id", &id))
		string = json_value_string(id, &len);
	if (string == NULL || len == 0)
		stripe_malformed(target, request_id, "the last row of a page has no id to go on from");

	cursor = MemoryContextAlloc(source->head.context, len + 1);
	memcpy(cursor, string, len);
	cursor[len] = '\0';
	if (source->cursor != NULL)
	{
		if (strcmp(source->cursor, cursor) == 0)
			stripe_malformed(target, request_id, "a page ends where the page before it ended");
		pfree(source->cursor);
	}
	source->cursor = cursor;
}

/*
 * Stripe answers customer=cus_none with an error, "No such customer", where
 * SQL finds no row.  Not after the first page: then something was deleted
 * between two of them, and what has been read so far may not be all.
 */
static bool
missing_value(void *arg, int status, const char *name)
{
	ListSource *source = arg;
	ListCell   *lc;

	if (name == NULL || source->cursor != NULL)
		return false;
	foreach(lc, source->head.query->params)
	{
		const StripeParam *param = lfirst(lc);
		const StripeFilter *filter = param->filter;

		if (filter == NULL || filter->op != STRIPE_FILTER_EQ || strcmp(param->name, name) != 0)
			continue;
		source->missing = param;
		return filter->lasting || filter->required || filter->field != NULL;
	}
	return false;
}

static char *
list_endpoint(const ListSource *source)
{
	return psprintf("GET %s", source->head.query->resource->list_path);
}

/*
 * Asks for the next page.  Returns NULL if there can be no row, because a
 * filter's value names nothing.
 *
 * Where what it named may have been deleted, and rows that refer to it may
 * still be there, the list is asked for without that filter: the local test
 * of the condition finds them.
 */
static StripeAnswer *
ask_for_page(ListSource *source, char **target)
{
	for (;;)
	{
		StripeAnswer *answer;
		MemoryContext old_context;

		*target = page_target(source);
		answer = stripe_get(source->head.connection, list_endpoint(source), *target, missing_value,
							source, source->head.stats, source->page_context);
		if (answer != NULL)
			return answer;
		if (source->missing->filter->lasting || source->missing->filter->required)
			return NULL;
		old_context = MemoryContextSwitchTo(source->head.context);
		source->dropped = lappend(source->dropped, (void *) source->missing);
		MemoryContextSwitchTo(old_context);
	}
}

static void
fetch_page(ListSource *source)
{
	StripeAnswer *answer;
	const JsonValue *has_more;
	MemoryContext old_context;
	char	   *target;

	source->rows = NULL;
	source->nrows = 0;
	source->position = 0;
	MemoryContextReset(source->page_context);
	old_context = MemoryContextSwitchTo(source->page_context);

	answer = ask_for_page(source, &target);
	if (answer == NULL)
	{
		source->has_more = false;
		MemoryContextSwitchTo(old_context);
		return;
	}

	if (!json_value_member(answer->root, "data", &source->rows) ||
		json_value_kind(source->rows) != JSON_KIND_ARRAY)
		stripe_malformed(target, answer->request_id, "the answer has no array \"data\"");
	if (!json_value_member(answer->root, "has_more", &has_more) ||
		json_value_kind(has_more) != JSON_KIND_BOOLEAN)
		stripe_malformed(target, answer->request_id, "the answer has no boolean \"has_more\"");

	source->nrows = json_value_length(source->rows);
	for (int i = 0; i < source->nrows; i++)
		stripe_check_object(source->head.query, json_value_element(source->rows, i), target,
							answer->request_id);
	stripe_stats_page(source->head.connection, list_endpoint(source), source->head.stats,
					  source->nrows);
	source->has_more = json_value_boolean(has_more);
	if (source->has_more)
		advance_cursor(source, target, answer->request_id);

	MemoryContextSwitchTo(old_context);
}

static JsonValue *
list_next(StripeRowSource *head)
{
	ListSource *source = (ListSource *) head;

	while (source->position >= source->nrows)
	{
		if (!source->has_more)
		{
			/* The last page's memory goes before the scan does. */
			source->rows = NULL;
			MemoryContextReset(source->page_context);
			return NULL;
		}
		fetch_page(source);
	}
	return unconstify(JsonValue *, json_value_element(source->rows, source->position++));
}

static void
list_close(StripeRowSource *head)
{
	MemoryContextDelete(head->context);
}

static const StripeRowSourceMethods list_methods = {list_next, list_close};

StripeRowSource *
stripe_list_open(MemoryContext context)
{
	ListSource *source = MemoryContextAllocZero(context, sizeof(ListSource));

	source->head.methods = &list_methods;
	source->page_context = AllocSetContextCreate(context, "stripe_fdw page",
												 ALLOCSET_DEFAULT_SIZES);
	source->has_more = true;	/* the first page */
	return &source->head;
}
