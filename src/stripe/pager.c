/*-------------------------------------------------------------------------
 *
 * pager.c
 *		Going through a list page by page by its cursor.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/errors.h"
#include "http/url.h"
#include "stripe/pager.h"
#include "stripe/stats.h"

/* Cursors lost one after the other without a new row between them. */
#define MAX_LOSSES 10

/* What Stripe has called missing. */
typedef enum Missing
{
	MISSING_NOTHING,
	MISSING_VALUE,				/* what a filter names: pager->value */
	MISSING_CURSOR
} Missing;

struct StripePager
{
	StripePagerBase *base;
	MemoryContext context;		/* its own; this struct is in it */
	bool		windowed;		/* window takes the place of the query's own */
	StripeWindow window;

	char	   *cursor;			/* id of the last row of the page before */
	char	   *target;			/* of the call under way, or of the last one */
	StripeCall *call;
	Missing		missing;
	const StripeParam *value;

	bool		any;			/* a row has come */
	bool		in_order;		/* see stripe_pager_in_order */
	int64		last;			/* when the last row was created */
	MemoryContext ids_context;
	List	   *ids;			/* of char *: the rows so far of that second */
	bool		resumed;		/* began again in the second "again" */
	int64		again;
	int			losses;			/* since the last new row */
};

static bool is_missing(void *arg, int status, const char *name);

void
stripe_pager_prepare(StripePagerBase *base, StripeRowSource *source)
{
	const StripeResource *resource = source->query->resource;
	bool		by_creation = stripe_is_by_creation(source->query);

	base->source = source;
	base->created = NULL;
	base->dropped = NIL;
	base->packs = false;
	for (int i = 0; by_creation && i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		if (filter->op == STRIPE_FILTER_RANGE && filter->kind == STRIPE_KIND_TIMESTAMP &&
			filter->field != NULL && strcmp(filter->field, resource->created_field) == 0)
			base->created = filter;
	}
}

/* Narrows the window by a parameter such as created[gte]. */
static void
narrow(StripeWindow *window, const StripeFilter *filter, const StripeParam *param)
{
	const char *bound = param->name + strlen(filter->param);
	int64		value = strtoll(param->value, NULL, 10);

	if (strcmp(bound, "[gt]") == 0)
		window->lower = Max(window->lower, value + 1);
	else if (strcmp(bound, "[gte]") == 0)
		window->lower = Max(window->lower, value);
	else if (strcmp(bound, "[lt]") == 0)
		window->upper = Min(window->upper, value - 1);
	else if (strcmp(bound, "[lte]") == 0)
		window->upper = Min(window->upper, value);
	else
		elog(ERROR, "unexpected parameter \"%s\"", param->name);
}

StripeWindow
stripe_pager_window(const StripePagerBase *base)
{
	StripeWindow window = {STRIPE_OPEN_BELOW, STRIPE_OPEN_ABOVE};
	ListCell   *lc;

	foreach(lc, base->source->query->params)
	{
		const StripeParam *param = lfirst(lc);

		if (base->created != NULL && param->filter == base->created)
			narrow(&window, base->created, param);
	}
	return window;
}

StripePager *
stripe_pager_create(StripePagerBase *base, const StripeWindow *window, MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(context, "stripe_fdw pager", ALLOCSET_SMALL_SIZES);
	StripePager *pager = MemoryContextAllocZero(own, sizeof(StripePager));

	pager->base = base;
	pager->context = own;
	pager->in_order = base->created != NULL;
	pager->ids_context = AllocSetContextCreate(own, "stripe_fdw ids", ALLOCSET_SMALL_SIZES);
	if (window != NULL)
	{
		pager->windowed = true;
		pager->window = *window;
	}
	return pager;
}

/*
 * ------------------------------------------------------------------------
 * Asking
 * ------------------------------------------------------------------------
 */

static void
append_bound(StringInfo target, const StripePagerBase *base, const char *suffix, int64 value)
{
	char	   *name = psprintf("%s[%s]", base->created->param, suffix);
	char		text[32];

	snprintf(text, sizeof(text), INT64_FORMAT, value);
	url_append_param(target, name, text);
	pfree(name);
}

