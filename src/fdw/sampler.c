/*-------------------------------------------------------------------------
 *
 * sampler.c
 *		How many rows a list has, and which pages of it to look at, when a few
 *		dozen requests have to do.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fdw/sampler.h"

/*
 * Densities on both sides of a gap that differ by more than this are not two
 * samples of one thing: somewhere between them a burst begins or ends.
 */
#define CONTRAST 8.0

/* What is left unsure about a gap whose two sides are equally dense, as a share of its rows. */
#ifndef UNSEEN
#define UNSEEN 0.3
#define CONTRASTW 1.0
#endif

/* The doubt about a gap of which nothing is known. */
#define UNKNOWN_DOUBT 1e18

/* The pages beside a gap and what they say about it. */
typedef struct Gap
{
	const SamplerPage *newer;
	const SamplerPage *older;	/* NULL: the gap reaches down to the floor */
	int64		upper;			/* it holds rows of this second … */
	int64		lower;			/* … but none of this one */
	double		low;			/* rows a second: the thinner … */
	double		high;			/* … and the denser of its sides */
	bool		dense_above;	/* the denser side is the newer one */
	bool		burst;			/* the denser side can't reach far into it */
	double		rows;			/* estimated */
	double		doubt;			/* by how many rows that may be wrong */
} Gap;

/*
 * Rows a second at one end of a page: that of the whole page, unless its half
 * at that end shows that something else begins there.  Negative if unknown:
 * many objects created in one second say nothing of the seconds beside it.
 */
static double
edge_density(const SamplerPage *page, bool older_end)
{
	double		whole;
	double		half_span;

	if (page->upper - page->oldest <= 1)
		return page->rows > 1 ? -1 : page->rows;
	whole = page->rows / (double) (page->upper - page->oldest);
	half_span = older_end ? page->middle - page->oldest : page->upper - page->middle;
	if (page->joined || half_span < 1)
		return whole;
	return page->rows / 2 / half_span;
}

static double plausible_density(const Sampler *s, double rest){ return rest / Max(1.0, s->pages[0].upper - s->pages[s->npages-1].oldest);}
/*
 * The gap below a page that is not joined to what follows it.  rest: rows
 * that are thought to be elsewhere.
 */
static Gap
gap_below(const Sampler *sampler, int index, double rest)
{
	Gap			gap = {.newer = &sampler->pages[index]};
	double		newer_density;
	double		older_density = 0;
	double		span;
	double		crowd;
	double		usual;

	if (index + 1 < sampler->npages)
		gap.older = &sampler->pages[index + 1];
	gap.upper = gap.newer->oldest;
	gap.lower = gap.older ? gap.older->upper : sampler->floor;
	span = gap.upper - gap.lower;

	/* Of a second that was not seen to its end, half as much again. */
	crowd = gap.newer->last_second / 2.0;
	if (span <= 1)
	{
		gap.rows = crowd;
		gap.doubt = crowd;
		return gap;
	}

	newer_density = edge_density(gap.newer, true);
	if (gap.older != NULL)
		older_density = edge_density(gap.older, false);
	if (newer_density < 0 && (gap.older == NULL || older_density < 0))
	{
		gap.rows = crowd;
		gap.doubt = UNKNOWN_DOUBT;
		return gap;
	}
	if (newer_density < 0)
		newer_density = older_density;
	if (older_density < 0)
		older_density = newer_density;
	gap.low = Min(newer_density, older_density);
	gap.high = Max(newer_density, older_density);
	gap.dense_above = newer_density > older_density;

	gap.burst = gap.high > gap.low * CONTRAST && gap.high * span > rest;
	if (!gap.burst)
		gap.rows = span * (gap.low + gap.high) / 2;
	else
	{
		/* How far it reaches is unknown by orders of magnitude. */
		double		low = Max(gap.low, 0.5 / span);

		gap.rows = gap.high > low * 1.01 ?
			span * (gap.high - low) / log(gap.high / low) : span * gap.high;
	}
	gap.rows += crowd;
	usual = plausible_density(sampler, rest) * span;
	gap.doubt = CONTRASTW * span * (gap.high - gap.low) + UNSEEN * Max(gap.rows, usual);
	return gap;
}

/* Rows on pages; they alone are certain. */
static double
rows_seen(const Sampler *sampler)
{
	double		rows = 0;

	for (int i = 0; i < sampler->npages; i++)
		rows += sampler->pages[i].rows;
	return rows;
}

/*
 * What the list would hold if no burst reached beyond its page: the measure
 * of what is plausible.
 */
static double
plausible_rows(const Sampler *sampler)
{
	double		rows = rows_seen(sampler);

	for (int i = 0; i < sampler->npages; i++)
	{
		if (!sampler->pages[i].joined)
		{
			Gap			gap = gap_below(sampler, i, 0);

			rows += Min(gap.rows, gap.low > 0 ? gap.low * (gap.upper - gap.lower) * CONTRAST : gap.rows);
		}
	}
	return rows;
}

void
sampler_init(Sampler *sampler, int page_size)
{
	memset(sampler, 0, sizeof(Sampler));
	sampler->page_size = page_size;
}

