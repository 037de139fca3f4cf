/*-------------------------------------------------------------------------
 *
 * rhythm.c
 *		The hours of the day and the days of the week in which objects are
 *		created.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/rhythm.h"

#define HOUR_SECONDS 3600
#define WEEK_SECONDS (RHYTHM_BINS * HOUR_SECONDS)

/*
 * A time without a row counts for no more than so many rows that did not
 * come: trade that paused for a reason of its own would otherwise outweigh
 * what all other windows say of these hours.
 */
#define IDLE_ROWS 10.0

/* Longer than any night or weekend: such a pause says nothing of them. */
#define LONGEST_CLOSURE (4 * 86400)

/* Of the rows of a window, at least so many must have a second of their own. */
#define DISTINCT_SHARE 0.75

void
rhythm_changed(Rhythm *rhythm)
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
	rhythm_changed(rhythm);
}

/* The hour of the week; weeks begin when unix time does. */
static int
bin_of(int64 second)
{
	int64		within = second % WEEK_SECONDS;

	return (int) ((within < 0 ? within + WEEK_SECONDS : within) / HOUR_SECONDS);
}

/* Adds a time without a row to a window, as if it took only a share of what it does. */
static void
add_seconds(RhythmWindow *window, int64 lower, int64 upper, double share)
{
	int64		weeks = (upper - lower) / WEEK_SECONDS;
	int64		at = lower + weeks * WEEK_SECONDS;

	for (int i = 0; i < RHYTHM_BINS && weeks > 0; i++)
		window->seconds[i] += (float) (share * weeks * HOUR_SECONDS);
	while (at < upper)
	{
		int64		left = HOUR_SECONDS - (at % HOUR_SECONDS + HOUR_SECONDS) % HOUR_SECONDS;
		int64		step = Min(left, upper - at);

		window->seconds[bin_of(at)] += (float) (share * step);
		at += step;
	}
}

/*
 * The first row of another second than the one before it, from index on, that
 * was created after lower; nrows if there is none.
 */
static int
next_second(int64 lower, const int64 *created, int nrows, int index)
{
	while (index > 0 && index < nrows && created[index] == created[index - 1])
		index++;
	return index < nrows && created[index] > lower ? index : nrows;
}

/*
 * The longest time without a row that is taken as it is, by the mean of all of
 * them in a window, each cut off at what results.
 */
static double
longest_idle(int64 lower, int64 upper, const int64 *created, int nrows)
{
	double		longest = (double) (upper - lower);

	for (int round = 0; round < 10; round++)
	{
		double		sum = 0;
		int			n = 0;
		int64		at = upper;

		for (int i = next_second(lower, created, nrows, 0);;
			 i = next_second(lower, created, nrows, i + 1))
		{
			int64		until = Min(i < nrows ? created[i] : lower, at);

			sum += Min((double) (at - until), longest);
			n++;
			at = until;
			if (i >= nrows)
				break;
		}
		longest = Min(longest, IDLE_ROWS * sum / n);
	}
	return longest;
}

void
rhythm_observe(RhythmWindow *window, int64 lower, int64 upper, const int64 *created, int nrows)
{
	double		longest;
	int			rows = 0;
	int			distinct = 0;
	int64		at = upper;

	for (int i = 0; i < nrows; i++)
	{
		rows += created[i] > lower;
		distinct += created[i] > lower && (i == 0 || created[i] != created[i - 1]);
	}
	if (distinct < DISTINCT_SHARE * rows || distinct == 0)
		return;

	longest = longest_idle(lower, upper, created, nrows);
	for (int i = next_second(lower, created, nrows, 0);;
		 i = next_second(lower, created, nrows, i + 1))
	{
		int64		until = Min(i < nrows ? created[i] : lower, at);
		int64		idle = at - until;

		if (idle <= longest)
			add_seconds(window, until, at, 1);
		else if (idle <= LONGEST_CLOSURE)
			add_seconds(window, until, at, longest / idle);
		if (i >= nrows)
			break;
		window->rows[bin_of(until)] += 1;
		at = until;
	}
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
