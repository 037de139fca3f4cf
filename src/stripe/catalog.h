/*-------------------------------------------------------------------------
 *
 * catalog.h
 *		What stripe_fdw knows of Stripe's API: resources, fields and filters.
 *
 * The tables themselves are generated (catalog_data.c, by tools/catalog) from
 * Stripe's own TypeScript declarations and a hand-written overlay.  Nothing
 * about a single resource is written in C.  All data is const and shared by
 * all backends; nothing in here allocates or raises errors.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_CATALOG_H
#define STRIPE_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

/* The kind of a value; DESIGN: it decides the type of an imported column. */
typedef enum StripeKind
{
	STRIPE_KIND_STRING,			/* text; ids too */
	STRIPE_KIND_ENUM,			/* text with a list of known values */
	STRIPE_KIND_BOOLEAN,		/* boolean */
	STRIPE_KIND_INTEGER,		/* bigint; amounts are in minor units */
	STRIPE_KIND_DECIMAL,		/* numeric, sent as a JSON number */
	STRIPE_KIND_DECIMAL_STRING, /* numeric, sent as a JSON string */
	STRIPE_KIND_TIMESTAMP,		/* timestamptz, sent as unix seconds */
	STRIPE_KIND_DATETIME,		/* timestamptz, sent as an RFC 3339 string */
	STRIPE_KIND_EXPANDABLE,		/* text: the id; an object when expanded */
	STRIPE_KIND_OBJECT,			/* jsonb */
	STRIPE_KIND_LIST,			/* jsonb: {object: "list", data: [...]} */
	STRIPE_KIND_ARRAY,			/* jsonb */
	STRIPE_KIND_MAP,			/* jsonb: arbitrary keys (metadata) */
	STRIPE_KIND_ANY				/* jsonb: a union of several of the above */
} StripeKind;

typedef struct StripeType StripeType;

typedef struct StripeField
{
	const char *name;
	StripeKind	kind;
	bool		nullable;		/* may be JSON null */
	bool		optional;		/* may be absent */
	bool		includable;		/* absent unless asked for with expand[] */
	bool		closed_enum;	/* false: Stripe may add values over time */
	const char *const *enum_values; /* NULL-terminated; NULL if none */
	const char *target;			/* EXPANDABLE: the type(s) it expands to, by
								 * name, separated by '|' */
	const StripeType *type;		/* OBJECT: its type; LIST, ARRAY: type of an
								 * element; EXPANDABLE with one target: that
								 * type; NULL if not an object or unknown */
	const char *doc;			/* first sentence; NULL below the top level */
} StripeField;

struct StripeType
{
	const char *name;			/* "Charge", "Charge.BillingDetails" */
	const char *object;			/* value of the field "object", or NULL */
	const StripeField *fields;
	int			nfields;
};

/* How a list parameter is matched by Stripe. */
typedef enum StripeFilterOp
{
	STRIPE_FILTER_EQ,			/* param=value; JSON, flattened: param[0][name]=value */
	STRIPE_FILTER_RANGE,		/* param=value, param[gt|gte|lt|lte]=value */
	STRIPE_FILTER_AFTER,		/* param=value keeps field > value (or >=) */
	STRIPE_FILTER_BEFORE,		/* param=value keeps field < value (or <=) */
	STRIPE_FILTER_ANY_OF		/* param[]=v1&param[]=v2 */
} StripeFilterOp;

/* A parameter with a value that goes with others. */
typedef struct StripeFixedParam
{
	const char *param;
	const char *value;
} StripeFixedParam;

typedef struct StripeFilter
{
	const char *param;			/* "customer", "recurring[interval]" */
	StripeFilterOp op;
	StripeKind	kind;			/* of the value (element for ANY_OF) */
	const char *field;			/* the field it filters, as a path
								 * ("date", "recurring.interval"); NULL when
								 * no field holds what it asks for */
	const char *column;			/* the column by which it is asked for, where it is
								 * not a field at the top level, or within one;
								 * else NULL.  It shows the field, or without one
								 * the value asked for. */
	bool		required;		/* the list can't be asked for without it */
	bool		superset;		/* Stripe may match more than SQL's "=" does
								 * (case folding …); never less */
	bool		lasting;		/* its values are ids of objects that are found for
								 * ever: one that Stripe calls missing has no
								 * rows */
	bool		excludes_cursor;	/* can't be sent with starting_after */
	bool		reorders;		/* sent, the list is no longer newest first */
	const StripeFixedParam *companions; /* must be sent along with it */
	int			ncompanions;
	int			max_values;		/* ANY_OF; 0 = no limit known */
	const char *const *enum_values; /* NULL-terminated; NULL if none */
	bool		closed_enum;
	const char *doc;			/* first sentence */
} StripeFilter;

