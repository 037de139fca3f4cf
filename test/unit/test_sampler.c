/*
 * test_sampler.c
 *		How well lists of many shapes are counted by a few pages of them.
 *
 * "test_sampler 60" tries each kind of trade with 60 seeds in place of a few,
 * and says how many lists were counted within 25 %.
 */
#include "postgres.h"

#include <math.h>

#include "fdw/sampler.h"
#include "tap.h"
#include "trade.h"

#define PAGE 100
#define DAY INT64CONST(86400)
#define SPAN (5 * 365 * DAY)

/* As time goes on there is ever more, or less: 400 times as much at one end as at the other. */
static void
add_growth(int count, bool shrinking)
{
	for (int i = 0; i < count; i++)
	{
		double		at = 1 + log(trade_random() + exp(-6)) / 6;

		trade_rows[trade_nrows++] = TRADE_BEGIN + (int64) ((shrinking ? 1 - at : at) * SPAN);
	}
}

/* One row in eight was created together with 255 others. */
static void
add_crowds(int count)
{
	double		step = (double) SPAN / count;

	for (int i = 0; i < count; i++)
		trade_rows[trade_nrows++] = TRADE_BEGIN +
			(int64) ((i / 256 % 8 == 3 ? i / 256 * 256 : i) * step);
}

/* Days of ten hours, five a week. */
static void
add_hours(int count)
{
	for (int i = 0; i < count; i++)
	{
		int			day = (int) (trade_random() * SPAN / DAY);

		if (day % 7 >= 5)
			day -= 2;
		trade_rows[trade_nrows++] = TRADE_BEGIN + Max(day, 0) * DAY +
			(int64) ((8 + trade_random() * 10) * 3600);
	}
}

/* Months of which each third is empty, and the others are more and less busy by turns. */
static void
add_months(int count)
{
	for (int month = 0; month < 60; month++)
	{
		if (month % 3 != 1)
			trade_add(count * (month % 5 + 1) / 120, month * SPAN / 60.0, SPAN / 60.0);
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
			int			low = 0;

			at = trade_nrows;
			while (low < at)
			{
				int			middle = low + (at - low) / 2;

				if (trade_rows[middle] > ask.upper)
					low = middle + 1;
				else
					at = middle;
			}
		}
		n = Min(trade_nrows - at, PAGE);
		first[request] = at;
		brought[request] = n;
		*seen += sampler_answer(sampler, &ask, trade_rows + at, n, n == PAGE);
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

	trade_sort();
	requests = sample(&sampler, true, &seen);
	total = sampler_total(&sampler);
	for (int i = 0; i < requests; i++)
		weights += sampler_weight(&sampler, i);
	tap_ok(requests <= SAMPLER_MAX_REQUESTS, "%s: %d requests", what, requests);
	tap_ok(fabs(total - trade_nrows) <= tolerance * trade_nrows, "%s: %.0f found of %d", what,
		   total, trade_nrows);
	tap_ok(fabs(weights - total) <= total * 0.001, "%s: the pages stand for %.0f of %.0f rows",
		   what, weights, total);
	tap_ok(seen <= trade_nrows, "%s: %d rows seen", what, seen);
	if (sampler_complete(&sampler))
		tap_is_int(seen, trade_nrows, "%s: all rows seen", what);
	trade_nrows = 0;
}

static void
test_plain(int count, int requests, double total)
{
	Sampler		sampler;
	int			seen;

	trade_nrows = count;
	tap_is_int(sample(&sampler, false, &seen), requests, "%d rows, not by time: requests", count);
	tap_is_int((int) sampler_total(&sampler), (int) total, "%d rows, not by time: rows", count);
	tap_ok(sampler_complete(&sampler) == (total == count), "%d rows, not by time: complete", count);
	trade_nrows = 0;
}