/* The target of the next page, allocated in the current context. */
static char *
page_target(const StripePager *pager)
{
	const StripePagerBase *base = pager->base;
	const StripeQuery *query = base->source->query;
	StringInfoData target;
	ListCell   *lc;

	initStringInfo(&target);
	appendStringInfoString(&target, query->resource->list_path);
	foreach(lc, query->params)
	{
		StripeParam *param = lfirst(lc);

		if (!list_member_ptr(base->dropped, param) &&
			!(pager->windowed && param->filter == base->created))
			url_append_param(&target, param->name, param->value);
	}
	if (pager->windowed && pager->window.lower != STRIPE_OPEN_BELOW)
		append_bound(&target, base, "gte", pager->window.lower);
	if (pager->windowed && pager->window.upper != STRIPE_OPEN_ABOVE)
		append_bound(&target, base, "lte", pager->window.upper);
	stripe_append_expand(&target, query, "data.");
	if (query->resource->paging == STRIPE_PAGING_CURSOR)
	{
		bool		first = pager->cursor == NULL && !pager->windowed && base->dropped == NIL;
		char		limit[16];

		snprintf(limit, sizeof(limit), "%d",
				 first ? query->first_page_size : query->page_size);
		url_append_param(&target, "limit", limit);
		if (pager->cursor != NULL)
			url_append_param(&target, "starting_after", pager->cursor);
	}
	return target.data;
}

void
stripe_pager_ask(StripePager *pager)
{
	StripeRowSource *source = pager->base->source;
	MemoryContext old_context = MemoryContextSwitchTo(pager->context);

	Assert(pager->call == NULL);
	if (pager->target != NULL)
		pfree(pager->target);
	pager->target = page_target(pager);
	pager->missing = MISSING_NOTHING;
	pager->call = stripe_call_start(source->connection, source->query->resource->list_path,
									pager->target, source->stats, pager->context);
	MemoryContextSwitchTo(old_context);
}

StripeCall *
stripe_pager_call(const StripePager *pager)
{
	return pager->call;
}

/*
 * ------------------------------------------------------------------------
 * What is missing
 * ------------------------------------------------------------------------
 */

/*
 * Stripe answers customer=cus_none with an error, "No such customer", where
 * SQL finds no row.  Not after the first page: then something was deleted
 * between two of them, and what has been read so far may not be all.
 */
static bool
is_missing_value(StripePager *pager, const char *name)
{
	ListCell   *lc;

	if (pager->any || pager->windowed)
		return false;
	foreach(lc, pager->base->source->query->params)
	{
		const StripeParam *param = lfirst(lc);
		const StripeFilter *filter = param->filter;

		if (filter == NULL || filter->op != STRIPE_FILTER_EQ || strcmp(param->name, name) != 0)
			continue;
		pager->missing = MISSING_VALUE;
		pager->value = param;
		return filter->lasting || filter->required || filter->field != NULL;
	}
	return false;
}

static bool
is_missing(void *arg, int status, const char *name)
{
	StripePager *pager = arg;

	if (name == NULL)
		return false;
	if (status == 400 && pager->cursor != NULL && strcmp(name, "starting_after") == 0)
	{
		pager->missing = MISSING_CURSOR;
		return true;
	}
	return is_missing_value(pager, name);
}

/*
 * The object after which the next page would begin has been deleted, or no
 * longer matches the filters.  Begins again with the second of the last row,
 * of which the rows that have come already are then left out.
 */
static void
resume(StripePager *pager)
{
	if (!pager->in_order || !pager->any || ++pager->losses > MAX_LOSSES)
	{
		StripeError error = {
			.kind = STRIPE_ERROR_CURSOR_LOST,
			.http_status = 400,
			.message = psprintf("the object \"%s\", after which the next page begins, "
								"has been deleted or has changed", pager->cursor),
			.request = psprintf("GET %s", pager->base->source->query->resource->list_path),
		};

		stripe_raise(&error);
	}
	ereport(DEBUG1,
			(errmsg_internal("stripe_fdw: the object after which the next page begins is gone: "
							 "going on from created[lte]=" INT64_FORMAT, pager->last)));
	if (!pager->windowed)
		pager->window = stripe_pager_window(pager->base);
	pager->windowed = true;
	pager->window.upper = pager->last;
	pfree(pager->cursor);
	pager->cursor = NULL;
	pager->resumed = true;
	pager->again = pager->last;
}

/*
 * ------------------------------------------------------------------------
 * What has come
 * ------------------------------------------------------------------------
 */

static const char *
row_id(const JsonValue *row, size_t *len)
{
	const JsonValue *id;

	return json_value_member(row, "id", &id) ? json_value_string(id, len) : NULL;
}