typedef enum StripePaging
{
	STRIPE_PAGING_CURSOR,		/* limit, starting_after, has_more */
	STRIPE_PAGING_NONE,			/* one answer is the whole list */
	STRIPE_PAGING_V2			/* limit, next_page_url */
} StripePaging;

typedef enum StripeLevel
{
	STRIPE_LEVEL_TOP,			/* /v1/charges */
	STRIPE_LEVEL_NESTED,		/* /v1/customers/{customer}/tax_ids */
	STRIPE_LEVEL_SINGLETON,		/* /v1/balance */
	STRIPE_LEVEL_RETRIEVE		/* retrieve only, no list */
} StripeLevel;

/* Which values of a field a plain list shows. */
typedef enum StripeShows
{
	STRIPE_SHOWS_NULL,			/* null or absent */
	STRIPE_SHOWS_IS,			/* this one */
	STRIPE_SHOWS_NOT			/* any but this one */
} StripeShows;

/*
 * What a plain list leaves out, but a look-up or a list with some filter may
 * find.  So that what a table has does not depend on how it is read, such
 * rows are left out whatever was asked, unless "param" was.
 */
typedef struct StripeListRule
{
	const char *field;
	StripeShows shows;
	const char *value;			/* as text; NULL for SHOWS_NULL */
	const char *param;			/* the filter that asks for the others, or NULL */
} StripeListRule;

typedef struct StripeResource
{
	const char *name;			/* the table's name: "checkout_sessions" */
	const char *family;			/* remote schema: "core", "billing", … */
	int			api;			/* 1 or 2 */
	StripeLevel level;
	const char *list_path;		/* "/v1/charges"; a nested list holds its
								 * parent as "{customer}" */
	const char *retrieve_path;	/* "/v1/charges/{id}"; each NULL if Stripe
								 * has no such call */
	const char *const *reserved_ids;	/* words that make of retrieve_path another
										 * call ("search"); NULL-terminated; NULL
										 * if none */
	const char *create_path;
	const char *update_path;
	const char *delete_path;
	const char *search_path;
	StripePaging paging;
	bool		newest_first;	/* the list's order is created DESC, and
								 * Stripe says so */
	const char *created_field;	/* field that "created" filters, or NULL */
	const StripeType *type;		/* of an element */
	const StripeFilter *filters;
	int			nfilters;
	const StripeFixedParam *defaults;	/* sent unless the query itself does: status=all */
	int			ndefaults;
	const StripeListRule *rules;
	int			nrules;
	int			rows;			/* thought to be there as long as nobody knows */
	int			days;			/* over which they are thought to have been
								 * created */
	const char *omits;			/* rows that the list leaves out whatever is
								 * asked, as a sentence; NULL if none known */
	const char *doc;			/* what an object is, one sentence */
} StripeResource;

/* How a moved field picks one value when its path crosses an array. */
typedef enum StripePick
{
	STRIPE_PICK_FIRST,
	STRIPE_PICK_MIN,
	STRIPE_PICK_MAX,
	STRIPE_PICK_DEFAULT			/* the element whose is_default is true */
} StripePick;

/*
 * A field under a name it had in an older API version.
 *
 * With api_version >= "since" the value is at "path" (NULL: it is gone);
 * with an older one it is where it was, under "name".
 */
typedef struct StripeMovedField
{
	const char *resource;		/* table name */
	const char *name;			/* the old name; may be a path */
	StripeKind	kind;			/* as it was and still reads */
	const char *since;			/* "2025-03-31.basil": the version that moved
								 * or removed it */
	const char *path;			/* where it is now, "items.data.current_period_end" */
	StripePick	pick;
	const char *hint;			/* what to use instead, for gone fields */
} StripeMovedField;

/* catalog_data.c */
extern const char stripe_catalog_api_version[]; /* "2026-10-28.endive" */
extern const char stripe_catalog_source[];	/* "stripe 23.1.0" */
extern const StripeResource stripe_resources[];
extern const int stripe_nresources;
extern const StripeMovedField stripe_moved_fields[];
extern const int stripe_nmoved_fields;

/* catalog.c */
extern const StripeResource *stripe_find_resource(const char *name);
extern bool stripe_is_family(const char *name);
extern const StripeField *stripe_find_field(const StripeType *type, const char *name);
extern const StripeFilter *stripe_find_filter(const StripeResource *resource, const char *param);
extern const StripeFilter *stripe_find_filter_column(const StripeResource *resource,
													 const char *column);
extern const StripeMovedField *stripe_find_moved(const StripeResource *resource, const char *name);
extern bool stripe_moved_since(const StripeMovedField *moved, const char *api_version);
extern bool stripe_enum_has(const char *const *values, const char *value);

#endif							/* STRIPE_CATALOG_H */
