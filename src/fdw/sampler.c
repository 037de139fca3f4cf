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

/* Nobody has an account that is older: when Stripe began. */
#define EARLIEST INT64CONST(1262304000)

/*
 * A time without a row is a pause in trade if it is longer than any weekend
 * and so many times what is between two rows beside it.
 */
#define PAUSE_SECONDS (4 * 86400)
#define PAUSE_CONTRAST 10

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

/* The doubt about a gap of which nothing is known. */
#define DOUBT_UNKNOWN 1e18

/* The pages beside a gap and what they say about it. */
typedef struct Gap
{
	const SamplerPage *newer;
	const SamplerPage *older;	/* NULL: the gap reaches down to the floor */
	int64		upper;			/* it holds rows of this second … */
	int64		lower;			/* … but none of this one */
	double		low;			/* rows a second of trade: the thinner … */
	double		high;			/* … and the denser of its sides */
	bool		dense_above;	/* the denser side is the newer one */
	bool		burst;			/* the denser side can't reach far into it */
	double		rows;			/* estimated */
	double		doubt;			/* by how many rows that may be wrong */
} Gap;

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

/* The mean of two densities of which one is many times the other; low may be 0. */
static double
logarithmic_mean(double low, double high, double span)
{
	/* As if there were half a row, so that there is a logarithm. */
	low = Max(low, 0.5 / span);
	return high > low * 1.01 ? (high - low) / log(high / low) : high;
}

static int
compare_doubles(const void *a, const void *b)
{
	double		x = *(const double *) a;
	double		y = *(const double *) b;

	return x < y ? -1 : x > y ? 1 : 0;
}

/*
 * What is usual around the gap below a page: the median density of trade, where
 * there is any, on some pages to both sides.  0: unknown.
 */
static double
usual_density(const Sampler *sampler, int index)
{
	double		densities[4 * AROUND];
	int			n = 0;

	for (int i = Max(index - AROUND + 1, 0); i <= Min(index + AROUND, sampler->npages - 1); i++)
	{
		double		newer = newer_density(sampler, &sampler->pages[i]);
		double		older = older_density(sampler, &sampler->pages[i]);

		if (newer > 0)
			densities[n++] = newer;
		if (older > 0)
			densities[n++] = older;
	}
	if (n == 0)
		return 0;
	qsort(densities, n, sizeof(double), compare_doubles);
	return (densities[n / 2] + densities[(n - 1) / 2]) / 2;
}

/* The gap below a page that is not joined to what follows it. */
static Gap
gap_below(const Sampler *sampler, int index)
{
	Gap			gap = {.newer = &sampler->pages[index]};
	double		above;
	double		below = -1;
	double		usual;
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
		gap.doubt = DOUBT_UNKNOWN;
		return gap;
	}
	if (above < 0)
		above = below;
	if (below < 0)
		below = above;
	usual = usual_density(sampler, index);
	gap.low = Min(above, below);
	gap.high = Max(above, below);
	gap.dense_above = above > below;

	if (gap.older == NULL)
	{
		double		known = trade_between(sampler, gap.upper, sampler->pages[0].upper);

		/* The beginning of the list: half of what is left, or as long again as is known. */
		gap.rows = gap.high * Min(span / 2, Max(known, 1)) + crowd;
		gap.doubt = DOUBT_BEGINNING * span * Max(gap.high, usual);
		return gap;
	}

	gap.burst = gap.high > BURST_CONTRAST * Max(gap.low, usual) &&
		gap.high * span > sampler->page_size;
	if (gap.burst)
	{
		gap.rows = span * logarithmic_mean(Max(gap.low, usual / 2), gap.high, span);
		gap.doubt = gap.rows;
	}
	else
	{
		gap.rows = span * (gap.low + gap.high) / 2;
		gap.doubt = span * Max(usual, gap.low) + DOUBT_CONTRAST * span * (gap.high - gap.low);
	}
	gap.rows += crowd;
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

void
sampler_init(Sampler *sampler, int page_size, bool by_time)
{
	memset(sampler, 0, sizeof(Sampler));
	sampler->by_time = by_time;
	sampler->page_size = page_size;
	sampler->floor = EARLIEST;
	rhythm_init(&sampler->rhythm);
}

/*
 * Moves a time by at most half a week (or half a day, in a gap that is short)
 * so that the requests are spread evenly over the hours of the week.
 */