/* How best to look into a gap. */
static void
look_into(const Sampler *sampler, const Gap *gap, SamplerAsk *ask)
{
	double		span = gap->upper - gap->lower;
	double		distance;		/* from its upper end */
	double		known;

	*ask = (SamplerAsk) {.kind = SAMPLER_FOLLOW, .after = gap->newer->request};
	if (span <= 1)
		return;
	if (gap->doubt == UNKNOWN_DOUBT)
		distance = 1;
	else if (gap->rows <= sampler->page_size * 1.5)
		return;
	else if (gap->older == NULL &&
			 (known = sampler->pages[0].upper - gap->upper) * 2 < sampler->pages[0].upper - gap->lower)
	{
		/* When the list begins is unknown by orders of magnitude, too. */
		known = Max(known, 1);
		distance = sqrt(known * (known + span)) - known;
	}
	else if (gap->burst)
	{
		/* Between a page's width from the dense side and the other one. */
		distance = Min(sqrt(sampler->page_size / gap->high * span), span / 2);
		if (!gap->dense_above)
			distance = span - distance;
	}
	else
	{
		/* What is left of the gap on both sides of the page is alike. */
		distance = (span - sampler->page_size * 2 / (gap->low + gap->high)) / 2;
	}
	ask->upper = gap->upper - (int64) Max(distance, 1);
	if (ask->upper > gap->lower)
		ask->kind = SAMPLER_UP_TO;
}

bool
sampler_next(const Sampler *sampler, SamplerAsk *ask)
{
	Gap			worst = {.doubt = -1};
	double		plausible;

	if (sampler->nrequests >= SAMPLER_MAX_REQUESTS)
		return false;
	if (sampler->nrequests == 0)
	{
		*ask = (SamplerAsk) {.kind = SAMPLER_FIRST};
		return true;
	}
	plausible = plausible_rows(sampler);
	for (int i = 0; i < sampler->npages; i++)
	{
		Gap			gap;

		if (sampler->pages[i].joined)
			continue;
		gap = gap_below(sampler, i, plausible);
		if (gap.doubt > worst.doubt)
			worst = gap;
	}
	if (worst.newer == NULL)
		return false;
	look_into(sampler, &worst, ask);
	return true;
}

/* Where the page of an answer belongs: after all that are newer. */
static int
place_of(const Sampler *sampler, const SamplerAsk *ask)
{
	int			place = 0;

	if (ask->kind == SAMPLER_FOLLOW)
	{
		while (sampler->pages[place].request != ask->after)
			place++;
		return place + 1;
	}
	if (ask->kind == SAMPLER_UP_TO)
	{
		while (place < sampler->npages && sampler->pages[place].upper > ask->upper)
			place++;
	}
	return place;
}

int
sampler_answer(Sampler *sampler, const SamplerAsk *ask, const int64 *created, int nrows,
			   bool has_more)
{
	int			place = place_of(sampler, ask);
	SamplerPage *page = &sampler->pages[place];
	const SamplerPage *before = place > 0 ? page - 1 : NULL;
	bool		is_last = (place == sampler->npages);
	SamplerPage new = {.request = sampler->nrequests++};
	int64		older_upper = is_last ? sampler->floor : page->upper;

	if (nrows == 0 && is_last)
	{
		if (ask->kind == SAMPLER_UP_TO)
			sampler->floor = ask->upper;
		else if (before != NULL)
			page[-1].joined = true;
		return 0;
	}
	while (new.rows < nrows && (is_last || created[new.rows] > older_upper))
		new.rows++;
	new.joined = new.rows < nrows || !has_more;

	if (ask->kind == SAMPLER_UP_TO)
		new.upper = ask->upper;
	else if (before != NULL)
		new.upper = before->oldest;
	else
		new.upper = created[0];
	if (new.rows > 0)
	{
		new.middle = created[new.rows / 2];
		new.oldest = created[new.rows - 1];
		for (int i = new.rows; i > 0 && created[i - 1] == new.oldest; i--)
			new.last_second++;
		if (ask->kind == SAMPLER_FOLLOW && new.last_second == new.rows &&
			before->oldest == new.oldest)
			new.last_second += before->last_second;
	}
	if (new.joined && !is_last)
		new.oldest = older_upper;

	memmove(page + 1, page, sizeof(SamplerPage) * (sampler->npages - place));
	*page = new;
	sampler->npages++;
	if (ask->kind == SAMPLER_FOLLOW)
		page[-1].joined = true;
	return new.rows;
}

double
sampler_total(const Sampler *sampler)
{
	double		plausible = plausible_rows(sampler);
	double		total = rows_seen(sampler);

	for (int i = 0; i < sampler->npages; i++)
	{
		if (!sampler->pages[i].joined)
			total += gap_below(sampler, i, plausible).rows;
	}
	return total;
}

double
sampler_weight(const Sampler *sampler, int request)
{
	double		plausible = plausible_rows(sampler);

	for (int i = 0; i < sampler->npages; i++)
	{
		const SamplerPage *page = &sampler->pages[i];
		double		weight = page->rows;

		if (page->request != request || page->rows == 0)
			continue;
		if (!page->joined)
			weight += gap_below(sampler, i, plausible).rows * (i + 1 < sampler->npages ? 0.5 : 1.0);
		if (i > 0 && !page[-1].joined)
			weight += gap_below(sampler, i - 1, plausible).rows * 0.5;
		return weight;
	}
	return 0;
}
