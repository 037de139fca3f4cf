/*-------------------------------------------------------------------------
 *
 * sampler_gap.c
 *		How many rows a list has between two pages of it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fdw/sampler_gap.h"

/*
 * A page so many times as dense as those around it has met a burst, of which
 * nobody knows how far it goes.
 */
#define BURST_CONTRAST 8.0

/* Pages to each side of a gap that say what is usual there. */
#define AROUND 3

/*
 * What makes a gap doubtful, in rows: those that it would have if trade were
 * as usual, and these shares of what its sides say.  Were it for its sides
 * alone, only gaps that are overestimated would be looked into, and the total
 * would come out low.
 */
#define DOUBT_CONTRAST 0.25
#define DOUBT_BEGINNING 0.5

/* Rows of one page that were created in one second count as at most so many pages. */
#define MAX_CROWD 1.5

static double
trade_between(const Sampler *sampler, int64 lower, int64 upper)
{
	return rhythm_between(&sampler->rhythm, lower, upper);
}

/*
 * Rows a second of trade in a run, or -1: many rows of one second say nothing
 * of the seconds beside it.
 *
 * A page ends where it is full, so it ends more often within a crowd of rows
 * of one second than that would be by chance.  Such a crowd stands for as
 * many others as there are between it and the page's beginning.
 */
static double
run_density(const Sampler *sampler, const SamplerPage *page, const SamplerRun *run)
{
	double		seconds = trade_between(sampler, run->lower, run->upper);
	double		crowd = 0;

	if (run->upper - run->lower < 1)
		return run->rows > 0 ? -1 : 0;
	if (run->lower == page->oldest && !page->joined)
		crowd = Min(page->last_second, run->rows);
	if (run->rows - crowd < 1)
		return run->rows > 1 ? -1 : run->rows / seconds;
	return (run->rows - crowd) / seconds *
		(1 + Min(crowd * (crowd > 2 ? 1.5 : 1), MAX_CROWD * sampler->page_size) / run->rows);
}

static double
newer_density(const Sampler *sampler, const SamplerPage *page)
{
	return run_density(sampler, page, &page->newer);
}

static double
older_density(const Sampler *sampler, const SamplerPage *page)
{
	return run_density(sampler, page, &page->older);
}

/* How busy the hours of a run are: seconds of trade for each that has passed. */
static double
run_busyness(const Sampler *sampler, const SamplerRun *run)
{
	if (run->upper - run->lower < 1)
		return 1;
	return trade_between(sampler, run->lower, run->upper) / (run->upper - run->lower);
}

typedef struct Weighted
{
	double		density;
	double		weight;
} Weighted;

static int
compare_densities(const void *a, const void *b)
{
	double		x = ((const Weighted *) a)->density;
	double		y = ((const Weighted *) b)->density;

	return x < y ? -1 : x > y ? 1 : 0;
}

/*
 * What is usual around the gap below a page: the median density of trade, where
 * there is any, on some pages to both sides.  by_time: a page counts for half
 * of the gaps beside it; those that have looked into a burst are close
 * together.  0: unknown.
 */
static double
usual_density(const Sampler *sampler, int index, bool by_time)
{
	Weighted	weighted[4 * AROUND];
	double		sum = 0;
	double		passed = 0;
	int			n = 0;

	for (int i = Max(index - AROUND + 1, 0); i <= Min(index + AROUND, sampler->npages - 1); i++)
	{
		const SamplerPage *page = &sampler->pages[i];
		int64		above = i == 0 ? page->upper : sampler->pages[i - 1].oldest;
		int64		below = i + 1 < sampler->npages ? sampler->pages[i + 1].upper : page->oldest;
		Weighted	newer = {newer_density(sampler, page), by_time ? above - page->oldest + 1 : 1};
		Weighted	older = {older_density(sampler, page), by_time ? page->upper - below + 1 : 1};

		if (newer.density > 0)
			weighted[n++] = newer;
		if (older.density > 0)
			weighted[n++] = older;
	}
	qsort(weighted, n, sizeof(Weighted), compare_densities);
	for (int i = 0; i < n; i++)
		sum += weighted[i].weight;
	for (int i = 0; i < n; i++)
	{
		passed += weighted[i].weight;
		if (passed * 2 == sum)
			return (weighted[i].density + weighted[i + 1].density) / 2;
		if (passed * 2 > sum)
			return weighted[i].density;
	}
	return 0;
}

/* The beginning of the list: half of what is left, or as long again as is known. */
static void
estimate_beginning(const Sampler *sampler, SamplerGap *gap, double span, double usual)
{
	double		known = trade_between(sampler, gap->upper, sampler->pages[0].upper);

	gap->rows = gap->high * Min(span / 2, Max(known, 1));
	gap->doubt = DOUBT_BEGINNING * span * Max(gap->high, usual);
}

