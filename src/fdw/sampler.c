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

/*
 * A page shorter than this share of a gap beside it is taken as a whole: what
 * varies within it (hours of the day) varies many times within the gap.
 */
#define SHORT_PAGE 0.05

/*
 * What makes a gap doubtful, in rows: the rows that it would have if it were
 * as dense as the list is on the whole, and these shares of what its sides
 * say.  Were it for the sides alone, only gaps that are overestimated would
 * be looked into, and the total would come out low.
 */
#define DOUBT_ROWS 0.25
#define DOUBT_CONTRAST 0.05
#define DOUBT_BEGINNING 0.5

/* The doubt about a gap of which nothing is known. */
#define DOUBT_UNKNOWN 1e18

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
 * Rows a second at one end of a page, for a gap of so many seconds.  Negative
 * if unknown: many objects created in one second say nothing of the seconds
 * beside it.
 */
static double
edge_density(const SamplerPage *page, bool older_end, double gap_span)
{
	double		span = page->upper - page->oldest;
	double		half_span;

	if (span <= 1)
		return page->rows > 1 ? -1 : page->rows;
	if (page->joined)
		return page->rows / span;
	if (page->middle == page->oldest)
		return -1;
	half_span = older_end ? page->middle - page->oldest : page->upper - page->middle;
	if (half_span < 1 || span < gap_span * SHORT_PAGE)
		return page->rows / span;
	return page->rows / 2 / half_span;
}

/* The mean of two densities of which one is many times the other; low may be 0. */
static double
logarithmic_mean(double low, double high, double span)
{
	/* As if there were half a row, so that there is a logarithm. */
	low = Max(low, 0.5 / span);
	return high > low * 1.01 ? (high - low) / log(high / low) : high;
}

/*
 * The gap below a page that is not joined to what follows it.  usual: rows
 * that the list is thought to hold on the whole.
 */
