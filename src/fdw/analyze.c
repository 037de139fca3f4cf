/*-------------------------------------------------------------------------
 *
 * analyze.c
 *		ANALYZE of a foreign table: a sample of its rows and their number,
 *		within a few dozen requests however long the list is.
 *
 * Which pages to ask for, and how many rows they stand for, the sampler
 * says.  PostgreSQL takes the sample for one in which each row of the table
 * had the same chance, so of a page that stands for few rows few are handed
 * on.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "access/htup_details.h"
#include "common/pg_prng.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "fdw/analyze.h"
#include "fdw/bind.h"
#include "fdw/columns.h"
#include "fdw/connection.h"
#include "fdw/row.h"
#include "fdw/sampler.h"
#include "stripe/rowsource.h"

/* No time of interest is further from 1970: more seconds than PostgreSQL's own times reach. */
#define MAX_SECOND (INT64CONST(1) << 44)

/* The share of the sample that may be missing because pages stand for more rows than they have. */
#define SHORTFALL 0.1

/* The rows that one request brought and no other has. */
typedef struct AnalyzePage
{
	int			nrows;			/* received; the table has those … */
	int			nlisted;		/* … that StripeListRule leaves in it */
	HeapTuple  *rows;			/* these */
	char	   *last_id;		/* of its last row, in UTF-8; NULL: no full page */
	int64		upper;			/* asked for up to this second, if has_upper */
	bool		has_upper;
	double		weight;			/* rows of the table that it stands for */
} AnalyzePage;

typedef struct Analyzer
{
	StripeTable *table;
	TupleDesc	tupdesc;
	const StripeFilter *created;	/* the filter by time of creation, or NULL */
	StripeRowFiller *filler;
	Datum	   *values;
	bool	   *isnull;

	StripeConnection *connection;
	List	   *params;			/* of StripeParam *: what is sent by default */
	StripeStats stats;
	MemoryContext work_context; /* of all this */
	MemoryContext page_context; /* of the page at hand */
	MemoryContext row_context;	/* of the row at hand */
	MemoryContext result_context;	/* of the sampled rows */

	Sampler		sampler;
	AnalyzePage pages[SAMPLER_MAX_REQUESTS];
} Analyzer;

/* Who ran the ANALYZE under way: PostgreSQL goes on as the table's owner. */
static Oid	analyzing_user = InvalidOid;

/*
 * As whom to ask.  Statistics can be read by the table's owner, so they are
 * taken with the key of whoever runs ANALYZE only if that is the owner or a
 * member of the owning role; a superuser's ANALYZE of somebody else's table
 * is maintenance on the owner's behalf.
 */
static Oid
asking_user(Relation relation)
{
	Oid			owner = relation->rd_rel->relowner;

	if (OidIsValid(analyzing_user) && is_member_of_role_nosuper(analyzing_user, owner))
		return analyzing_user;
	return owner;
}

/* The filter that enters the list at any second of its objects' creation, or NULL. */
static const StripeFilter *
created_filter(const StripeResource *resource)
{
	const StripeFilter *filter = stripe_find_filter(resource, "created");

	if (resource->paging != STRIPE_PAGING_CURSOR || filter == NULL ||
		filter->op != STRIPE_FILTER_RANGE || filter->kind != STRIPE_KIND_TIMESTAMP ||
		filter->field == NULL || strchr(filter->field, '.') != NULL)
		return NULL;
	return filter;
}

/* As SELECT * does, but for columns that no plain list can fill: they stay NULL. */
static void
prepare_columns(Analyzer *analyzer)
{
	const StripeTable *table = analyzer->table;
	List	   *attnums = NIL;

	for (int i = 0; i < table->ncolumns; i++)
	{
		const StripeColumn *column = &table->columns[i];

		if (column->attnum != 0 && column->role != STRIPE_COLUMN_GONE)
			attnums = lappend_int(attnums, column->attnum);
	}
	analyzer->filler = stripe_row_filler_create(table, attnums);
	analyzer->values = palloc(sizeof(Datum) * Max(table->ncolumns, 1));
	analyzer->isnull = palloc(sizeof(bool) * Max(table->ncolumns, 1));
}

