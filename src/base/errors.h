/*-------------------------------------------------------------------------
 *
 * errors.h
 *		Errors that come from Stripe or from the network: the one place that
 *		maps them to an SQLSTATE and raises them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ERRORS_H
#define STRIPE_ERRORS_H

#include "postgres.h"

#include "base/compat.h"

typedef enum StripeErrorKind
{
	STRIPE_ERROR_NONE,
	STRIPE_ERROR_AUTHENTICATION,	/* 401 */
	STRIPE_ERROR_PERMISSION,	/* 403 */
	STRIPE_ERROR_NOT_FOUND,		/* 404 where no row is not an answer */
	STRIPE_ERROR_INVALID_REQUEST,	/* 400, 402, 409, 424 … */
	STRIPE_ERROR_RATE_LIMIT,	/* 429 after all retries */
	STRIPE_ERROR_SERVER,		/* 5xx after all retries */
	STRIPE_ERROR_RESOLVE,		/* host name not found */
	STRIPE_ERROR_CONNECT,		/* refused, unreachable */
	STRIPE_ERROR_NETWORK,		/* connection lost, body cut short */
	STRIPE_ERROR_TLS,			/* certificate not trusted, handshake failed */
	STRIPE_ERROR_TIMEOUT,		/* connect_timeout or timeout passed */
	STRIPE_ERROR_TOO_LARGE,		/* body over the limit */
	STRIPE_ERROR_MALFORMED,		/* not JSON, not a list, too deep … */
	STRIPE_ERROR_CURSOR_LOST,	/* the list changed, and can't be gone on with */
	STRIPE_ERROR_CONFIGURATION, /* bad ca_file, proxy … */
	STRIPE_ERROR_OAUTH,			/* 4xx of an OAuth endpoint */
	STRIPE_NUM_ERROR_KINDS
} StripeErrorKind;

/*
 * Everything known of a remote failure.  Strings may be NULL; they are
 * redacted (secret_redact) when raised, so nothing that a server echoes can
 * show a key.
 */
typedef struct StripeError
{
	StripeErrorKind kind;
	int			http_status;	/* 0: there was none */
	const char *message;		/* Stripe's own, or the transport's */
	const char *code;			/* "resource_missing" */
	const char *type;			/* "invalid_request_error" */
	const char *param;
	const char *request_id;		/* "req_…" */
	const char *request;		/* "GET /v1/charges": for the context line */
	const char *hint;			/* constant; NULL: the kind's own */
	int			attempts;		/* how often it was asked */
} StripeError;

/*
 * Raises the error (never returns).  Primary message: one line with Stripe's
 * or the transport's message.  Detail: code, param, status, request id,
 * attempts.  Hint: what the user can do.  Interrupts are checked first, so
 * that a cancelled query reports the cancel.
 */
pg_noreturn extern void stripe_raise(const StripeError *error);

/*
 * Makes a remote text (UTF-8) fit to be shown: redacted, one line, in the
 * server's encoding as far as that has its characters, at most max_bytes long.
 * NULL if text is NULL or blank.
 */
extern char *stripe_present(const char *text, int max_bytes);

#endif							/* STRIPE_ERRORS_H */
