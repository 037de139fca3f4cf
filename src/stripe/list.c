/*-------------------------------------------------------------------------
 *
 * list.c
 *		The row source that goes through a list one page after the other.
 *
 * From the second page on, the next one is under way while the executor has
 * the rows of the page at hand.  Not before: most queries that stop early do
 * so on the first page.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "stripe/pager.h"

typedef struct ListSource
{
	StripeRowSource head;
	StripePagerBase base;
	StripePager *pager;			/* NULL before the first page */
	StripePage *page;			/* at hand, gone with its last row */
	int			pages;			/* so far */
	double		rows;			/* handed out with the pages before */
	bool		ended;
} ListSource;

/* Whether the rows at hand are surely not all that will be asked for. */
static bool
wants_more(const ListSource *source)
{
	return stripe_wants_more(source->head.query, source->rows, source->page->end);
}

static void
begin(ListSource *source)
{
	stripe_pager_prepare(&source->base, &source->head);
	source->pager = stripe_pager_create(&source->base, NULL, source->head.context);
}

static void
fetch_page(ListSource *source)
{
	if (source->pager == NULL)
		begin(source);
	source->page = stripe_pager_next(source->pager);
	source->ended = !source->page->has_more;
	if (++source->pages > 1 && !source->ended && source->head.query->concurrency > 1 &&
		wants_more(source))
		stripe_pager_ask(source->pager);
}

static JsonValue *
list_next(StripeRowSource *head)
{
	ListSource *source = (ListSource *) head;

	for (;;)
	{
		if (source->page != NULL)
		{
			JsonValue  *row = stripe_page_next(source->page);

			if (row != NULL)
				return row;
			source->rows += source->page->end;
			stripe_page_free(source->page);
			source->page = NULL;
		}
		if (source->ended)
			return NULL;
		fetch_page(source);
	}
}

static void
list_begin(StripeRowSource *head)
{
	ListSource *source = (ListSource *) head;

	begin(source);
	stripe_pager_ask(source->pager);
}

static void
list_close(StripeRowSource *head)
{
	MemoryContextDelete(head->context);
}

static const StripeRowSourceMethods list_methods = {list_next, list_begin, list_close};

StripeRowSource *
stripe_list_open(MemoryContext context)
{
	ListSource *source = MemoryContextAllocZero(context, sizeof(ListSource));

	source->head.methods = &list_methods;
	return &source->head;
}