/* A row as a tuple of the table, in the result's context. */
static HeapTuple
make_tuple(Analyzer *analyzer, JsonValue *row)
{
	MemoryContext old_context = MemoryContextSwitchTo(analyzer->row_context);
	HeapTuple	tuple;

	stripe_fill_row(analyzer->filler, row, analyzer->table->ncolumns, analyzer->values,
					analyzer->isnull);

	MemoryContextSwitchTo(analyzer->result_context);
	tuple = heap_form_tuple(analyzer->tupdesc, analyzer->values, analyzer->isnull);
	MemoryContextSwitchTo(old_context);
	MemoryContextReset(analyzer->row_context);
	return tuple;
}

/*
 * The second in which a row was created; that of the row before it if it does
 * not say.  Differences of any two are to be a number.
 */
static int64
created_second(const Analyzer *analyzer, const JsonValue *row, int64 before)
{
	const JsonValue *created;
	int64		seconds;

	if (analyzer->created == NULL ||
		!json_value_member(row, analyzer->created->field, &created) ||
		!json_value_int64(created, &seconds))
		return before;
	return Max(Min(seconds, MAX_SECOND), -MAX_SECOND);
}

/* The id of a row, from which the list can be followed. */
static char *
cursor_at(const Analyzer *analyzer, const JsonValue *row)
{
	const JsonValue *id;
	const char *string = NULL;
	size_t		len;
	char	   *cursor;

	if (json_value_member(row, "id", &id))
		string = json_value_string(id, &len);
	if (string == NULL)
		elog(ERROR, "a row of foreign table \"%s\" has no id", analyzer->table->name);
	cursor = MemoryContextAllocZero(analyzer->work_context, len + 1);
	return memcpy(cursor, string, len);
}

static List *
add_param(List *params, const StripeFilter *filter, const char *name, const char *value)
{
	StripeParam *param = palloc0(sizeof(StripeParam));

	param->name = name;
	param->value = value;
	param->filter = filter;
	return lappend(params, param);
}

