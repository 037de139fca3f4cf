/*
 * test_ranges.c
 *		How a span of time is divided among several cursors.
 *
 * A list of times is read as range_scan.c would, by cursors whose requests all
 * take one step of time; every row must come once, the requests beyond the
 * least possible must be few, and so must the steps.
 */
#include "postgres.h"

#include <math.h>

#include "shim.h"
#include "stripe/ranges.h"
#include "tap.h"

#define MAX_RANGES 1000
#define PAGE 100

/* A list: when its objects were created, newest first. */
typedef struct TestList
{
	int64	   *times;
	int			length;
	int			room;
} TestList;

/* One cursor in it. */
typedef struct TestCursor
{
	StripeRange range;
	int			next;			/* index of the row after the last that has come; -1: none has */
	int64		window_upper;	/* what it was begun with */
	int64		window_lower;
} TestCursor;

typedef struct TestScan
{
	const TestList *list;
	StripeRanges all;
	TestCursor	cursors[MAX_RANGES];
	int			ncursors;
	int			requests;
	int			steps;
	int		   *seen;			/* how often each row has come */
	bool		order_kept;
	bool		done_is_share;	/* the part done was always a share, or unknown */
} TestScan;

static uint32 seed;

static double
chance(void)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) / 16777216.0;
}

static void
add_time(TestList *list, int64 time)
{
	if (list->length == list->room)
	{
		list->room = Max(list->room * 2, 1024);
		list->times = list->times ? repalloc(list->times, list->room * sizeof(int64)) :
			palloc(list->room * sizeof(int64));
	}
	list->times[list->length++] = time;
}

static int
newest_first(const void *a, const void *b)
{
	int64		left = *(const int64 *) a;
	int64		right = *(const int64 *) b;

	return left > right ? -1 : left < right;
}

/* rows from one time to another, by a density that shape makes of [0, 1). */
static void
spread(TestList *list, int rows, int64 from, int64 to, double (*shape) (double))
{
	for (int i = 0; i < rows; i++)
		add_time(list, from + (int64) ((to - from) * shape(chance())));
	qsort(list->times, list->length, sizeof(int64), newest_first);
}

static double
even(double x)
{
	return x;
}

static double
growing(double x)
{
	return 1 - x * x * x;
}

static double
shrinking(double x)
{
	return x * x * x;
}

/* Nothing in every third of forty months. */
static double
with_gaps(double x)
{
	int			month = (int) (x * 40);

	return (month - month % 3 + (month % 3 == 2 ? 0 : month % 3) + (x * 40 - month)) / 40;
}

/* The answer to a cursor's request. */
static void
answer(TestScan *scan, TestCursor *cursor)
{
	const TestList *list = scan->list;
	int			at = cursor->next;
	int			rows = 0;
	int			kept = 0;
	bool		more;

	scan->requests++;
	if (at < 0)
	{
		at = 0;
		while (at < list->length && list->times[at] > cursor->window_upper)
			at++;
	}
	while (rows < PAGE && at + rows < list->length &&
		   list->times[at + rows] >= cursor->window_lower)
		rows++;
	more = at + rows < list->length && list->times[at + rows] >= cursor->window_lower;
	cursor->next = at + rows;
	while (kept < rows && list->times[at + kept] >= cursor->range.lower)
		scan->seen[at + kept++]++;
	if (kept < rows)
		more = false;
	stripe_range_received(&scan->all, &cursor->range, kept, kept ? list->times[at] : 0,
						  kept ? list->times[at + kept - 1] : 0, more);
}

/* Lets another request be sent, by a cursor that is idle or by a new one. */
static bool
send_one(TestScan *scan)
{
	StripeRange *ranges[MAX_RANGES];
	int			at;

	for (int i = 0; i < scan->ncursors; i++)
	{
		ranges[i] = &scan->cursors[i].range;
		if (!ranges[i]->ended && !ranges[i]->asked)
		{
			ranges[i]->asked = true;
			return true;
		}
	}
	at = stripe_ranges_choose(&scan->all, ranges, scan->ncursors);
	if (at < 0 || scan->ncursors == MAX_RANGES)
		return false;
	memmove(&scan->cursors[at + 2], &scan->cursors[at + 1],
			sizeof(TestCursor) * (scan->ncursors - at - 1));
	scan->ncursors++;
	scan->cursors[at + 1].range = stripe_range_cut(&scan->all, &scan->cursors[at].range);
	scan->cursors[at + 1].range.asked = true;
	scan->cursors[at + 1].next = -1;
	scan->cursors[at + 1].window_upper = scan->cursors[at + 1].range.upper;
	scan->cursors[at + 1].window_lower = scan->cursors[at + 1].range.lower;
	return true;
}

