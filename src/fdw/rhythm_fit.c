/*-------------------------------------------------------------------------
 *
 * rhythm_fit.c
 *		What windows of time say of the hours and days in which objects are
 *		created.
 *
 * The logarithm of the rows a second is taken for a sum: the level of the
 * window, a curve over the hours of the day and a value for each day of the
 * week.  Sought is what is most likely, by the rows that have come (as if
 * Poisson's, but for their tendency to come together) and by what is known
 * beforehand: curves are smooth and mostly shallow, days differ little, and
 * most levels are like those of the windows beside them.  Where windows are
 * shorter than a night, it is only their levels that tell night from day, and
 * the last of these keeps chance from being taken for rhythm.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "fdw/rhythm.h"

/* The curve is a sum of so many waves, of 24, 12, 8 … hours. */
#define WAVES 6

/* Coefficients: a cosine and a sine of each wave, and the days. */
#define NCOEFFICIENTS (2 * WAVES + RHYTHM_DAYS)
#define NUNKNOWNS (RHYTHM_MAX_WINDOWS + NCOEFFICIENTS)

/* Rows come together: so many say as much as one would if each came by itself. */
#define CLUMP_ROWS 12.0

/* Standard deviations of logarithms: of the first wave, of the n-th an n-th of it; of a day. */
#define WAVE_DEVIATION 0.7
#define DAY_DEVIATION 0.5

/* Levels side by side differ as Student's t of this scale, with so many degrees of freedom. */
#define LEVEL_DEVIATION 0.4
#define LEVEL_FREEDOM 4.0

/* Newton's method: the most steps, how long one may be, and how short the last. */
#define MAX_STEPS 12
#define MAX_CHANGE 1.0
#define MIN_CHANGE 0.01

typedef struct Fit
{
	int			nwindows;		/* of those with rows: */
	const RhythmWindow *windows[RHYTHM_MAX_WINDOWS];
	double		levels[RHYTHM_MAX_WINDOWS];
	double		coefficients[NCOEFFICIENTS];

	/* What each coefficient adds in each hour of the week. */
	double		basis[RHYTHM_BINS][NCOEFFICIENTS];

	/* The equations of a step: the levels' first.  Only the lower half is set. */
	int			nunknowns;
	double		matrix[NUNKNOWNS][NUNKNOWNS];
	double		step[NUNKNOWNS];	/* their right side, then their solution */
} Fit;

static void
set_basis(Fit *fit)
{
	for (int bin = 0; bin < RHYTHM_BINS; bin++)
	{
		double	   *basis = fit->basis[bin];
		double		angle = 2 * M_PI * (bin % RHYTHM_HOURS + 0.5) / RHYTHM_HOURS;

		for (int wave = 1; wave <= WAVES; wave++)
		{
			*basis++ = cos(wave * angle);
			*basis++ = sin(wave * angle);
		}
		for (int day = 0; day < RHYTHM_DAYS; day++)
			*basis++ = (day == bin / RHYTHM_HOURS) - 1.0 / RHYTHM_DAYS;
	}
}

/* How dense an hour of the week is for one without rhythm. */
static double
bin_weight(const Fit *fit, int bin)
{
	double		sum = 0;

	for (int i = 0; i < NCOEFFICIENTS; i++)
		sum += fit->coefficients[i] * fit->basis[bin][i];
	return exp(sum);
}

/* The windows that have rows, each at the level that it would have without rhythm. */
static void
set_windows(Fit *fit, const RhythmWindow *const *windows, int nwindows)
{
	for (int i = 0; i < nwindows; i++)
	{
		double		rows = 0;
		double		seconds = 0;

		for (int bin = 0; bin < RHYTHM_BINS; bin++)
		{
			rows += windows[i]->rows[bin];
			seconds += windows[i]->seconds[bin];
		}
		if (rows <= 0 || seconds <= 0)
			continue;
		fit->levels[fit->nwindows] = log(rows / seconds);
		fit->windows[fit->nwindows++] = windows[i];
	}
	fit->nunknowns = fit->nwindows + NCOEFFICIENTS;
}

/* What the rows of the windows add to the equations. */
static void
add_rows(Fit *fit)
{
	double		expected[RHYTHM_BINS] = {0};
	double		weights[RHYTHM_BINS];
	int			first = fit->nwindows;

	for (int bin = 0; bin < RHYTHM_BINS; bin++)
		weights[bin] = bin_weight(fit, bin);

	for (int w = 0; w < fit->nwindows; w++)
	{
		for (int bin = 0; bin < RHYTHM_BINS; bin++)
		{
			double		come = fit->windows[w]->rows[bin] / CLUMP_ROWS;
			double		due = fit->windows[w]->seconds[bin] * weights[bin] *
				exp(fit->levels[w]) / CLUMP_ROWS;

			if (come <= 0 && due <= 0)
				continue;
			expected[bin] += due;
			fit->step[w] += come - due;
			fit->matrix[w][w] += due;
			for (int i = 0; i < NCOEFFICIENTS; i++)
			{
				fit->step[first + i] += (come - due) * fit->basis[bin][i];
				fit->matrix[first + i][w] += due * fit->basis[bin][i];
			}
		}
	}
	for (int bin = 0; bin < RHYTHM_BINS; bin++)
	{
		for (int i = 0; i < NCOEFFICIENTS; i++)
		{
			for (int j = 0; j <= i; j++)
				fit->matrix[first + i][first + j] +=
					expected[bin] * fit->basis[bin][i] * fit->basis[bin][j];
		}
	}
}

