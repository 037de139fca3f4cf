/*-------------------------------------------------------------------------
 *
 * retry.h
 *		What to do with an answer: a pure function of what was asked and of
 *		what came back.
 *
 * The rules are Stripe's: connection failures, 408, 409, 429 and 5xx are
 * retried, Stripe-Should-Retry decides when it is there, and Retry-After is
 * a lower bound for the delay.  A certificate that is not trusted, a body
 * over the limit and a wrong setting are not retried.
 *
 * A request that must not happen twice is made again only if it surely was
 * never sent: a POST without an Idempotency-Key.  With one it may be, for the
 * server then knows it again; GET, HEAD and DELETE are the same done twice.
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
 * code: the error's in the answer's body, or NULL.  attempt: 0 for the first
 * answer.  elapsed: ms since the first try began.  jitter: in [0, 1), drawn by
 * the caller.
 */
extern RetryDecision retry_decide(const RetryPolicy *policy, const HttpRequest *request,
								  const HttpResponse *response, const char *code,
								  int attempt, int elapsed, double jitter);

/*
 * Retry-After in ms: a number of seconds, or a date less the answer's own
 * Date, so that no clock but the server's counts.  0 if absent or neither.
 */
extern double retry_after_ms(const HttpResponse *response);

/* Whether a request may be made twice without being done twice. */
extern bool retry_is_repeatable(const HttpRequest *request);

#endif							/* STRIPE_RETRY_H */