/* Trade with all that makes it uneven: growth, months without any, weekends, nights. */
static TradeShape
uneven(void)
{
	TradeShape	shape = {
		.days = 5 * 365,
		.growth = trade_random_size(1, 20),
		.empty_months = 1.0 / 4,
		.busiest_month = 6,
		.weekend = trade_random_size(0.2, 1),
		.night = trade_random_size(0.1, 1),
	};

	return shape;
}

/* One row in twenty of an uneven list was created in the same second. */
static void
make_uneven(int count)
{
	TradeShape	shape = uneven();

	trade_make(&shape, count - count / 20);
	trade_add_burst(count / 20, 1);
}

static void
make_uneven_20000(void)
{
	make_uneven(20000);
}

static void
make_uneven_100000(void)
{
	make_uneven(100000);
}

static void
make_uneven_200000(void)
{
	make_uneven(200000);
}

static void
make_large(void)
{
	make_uneven((int) trade_random_size(1000000, TRADE_MAX_ROWS));
}

/* As the simulator's: the same at all hours, but a sale in three days, and crowds. */
static void
make_simulated(int count, int years)
{
	int			sale = Min(5000, count / 4);

	trade_make_in_crowds(count - sale, years * 365);
	trade_add_burst(sale, 3 * DAY);
}

static void
make_simulated_5000(void)
{
	make_simulated(5000, 3);
}

static void
make_simulated_20000(void)
{
	make_simulated(20000, 3);
}

static void
make_simulated_60000(void)
{
	make_simulated(60000, 3);
}

static void
make_simulated_100000(void)
{
	make_simulated(100000, 3);
}

static void
make_simulated_large(void)
{
	make_simulated(1000000, 5);
}

/* Sales: up to a quarter of the table within hours or days. */
static void
make_sale(void)
{
	TradeShape	shape = uneven();
	int			count = (int) trade_random_size(20000, 300000);
	int			burst = (int) (count * (0.05 + 0.2 * trade_random()));

	trade_make(&shape, count - burst);
	trade_add_burst(burst, trade_random_size(3600, 3 * DAY));
}

static void
make_new_account(void)
{
	TradeShape	shape = uneven();

	shape.days = trade_random_size(60, 1000);
	shape.growth = trade_random_size(50, 5000);
	shape.empty_months = 0;
	shape.busiest_month = 1;
	trade_make(&shape, (int) trade_random_size(3000, 200000));
}

static void
make_steady(void)
{
	TradeShape	shape = {trade_random_size(30, 2000), 1, 0, 1, 1, 1};

	trade_make(&shape, (int) trade_random_size(5000, 500000));
}

/* Steady from week to week, but not by day and night. */
static void
make_rhythmic(void)
{
	TradeShape	shape = {trade_random_size(30, 2000), 1, 0, 1,
		trade_random_size(0.1, 1), trade_random_size(0.05, 1)};

	trade_make(&shape, (int) trade_random_size(5000, 500000));
}

/* What a script makes in a few minutes. */
static void
make_test_data(void)
{
	TradeShape	shape = {trade_random_size(2, 10) / 1440, 1, 0, 1, 1, 1};

	trade_make(&shape, (int) trade_random_size(300, 7500));
}

typedef struct Kind
{
	const char *what;
	void		(*make)(void);
	int			seeds;			/* tried if nothing else is asked for */
	double		share;			/* of them, at least, counted within 25 % */
} Kind;

static void
test_kind(int number, const Kind *kind, int seeds)
{
	int			within = 0;
	int			most_requests = 0;
	double		worst = 0;
	double		sum = 0;

	for (int seed = 1; seed <= seeds; seed++)
	{
		Sampler		sampler;
		int			seen;
		double		off;

		trade_seed(seed * 1000 + number);
		kind->make();
		most_requests = Max(most_requests, sample(&sampler, true, &seen));
		off = sampler_total(&sampler) / trade_nrows - 1;
		sum += off * off;
		if (fabs(off) > fabs(worst))
			worst = off;
		if (fabs(off) <= 0.25)
			within++;
	}
	trade_nrows = 0;
	tap_is_int(most_requests, SAMPLER_MAX_REQUESTS, "%s: requests at most", kind->what);
	tap_ok(within >= kind->share * seeds,
		   "%s: %d of %d within 25 %%, %.0f %% off on average, %+.0f %% at worst", kind->what,
		   within, seeds, 100 * sqrt(sum / seeds), 100 * worst);
}

