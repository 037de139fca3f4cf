/*-------------------------------------------------------------------------
 *
 * url.h
 *		Building and checking URLs.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_URL_H
#define STRIPE_URL_H

#include "postgres.h"

#include "lib/stringinfo.h"

/*
 * Appends value (UTF-8, as all of a URL) percent-encoded: everything but RFC
 * 3986's unreserved characters.  A value that is "." or ".." is encoded too, so that no path
 * segment is ever a dot segment.
 */
extern void url_append_encoded(StringInfo buf, const char *value);

/*
 * Appends "name=value" to a query, with "?" or "&" as needed before it.
 * Brackets in the name are left as they are (Stripe takes both forms).
 */
extern void url_append_param(StringInfo buf, const char *name, const char *value);

/*
 * Whether host, as it stands in a URL, is this machine: "localhost", a dotted
 * address in 127.0.0.0/8, or "[::1]".
 */
extern bool url_host_is_loopback(const char *host);

/* An absolute URL, taken apart.  Strings are palloc'd but for path. */
typedef struct UrlParts
{
	char	   *scheme;			/* lower case */
	bool		has_user;		/* a user name or password was there */
	char	   *host;			/* lower case; an IPv6 address in brackets */
	int			port;			/* 0: none given */
	const char *path;			/* and query and fragment; in the URL itself */
} UrlParts;

/* false, with *why set to a constant reason, if host or port is not valid. */
extern bool url_split(const char *url, UrlParts *parts, const char **why);

/*
 * Checks and normalises a base URL ("https://api.stripe.com/v1/" becomes
 * "https://api.stripe.com").  Accepted: https, or http to a loopback host
 * (localhost, 127.0.0.0/8, [::1]); no user info, query or fragment; no path
 * but /v1.  Returns a palloc'd string, or NULL with *why set to a constant
 * sentence ("Plain http is accepted for a loopback address only.").
 */
extern char *url_normalize_base(const char *url, const char **why);

#endif							/* STRIPE_URL_H */