static Gap
gap_below(const Sampler *sampler, int index, double usual)
{
	const SamplerPage *first = &sampler->pages[0];
	const SamplerPage *last = &sampler->pages[sampler->npages - 1];
	Gap			gap = {.newer = &sampler->pages[index]};
	double		newer_density;
	double		older_density = 0;
	double		usual_density;
	double		span;
	double		crowd;

	if (index + 1 < sampler->npages)
		gap.older = &sampler->pages[index + 1];
	gap.upper = gap.newer->oldest;
	gap.lower = gap.older ? gap.older->upper : sampler->floor;
	span = gap.upper - gap.lower;

	/* Of a second that was not seen to its end, half as much again. */
	crowd = gap.newer->last_second / 2.0;
	if (span <= 1)
	{
		gap.rows = gap.doubt = crowd;
		return gap;
	}

	newer_density = edge_density(gap.newer, true, span);
	if (gap.older != NULL)
		older_density = edge_density(gap.older, false, span);
	if (newer_density < 0 && (gap.older == NULL || older_density < 0))
	{
		gap.rows = crowd;
		gap.doubt = DOUBT_UNKNOWN;
		return gap;
	}
	if (newer_density < 0)
		newer_density = older_density;
	if (older_density < 0)
		older_density = newer_density;
	gap.low = Min(newer_density, older_density);
	gap.high = Max(newer_density, older_density);
	gap.dense_above = newer_density > older_density;
	usual_density = usual / Max(first->upper - last->oldest, 1);

	if (gap.older == NULL)
	{
		/* The beginning of the list: half of what is left, or as long again as is known. */
		gap.rows = gap.high * Min(span / 2, Max(first->upper - gap.upper, 1)) + crowd;
		gap.doubt = DOUBT_BEGINNING * span * Max(gap.high, usual_density);
		return gap;
	}

	gap.burst = gap.high > gap.low * CONTRAST && gap.high * span > usual;
	if (gap.burst)
		gap.rows = Min(span * logarithmic_mean(gap.low, gap.high, span), usual / 4);
	else
		gap.rows = span * (gap.low + gap.high) / 2;
	gap.rows += crowd;
	gap.doubt = span * usual_density + DOUBT_ROWS * gap.rows +
		DOUBT_CONTRAST * span * (gap.high - gap.low);
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
 * What the list would hold if no burst reached far beyond its page: the
 * measure of what is plausible.
 */
static double
usual_rows(const Sampler *sampler)
{
	double		rows = rows_seen(sampler);

	for (int i = 0; i < sampler->npages; i++)
	{
		Gap			gap;

		if (sampler->pages[i].joined)
			continue;
		gap = gap_below(sampler, i, 0);
		if (gap.low > 0)
			rows += Min(gap.rows, gap.low * CONTRAST * (gap.upper - gap.lower));
		else
			rows += gap.rows;
	}
	return rows;
}

void
sampler_init(Sampler *sampler, int page_size, bool by_time)
{
	memset(sampler, 0, sizeof(Sampler));
	sampler->by_time = by_time;
	sampler->page_size = page_size;
}

/* How best to look into a gap. */
static void
look_into(const Sampler *sampler, const Gap *gap, SamplerAsk *ask)
{
	double		span = gap->upper - gap->lower;
	double		known = Max(sampler->pages[0].upper - gap->upper, 1);
	double		distance;		/* from its upper end */

	*ask = (SamplerAsk) {.kind = SAMPLER_FOLLOW, .after = gap->newer->request};
	if (span <= 1)
		return;
	if (gap->doubt == DOUBT_UNKNOWN)
		distance = 1;			/* past the crowded second */
	else if (gap->rows <= sampler->page_size * 1.5)
		return;
	else if (gap->older == NULL && known < span)
	{
		/* Where the list begins is unknown by orders of magnitude. */
		distance = sqrt(known * (known + span)) - known;
	}
	else if (gap->burst)
	{
		/* So is where a burst ends: between a page's width and all of the gap. */
		distance = Min(sqrt(sampler->page_size / gap->high * span), span / 2);
		if (!gap->dense_above)
			distance = span - distance;
	}
	else
	{
		/* What is left of the gap on both sides of the page is to be alike. */
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
	double		usual;

	if (sampler->nrequests >= SAMPLER_MAX_REQUESTS)
		return false;
	if (sampler->nrequests == 0)
	{
		*ask = (SamplerAsk) {.kind = SAMPLER_FIRST};
		return true;
	}
	if (sampler_complete(sampler))
		return false;
	if (!sampler->by_time)
	{
		*ask = (SamplerAsk) {.kind = SAMPLER_FOLLOW,
			.after = sampler->pages[sampler->npages - 1].request};
		return true;
	}
	usual = usual_rows(sampler);
	for (int i = 0; i < sampler->npages; i++)
	{
		Gap			gap;

		if (sampler->pages[i].joined)
			continue;
		gap = gap_below(sampler, i, usual);
		if (gap.doubt > worst.doubt)
			worst = gap;
	}
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

bool
sampler_complete(const Sampler *sampler)
{
	for (int i = 0; i < sampler->npages; i++)
	{
		if (!sampler->pages[i].joined)
			return false;
	}
	return true;
}

double
sampler_total(const Sampler *sampler)
{
	double		total = rows_seen(sampler);
	double		usual;

	if (!sampler->by_time)
		return total;
	usual = usual_rows(sampler);
	for (int i = 0; i < sampler->npages; i++)
	{
		if (!sampler->pages[i].joined)
			total += gap_below(sampler, i, usual).rows;
	}
	return total;
}

double
sampler_weight(const Sampler *sampler, int request)
{
	double		usual;
	double		weight;
	int			i = 0;

	while (i < sampler->npages && sampler->pages[i].request != request)
		i++;
	if (i == sampler->npages || sampler->pages[i].rows == 0)
		return 0;
	weight = sampler->pages[i].rows;
	if (!sampler->by_time)
		return weight;
	usual = usual_rows(sampler);
	if (!sampler->pages[i].joined)
		weight += gap_below(sampler, i, usual).rows *
			(i + 1 < sampler->npages && sampler->pages[i + 1].rows > 0 ? 0.5 : 1.0);
	if (i > 0 && !sampler->pages[i - 1].joined)
		weight += gap_below(sampler, i - 1, usual).rows * 0.5;
	return weight;
}
