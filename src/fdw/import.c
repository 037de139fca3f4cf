/*-------------------------------------------------------------------------
 *
 * import.c
 *		IMPORT FOREIGN SCHEMA: tables from the catalogue.
 *
 * The remote schema "stripe" has every resource; each product family is a
 * remote schema too.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/closest.h"
#include "fdw/columns.h"
#include "fdw/import.h"
#include "fdw/options.h"

#define ALL_RESOURCES "stripe"

static void
append_column(StringInfo sql, const char *name, StripeKind kind, bool not_null)
{
	appendStringInfo(sql, "%s\n  %s %s%s", sql->data[sql->len - 1] == '(' ? "" : ",",
					 quote_identifier(name), stripe_kind_type_name(kind),
					 not_null ? " NOT NULL" : "");
}

static char *
create_table_command(const StripeResource *resource, const char *server,
					 const StripeImportOptions *options)
{
	const StripeType *type = resource->type;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE FOREIGN TABLE %s (", quote_identifier(resource->name));
	for (int i = 0; i < type->nfields; i++)
	{
		const StripeField *field = &type->fields[i];

		/*
		 * PostgreSQL trusts NOT NULL on a foreign table without checking it,
		 * and any other field may be absent under another API version or
		 * with fewer permissions.
		 */
		append_column(&sql, field->name, field->kind, strcmp(field->name, "id") == 0);
	}
	for (int i = 0; i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		/* The list can't be read without it, or all such columns are wanted. */
		if (filter->column != NULL && (filter->required || options->filters))
			append_column(&sql, filter->column, filter->kind, false);
	}
	if (options->attrs && stripe_find_field(type, "attrs") == NULL)
		append_column(&sql, "attrs", STRIPE_KIND_OBJECT, false);
	appendStringInfo(&sql, "\n) SERVER %s OPTIONS (object %s)", quote_identifier(server),
					 quote_literal_cstr(resource->name));
	return sql.data;
}

static void
unknown_schema(const char *schema)
{
	StringInfoData known;
	ClosestName state;

	initStringInfo(&known);
	closest_init(&state, schema);
	closest_offer(&state, ALL_RESOURCES);
	appendStringInfoString(&known, ALL_RESOURCES);
	for (int i = 0; i < stripe_nresources; i++)
	{
		const char *family = stripe_resources[i].family;
		bool		seen = false;

		for (int j = 0; j < i && !seen; j++)
			seen = strcmp(stripe_resources[j].family, family) == 0;
		if (seen)
			continue;
		closest_offer(&state, family);
		appendStringInfo(&known, ", %s", family);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
			 errmsg("schema \"%s\" is not present on the Stripe server", schema),
			 errdetail("The schemas are: %s.", known.data),
			 closest_get(&state) ?
				 errhint("Perhaps you meant the schema \"%s\".", closest_get(&state)) :
				 0));
}

static bool
is_imported(const StripeResource *resource)
{
	return resource->level == STRIPE_LEVEL_TOP && resource->list_path != NULL;
}

/* LIMIT TO a table that is not there would import less than was asked for. */
static void
check_limit_to(ImportForeignSchemaStmt *stmt)
{
	ListCell   *lc;

	foreach (lc, stmt->table_list)
	{
		RangeVar   *wanted = lfirst_node(RangeVar, lc);
		const StripeResource *resource = stripe_find_resource(wanted->relname);
		const char *nearest;

		if (resource != NULL && is_imported(resource) &&
			(strcmp(stmt->remote_schema, ALL_RESOURCES) == 0 ||
								 strcmp(stmt->remote_schema, resource->family) == 0))
			continue;
		nearest = stripe_nearest_object(wanted->relname);
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("table \"%s\" is not present in schema \"%s\" on the Stripe server",
						wanted->relname, stmt->remote_schema),
				 resource != NULL ? errhint("It is in schema \"%s\".", resource->family) :
				 nearest ? errhint("Perhaps you meant the table \"%s\".", nearest) :
									errhint("SELECT * FROM stripe_resources(); lists the tables.")));
	}
}

/* PostgreSQL itself leaves out what LIMIT TO and EXCEPT say. */
List *
stripeImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverOid)
{
	StripeImportOptions options = stripe_import_options(stmt->options);
	ForeignServer *server = GetForeignServer(serverOid);
	bool		all = strcmp(stmt->remote_schema, ALL_RESOURCES) == 0;
	List	   *commands = NIL;

	if (!all && !stripe_is_family(stmt->remote_schema))
		unknown_schema(stmt->remote_schema);
	if (stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO)
		check_limit_to(stmt);

	for (int i = 0; i < stripe_nresources; i++)
	{
		const StripeResource *resource = &stripe_resources[i];

		if (is_imported(resource) &&
			(all || strcmp(resource->family, stmt->remote_schema) == 0))
			commands = lappend(commands,
							   create_table_command(resource, server->servername, &options));
	}
	return commands;
}
