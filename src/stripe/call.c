/*-------------------------------------------------------------------------
 *
 * call.c
 *		One call of Stripe's API in flight, with its retries.
 *
 * A call is queued until the limiter lets it go, then sent, then done, or
 * backing off until it is queued again.
 *
 * Nobody drives a call while the executor is busy with other rows, or while
 * a client leaves a cursor alone for an hour.  Such time does not count as
 * Stripe's, and a transfer that has failed in it is made again as if it had
 * never been.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>
#include <math.h>

#include "common/pg_prng.h"
#include "utils/memutils.h"

#include "http/http.h"
#include "http/limiter.h"
#include "http/poller.h"
#include "http/retry.h"
#include "stripe/call.h"
#include "stripe/stats.h"

/*
 * The largest body taken, after decompression.  A page has at most 100
 * objects; Stripe's own are a few kB each, 20 times that with everything
 * expanded.
 */
#define MAX_BODY_BYTES (64 * 1024 * 1024)

/* Back-off in ms: as Stripe's own clients, 0.5 s doubling up to 5 s. */
#define BACKOFF_BASE 500
#define BACKOFF_MAX 5000
#define RETRY_AFTER_MAX 60000

/* ms without being looked after, from which on a failure is not the network's. */
#define NEGLECT_MS 1000

typedef enum CallState
{
	CALL_QUEUED,
	CALL_SENT,
	CALL_BACKING_OFF,
	CALL_DONE
} CallState;

struct StripeCall
{
	MemoryContext context;		/* its own; this struct is in it */
	MemoryContextCallback callback;
	const StripeConnection *connection;
	const char *endpoint;		/* "GET /v1/charges/{id}": as the limiter counts */
	const char *target;
	StripeStats *stats;

	HttpRequest request;
	HttpHeader	headers[3];

	CallState	state;
	int			attempt;		/* 0 for the first */
	int			tries;			/* attempts, and those made again after neglect */
	double		due;			/* when to go on, if queued or backing off */
	double		spent;			/* ms of the call's time used up */
	double		waited;			/* ms before this try was sent */
	double		on_wire;		/* ms since then */
	double		looked_after;	/* when it was last */
	bool		neglected;		/* the transfer was left alone for long */
	bool		renewed;		/* has been given another key */
	HttpTransfer *transfer;
	LimiterTicket ticket;		/* held while sent */
	bool		counted;		/* as being in flight */
};

static void go_on(StripeCall *call, double now);

/* Runs when the call's memory context goes, which may be in the middle of an error. */
static void
release_call(void *arg)
{
	StripeCall *call = arg;

	limiter_release(call->connection->limiter, &call->ticket, LIMITER_FAILED, 0);
	if (call->counted)
		stripe_stats_aborted(call->stats);
}

char *
stripe_call_endpoint(const char *path)
{
	return psprintf("GET %s", path);
}

