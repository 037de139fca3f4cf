/*-------------------------------------------------------------------------
 *
 * request.c
 *		What Stripe has answered: the error envelope.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/errors.h"
#include "stripe/request.h"

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

void
stripe_read_failure(const HttpResponse *response, StripeError *error)
{
	error->http_status = response->status;
	error->request_id = response->request_id;
	if (response->failure != HTTP_OK)
	{
		error->kind = kind_of_failure(response->failure);
		error->message = response->error;
		return;
	}

	error->kind = kind_of_status(response->status);
	if (!read_error_envelope(response, error))
		error->message = psprintf("the answer has no error message of Stripe's (content type %s)",
								  response->content_type ? response->content_type : "not given");
	if (error->kind == STRIPE_ERROR_RATE_LIMIT && response->rate_limited_reason != NULL)
		error->message = psprintf("%s (%s)", error->message ? error->message : "rate limited",
								  response->rate_limited_reason);
}

const char *
stripe_error_code(const HttpResponse *response, MemoryContext context)
{
	MemoryContext old_context = MemoryContextSwitchTo(context);
	StripeError error = {0};

	if (response->failure == HTTP_OK && response->status >= 400)
		(void) read_error_envelope(response, &error);
	MemoryContextSwitchTo(old_context);
	return error.code;
}

/* Raises the failure in response, or returns if it is a missing object and that is an answer. */
static void
handle_failure(const HttpResponse *response, const char *target, int attempts,
			   StripeMissingCheck check, void *check_arg)
{
	StripeError error = {0};

	stripe_read_failure(response, &error);
	error.request = describe_target(target);
	error.attempts = attempts;
	if (response->failure == HTTP_OK &&
		(response->status == 404 || response->status == 400) && error.code != NULL &&
		strcmp(error.code, "resource_missing") == 0 &&
		check(check_arg, response->status, error.param))
		return;
	stripe_raise(&error);
}

static StripeAnswer *
read_answer(const HttpResponse *response, const char *target, MemoryContext context)
{
	StripeAnswer *answer = MemoryContextAllocZero(context, sizeof(StripeAnswer));
	char	   *why;

	answer->seconds = response->seconds;
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
stripe_read_response(const HttpResponse *response, const char *target, int attempts,
					 StripeMissingCheck check, void *check_arg, MemoryContext context)
{
	if (response->failure == HTTP_OK && response->status == 200)
		return read_answer(response, target, context);
	handle_failure(response, target, attempts, check, check_arg);
	return NULL;
}
