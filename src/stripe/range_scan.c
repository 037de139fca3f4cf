/*-------------------------------------------------------------------------
 *
 * range_scan.c
 *		The row source that reads a list by several cursors at once, each in a
 *		range of its own of the time of creation.
 *
 * It begins as a plain list: the first two pages are asked for one after the
 * other, each when its first row is wanted.  If the executor still goes on,
 * it wants much: one page is asked for in advance, and the more often the
 * executor has to wait, the more are, up to what the limiter lets through
 * while one of them is answered.
 *
 * The first cursor keeps the query's own parameters; what is created while it
 * runs comes before it, so it is as if its upper end were fixed when the scan
 * began.  Where a range is cut, the running cursor goes on until it meets a
 * row beyond the boundary, and the new one begins there; ranges.c says where
 * to cut.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "stripe/pager.h"
#include "stripe/ranges.h"
#include "stripe/stats.h"

/*
 * Pages that may be under way or wait to be handed out, as a multiple of
 * "concurrency".  In order, those of each cursor wait for all newer ones.
 */
#define MOST_PAGES 1
#define MOST_PAGES_IN_ORDER 5

/* From this page on that the executor wants, more than one request is in flight. */
#define FIRST_PARALLEL_PAGE 3

/* How much the time that the latest page took counts. */
#define LATEST_SECONDS 0.2

/*
 * How many requests may be in flight grows by this factor when the executor
 * has to wait for a page, and shrinks by that one when it hasn't.
 */
#define WHEN_WAITING 2.0
#define WHEN_NOT_WAITING 0.97

typedef struct RangeCursor
{
	StripeRange range;
	StripePager *pager;			/* NULL when the range has ended */
	List	   *pages;			/* of StripePage *: to be handed out, oldest last */
} RangeCursor;

typedef struct RangeScan
{
	StripeRowSource head;
	StripePagerBase base;
	StripeRanges all;
	List	   *cursors;		/* of RangeCursor *, newest first */
	List	   *ready;			/* of RangeCursor *: one for each page to be
								 * handed out, in the order they came */
	int			in_flight;
	int			buffered;		/* pages that have come, the one at hand too */
	double		rows;			/* that have been or can be handed out */
	double		handed_out;		/* of these, with the pages before the one at hand */
	int			wanted;			/* pages that the executor has wanted */
	double		seconds;		/* that a page takes to come; 0: none has */
	double		allowed;		/* requests in flight, for the executor's sake */
	const char *endpoint;		/* as the limiter counts */
	bool		cut;			/* there has been more than one range */
	StripePage *page;			/* at hand */
} RangeScan;

static void
begin(RangeScan *scan)
{
	RangeCursor *cursor = palloc0(sizeof(RangeCursor));
	StripeWindow window;

	stripe_pager_prepare(&scan->base, &scan->head);
	scan->base.packs = scan->head.query->ordered;
	stripe_ranges_init(&scan->all, scan->head.query->page_size, scan->head.query->ordered);
	window = stripe_pager_window(&scan->base);
	cursor->range = stripe_range_begin(window.lower, window.upper);
	cursor->pager = stripe_pager_create(&scan->base, NULL, scan->head.context);
	scan->cursors = list_make1(cursor);
	scan->endpoint = stripe_call_endpoint(scan->head.query->resource->list_path);
}

static void
ask(RangeScan *scan, RangeCursor *cursor)
{
	stripe_pager_ask(cursor->pager);
	cursor->range.asked = true;
	scan->in_flight++;
}

/*
 * Leaves out the rows below the range, which another cursor brings.  Returns
 * whether there were any: then the range has ended.
 */
static bool
trim(const StripeRange *range, StripePage *page)
{
	int			end = page->end;

	while (end > 0 && page->created[end - 1] < range->lower)
		end--;
	if (end == page->end)
		return false;
	page->end = end;
	return true;
}

/* The cursors' ranges, newest first; palloc'd. */
static StripeRange **
ranges_of(const RangeScan *scan, int n)
{
	StripeRange **ranges = palloc(sizeof(StripeRange *) * Max(n, 1));

	for (int i = 0; i < n; i++)
		ranges[i] = &((RangeCursor *) list_nth(scan->cursors, i))->range;
	return ranges;
}

/* For stripe_activity. */
static void
show_progress(const RangeScan *scan)
{
	int			n = list_length(scan->cursors);
	StripeRange **ranges = ranges_of(scan, n);

	stripe_activity_done(scan->head.stats->activity,
						 stripe_ranges_done(&scan->all, ranges, n));
	pfree(ranges);
}

