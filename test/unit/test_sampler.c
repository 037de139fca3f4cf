/*
 * test_sampler.c
 *		How well lists of many shapes are counted by a few pages of them.
 */
#include "postgres.h"

#include <math.h>

#include "fdw/sampler.h"
#include "tap.h"

#define PAGE 100
#define DAY INT64CONST(86400)
#define SPAN (5 * 365 * DAY)
#define BEGIN INT64CONST(1600000000)
#define MAX_ROWS 200000

/* Seconds of creation, newest first. */
static int64 rows[MAX_ROWS];
static int	nrows;

static uint64 state;

/* From 0 to below 1; the same in every run. */
static double
random_fraction(void)
{
	state = state * UINT64CONST(6364136223846793005) + UINT64CONST(1442695040888963407);
	return (double) (state >> 11) / 9007199254740992.0;
}

static int
compare_newest_first(const void *a, const void *b)
{
	int64		x = *(const int64 *) a;
	int64		y = *(const int64 *) b;

	return x < y ? 1 : x > y ? -1 : 0;
}

static void
add_rows(int count, double from, double length)
{
	for (int i = 0; i < count; i++)
		rows[nrows++] = BEGIN + (int64) (from + random_fraction() * length);
}

/* As time goes on there is ever more, or less: 400 times as much at one end as at the other. */
static void
add_growth(int count, bool shrinking)
{
	for (int i = 0; i < count; i++)
	{
		double		at = 1 + log(random_fraction() + exp(-6)) / 6;

		rows[nrows++] = BEGIN + (int64) ((shrinking ? 1 - at : at) * SPAN);
	}
}

/* One row in eight was created together with 255 others. */
static void
add_crowds(int count)
{
	double		step = (double) SPAN / count;

	for (int i = 0; i < count; i++)
		rows[nrows++] = BEGIN + (int64) ((i / 256 % 8 == 3 ? i / 256 * 256 : i) * step);
}

/* Days of ten hours, five a week. */
static void
add_hours(int count)
{
	for (int i = 0; i < count; i++)
	{
		int			day = (int) (random_fraction() * SPAN / DAY);

		if (day % 7 >= 5)
			day -= 2;
		rows[nrows++] = BEGIN + Max(day, 0) * DAY + (int64) ((8 + random_fraction() * 10) * 3600);
	}
}

/* Months of which each third is empty, and the others are more and less busy by turns. */
static void
add_months(int count)
{
	for (int month = 0; month < 60; month++)
	{
		if (month % 3 != 1)
			add_rows(count * (month % 5 + 1) / 120, month * SPAN / 60.0, SPAN / 60.0);
	}
}

/* Asks what the sampler wants to know; returns the number of requests, and of rows seen. */
static int
sample(Sampler *sampler, bool by_time, int *seen)
{
	int			first[SAMPLER_MAX_REQUESTS];
	int			brought[SAMPLER_MAX_REQUESTS];
	SamplerAsk	ask;

	*seen = 0;
	sampler_init(sampler, PAGE, by_time);
	while (sampler_next(sampler, &ask))
	{
		int			request = sampler->nrequests;
		int			at = 0;
		int			n;

		if (ask.kind == SAMPLER_FOLLOW)
			at = first[ask.after] + brought[ask.after];
		else if (ask.kind == SAMPLER_UP_TO)
		{
			while (at < nrows && rows[at] > ask.upper)
				at++;
		}
		n = Min(nrows - at, PAGE);
		first[request] = at;
		brought[request] = n;
		*seen += sampler_answer(sampler, &ask, rows + at, n, n == PAGE);
	}
	return sampler->nrequests;
}

/* The list at hand is counted within so much, by at most so many requests; empties it. */
static void
check(const char *what, double tolerance)
{
	Sampler		sampler;
	double		total;
	double		weights = 0;
	int			seen;
	int			requests;

	qsort(rows, nrows, sizeof(int64), compare_newest_first);
	requests = sample(&sampler, true, &seen);
	total = sampler_total(&sampler);
	for (int i = 0; i < requests; i++)
		weights += sampler_weight(&sampler, i);
	tap_ok(requests <= SAMPLER_MAX_REQUESTS, "%s: %d requests", what, requests);
	tap_ok(fabs(total - nrows) <= tolerance * nrows, "%s: %.0f found of %d", what, total, nrows);
	tap_ok(fabs(weights - total) <= total * 0.001, "%s: the pages stand for %.0f of %.0f rows",
		   what, weights, total);
	tap_ok(seen <= nrows, "%s: %d rows seen", what, seen);
	if (sampler_complete(&sampler))
		tap_is_int(seen, nrows, "%s: all rows seen", what);
	nrows = 0;
}

static void
test_plain(int count, int requests, double total)
{
	Sampler		sampler;
	int			seen;

	nrows = count;
	tap_is_int(sample(&sampler, false, &seen), requests, "%d rows, not by time: requests", count);
	tap_is_int((int) sampler_total(&sampler), (int) total, "%d rows, not by time: rows", count);
	tap_ok(sampler_complete(&sampler) == (total == count), "%d rows, not by time: complete", count);
	nrows = 0;
}

int
main(void)
{
	static const int lengths[] = {0, 1, 99, 100, 101, 500, 1500};

	tap_begin("sampler");
	for (size_t i = 0; i < lengthof(lengths); i++)
	{
		state = i;
		add_rows(lengths[i], 0, SPAN);
		check(psprintf("%d even rows", lengths[i]), 0);
	}
	for (int seed = 1; seed <= 5; seed++)
	{
		for (int count = 8000; count <= 200000; count *= 5)
		{
			char	   *how = psprintf("%d rows, seed %d", count, seed);

			state = seed;
			add_rows(count, 0, SPAN);
			check(psprintf("even, %s", how), 0.15);
			add_growth(count, false);
			check(psprintf("growing, %s", how), 0.15);
			add_growth(count, true);
			check(psprintf("shrinking, %s", how), 0.15);
			add_crowds(count);
			check(psprintf("in crowds, %s", how), 0.25);
		}
		state = seed;
		add_hours(20000);
		check(psprintf("in working hours, seed %d", seed), 0.25);
		add_months(40000);
		add_rows(5000, SPAN * random_fraction() * 0.99, 7 * DAY);
		check(psprintf("months and a week's burst, seed %d", seed), 0.25);
		add_rows(20000, 0, SPAN);
		add_rows(5000, SPAN * random_fraction(), 3600);
		check(psprintf("an hour's burst, seed %d", seed), 0.25);
		add_rows(2000, 0, SPAN);
		add_rows(150, SPAN * random_fraction(), 1);
		check(psprintf("more than a page in one second, seed %d", seed), 0.1);
	}
	add_rows(2500, SPAN, 1);
	check("all in one second", 0);

	test_plain(0, 1, 0);
	test_plain(100, 2, 100);
	test_plain(250, 3, 250);
	test_plain(2999, 30, 2999);
	test_plain(50000, 30, 3000);
	return tap_end();
}
