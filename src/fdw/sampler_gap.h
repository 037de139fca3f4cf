/*-------------------------------------------------------------------------
 *
 * sampler_gap.h
 *		How many rows a list has between two pages of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_SAMPLER_GAP_H
#define STRIPE_SAMPLER_GAP_H

#include "postgres.h"

#include <math.h>

#include "fdw/sampler.h"

/* The doubt about a gap of which nothing is known. */
#define SAMPLER_DOUBT_UNKNOWN INFINITY

/* The pages beside a gap and what they say about it. */
typedef struct SamplerGap
{
	const SamplerPage *newer;
	const SamplerPage *older;	/* NULL: the gap reaches down to the floor */
	int64		upper;			/* it holds rows of this second … */
	int64		lower;			/* … but none of this one */
	double		low;			/* rows a second of trade: the thinner … */
	double		high;			/* … and the denser of its sides */
	bool		dense_above;	/* the denser side is the newer one */
	bool		burst;			/* the denser side can't reach far into it … */
	double		burst_seconds;	/* … being a burst that is known to be at least so long */
	double		rows;			/* estimated */
	double		doubt;			/* by how many rows that may be wrong */
} SamplerGap;

/* The gap below a page, numbered from the newest, that is not joined to what follows it. */
extern SamplerGap sampler_gap_below(const Sampler *sampler, int index);

/* By how many e-folds the densities of trade of pages side by side differ on average. */
extern double sampler_deviation(const Sampler *sampler);

#endif							/* STRIPE_SAMPLER_GAP_H */
