/*-------------------------------------------------------------------------
 *
 * limiter.h
 *		How fast, and how many at once, may be asked for: per account and mode
 *		(global), and per endpoint.
 *
 * All backends share the limits if they share memory (base/shmem.h says
 * when); otherwise each backend keeps to them by itself.  A backend that waits
 * holds one place in the queue of an endpoint, whatever number of requests it
 * wants to send there, so that each gets its turn.  What the server refuses
 * lowers the rate or the number at once; what it answers raises them again, up
 * to what is configured.
 *
 * A call goes: limiter_acquire until it returns 0, send, limiter_keep now and
 * then, limiter_release with what came of it.  One try is one call: a retry
 * acquires anew.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_LIMITER_H
#define STRIPE_LIMITER_H

#include "postgres.h"

#include "http/http.h"

typedef enum LimiterOutcome
{
	LIMITER_OK,					/* answered: raises the limits slowly */
	LIMITER_GLOBAL_RATE,		/* refused with 429, for this reason */
	LIMITER_GLOBAL_CONCURRENCY,
	LIMITER_ENDPOINT_RATE,
	LIMITER_ENDPOINT_CONCURRENCY,
	LIMITER_FAILED				/* anything else: teaches nothing */
} LimiterOutcome;

typedef struct Limiter Limiter;

/*
 * Permission for one request.  Zero it before the first limiter_acquire; the
 * members are the limiter's own.
 */
typedef struct LimiterTicket
{
	bool		held;
	int			account;		/* indexes into the tables */
	int			endpoint;
	uint64		endpoint_hash;
	int64		granted_at;		/* us */
	int64		kept_at;		/* us: last looked after */
} LimiterTicket;

typedef struct LimiterConfig
{
	const char *key;			/* account and mode; must not hold a secret */
	double		rate;			/* requests/s in all */
	double		endpoint_rate;	/* requests/s to each endpoint */
	int			concurrency;	/* requests in flight of all backends; 0: the
								 * default */
} LimiterConfig;

/* To be called by _PG_init, before shmem_preload. */
extern void limiter_register(void);

/*
 * The limiter of an account; cached for the life of the backend.  A config
 * other than the one in force changes it for all backends.
 */
extern Limiter *limiter_attach(const LimiterConfig *config);

/*
 * 0: go, the ticket is filled.  Otherwise the ms (> 0) after which to ask
 * again; nothing needs to be given back by a caller that doesn't.  Never
 * sleeps.  endpoint is one name for all ids: "GET /v1/charges",
 * "GET /v1/charges/{id}".
 */
extern long limiter_acquire(Limiter *limiter, const char *endpoint, LimiterTicket *ticket);

/* How often limiter_keep must be called, in ms. */
#define LIMITER_KEEP_EVERY 1000

/*
 * The request is still waited for.  One that isn't stops counting as being in
 * flight after some seconds: the client of a cursor may take its time, and
 * others would wait for it.  Cheap if called more often.
 */
extern void limiter_keep(Limiter *limiter, LimiterTicket *ticket);

/*
 * Gives a ticket back; one that is not held is left alone, so it may be called
 * twice.  Raises no error: for cleanup as well.  retry_after_ms: how long the
 * server asks to stay away, 0 if it doesn't.
 */
extern void limiter_release(Limiter *limiter, LimiterTicket *ticket, LimiterOutcome outcome,
							int retry_after_ms);

/* What an answer (or the lack of one) means for the limits. */
extern LimiterOutcome limiter_outcome(const HttpResponse *response);

/* What is in force for an endpoint. */
typedef struct LimiterState
{
	double		rate;			/* requests/s */
	int			concurrency;
	int			in_flight;
} LimiterState;

/*
 * Requests a second that are allowed to an endpoint now: the lower one of its
 * own rate and its account's.  All backends share them.
 */
extern double limiter_rate(Limiter *limiter, const char *endpoint);

/* A number that names an account's endpoint. */
extern uint64 limiter_endpoint_id(const Limiter *limiter, const char *endpoint);

/* false: nothing is known of it (any more). */
extern bool limiter_state(uint64 endpoint_id, LimiterState *state);

#endif							/* STRIPE_LIMITER_H */