/* Asks for a page and keeps those of its rows that are on no other. */
static void
read_page(Analyzer *analyzer, const SamplerAsk *ask)
{
	int			page_size = analyzer->table->page_size;
	AnalyzePage *page = &analyzer->pages[analyzer->sampler.nrequests];
	MemoryContext old_context = MemoryContextSwitchTo(analyzer->page_context);
	StripeQuery query = {
		.resource = analyzer->table->resource,
		.params = list_copy(analyzer->params),
		.expand = analyzer->filler->expand,
		.page_size = page_size,
		.first_page_size = page_size,
		.concurrency = 1,		/* one page, and no other in advance */
		.ordered = true,
		.wanted = page_size,
	};
	StripeRowSource *source;
	HeapTuple  *rows = palloc(sizeof(HeapTuple) * page_size);	/* NULL: not in the table */
	int64	   *created = palloc0(sizeof(int64) * page_size);
	JsonValue  *row = NULL;
	int			nrows = 0;
	int			fresh;

	/* A page that follows another must be asked for with the same bound. */
	if (ask->kind == SAMPLER_FOLLOW)
	{
		page->upper = analyzer->pages[ask->after].upper;
		page->has_upper = analyzer->pages[ask->after].has_upper;
	}
	else if (ask->kind == SAMPLER_UP_TO)
	{
		page->upper = ask->upper;
		page->has_upper = true;
	}
	if (page->has_upper)
		query.params = add_param(query.params, analyzer->created,
								 psprintf("%s[lte]", analyzer->created->param),
								 psprintf(INT64_FORMAT, page->upper));
	if (ask->kind == SAMPLER_FOLLOW)
		query.params = add_param(query.params, NULL, "starting_after",
								 analyzer->pages[ask->after].last_id);

	source = stripe_rowsource_open(analyzer->connection, list_make1(&query), &analyzer->stats,
								   analyzer->page_context);
	/* A list without pages comes whole, and may have more rows than a page. */
	while (nrows < page_size || analyzer->table->resource->paging == STRIPE_PAGING_NONE)
	{
		CHECK_FOR_INTERRUPTS();
		row = stripe_rowsource_next(source);
		if (row == NULL)
			break;
		if (nrows >= page_size)
		{
			page_size *= 2;
			rows = repalloc(rows, sizeof(HeapTuple) * page_size);
			created = repalloc(created, sizeof(int64) * page_size);
		}
		created[nrows] = created_second(analyzer, row, nrows > 0 ? created[nrows - 1] : 0);
		if (nrows + 1 == page_size)
			page->last_id = cursor_at(analyzer, row);
		rows[nrows++] = stripe_is_listed(&query, row) ? make_tuple(analyzer, row) : NULL;
	}
	stripe_rowsource_close(source);

	/* Whether more follow after a full page shows when they are asked for. */
	fresh = sampler_answer(&analyzer->sampler, ask, created, nrows, row != NULL);
	page->nrows = fresh;
	page->rows = MemoryContextAlloc(analyzer->work_context, sizeof(HeapTuple) * Max(fresh, 1));
	for (int i = 0; i < nrows; i++)
	{
		if (rows[i] != NULL && i < fresh)
			page->rows[page->nlisted++] = rows[i];
		else if (rows[i] != NULL)
			heap_freetuple(rows[i]);
	}
	MemoryContextSwitchTo(old_context);
	MemoryContextReset(analyzer->page_context);
}

/* How many rows of a page to hand on if each row that it stands for has this chance. */
static double
share_of(const AnalyzePage *page, double chance)
{
	return Min(page->weight * chance, page->nlisted);
}

/*
 * The chance of a row to be in the sample: the largest at which few rows are
 * missing because a page does not have as many as it should contribute.
 */
static double
choose_chance(const Analyzer *analyzer, double total, int wanted)
{
	double		chance = 1.0;

	for (; chance > 1e-9; chance *= 0.9)
	{
		double		sampled = 0;

		for (int i = 0; i < analyzer->sampler.nrequests; i++)
			sampled += share_of(&analyzer->pages[i], chance);
		if (sampled <= wanted && sampled >= total * chance * (1 - SHORTFALL))
			break;
	}
	return chance;
}

/* Hands on the sample, in the list's order; returns the number of rows. */
static int
hand_on(Analyzer *analyzer, double total, HeapTuple *rows, int wanted)
{
	double		chance;
	double		due = 0;
	int			handed = 0;

	chance = choose_chance(analyzer, total, wanted);

	for (int i = 0; i < analyzer->sampler.npages; i++)
	{
		const AnalyzePage *page = &analyzer->pages[analyzer->sampler.pages[i].request];
		int			left = page->nlisted;
		int			take;

		/* What is cut off from one page's share is the next one's. */
		due += share_of(page, chance);
		take = Min((int) floor(due + 1e-6), left);
		due -= take;
		for (int j = 0; j < page->nlisted; j++, left--)
		{
			if (handed < wanted && pg_prng_double(&pg_global_prng_state) * left < take)
			{
				rows[handed++] = page->rows[j];
				take--;
			}
			else
				heap_freetuple(page->rows[j]);
		}
	}
	return handed;
}

/*
 * How many rows the table has, and how many of them each page stands for.  Of
 * a list that does not end within the requests and can't be entered by time no
 * more is known: as many again, or what such lists have.
 */
