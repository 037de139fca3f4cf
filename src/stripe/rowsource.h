/*-------------------------------------------------------------------------
 *
 * rowsource.h
 *		The one interface between the executor and Stripe's API: a stream of
 *		objects.  Kinds of sources compose; the scan never knows which it has.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_ROWSOURCE_H
#define STRIPE_ROWSOURCE_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "json/json.h"
#include "stripe/catalog.h"
#include "stripe/request.h"

typedef struct StripeParam
{
	const char *name;			/* "customer", "created[gte]" */
	const char *value;			/* in UTF-8, not yet encoded */
	const StripeFilter *filter; /* NULL: a default */
} StripeParam;

/* What is asked for, with all values known. */
typedef struct StripeQuery
{
	const StripeResource *resource;
	const char *id;				/* retrieve this one (UTF-8); NULL: list */
	List	   *params;			/* of StripeParam *, in the order sent */
	const StripeParam *only;	/* one of several queries of a union: the parameter
								 * in which they differ */
	List	   *expand;			/* of char *: paths within an object */
	int			page_size;		/* objects a page, 1 to 100 */
	int			first_page_size;	/* of the first page: smaller if few rows are wanted */
	int			concurrency;	/* requests in flight, at most; 1: each page
								 * only when its first row is asked for */
	bool		ordered;		/* rows must come in the list's own order */
	double		wanted;			/* rows that the query can use, a guess that
								 * holds back what is asked for in advance; 0:
								 * unknown */
} StripeQuery;

/*
 * Whether to ask for more in advance: rows handed out, and those that come
 * anyway.  Who wants more rows than were thought to be wanted tests them
 * locally, and how many it takes nobody knows.
 */
static inline bool
stripe_wants_more(const StripeQuery *query, double handed_out, double coming)
{
	return query->wanted <= 0 || handed_out >= query->wanted ||
		   handed_out + coming < query->wanted;
}

typedef struct StripeRowSource StripeRowSource;

typedef struct StripeRowSourceMethods
{
	/* The next object, valid until the next call and the caller's to change; NULL at the end. */
	JsonValue *(*next)(StripeRowSource *source);
	/* Asks for what the first row needs, without waiting for it. */
	void (*begin)(StripeRowSource *source);
	/* Gives back what it holds; no request is made. */
	void (*close)(StripeRowSource *source);
} StripeRowSourceMethods;

/* The head of every kind of source. */
struct StripeRowSource
{
	const StripeRowSourceMethods *methods;
	const StripeConnection *connection;
	const StripeQuery *query;	/* the first, if there are several */
	StripeStats *stats;			/* the caller's; outlives the source */
	MemoryContext context;		/* everything of this source; close deletes it */
};

/*
 * Opens the source that can answer a list of StripeQuery *; sends nothing
 * yet.  The connection, the queries and the statistics must outlive it.
 *
 * If there are several queries, no two of them have a row in common: they
 * look different ids up, or differ in the value of "only".
 */
extern StripeRowSource *stripe_rowsource_open(const StripeConnection *connection, List *queries,
											  StripeStats *stats, MemoryContext context);

static inline JsonValue *
stripe_rowsource_next(StripeRowSource *source)
{
	return source->methods->next(source);
}

/* Before the first "next", if at all. */
static inline void
stripe_rowsource_begin(StripeRowSource *source)
{
	source->methods->begin(source);
}

static inline void
stripe_rowsource_close(StripeRowSource *source)
{
	source->methods->close(source);
}

/* The kinds. */
extern StripeRowSource *stripe_list_open(MemoryContext context);
extern StripeRowSource *stripe_range_scan_open(MemoryContext context);
extern StripeRowSource *stripe_retrieve_open(MemoryContext context, List *queries);
extern StripeRowSource *stripe_union_open(MemoryContext context, List *queries);

/*
 * Whether the list can be read by the time of creation: it takes bounds of it,
 * and nothing that is asked for gives it another order.
 */
extern bool stripe_is_by_creation(const StripeQuery *query);

/*
 * Shared by the kinds.  Appends "?expand[]=…" to target; prefix is "data." for
 * a list.
 */
extern void stripe_append_expand(StringInfo target, const StripeQuery *query, const char *prefix);

/*
 * These raise an error about target's answer.  stripe_check_object: if value
 * is not an object with an id.  stripe_check_kind: if its "object" is not the
 * resource's; an answer that is one object might be something else, and a
 * list's kind may have had another name under an older API version.
 */
extern void stripe_check_object(const StripeQuery *query, const JsonValue *value,
								const char *target, const char *request_id);
extern void stripe_check_kind(const StripeQuery *query, const JsonValue *value,
							  const char *target, const char *request_id);

/* Whether the scalar at a path of names (of an object there: its id) reads so. */
extern bool stripe_value_is(const JsonValue *row, const char *field, const char *wanted);

/*
 * Whether a plain list would have the row too, or the query asks for what
 * plain lists leave out: see StripeListRule.
 */
extern bool stripe_is_listed(const StripeQuery *query, const JsonValue *row);

#endif							/* STRIPE_ROWSOURCE_H */
