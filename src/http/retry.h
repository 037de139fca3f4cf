/*-------------------------------------------------------------------------
 *
 * retry.h
 *		What to do with an answer: a pure function of what came back.
 *
 * The rules are Stripe's: connection failures, 409, 429 and 5xx are retried
 * for reads, Stripe-Should-Retry decides when it is there, and Retry-After is
 * a lower bound for the delay.  A certificate that is not trusted, a body
 * over the limit and a wrong setting are not retried.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_RETRY_H
#define STRIPE_RETRY_H

#include "http/http.h"

typedef enum RetryAction
{
	RETRY_DONE,					/* take the answer as it is */
	RETRY_AGAIN,				/* ask again after delay */
	RETRY_GIVE_UP				/* an error that another try won't change, or
								 * tries or time have run out */
} RetryAction;

typedef struct RetryPolicy
{
	int			max_retries;
	int			base_delay;		/* ms: first back-off */
	int			max_delay;		/* ms: longest back-off */
	int			max_retry_after;	/* ms: longest Retry-After obeyed */
	int			max_total;		/* ms: no retry starts later than this */
} RetryPolicy;

typedef struct RetryDecision
{
	RetryAction action;
	int			delay;			/* ms */
	const char *reason;			/* constant, for DEBUG1: "429 endpoint-rate" … */
} RetryDecision;

/*
 * attempt: 0 for the first answer.  elapsed: ms since the first try began.
 * jitter: in [0, 1), drawn by the caller.
 */
extern RetryDecision retry_decide(const RetryPolicy *policy, const HttpResponse *response,
								  int attempt, int elapsed, double jitter);

/*
 * Retry-After in ms; 0 if absent (NULL) or not a number of seconds.  Its other
 * form, a date, would need the server's clock; Stripe sends seconds.
 */
extern double retry_after_ms(const char *value);

#endif							/* STRIPE_RETRY_H */
