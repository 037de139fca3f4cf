/*-------------------------------------------------------------------------
 *
 * request.h
 *		Whom to ask, what it costs, and what has been answered.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_REQUEST_H
#define STRIPE_REQUEST_H

#include "postgres.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/secret.h"
#include "http/http.h"
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
	int			concurrency;	/* requests in flight for one scan */
	const char *proxy;			/* or NULL */
	const char *ca_file;		/* or NULL */
	Limiter    *limiter;		/* of the account */

	/* For the statistics */
	Oid			serverid;
	Oid			userid;			/* whose mapping it is */
	bool		livemode;

	const char *scheme;			/* "api_key", "oauth" */
	bool		restricted;		/* the key may lack permissions */
	const char *identity;		/* account that the key belongs to; NULL: unknown */

	/*
	 * Stripe has refused a key: puts another into "key" and returns true, or
	 * returns false if there is none.  May wait, interruptibly, and raise an
	 * error.  NULL: the key is the only one.
	 */
	bool (*renew)(void *arg, const Secret *refused);
	void	   *renew_arg;
} StripeConnection;

/* What stripe_activity shows of a scan: stats.h */
typedef struct StripeActivity StripeActivity;

/* 429s by their reason. */
typedef enum StripeLimited
{
	STRIPE_LIMITED_GLOBAL_RATE,
	STRIPE_LIMITED_GLOBAL_CONCURRENCY,
	STRIPE_LIMITED_ENDPOINT_RATE,
	STRIPE_LIMITED_ENDPOINT_CONCURRENCY,
	STRIPE_LIMITED_OTHER		/* resource-specific, or none */
} StripeLimited;

#define STRIPE_LIMITED_COUNT (STRIPE_LIMITED_OTHER + 1)

/* What a scan has cost so far. */
typedef struct StripeStats
{
	uint64		requests;		/* tries included */
	uint64		retries;
	uint64		limited[STRIPE_LIMITED_COUNT];
	uint64		rows;			/* objects received */
	uint64		bytes;			/* body bytes on the wire */
	double		wait_seconds;	/* that the executor has waited */
	double		wire_seconds;	/* of all requests: from sending to having the answer */
	double		delay_seconds;	/* of all requests: before sending */
	StripeActivity *activity;	/* NULL: not shown */
} StripeStats;

/* A successful answer; lives in the context given for it. */
typedef struct StripeAnswer
{
	JsonDocument *document;
	const JsonValue *root;
	const char *request_id;		/* or NULL */
	double		seconds;		/* from sending to having it, of the last try */
} StripeAnswer;

/*
 * Whether Stripe's word that an object is missing (status 400 or 404, code
 * resource_missing; param, in UTF-8 or NULL, says where it was named) is an
 * answer rather than an error.
 */
typedef bool (*StripeMissingCheck)(void *arg, int status, const char *param);

/*
 * Reads what was answered to target.  Returns NULL for a missing object that
 * the check takes as an answer; raises every other failure.  attempts: how
 * often it was asked.  Works in the current context, the answer lives in
 * context.
 */
extern StripeAnswer *stripe_read_response(const HttpResponse *response, const char *target,
										  int attempts, StripeMissingCheck check,
										  void *check_arg, MemoryContext context);

/*
 * Fills in what there is to say of an answer that is a failure: kind, status,
 * Stripe's own words.  Strings live as long as the response, or in the current
 * context.
 */
extern void stripe_read_failure(const HttpResponse *response, StripeError *error);

/* The code in an answer's error, in context; NULL if there is none. */
extern const char *stripe_error_code(const HttpResponse *response, MemoryContext context);

/* Raises an error about an answer that is not what Stripe promises. */
pg_noreturn extern void stripe_malformed(const char *target, const char *request_id,
										 const char *message);

#endif							/* STRIPE_REQUEST_H */
