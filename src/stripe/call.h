/*-------------------------------------------------------------------------
 *
 * call.h
 *		One call of Stripe's API in flight, with its retries: a state machine
 *		that never waits by itself, so that several calls can be under way at
 *		once.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_CALL_H
#define STRIPE_CALL_H

#include "postgres.h"

#include "stripe/request.h"

/* Most calls that may be waited for at once. */
#define STRIPE_MAX_CALLS 64

typedef struct StripeCall StripeCall;

/* "GET /v1/charges", palloc'd: as the limiter and the statistics count. */
extern char *stripe_call_endpoint(const char *path);

/*
 * Begins to ask for target ("/v1/charges?limit=100", encoded) and returns
 * without waiting: the request may have been sent or not.  endpoint is one
 * name for all that share a rate limit: "/v1/charges", "/v1/charges/{id}".
 *
 * The call goes on only in stripe_call_wait.  It belongs to context, and is
 * aborted when that goes.  The connection and the statistics must outlive it.
 */
extern StripeCall *stripe_call_start(const StripeConnection *connection, const char *endpoint,
									 const char *target, StripeStats *stats,
									 MemoryContext context);

/*
 * Drives the calls on.  Returns one that is done, the first in the array if
 * there are several.  block: waits for one, interruptibly; otherwise returns
 * NULL if none is done.  All calls must have the same statistics.
 */
extern StripeCall *stripe_call_wait(StripeCall *const *calls, int ncalls, bool block);

/* Whether stripe_call_take would not have to wait. */
extern bool stripe_call_done(const StripeCall *call);

/* What came back to a call that is done, whatever it is. */
extern const HttpResponse *stripe_call_response(const StripeCall *call);

/*
 * The answer of a call that is done, which is freed.  Returns NULL for a
 * missing object that the check takes as an answer; raises every other
 * failure.  The answer lives in context.
 */
extern StripeAnswer *stripe_call_take(StripeCall *call, StripeMissingCheck check,
									  void *check_arg, MemoryContext context);

/* Aborts and frees a call. */
extern void stripe_call_free(StripeCall *call);

/* The simple use: starts, waits and takes. */
extern StripeAnswer *stripe_get(const StripeConnection *connection, const char *endpoint,
								const char *target, StripeMissingCheck check, void *check_arg,
								StripeStats *stats, MemoryContext context);

#endif							/* STRIPE_CALL_H */
