/*-------------------------------------------------------------------------
 *
 * columns.c
 *		What each column of a foreign table stands for.
 *
 * A column's path is walked through the catalogue's types, so that a
 * misspelt name is an error and never a column of NULLs, and so that a value
 * which Stripe sends on demand only is asked for with expand[].
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "foreign/foreign.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/closest.h"
#include "fdw/columns.h"
#include "fdw/options.h"

/* Stripe expands four levels deep at most, of which a list's "data" is one. */
#define MAX_EXPAND_LEVELS 3

/* What each kind of value is called, and its type in imported tables. */
static const struct
{
	const char *name;
	Oid			type;
	const char *type_name;
} kinds[] = {
	[STRIPE_KIND_STRING] = {"string", TEXTOID, "text"},
	[STRIPE_KIND_ENUM] = {"enum", TEXTOID, "text"},
	[STRIPE_KIND_BOOLEAN] = {"boolean", BOOLOID, "boolean"},
	[STRIPE_KIND_INTEGER] = {"integer", INT8OID, "bigint"},
	[STRIPE_KIND_DECIMAL] = {"decimal", NUMERICOID, "numeric"},
	[STRIPE_KIND_DECIMAL_STRING] = {"decimal_string", NUMERICOID, "numeric"},
	[STRIPE_KIND_TIMESTAMP] = {"timestamp", TIMESTAMPTZOID, "timestamptz"},
	[STRIPE_KIND_DATETIME] = {"datetime", TIMESTAMPTZOID, "timestamptz"},
	[STRIPE_KIND_EXPANDABLE] = {"expandable", TEXTOID, "text"},
	[STRIPE_KIND_OBJECT] = {"object", JSONBOID, "jsonb"},
	[STRIPE_KIND_LIST] = {"list", JSONBOID, "jsonb"},
	[STRIPE_KIND_ARRAY] = {"array", JSONBOID, "jsonb"},
	[STRIPE_KIND_MAP] = {"map", JSONBOID, "jsonb"},
	[STRIPE_KIND_ANY] = {"any", JSONBOID, "jsonb"},
};

StaticAssertDecl(lengthof(kinds) == STRIPE_KIND_ANY + 1, "a kind is missing");

Oid
stripe_kind_type(StripeKind kind)
{
	return kinds[kind].type;
}

const char *
stripe_kind_type_name(StripeKind kind)
{
	return kinds[kind].type_name;
}

const char *
stripe_kind_name(StripeKind kind)
{
	return kinds[kind].name;
}

char *
stripe_to_utf8(const char *text)
{
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);

	return utf8 == text ? pstrdup(text) : utf8;
}

List *
stripe_path_split(const char *path)
{
	List	   *segments = NIL;

	for (;;)
	{
		size_t		len = strcspn(path, ".");

		if (len == 0)
			return NIL;
		segments = lappend(segments, pnstrdup(path, len));
		if (path[len] == '\0')
			return segments;
		path += len + 1;
	}
}

const StripeResource *
stripe_resolve_object(const char *object)
{
	char	   *name;

	if (object[0] == '/')
		object++;
	if (strncmp(object, "v1/", 3) == 0)
		object += 3;
	name = pstrdup(object);
	for (char *c = name; *c; c++)
	{
		if (*c == '/')
			*c = '_';
	}
	return stripe_find_resource(name);
}

const char *
stripe_nearest_object(const char *object)
{
	ClosestName state;

	closest_init(&state, object);
	for (int i = 0; i < stripe_nresources; i++)
		closest_offer(&state, stripe_resources[i].name);
	return closest_get(&state);
}

int
stripe_hint_object(const char *object)
{
	const char *nearest = stripe_nearest_object(object);

	if (nearest != NULL)
		return errhint("Perhaps you meant the object \"%s\".", nearest);
	return errhint("SELECT * FROM stripe_resources(); lists the objects.");
}

/* The nearest name that would have been understood, with the path before it. */
static const char *
nearest_field(const StripeResource *resource, const StripeType *type, const char *name,
			  const char *prefix)
{
	ClosestName state;

	closest_init(&state, name);
	for (int i = 0; i < type->nfields; i++)
		closest_offer(&state, type->fields[i].name);
	if (type == resource->type)
	{
		for (int i = 0; i < resource->nfilters; i++)
		{
			if (resource->filters[i].column != NULL)
				closest_offer(&state, resource->filters[i].column);
		}
		for (int i = 0; i < stripe_nmoved_fields; i++)
		{
			if (strcmp(stripe_moved_fields[i].resource, resource->name) == 0)
				closest_offer(&state, stripe_moved_fields[i].name);
		}
	}
	if (closest_get(&state) == NULL)
		return NULL;
	return psprintf("%s%s", prefix, closest_get(&state));
}