static double
estimate_total(Analyzer *analyzer)
{
	const Sampler *sampler = &analyzer->sampler;
	double		total = 0;

	for (int i = 0; i < sampler->nrequests; i++)
	{
		AnalyzePage *page = &analyzer->pages[i];

		if (page->nrows > 0)
			page->weight = sampler_weight(sampler, i) * page->nlisted / page->nrows;
		total += page->weight;
	}
	if (sampler->by_time || sampler_complete(sampler))
		return rint(total);
	return Max(rint(total) * 2, analyzer->table->resource->rows);
}

/* AcquireSampleRowsFunc: called as the table's owner, in ANALYZE's own context. */
static int
acquire_sample_rows(Relation relation, int elevel, HeapTuple *rows, int targrows,
					double *totalrows, double *totaldeadrows)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "stripe_fdw analyze",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(context);
	Analyzer   *analyzer = palloc0(sizeof(Analyzer));
	StripeBinding *binding;
	SamplerAsk	ask;
	int			sampled;

	analyzer->result_context = old_context;
	analyzer->work_context = context;
	analyzer->page_context = AllocSetContextCreate(context, "stripe_fdw page",
												   ALLOCSET_DEFAULT_SIZES);
	analyzer->row_context = AllocSetContextCreate(context, "stripe_fdw row",
												  ALLOCSET_DEFAULT_SIZES);
	analyzer->table = stripe_table_resolve(RelationGetRelid(relation));
	analyzer->tupdesc = RelationGetDescr(relation);
	analyzer->created = created_filter(analyzer->table->resource);
	prepare_columns(analyzer);
	binding = stripe_bind(analyzer->table->resource, NIL, false, 1, analyzer->table->page_size);
	analyzer->params = ((StripeBoundRequest *) linitial(binding->requests))->params;
	analyzer->connection =
		stripe_connection_load(GetForeignTable(RelationGetRelid(relation))->serverid,
							   asking_user(relation), RelationGetRelid(relation), context);

	sampler_init(&analyzer->sampler, analyzer->table->page_size, analyzer->created != NULL);
	while (analyzer->stats.requests < SAMPLER_MAX_REQUESTS &&
		   sampler_next(&analyzer->sampler, &ask))
		read_page(analyzer, &ask);

	*totalrows = estimate_total(analyzer);
	*totaldeadrows = 0;
	sampled = hand_on(analyzer, *totalrows, rows, targrows);
	ereport(elevel,
			(errmsg("\"%s\": " UINT64_FORMAT " requests brought " UINT64_FORMAT " rows; %d rows in sample, %.0f %s total rows",
					RelationGetRelationName(relation), analyzer->stats.requests,
					analyzer->stats.rows, sampled, *totalrows,
					sampler_complete(&analyzer->sampler) ? "counted" : "estimated")));
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(context);
	return sampled;
}

/* A filter without which Stripe lists nothing, or NULL. */
static const StripeFilter *
required_filter(const StripeResource *resource)
{
	for (int i = 0; i < resource->nfilters; i++)
	{
		if (resource->filters[i].required)
			return &resource->filters[i];
	}
	return NULL;
}

bool
stripeAnalyzeForeignTable(Relation relation, AcquireSampleRowsFunc *func, BlockNumber *totalpages)
{
	StripeTable *table;
	const StripeFilter *filter;

	/*
	 * Autovacuum leaves foreign tables alone, but reaches those that inherit
	 * from a local table when it analyzes that one.  Requests are for people
	 * to cause.
	 */
	if (compat_is_autovacuum())
		return false;

	table = stripe_table_resolve(RelationGetRelid(relation));
	filter = required_filter(table->resource);
	if (filter != NULL)
	{
		/* PostgreSQL adds a warning that the table is skipped, and goes on. */
		ereport(WARNING,
				(errmsg("foreign table \"%s\" can't be analyzed", table->name),
				 errdetail("Stripe lists %s for one value of \"%s\" at a time.",
						   table->resource->list_path, filter->param)));
		return false;
	}

	analyzing_user = GetUserId();
	*func = acquire_sample_rows;
	*totalpages = 1;			/* nothing asks for the pages of a foreign table */
	return true;
}