/*
 * Remembers where the next page begins.  A page that says has_more must hold
 * a row to go on from, and another one than last time: otherwise the rest
 * could not be asked for, and the result would be short or endless.
 */
static void
advance_cursor(StripePager *pager, const StripePage *page, const char *request_id)
{
	const char *id = NULL;
	size_t		len = 0;

	if (page->nrows == 0)
		stripe_malformed(pager->target, request_id, "an empty page says that there are more rows");
	if (pager->base->source->query->resource->paging != STRIPE_PAGING_CURSOR)
		stripe_malformed(pager->target, request_id,
						 "a list without pages says that there are more rows");

	id = row_id(json_value_element(page->rows, page->nrows - 1), &len);
	if (id == NULL || len == 0)
		stripe_malformed(pager->target, request_id,
						 "the last row of a page has no id to go on from");
	if (pager->cursor != NULL)
	{
		if (strlen(pager->cursor) == len && memcmp(pager->cursor, id, len) == 0)
			stripe_malformed(pager->target, request_id,
							 "a page ends where the page before it ended");
		pfree(pager->cursor);
	}
	pager->cursor = MemoryContextAlloc(pager->context, len + 1);
	memcpy(pager->cursor, id, len);
	pager->cursor[len] = '\0';
}

/* Whether a row has come before the cursor was lost. */
static bool
is_repeated(const StripePager *pager, const char *id, size_t len)
{
	ListCell   *lc;

	foreach(lc, pager->ids)
	{
		const char *known = lfirst(lc);

		if (strlen(known) == len && memcmp(known, id, len) == 0)
			return true;
	}
	return false;
}

/* Remembers a row by its second and its id, or finds that it has come before. */
static bool
remember(StripePager *pager, int64 created, const JsonValue *row)
{
	MemoryContext old_context;
	size_t		len;
	const char *id = row_id(row, &len);

	if (id == NULL)
		return false;
	if (!pager->any || created != pager->last)
	{
		MemoryContextReset(pager->ids_context);
		pager->ids = NIL;
	}
	else if (pager->resumed && created == pager->again && is_repeated(pager, id, len))
		return true;
	old_context = MemoryContextSwitchTo(pager->ids_context);
	pager->ids = lappend(pager->ids, pnstrdup(id, len));
	MemoryContextSwitchTo(old_context);
	return false;
}

/* Reads when the rows were created, and checks that it is where and as it should be. */
static void
read_times(StripePager *pager, StripePage *page, const char *request_id)
{
	const char *field = pager->base->source->query->resource->created_field;

	if (pager->base->created == NULL)
		return;
	page->created = palloc(sizeof(int64) * Max(page->nrows, 1));
	for (int i = 0; i < page->nrows; i++)
	{
		const JsonValue *row = json_value_element(page->rows, i);
		const JsonValue *value;
		int64	   *created = &page->created[i];

		if (!json_value_member(row, field, &value) || !json_value_int64(value, created))
		{
			page->created = NULL;
			pager->in_order = false;
			return;
		}
		if (pager->windowed &&
			(*created < pager->window.lower || *created > pager->window.upper))
			stripe_malformed(pager->target, request_id,
							 "a row lies outside of the time that was asked for");
		if (pager->any && *created > pager->last)
			pager->in_order = false;
		if (pager->in_order && remember(pager, *created, row))
		{
			if (page->repeated == NULL)
				page->repeated = palloc0(sizeof(bool) * page->nrows);
			page->repeated[i] = true;
		}
		else
			pager->losses = 0;
		pager->any = true;
		pager->last = *created;
	}
}

static void
read_page(StripePager *pager, StripePage *page, const StripeAnswer *answer)
{
	StripeRowSource *source = pager->base->source;
	const JsonValue *has_more;

	if (!json_value_member(answer->root, "data", &page->rows) ||
		json_value_kind(page->rows) != JSON_KIND_ARRAY)
		stripe_malformed(pager->target, answer->request_id, "the answer has no array \"data\"");
	if (!json_value_member(answer->root, "has_more", &has_more) ||
		json_value_kind(has_more) != JSON_KIND_BOOLEAN)
		stripe_malformed(pager->target, answer->request_id,
						 "the answer has no boolean \"has_more\"");

	page->document = answer->document;
	page->nrows = page->end = json_value_length(page->rows);
	for (int i = 0; i < page->nrows; i++)
		stripe_check_object(source->query, json_value_element(page->rows, i), pager->target,
							answer->request_id);
	stripe_stats_page(source->connection, psprintf("GET %s", source->query->resource->list_path),
					  source->stats, page->nrows);
	page->has_more = json_value_boolean(has_more);
	page->seconds = answer->seconds;
	read_times(pager, page, answer->request_id);
	if (page->nrows > 0)
		pager->any = true;
	if (page->has_more)
		advance_cursor(pager, page, answer->request_id);
}

