/*-------------------------------------------------------------------------
 *
 * closest.c
 *		The nearest of several names, for "Perhaps you meant …" hints.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/varlena.h"

#include "base/closest.h"

/* varstr_levenshtein's own limit (MAX_LEVENSHTEIN_STRLEN) */
#define MAX_NAME_BYTES 255

/* As postgres_fdw: more than half of the name wrong is no suggestion. */
#define MAX_DISTANCE 4

void
closest_init(ClosestName *state, const char *wanted)
{
	state->wanted = wanted;
	state->best = NULL;
	state->distance = -1;
}

void
closest_offer(ClosestName *state, const char *candidate)
{
	size_t		wanted_len = strlen(state->wanted);
	size_t		candidate_len = strlen(candidate);
	int			limit = state->best ? state->distance - 1 : MAX_DISTANCE;
	int			distance;

	if (limit < 0 || wanted_len > MAX_NAME_BYTES || candidate_len > MAX_NAME_BYTES)
		return;

	distance = varstr_levenshtein_less_equal(state->wanted, wanted_len, candidate, candidate_len,
											 1, 1, 1, limit, true);
	if (distance <= limit && (size_t) distance <= wanted_len / 2)
	{
		state->best = candidate;
		state->distance = distance;
	}
}

const char *
closest_get(const ClosestName *state)
{
	return state->best;
}