/*
 * Which kinds of trade are counted within 25 %.  What pages meet is chance:
 * thirty of them say little of the months that they are not in, and nothing
 * of a burst that none has met.  Of 200 lists of each kind it is 188 or more,
 * of most kinds 194 or more; of 20 it may be less.
 */
static const Kind kinds[] = {
	{"uneven, 100,000", make_uneven_100000, 20, 0.9},
	{"uneven, 20,000", make_uneven_20000, 20, 0.95},
	{"uneven, 200,000", make_uneven_200000, 20, 0.9},
	{"sales", make_sale, 20, 0.85},
	{"a new account", make_new_account, 20, 1},
	{"steady", make_steady, 20, 1},
	{"days and nights", make_rhythmic, 20, 0.95},
	{"test data", make_test_data, 20, 1},
	{"uneven, 1,000,000 and more", make_large, 20, 0.85},
	{"simulated, 5,000", make_simulated_5000, 20, 0.9},
	{"simulated, 20,000", make_simulated_20000, 20, 0.9},
	{"simulated, 60,000", make_simulated_60000, 20, 0.9},
	{"simulated, 100,000", make_simulated_100000, 20, 0.9},
	{"simulated, 1,000,000", make_simulated_large, 20, 0.85},
};

int
main(int argc, char **argv)
{
	static const int lengths[] = {0, 1, 99, 100, 101, 500, 1500};

	tap_begin("sampler");
	for (size_t i = 0; i < lengthof(lengths); i++)
	{
		trade_seed(i);
		trade_add(lengths[i], 0, SPAN);
		check(psprintf("%d even rows", lengths[i]), 0);
	}
	for (int seed = 1; seed <= 5; seed++)
	{
		for (int count = 8000; count <= 200000; count *= 5)
		{
			char	   *how = psprintf("%d rows, seed %d", count, seed);

			trade_seed(seed);
			trade_add(count, 0, SPAN);
			check(psprintf("even, %s", how), 0.15);
			add_growth(count, false);
			check(psprintf("growing, %s", how), 0.2);
			add_growth(count, true);
			check(psprintf("shrinking, %s", how), 0.2);
			add_crowds(count);
			check(psprintf("in crowds, %s", how), 0.25);
		}
		trade_seed(seed);
		add_hours(20000);
		check(psprintf("in working hours, seed %d", seed), 0.25);
		add_months(40000);
		trade_add(5000, SPAN * trade_random() * 0.99, 7 * DAY);
		check(psprintf("months and a week's burst, seed %d", seed), 0.25);
		trade_add(20000, 0, SPAN);
		trade_add(5000, SPAN * trade_random(), 3600);
		check(psprintf("an hour's burst, seed %d", seed), 0.25);
		trade_add(2000, 0, SPAN);
		trade_add(150, SPAN * trade_random(), 1);
		check(psprintf("more than a page in one second, seed %d", seed), 0.15);
	}
	trade_add(2500, SPAN, 1);
	check("all in one second", 0);

	for (size_t i = 0; i < lengthof(kinds); i++)
		test_kind((int) i, &kinds[i], argc > 1 ? atoi(argv[1]) : kinds[i].seeds);

	test_plain(0, 1, 0);
	test_plain(100, 2, 100);
	test_plain(250, 3, 250);
	test_plain(2999, 30, 2999);
	test_plain(50000, 30, 3000);
	return tap_end();
}
