/*-------------------------------------------------------------------------
 *
 * rhythm.c
 *		The hours of the day and the days of the week in which objects are
 *		created.
 *
 * How many rows a second a window has is the product of three things: its own
 * density, the hour's and the day's weight.  They are fitted by turns, each so
 * that the rows expected are as many as have come.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fdw/rhythm.h"

#define HOUR_SECONDS 3600
#define WEEK_SECONDS (RHYTHM_BINS * HOUR_SECONDS)

/*
 * How often each of them is fitted when there is something new to learn from.
 * More often would fit the chances of single windows too.
 */
#define ROUNDS 2

/*
 * An hour or a day weighs as much as the others until more rows than these
 * could be expected of it.
 */
#define PRIOR_HOUR_ROWS 4.0
#define PRIOR_DAY_ROWS 20.0

/* What the hours beside an hour say of it, each. */
#define HOUR_BESIDE 0.5

/*
 * That a window is as dense as those beside it is as likely as so many rows
 * would make it; less if it differs from them by more than this factor: a
 * burst is a burst.
 */
#define NEARBY_ROWS 100.0
#define NEARBY_FACTOR 2.7

/* How many windows to each side are beside one, and how far one of them may stand out. */
#define NEARBY_WINDOWS 2
#define NEARBY_OUTLIER 3.0

static void
sum_up(Rhythm *rhythm)
{
	rhythm->sums[0] = 0;
	for (int i = 0; i < RHYTHM_BINS; i++)
		rhythm->sums[i + 1] = rhythm->sums[i] + HOUR_SECONDS *
			rhythm->hours[i % RHYTHM_HOURS] * rhythm->days[i / RHYTHM_HOURS];
}

void
rhythm_init(Rhythm *rhythm)
{
	for (int i = 0; i < RHYTHM_HOURS; i++)
		rhythm->hours[i] = 1;
	for (int i = 0; i < RHYTHM_DAYS; i++)
		rhythm->days[i] = 1;
	sum_up(rhythm);
}

/* The hour of the week; weeks begin when unix time does. */
static int
bin_of(int64 second)
{
	int64		within = second % WEEK_SECONDS;

	return (int) ((within < 0 ? within + WEEK_SECONDS : within) / HOUR_SECONDS);
}

void
rhythm_observe(RhythmWindow *window, int64 lower, int64 upper, const int64 *created, int nrows)
{
	int64		weeks = (upper - lower) / WEEK_SECONDS;
	int64		at = lower + weeks * WEEK_SECONDS;

	for (int i = 0; i < RHYTHM_BINS && weeks > 0; i++)
		window->seconds[i] += (float) (weeks * HOUR_SECONDS);
	while (at < upper)
	{
		int64		left = HOUR_SECONDS - (at % HOUR_SECONDS + HOUR_SECONDS) % HOUR_SECONDS;
		int64		step = Min(left, upper - at);

		window->seconds[bin_of(at)] += (float) step;
		at += step;
	}

	/* What is created together says no more than one row. */
	for (int i = 0; i < nrows; i++)
	{
		if (created[i] > lower && created[i] <= upper &&
			(i == 0 || created[i] != created[i - 1]))
			window->rows[bin_of(created[i])] += 1;
	}
}

/* A weight by the rows that have come and those expected without it. */
static double
fitted(double rows, double expected, double prior)
{
	return (rows + prior) / (expected + prior);
}

/* The value of an hour of the day and what the hours beside it add. */
static double
with_beside(const double *hours, int at)
{
	return hours[at] + HOUR_BESIDE * (hours[(at + 1) % RHYTHM_HOURS] +
									  hours[(at + RHYTHM_HOURS - 1) % RHYTHM_HOURS]);
}

static void
make_mean_one(double *weights, int n)
{
	double		sum = 0;

	for (int i = 0; i < n; i++)
		sum += weights[i];
	for (int i = 0; i < n; i++)
		weights[i] *= n / sum;
}

/* What rhythm_learn fits. */
typedef struct Fit
{
	int			nwindows;
	const RhythmWindow *const *windows;
	Rhythm	   *rhythm;
	double		densities[RHYTHM_MAX_WINDOWS];	/* rows a second of trade; 0: unknown */
} Fit;

/*
 * The density of the windows beside one, 0 if there are none: their mean, the
 * nearest counting twice, with those that stand out cut down.
 */
