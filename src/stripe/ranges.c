/*-------------------------------------------------------------------------
 *
 * ranges.c
 *		How a span of time is divided among several cursors.  Pure.
 *
 * Each cut costs half a page on average, for the last page of a range is
 * rarely full.  So there are few: first the range without lower end is cut, and
 * no other, twice as far back each time, which finds where the list ends in a
 * handful of steps.  From then on a range that has ended makes the longest one
 * give up its oldest part: an equal share of all that is left, so that all end
 * together, or half of what it has itself.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "stripe/ranges.h"

/*
 * Requests that the cuts may cost: a share of all, and a few for scans that
 * are small.
 */
#define WASTE_SHARE 0.04
#define WASTE_ALLOWANCE 2.0

/* What a range that has not ended is expected to waste. */
#define WASTE_OF_RANGE 0.5

/* Pages in the first cut of a range without lower end. */
#define FIRST_HORIZON 8.0

/* Pages in each cut of a scan whose order is kept: as far as its buffer reaches. */
#define ORDERED_HORIZON 6.0

/* A range is halved only if that many pages are left, besides the one under way. */
#define PAGES_TO_HALVE 2.0

/* How much denser or sparser than the average a range is taken for, at most. */
#define MAX_CONTRAST 64.0

/* Answers don't all take the same time. */
#define HEADROOM 1.25

/* How many times as long a list is believed to be as what has come of it, at most. */
#define MAX_FORESIGHT 4.0

/* How much a page counts when the next one has come. */
#define DECAY 0.6

void
stripe_ranges_init(StripeRanges *all, int page_size, bool ordered)
{
	memset(all, 0, sizeof(StripeRanges));
	all->page_size = page_size;
	all->ordered = ordered;
	all->horizon = ordered ? ORDERED_HORIZON : FIRST_HORIZON;
	all->share = INFINITY;
}

StripeRange
stripe_range_begin(int64 lower, int64 upper)
{
	StripeRange range = {.lower = lower, .upper = upper, .position = upper, .below = -1};

	return range;
}

void
stripe_range_received(StripeRanges *all, StripeRange *range, int rows, int64 newest, int64 oldest,
					  bool more)
{
	double		seconds = 0;

	if (rows > 0)
	{
		int64		from = range->position == STRIPE_OPEN_ABOVE ? newest : range->position;

		seconds = (double) (from - oldest);
		range->position = oldest;
	}
	if (!more && range->lower != STRIPE_OPEN_BELOW && range->position != STRIPE_OPEN_ABOVE)
		seconds += (double) (range->position - range->lower);

	if (range->pages == 0)
		range->first = rows / Max(seconds, 1.0);
	range->asked = false;
	range->ended = !more;
	range->pages++;
	range->recent_rows = range->recent_rows * DECAY + rows;
	range->recent_seconds = range->recent_seconds * DECAY + seconds;
	all->pages++;
	all->rows += rows;
	all->seconds += seconds;
	all->wasted += 1.0 - Min((double) rows / all->page_size, 1.0);
}

/*
 * Rows a second, below the last row that has come of a range: as in its latest
 * pages, within limits, so that a burst or a gap is not taken for the rule.
 */
static double
density(const StripeRanges *all, const StripeRange *range)
{
	double		average = Max(all->rows, 1.0) / Max(all->seconds, 1.0);
	double		recent = Max(range->recent_rows, 1.0) / Max(range->recent_seconds, 1.0);

	return Max(Min(recent, average * MAX_CONTRAST), average / MAX_CONTRAST);
}

/* The same at its lower end. */
static double
density_below(const StripeRanges *all, const StripeRange *range)
{
	double		average = Max(all->rows, 1.0) / Max(all->seconds, 1.0);

	if (range->below < 0)
		return density(all, range);
	return Max(Min(range->below, average * MAX_CONTRAST), average / MAX_CONTRAST);
}

/* Seconds from the next page's first row down to the lower end. */
static double
seconds_left(const StripeRange *range)
{
	return (double) (range->position - range->lower);
}

/* Pages left in a range that has a lower end, besides the one under way. */
static double
pages_left(const StripeRanges *all, const StripeRange *range)
{
	double		above = density(all, range);
	double		below = density_below(all, range);
	double		mean;

	if (range->ended)
		return 0;

	/* From one end to the other it changes by the same factor in the same time. */
	mean = fabs(log(above / below)) < 0.01 ? above : (above - below) / log(above / below);
	return Max(seconds_left(range) * mean / all->page_size - (range->asked ? 1.0 : 0.0), 0);
}

