/*-------------------------------------------------------------------------
 *
 * pager.h
 *		Going through a list page by page by its cursor, one request at a time.
 *
 * What a cursor was begun with it keeps to its end: Stripe may answer a cursor
 * of one window with nothing in another.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_PAGER_H
#define STRIPE_PAGER_H

#include "postgres.h"

#include "stripe/call.h"
#include "stripe/ranges.h"
#include "stripe/rowsource.h"

/* A window of time; see ranges.h. */
typedef struct StripeWindow
{
	int64		lower;
	int64		upper;
} StripeWindow;

/* A page as it has come; lives in a context of its own. */
typedef struct StripePage
{
	MemoryContext context;
	JsonDocument *document;		/* NULL if packed */
	char	   *body;			/* its text, if it can be packed; or NULL */
	size_t		body_len;
	const JsonValue *rows;		/* in the document */
	int			nrows;
	int64	   *created;		/* of each row; NULL if not all have a time */
	bool	   *repeated;		/* rows to be left out; NULL: none */
	int			position;		/* of the next row to hand out */
	int			end;			/* behind the last row to hand out */
	bool		has_more;		/* the list goes on after it */
	double		seconds;		/* that it took to come */
} StripePage;

typedef struct StripePager StripePager;

/* What the pagers of one source have in common. */
typedef struct StripePagerBase
{
	StripeRowSource *source;
	const StripeFilter *created;	/* the filter by time of creation, or NULL */
	List	   *dropped;		/* of StripeParam *: left out, see pager.c */
	bool		packs;			/* pages may be packed */
} StripePagerBase;

/* Prepares base for a source; sends nothing. */
extern void stripe_pager_prepare(StripePagerBase *base, StripeRowSource *source);

/* The window of the query's own parameters. */
extern StripeWindow stripe_pager_window(const StripePagerBase *base);

/*
 * A pager in context.  window: NULL to send the query's own parameters.
 */
extern StripePager *stripe_pager_create(StripePagerBase *base, const StripeWindow *window,
										MemoryContext context);

/* Begins to ask for the next page. */
extern void stripe_pager_ask(StripePager *pager);

/* The call under way, or NULL. */
extern StripeCall *stripe_pager_call(const StripePager *pager);

/*
 * Takes the page, once the call is done.  NULL: the pager had to begin
 * another call for it.
 */
extern StripePage *stripe_pager_take(StripePager *pager);

/* Asks, unless it has, waits and takes. */
extern StripePage *stripe_pager_next(StripePager *pager);

/*
 * Whether the rows so far have come newest first, each with its time: then a
 * window of them can be read apart from the others.
 */
extern bool stripe_pager_in_order(const StripePager *pager);

/* Raises the error that the rows should have been in order. */
pg_noreturn extern void stripe_pager_raise_disorder(const StripePager *pager);

/* Aborts what is under way; the pages that it has brought stay. */
extern void stripe_pager_free(StripePager *pager);

/* The next row of a page, or NULL. */
extern JsonValue *stripe_page_next(StripePage *page);

/*
 * Keeps of a page that is not read soon nothing but its text, which takes a
 * tenth of the memory; reading it parses it again.
 */
extern void stripe_page_pack(StripePage *page);

/* Frees a page. */
extern void stripe_page_free(StripePage *page);

#endif							/* STRIPE_PAGER_H */
