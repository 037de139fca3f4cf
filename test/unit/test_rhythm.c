/*
 * test_rhythm.c
 *		What windows of time say of the hours and days in which trade is.
 */
#include "postgres.h"

#include <math.h>

#include "fdw/rhythm.h"
#include "tap.h"
#include "trade.h"

#define HOUR 3600
#define DAY INT64CONST(86400)
#define WEEK (7 * DAY)

/* A week's first second: unix time began on a Thursday, at midnight. */
#define MONDAY (INT64CONST(2700) * WEEK + 4 * DAY)

#define MAX_ROWS 500

static RhythmWindow windows[RHYTHM_MAX_WINDOWS];
static int	nwindows;
static int64 created[MAX_ROWS];
static int	ncreated;

static void
begin(uint64_t seed)
{
	trade_seed(seed);
	memset(windows, 0, sizeof(windows));
	nwindows = 0;
	ncreated = 0;
}

/* How many rows an hour come at a time. */
typedef double (*Rate) (int64 second);

/* Whatever the hour. */
static double level;

static double
steady(int64 second)
{
	return second > 0 ? 20 * level : 0;
}

/* Ten hours of five days a week, and next to nothing else. */
static double
shop(int64 second)
{
	int64		hour = second % DAY / HOUR;
	bool		weekend = (second - MONDAY % WEEK) % WEEK / DAY >= 5;

	return weekend || hour < 8 || hour >= 18 ? 0.1 : 10;
}

static double
busy_days(int64 second)
{
	int64		hour = second % DAY / HOUR;

	return hour >= 8 && hour < 20 ? 40 : 4;
}

/*
 * Adds the rows of a window, which ends when there are so many or it is so
 * long.  Returns its end.
 */
static int64
add_window(int64 upper, int rows, int64 length, Rate rate)
{
	int64		at = upper;

	ncreated = 0;
	while (ncreated < rows && upper - at < length)
	{
		/* By the minute: few rates change faster. */
		if (trade_random() < rate(at) / 60)
			created[ncreated++] = at - (int64) (trade_random() * 30);
		at -= 60;
	}
	if (ncreated == rows)
		at = created[ncreated - 1];
	rhythm_observe(&windows[nwindows++], at, upper, created, ncreated);
	return at;
}

static Rhythm
learn(void)
{
	const RhythmWindow *given[RHYTHM_MAX_WINDOWS];
	Rhythm		rhythm;

	for (int i = 0; i < nwindows; i++)
		given[i] = &windows[i];
	rhythm_init(&rhythm);
	rhythm_learn(&rhythm, given, nwindows);
	return rhythm;
}

/* Trade in some hours for that in others. */
static double
trade_ratio(const Rhythm *rhythm, int64 lower, int64 upper, int64 other_lower, int64 other_upper)
{
	return rhythm_between(rhythm, lower, upper) / rhythm_between(rhythm, other_lower, other_upper);
}

/* The least and the most that an hour of the week weighs. */
static void
extremes(const Rhythm *rhythm, double *least, double *most)
{
	*least = INFINITY;
	*most = 0;
	for (int bin = 0; bin < RHYTHM_BINS; bin++)
	{
		double		weight = (rhythm->sums[bin + 1] - rhythm->sums[bin]) / HOUR;

		*least = Min(*least, weight);
		*most = Max(*most, weight);
	}
}

static void
check_flat(const char *what, double tolerance)
{
	Rhythm		rhythm = learn();
	double		least;
	double		most;

	extremes(&rhythm, &least, &most);
	tap_ok(least > 1 / (1 + tolerance) && most < 1 + tolerance, "%s: from %.2f to %.2f", what,
		   least, most);
}

static void
test_between(void)
{
	static const int64 times[] = {0, 1, 3599, 3600, 100000, WEEK - 1, WEEK, MONDAY + 12345};
	Rhythm		rhythm;

	rhythm_init(&rhythm);
	for (size_t i = 0; i < lengthof(times); i++)
	{
		for (size_t j = i; j < lengthof(times); j++)
		{
			double		found = rhythm_between(&rhythm, times[i], times[j]);

			tap_ok(fabs(found - (times[j] - times[i])) < 0.001, "from %lld to %lld: %.3f seconds",
				   (long long) times[i], (long long) times[j], found);
		}
	}
	begin(1);
	for (int i = 0; i < 8; i++)
		add_window(MONDAY - i * 3 * WEEK, MAX_ROWS, 2 * WEEK, shop);
	rhythm = learn();
	tap_ok(fabs(rhythm_between(&rhythm, MONDAY, MONDAY + 5 * WEEK) / (5 * WEEK) - 1) < 1e-9,
		   "a week is as long with a rhythm as without");
	tap_ok(fabs(rhythm_between(&rhythm, MONDAY, MONDAY + 3 * DAY) +
				rhythm_between(&rhythm, MONDAY + 3 * DAY, MONDAY + 9 * DAY) -
				rhythm_between(&rhythm, MONDAY, MONDAY + 9 * DAY)) < 0.001, "parts make a whole");
	tap_ok(fabs(rhythm_between(&rhythm, -WEEK - 5000, -5000) / WEEK - 1) < 1e-9,
		   "so does a week before time began");
}

