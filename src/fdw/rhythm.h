/*-------------------------------------------------------------------------
 *
 * rhythm.h
 *		The hours of the day and the days of the week in which objects are
 *		created, learned from windows of time in which all of them are known.
 *
 * Between two times there is so much time of trade: as many seconds as have
 * passed, those of busy hours counting for more than one.  Rows come evenly in
 * it where they come with the rhythm of days and weeks in real time.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_RHYTHM_H
#define STRIPE_RHYTHM_H

#include "postgres.h"

/* Windows that it can learn from. */
#define RHYTHM_MAX_WINDOWS 32

#define RHYTHM_DAYS 7
#define RHYTHM_HOURS 24
#define RHYTHM_BINS (RHYTHM_DAYS * RHYTHM_HOURS)

typedef struct Rhythm
{
	double		hours[RHYTHM_HOURS];	/* weights; their mean is 1 */
	double		days[RHYTHM_DAYS];	/* the same */
	double		sums[RHYTHM_BINS + 1];	/* seconds of trade before each hour */
} Rhythm;

/*
 * A window of time: how long it was in each hour of the week, and in how many
 * seconds of it rows came.
 */
typedef struct RhythmWindow
{
	float		seconds[RHYTHM_BINS];
	float		rows[RHYTHM_BINS];
} RhythmWindow;

/* None: all hours are alike. */
extern void rhythm_init(Rhythm *rhythm);

/*
 * Adds the time from behind lower up to upper, with the seconds of creation of
 * its rows, newest first.  One in which most rows came together says nothing.
 */
extern void rhythm_observe(RhythmWindow *window, int64 lower, int64 upper, const int64 *created,
						   int nrows);

/* Learns from some windows, in the order of time; those without rows say nothing. */
extern void rhythm_learn(Rhythm *rhythm, const RhythmWindow *const *windows, int nwindows);

/* To be called when the weights have changed. */
extern void rhythm_changed(Rhythm *rhythm);

/* Seconds of trade between two times, lower <= upper. */
extern double rhythm_between(const Rhythm *rhythm, int64 lower, int64 upper);

#endif							/* STRIPE_RHYTHM_H */
