/*-------------------------------------------------------------------------
 *
 * form.h
 *		JSON as parameters of a request.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_FORM_H
#define STRIPE_FORM_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "utils/jsonb.h"

#include "stripe/catalog.h"

/*
 * Flattens an array or an object as Stripe takes them: "lines[0][quantity]=2".
 * Returns a list of StripeParam *; NIL if there is anything in it that can't be
 * said so (null, nothing at all, a name of other characters than Stripe's), or
 * if it is too long for a URL.
 */
extern List *stripe_form_params(const StripeFilter *filter, Jsonb *json);

/*
 * A text in UTF-8; NULL if it is too long, or of an unknown encoding.
 */
extern char *stripe_form_text(const char *text, size_t len);

#endif							/* STRIPE_FORM_H */