static int64
at_phase(const Sampler *sampler, int64 time, double span)
{
	int64		period = span > 4 * 7 * 86400.0 ? 7 * 86400 : 86400;
	double		turn = sampler->nrequests * 0.6180339887498949;
	int64		phase = (int64) ((turn - floor(turn)) * period);
	int64		shift;

	if (span < 4 * period)
		return time;
	shift = ((phase - time) % period + period) % period;
	if (shift > period / 2)
		shift -= period;
	return time + shift;
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
	if (!gap->burst && gap->older != NULL)
		ask->upper = at_phase(sampler, ask->upper, span);
	if (ask->upper > gap->lower)
		ask->kind = SAMPLER_UP_TO;
}

bool
sampler_next(const Sampler *sampler, SamplerAsk *ask)
{
	Gap			worst = {.doubt = -1};

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
	for (int i = 0; i < sampler->npages; i++)
	{
		Gap			gap;

		if (sampler->pages[i].joined)
			continue;
		gap = gap_below(sampler, i);
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

/* Whether a time without a row is a pause, if so many rows took so long beside it. */
static bool
is_pause(double pause, double rows, double seconds)
{
	return pause > PAUSE_SECONDS && pause * rows > PAUSE_CONTRAST * seconds;
}

/* Divides a page at its longest time without a row, if that is a pause in trade. */
static void
find_runs(SamplerPage *page, const int64 *created)
{
	int			at = 0;			/* rows before the pause */
	int64		longest = 0;

	for (int i = 0; i <= page->rows; i++)
	{
		int64		upper = i == 0 ? page->upper : created[i - 1];
		int64		lower = i == page->rows ? page->oldest : created[i];

		if (upper - lower > longest)
		{
			longest = upper - lower;
			at = i;
		}
	}
	page->newer = page->older = (SamplerRun) {page->upper, page->oldest, page->rows};
	if (!is_pause(longest, page->rows, page->upper - page->oldest - longest))
		return;
	page->newer.lower = at == 0 ? page->upper : created[at - 1];
	page->newer.rows = at;
	page->older.upper = at == page->rows ? page->oldest : created[at];
	page->older.rows = page->rows - at;
}

/* What a page says of the rhythm: a pause has none. */
static void
observe(RhythmWindow *window, const SamplerPage *page, const int64 *created)
{
	const SamplerRun *newer = &page->newer;
	const SamplerRun *older = &page->older;

	rhythm_observe(window, newer->lower, newer->upper, created, page->rows);
	if (older->upper <= newer->lower)
		rhythm_observe(window, older->lower, older->upper, created, page->rows);
}

static void
learn_rhythm(Sampler *sampler)
{
	const RhythmWindow *windows[SAMPLER_MAX_REQUESTS];

	for (int i = 0; i < sampler->npages; i++)
		windows[i] = &sampler->windows[sampler->pages[i].request];
	rhythm_learn(&sampler->rhythm, windows, sampler->npages);
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
		new.oldest = created[new.rows - 1];
		for (int i = new.rows; i > 0 && created[i - 1] == new.oldest; i--)
			new.last_second++;
		if (ask->kind == SAMPLER_FOLLOW && new.last_second == new.rows &&
			before->oldest == new.oldest)
			new.last_second += before->last_second;
	}
	if (new.joined && !is_last)
		new.oldest = older_upper;
	if (nrows > 0 && created[nrows - 1] <= sampler->floor)
		sampler->floor = 0;
	find_runs(&new, created);
	observe(&sampler->windows[new.request], &new, created);

	memmove(page + 1, page, sizeof(SamplerPage) * (sampler->npages - place));
	*page = new;
	sampler->npages++;
	if (ask->kind == SAMPLER_FOLLOW)
		page[-1].joined = true;
	learn_rhythm(sampler);
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

	if (!sampler->by_time)
		return total;
	for (int i = 0; i < sampler->npages; i++)
	{
		if (!sampler->pages[i].joined)
			total += gap_below(sampler, i).rows;
	}
	return total;
}

double
sampler_weight(const Sampler *sampler, int request)
{
	double		weight;
	int			i = 0;

	while (i < sampler->npages && sampler->pages[i].request != request)
		i++;
	if (i == sampler->npages || sampler->pages[i].rows == 0)
		return 0;
	weight = sampler->pages[i].rows;
	if (!sampler->by_time)
		return weight;
	if (!sampler->pages[i].joined)
		weight += gap_below(sampler, i).rows *
			(i + 1 < sampler->npages && sampler->pages[i + 1].rows > 0 ? 0.5 : 1.0);
	if (i > 0 && !sampler->pages[i - 1].joined)
		weight += gap_below(sampler, i - 1).rows * 0.5;
	return weight;
}
