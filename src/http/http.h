/*-------------------------------------------------------------------------
 *
 * http.h
 *		HTTP requests under PostgreSQL's latch: libcurl's multi interface, the
 *		wait loop and the size limits.  http.c is the only includer of
 *		curl.h; nothing in here knows of Stripe or of foreign tables.
 *
 * Each backend has one multi handle, which keeps connections open between
 * requests and queries.  A transfer belongs to a memory context: it is
 * aborted and freed when the context goes, normally or by an error.
 *
 * Never done: following a redirect (a 3xx is an answer like any other), asking
 * the environment for a proxy, and sending a bearer token over plain http to,
 * or by way of, another machine (HTTP_FAIL_CONFIGURATION).
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_HTTP_H
#define STRIPE_HTTP_H

#include "postgres.h"

#include "base/secret.h"

typedef enum HttpFailure
{
	HTTP_OK,					/* a complete answer, whatever its status */
	HTTP_FAIL_RESOLVE,
	HTTP_FAIL_CONNECT,
	HTTP_FAIL_TLS,
	HTTP_FAIL_CERTIFICATE,		/* TLS: certificate not trusted: no retry */
	HTTP_FAIL_TIMEOUT,
	HTTP_FAIL_RESET,			/* connection lost, body cut short */
	HTTP_FAIL_PROTOCOL,			/* not HTTP, bad encoding */
	HTTP_FAIL_TOO_LARGE,		/* body or headers over the limit */
	HTTP_FAIL_CONFIGURATION		/* ca_file unreadable, bad proxy … */
} HttpFailure;

typedef struct HttpHeader
{
	const char *name;
	const char *value;
} HttpHeader;

typedef struct HttpRequest
{
	const char *method;			/* "GET" */
	const char *url;			/* complete, encoded; http or https */
	const HttpHeader *headers;
	int			nheaders;
	const Secret *bearer;		/* Authorization: Bearer …; NULL: none */
	bool		basic;			/* send it as the user name of Basic instead */
	const char *body;			/* NULL: none */
	size_t		body_len;
	int			connect_timeout;	/* ms */
	int			timeout;		/* ms, for the whole transfer */
	const char *proxy;			/* as libcurl; NULL: none, the environment is
								 * never asked */
	const char *ca_file;		/* NULL: the system's */
	size_t		max_body;		/* bytes after decompression */
} HttpRequest;

/* What came back; valid until the transfer is freed. */
typedef struct HttpResponse
{
	HttpFailure failure;
	char		error[256];		/* libcurl's message if failure != HTTP_OK */
	int			status;			/* 200 …; 0 if no status line came */
	const char *body;			/* never NULL; NUL-terminated, but may hold
								 * NULs; incomplete if failure != HTTP_OK */
	size_t		body_len;
	const char *content_type;	/* each NULL if absent */
	const char *request_id;		/* Request-Id */
	const char *retry_after;	/* Retry-After, as sent */
	const char *date;			/* Date, as sent */
	const char *should_retry;	/* Stripe-Should-Retry, as sent */
	const char *rate_limited_reason;	/* Stripe-Rate-Limited-Reason */
	uint64		bytes;			/* body bytes received, still compressed */
	double		seconds;		/* from start to end */
	bool		replayed;		/* Idempotent-Replayed: true */
	bool		reused;			/* sent on a connection that was open already */
	bool		sent;			/* some of the request may have been */
} HttpResponse;

typedef struct HttpTransfer HttpTransfer;

/*
 * Starts a request; the transfer belongs to context.  Copies what it needs,
 * and sends what can be sent without waiting.  Its timeouts run from here on,
 * also while nobody is in http_wait().  A request that can't be made becomes a
 * finished transfer with a failure; an error is raised only if this process
 * lacks memory or file descriptors, or libcurl is unusable.
 */
extern HttpTransfer *http_start(const HttpRequest *request, MemoryContext context);

/*
 * Drives all transfers of the backend until one of these is done, or until
 * timeout ms have passed (-1: no limit).  Returns a finished one or NULL on
 * timeout.  Interruptible: may raise an error (cancel, terminate), after
 * which nothing but the transfers' contexts needs to be cleaned up.
 */
extern HttpTransfer *http_wait(HttpTransfer *const *transfers, int ntransfers, long timeout);

/* Whether it has ended, as far as is known without waiting. */
extern bool http_done(const HttpTransfer *transfer);

extern const HttpResponse *http_response(const HttpTransfer *transfer);
extern void http_free(HttpTransfer *transfer);

/* Sleeps interruptibly while other transfers go on; ms. */
extern void http_sleep(long ms);

/* "libcurl/7.88.1 OpenSSL/3.0.19 …" */
extern const char *http_library_version(void);

#endif							/* STRIPE_HTTP_H */
