/*
 * test_ranges.c
 *		How a span of time is divided among several cursors.
 *
 * A list of times is read as range_scan.c would, on a clock of its own: a
 * request waits for its place in the limiter's bucket, then takes about 250 ms
 * to be answered.  Every row must come once, the requests beyond the least
 * possible must be few, and the time not much more than the limit's own.
 */
#include "postgres.h"

#include <math.h>

#include "http/bucket.h"
#include "shim.h"
#include "stripe/ranges.h"
#include "tap.h"

#define MAX_RANGES 1000
#define PAGE 100

/* Microseconds */
#define LATENCY 250000			/* of an answer, more or less */
#define PAGE_TIME 8000			/* that the executor takes for a page */

/* As Stripe allows to one endpoint; and so many that they are no limit. */
#define RATE 25.0
#define NO_LIMIT 10000.0

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
	int64		arrives;		/* when its request is answered, if it is asked */
} TestCursor;

typedef struct TestScan
{
	const TestList *list;
	StripeRanges all;
	Bucket		bucket;
	TestCursor	cursors[MAX_RANGES];
	int			ncursors;
	int64		began;
	int64		now;
	int			wanted;			/* pages, by the executor */
	int			flying;
	int			most_flying;
	int			buffered;
	int			requests;
	int		   *seen;			/* how often each row has come */
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

/* The first cursor that can ask for its next page; -1: none. */
static int
first_idle(const TestScan *scan)
{
	for (int i = 0; i < scan->ncursors; i++)
	{
		if (!scan->cursors[i].range.ended && !scan->cursors[i].range.asked)
			return i;
	}
	return -1;
}

static void
point_to_ranges(TestScan *scan, StripeRange **ranges)
{
	for (int i = 0; i < scan->ncursors; i++)
		ranges[i] = &scan->cursors[i].range;
}

/* A new cursor, if one is worth it; -1: none. */
static int
cut(TestScan *scan, int most)
{
	StripeRange *ranges[MAX_RANGES];
	TestCursor *older;
	int			at;

	point_to_ranges(scan, ranges);
	at = stripe_ranges_choose(&scan->all, ranges, scan->ncursors, most);
	if (at < 0 || scan->ncursors == MAX_RANGES)
		return -1;
	older = &scan->cursors[at + 1];
	memmove(older + 1, older, sizeof(TestCursor) * (scan->ncursors - at - 1));
	scan->ncursors++;
	older->range = stripe_range_cut(&scan->all, &scan->cursors[at].range);
	older->next = -1;
	older->window_upper = older->range.upper;
	older->window_lower = older->range.lower;
	return at + 1;
}

/* Sends a cursor's request, when the limiter lets it. */
static void
send(TestScan *scan, int cursor)
{
	double		latency = LATENCY * (0.85 + 0.3 * chance());

	scan->cursors[cursor].range.asked = true;
	scan->cursors[cursor].arrives = bucket_reserve(&scan->bucket, scan->now) + (int64) latency;
	scan->flying++;
	scan->most_flying = Max(scan->most_flying, scan->flying);
}

/* Takes what has arrived. */
static void
collect(TestScan *scan)
{
	for (int i = 0; i < scan->ncursors; i++)
	{
		TestCursor *cursor = &scan->cursors[i];

		if (cursor->range.asked && cursor->arrives <= scan->now)
		{
			answer(scan, cursor);
			scan->flying--;
			scan->buffered++;
		}
	}
}

static void
ask_ahead(TestScan *scan, int concurrency)
{
	int			most = stripe_ranges_in_flight(concurrency, scan->bucket.rate, LATENCY / 1e6);
	int			now = Min(most, 2 * (scan->wanted - 2));

	while (scan->flying < now && scan->flying + scan->buffered < concurrency + 1)
	{
		int			next = first_idle(scan);

		if (next < 0)
			next = cut(scan, most);
		if (next < 0)
			break;
		send(scan, next);
	}
}

/* Leaves out the cursors that are through, and lets time pass until the next answer. */
static void
wait_for_answer(TestScan *scan)
{
	int64		next = PG_INT64_MAX;
	int			kept = 0;

	for (int i = 0; i < scan->ncursors; i++)
	{
		if (!scan->cursors[i].range.ended)
			scan->cursors[kept++] = scan->cursors[i];
	}
	scan->ncursors = kept;
	for (int i = 0; i < scan->ncursors; i++)
	{
		if (scan->cursors[i].range.asked)
			next = Min(next, scan->cursors[i].arrives);
	}
	scan->now = Max(scan->now, next);
}

/* The share of time that has been read, as shown to who watches. */
static double
done(TestScan *scan)
{
	StripeRange *ranges[MAX_RANGES];

	point_to_ranges(scan, ranges);
	return stripe_ranges_done(&scan->all, ranges, scan->ncursors);
}

/* Waits for the next page; false: there is none. */
static bool
next_page(TestScan *scan, int concurrency)
{
	scan->wanted++;
	for (;;)
	{
		collect(scan);
		if (scan->wanted > 2)
			ask_ahead(scan, concurrency);
		if (scan->buffered > 0)
			return true;
		if (scan->flying == 0)
		{
			if (first_idle(scan) < 0)
				return false;
			send(scan, first_idle(scan));
		}
		wait_for_answer(scan);
	}
}

static TestScan *
run(const TestList *list, int64 lower, int concurrency, double rate)
{
	TestScan   *scan = palloc0(sizeof(TestScan));

	scan->list = list;
	scan->seen = palloc0(sizeof(int) * Max(list->length, 1));
	scan->now = scan->began = INT64CONST(1000000000);
	bucket_init(&scan->bucket, rate);
	stripe_ranges_init(&scan->all, PAGE, false);
	scan->cursors[0].range = stripe_range_begin(lower, STRIPE_OPEN_ABOVE);
	scan->cursors[0].next = -1;
	scan->cursors[0].window_upper = STRIPE_OPEN_ABOVE;
	scan->cursors[0].window_lower = lower;
	scan->ncursors = 1;
	scan->done_is_share = done(scan) == -1;
	while (next_page(scan, concurrency))
	{
		double		share = done(scan);

		scan->now += PAGE_TIME;
		scan->buffered--;
		if (share != -1 && (share < 0 || share > 1))
			scan->done_is_share = false;
	}
	return scan;
}

/* Sixty months of five years, each with a weight of its own, one in four with nothing. */
static void
spread_by_month(TestList *list, int rows, int64 from, int64 to)
{
	double		weights[60];
	double		sum = 0;

	for (int month = 0; month < 60; month++)
	{
		weights[month] = chance() < 0.25 ? 0 : 0.5 + chance() * 2.5;
		sum += weights[month];
	}
	for (int month = 0; month < 60; month++)
	{
		int64		begin = from + (to - from) * month / 60;

		spread(list, (int) (rows * weights[month] / sum), begin, begin + (to - from) / 60, even);
	}
}

/* More requests than needed, and more time than the limit's own, in per cent. */
typedef struct Excess
{
	double		requests;
	double		time;
} Excess;

/* Reads a list and checks what must always be. */
static Excess
read_list(const char *name, const TestList *list, int64 lower, int concurrency, double rate)
{
	TestScan   *scan = run(list, lower, concurrency, rate);
	int			least = Max((list->length + PAGE - 1) / PAGE, 1);
	int			wrong = 0;
	Excess		excess;

	for (int i = 0; i < list->length; i++)
		wrong += scan->seen[i] != 1;
	tap_is_int(wrong, 0, "%s: each row comes once", name);
	tap_ok(scan->done_is_share && done(scan) == 1, "%s: in the end all is done", name);
	tap_ok(scan->most_flying <= concurrency, "%s: %d in flight at most", name, scan->most_flying);
	excess.requests = 100.0 * (scan->requests - least) / least;
	excess.time = 100.0 * ((scan->now - scan->began) / 1e6 / (least / rate) - 1);
	if (concurrency == 1)
		tap_is_int(scan->requests, least, "%s: no request more than needed", name);
	else
		tap_ok(scan->requests <= least + 3 + least * 0.06, "%s: %d requests, at least %d", name,
			   scan->requests, least);
	return excess;
}

typedef struct RangesCase
{
	const char *name;
	int			rows;
	double		(*shape) (double);
	int			burst;			/* objects in one second */
	int			burst_at;		/* seconds before the newest */
} RangesCase;

static const RangesCase cases[] = {
	{"an empty list", 0, even, 0, 0},
	{"half a page", 50, even, 0, 0},
	{"three pages", 300, even, 0, 0},
	{"ten pages", 1000, even, 0, 0},
	{"evenly, 100 pages", 10000, even, 0, 0},
	{"evenly, 1000 pages", 100000, even, 0, 0},
	{"growing", 100000, growing, 0, 0},
	{"shrinking", 100000, shrinking, 0, 0},
	{"with gaps", 100000, with_gaps, 0, 0},
	{"all in one second", 0, even, 10000, 40000000},
	{"a burst", 95000, with_gaps, 5000, 40000000},
	{"a burst at the beginning", 95000, with_gaps, 5000, 1576800},
	{"a burst in the middle", 95000, growing, 5000, 70000000},
	{"a burst at the end", 95000, growing, 5000, 150000000},
};

static const int64 now = 1760000000;
static const int64 five_years_ago = 1760000000 - 5 * 365 * 86400;

static void
test_case(const RangesCase *c, int64 lower, int concurrency, double rate)
{
	TestList	list = {0};

	seed = 7;
	for (int i = 0; i < c->burst; i++)
		add_time(&list, now - c->burst_at);
	spread(&list, c->rows, five_years_ago, now, c->shape);
	(void) read_list(c->name, &list, lower, concurrency, rate);
	shim_free_all();
}

/*
 * A hundred thousand objects over five years as uneven as trade gets, with
 * 5,000 in one second if there is a burst: what the scan takes beyond the
 * least, in the mean of many such lists.  A second can't be divided: its 50
 * pages follow one another, however late they are found.
 */
static void
test_uneven(const char *name, int burst, double most_requests, double most_time)
{
	Excess		sum = {0};
	double		worst_requests = 0;
	const int	runs = 20;

	for (int i = 1; i <= runs; i++)
	{
		TestList	list = {0};
		Excess		excess;

		seed = i * 7919;
		for (int64 at = five_years_ago + (int64) ((now - five_years_ago) * chance());
			 list.length < burst;)
			add_time(&list, at);
		spread_by_month(&list, 100000 - burst, five_years_ago, now);
		excess = read_list(name, &list, STRIPE_OPEN_BELOW, 8, RATE);
		sum.requests += excess.requests;
		sum.time += excess.time;
		worst_requests = Max(worst_requests, excess.requests);
		shim_free_all();
	}
	tap_ok(worst_requests <= 5, "%s: %.1f %% more requests than needed, at most", name,
		   worst_requests);
	tap_ok(sum.requests / runs <= most_requests, "%s: %.1f %% more requests, in the mean", name,
		   sum.requests / runs);
	tap_ok(sum.time / runs <= most_time, "%s: %.1f %% more time than the limit's, in the mean",
		   name, sum.time / runs);
}

static void
test_in_flight(void)
{
	tap_is_int(stripe_ranges_in_flight(8, 25, 0), 8, "as many as allowed, if nothing is known");
	tap_is_int(stripe_ranges_in_flight(8, 25, 0.003), 1, "one, if answers come at once");
	tap_is_int(stripe_ranges_in_flight(8, 25, 0.1), 4, "as many as fit into an answer's time");
	tap_is_int(stripe_ranges_in_flight(8, 25, 60), 8, "never more than allowed");
	tap_is_int(stripe_ranges_in_flight(8, 10000, 0.003), 8, "all, without a limit");
	tap_is_int(stripe_ranges_in_flight(8, 0.1, 0.003), 1, "one at least");
}

int
main(void)
{
	tap_begin("ranges");
	test_in_flight();
	for (size_t i = 0; i < lengthof(cases); i++)
	{
		test_case(&cases[i], STRIPE_OPEN_BELOW, 8, RATE);
		test_case(&cases[i], STRIPE_OPEN_BELOW, 8, NO_LIMIT);
		test_case(&cases[i], five_years_ago, 8, RATE);
		test_case(&cases[i], STRIPE_OPEN_BELOW, 1, RATE);
	}
	test_uneven("uneven trade", 0, 3, 8);
	test_uneven("uneven trade with a burst", 5000, 4, 12);
	return tap_end();
}