/*
 * What to do if something is missing; false: there is nothing to ask for.
 *
 * Where what a filter names may have been deleted, and rows that refer to it
 * may still be there, the list is asked for without that filter: the local
 * test of the condition finds them.
 */
static bool
ask_otherwise(StripePager *pager)
{
	StripePagerBase *base = pager->base;
	MemoryContext old_context;

	if (pager->missing == MISSING_CURSOR)
		resume(pager);
	else
	{
		if (pager->value->filter->lasting || pager->value->filter->required)
			return false;
		old_context = MemoryContextSwitchTo(base->source->context);
		base->dropped = lappend(base->dropped, (void *) pager->value);
		MemoryContextSwitchTo(old_context);
	}
	stripe_pager_ask(pager);
	return true;
}

StripePage *
stripe_pager_take(StripePager *pager)
{
	StripeCall *call = pager->call;
	MemoryContext page_context = AllocSetContextCreate(pager->base->source->context,
													   "stripe_fdw page",
													   ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(page_context);
	StripePage *page = palloc0(sizeof(StripePage));
	StripeAnswer *answer;

	page->context = page_context;
	if (pager->base->packs)
	{
		const HttpResponse *response = stripe_call_response(call);

		page->body_len = response->body_len;
		page->body = memcpy(palloc(page->body_len), response->body, page->body_len);
	}
	pager->call = NULL;
	answer = stripe_call_take(call, is_missing, pager, page_context);
	if (answer != NULL)
		read_page(pager, page, answer);
	MemoryContextSwitchTo(old_context);

	if (answer == NULL && ask_otherwise(pager))
	{
		stripe_page_free(page);
		return NULL;
	}
	return page;
}

StripePage *
stripe_pager_next(StripePager *pager)
{
	StripePage *page = NULL;

	while (page == NULL)
	{
		if (pager->call == NULL)
			stripe_pager_ask(pager);
		(void) stripe_call_wait(&pager->call, 1, true);
		page = stripe_pager_take(pager);
	}
	return page;
}

bool
stripe_pager_in_order(const StripePager *pager)
{
	return pager->in_order;
}

void
stripe_pager_raise_disorder(const StripePager *pager)
{
	StripeError error = {
		.kind = STRIPE_ERROR_MALFORMED,
		.http_status = 200,
		.message = "its rows are not in the order of their creation",
		.request = psprintf("GET %s", pager->base->source->query->resource->list_path),
		.hint = gettext_noop("Such a list can be read if the option \"concurrency\" of the "
							 "foreign table, or of its server, is set to 1."),
	};

	stripe_raise(&error);
}

void
stripe_pager_free(StripePager *pager)
{
	MemoryContextDelete(pager->context);
}

void
stripe_page_pack(StripePage *page)
{
	if (page->body == NULL)
		return;
	json_document_free(page->document);
	page->document = NULL;
	page->rows = NULL;
}

/* What has been read once can be read again. */
static void
unpack(StripePage *page)
{
	MemoryContext old_context = MemoryContextSwitchTo(page->context);
	char	   *why;

	page->document = json_document_parse(page->context, page->body, page->body_len, &why);
	if (page->document == NULL ||
		!json_value_member(json_document_root(page->document), "data", &page->rows))
		elog(ERROR, "a page can't be read again");
	pfree(page->body);
	page->body = NULL;
	MemoryContextSwitchTo(old_context);
}

JsonValue *
stripe_page_next(StripePage *page)
{
	while (page->position < page->end)
	{
		int			at = page->position++;

		if (page->document == NULL)
			unpack(page);
		if (page->repeated == NULL || !page->repeated[at])
			return unconstify(JsonValue *, json_value_element(page->rows, at));
	}
	return NULL;
}

void
stripe_page_free(StripePage *page)
{
	MemoryContextDelete(page->context);
}
