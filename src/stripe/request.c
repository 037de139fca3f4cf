/*-------------------------------------------------------------------------
 *
 * request.c
 *		One call of Stripe's API: headers, retries, the error envelope.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "common/pg_prng.h"
#include "lib/stringinfo.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

#include "base/errors.h"
#include "http/http.h"
#include "http/limiter.h"
#include "http/retry.h"
#include "stripe/request.h"
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

static double
elapsed_seconds(instr_time start)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, start);
	return INSTR_TIME_GET_DOUBLE(now);
}

static int
elapsed_ms(instr_time start)
{
	return (int) Min(elapsed_seconds(start) * 1000.0, (double) INT_MAX);
}

/* "GET /v1/charges": what may be shown of a target in an error. */
static char *
describe_target(const char *target)
{
	return psprintf("GET %.*s", (int) strcspn(target, "?"), target);
}

void
stripe_malformed(const char *target, const char *request_id, const char *message)
{
	StripeError error = {
		.kind = STRIPE_ERROR_MALFORMED,
		.http_status = 200,
		.message = message,
		.request_id = request_id,
		.request = describe_target(target),
	};

	stripe_raise(&error);
}

static StripeErrorKind
kind_of_failure(HttpFailure failure)
{
	switch (failure)
	{
		case HTTP_FAIL_RESOLVE:
			return STRIPE_ERROR_RESOLVE;
		case HTTP_FAIL_CONNECT:
			return STRIPE_ERROR_CONNECT;
		case HTTP_FAIL_TLS:
		case HTTP_FAIL_CERTIFICATE:
			return STRIPE_ERROR_TLS;
		case HTTP_FAIL_TIMEOUT:
			return STRIPE_ERROR_TIMEOUT;
		case HTTP_FAIL_RESET:
			return STRIPE_ERROR_NETWORK;
		case HTTP_FAIL_PROTOCOL:
			return STRIPE_ERROR_MALFORMED;
		case HTTP_FAIL_TOO_LARGE:
			return STRIPE_ERROR_TOO_LARGE;
		case HTTP_FAIL_CONFIGURATION:
			return STRIPE_ERROR_CONFIGURATION;
		case HTTP_OK:
			break;
	}
	return STRIPE_ERROR_NONE;
}

static StripeErrorKind
kind_of_status(int status)
{
	switch (status)
	{
		case 401:
			return STRIPE_ERROR_AUTHENTICATION;
		case 403:
			return STRIPE_ERROR_PERMISSION;
		case 404:
			return STRIPE_ERROR_NOT_FOUND;
		case 429:
			return STRIPE_ERROR_RATE_LIMIT;
		default:
			break;
	}
	if (status >= 500)
		return STRIPE_ERROR_SERVER;
	if (status >= 400)
		return STRIPE_ERROR_INVALID_REQUEST;
	return STRIPE_ERROR_MALFORMED;	/* a redirect, or another 2xx than 200 */
}

/* A string member as a palloc'd string, still in UTF-8; NULL if there is none. */
static char *
member_string(const JsonValue *object, const char *name)
{
	const JsonValue *member;
	const char *string;
	size_t		len;

	if (!json_value_member(object, name, &member))
		return NULL;
	string = json_value_string(member, &len);
	return string ? pnstrdup(string, len) : NULL;
}

/*
 * Fills what the body says of an error.  v1 answers {"error": {...}}; the
 * OAuth endpoints {"error": "...", "error_description": "..."}.  Returns
 * false if the body is no error of Stripe's.
 */
static bool
read_error_envelope(const HttpResponse *response, StripeError *error)
{
	JsonDocument *document;
	const JsonValue *root;
	const JsonValue *envelope;
	char	   *why;
	bool		found = false;

	document = json_document_parse(CurrentMemoryContext, response->body, response->body_len, &why);
	if (document == NULL)
		return false;

	root = json_document_root(document);
	if (json_value_member(root, "error", &envelope))
	{
		if (json_value_kind(envelope) == JSON_KIND_OBJECT)
		{
			error->message = member_string(envelope, "message");
			error->code = member_string(envelope, "code");
			error->type = member_string(envelope, "type");
			error->param = member_string(envelope, "param");
			found = true;
		}
		else if (json_value_kind(envelope) == JSON_KIND_STRING)
		{
			error->code = member_string(root, "error");
			error->message = member_string(root, "error_description");
			found = true;
		}
	}
	json_document_free(document);
	return found;
}

/* Raises the failure in response, or returns if it is a missing object and that is an answer. */
static void
handle_failure(const HttpResponse *response, const char *target, int attempts,
			   StripeMissingCheck check, void *check_arg)
{
	StripeError error = {0};

	error.http_status = response->status;
	error.request_id = response->request_id;
	error.request = describe_target(target);
	error.attempts = attempts;

	if (response->failure != HTTP_OK)
	{
		error.kind = kind_of_failure(response->failure);
		error.message = response->error;
		stripe_raise(&error);
	}

	error.kind = kind_of_status(response->status);
	if (!read_error_envelope(response, &error))
		error.message = psprintf("the answer has no error message of Stripe's (content type %s)",
								 response->content_type ? response->content_type : "not given");
	else if ((response->status == 404 || response->status == 400) && error.code != NULL &&
			 strcmp(error.code, "resource_missing") == 0 &&
			 check(check_arg, response->status, error.param))
		return;

	if (error.kind == STRIPE_ERROR_RATE_LIMIT && response->rate_limited_reason != NULL)
		error.message = psprintf("%s (%s)", error.message ? error.message : "rate limited",
								 response->rate_limited_reason);
	stripe_raise(&error);
}

