/*-------------------------------------------------------------------------
 *
 * union.c
 *		The row source that reads a list for each of several values of a
 *		filter, one after another.
 *
 * If the executor goes on from one value to the next, the first pages of
 * others are under way meanwhile: at most as many as values have been read,
 * and as half of the requests that may be in flight.  The list at hand has
 * the rest of these.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "stripe/rowsource.h"

typedef struct UnionSource
{
	StripeRowSource head;
	StripeQuery *queries;		/* its own copies */
	StripeRowSource **sources;	/* of each query, once it has begun */
	int			nqueries;
	int			begun;			/* so many of them, from the first */
	int			current;		/* the query whose rows are read; -1 before the first */
	double		rows;			/* handed out */
} UnionSource;

/*
 * Whether a row is one of the query's own.  Stripe may match more than was
 * asked for (without regard to case, or because a filter had to be left out),
 * and then another query gives the same row.
 */
static bool
is_own_row(const StripeQuery *query, const JsonValue *row)
{
	return stripe_value_is(row, query->only->filter->field, query->only->value);
}

static void
begin_one(UnionSource *source)
{
	MemoryContext old_context = MemoryContextSwitchTo(source->head.context);
	StripeRowSource *one;

	one = stripe_rowsource_open(source->head.connection,
								list_make1(&source->queries[source->begun]),
								source->head.stats, source->head.context);
	source->sources[source->begun++] = one;
	stripe_rowsource_begin(one);
	MemoryContextSwitchTo(old_context);
}

/* Goes on to the next value, if there is one. */
static void
enter_next(UnionSource *source)
{
	const StripeQuery *query = source->head.query;
	int			most = Min(query->concurrency / 2, source->current + 1);
	double		each = query->page_size;	/* rows of a value, by a guess */
	StripeQuery *current;
	int			ahead;

	if (++source->current >= source->nqueries)
		return;
	if (source->current > 0)
		each = Min(each, source->rows / source->current);
	if (source->begun == source->current)
		begin_one(source);
	ahead = source->begun - source->current - 1;
	while (ahead < most && source->begun < source->nqueries &&
		   stripe_wants_more(query, source->rows, each * (ahead + 1)))
	{
		begin_one(source);
		ahead++;
	}

	current = &source->queries[source->current];
	current->concurrency = Max(query->concurrency - ahead, 1);
	if (query->wanted > 0)
		current->wanted = Max(query->wanted - source->rows, 1);
}

static JsonValue *
union_next(StripeRowSource *head)
{
	UnionSource *source = (UnionSource *) head;

	if (source->current < 0)
		enter_next(source);
	while (source->current < source->nqueries)
	{
		StripeRowSource *one = source->sources[source->current];
		JsonValue  *row = stripe_rowsource_next(one);

		if (row == NULL)
		{
			stripe_rowsource_close(one);
			enter_next(source);
		}
		else if (is_own_row(one->query, row))
		{
			source->rows++;
			return row;
		}
	}
	return NULL;
}

static void
union_begin(StripeRowSource *head)
{
	enter_next((UnionSource *) head);
}

static void
union_close(StripeRowSource *head)
{
	MemoryContextDelete(head->context);
}

static const StripeRowSourceMethods union_methods = {union_next, union_begin, union_close};

StripeRowSource *
stripe_union_open(MemoryContext context, List *queries)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	UnionSource *source = palloc0(sizeof(UnionSource));
	ListCell   *lc;

	source->head.methods = &union_methods;
	source->queries = palloc(sizeof(StripeQuery) * list_length(queries));
	source->sources = palloc0(sizeof(StripeRowSource *) * list_length(queries));
	foreach (lc, queries)
		source->queries[source->nqueries++] = *(const StripeQuery *) lfirst(lc);
	source->current = -1;
	MemoryContextSwitchTo(old_context);
	return &source->head;
}
