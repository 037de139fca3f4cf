/*-------------------------------------------------------------------------
 *
 * request.h
 *		One call of Stripe's API: headers, retries, the error envelope.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_REQUEST_H
#define STRIPE_REQUEST_H

#include "postgres.h"

#include "base/compat.h"
#include "base/secret.h"
#include "http/limiter.h"
#include "json/json.h"

/* Whom to ask, as whom, and with how much patience. */
typedef struct StripeConnection
{
	const char *api_base;		/* "https://api.stripe.com", no trailing slash */
	const char *api_version;	/* Stripe-Version */
	const char *account;		/* Stripe-Account, or NULL */
	const char *context;		/* Stripe-Context, or NULL; never both */
	const Secret *key;
	int			connect_timeout;	/* ms */
	int			timeout;		/* ms, for one call with all its retries */
	int			max_retries;
	const char *proxy;			/* or NULL */
	const char *ca_file;		/* or NULL */
	Limiter    *limiter;		/* of the account */

	/* For the statistics */
	Oid			serverid;
	Oid			userid;			/* whose mapping it is */
	bool		livemode;
} StripeConnection;

/* What stripe_activity shows of a scan: stats.h */
typedef struct StripeActivity StripeActivity;

/* What a scan has cost so far. */
typedef struct StripeStats
{
	uint64		requests;		/* tries included */
	uint64		retries;
	uint64		rows;			/* objects received */
	uint64		bytes;			/* body bytes on the wire */
	double		wait_seconds;	/* from wanting to having, the limiter and
								 * back-off included */
	StripeActivity *activity;	/* NULL: not shown */
} StripeStats;

/* A successful answer; lives in the context given to stripe_get. */
typedef struct StripeAnswer
{
	JsonDocument *document;
	const JsonValue *root;
	const char *request_id;		/* or NULL */
} StripeAnswer;

/*
 * Whether Stripe's word that an object is missing (status 400 or 404, code
 * resource_missing; param, in UTF-8 or NULL, says where it was named) is an
 * answer rather than an error.
 */
typedef bool (*StripeMissingCheck)(void *arg, int status, const char *param);

/*
 * Asks for target ("/v1/charges?limit=100", encoded) and waits for the
 * answer, with retries.  endpoint is what the limits count it under:
 * "GET /v1/charges/{id}" for all ids.  Returns NULL for a missing object that the check
 * takes as an answer; raises every other failure.
 */
extern StripeAnswer *stripe_get(const StripeConnection *connection, const char *endpoint,
								const char *target, StripeMissingCheck check, void *check_arg,
								StripeStats *stats, MemoryContext context);

/* Raises an error about an answer that is not what Stripe promises. */
pg_noreturn extern void stripe_malformed(const char *target, const char *request_id,
										 const char *message);

#endif							/* STRIPE_REQUEST_H */