/* How long a burst is at least: as far as the pages on the gap's denser side are as dense. */
static double
burst_length(const Sampler *sampler, const SamplerGap *gap, int index)
{
	double		least = gap->high / BURST_CONTRAST;
	int64		seconds = 0;

	if (gap->dense_above)
	{
		for (int i = index; i >= 0 && newer_density(sampler, &sampler->pages[i]) > least; i--)
			seconds = sampler->pages[i].upper - gap->upper;
	}
	else
	{
		for (int i = index + 1; i < sampler->npages &&
			 older_density(sampler, &sampler->pages[i]) > least; i++)
			seconds = gap->lower - sampler->pages[i].oldest;
	}
	return Max((double) seconds, sampler->page_size / gap->high);
}

/*
 * A burst may end with another page, or fill the gap: each order of magnitude
 * is as likely as the next.
 */
static void
estimate_burst(const Sampler *sampler, SamplerGap *gap, int index, double span, double edge)
{
	gap->burst_seconds = burst_length(sampler, gap, index);
	gap->rows = span * Max(gap->older == NULL ? 0 : gap->low, edge / 2) +
		sqrt(sampler->page_size * gap->high * span);
	gap->doubt = gap->rows;
}

/*
 * The side that was seen in busier hours counts for more.  Were both alike,
 * totals would come out low where the rhythm is stronger than it has been
 * learned to be: nights have fewer rows than they should, and are most of the
 * time.
 */
static void
estimate_between(const Sampler *sampler, SamplerGap *gap, double span, double usual)
{
	double		newer = run_busyness(sampler, &gap->newer->older);
	double		older = run_busyness(sampler, &gap->older->newer);
	double		dense = gap->dense_above ? newer : older;
	double		thin = gap->dense_above ? older : newer;

	gap->rows = span * (gap->low * thin + gap->high * dense) / (thin + dense);
	gap->doubt = span * Max(usual, gap->low) + DOUBT_CONTRAST * span * (gap->high - gap->low);
}

SamplerGap
sampler_gap_below(const Sampler *sampler, int index)
{
	SamplerGap	gap = {.newer = &sampler->pages[index]};
	double		above;
	double		below = -1;
	double		usual;
	double		edge;			/* what a burst stands out from */
	double		span;
	double		crowd;

	if (index + 1 < sampler->npages)
		gap.older = &sampler->pages[index + 1];
	gap.upper = gap.newer->oldest;
	gap.lower = gap.older ? gap.older->upper : sampler->floor;
	span = trade_between(sampler, gap.lower, gap.upper);

	/* Of a second that was not seen to its end, half as much again. */
	crowd = gap.newer->last_second / 2.0;
	if (gap.upper - gap.lower <= 1)
	{
		gap.rows = gap.doubt = crowd;
		return gap;
	}

	above = older_density(sampler, gap.newer);
	if (gap.older != NULL)
		below = newer_density(sampler, gap.older);
	if (above < 0 && below < 0)
	{
		gap.rows = crowd;
		gap.doubt = SAMPLER_DOUBT_UNKNOWN;
		return gap;
	}
	usual = usual_density(sampler, index, false);
	if (above < 0)
		above = gap.older != NULL && usual > 0 ? usual : below;
	if (below < 0)
		below = gap.older != NULL && usual > 0 ? usual : above;
	gap.low = Min(above, below);
	gap.high = Max(above, below);
	gap.dense_above = gap.older == NULL || above > below;
	edge = gap.older == NULL ? usual : Max(gap.low, usual_density(sampler, index, true));
	gap.burst = gap.high > BURST_CONTRAST * edge && gap.high * span > sampler->page_size;

	if (gap.burst)
		estimate_burst(sampler, &gap, index, span, edge);
	else if (gap.older == NULL)
		estimate_beginning(sampler, &gap, span, usual);
	else
		estimate_between(sampler, &gap, span, usual);
	gap.rows += crowd;
	return gap;
}

double
sampler_deviation(const Sampler *sampler)
{
	double		before = 0;		/* density of the page before, or 0 */
	double		sum = 0;
	int			n = 0;

	for (int i = 0; i < sampler->npages; i++)
	{
		double		newer = newer_density(sampler, &sampler->pages[i]);
		double		older = older_density(sampler, &sampler->pages[i]);

		if (before > 0 && newer > 0)
		{
			sum += fabs(log(newer / before));
			n++;
		}
		before = older;
	}
	return n > 0 ? sum / n : 0;
}
