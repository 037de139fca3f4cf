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

#include "fdw/sampler_gap.h"

/* Nobody has an account that is older: when Stripe began. */
#define EARLIEST INT64CONST(1262304000)

/*
 * A time without a row is a pause in trade if it is so long, nights and
 * weekends counting for as little as they do, and so many times what is
 * between two rows beside it.
 */
#define PAUSE_SECONDS 86400
#define PAUSE_CONTRAST 10

/*
 * Where pages differ there are times that differ more, and bursts that no page
 * has met: without an allowance for them most totals would be too low.  Most
 * bursts, an import or a sale, have some thousand rows, so it is so many, as
 * far as that is no more than these shares of all rows and of those in the
 * gaps; and some more of the gaps.  All of it is allowed where pages side by
 * side differ by so many e-folds on average.
 */
#define UNMET_ROWS 2000.0
#define MAX_UNMET_SHARE 0.12
#define MAX_UNMET_IN_GAPS 0.4
#define UNMET_SHARE 0.02
#define UNMET_DEVIATION 0.4

#define DAY 86400
#define WEEK (7 * DAY)

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
	int64		period = span > 4.0 * WEEK ? WEEK : DAY;
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

/*
 * Which page of a gap to look at: how far from its upper end, in seconds; 0:
 * at the page that follows.
 */
static double
distance_into(const Sampler *sampler, const SamplerGap *gap)
{
	double		span = gap->upper - gap->lower;
	double		known = Max(sampler->pages[0].upper - gap->upper, 1);
	double		distance;

	if (span <= 1)
		return 0;
	if (gap->doubt == SAMPLER_DOUBT_UNKNOWN)
		return 1;				/* past the crowded second */
	if (gap->rows <= sampler->page_size * 1.5)
		return 0;
	if (gap->burst)
	{
		/* Where it ends is unknown by orders of magnitude. */
		distance = Min(sqrt(gap->burst_seconds * span), span / 2);
		if (!gap->dense_above)
			distance = span - distance;
	}
	else if (gap->older == NULL && known < span)
	{
		/* So is where the list begins. */
		distance = sqrt(known * (known + span)) - known;
	}
	else
	{
		/* What is left of the gap on both sides of the page is to be alike. */
		distance = (span - sampler->page_size * 2 / (gap->low + gap->high)) / 2;
	}
	return Max(distance, 1);
}

static void
ask_page(const Sampler *sampler, const SamplerGap *gap, SamplerAsk *ask)
{
	double		distance = distance_into(sampler, gap);
	int64		upper = gap->upper - (int64) distance;

	if (!gap->burst && gap->older != NULL)
		upper = at_phase(sampler, upper, gap->upper - gap->lower);
	if (distance == 0 || upper <= gap->lower || upper >= gap->upper)
		*ask = (SamplerAsk) {.kind = SAMPLER_FOLLOW, .after = gap->newer->request};
	else
		*ask = (SamplerAsk) {.kind = SAMPLER_UP_TO, .upper = upper};
}

bool
sampler_next(const Sampler *sampler, SamplerAsk *ask)
{
	SamplerGap	worst = {.doubt = -1};

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
		SamplerGap	gap;

		if (sampler->pages[i].joined)
			continue;
		gap = sampler_gap_below(sampler, i);
		if (gap.doubt > worst.doubt)
			worst = gap;
	}
	ask_page(sampler, &worst, ask);
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

/* Finds the longest time without a row in a page. */
static void
find_idle(SamplerPage *page, const int64 *created)
{
	int64		longest = 0;

	page->idle_upper = page->idle_lower = page->upper;
	for (int i = 0; i <= page->rows; i++)
	{
		int64		upper = i == 0 ? page->upper : created[i - 1];
		int64		lower = i == page->rows ? page->oldest : created[i];

		if (upper - lower > longest)
		{
			longest = upper - lower;
			page->idle_upper = upper;
			page->idle_lower = lower;
			page->idle_rows = i;
		}
	}
}