/* What is known beforehand. */
static void
add_prior(Fit *fit)
{
	int			first = fit->nwindows;

	for (int w = 0; w + 1 < fit->nwindows; w++)
	{
		double		difference = fit->levels[w] - fit->levels[w + 1];
		double		precision = (LEVEL_FREEDOM + 1) /
			(LEVEL_FREEDOM * LEVEL_DEVIATION * LEVEL_DEVIATION + difference * difference);

		fit->matrix[w][w] += precision;
		fit->matrix[w + 1][w + 1] += precision;
		fit->matrix[w + 1][w] -= precision;
		fit->step[w] -= precision * difference;
		fit->step[w + 1] += precision * difference;
	}
	for (int i = 0; i < NCOEFFICIENTS; i++)
	{
		double		deviation = i < 2 * WAVES ? WAVE_DEVIATION / (i / 2 + 1) : DAY_DEVIATION;
		double		precision = 1 / (deviation * deviation);

		fit->matrix[first + i][first + i] += precision;
		fit->step[first + i] -= precision * fit->coefficients[i];
	}
}

/* Solves the equations by Cholesky's method; false if they can't be. */
static bool
solve(Fit *fit)
{
	int			n = fit->nunknowns;

	for (int i = 0; i < n; i++)
	{
		for (int j = 0; j <= i; j++)
		{
			double		sum = fit->matrix[i][j];

			for (int k = 0; k < j; k++)
				sum -= fit->matrix[i][k] * fit->matrix[j][k];
			if (i > j)
				fit->matrix[i][j] = sum / fit->matrix[j][j];
			else if (sum > 0)
				fit->matrix[i][i] = sqrt(sum);
			else
				return false;
		}
	}
	for (int i = 0; i < n; i++)
	{
		for (int k = 0; k < i; k++)
			fit->step[i] -= fit->matrix[i][k] * fit->step[k];
		fit->step[i] /= fit->matrix[i][i];
	}
	for (int i = n - 1; i >= 0; i--)
	{
		for (int k = i + 1; k < n; k++)
			fit->step[i] -= fit->matrix[k][i] * fit->step[k];
		fit->step[i] /= fit->matrix[i][i];
	}
	return true;
}

/* A step towards what is most likely; returns how long it was, 0 if there was none. */
static double
take_step(Fit *fit)
{
	double		longest = 0;
	double		share;

	memset(fit->matrix, 0, sizeof(fit->matrix));
	memset(fit->step, 0, sizeof(fit->step));
	add_rows(fit);
	add_prior(fit);
	if (!solve(fit))
		return 0;
	for (int i = 0; i < fit->nunknowns; i++)
		longest = Max(longest, fabs(fit->step[i]));
	share = longest > MAX_CHANGE ? MAX_CHANGE / longest : 1;
	for (int w = 0; w < fit->nwindows; w++)
		fit->levels[w] += share * fit->step[w];
	for (int i = 0; i < NCOEFFICIENTS; i++)
		fit->coefficients[i] += share * fit->step[fit->nwindows + i];
	return longest;
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

void
rhythm_learn(Rhythm *rhythm, const RhythmWindow *const *windows, int nwindows)
{
	Fit			fit = {0};

	Assert(nwindows <= RHYTHM_MAX_WINDOWS);
	set_windows(&fit, windows, nwindows);
	if (fit.nwindows == 0)
		return;
	set_basis(&fit);
	for (int i = 0; i < MAX_STEPS; i++)
	{
		if (take_step(&fit) < MIN_CHANGE)
			break;
	}

	/* An hour of any day, and any hour of a day: the other part is a factor for all alike. */
	for (int i = 0; i < RHYTHM_HOURS; i++)
		rhythm->hours[i] = bin_weight(&fit, i);
	for (int i = 0; i < RHYTHM_DAYS; i++)
		rhythm->days[i] = bin_weight(&fit, i * RHYTHM_HOURS);
	make_mean_one(rhythm->hours, RHYTHM_HOURS);
	make_mean_one(rhythm->days, RHYTHM_DAYS);
	rhythm_changed(rhythm);
}
