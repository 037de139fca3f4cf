/*-------------------------------------------------------------------------
 *
 * retry.c
 *		What to do with an answer: a pure function of what came back.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "http/retry.h"

/* What a failed transfer means; indexed by HttpFailure. */
typedef struct FailureRule
{
	bool		retry;
	const char *reason;
} FailureRule;

static const FailureRule failure_rules[] = {
	[HTTP_OK] = {false, "answered"},
	[HTTP_FAIL_RESOLVE] = {true, "host name not resolved"},
	[HTTP_FAIL_CONNECT] = {true, "no connection"},
	[HTTP_FAIL_TLS] = {true, "TLS failed"},
	[HTTP_FAIL_CERTIFICATE] = {false, "certificate not trusted"},
	[HTTP_FAIL_TIMEOUT] = {true, "timed out"},
	[HTTP_FAIL_RESET] = {true, "connection lost"},
	[HTTP_FAIL_PROTOCOL] = {false, "not HTTP"},
	[HTTP_FAIL_TOO_LARGE] = {false, "answer too large"},
	[HTTP_FAIL_CONFIGURATION] = {false, "wrong setting"},
};

/* Statuses worth another try when Stripe-Should-Retry is silent. */
typedef struct StatusRule
{
	int			first;
	int			last;
	const char *reason;
} StatusRule;

static const StatusRule retried_statuses[] = {
	{409, 409, "409 conflict"},
	{429, 429, "429"},
	{500, 599, "server error"},
};

/* Stripe-Rate-Limited-Reason, for the log. */
static const struct
{
	const char *value;
	const char *reason;
}			rate_limit_reasons[] = {
	{"global-rate", "429 global-rate"},
	{"global-concurrency", "429 global-concurrency"},
	{"endpoint-rate", "429 endpoint-rate"},
	{"endpoint-concurrency", "429 endpoint-concurrency"},
	{"resource-specific", "429 resource-specific"},
};

static bool worth_retrying(const HttpResponse *response, const char **reason);
static double backoff(const RetryPolicy *policy, int attempt, double jitter);

RetryDecision
retry_decide(const RetryPolicy *policy, const HttpResponse *response,
			 int attempt, int elapsed, double jitter)
{
	RetryDecision decision = {RETRY_GIVE_UP, 0, NULL};
	double		delay;

	if (response->failure == HTTP_OK && response->status >= 200 && response->status <= 299)
	{
		decision.action = RETRY_DONE;
		decision.reason = "answered";
		return decision;
	}

	if (!worth_retrying(response, &decision.reason))
		return decision;

	if (attempt >= policy->max_retries)
	{
		decision.reason = "all tries used up";
		return decision;
	}

	/*
	 * A pooled connection that the server has closed meanwhile says nothing of
	 * the server's health: ask again at once.  But just once, for a server may
	 * make a habit of it.
	 */
	if (response->failure == HTTP_FAIL_RESET && response->reused && attempt == 0)
		delay = 0;
	else
	{
		double		at_least = retry_after_ms(response->retry_after);

		delay = backoff(policy, attempt, jitter);
		delay = Max(delay, Min(at_least, (double) policy->max_retry_after));
	}

	if (elapsed + delay > policy->max_total)
	{
		decision.reason = "no time left for another try";
		return decision;
	}

	decision.action = RETRY_AGAIN;
	decision.delay = (int) delay;
	return decision;
}

/* Whether another try may help, and why (not). */
static bool
worth_retrying(const HttpResponse *response, const char **reason)
{
	bool		retry = false;

	if (response->failure != HTTP_OK)
	{
		*reason = failure_rules[response->failure].reason;
		return failure_rules[response->failure].retry;
	}

	*reason = "refused";
	for (size_t i = 0; i < lengthof(retried_statuses); i++)
	{
		if (response->status >= retried_statuses[i].first &&
			response->status <= retried_statuses[i].last)
		{
			retry = true;
			*reason = retried_statuses[i].reason;
		}
	}

	if (response->status == 429 && response->rate_limited_reason != NULL)
	{
		for (size_t i = 0; i < lengthof(rate_limit_reasons); i++)
		{
			if (strcmp(response->rate_limited_reason, rate_limit_reasons[i].value) == 0)
				*reason = rate_limit_reasons[i].reason;
		}
	}

	/* The server knows better than its status tells. */
	if (response->should_retry != NULL)
	{
		if (pg_strcasecmp(response->should_retry, "true") == 0 && !retry)
		{
			retry = true;
			*reason = "the server asks for a retry";
		}
		else if (pg_strcasecmp(response->should_retry, "false") == 0 && retry)
		{
			retry = false;
			*reason = "the server asks for no retry";
		}
	}
	return retry;
}

/* ms: base_delay doubled with each attempt up to max_delay, of which a random half is waited. */
static double
backoff(const RetryPolicy *policy, int attempt, double jitter)
{
	double		delay = policy->base_delay;

	for (int i = 0; i < attempt && delay < policy->max_delay; i++)
		delay *= 2;

	return Min(delay, (double) policy->max_delay) * (0.5 + jitter / 2);
}

double
retry_after_ms(const char *value)
{
	double		seconds = 0;

	if (value == NULL || *value == '\0')
		return 0;
	for (; *value >= '0' && *value <= '9'; value++)
		seconds = seconds * 10 + (*value - '0');
	return *value == '\0' ? seconds * 1000 : 0;
}
