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

static const HttpHeader idempotency_key = {"idempotency-key", "4c1c2b5e"};
static const HttpHeader empty_key = {"Idempotency-Key", ""};

static const HttpRequest get = {.method = "GET"};
static const HttpRequest head = {.method = "HEAD"};
static const HttpRequest delete = {.method = "DELETE"};
static const HttpRequest post = {.method = "POST"};
static const HttpRequest keyed_post = {.method = "POST", .headers = &idempotency_key, .nheaders = 1};
static const HttpRequest empty_keyed_post = {.method = "POST", .headers = &empty_key, .nheaders = 1};

#define AGAIN RETRY_AGAIN
#define GIVE_UP RETRY_GIVE_UP
#define DONE RETRY_DONE

/*
 * What becomes of an answer: to a GET or to a POST with an Idempotency-Key, as
 * it is, with Stripe-Should-Retry: true and with false.
 */
static const struct
{
	int			status;
	const char *code;
	const char *limited;
	RetryAction silent;
	RetryAction should;
	RetryAction should_not;
	const char *reason;			/* when silent */
}			answers[] = {
	{200, NULL, NULL, DONE, DONE, DONE, "answered"},
	{204, NULL, NULL, DONE, DONE, DONE, "answered"},
	{299, "lock_timeout", NULL, DONE, DONE, DONE, "answered"},
	{302, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{400, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{400, "parameter_unknown", NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{400, "idempotency_error", NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{400, "lock_timeout", NULL, AGAIN, AGAIN, GIVE_UP, "the object is locked"},
	{401, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{402, "card_declined", NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{403, "more_permissions_required", NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{404, "resource_missing", NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{408, NULL, NULL, AGAIN, AGAIN, GIVE_UP, "408 request timeout"},
	{409, NULL, NULL, AGAIN, AGAIN, GIVE_UP, "409 conflict"},
	{409, "idempotency_key_in_use", NULL, AGAIN, AGAIN, GIVE_UP, "the same request is still running"},
	{409, "lock_timeout", NULL, AGAIN, AGAIN, GIVE_UP, "the object is locked"},
	{410, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{424, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{428, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{429, NULL, NULL, AGAIN, AGAIN, GIVE_UP, "429"},
	{429, "lock_timeout", NULL, AGAIN, AGAIN, GIVE_UP, "the object is locked"},
	{429, "rate_limit", "global-rate", AGAIN, AGAIN, GIVE_UP, "429 global-rate"},
	{429, "rate_limit", "global-concurrency", AGAIN, AGAIN, GIVE_UP, "429 global-concurrency"},
	{429, "rate_limit", "endpoint-rate", AGAIN, AGAIN, GIVE_UP, "429 endpoint-rate"},
	{429, "rate_limit", "endpoint-concurrency", AGAIN, AGAIN, GIVE_UP, "429 endpoint-concurrency"},
	{429, "rate_limit", "resource-specific", AGAIN, AGAIN, GIVE_UP, "429 resource-specific"},
	{429, "rate_limit", "something new", AGAIN, AGAIN, GIVE_UP, "429"},
	{430, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{499, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
	{500, NULL, NULL, AGAIN, AGAIN, GIVE_UP, "server error"},
	{502, NULL, NULL, AGAIN, AGAIN, GIVE_UP, "server error"},
	{503, NULL, NULL, AGAIN, AGAIN, GIVE_UP, "server error"},
	{504, NULL, NULL, AGAIN, AGAIN, GIVE_UP, "server error"},
	{599, NULL, NULL, AGAIN, AGAIN, GIVE_UP, "server error"},
	{600, NULL, NULL, GIVE_UP, AGAIN, GIVE_UP, "refused"},
};

/* Transfers that failed: before anything was sent, and after. */
static const struct
{
	const char *name;
	HttpFailure failure;
	RetryAction action;
}			failures[] = {
	{"resolve", HTTP_FAIL_RESOLVE, AGAIN},
	{"connect", HTTP_FAIL_CONNECT, AGAIN},
	{"TLS", HTTP_FAIL_TLS, AGAIN},
	{"certificate", HTTP_FAIL_CERTIFICATE, GIVE_UP},
	{"timeout", HTTP_FAIL_TIMEOUT, AGAIN},
	{"reset", HTTP_FAIL_RESET, AGAIN},
	{"protocol", HTTP_FAIL_PROTOCOL, GIVE_UP},
	{"too large", HTTP_FAIL_TOO_LARGE, GIVE_UP},
	{"configuration", HTTP_FAIL_CONFIGURATION, GIVE_UP},
};

static RetryDecision
decide(const HttpRequest *request, const HttpResponse *response, const char *code)
{
	return retry_decide(&policy, request, response, code, 0, 0, 0.5);
}

static RetryDecision
decide_status(int status, const char *retry_after, int attempt, int elapsed, double jitter)
{
	HttpResponse response = {.status = status, .sent = true, .retry_after = retry_after};

	return retry_decide(&policy, &get, &response, NULL, attempt, elapsed, jitter);
}

static void
test_answers(void)
{
	static const char *const should_retry[] = {NULL, "true", "false", "maybe", "TRUE", "False"};

	for (size_t i = 0; i < lengthof(answers); i++)
	{
		const RetryAction actions[] = {
			answers[i].silent, answers[i].should, answers[i].should_not,
			answers[i].silent, answers[i].should, answers[i].should_not,
		};

		for (size_t j = 0; j < lengthof(should_retry); j++)
		{
			HttpResponse response = {
				.status = answers[i].status,
				.sent = true,
				.should_retry = should_retry[j],
				.rate_limited_reason = answers[i].limited,
			};
			const char *name = psprintf("%d, code %s, %s, should retry %s", answers[i].status,
										answers[i].code ? answers[i].code : "none",
										answers[i].limited ? answers[i].limited : "no reason",
										should_retry[j] ? should_retry[j] : "not said");
			RetryDecision decision = decide(&get, &response, answers[i].code);

			tap_is_int(decision.action, actions[j], "%s", name);
			if (j == 0)
				tap_is(decision.reason, answers[i].reason, "%s: the reason", name);
			tap_ok(decision.reason != NULL && decision.reason[0] != '\0', "%s: a reason", name);
			tap_is_int(decide(&keyed_post, &response, answers[i].code).action, actions[j],
					   "POST with a key: %s", name);
			tap_is_int(decide(&post, &response, answers[i].code).action,
					   actions[j] == DONE ? DONE : GIVE_UP, "POST without: %s", name);
		}
	}
}

static void
test_failures(void)
{
	for (size_t i = 0; i < lengthof(failures); i++)
	{
		HttpResponse response = {.failure = failures[i].failure};

		for (int sent = 0; sent < 2; sent++)
		{
			const char *name = psprintf("%s, %s", failures[i].name, sent ? "sent" : "not sent");

			response.sent = sent;
			tap_is_int(decide(&get, &response, NULL).action, failures[i].action, "%s", name);
			tap_is_int(decide(&keyed_post, &response, NULL).action, failures[i].action,
					   "POST with a key: %s", name);
			tap_is_int(decide(&post, &response, NULL).action,
					   sent ? GIVE_UP : failures[i].action, "POST without: %s", name);
		}
		/* The status that came before the connection broke doesn't count. */
		response.status = 200;
		tap_is_int(decide(&get, &response, NULL).action, failures[i].action,
				   "%s in the body of a 200", failures[i].name);
	}
}

static void
test_repeatable(void)
{
	HttpResponse replayed = {.status = 500, .sent = true, .replayed = true};

	tap_ok(retry_is_repeatable(&get), "GET may be repeated");
	tap_ok(retry_is_repeatable(&head), "HEAD may");
	tap_ok(retry_is_repeatable(&delete), "DELETE may");
	tap_ok(!retry_is_repeatable(&post), "POST may not");
	tap_ok(retry_is_repeatable(&keyed_post), "POST with a key may");
	tap_ok(!retry_is_repeatable(&empty_keyed_post), "but not with an empty one");
	tap_is_int(decide(&keyed_post, &replayed, NULL).action, RETRY_GIVE_UP,
			   "what is replayed would be again");
	replayed.status = 200;
	tap_is_int(decide(&keyed_post, &replayed, NULL).action, RETRY_DONE, "which is well if it is well");
}

static void
test_delays(void)
{
	static const struct
	{
		const char *retry_after;
		int			delay;
	}			headers[] = {
		{"0", 0}, {"1", 1000}, {"30", 30000}, {"60", 60000}, {"3600", 60000},
		{"99999999999999999999", 60000}, {"-1", 0}, {"1.5", 0}, {"", 0}, {"x", 0}, {"1x", 0},
		{"1e9", 0}, {" 1", 0},
		/* without the server's own date */
		{"Wed, 21 Oct 2026 07:28:00 GMT", 0},
	};

	/* Full jitter: anything from nothing to the back-off. */
	for (int attempt = 0; attempt < 6; attempt++)
	{
		int			longest = Min(500 << attempt, 8000);
		RetryPolicy patient = policy;
		HttpResponse response = {.status = 500, .sent = true};

		patient.max_retries = 10;
		tap_is_int(retry_decide(&patient, &get, &response, NULL, attempt, 0, 0.0).delay, 0,
				   "delay %d is nothing, at least", attempt);
		tap_is_int(retry_decide(&patient, &get, &response, NULL, attempt, 0, 0.5).delay,
				   longest / 2, "delay %d is uniform", attempt);
		tap_is_int(retry_decide(&patient, &get, &response, NULL, attempt, 0, 0.9999999).delay,
				   longest - 1, "delay %d is the back-off, at most", attempt);
	}
	for (size_t i = 0; i < lengthof(headers); i++)
	{
		tap_is_int(decide_status(429, headers[i].retry_after, 0, 0, 0.0).delay, headers[i].delay,
				   "Retry-After: %s", headers[i].retry_after);
		tap_is_int(decide_status(503, headers[i].retry_after, 0, 0, 0.5).delay,
				   Max(headers[i].delay, 250), "Retry-After: %s, or the longer back-off",
				   headers[i].retry_after);
	}
}

static void
test_dates(void)
{
	static const struct
	{
		const char *date;
		const char *retry_after;
		double		ms;
	}			dates[] = {
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:07 GMT", 7000},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT", 0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:27:59 GMT", 0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Thu, 01 Jan 1970 00:00:00 GMT", 0},
		{"Thu, 31 Dec 2026 23:59:59 GMT", "Fri, 01 Jan 2027 00:00:01 GMT", 2000},
		{"Mon, 28 Feb 2028 23:59:59 GMT", "Tue, 29 Feb 2028 00:00:00 GMT", 1000},
		{"Tue, 29 Feb 2028 23:59:59 GMT", "Wed, 01 Mar 2028 00:00:00 GMT", 1000},
		{"Sun, 28 Feb 2027 23:59:59 GMT", "Mon, 01 Mar 2027 00:00:00 GMT", 1000},
		{"Thu, 01 Jan 2026 00:00:00 GMT", "Fri, 01 Jan 2027 00:00:00 GMT", 365 * 86400000.0},
		{"Sat, 01 Jan 2028 00:00:00 GMT", "Mon, 01 Jan 2029 00:00:00 GMT", 366 * 86400000.0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:07 UTC", 0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Okt 2026 07:28:07 GMT", 0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 2x Oct 2026 07:28:07 GMT", 0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Wednesday, 21-Oct-26 07:28:07 GMT", 0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "Wed Oct 21 07:28:07 2026", 0},
		{"yesterday", "Wed, 21 Oct 2026 07:28:07 GMT", 0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", "5", 5000},
		{NULL, "5", 5000},
		{"Wed, 21 Oct 2026 07:28:00 GMT", NULL, 0},
	};

	for (size_t i = 0; i < lengthof(dates); i++)
	{
		HttpResponse response = {
			.status = 503,
			.date = dates[i].date,
			.retry_after = dates[i].retry_after,
		};

		tap_ok(retry_after_ms(&response) == dates[i].ms, "at %s: Retry-After: %s",
			   dates[i].date ? dates[i].date : "no date",
			   dates[i].retry_after ? dates[i].retry_after : "none");
	}
}

static void
test_limits(void)
{
	RetryPolicy endless = policy;
	HttpResponse response = {.status = 500, .sent = true};

	tap_is_int(decide_status(500, NULL, 4, 0, 0).action, RETRY_AGAIN, "the fifth retry is made");
	tap_is_int(decide_status(500, NULL, 5, 0, 0).action, RETRY_GIVE_UP, "a sixth is not");
	tap_is_int(decide_status(429, "60", 0, 240000, 0).action, RETRY_AGAIN,
			   "a retry may start when the time is just up");
	tap_is_int(decide_status(429, "60", 0, 240001, 0).action, RETRY_GIVE_UP,
			   "but not a moment later");

	endless.max_retries = INT_MAX;
	tap_is_int(retry_decide(&endless, &get, &response, NULL, 1000000, 0, 0.999).action,
			   RETRY_AGAIN, "many attempts don't overflow");
	tap_ok(retry_decide(&endless, &get, &response, NULL, 1000000, 0, 0.999).delay <=
		   policy.max_delay, "and stay within the longest delay");
}

static void
test_stale_connection(void)
{
	HttpResponse response = {.failure = HTTP_FAIL_RESET, .reused = true, .sent = true};

	tap_is_int(retry_decide(&policy, &get, &response, NULL, 0, 0, 0.5).delay, 0,
			   "a stale connection is replaced at once");
	tap_ok(retry_decide(&policy, &get, &response, NULL, 1, 0, 0.5).delay > 0, "but only once");
	tap_is_int(decide(&post, &response, NULL).action, RETRY_GIVE_UP, "and not for a POST");
	response.reused = false;
	tap_ok(retry_decide(&policy, &get, &response, NULL, 0, 0, 0.5).delay > 0, "and a new one is not");
}

int
main(void)
{
	tap_begin("retry");
	test_answers();
	test_failures();
	test_repeatable();
	test_delays();
	test_dates();
	test_limits();
	test_stale_connection();
	return tap_end();
}
