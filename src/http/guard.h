/*-------------------------------------------------------------------------
 *
 * guard.h
 *		What a request must not be: checked before libcurl sees it.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_GUARD_H
#define STRIPE_GUARD_H

#include "postgres.h"

#include "http/http.h"

/*
 * NULL if the request may be sent, or a constant reason why not: the URL or the
 * proxy is none, a header or the bearer token could break out of its line, or
 * the token would cross a network in the clear.
 */
extern const char *http_guard(const HttpRequest *request);

/*
 * NULL if a proxy may be set, or a sentence that says why not.  A password in
 * it would stand where everybody can read it.
 */
extern const char *http_check_proxy(const char *proxy);

#endif							/* STRIPE_GUARD_H */
