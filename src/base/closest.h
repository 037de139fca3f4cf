/*-------------------------------------------------------------------------
 *
 * closest.h
 *		The nearest of several names, for "Perhaps you meant …" hints.
 *
 * PostgreSQL's own ClosestMatchState came with version 16; this does the same
 * on all versions that we build for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_CLOSEST_H
#define STRIPE_CLOSEST_H

#include "postgres.h"

typedef struct ClosestName
{
	const char *wanted;
	const char *best;			/* the nearest so far, or NULL */
	int			distance;
} ClosestName;

extern void closest_init(ClosestName *state, const char *wanted);
extern void closest_offer(ClosestName *state, const char *candidate);

/* The nearest name offered, or NULL if none is near enough to suggest. */
extern const char *closest_get(const ClosestName *state);

#endif							/* STRIPE_CLOSEST_H */
