/*
 * trade.h
 *		Made-up lists: when their rows were created.
 */
#ifndef TRADE_H
#define TRADE_H

#include <stdint.h>

/* The most rows of a list. */
#define TRADE_MAX_ROWS 3000000

/* Seconds of creation, newest first. */
extern int64_t trade_rows[TRADE_MAX_ROWS];
extern int	trade_nrows;

/* Begins a series of random numbers that is the same in every run. */
extern void trade_seed(uint64_t seed);

/* From 0 to below 1. */
extern double trade_random(void);

/* A number between two others, each order of magnitude as likely as the next. */
extern double trade_random_size(double low, double high);

/* How trade goes on. */
typedef struct TradeShape
{
	double		days;			/* from its first row to its last */
	double		growth;			/* rows a day at the end for each at the beginning */
	double		empty_months;	/* share of months without a row */
	double		busiest_month;	/* rows for each of the quietest that isn't empty; 1: all alike */
	double		weekend;		/* rows a day for each of a weekday */
	double		night;			/* rows an hour for each of one between 8 and 20 h */
} TradeShape;

/* Makes a list of so many rows, which end about now. */
extern void trade_make(const TradeShape *shape, int count);

/*
 * Makes a list as the simulator does it for "--uneven", but for its sale: as
 * many rows at night as by day, months that differ 6 times or have none, and
 * one row in four created in the same second as others, by 16 or by 256.
 */
extern void trade_make_in_crowds(int count, int days);

/* Adds so many rows within so many seconds, at any time from the first row to the last. */
extern void trade_add_burst(int count, double seconds);

/* Adds rows evenly from a time, in seconds after TRADE_BEGIN; at last they are to be sorted. */
#define TRADE_BEGIN INT64_C(1500000000)
extern void trade_add(int count, double from, double length);
extern void trade_sort(void);

#endif							/* TRADE_H */
