/*-------------------------------------------------------------------------
 *
 * errors.c
 *		Errors that come from Stripe or from the network: the one place that
 *		maps them to an SQLSTATE and raises them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "base/errors.h"
#include "base/secret.h"
#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"

/*
 * Longest remote text shown, in bytes.  Stripe's own messages stay below a
 * few hundred; a proxy's error page does not.
 */
#define MAX_REMOTE_TEXT 500

/* Longest code, parameter name or request id shown, in bytes. */
#define MAX_REMOTE_WORD 100

typedef struct ErrorKindInfo
{
	int			sqlstate;
	const char *summary;		/* begins the primary message */
	const char *hint;			/* NULL: nothing that the user could do */
} ErrorKindInfo;

static const ErrorKindInfo error_kinds[STRIPE_NUM_ERROR_KINDS] = {
	[STRIPE_ERROR_NONE] = {
		ERRCODE_INTERNAL_ERROR,
		gettext_noop("Stripe request failed"),
		NULL,
	},
	[STRIPE_ERROR_AUTHENTICATION] = {
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
		gettext_noop("Stripe refused the API key"),
		gettext_noop("Check the key of the user mapping: it may be mistyped, expired or "
					 "revoked."),
	},
	[STRIPE_ERROR_PERMISSION] = {
		ERRCODE_INSUFFICIENT_PRIVILEGE,
		gettext_noop("Stripe denied the permission"),
		gettext_noop("Give the restricted key the permission that Stripe's message names, "
					 "use another key, or check the options \"account\" and \"context\"."),
	},
	[STRIPE_ERROR_NOT_FOUND] = {
		ERRCODE_FDW_TABLE_NOT_FOUND,
		gettext_noop("Stripe did not find what was asked for"),
		gettext_noop("Test mode, live mode and each account hold different objects: check "
					 "the key and the options \"account\" and \"api_base\"."),
	},
	[STRIPE_ERROR_INVALID_REQUEST] = {
		ERRCODE_FDW_ERROR,
		gettext_noop("Stripe refused the request"),
		NULL,
	},
	[STRIPE_ERROR_RATE_LIMIT] = {
		ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
		gettext_noop("Stripe's rate limit was reached"),
		gettext_noop("Raise the server option \"max_retries\", or ask for fewer rows or "
					 "less often."),
	},
	[STRIPE_ERROR_SERVER] = {
		ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
		gettext_noop("Stripe could not answer"),
		gettext_noop("The fault is on the server's side: try again later."),
	},
	[STRIPE_ERROR_RESOLVE] = {
		ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
		gettext_noop("could not find Stripe's host"),
		gettext_noop("Check the name service of the database server's machine and the "
					 "server options \"api_base\" and \"proxy\"."),
	},
	[STRIPE_ERROR_CONNECT] = {
		ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
		gettext_noop("could not connect to Stripe"),
		gettext_noop("Check the network of the database server's machine and the server "
					 "options \"api_base\" and \"proxy\"."),
	},
	[STRIPE_ERROR_NETWORK] = {
		ERRCODE_CONNECTION_FAILURE,
		gettext_noop("connection to Stripe was lost"),
		gettext_noop("Try again; if it recurs, look for a proxy or firewall that cuts "
					 "connections."),
	},
	[STRIPE_ERROR_TLS] = {
		ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
		gettext_noop("no secure connection to Stripe"),
		gettext_noop("If a proxy or a private authority issues the certificate, name the "
					 "authority's file in the server option \"ca_file\"."),
	},
	[STRIPE_ERROR_TIMEOUT] = {
		ERRCODE_CONNECTION_FAILURE,
		gettext_noop("Stripe did not answer in time"),
		gettext_noop("Raise the server options \"timeout\" or \"connect_timeout\", or "
					 "lower \"page_size\"."),
	},
	[STRIPE_ERROR_TOO_LARGE] = {
		ERRCODE_FDW_ERROR,
		gettext_noop("Stripe's answer is too large"),
		gettext_noop("Lower the option \"page_size\"."),
	},
	[STRIPE_ERROR_MALFORMED] = {
		ERRCODE_FDW_ERROR,
		gettext_noop("Stripe's answer can't be understood"),
		gettext_noop("Check that the server option \"api_base\" names Stripe's API, and "
					 "that no proxy answers in its place."),
	},
	[STRIPE_ERROR_CURSOR_LOST] = {
		ERRCODE_FDW_UNABLE_TO_CREATE_REPLY,
		gettext_noop("the list changed while it was being read"),
		gettext_noop("Run the query again."),
	},
	[STRIPE_ERROR_CONFIGURATION] = {
		ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE,
		gettext_noop("a connection setting can't be used"),
		gettext_noop("Check the server options \"api_base\", \"proxy\" and \"ca_file\"."),
	},
	[STRIPE_ERROR_OAUTH] = {
		ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
		gettext_noop("Stripe refused to sign in"),
		NULL,
	},
};

static char *one_line_utf8(const char *text);
static char *utf8_to_server(char *text);
static char *build_detail(const StripeError *error);

