/*
 * test_retry.c
 *		What to do with an answer.
 */
#include "postgres.h"

#include <limits.h>

#include "http/retry.h"
#include "tap.h"

static const RetryPolicy policy = {
	.max_retries = 5,
	.base_delay = 500,
	.max_delay = 8000,
	.max_retry_after = 60000,
	.max_total = 300000,
};

typedef struct RetryCase
{
	const char *name;
	HttpFailure failure;
	int			status;
	const char *should_retry;
	const char *retry_after;
	const char *limited;
	RetryAction action;
} RetryCase;

static const RetryCase cases[] = {
	{"200", HTTP_OK, 200, NULL, NULL, NULL, RETRY_DONE},
	{"204", HTTP_OK, 204, NULL, NULL, NULL, RETRY_DONE},
	{"200 with should-retry", HTTP_OK, 200, "true", NULL, NULL, RETRY_DONE},
	{"302", HTTP_OK, 302, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"400", HTTP_OK, 400, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"401", HTTP_OK, 401, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"403", HTTP_OK, 403, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"404", HTTP_OK, 404, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"424", HTTP_OK, 424, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"409", HTTP_OK, 409, NULL, NULL, NULL, RETRY_AGAIN},
	{"429", HTTP_OK, 429, NULL, NULL, NULL, RETRY_AGAIN},
	{"429 with a reason", HTTP_OK, 429, NULL, NULL, "endpoint-rate", RETRY_AGAIN},
	{"500", HTTP_OK, 500, NULL, NULL, NULL, RETRY_AGAIN},
	{"503", HTTP_OK, 503, NULL, NULL, NULL, RETRY_AGAIN},
	{"599", HTTP_OK, 599, NULL, NULL, NULL, RETRY_AGAIN},
	{"400 that should be retried", HTTP_OK, 400, "true", NULL, NULL, RETRY_AGAIN},
	{"500 that should not", HTTP_OK, 500, "false", NULL, NULL, RETRY_GIVE_UP},
	{"429 that should not", HTTP_OK, 429, "false", NULL, "global-rate", RETRY_GIVE_UP},
	{"500 with nonsense", HTTP_OK, 500, "maybe", NULL, NULL, RETRY_AGAIN},
	{"resolve", HTTP_FAIL_RESOLVE, 0, NULL, NULL, NULL, RETRY_AGAIN},
	{"connect", HTTP_FAIL_CONNECT, 0, NULL, NULL, NULL, RETRY_AGAIN},
	{"TLS", HTTP_FAIL_TLS, 0, NULL, NULL, NULL, RETRY_AGAIN},
	{"certificate", HTTP_FAIL_CERTIFICATE, 0, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"timeout", HTTP_FAIL_TIMEOUT, 0, NULL, NULL, NULL, RETRY_AGAIN},
	{"reset", HTTP_FAIL_RESET, 0, NULL, NULL, NULL, RETRY_AGAIN},
	{"reset in the body of a 200", HTTP_FAIL_RESET, 200, NULL, NULL, NULL, RETRY_AGAIN},
	{"protocol", HTTP_FAIL_PROTOCOL, 0, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"too large", HTTP_FAIL_TOO_LARGE, 200, NULL, NULL, NULL, RETRY_GIVE_UP},
	{"configuration", HTTP_FAIL_CONFIGURATION, 0, NULL, NULL, NULL, RETRY_GIVE_UP},
};

static RetryDecision
decide_status(int status, const char *retry_after, int attempt, int elapsed, double jitter)
{
	HttpResponse response = {.status = status, .retry_after = retry_after};

	return retry_decide(&policy, &response, attempt, elapsed, jitter);
}

static void
test_delays(void)
{
	static const struct
	{
		const char *retry_after;
		int			delay;
	}			headers[] = {
		{"0", 250}, {"1", 1000}, {"30", 30000}, {"60", 60000}, {"3600", 60000},
		{"99999999999999999999", 60000}, {"-1", 250}, {"1.5", 250}, {"", 250}, {"x", 250},
		{"Wed, 21 Oct 2026 07:28:00 GMT", 250},
	};
	int			previous = 0;

	tap_is_int(decide_status(500, NULL, 0, 0, 0.0).delay, 250, "the first delay, at least");
	tap_is_int(decide_status(500, NULL, 0, 0, 0.999).delay, 499, "the first delay, at most");
	for (int attempt = 0; attempt < 5; attempt++)
	{
		int			delay = decide_status(500, NULL, attempt, 0, 0.5).delay;

		tap_ok(delay > previous && delay <= policy.max_delay, "delay %d grows within its limit",
			   attempt);
		previous = delay;
	}
	for (size_t i = 0; i < lengthof(headers); i++)
		tap_is_int(decide_status(429, headers[i].retry_after, 0, 0, 0.0).delay, headers[i].delay,
				   "Retry-After: %s", headers[i].retry_after);
}

static void
test_limits(void)
{
	RetryPolicy endless = policy;
	HttpResponse response = {.status = 500};

	tap_is_int(decide_status(500, NULL, 4, 0, 0).action, RETRY_AGAIN, "the fifth retry is made");
	tap_is_int(decide_status(500, NULL, 5, 0, 0).action, RETRY_GIVE_UP, "a sixth is not");
	tap_is_int(decide_status(429, "60", 0, 240000, 0).action, RETRY_AGAIN,
			   "a retry may start when the time is just up");
	tap_is_int(decide_status(429, "60", 0, 240001, 0).action, RETRY_GIVE_UP,
			   "but not a moment later");

	endless.max_retries = INT_MAX;
	tap_is_int(retry_decide(&endless, &response, 1000000, 0, 0.999).action, RETRY_AGAIN,
			   "many attempts don't overflow");
	tap_ok(retry_decide(&endless, &response, 1000000, 0, 0.999).delay <= policy.max_delay,
		   "and stay within the longest delay");
}

static void
test_stale_connection(void)
{
	HttpResponse response = {.failure = HTTP_FAIL_RESET, .reused = true};

	tap_is_int(retry_decide(&policy, &response, 0, 0, 0.5).delay, 0,
			   "a stale connection is replaced at once");
	tap_ok(retry_decide(&policy, &response, 1, 0, 0.5).delay > 0, "but only once");
	response.reused = false;
	tap_ok(retry_decide(&policy, &response, 0, 0, 0.5).delay > 0, "and a new one is not");
}

int
main(void)
{
	tap_begin("retry");
	for (size_t i = 0; i < lengthof(cases); i++)
	{
		const RetryCase *c = &cases[i];
		HttpResponse response = {
			.failure = c->failure,
			.status = c->status,
			.should_retry = c->should_retry,
			.retry_after = c->retry_after,
			.rate_limited_reason = c->limited,
		};
		RetryDecision decision = retry_decide(&policy, &response, 0, 0, 0.5);

		tap_is_int(decision.action, c->action, "%s", c->name);
		tap_ok(decision.reason != NULL && decision.reason[0] != '\0', "%s has a reason", c->name);
	}
	test_delays();
	test_limits();
	test_stale_connection();
	return tap_end();
}
