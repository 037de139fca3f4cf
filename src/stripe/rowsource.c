/*-------------------------------------------------------------------------
 *
 * rowsource.c
 *		Choosing a row source, and what the kinds share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "http/url.h"
#include "stripe/rowsource.h"

StripeRowSource *
stripe_rowsource_open(const StripeConnection *connection, const StripeQuery *query,
					  StripeStats *stats, MemoryContext context)
{
	MemoryContext source_context;
	StripeRowSource *source;

	source_context = AllocSetContextCreate(context, "stripe_fdw row source",
										   ALLOCSET_DEFAULT_SIZES);
	if (query->id != NULL)
		source = stripe_retrieve_open(source_context);
	else if (query->concurrency > 1 && query->resource->created_field != NULL)
		source = stripe_range_scan_open(source_context);
	else
		source = stripe_list_open(source_context);
	source->connection = connection;
	source->query = query;
	source->stats = stats;
	source->context = source_context;
	return source;
}

void
stripe_append_expand(StringInfo target, const StripeQuery *query, const char *prefix)
{
	ListCell   *lc;

	foreach (lc, query->expand)
	{
		char	   *path = psprintf("%s%s", prefix, (char *) lfirst(lc));

		url_append_param(target, "expand[]", path);
		pfree(path);
	}
}

static bool
is_string(const JsonValue *object, const char *name, const char *wanted)
{
	const JsonValue *member;
	const char *string;
	size_t		len;

	if (!json_value_member(object, name, &member))
		return false;
	string = json_value_string(member, &len);
	if (string == NULL || len == 0)
		return false;
	return wanted == NULL || (len == strlen(wanted) && memcmp(string, wanted, len) == 0);
}

void
stripe_check_object(const StripeQuery *query, const JsonValue *value, const char *target,
					const char *request_id)
{
	const StripeType *type = query->resource->type;

	if (json_value_kind(value) != JSON_KIND_OBJECT)
		stripe_malformed(target, request_id, "a row of the answer is not an object");

	/* The column id is NOT NULL, which PostgreSQL trusts. */
	if (stripe_find_field(type, "id") != NULL && !is_string(value, "id", NULL))
		stripe_malformed(target, request_id, "a row of the answer has no id");
}

void
stripe_check_kind(const StripeQuery *query, const JsonValue *value, const char *target,
				  const char *request_id)
{
	const char *object = query->resource->type->object;

	if (object != NULL && !is_string(value, "object", object))
		stripe_malformed(target, request_id,
						 psprintf("the answer is not of the kind \"%s\"", object));
}