/* The next newer range, or NULL. */
static StripeRange *
next_newer(const RangeScan *scan, const RangeCursor *cursor)
{
	const RangeCursor *newer = NULL;
	ListCell   *lc;

	foreach(lc, scan->cursors)
	{
		if (lfirst(lc) == cursor)
			break;
		newer = lfirst(lc);
	}
	return newer != NULL ? unconstify(StripeRange *, &newer->range) : NULL;
}

/* Takes the page that has come for a cursor. */
static void
take(RangeScan *scan, RangeCursor *cursor)
{
	StripePage *page = stripe_pager_take(cursor->pager);
	bool		more;

	if (page == NULL)
		return;					/* it had to ask otherwise */
	scan->in_flight--;
	if (scan->cut && !stripe_pager_in_order(cursor->pager))
		stripe_pager_raise_disorder(cursor->pager);
	scan->seconds = scan->seconds > 0 ?
		scan->seconds + (page->seconds - scan->seconds) * LATEST_SECONDS : page->seconds;
	more = page->has_more;
	if (scan->cut && trim(&cursor->range, page))
		more = false;

	if (page->created != NULL && page->end > 0)
		stripe_range_received(&scan->all, &cursor->range, next_newer(scan, cursor), page->end,
							  page->created[0], page->created[page->end - 1], more);
	else
		stripe_range_received(&scan->all, &cursor->range, next_newer(scan, cursor), page->end,
							  0, 0, more);
	if (!more)
	{
		stripe_pager_free(cursor->pager);
		cursor->pager = NULL;
	}

	/* In order, all but what comes next may have to wait for long. */
	if (cursor != linitial(scan->cursors) || cursor->pages != NIL || scan->page != NULL)
		stripe_page_pack(page);
	cursor->pages = lappend(cursor->pages, page);
	scan->ready = lappend(scan->ready, cursor);
	scan->buffered++;
	scan->rows += page->end;
	show_progress(scan);
}

/*
 * Takes the pages that have come; block: waits until one has.  One only, if
 * the order doesn't matter: what is read when it is wanted is still in the
 * processor's cache, and takes memory for no longer than it must.
 */
static void
collect(RangeScan *scan, bool block)
{
	while (scan->in_flight > 0)
	{
		StripeCall *calls[STRIPE_MAX_CALLS];
		RangeCursor *owners[STRIPE_MAX_CALLS];
		StripeCall *done;
		int			ncalls = 0;
		int			at = 0;
		ListCell   *lc;

		foreach(lc, scan->cursors)
		{
			RangeCursor *cursor = lfirst(lc);

			if (cursor->range.asked)
			{
				owners[ncalls] = cursor;
				calls[ncalls++] = stripe_pager_call(cursor->pager);
			}
		}
		done = stripe_call_wait(calls, ncalls, block);
		if (done == NULL)
			return;
		while (calls[at] != done)
			at++;
		take(scan, owners[at]);
		if (scan->ready != NIL)
		{
			if (!scan->head.query->ordered)
				return;
			block = false;
		}
	}
}

/* The cursor whose page is to be handed out next, or NULL: it has not come. */
static RangeCursor *
next_ready(RangeScan *scan)
{
	ListCell   *lc;

	if (scan->ready == NIL)
		return NULL;
	if (!scan->head.query->ordered)
		return linitial(scan->ready);
	foreach(lc, scan->cursors)
	{
		RangeCursor *cursor = lfirst(lc);

		if (cursor->pages != NIL)
			return cursor;
		if (!cursor->range.ended)
			return NULL;
	}
	return NULL;
}

/* Forgets the cursors of which nothing is left. */
static void
forget_ended(RangeScan *scan)
{
	ListCell   *lc;

	foreach(lc, scan->cursors)
	{
		RangeCursor *cursor = lfirst(lc);

		if (cursor->range.ended && cursor->pages == NIL)
		{
			scan->cursors = foreach_delete_current(scan->cursors, lc);
			pfree(cursor);
		}
	}
}

/* The first cursor that could ask for its next page, or NULL. */
static RangeCursor *
first_idle(RangeScan *scan)
{
	ListCell   *lc;

	foreach(lc, scan->cursors)
	{
		RangeCursor *cursor = lfirst(lc);

		if (!cursor->range.ended && !cursor->range.asked)
			return cursor;
	}
	return NULL;
}

/* Cuts a range, if that is worth it; returns the new cursor, or NULL.  most: see ranges.h. */
static RangeCursor *
cut(RangeScan *scan, int most)
{
	int			n = list_length(scan->cursors);
	StripeRange **ranges = ranges_of(scan, n);
	RangeCursor *cursor = NULL;
	StripeWindow window;
	int			at;

	at = stripe_ranges_choose(&scan->all, ranges, n, most);
	if (at >= 0)
	{
		cursor = palloc0(sizeof(RangeCursor));
		cursor->range = stripe_range_cut(&scan->all, ranges[at]);
		window.lower = cursor->range.lower;
		window.upper = cursor->range.upper;
		cursor->pager = stripe_pager_create(&scan->base, &window, scan->head.context);
		scan->cursors = list_insert_nth(scan->cursors, at + 1, cursor);
		scan->cut = true;
	}
	pfree(ranges);
	return cursor;
}

