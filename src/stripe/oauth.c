/*-------------------------------------------------------------------------
 *
 * oauth.c
 *		OAuth as Stripe has it: docs.stripe.com/connect/oauth-reference and
 *		docs.stripe.com/stripe-apps/api-authentication/oauth.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include "common/pg_prng.h"
#include "lib/stringinfo.h"
#include "utils/memutils.h"

#include "base/base64.h"
#include "base/crypto.h"
#include "base/errors.h"
#include "http/http.h"
#include "http/poller.h"
#include "http/retry.h"
#include "http/url.h"
#include "json/json.h"
#include "stripe/oauth.h"
#include "stripe/request.h"

/*
 * "Access tokens expire in 1 hour" (docs.stripe.com/stripe-apps/
 * api-authentication/oauth, "Refresh your access token"): the answer itself
 * has no expires_in.
 */
#define APP_TOKEN_LIFETIME 3600

/* A token's answer has some hundred bytes. */
#define MAX_ANSWER_BYTES (1024 * 1024)

#define BACKOFF_BASE 500		/* ms */
#define BACKOFF_MAX 5000
#define RETRY_AFTER_MAX 60000

/* What the flows differ in. */
typedef struct FlowInfo
{
	const char *name;			/* value of oauth_flow */
	size_t		authorize_base; /* in StripeOAuthClient */
	const char *authorize_path;
	bool		response_type;	/* is asked for */
	size_t		token_base;
	const char *token_path;
	bool		basic;			/* how the secret is sent */
	bool		token_promised; /* or the account alone */
	int			lifetime;		/* of an access token; 0: for ever */
} FlowInfo;

static const FlowInfo flows[] = {
	[STRIPE_OAUTH_CONNECT] = {
		"connect",
		offsetof(StripeOAuthClient, connect_base), "/oauth/authorize", true,
		offsetof(StripeOAuthClient, connect_base), "/oauth/token", false,
		false, 0,
	},
	[STRIPE_OAUTH_APP] = {
		"app",
		offsetof(StripeOAuthClient, marketplace_base), "/oauth/v2/authorize", false,
		offsetof(StripeOAuthClient, api_base), "/v1/oauth/token", true,
		true, APP_TOKEN_LIFETIME,
	},
};

static const struct
{
	const char *grant_type;
	const char *param;
	bool		repeatable;		/* asking again can't make it worse */
} grants[] = {
	[STRIPE_GRANT_CODE] = {"authorization_code", "code", false},

	/*
	 * The token may have been used up by a try whose answer was lost; then all
	 * is lost, unless Stripe answers the repetition as it did the first.
	 */
	[STRIPE_GRANT_REFRESH] = {"refresh_token", "refresh_token", true},
};

/* What the user can do, by the error's code. */
static const struct
{
	const char *code;
	const char *hint;
} hints[] = {
	{"invalid_grant", gettext_noop("A code can be used once, within five minutes, and a refresh token once, within a year; both only with the client and mode that they were given to. Sign in again: stripe_oauth_authorization_url() begins.")},
	{"invalid_client", gettext_noop("Check the options \"oauth_client_id\" and \"oauth_client_secret\" of the user mapping: they must belong together, and be of one mode.")},
	{"invalid_request", gettext_noop("Check the options of the user mapping that begin with \"oauth_\".")},
	{"invalid_redirect_uri", gettext_noop("The redirect URI must be one of those that are configured at Stripe.")},
	{"invalid_scope", gettext_noop("Check the option \"oauth_scope\" of the user mapping.")},
	{"unsupported_grant_type", gettext_noop("Check the option \"oauth_flow\" of the user mapping.")},
};

static const char *
base_of(const StripeOAuthClient *client, size_t offset)
{
	return *(const char *const *) ((const char *) client + offset);
}

bool
stripe_oauth_flow_find(const char *name, StripeOAuthFlow *flow)
{
	for (size_t i = 0; i < lengthof(flows); i++)
	{
		if (strcmp(flows[i].name, name) == 0)
		{
			*flow = (StripeOAuthFlow) i;
			return true;
		}
	}
	return false;
}

char *
stripe_oauth_authorize_url(const StripeOAuthClient *client, const char *redirect_uri,
						   const char *scope, const char *state)
{
	const FlowInfo *flow = &flows[client->flow];
	StringInfoData url;

	initStringInfo(&url);
	appendStringInfo(&url, "%s%s", base_of(client, flow->authorize_base), flow->authorize_path);
	if (flow->response_type)
		url_append_param(&url, "response_type", "code");
	url_append_param(&url, "client_id", client->client_id);
	if (scope != NULL)
		url_append_param(&url, "scope", scope);
	if (redirect_uri != NULL)
		url_append_param(&url, "redirect_uri", redirect_uri);
	url_append_param(&url, "state", state);
	return url.data;
}