/* One step of time: requests are sent, then those answered that were. */
static bool
step(TestScan *scan, int concurrency)
{
	int			flying = 0;

	while (flying < concurrency && send_one(scan))
		flying++;
	for (int i = 0; i < scan->ncursors; i++)
	{
		if (scan->cursors[i].range.asked)
			answer(scan, &scan->cursors[i]);
	}
	scan->steps += flying > 0;
	return flying > 0;
}

/* The share of time that has been read, as shown to who watches. */
static double
done(TestScan *scan)
{
	StripeRange *ranges[MAX_RANGES];

	for (int i = 0; i < scan->ncursors; i++)
		ranges[i] = &scan->cursors[i].range;
	return stripe_ranges_done(&scan->all, ranges, scan->ncursors);
}

static TestScan *
run(const TestList *list, int64 lower, int concurrency)
{
	TestScan   *scan = palloc0(sizeof(TestScan));

	scan->list = list;
	scan->seen = palloc0(sizeof(int) * Max(list->length, 1));
	stripe_ranges_init(&scan->all, PAGE, false);
	scan->cursors[0].range = stripe_range_begin(lower, STRIPE_OPEN_ABOVE);
	scan->cursors[0].next = -1;
	scan->cursors[0].window_upper = STRIPE_OPEN_ABOVE;
	scan->cursors[0].window_lower = lower;
	scan->ncursors = 1;
	scan->done_is_share = done(scan) == -1;
	for (int wanted = 1; step(scan, Max(1, Min(concurrency, 2 * (wanted - 2)))); wanted++)
	{
		double		share = done(scan);

		if (share != -1 && (share < 0 || share > 1))
			scan->done_is_share = false;
	}
	return scan;
}

typedef struct RangesCase
{
	const char *name;
	int			rows;
	double		(*shape) (double);
	int			burst;			/* objects in one second */
	int			burst_at;		/* seconds before the newest */
	double		steps;			/* with 8 requests at once: at most that many
								 * times the least */
} RangesCase;

static const RangesCase cases[] = {
	{"an empty list", 0, even, 0, 0, 1},
	{"half a page", 50, even, 0, 0, 1},
	{"three pages", 300, even, 0, 0, 3},
	{"ten pages", 1000, even, 0, 0, 4},
	{"evenly, 100 pages", 10000, even, 0, 0, 2},
	{"evenly, 1000 pages", 100000, even, 0, 0, 1.1},
	{"growing", 100000, growing, 0, 0, 1.15},
	{"shrinking", 100000, shrinking, 0, 0, 1.5},
	{"with gaps", 100000, with_gaps, 0, 0, 1.1},
	{"all in one second", 0, even, 10000, 40000000, 8},
	{"a burst", 95000, with_gaps, 5000, 40000000, 1.1},
	{"a burst at the beginning", 95000, with_gaps, 5000, 1576800, 1.2},
	{"a burst in the middle", 95000, growing, 5000, 70000000, 1.2},
	{"a burst at the end", 95000, growing, 5000, 150000000, 1.2},
};

static void
test_case(const RangesCase *c, int64 lower, int concurrency)
{
	static const int64 now = 1760000000;
	TestList	list = {0};
	TestScan   *scan;
	int			wrong = 0;
	int			least;

	seed = 7;
	for (int i = 0; i < c->burst; i++)
		add_time(&list, now - c->burst_at);
	spread(&list, c->rows, now - 5 * 365 * 86400, now, c->shape);
	scan = run(&list, lower, concurrency);
	for (int i = 0; i < list.length; i++)
		wrong += scan->seen[i] != 1;
	least = Max((list.length + PAGE - 1) / PAGE, 1);
	tap_is_int(wrong, 0, "%s: each row comes once", c->name);
	tap_ok(scan->done_is_share && done(scan) == 1, "%s: in the end all is done", c->name);
	tap_ok(scan->requests <= least + 2 + least / 20, "%s: %d requests, at least %d", c->name,
		   scan->requests, least);
	tap_ok(scan->steps <= ceil((double) least / concurrency) * c->steps,
		   "%s: %d steps with %d at once, at least %d", c->name, scan->steps, concurrency,
		   (int) ceil((double) least / concurrency));
	shim_free_all();
}

int
main(void)
{
	tap_begin("ranges");
	for (size_t i = 0; i < lengthof(cases); i++)
	{
		test_case(&cases[i], STRIPE_OPEN_BELOW, 8);
		test_case(&cases[i], 1760000000 - 5 * 365 * 86400, 8);
		test_case(&cases[i], STRIPE_OPEN_BELOW, 1);
	}
	return tap_end();
}