void
stripe_raise(const StripeError *error)
{
	const ErrorKindInfo *kind;
	char	   *message;
	char	   *detail;
	char	   *request;
	const char *hint;

	/* A cancelled query reports the cancel, not what the cancel has broken. */
	CHECK_FOR_INTERRUPTS();

	Assert(error->kind > STRIPE_ERROR_NONE && error->kind < STRIPE_NUM_ERROR_KINDS);
	kind = &error_kinds[error->kind];

	message = stripe_present(error->message, MAX_REMOTE_TEXT);
	detail = build_detail(error);
	request = stripe_present(error->request, MAX_REMOTE_TEXT);
	hint = error->hint ? error->hint : kind->hint;

	ereport(ERROR,
			errcode(kind->sqlstate),
			message ? errmsg("%s: %s", _(kind->summary), message) :
					  errmsg("%s", _(kind->summary)),
			detail ? errdetail("%s", detail) : 0,
			hint ? errhint("%s", _(hint)) : 0,
			request ? errcontext("Stripe request: %s", request) : 0);
}

/*
 * "HTTP status 401, code "…", parameter "…", request req_…, 3 attempts.", of
 * which each part is left out if unknown; NULL if all are.
 */
static char *
build_detail(const StripeError *error)
{
	StringInfoData buf;
	char	   *code = stripe_present(error->code, MAX_REMOTE_WORD);
	char	   *type = stripe_present(error->type, MAX_REMOTE_WORD);
	char	   *param = stripe_present(error->param, MAX_REMOTE_WORD);
	char	   *request_id = stripe_present(error->request_id, MAX_REMOTE_WORD);

	initStringInfo(&buf);
	if (error->http_status > 0)
		appendStringInfo(&buf, _(", HTTP status %d"), error->http_status);
	if (code != NULL)
		appendStringInfo(&buf, _(", code \"%s\""), code);
	else if (type != NULL)
		appendStringInfo(&buf, _(", type \"%s\""), type);
	if (param != NULL)
		appendStringInfo(&buf, _(", parameter \"%s\""), param);
	if (request_id != NULL)
		appendStringInfo(&buf, _(", request %s"), request_id);
	if (error->attempts > 1)
		appendStringInfo(&buf, _(", %d attempts"), error->attempts);

	if (buf.len == 0)
		return NULL;
	appendStringInfoChar(&buf, '.');

	/* Without the leading ", ", and with a capital if a word begins it. */
	buf.data[2] = pg_ascii_toupper((unsigned char) buf.data[2]);
	return buf.data + 2;
}

char *
stripe_present(const char *text, int max_bytes)
{
	char	   *shown;
	int			len;

	if (text == NULL)
		return NULL;

	shown = utf8_to_server(one_line_utf8(secret_redact(text)));
	len = strlen(shown);
	if (len == 0)
		return NULL;

	if (len > max_bytes)
	{
		shown[pg_mbcliplen(shown, len, max_bytes)] = '\0';
		shown = psprintf("%s...", shown);
	}
	return shown;
}

/*
 * A copy of text in which each run of white space and control characters is
 * one space (none at the ends) and each byte that is not UTF-8 a "?".
 */
static char *
one_line_utf8(const char *text)
{
	StringInfoData buf;
	int			left = strlen(text);

	initStringInfo(&buf);
	while (left > 0)
	{
		unsigned char c = (unsigned char) *text;
		int			len = 1;

		if (c <= ' ' || c == 0x7f)
		{
			if (buf.len > 0 && buf.data[buf.len - 1] != ' ')
				appendStringInfoChar(&buf, ' ');
		}
		else if (!IS_HIGHBIT_SET(c))
			appendStringInfoChar(&buf, *text);
		else
		{
			len = Min(pg_utf_mblen((const unsigned char *) text), left);
			if (pg_encoding_verifymbchar(PG_UTF8, text, len) == len)
				appendBinaryStringInfo(&buf, text, len);
			else
			{
				appendStringInfoChar(&buf, '?');
				len = 1;
			}
		}
		text += len;
		left -= len;
	}
	if (buf.len > 0 && buf.data[buf.len - 1] == ' ')
		buf.data[--buf.len] = '\0';

	return buf.data;
}

/*
 * Valid UTF-8 in the server's encoding.  Unlike pg_any_to_server() this never
 * fails: a character that the encoding lacks becomes a "?", so that an error
 * of Stripe's is never hidden by an error about its text.
 */
static char *
utf8_to_server(char *text)
{
	int			encoding = GetDatabaseEncoding();
	int			left = strlen(text);
	unsigned char *src = (unsigned char *) text;
	StringInfoData buf;
	Oid			proc = InvalidOid;

	if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII)
		return text;

	/* Looking the conversion up needs the catalogs. */
	if (IsTransactionState())
		proc = FindDefaultConversionProc(PG_UTF8, encoding);

	initStringInfo(&buf);
	while (left > 0)
	{
		int			len = Min(pg_utf_mblen(src), left);

		if (len == 1)
			appendStringInfoChar(&buf, (char) *src);
		else
		{
			unsigned char converted[5 * MAX_CONVERSION_GROWTH + 1];

			if (OidIsValid(proc) &&
				pg_do_encoding_conversion_buf(proc, PG_UTF8, encoding, src, len,
											  converted, sizeof(converted), true) == len)
				appendStringInfoString(&buf, (char *) converted);
			else
				appendStringInfoChar(&buf, '?');
		}
		src += len;
		left -= len;
	}
	return buf.data;
}
