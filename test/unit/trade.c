/*
 * trade.c
 *		Made-up lists: when their rows were created.
 */
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "trade.h"

#define HOUR 3600
#define DAY (24 * HOUR)
#define MONTH (30 * DAY)
#define MAX_HOURS (20 * 366 * 24)
#define MAX_MONTHS (MAX_HOURS / (30 * 24) + 1)

int64_t		trade_rows[TRADE_MAX_ROWS];
int			trade_nrows;

static uint64_t state;

void
trade_seed(uint64_t seed)
{
	state = seed;
	for (int i = 0; i < 8; i++)
		(void) trade_random();
}

double
trade_random(void)
{
	uint64_t	mixed;

	/* splitmix64 */
	state += UINT64_C(0x9E3779B97F4A7C15);
	mixed = (state ^ (state >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94D049BB133111EB);
	mixed ^= mixed >> 31;
	return (double) (mixed >> 11) / 9007199254740992.0;
}

double
trade_random_size(double low, double high)
{
	return low * pow(high / low, trade_random());
}

static int
compare_newest_first(const void *a, const void *b)
{
	int64_t		x = *(const int64_t *) a;
	int64_t		y = *(const int64_t *) b;

	return x < y ? 1 : x > y ? -1 : 0;
}

void
trade_sort(void)
{
	qsort(trade_rows, trade_nrows, sizeof(int64_t), compare_newest_first);
}

void
trade_add(int count, double from, double length)
{
	for (int i = 0; i < count; i++)
		trade_rows[trade_nrows++] = TRADE_BEGIN + (int64_t) (from + trade_random() * length);
}

/* Rows in this hour for each of an ordinary one. */
static double
hour_weight(const TradeShape *shape, const double *months, int hour, int hours)
{
	double		weight = pow(shape->growth, (double) hour / hours) * months[hour / (30 * 24)];

	if (hour / 24 % 7 >= 5)
		weight *= shape->weekend;
	if (hour % 24 < 8 || hour % 24 >= 20)
		weight *= shape->night;
	return weight;
}

void
trade_make(const TradeShape *shape, int count)
{
	static double sums[MAX_HOURS + 1];
	double		months[MAX_MONTHS];
	int			hours = (int) (shape->days * 24) + 1;
	double		gaps = 0;
	double		at;
	int			hour = 0;

	for (int i = 0; i < MAX_MONTHS; i++)
	{
		/* The last month is at hand. */
		if (trade_random() < shape->empty_months && i != (hours - 1) / (30 * 24))
			months[i] = 0;
		else
			months[i] = 1 + trade_random() * (shape->busiest_month - 1);
	}
	sums[0] = 0;
	for (int i = 0; i < hours; i++)
		sums[i + 1] = sums[i] + hour_weight(shape, months, i, hours);

	/* In order from the first: gaps of a Poisson process, stretched by the weights. */
	trade_nrows = count;
	for (int pass = 0; pass < 2; pass++)
	{
		uint64_t	began = state;

		at = 0;
		for (int i = 0; i < count; i++)
		{
			double		target;

			at -= log(1 - trade_random());
			if (pass == 0)
				continue;
			target = at / gaps * sums[hours];
			while (hour + 1 < hours && sums[hour + 1] <= target)
				hour++;
			target = (target - sums[hour]) / (sums[hour + 1] - sums[hour]);
			trade_rows[count - 1 - i] = TRADE_BEGIN + hour * INT64_C(3600) +
				(int64_t) (3600 * (target < 1 ? target : 0.9999));
		}
		if (pass == 0)
		{
			gaps = at - log(1 - trade_random());
			state = began;
		}
	}
}

/* Adds rows, all newer than those before, at even times but for the crowds among them. */
static void
add_in_crowds(int count, double from, double length)
{
	double		step = length / count;
	int			small = count >= 256 ? 16 : 4;
	bool		crowded = false;

	for (int i = 0; i < count; i++)
	{
		double		at = i + 0.9 * trade_random();

		if (i % small == 0)
			crowded = trade_random() < 1.0 / 8;
		if (crowded)
			at = i - i % small;
		if (count >= 1024 && i / 256 % 8 == 3)
			at = i - i % 256;
		trade_rows[trade_nrows++] = TRADE_BEGIN + (int64_t) (from + at * step);
	}
}

void
trade_make_in_crowds(int count, int days)
{
	double		weights[MAX_MONTHS];
	double		sum = 0;
	double		before = 0;
	int			months = days / 30;
	int			empty = 0;

	for (int i = 0; i < months; i++)
	{
		if (i % 4 == 0)
			empty = (int) (4 * trade_random());
		weights[i] = i % 4 == empty ? 0 : 0.5 + 2.5 * trade_random();
		sum += weights[i];
	}
	trade_nrows = 0;
	for (int i = 0; i < months; i++)
	{
		int			rows = (int) ((before + weights[i]) / sum * count + 0.5) - trade_nrows;

		if (rows > 0)
			add_in_crowds(rows, (double) days * DAY / months * i, (double) days * DAY / months);
		before += weights[i];
	}
	for (int i = 0; i < trade_nrows / 2; i++)
	{
		int64_t		row = trade_rows[i];

		trade_rows[i] = trade_rows[trade_nrows - 1 - i];
		trade_rows[trade_nrows - 1 - i] = row;
	}
}

void
trade_add_burst(int count, double seconds)
{
	int64_t		oldest = trade_rows[trade_nrows - 1];
	int64_t		newest = trade_rows[0];
	int64_t		begin = oldest + (int64_t) (trade_random() * (newest - oldest));
	int64_t		end = begin + (int64_t) seconds;
	int			after = 0;

	/* Between those that are newer than its end and those that are older. */
	while (after < trade_nrows && trade_rows[after] > end)
		after++;
	memmove(trade_rows + after + count, trade_rows + after,
			sizeof(int64_t) * (trade_nrows - after));
	for (int i = 0; i < count; i++)
		trade_rows[after + i] = begin + (int64_t) (trade_random() * seconds);
	trade_nrows += count;

	/* Those in its midst are to be in order with it. */
	{
		int			last = after + count;

		while (last < trade_nrows && trade_rows[last] >= begin)
			last++;
		qsort(trade_rows + after, last - after, sizeof(int64_t), compare_newest_first);
	}
}