/* "a=b&c=d"; the buffer holds a secret, and is the caller's to zero. */
static void
append_form(StringInfo form, const char *name, const char *value)
{
	if (form->len > 0)
		appendStringInfoChar(form, '&');
	appendStringInfo(form, "%s=", name);
	url_append_encoded(form, value);
}

/* Raises what a refused or failed request has brought. */
static void
raise_failure(const HttpResponse *response, const char *path, int attempts)
{
	StripeError error = {0};

	stripe_read_failure(response, &error);
	error.request = psprintf("POST %s", path);
	error.attempts = attempts;
	if (response->failure == HTTP_OK && response->status >= 400 && response->status < 500 &&
		response->status != 429)
	{
		error.kind = STRIPE_ERROR_OAUTH;
		for (size_t i = 0; error.code != NULL && i < lengthof(hints); i++)
		{
			if (strcmp(hints[i].code, error.code) == 0)
				error.hint = hints[i].hint;
		}
	}
	stripe_raise(&error);
}

/*
 * Sends a form and returns the answer with status 200; raises every failure.
 * The transfer belongs to the current context.
 */
static HttpTransfer *
post(const StripeOAuthClient *client, const char *base, const char *path, bool basic,
	 const StringInfo form, const char *idempotency_key)
{
	const RetryPolicy policy = {
		.max_retries = client->max_retries,
		.base_delay = BACKOFF_BASE,
		.max_delay = BACKOFF_MAX,
		.max_retry_after = RETRY_AFTER_MAX,
		.max_total = client->timeout,
	};
	HttpHeader	headers[] = {
		{"Stripe-Version", client->api_version},
		{"Idempotency-Key", idempotency_key},
	};
	HttpRequest request = {
		.method = "POST",
		.url = psprintf("%s%s", base, path),
		.headers = headers,
		.nheaders = idempotency_key ? 2 : 1,
		.bearer = client->secret,
		.basic = basic,
		.body = form->data,
		.body_len = form->len,
		.connect_timeout = client->connect_timeout,
		.timeout = client->timeout,
		.proxy = client->proxy,
		.ca_file = client->ca_file,
		.max_body = MAX_ANSWER_BYTES,
	};
	double		began = poller_now();
	int			failures = 0;	/* of the server's own */

	for (int attempt = 0;; attempt++)
	{
		HttpTransfer *transfer = http_start(&request, CurrentMemoryContext);
		const HttpResponse *response;
		RetryDecision decision;
		double		spent;

		(void) http_wait(&transfer, 1, -1);
		response = http_response(transfer);
		if (response->failure == HTTP_OK && response->status == 200)
			return transfer;
		spent = poller_now() - began;
		decision = retry_decide(&policy, &request, response,
								stripe_error_code(response, CurrentMemoryContext), attempt,
								(int) Min(spent, (double) INT_MAX),
								pg_prng_double(&pg_global_prng_state));
		if (decision.action != RETRY_AGAIN)
			raise_failure(response, path, attempt + 1);
		ereport(DEBUG1,
				(errmsg_internal("stripe_fdw: asking for tokens again in %d ms: %s",
								 decision.delay, decision.reason)));

		/* Under the same key Stripe would repeat its failure for a day. */
		if (idempotency_key != NULL && response->failure == HTTP_OK && response->status >= 500)
			headers[1].value = psprintf("%s-%d", idempotency_key, ++failures);
		http_free(transfer);
		http_sleep(decision.delay);

		/* "timeout" bounds all tries together. */
		request.timeout = (int) Max(client->timeout - (poller_now() - began), 1);
	}
}

static Secret *
member_secret(const JsonValue *object, const char *name, MemoryContext context)
{
	const JsonValue *member;
	const char *string;
	size_t		len;

	if (!json_value_member(object, name, &member))
		return NULL;
	string = json_value_string(member, &len);
	return string && len > 0 ? secret_create(context, string, len) : NULL;
}

static char *
member_text(const JsonValue *object, const char *name, MemoryContext context)
{
	const JsonValue *member;
	const char *string;
	size_t		len;
	char	   *text;

	if (!json_value_member(object, name, &member))
		return NULL;
	string = json_value_string(member, &len);
	if (string == NULL || len == 0)
		return NULL;
	text = MemoryContextAlloc(context, len + 1);
	memcpy(text, string, len);
	text[len] = '\0';
	return text;
}