/*
 * Divides a page at its longest time without a row, if that is a pause in
 * trade and no night or weekend.
 */
static void
find_runs(const Sampler *sampler, SamplerPage *page)
{
	const Rhythm *rhythm = &sampler->rhythm;
	double		idle = rhythm_between(rhythm, page->idle_lower, page->idle_upper);
	double		seconds = rhythm_between(rhythm, page->oldest, page->upper) - idle;

	page->newer = page->older = (SamplerRun) {page->upper, page->oldest, page->rows};
	if (idle <= PAUSE_SECONDS || idle * page->rows <= PAUSE_CONTRAST * seconds)
		return;
	page->newer.lower = page->idle_upper;
	page->newer.rows = page->idle_rows;
	page->older.upper = page->idle_lower;
	page->older.rows = page->rows - page->idle_rows;
}

static void
learn_rhythm(Sampler *sampler)
{
	const RhythmWindow *windows[SAMPLER_MAX_REQUESTS];

	for (int i = 0; i < sampler->npages; i++)
		windows[i] = &sampler->windows[sampler->pages[i].request];
	rhythm_learn(&sampler->rhythm, windows, sampler->npages);

	/* Now a night is less of a pause. */
	for (int i = 0; i < sampler->npages; i++)
		find_runs(sampler, &sampler->pages[i]);
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

	memmove(page + 1, page, sizeof(SamplerPage) * (sampler->npages - place));
	*page = new;
	sampler->npages++;
	if (ask->kind == SAMPLER_FOLLOW)
		page[-1].joined = true;
	if (sampler->by_time)
	{
		find_idle(page, created);
		rhythm_observe(&sampler->windows[page->request], page->oldest, page->upper, created,
					   page->rows);
		learn_rhythm(sampler);
	}
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

/* What the pages say of the rows in all gaps. */
static double
rows_between(const Sampler *sampler)
{
	double		rows = 0;

	for (int i = 0; i < sampler->npages; i++)
	{
		if (!sampler->pages[i].joined)
			rows += sampler_gap_below(sampler, i).rows;
	}
	return rows;
}

/* By how much more there are, if the pages say so many. */
static double
unmet_share(const Sampler *sampler, double between)
{
	double		rows = rows_seen(sampler) + between;
	double		burst = Min(Min(UNMET_ROWS, MAX_UNMET_SHARE * rows), MAX_UNMET_IN_GAPS * between);
	double		deviation = Min(sampler_deviation(sampler) / UNMET_DEVIATION, 1);

	return deviation * (burst / Max(between, 1) + UNMET_SHARE);
}

double
sampler_total(const Sampler *sampler)
{
	double		between;

	if (!sampler->by_time)
		return rows_seen(sampler);
	between = rows_between(sampler);
	return rows_seen(sampler) + between * (1 + unmet_share(sampler, between));
}

/* The next page with rows from one on, in steps of 1 or -1; -1 if there is none. */
static int
page_with_rows(const Sampler *sampler, int index, int step)
{
	while (index >= 0 && index < sampler->npages && sampler->pages[index].rows == 0)
		index += step;
	return index < sampler->npages ? index : -1;
}

double
sampler_weight(const Sampler *sampler, int request)
{
	double		beside = 0;
	int			own = 0;

	while (own < sampler->npages &&
		   (sampler->pages[own].request != request || sampler->pages[own].rows == 0))
		own++;
	if (own == sampler->npages)
		return 0;
	if (!sampler->by_time)
		return sampler->pages[own].rows;
	for (int i = 0; i < sampler->npages; i++)
	{
		int			newer = page_with_rows(sampler, i, -1);
		int			older = page_with_rows(sampler, i + 1, 1);

		if (!sampler->pages[i].joined && (newer == own || older == own))
			beside += sampler_gap_below(sampler, i).rows * (newer >= 0 && older >= 0 ? 0.5 : 1.0);
	}
	return sampler->pages[own].rows + beside * (1 + unmet_share(sampler, rows_between(sampler)));
}
