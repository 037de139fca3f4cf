/*-------------------------------------------------------------------------
 *
 * columns.h
 *		What each column of a foreign table stands for: a field, the whole
 *		object, or a filter whose value it echoes.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_COLUMNS_H
#define STRIPE_COLUMNS_H

#include "postgres.h"

#include "nodes/pg_list.h"

#include "base/compat.h"
#include "stripe/catalog.h"

typedef enum StripeColumnRole
{
	STRIPE_COLUMN_FIELD,		/* the value at path */
	STRIPE_COLUMN_ATTRS,		/* the whole object */
	STRIPE_COLUMN_FILTER,		/* the value that the list was filtered by */
	STRIPE_COLUMN_GONE			/* a field that Stripe removed: an error when used */
} StripeColumnRole;

/* One step of what expand[] does: Stripe sends an object where an id was, or a member more. */
typedef struct StripeExpansion
{
	const char *path;			/* within the object: "customer", "items.data.price" */
	List	   *segments;		/* the same, as char * */
	bool		includable;		/* a member that is absent otherwise */
} StripeExpansion;

typedef struct StripeColumn
{
	int			attnum;
	const char *name;
	Oid			type;
	int32		typmod;
	StripeColumnRole role;
	List	   *path;			/* of char *: segments within the object */
	const char *field;			/* FIELD: the path as filters name it, "parent.type";
								 * NULL if no filter could */
	StripeKind	kind;			/* of the value at path */
	StripePick	pick;			/* for a moved field whose path crosses an array */
	bool		picks;			/* … and whether it is one */
	List	   *expansions;		/* of StripeExpansion *: what must be expanded to
								 * see it, outermost first */
	const StripeFilter *filter; /* FILTER */
	const StripeMovedField *moved;	/* GONE, or a moved field; else NULL */
} StripeColumn;

typedef struct StripeTable
{
	Oid			relid;
	const char *name;
	const StripeResource *resource;
	const char *api_version;
	int			page_size;
	int			ncolumns;		/* = number of attributes */
	StripeColumn *columns;		/* by attnum - 1; attnum 0: dropped */
} StripeTable;

/*
 * Resolves a foreign table against the catalogue.  Errors: an unknown object
 * or column (with the nearest name as a hint).  All in the current context.
 */
extern StripeTable *stripe_table_resolve(Oid relid);

/* Raises the error for a GONE column. */
pg_noreturn extern void stripe_column_gone(const StripeTable *table, const StripeColumn *column);

/* "checkout/sessions", "/v1/checkout/sessions" or "checkout_sessions"; NULL if unknown. */
extern const StripeResource *stripe_resolve_object(const char *object);

/* The object with the nearest name, or NULL; and a hint that says so, for ereport. */
extern const char *stripe_nearest_object(const char *object);
extern int	stripe_hint_object(const char *object);

/* Splits a path at its dots; NIL if a segment is empty. */
extern List *stripe_path_split(const char *path);

/* The type that a value of this kind has in imported tables. */
extern Oid	stripe_kind_type(StripeKind kind);
extern const char *stripe_kind_type_name(StripeKind kind);

/* "expandable", "decimal_string": what stripe_columns() calls it */
extern const char *stripe_kind_name(StripeKind kind);

/* A palloc'd copy in UTF-8. */
extern char *stripe_to_utf8(const char *text);

#endif							/* STRIPE_COLUMNS_H */