static void
unknown_field(const StripeTable *table, const StripeColumn *column, const StripeType *type,
			  const char *name, const char *prefix)
{
	const char *nearest = nearest_field(table->resource, type, name, prefix);
	bool		is_filter = type == table->resource->type && prefix[0] == '\0' &&
		stripe_find_filter_column(table->resource, name) != NULL;

	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("column \"%s\" of foreign table \"%s\" names no field of Stripe's object \"%s\"",
					column->name, table->name, table->resource->name),
			 errdetail("There is no field \"%s%s\".", prefix, name),
			 is_filter ? errhint("It is a filter: call the column \"%s\" and leave out the option path.", name) :
			 nearest ? errhint("Perhaps you meant the field \"%s\".", nearest) :
					   errhint("SELECT * FROM stripe_columns('%s'); lists the fields.",
							   table->resource->name)));
}

static void
bad_path(const StripeTable *table, const StripeColumn *column, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("the path of column \"%s\" of foreign table \"%s\" leads nowhere",
					column->name, table->name),
			 errdetail("%s", detail)));
}

static bool
is_index(const char *segment)
{
	return segment[0] != '\0' && strspn(segment, "0123456789") == strlen(segment) &&
		   strlen(segment) < 9;
}

/* Notes that the field reached by path (without array indexes) has to be expanded. */
static void
need_expand(const StripeTable *table, StripeColumn *column, const char *path, bool includable)
{
	StripeExpansion *expansion = palloc(sizeof(StripeExpansion));

	expansion->path = stripe_to_utf8(path);
	expansion->segments = stripe_path_split(expansion->path);
	expansion->includable = includable;
	if (list_length(expansion->segments) > MAX_EXPAND_LEVELS)
		bad_path(table, column, "It needs more levels than Stripe expands.");
	column->expansions = lappend(column->expansions, expansion);
}

static const StripeField list_fields[] = {
	{.name = "data", .kind = STRIPE_KIND_ARRAY},
	{.name = "has_more", .kind = STRIPE_KIND_BOOLEAN},
	{.name = "object", .kind = STRIPE_KIND_STRING},
	{.name = "total_count", .kind = STRIPE_KIND_INTEGER},
	{.name = "url", .kind = STRIPE_KIND_STRING},
};

static const StripeType list_type = {"a list", "list", list_fields, lengthof(list_fields)};

/*
 * Walks column->path through the catalogue's types, from the resource's own.
 * Sets the kind of the value at its end, the path as filters name it, and
 * what has to be expanded on the way.
 */
static void
walk_path(const StripeTable *table, StripeColumn *column)
{
	const StripeType *type = table->resource->type;
	const StripeType *element = NULL;	/* of the array or list at hand */
	bool		ids = false;	/* … whose elements are ids that can be expanded */
	StripeKind	kind = STRIPE_KIND_OBJECT;
	StringInfoData walked;		/* with indexes, for messages */
	StringInfoData named;		/* without: for filters and expand[] */
	bool		filterable = true;	/* named says all of the path */
	ListCell   *lc;

	initStringInfo(&walked);
	initStringInfo(&named);
	foreach (lc, column->path)
	{
		const char *segment = lfirst(lc);
		const StripeField *field;

		if (kind == STRIPE_KIND_ARRAY)
		{
			bool		index = is_index(segment);

			kind = ids ? STRIPE_KIND_EXPANDABLE : element ? STRIPE_KIND_OBJECT : STRIPE_KIND_ANY;
			type = element;
			filterable = false;
			if (ids && (!index || lnext(column->path, lc)))
				need_expand(table, column, named.data, false);
			if (index)
			{
				appendStringInfo(&walked, "%s.", segment);
				continue;
			}
			if (!column->picks)
				bad_path(table, column,
						 psprintf("\"%.*s\" is an array: give the index of an element, as in \"%s0.%s\".",
								  walked.len - 1, walked.data, walked.data, segment));
		}
		if (kind == STRIPE_KIND_MAP || kind == STRIPE_KIND_ANY ||
			(type == NULL && (kind == STRIPE_KIND_EXPANDABLE || kind == STRIPE_KIND_OBJECT)))
		{
			/* Below this anything may be found. */
			kind = STRIPE_KIND_ANY;
			filterable = false;
			appendStringInfo(&walked, "%s.", segment);
			continue;
		}
		if (kind == STRIPE_KIND_LIST)
			type = &list_type;
		else if (kind != STRIPE_KIND_OBJECT && kind != STRIPE_KIND_EXPANDABLE)
			bad_path(table, column, psprintf("\"%.*s\" has nothing within it.", walked.len - 1, walked.data));

		field = stripe_find_field(type, segment);
		if (field == NULL)
			unknown_field(table, column, type, segment, walked.data);

		appendStringInfo(&walked, "%s.", segment);
		appendStringInfo(&named, "%s%s", named.len > 0 ? "." : "", segment);
		if (field->includable || (field->kind == STRIPE_KIND_EXPANDABLE && lnext(column->path, lc)))
			need_expand(table, column, named.data, field->includable);

		if (type != &list_type)
		{
			element = field->type;
			ids = (field->kind == STRIPE_KIND_ARRAY && field->target != NULL);
		}
		kind = field->kind;
		type = field->type;
	}
	column->kind = kind;
	column->field = filterable ? named.data : NULL;
}