static void
test_rhythms(void)
{
	Rhythm		rhythm;
	double		ratio;

	/* Windows that are longer than a week. */
	begin(2);
	for (int i = 0; i < 10; i++)
		add_window(MONDAY - i * 8 * WEEK - i * 100000, MAX_ROWS, 3 * WEEK, shop);
	rhythm = learn();
	ratio = trade_ratio(&rhythm, MONDAY + 9 * HOUR, MONDAY + 17 * HOUR, MONDAY + 20 * HOUR,
						MONDAY + 28 * HOUR);
	tap_ok(ratio > 8, "a shop is closed at night: %.1f", ratio);
	ratio = trade_ratio(&rhythm, MONDAY + DAY, MONDAY + 2 * DAY, MONDAY + 5 * DAY,
						MONDAY + 6 * DAY);
	tap_ok(ratio > 2, "and on Saturday: %.1f", ratio);

	/* Shorter than a night: only their levels tell, and each is of a month of its own. */
	begin(3);
	for (int i = 0; i < 28; i++)
		add_window(MONDAY - i * 31 * DAY - (i * 17 % 24) * HOUR, 100, DAY, busy_days);
	rhythm = learn();
	ratio = trade_ratio(&rhythm, MONDAY + 9 * HOUR, MONDAY + 19 * HOUR, MONDAY + 21 * HOUR,
						MONDAY + 31 * HOUR);
	tap_ok(ratio > 4, "nights show in short windows too: %.1f", ratio);

	begin(4);
	level = 1;
	for (int i = 0; i < 28; i++)
		add_window(MONDAY - i * 31 * DAY - (i * 17 % 24) * HOUR, 100, DAY, steady);
	check_flat("steady trade has none", 0.3);
	begin(5);
	check_flat("nor has none at all", 1e-9);
}

static void
test_what_is_no_rhythm(void)
{
	/* Months differ by up to 6 times, whatever the hour. */
	begin(6);
	for (int i = 0; i < 28; i++)
	{
		level = 0.5 + 2.5 * trade_random();
		add_window(MONDAY - i * 31 * DAY - (i * 17 % 24) * HOUR, 100, DAY, steady);
	}
	check_flat("months that differ are no rhythm", 1);

	/* Three pages that came after days of nothing. */
	begin(7);
	level = 1;
	for (int i = 0; i < 28; i++)
	{
		int64		upper = MONDAY - i * 31 * DAY - (i * 17 % 24) * HOUR;

		add_window(upper, 100, DAY, steady);
		if (i % 10 == 5)
		{
			memset(&windows[nwindows - 1], 0, sizeof(RhythmWindow));
			rhythm_observe(&windows[nwindows - 1], created[ncreated - 1], upper + 70 * HOUR,
						   created, ncreated);
		}
	}
	check_flat("nor are pauses of three days", 0.5);

	/* Some pages of which most rows were created in one second, after an hour of nothing. */
	begin(8);
	for (int i = 0; i < 28; i++)
	{
		int64		upper = MONDAY - i * 31 * DAY - (i * 17 % 24) * HOUR;

		add_window(upper, 100, DAY, steady);
		if (i % 4 == 1)
		{
			for (int j = 5; j < ncreated; j++)
				created[j] = created[5];
			memset(&windows[nwindows - 1], 0, sizeof(RhythmWindow));
			rhythm_observe(&windows[nwindows - 1], created[5] - 1, upper, created, ncreated);
		}
	}
	check_flat("nor are crowds", 0.35);
}

static void
test_odd_windows(void)
{
	static const int64 unsorted[] = {MONDAY - 50, MONDAY - 10, MONDAY - 90, MONDAY - 20};
	static const int64 same[] = {MONDAY, MONDAY, MONDAY, MONDAY};
	RhythmWindow window = {0};
	double		sum = 0;

	rhythm_observe(&window, MONDAY, MONDAY, same, 4);
	rhythm_observe(&window, MONDAY - 1, MONDAY, same, 4);
	rhythm_observe(&window, MONDAY - DAY, MONDAY, NULL, 0);
	for (int i = 0; i < RHYTHM_BINS; i++)
		sum += window.seconds[i] + window.rows[i];
	tap_ok(sum == 0, "nothing to learn from no rows, nor from a crowd");

	rhythm_observe(&window, MONDAY - 100, MONDAY, unsorted, 4);
	sum = 0;
	for (int i = 0; i < RHYTHM_BINS; i++)
		sum += window.seconds[i];
	tap_ok(sum > 0 && sum <= 100, "rows out of order: %.0f seconds of 100", sum);
}

int
main(void)
{
	tap_begin("rhythm");
	test_between();
	test_rhythms();
	test_what_is_no_rhythm();
	test_odd_windows();
	return tap_end();
}
