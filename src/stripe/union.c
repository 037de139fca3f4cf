/*-------------------------------------------------------------------------
 *
 * union.c
 *		The row source that asks several queries one after another: look-ups of
 *		several ids, or a list for each of several values of a filter.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "stripe/rowsource.h"

typedef struct UnionSource
{
	StripeRowSource head;
	List	   *queries;		/* of StripeQuery * */
	int			next_query;
	StripeRowSource *current;	/* of the query before next_query, or NULL */
} UnionSource;

/*
 * Whether a row is one of the current query's own.  Stripe may match more
 * than was asked for (without regard to case, or because a filter had to be
 * left out), and then another query gives the same row.
 */
static bool
is_own_row(const StripeQuery *query, const JsonValue *row)
{
	const char *wanted = query->id ? query->id : query->only->value;
	const char *field = query->id ? "id" : query->only->filter->field;

	return stripe_value_is(row, field, wanted);
}

static JsonValue *
union_next(StripeRowSource *head)
{
	UnionSource *source = (UnionSource *) head;

	for (;;)
	{
		JsonValue  *row;

		if (source->current == NULL)
		{
			if (source->next_query >= list_length(source->queries))
				return NULL;
			source->current = stripe_rowsource_open(head->connection,
													list_nth(source->queries, source->next_query),
													head->stats, head->context);
			source->next_query++;
		}
		row = stripe_rowsource_next(source->current);
		if (row == NULL)
		{
			stripe_rowsource_close(source->current);
			source->current = NULL;
		}
		else if (is_own_row(list_nth(source->queries, source->next_query - 1), row))
			return row;
	}
}

static void
union_close(StripeRowSource *head)
{
	MemoryContextDelete(head->context);
}

static const StripeRowSourceMethods union_methods = {union_next, union_close};

StripeRowSource *
stripe_union_open(const StripeConnection *connection, List *queries, StripeStats *stats,
				  MemoryContext context)
{
	MemoryContext source_context;
	UnionSource *source;

	source_context = AllocSetContextCreate(context, "stripe_fdw union", ALLOCSET_SMALL_SIZES);
	source = MemoryContextAllocZero(source_context, sizeof(UnionSource));
	source->head.methods = &union_methods;
	source->head.connection = connection;
	source->head.stats = stats;
	source->head.context = source_context;
	source->queries = queries;
	return &source->head;
}
