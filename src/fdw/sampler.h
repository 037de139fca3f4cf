/*-------------------------------------------------------------------------
 *
 * sampler.h
 *		How many rows a list has, and which pages of it to look at, when a few
 *		dozen requests have to do.
 *
 * A list can be entered at any second of "created", and a page shows how
 * dense it is there.  The sampler holds what is known of the pages read and
 * of the gaps between them, and says which request would tell most.  It is
 * pure: no request, no allocation.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_SAMPLER_H
#define STRIPE_SAMPLER_H

#include "postgres.h"

#include "fdw/rhythm.h"

/* No more requests than these are asked for. */
#define SAMPLER_MAX_REQUESTS 30

typedef enum SamplerAskKind
{
	SAMPLER_FIRST,				/* the list's first page */
	SAMPLER_FOLLOW,				/* the page that follows that of request "after" */
	SAMPLER_UP_TO				/* the first page of what was created up to "upper" */
} SamplerAskKind;

typedef struct SamplerAsk
{
	SamplerAskKind kind;
	int			after;			/* number of a request, from 0 */
	int64		upper;			/* unix seconds, inclusive */
} SamplerAsk;

/* Rows that came with no long pause between them. */
typedef struct SamplerRun
{
	int64		upper;			/* from here down … */
	int64		lower;			/* … to here, which is not part of it */
	double		rows;
} SamplerRun;

/* What is known of a page.  Seconds are unix time. */
typedef struct SamplerPage
{
	int			request;		/* its number, from 0 */
	int64		upper;			/* no row between here and its first one is missing … */
	int64		oldest;			/* … nor from there to here */
	int			rows;			/* of its rows, those that no older page holds */
	int			last_second;	/* rows known of the second "oldest" */
	bool		joined;			/* the next older page, or the list's end, follows */
	int64		idle_upper;		/* the longest time within it without a row: from here … */
	int64		idle_lower;		/* … to here … */
	int			idle_rows;		/* … after so many rows, from the newest */
	SamplerRun	newer;			/* trade at its newer end … */
	SamplerRun	older;			/* … and at its older end: the same if there is no pause */
} SamplerPage;

typedef struct Sampler
{
	bool		by_time;		/* the list can be entered at any second */
	int			page_size;
	int			nrequests;
	int			npages;
	SamplerPage pages[SAMPLER_MAX_REQUESTS];	/* newest first */
	int64		floor;			/* nothing was created in or before this second */
	Rhythm		rhythm;
	RhythmWindow windows[SAMPLER_MAX_REQUESTS]; /* of each request */
} Sampler;

/*
 * page_size: rows of a full page.  A list that can't be entered by time is
 * read from its beginning; then "created" of its rows is of no matter.
 */
extern void sampler_init(Sampler *sampler, int page_size, bool by_time);

/*
 * Sets what to ask next; false if there is nothing to learn any more or the
 * requests are used up.
 */
extern bool sampler_next(const Sampler *sampler, SamplerAsk *ask);

/*
 * Takes the answer to ask: the second of creation of each of its rows, newest
 * first.  Returns how many of them, from the first, are on no other page.
 */
extern int	sampler_answer(Sampler *sampler, const SamplerAsk *ask, const int64 *created,
						   int nrows, bool has_more);

/* Whether the pages leave no gap. */
extern bool sampler_complete(const Sampler *sampler);

/*
 * How many rows the list has: exactly, if complete, else estimated; without
 * entering by time there is nothing to estimate it by but the rows seen.
 */
extern double sampler_total(const Sampler *sampler);

/*
 * How many rows the page of a request stands for: its own and its share of
 * the gaps beside it.  0 for a request that found no row.
 */
extern double sampler_weight(const Sampler *sampler, int request);

#endif							/* STRIPE_SAMPLER_H */
