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
stripe_rowsource_open(const StripeConnection *connection, List *queries, StripeStats *stats,
					  MemoryContext context)
{
	const StripeQuery *query = linitial(queries);
	MemoryContext source_context;
	StripeRowSource *source;

	source_context = AllocSetContextCreate(context, "stripe_fdw row source",
										   ALLOCSET_DEFAULT_SIZES);
	if (query->id != NULL)
		source = stripe_retrieve_open(source_context, queries);
	else if (list_length(queries) > 1)
		source = stripe_union_open(source_context, queries);
	else if (query->concurrency > 1 && stripe_is_by_creation(query))
		source = stripe_range_scan_open(source_context);
	else
		source = stripe_list_open(source_context);
	source->connection = connection;
	source->query = query;
	source->stats = stats;
	source->context = source_context;
	return source;
}

bool
stripe_is_by_creation(const StripeQuery *query)
{
	ListCell   *lc;

	foreach (lc, query->params)
	{
		const StripeFilter *filter = ((StripeParam *) lfirst(lc))->filter;

		if (filter != NULL && filter->reorders)
			return false;
	}
	return query->resource->created_field != NULL;
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

/* The text of a scalar, or of the id of an object; NULL if there is none. */
static const char *
scalar_text(const JsonValue *value, size_t *len)
{
	const JsonValue *id;
	const char *text;

	switch (json_value_kind(value))
	{
		case JSON_KIND_OBJECT:
			return json_value_member(value, "id", &id) ? json_value_string(id, len) : NULL;
		case JSON_KIND_BOOLEAN:
			text = json_value_boolean(value) ? "true" : "false";
			*len = strlen(text);
			return text;
		case JSON_KIND_INTEGER:
		case JSON_KIND_FRACTION:
			text = json_value_number_text(value);
			*len = strlen(text);
			return text;
		default:
			return json_value_string(value, len);
	}
}

/* The value at a path of names, "recurring.interval"; NULL if there is none. */
static const JsonValue *
value_at(const JsonValue *value, const char *path)
{
	for (;;)
	{
		char		name[NAMEDATALEN];
		size_t		len = strcspn(path, ".");

		if (len >= sizeof(name))
			return NULL;
		memcpy(name, path, len);
		name[len] = '\0';
		if (!json_value_member(value, name, &value))
			return NULL;
		if (path[len] == '\0')
			return value;
		path += len + 1;
	}
}

bool
stripe_value_is(const JsonValue *row, const char *field, const char *wanted)
{
	size_t		len = 0;
	const char *text = scalar_text(value_at(row, field), &len);

	return text != NULL && len == strlen(wanted) && memcmp(text, wanted, len) == 0;
}

bool
stripe_is_listed(const StripeQuery *query, const JsonValue *row)
{
	for (int i = 0; i < query->resource->nrules; i++)
	{
		const StripeListRule *rule = &query->resource->rules[i];
		bool		asked = false;
		ListCell   *lc;

		foreach (lc, query->params)
			asked = asked || (rule->param != NULL &&
							  strcmp(((StripeParam *) lfirst(lc))->name, rule->param) == 0);
		if (asked)
			continue;
		switch (rule->shows)
		{
			case STRIPE_SHOWS_NULL:
				if (json_value_kind(value_at(row, rule->field)) != JSON_KIND_NULL)
					return false;
				break;
			case STRIPE_SHOWS_IS:
				if (!stripe_value_is(row, rule->field, rule->value))
					return false;
				break;
			case STRIPE_SHOWS_NOT:
				if (stripe_value_is(row, rule->field, rule->value))
					return false;
				break;
		}
	}
	return true;
}
