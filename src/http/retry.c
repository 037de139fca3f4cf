/*-------------------------------------------------------------------------
 *
 * retry.c
 *		What to do with an answer: a pure function of what was asked and of
 *		what came back.
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
	{408, 408, "408 request timeout"},
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

/* Error codes of what passes, whatever the status. */
static const struct
{
	const char *code;
	const char *reason;
}			passing_codes[] = {
	{"lock_timeout", "the object is locked"},
	{"idempotency_key_in_use", "the same request is still running"},
};

/* Methods that are the same done twice. */
static const char *const repeatable_methods[] = {"GET", "HEAD", "DELETE"};

static bool worth_retrying(const HttpResponse *response, const char *code, const char **reason);
static double backoff(const RetryPolicy *policy, int attempt, double jitter);
static bool read_date(const char *text, int64 *seconds);

RetryDecision
retry_decide(const RetryPolicy *policy, const HttpRequest *request,
			 const HttpResponse *response, const char *code,
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

	if (!worth_retrying(response, code, &decision.reason))
		return decision;

	if (response->sent && !retry_is_repeatable(request))
	{
		decision.reason = "it may have been done, and has no Idempotency-Key";
		return decision;
	}

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
		double		at_least = retry_after_ms(response);

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

bool
retry_is_repeatable(const HttpRequest *request)
{
	for (size_t i = 0; i < lengthof(repeatable_methods); i++)
	{
		if (strcmp(request->method, repeatable_methods[i]) == 0)
			return true;
	}
	for (int i = 0; i < request->nheaders; i++)
	{
		if (pg_strcasecmp(request->headers[i].name, "Idempotency-Key") == 0)
			return request->headers[i].value[0] != '\0';
	}
	return false;
}

/* Whether another try may help, and why (not). */
static bool
worth_retrying(const HttpResponse *response, const char *code, const char **reason)
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

	for (size_t i = 0; code != NULL && i < lengthof(passing_codes); i++)
	{
		if (strcmp(code, passing_codes[i].code) == 0)
		{
			retry = true;
			*reason = passing_codes[i].reason;
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

	/* What was answered to an Idempotency-Key is answered again, failures too. */
	if (retry && response->replayed)
	{
		retry = false;
		*reason = "the same answer as before";
	}
	return retry;
}

/* ms: a random part of base_delay doubled with each attempt up to max_delay ("full jitter"). */
static double
backoff(const RetryPolicy *policy, int attempt, double jitter)
{
	double		delay = policy->base_delay;

	for (int i = 0; i < attempt && delay < policy->max_delay; i++)
		delay *= 2;

	return Min(delay, (double) policy->max_delay) * jitter;
}

double
retry_after_ms(const HttpResponse *response)
{
	const char *value = response->retry_after;
	const char *digit = value;
	double		seconds = 0;
	int64		then;
	int64		now;

	if (value == NULL || *value == '\0')
		return 0;
	for (; *digit >= '0' && *digit <= '9'; digit++)
		seconds = seconds * 10 + (*digit - '0');
	if (*digit == '\0')
		return seconds * 1000;

	if (read_date(value, &then) && response->date != NULL && read_date(response->date, &now))
		return Max(then - now, 0) * 1000.0;
	return 0;
}

/* Digits only, and all of them. */
static bool
read_digits(const char *text, int count, int *number)
{
	*number = 0;
	for (int i = 0; i < count; i++)
	{
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (text[i] - '0');
	}
	return true;
}

/*
 * "Wed, 21 Oct 2026 07:28:00 GMT": the one form of a date that HTTP still
 * writes.  In seconds since some day long ago.
 */
static bool
read_date(const char *text, int64 *seconds)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	static const char form[] = "___, 00 ___ 0000 00:00:00 GMT";
	int			day;
	int			month = 0;
	int			year;
	int			hour;
	int			minute;
	int			second;

	if (strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; i < sizeof(form) - 1; i++)
	{
		if (form[i] != '_' && form[i] != '0' && text[i] != form[i])
			return false;
	}
	if (!read_digits(text + 5, 2, &day) || !read_digits(text + 12, 4, &year) ||
		!read_digits(text + 17, 2, &hour) || !read_digits(text + 20, 2, &minute) ||
		!read_digits(text + 23, 2, &second))
		return false;
	while (month < 12 && strncmp(text + 8, months + 3 * month, 3) != 0)
		month++;
	if (month == 12)
		return false;

	/* Years that begin in March have the leap day at their end. */
	if (month < 2)
		year--;
	month = (month + 10) % 12;
	*seconds = INT64CONST(365) * year + year / 4 - year / 100 + year / 400 +
			   (153 * month + 2) / 5 + day;
	*seconds = ((*seconds * 24 + hour) * 60 + minute) * 60 + second;
	return true;
}