static double
density_nearby(const Fit *fit, int at)
{
	int			first = Max(at - NEARBY_WINDOWS, 0);
	int			last = Min(at + NEARBY_WINDOWS, fit->nwindows - 1);
	double		most = INFINITY;
	double		mean = 0;

	for (int pass = 0; pass < 2; pass++)
	{
		double		logs = 0;
		double		sum = 0;
		double		weights = 0;

		for (int i = first; i <= last; i++)
		{
			double		weight = abs(i - at) == 1 ? 2 : 1;

			if (i == at || fit->densities[i] <= 0)
				continue;
			logs += weight * log(fit->densities[i]);
			sum += weight * Min(fit->densities[i], most);
			weights += weight;
		}
		if (weights == 0)
			return 0;
		most = NEARBY_OUTLIER * exp(logs / weights);
		mean = sum / weights;
	}
	return mean;
}

/* Rows a second of trade in a window, drawn towards those of the windows beside it. */
static double
fit_density(const Fit *fit, int at)
{
	const RhythmWindow *window = fit->windows[at];
	double		nearby = density_nearby(fit, at);
	double		rows = 0;
	double		seconds = 0;
	double		distance;
	double		trust;

	for (int i = 0; i < RHYTHM_BINS; i++)
	{
		rows += window->rows[i];
		seconds += window->seconds[i] * fit->rhythm->hours[i % RHYTHM_HOURS] *
			fit->rhythm->days[i / RHYTHM_HOURS];
	}
	if (seconds <= 0 || rows <= 0)
		return 0;
	if (nearby <= 0)
		return rows / seconds;
	distance = log(rows / seconds / nearby) / log(NEARBY_FACTOR);
	trust = NEARBY_ROWS * exp(-distance * distance / 2);
	return (rows + trust) / (seconds + trust / nearby);
}

void
rhythm_learn(Rhythm *rhythm, const RhythmWindow *const *windows, int nwindows)
{
	Fit			fit = {.nwindows = nwindows, .windows = windows, .rhythm = rhythm};

	Assert(nwindows <= RHYTHM_MAX_WINDOWS);
	for (int round = 0; round < ROUNDS; round++)
	{
		double		hour_rows[RHYTHM_HOURS] = {0};
		double		hour_expected[RHYTHM_HOURS] = {0};
		double		day_rows[RHYTHM_DAYS] = {0};
		double		day_expected[RHYTHM_DAYS] = {0};

		for (int w = 0; w < nwindows; w++)
			fit.densities[w] = fit_density(&fit, w);
		for (int w = 0; w < nwindows; w++)
		{
			for (int i = 0; i < RHYTHM_BINS; i++)
			{
				double		expected = windows[w]->seconds[i] * fit.densities[w];

				hour_rows[i % RHYTHM_HOURS] += windows[w]->rows[i];
				hour_expected[i % RHYTHM_HOURS] += expected * rhythm->days[i / RHYTHM_HOURS];
				day_rows[i / RHYTHM_HOURS] += windows[w]->rows[i];
				day_expected[i / RHYTHM_HOURS] += expected * rhythm->hours[i % RHYTHM_HOURS];
			}
		}
		for (int i = 0; i < RHYTHM_HOURS; i++)
			rhythm->hours[i] = fitted(with_beside(hour_rows, i), with_beside(hour_expected, i),
								  PRIOR_HOUR_ROWS);
		for (int i = 0; i < RHYTHM_DAYS; i++)
			rhythm->days[i] = fitted(day_rows[i], day_expected[i], PRIOR_DAY_ROWS);
		make_mean_one(rhythm->hours, RHYTHM_HOURS);
		make_mean_one(rhythm->days, RHYTHM_DAYS);
	}
	sum_up(rhythm);
}

/* Seconds of trade from the beginning of its week to a time. */
static double
into_week(const Rhythm *rhythm, int64 second)
{
	int64		within = second % WEEK_SECONDS;
	int			bin = bin_of(second);

	if (within < 0)
		within += WEEK_SECONDS;
	return rhythm->sums[bin] + (rhythm->sums[bin + 1] - rhythm->sums[bin]) *
		(within - (int64) bin * HOUR_SECONDS) / HOUR_SECONDS;
}

double
rhythm_between(const Rhythm *rhythm, int64 lower, int64 upper)
{
	int64		weeks = (upper - lower) / WEEK_SECONDS;
	double		first = into_week(rhythm, lower);
	double		last = into_week(rhythm, upper - weeks * WEEK_SECONDS);

	if (last < first || (last == first && upper - weeks * WEEK_SECONDS > lower))
		last += rhythm->sums[RHYTHM_BINS];
	return (double) weeks * rhythm->sums[RHYTHM_BINS] + last - first;
}