/* Whether the first range's rows are such that it can be cut. */
static bool
can_be_cut(const RangeScan *scan)
{
	const RangeCursor *first = linitial(scan->cursors);

	return scan->cut || first->pager == NULL || stripe_pager_in_order(first->pager);
}

/* Asks for pages in advance, as many as it seems right. */
static void
ask_ahead(RangeScan *scan)
{
	const StripeQuery *query = scan->head.query;
	double		rate = limiter_rate(scan->head.connection->limiter, scan->endpoint);
	int			most = stripe_ranges_in_flight(query->concurrency, rate, scan->seconds);
	int			now = Min(most, (int) scan->allowed);
	int			factor = query->ordered ? MOST_PAGES_IN_ORDER : MOST_PAGES;

	while (scan->cursors != NIL && scan->in_flight < now &&
		   scan->in_flight + scan->buffered <= query->concurrency * factor &&
		   stripe_wants_more(query, scan->handed_out,
							 scan->rows - scan->handed_out +
								 (double) scan->in_flight * query->page_size))
	{
		RangeCursor *cursor = first_idle(scan);

		if (cursor == NULL && can_be_cut(scan))
			cursor = cut(scan, most);
		if (cursor == NULL)
			break;
		ask(scan, cursor);
	}
}

/*
 * How many requests the executor's pace is worth.  It begins with one in
 * advance.
 */
static void
note_pace(RangeScan *scan, bool waits)
{
	if (scan->wanted < FIRST_PARALLEL_PAGE)
		return;
	scan->allowed *= waits ? WHEN_WAITING : WHEN_NOT_WAITING;
	scan->allowed = Max(Min(scan->allowed, scan->head.query->concurrency), 1);
}

/* Makes the next page the one at hand; false: there is none. */
static bool
next_page(RangeScan *scan)
{
	RangeCursor *cursor;

	scan->wanted++;
	if (scan->ready == NIL || scan->head.query->ordered)
		collect(scan, false);
	note_pace(scan, next_ready(scan) == NULL);
	for (;;)
	{
		if (scan->wanted >= FIRST_PARALLEL_PAGE)
			ask_ahead(scan);
		cursor = next_ready(scan);
		if (cursor != NULL)
			break;

		/* What comes first in order must be asked for, whatever is buffered. */
		if (scan->cursors == NIL)
			return false;
		cursor = first_idle(scan);
		if (cursor != NULL && (scan->in_flight == 0 || cursor == linitial(scan->cursors)))
			ask(scan, cursor);
		collect(scan, true);
		if (scan->in_flight == 0)
			forget_ended(scan);
	}

	scan->page = linitial(cursor->pages);
	cursor->pages = list_delete_first(cursor->pages);
	scan->ready = list_delete_ptr(scan->ready, cursor);
	forget_ended(scan);
	return true;
}

static void
range_scan_begin(StripeRowSource *head)
{
	RangeScan  *scan = (RangeScan *) head;
	MemoryContext old_context = MemoryContextSwitchTo(head->context);

	begin(scan);
	ask(scan, linitial(scan->cursors));
	MemoryContextSwitchTo(old_context);
}

static JsonValue *
range_scan_next(StripeRowSource *head)
{
	RangeScan  *scan = (RangeScan *) head;
	MemoryContext old_context;
	bool		found = true;

	if (scan->base.source == NULL)
	{
		old_context = MemoryContextSwitchTo(head->context);
		begin(scan);
		MemoryContextSwitchTo(old_context);
	}
	while (found)
	{
		if (scan->page != NULL)
		{
			JsonValue  *row = stripe_page_next(scan->page);

			if (row != NULL)
				return row;
			scan->handed_out += scan->page->end;
			stripe_page_free(scan->page);
			scan->page = NULL;
			scan->buffered--;
		}
		old_context = MemoryContextSwitchTo(head->context);
		found = next_page(scan);
		MemoryContextSwitchTo(old_context);
	}
	return NULL;
}

static void
range_scan_close(StripeRowSource *head)
{
	MemoryContextDelete(head->context);
}

static const StripeRowSourceMethods range_scan_methods = {range_scan_next, range_scan_begin,
														  range_scan_close};

StripeRowSource *
stripe_range_scan_open(MemoryContext context)
{
	RangeScan  *scan = MemoryContextAllocZero(context, sizeof(RangeScan));

	scan->head.methods = &range_scan_methods;
	return &scan->head;
}