/* An account's id goes into a header and into the catalog. */
static bool
is_account(const char *text)
{
	return strncmp(text, "acct_", 5) == 0 &&
		   strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") ==
		   strlen(text);
}

static void
raise_malformed(const HttpResponse *response, const FlowInfo *flow, const char *why)
{
	StripeError error = {
		.kind = STRIPE_ERROR_MALFORMED,
		.http_status = response->status,
		.message = why,
		.request_id = response->request_id,
		.request = psprintf("POST %s", flow->token_path),
	};

	stripe_raise(&error);
}

static void
read_tokens(const HttpResponse *response, const FlowInfo *flow, StripeTokens *tokens,
			MemoryContext context)
{
	JsonDocument *document;
	const JsonValue *root;
	const JsonValue *member;
	char	   *why;
	int64		seconds;

	document = json_document_parse(CurrentMemoryContext, response->body, response->body_len, &why);
	if (document == NULL)
		raise_malformed(response, flow, why);
	root = json_document_root(document);
	tokens->access_token = member_secret(root, "access_token", context);
	tokens->refresh_token = member_secret(root, "refresh_token", context);
	tokens->scope = member_text(root, "scope", context);
	tokens->account = member_text(root, "stripe_user_id", context);
	tokens->livemode = json_value_member(root, "livemode", &member) &&
		json_value_kind(member) == JSON_KIND_BOOLEAN && json_value_boolean(member);
	tokens->lifetime = flow->lifetime;
	if (json_value_member(root, "expires_in", &member) && json_value_int64(member, &seconds) &&
		seconds > 0 && seconds < INT_MAX)
		tokens->lifetime = (int) seconds;
	json_document_wipe(document);

	if ((tokens->access_token != NULL && !secret_is_token(tokens->access_token)) ||
		(tokens->refresh_token != NULL && !secret_is_token(tokens->refresh_token)))
		raise_malformed(response, flow, "a token holds a character that no token has");
	if (tokens->account != NULL && !is_account(tokens->account))
		raise_malformed(response, flow, "\"stripe_user_id\" is no account");
	if (tokens->access_token == NULL && (flow->token_promised || tokens->account == NULL))
		raise_malformed(response, flow, "it has no access token");
}

/*
 * The same for every try with a token, and for a later exchange with it should
 * this process not live to see the answer: Stripe then repeats its answer.
 * Tells nothing of the token.
 */
static char *
make_idempotency_key(const Secret *token)
{
	static const char label[] = "stripe_fdw idempotency key";
	unsigned char mac[CRYPTO_HASH_BYTES];
	char		text[BASE64_ROOM(CRYPTO_HASH_BYTES)];

	if (!crypto_hmac(secret_bytes(token), secret_length(token), label, sizeof(label) - 1, mac))
		return NULL;
	base64url_encode(mac, sizeof(mac), text);
	return psprintf("stripe_fdw-%s", text);
}

StripeTokens *
stripe_oauth_exchange(const StripeOAuthClient *client, StripeOAuthGrant grant,
					  const Secret *token, MemoryContext context)
{
	const FlowInfo *flow = &flows[client->flow];
	StripeTokens *tokens = MemoryContextAllocZero(context, sizeof(StripeTokens));
	MemoryContext work = AllocSetContextCreate(CurrentMemoryContext, "stripe_fdw OAuth",
											   ALLOCSET_SMALL_SIZES);
	MemoryContext old_context = MemoryContextSwitchTo(work);
	StringInfoData form;
	HttpTransfer *transfer;

	initStringInfo(&form);
	enlargeStringInfo(&form, 64 + 3 * secret_length(token));	/* no copy by growth */
	append_form(&form, "grant_type", grants[grant].grant_type);
	append_form(&form, grants[grant].param, secret_bytes(token));
	PG_TRY();
	{
		transfer = post(client, base_of(client, flow->token_base), flow->token_path, flow->basic,
						&form, grants[grant].repeatable ? make_idempotency_key(token) : NULL);
		read_tokens(http_response(transfer), flow, tokens, context);
	}
	PG_FINALLY();
	{
		secret_zero(form.data, form.len);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(old_context);
	MemoryContextDelete(work);
	return tokens;
}

void
stripe_oauth_revoke(const StripeOAuthClient *client, const char *account)
{
	StringInfoData form;

	initStringInfo(&form);
	append_form(&form, "client_id", client->client_id);
	append_form(&form, "stripe_user_id", account);
	http_free(post(client, client->connect_base, "/oauth/deauthorize", false, &form, NULL));
}