StripeCall *
stripe_call_start(const StripeConnection *connection, const char *endpoint, const char *target,
				  StripeStats *stats, MemoryContext context)
{
	MemoryContext own = AllocSetContextCreate(context, "stripe_fdw call", ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(own);
	StripeCall *call = palloc0(sizeof(StripeCall));
	HttpRequest *request = &call->request;

	call->context = own;
	call->callback.func = release_call;
	call->callback.arg = call;
	MemoryContextRegisterResetCallback(own, &call->callback);
	call->connection = connection;
	call->endpoint = stripe_call_endpoint(endpoint);
	call->target = pstrdup(target);
	call->stats = stats;

	request->method = "GET";
	request->url = psprintf("%s%s", connection->api_base, target);
	call->headers[request->nheaders++] =
		(HttpHeader) {"Stripe-Version", connection->api_version};
	if (connection->account)
		call->headers[request->nheaders++] =
			(HttpHeader) {"Stripe-Account", connection->account};
	if (connection->context)
		call->headers[request->nheaders++] =
			(HttpHeader) {"Stripe-Context", connection->context};
	request->headers = call->headers;
	request->connect_timeout = connection->connect_timeout;
	request->proxy = connection->proxy;
	request->ca_file = connection->ca_file;
	request->max_body = MAX_BODY_BYTES;

	call->state = CALL_QUEUED;
	call->looked_after = poller_now();
	go_on(call, call->looked_after);
	MemoryContextSwitchTo(old_context);
	return call;
}

/* Sends the request; the time left bounds this try, so that "timeout" bounds the call. */
static void
send_request(StripeCall *call)
{
	call->request.bearer = call->connection->key;
	call->request.timeout = (int) Max(call->connection->timeout - call->spent, 1);
	call->transfer = http_start(&call->request, call->context);
	call->neglected = false;
	call->state = CALL_SENT;
	stripe_stats_sent(call->connection, call->endpoint, call->stats, call->tries > 0,
					  call->waited / 1000.0);
	call->counted = true;
	call->tries++;
	call->waited = 0;
	call->on_wire = 0;
}

/*
 * Whether the key was refused and there is another by now: access tokens run
 * out in the middle of scans.
 */
static bool
has_other_key(StripeCall *call, const HttpResponse *response)
{
	const StripeConnection *connection = call->connection;

	if (response->failure != HTTP_OK || response->status != 401 || call->renewed ||
		connection->renew == NULL)
		return false;
	call->renewed = true;
	return connection->key != call->request.bearer ||
		   connection->renew(connection->renew_arg, call->request.bearer);
}

/* Decides what to do with what a transfer has brought. */
static void
judge(StripeCall *call, double now)
{
	const RetryPolicy policy = {
		.max_retries = call->connection->max_retries,
		.base_delay = BACKOFF_BASE,
		.max_delay = BACKOFF_MAX,
		.max_retry_after = RETRY_AFTER_MAX,
		.max_total = call->connection->timeout,
	};
	const HttpResponse *response = http_response(call->transfer);
	RetryDecision decision;

	limiter_release(call->connection->limiter, &call->ticket, limiter_outcome(response),
					(int) Min(retry_after_ms(response), RETRY_AFTER_MAX));
	call->counted = false;
	stripe_stats_received(call->connection, call->endpoint, call->stats, response,
						  call->on_wire / 1000.0);
	if (call->neglected && response->failure != HTTP_OK)
	{
		ereport(DEBUG1,
				(errmsg_internal("stripe_fdw: %s: asking again: nobody has waited for the answer",
								 call->endpoint)));
		call->due = now;
		call->state = CALL_QUEUED;
	}
	else if (has_other_key(call, response))
	{
		ereport(DEBUG1,
				(errmsg_internal("stripe_fdw: asking again with a new access token")));
		call->looked_after = call->due = poller_now();
		call->state = CALL_QUEUED;
	}
	else
	{
		decision = retry_decide(&policy, &call->request, response,
								stripe_error_code(response, call->context), call->attempt,
								(int) Min(call->spent, (double) INT_MAX),
								pg_prng_double(&pg_global_prng_state));
		if (decision.action == RETRY_GIVE_UP)
			ereport(DEBUG1,
					(errmsg_internal("stripe_fdw: %s: not asking again: %s", call->endpoint,
									 decision.reason)));
		if (decision.action != RETRY_AGAIN)
		{
			call->state = CALL_DONE;
			return;
		}
		ereport(DEBUG1,
				(errmsg_internal("stripe_fdw: %s: asking again in %d ms: %s (try %d of %d)",
								 call->endpoint, decision.delay, decision.reason,
								 call->attempt + 2, policy.max_retries + 1)));
		call->attempt++;
		call->due = now + decision.delay;
		call->state = CALL_BACKING_OFF;
	}
	http_free(call->transfer);
	call->transfer = NULL;
}

/* Takes the steps that are due. */
static void
go_on(StripeCall *call, double now)
{
	double		passed = now - call->looked_after;

	/* The limiter's time is not Stripe's. */
	if (call->state == CALL_SENT || call->state == CALL_BACKING_OFF)
		call->spent += passed;
	if (call->state == CALL_SENT)
		call->on_wire += passed;
	else
		call->waited += passed;
	call->looked_after = now;

	limiter_keep(call->connection->limiter, &call->ticket);
	if (call->state == CALL_SENT && http_done(call->transfer))
		judge(call, now);
	if (call->state == CALL_BACKING_OFF && call->due <= now)
		call->state = CALL_QUEUED;
	if (call->state == CALL_QUEUED && call->due <= now)
	{
		long		delay = limiter_acquire(call->connection->limiter, call->endpoint,
											&call->ticket);

		if (delay == 0)
			send_request(call);
		else
			call->due = now + delay;
	}
}

/* Forgives the time in which nobody waited. */
static void
look_after_again(StripeCall *call, double now)
{
	if (now - call->looked_after <= NEGLECT_MS)
		return;
	call->looked_after = now;
	call->neglected = true;
}

StripeCall *
stripe_call_wait(StripeCall *const *calls, int ncalls, bool block)
{
	HttpTransfer *transfers[STRIPE_MAX_CALLS];
	double		began = poller_now();
	double		now = began;
	bool		waited = false;

	Assert(ncalls > 0 && ncalls <= STRIPE_MAX_CALLS);
	for (int i = 0; i < ncalls; i++)
		look_after_again(calls[i], now);

	for (;;)
	{
		StripeCall *done = NULL;
		double		due = INFINITY;
		int			ntransfers = 0;
		long		timeout;

		for (int i = ncalls - 1; i >= 0; i--)
		{
			StripeCall *call = calls[i];

			if (call->state != CALL_DONE)
				go_on(call, now);
			if (call->state == CALL_DONE)
				done = call;
			else if (call->state == CALL_SENT)
				transfers[ntransfers++] = call->transfer;
			else
				due = Min(due, call->due);
		}
		if (done != NULL || (waited && !block))
		{
			if (block)
				calls[0]->stats->wait_seconds += (now - began) / 1000.0;
			return done;
		}

		timeout = !block ? 0 : isinf(due) ? -1 : (long) ceil(Max(due - now, 0));
		if (ntransfers > 0)
		{
			if (timeout < 0 || timeout > LIMITER_KEEP_EVERY)
				timeout = LIMITER_KEEP_EVERY;
			(void) http_wait(transfers, ntransfers, timeout);
		}
		else
			http_sleep(timeout);
		waited = true;
		now = poller_now();
	}
}

bool
stripe_call_done(const StripeCall *call)
{
	return call->state == CALL_DONE;
}

const HttpResponse *
stripe_call_response(const StripeCall *call)
{
	Assert(call->state == CALL_DONE);
	return http_response(call->transfer);
}

StripeAnswer *
stripe_call_take(StripeCall *call, StripeMissingCheck check, void *check_arg,
				 MemoryContext context)
{
	MemoryContext old_context = MemoryContextSwitchTo(call->context);
	StripeAnswer *answer;

	Assert(call->state == CALL_DONE);
	answer = stripe_read_response(http_response(call->transfer), call->target, call->tries,
								  check, check_arg, context);
	MemoryContextSwitchTo(old_context);
	stripe_call_free(call);
	return answer;
}

void
stripe_call_free(StripeCall *call)
{
	MemoryContextDelete(call->context);
}

StripeAnswer *
stripe_get(const StripeConnection *connection, const char *endpoint, const char *target,
		   StripeMissingCheck check, void *check_arg, StripeStats *stats, MemoryContext context)
{
	StripeCall *call = stripe_call_start(connection, endpoint, target, stats, context);

	(void) stripe_call_wait(&call, 1, true);
	return stripe_call_take(call, check, check_arg, context);
}