/* The youngest second of the older part, if the range is cut. */
static int64
boundary(const StripeRanges *all, const StripeRange *range)
{
	double		above = density(all, range);

	if (all->ordered || range->lower == STRIPE_OPEN_BELOW)
	{
		double		back = all->horizon * all->page_size / above;

		return range->position - Max((int64) Min(back, (double) range->position), 1);
	}
	else
	{
		double		below = density_below(all, range);
		double		seconds = seconds_left(range);
		double		rows = Min(pages_left(all, range) / 2, all->share) * all->page_size;
		double		slope = log(above / below) / Max(seconds, 1);
		double		up;

		/* so many seconds from the lower end hold the rows */
		if (fabs(slope * seconds) < 0.01)
			up = rows / below;
		else
			up = log(1 + rows * slope / below) / slope;
		return range->lower + (int64) Max(Min(up, seconds - 1), 0);
	}
}

int
stripe_ranges_in_flight(int concurrency, double rate, double seconds)
{
	/* Little's law */
	double		needed = ceil(rate * seconds * HEADROOM);

	if (seconds <= 0 || needed >= concurrency)
		return concurrency;
	return Max((int) needed, 1);
}

/* Whether both parts would hold a second at least. */
static bool
can_be_cut(const StripeRanges *all, const StripeRange *range)
{
	if (range->ended || range->position == STRIPE_OPEN_ABOVE)
		return false;
	if (range->lower != STRIPE_OPEN_BELOW && range->position <= range->lower)
		return false;
	return boundary(all, range) >= Max(range->lower, 1);
}

/* Whether one cut more is within what may be wasted. */
static bool
affordable(const StripeRanges *all, StripeRange *const *ranges, int n)
{
	double		total = all->pages;
	int			running = 0;
	bool		endless = false;

	for (int i = 0; i < n; i++)
	{
		if (ranges[i]->ended)
			continue;
		running++;
		if (ranges[i]->lower == STRIPE_OPEN_BELOW)
			endless = true;
		else if (ranges[i]->position != STRIPE_OPEN_ABOVE)
			total += pages_left(all, ranges[i]);
	}

	/* For all we know, we stand in the middle; and guesses that go far are bad ones. */
	if (endless)
		total *= 2;
	total = Min(total, all->pages * MAX_FORESIGHT);

	/* Keeping the order takes more cuts, each within the buffer's reach. */
	if (all->ordered)
		return true;
	return all->wasted + WASTE_OF_RANGE * (running + 1) <= WASTE_SHARE * total + WASTE_ALLOWANCE;
}

/* What a range's first page says of the end of the next newer one. */
static void
look_below(StripeRange *const *ranges, int n)
{
	for (int i = 0; i + 1 < n; i++)
	{
		const StripeRange *older = ranges[i + 1];

		if (older->pages == 1 && ranges[i]->lower == older->upper + 1)
			ranges[i]->below = older->first;
	}
}

int
stripe_ranges_choose(StripeRanges *all, StripeRange *const *ranges, int n, int most)
{
	const StripeRange *oldest = n > 0 ? ranges[n - 1] : NULL;
	double		longest = PAGES_TO_HALVE;
	double		total = 0;
	int			chosen = -1;

	look_below(ranges, n);

	if (n == 0 || all->pages == 0 || !affordable(all, ranges, n))
		return -1;
	if (all->ordered)
		return can_be_cut(all, oldest) ? n - 1 : -1;

	/* While it is not known where the list ends, a range is cut only there. */
	if (oldest->lower == STRIPE_OPEN_BELOW)
		return oldest->pages > 0 && can_be_cut(all, oldest) ? n - 1 : -1;
	for (int i = 0; i < n; i++)
	{
		double		left;

		if (ranges[i]->lower == STRIPE_OPEN_BELOW || ranges[i]->pages == 0 ||
			!can_be_cut(all, ranges[i]))
			continue;
		left = pages_left(all, ranges[i]);
		total += left;
		if (left >= longest)
		{
			longest = left;
			chosen = i;
		}
	}
	all->share = oldest->lower == STRIPE_OPEN_BELOW ? INFINITY : Max(total / most, 1.0);
	return chosen;
}

StripeRange
stripe_range_cut(StripeRanges *all, StripeRange *range)
{
	int64		at = boundary(all, range);
	StripeRange older = stripe_range_begin(range->lower, at);

	older.recent_rows = range->recent_rows;
	older.recent_seconds = range->recent_seconds;
	if (range->lower == STRIPE_OPEN_BELOW && !all->ordered)
		all->horizon *= 2;
	range->lower = at + 1;
	older.below = range->below;
	range->below = -1;
	return older;
}

double
stripe_ranges_done(const StripeRanges *all, StripeRange *const *ranges, int n)
{
	double		left = 0;

	for (int i = 0; i < n; i++)
	{
		if (ranges[i]->ended)
			continue;
		if (ranges[i]->lower == STRIPE_OPEN_BELOW || ranges[i]->position == STRIPE_OPEN_ABOVE)
			return -1;
		left += seconds_left(ranges[i]);
	}
	return left > 0 ? all->seconds / (all->seconds + left) : 1;
}