static bool
is_json_type(Oid type)
{
	return type == JSONBOID || type == JSONOID;
}

/*
 * A column under a name that a field had before Stripe moved it; rest is the
 * path within it.
 */
static void
resolve_moved(const StripeTable *table, StripeColumn *column, const StripeMovedField *moved,
			  List *rest)
{
	bool		within = (rest != NIL);

	column->moved = moved;
	if (!stripe_moved_since(moved, table->api_version))
	{
		/* Where it was; what it held then the catalogue does not know. */
		column->kind = within ? STRIPE_KIND_ANY : moved->kind;
		column->field = within ? NULL : moved->name;
	}
	else if (moved->path == NULL)
	{
		column->role = STRIPE_COLUMN_GONE;
		return;
	}
	else
	{
		column->path = list_concat(stripe_path_split(moved->path), rest);
		column->picks = true;
		column->pick = moved->pick;
		walk_path(table, column);
		if (within)
			return;
		if (moved->kind == STRIPE_KIND_OBJECT && column->kind == STRIPE_KIND_EXPANDABLE &&
			column->field != NULL && is_json_type(column->type))
			need_expand(table, column, column->field, false);
		column->kind = moved->kind;
	}

	/* What was an object and is an id now reads as the id, but for JSON. */
	if (!within && moved->kind == STRIPE_KIND_OBJECT && !is_json_type(column->type))
		column->kind = STRIPE_KIND_EXPANDABLE;
}

/*
 * A column that is there for a filter's sake: it shows the field below the top
 * level that is filtered, or the value asked for.  Returns false if it is none.
 */
static bool
resolve_filter(const StripeTable *table, StripeColumn *column)
{
	const StripeFilter *filter = stripe_find_filter_column(table->resource, column->name);

	if (filter == NULL)
		return false;
	if (filter->field != NULL)
	{
		column->path = stripe_path_split(filter->field);
		walk_path(table, column);
		return true;
	}
	column->role = STRIPE_COLUMN_FILTER;
	column->filter = filter;
	column->kind = filter->kind;
	return true;
}

static void
resolve_column(const StripeTable *table, StripeColumn *column)
{
	const StripeResource *resource = table->resource;
	char	   *option = stripe_column_path(table->relid, column->attnum);
	const char *path = option ? option : column->name;
	const StripeMovedField *moved;

	column->role = STRIPE_COLUMN_FIELD;
	if (option == NULL && strcmp(column->name, "attrs") == 0 &&
		stripe_find_field(resource->type, "attrs") == NULL)
	{
		column->role = STRIPE_COLUMN_ATTRS;
		column->kind = STRIPE_KIND_OBJECT;
		return;
	}

	/* A column's name is one segment, whatever it contains. */
	column->path = option ? stripe_path_split(path) : list_make1(pstrdup(path));
	moved = stripe_find_moved(resource, path);
	if (moved != NULL)
	{
		resolve_moved(table, column, moved, NIL);
		return;
	}
	if (stripe_find_field(resource->type, linitial(column->path)) == NULL)
	{
		moved = stripe_find_moved(resource, linitial(column->path));
		if (moved != NULL)
		{
			resolve_moved(table, column, moved, list_copy_tail(column->path, 1));
			return;
		}
		if (option == NULL && resolve_filter(table, column))
			return;
	}
	walk_path(table, column);
}

StripeTable *
stripe_table_resolve(Oid relid)
{
	StripeTableOptions *options = stripe_table_options(relid);
	StripeTable *table = palloc0(sizeof(StripeTable));
	Relation	rel;
	TupleDesc	tupdesc;
	const char *object;

	table->relid = relid;
	table->name = get_rel_name(relid);
	table->page_size = options->page_size;
	table->api_version = options->api_version ? options->api_version : stripe_catalog_api_version;
	object = options->object ? options->object : table->name;
	table->resource = stripe_resolve_object(object);
	if (table->resource == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("foreign table \"%s\" names the unknown Stripe object \"%s\"",
						table->name, object),
				 stripe_hint_object(object)));

	/* The caller's query holds a lock on the table already. */
	rel = table_open(relid, NoLock);
	tupdesc = RelationGetDescr(rel);
	table->ncolumns = tupdesc->natts;
	table->columns = palloc0(sizeof(StripeColumn) * Max(tupdesc->natts, 1));
	for (int i = 0; i < tupdesc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(tupdesc, i);
		StripeColumn *column = &table->columns[i];

		if (attr->attisdropped)
			continue;
		column->attnum = attr->attnum;
		column->name = pstrdup(NameStr(attr->attname));
		column->type = attr->atttypid;
		column->typmod = attr->atttypmod;
		resolve_column(table, column);
	}
	table_close(rel, NoLock);
	return table;
}

void
stripe_column_gone(const StripeTable *table, const StripeColumn *column)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("column \"%s\" of foreign table \"%s\" is gone from Stripe's API",
					column->name, table->name),
			 errdetail("API version %s removed it; the server uses version %s.",
					   column->moved->since, table->api_version),
			 column->moved->hint ? errhint("%s", column->moved->hint) : 0));
}