/* Permission to ask, which goes back with its memory context if not before. */
typedef struct Permit
{
	Limiter    *limiter;
	LimiterTicket ticket;
	StripeStats *stats;			/* NULL: nothing was sent with it */
	MemoryContextCallback callback;
} Permit;

static void
give_up_permit(void *arg)
{
	Permit	   *permit = arg;

	limiter_release(permit->limiter, &permit->ticket, LIMITER_FAILED, 0);
	if (permit->stats != NULL)
		stripe_stats_aborted(permit->stats);
}

static Permit *
make_permit(Limiter *limiter, MemoryContext context)
{
	Permit	   *permit = MemoryContextAllocZero(context, sizeof(Permit));

	permit->limiter = limiter;
	permit->callback.func = give_up_permit;
	permit->callback.arg = permit;
	MemoryContextRegisterResetCallback(context, &permit->callback);
	return permit;
}

/* Waits until endpoint may be asked; returns the seconds that it took. */
static double
wait_for_permit(Permit *permit, const char *endpoint)
{
	instr_time	start;
	long		delay;

	INSTR_TIME_SET_CURRENT(start);
	while ((delay = limiter_acquire(permit->limiter, endpoint, &permit->ticket)) > 0)
		http_sleep(delay);
	return elapsed_seconds(start);
}

static void
return_permit(Permit *permit, const HttpResponse *response)
{
	permit->stats = NULL;
	limiter_release(permit->limiter, &permit->ticket, limiter_outcome(response),
					(int) Min(retry_after_ms(response->retry_after), RETRY_AFTER_MAX));
}

static StripeAnswer *
read_answer(const HttpResponse *response, const char *target, MemoryContext context)
{
	StripeAnswer *answer = MemoryContextAllocZero(context, sizeof(StripeAnswer));
	char	   *why;

	if (response->request_id != NULL)
		answer->request_id = MemoryContextStrdup(context, response->request_id);
	answer->document = json_document_parse(context, response->body, response->body_len, &why);
	if (answer->document == NULL)
		stripe_malformed(target, answer->request_id,
						 psprintf("%s (content type %s, %zu bytes)", why,
								  response->content_type ? response->content_type : "not given",
								  response->body_len));
	answer->root = json_document_root(answer->document);
	return answer;
}

StripeAnswer *
stripe_get(const StripeConnection *connection, const char *endpoint, const char *target,
		   StripeMissingCheck check, void *check_arg, StripeStats *stats, MemoryContext context)
{
	HttpHeader	headers[3];
	HttpRequest request = {0};
	RetryPolicy policy = {
		.max_retries = connection->max_retries,
		.base_delay = BACKOFF_BASE,
		.max_delay = BACKOFF_MAX,
		.max_retry_after = RETRY_AFTER_MAX,
		.max_total = connection->timeout,
	};
	MemoryContext call_context;
	MemoryContext old_context;
	Permit	   *permit;
	double		queued = 0;		/* seconds */
	double		backed_off = 0;
	StripeAnswer *answer = NULL;
	instr_time	start;

	/* Whatever this call leaves behind goes with this context, on errors too. */
	call_context = AllocSetContextCreate(context, "stripe_fdw request", ALLOCSET_DEFAULT_SIZES);
	old_context = MemoryContextSwitchTo(call_context);

	permit = make_permit(connection->limiter, call_context);

	request.method = "GET";
	request.url = psprintf("%s%s", connection->api_base, target);
	headers[request.nheaders++] = (HttpHeader){"Stripe-Version", connection->api_version};
	if (connection->account)
		headers[request.nheaders++] = (HttpHeader){"Stripe-Account", connection->account};
	if (connection->context)
		headers[request.nheaders++] = (HttpHeader){"Stripe-Context", connection->context};
	request.headers = headers;
	request.bearer = connection->key;
	request.connect_timeout = connection->connect_timeout;
	request.proxy = connection->proxy;
	request.ca_file = connection->ca_file;
	request.max_body = MAX_BODY_BYTES;

	INSTR_TIME_SET_CURRENT(start);
	for (int attempt = 0;; attempt++)
	{
		HttpTransfer *transfer;
		const HttpResponse *response;
		RetryDecision decision;
		double		waited;
		int			elapsed;

		/*
		 * The time left bounds this try, so that "timeout" bounds the call.
		 * Waiting in the queue is not the server's time and doesn't count.
		 */
		waited = wait_for_permit(permit, endpoint);
		queued += waited;
		elapsed = elapsed_ms(start) - (int) (queued * 1000);
		request.timeout = Max(connection->timeout - elapsed, 1);
		transfer = http_start(&request, call_context);
		stripe_stats_sent(connection, endpoint, stats, attempt > 0, waited + backed_off);
		permit->stats = stats;
		(void) http_wait(&transfer, 1, -1);

		response = http_response(transfer);
		return_permit(permit, response);
		stripe_stats_received(connection, endpoint, stats, response);
		elapsed = elapsed_ms(start) - (int) (queued * 1000);
		decision = retry_decide(&policy, response, attempt, elapsed,
								pg_prng_double(&pg_global_prng_state));

		if (decision.action == RETRY_AGAIN)
		{
			ereport(DEBUG1,
					(errmsg_internal("stripe_fdw: asking again in %d ms: %s (try %d of %d)",
									 decision.delay, decision.reason, attempt + 1,
									 policy.max_retries + 1)));
			http_free(transfer);
			http_sleep(decision.delay);
			backed_off = decision.delay / 1000.0;
			continue;
		}

		stats->wait_seconds += elapsed_seconds(start);
		if (response->failure == HTTP_OK && response->status == 200)
			answer = read_answer(response, target, context);
		else
			handle_failure(response, target, attempt + 1, check, check_arg);
		http_free(transfer);
		break;
	}

	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(call_context);
	return answer;
}
