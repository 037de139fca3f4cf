/*-------------------------------------------------------------------------
 *
 * json.c
 *		Parsed JSON with a size and depth limit, owned by a memory context.
 *		The only includer of json-c.
 *
 * json-c's objects live in malloc'd memory, some ten times the size of the
 * text; so the limit on the size of an answer (http.h, max_body) bounds it.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <limits.h>

#include <json-c/json.h>

#include "json/json.h"
#include "json/scan.h"

struct JsonDocument
{
	MemoryContextCallback callback;
	struct json_object *root;
};

static void free_root(void *arg);
static const char *parse(const char *bytes, size_t len, struct json_object **root, size_t *offset);

JsonDocument *
json_document_parse(MemoryContext context, const char *bytes, size_t len, char **why)
{
	JsonDocument *document = MemoryContextAllocZero(context, sizeof(JsonDocument));
	const char *wrong;
	char	   *widened = NULL;
	size_t		nwide;
	size_t		offset;

	/* Before there is anything to free: an error may come at any time after. */
	document->callback.func = free_root;
	document->callback.arg = document;
	MemoryContextRegisterResetCallback(context, &document->callback);

	wrong = json_scan(bytes, len, &offset, &nwide);
	if (wrong == NULL && nwide > 0)
	{
		size_t		size = len + nwide * strlen(JSON_WIDE_SUFFIX);

		widened = palloc(size);
		len = json_widen(bytes, len, widened);
		bytes = widened;
	}
	if (wrong == NULL)
		wrong = parse(bytes, len, &document->root, &offset);
	if (widened != NULL)
		pfree(widened);
	if (wrong != NULL)
	{
		*why = psprintf("%s at byte %zu", wrong, offset);
		return NULL;
	}
	return document;
}

/*
 * Runs json-c over a text whose words have been checked.  Returns NULL, or
 * what is wrong (a constant) and at which byte.  Nothing in here raises an
 * error, so the tokener can't leak.
 */
static const char *
parse(const char *bytes, size_t len, struct json_object **root, size_t *offset)
{
	struct json_tokener *tokener = json_tokener_new_ex(JSON_MAX_DEPTH);
	enum json_tokener_error error;

	*offset = 0;
	if (tokener == NULL)
		return "out of memory";

	*root = json_tokener_parse_ex(tokener, bytes, (int) len);
	error = json_tokener_get_error(tokener);
	*offset = json_tokener_get_parse_end(tokener);

	/* A number at the end might go on; a NUL says that it does not. */
	if (error == json_tokener_continue)
	{
		*root = json_tokener_parse_ex(tokener, "", 1);
		error = json_tokener_get_error(tokener);
	}
	json_tokener_free(tokener);

	if (error == json_tokener_error_depth)
		return "nested too deep";
	if (error == json_tokener_continue || error == json_tokener_error_parse_eof)
		return "unexpected end";
	if (error != json_tokener_success)
		return json_tokener_error_desc(error);

	/* It stops after the value; only white space may follow. */
	while (*offset < len && strchr(" \t\n\r", bytes[*offset]) != NULL)
		(*offset)++;
	if (*offset < len)
	{
		json_object_put(*root);
		*root = NULL;
		return "unexpected character";
	}
	return NULL;
}

/* Runs when the document's memory context goes. */
static void
free_root(void *arg)
{
	JsonDocument *document = arg;

	json_object_put(document->root);
	document->root = NULL;
}

void
json_document_free(JsonDocument *document)
{
	free_root(document);
}

/* Ends at the depth that json_document_parse allows. */
static void
wipe_value(json_object *value)
{
	switch (json_object_get_type(value))
	{
		case json_type_string:
			explicit_bzero(unconstify(char *, json_object_get_string(value)),
						   json_object_get_string_len(value));
			break;
		case json_type_array:
			for (size_t i = 0; i < json_object_array_length(value); i++)
				wipe_value(json_object_array_get_idx(value, i));
			break;
		case json_type_object:
		{
			json_object_object_foreach(value, name, member)
			{
				(void) name;
				wipe_value(member);
			}
			break;
		}
		default:
			break;
	}
}

void
json_document_wipe(JsonDocument *document)
{
	wipe_value(document->root);
	free_root(document);
}

const JsonValue *
json_document_root(const JsonDocument *document)
{
	return document->root;
}

JsonKind
json_value_kind(const JsonValue *value)
{
	switch (json_object_get_type(value))
	{
		case json_type_null:
			return JSON_KIND_NULL;
		case json_type_boolean:
			return JSON_KIND_BOOLEAN;
		case json_type_int:
			return JSON_KIND_INTEGER;
		case json_type_double:
			return JSON_KIND_FRACTION;
		case json_type_string:
			return JSON_KIND_STRING;
		case json_type_array:
			return JSON_KIND_ARRAY;
		case json_type_object:
			return JSON_KIND_OBJECT;
	}
	elog(ERROR, "unexpected type of JSON value");
}

bool
json_value_boolean(const JsonValue *value)
{
	return json_object_get_boolean(value);
}

bool
json_value_int64(const JsonValue *value, int64 *result)
{
	if (json_object_get_type(value) != json_type_int)
		return false;
	*result = json_object_get_int64(value);

	/* json-c makes the largest int64 of anything larger. */
	return *result != PG_INT64_MAX || json_object_get_uint64(value) == (uint64) PG_INT64_MAX;
}

/*
 * Takes back what json_widen() put after an integer; the text belongs to
 * json-c's value, and stays.
 */
static const char *
strip_wide_suffix(char *text)
{
	size_t		len = strlen(text);
	size_t		suffix = strlen(JSON_WIDE_SUFFIX);

	if (len > suffix && strcmp(text + len - suffix, JSON_WIDE_SUFFIX) == 0 &&
		strspn(text, "-0123456789") == len - suffix)
		text[len - suffix] = '\0';
	return text;
}

const char *
json_value_number_text(const JsonValue *value)
{
	const char *text;

	/*
	 * json-c keeps the source text of a double, and makes that of an integer
	 * when asked for it; both belong to the value.
	 */
	switch (json_object_get_type(value))
	{
		case json_type_int:
			return json_object_get_string(unconstify(JsonValue *, value));
		case json_type_double:
			text = json_object_get_string(unconstify(JsonValue *, value));
			return strip_wide_suffix(unconstify(char *, text));
		default:
			return NULL;
	}
}

const char *
json_value_string(const JsonValue *value, size_t *len)
{
	if (json_object_get_type(value) != json_type_string)
		return NULL;
	*len = json_object_get_string_len(value);
	return json_object_get_string(unconstify(JsonValue *, value));
}

bool
json_value_member(const JsonValue *object, const char *name, const JsonValue **member)
{
	struct json_object *found;

	if (json_object_get_type(object) != json_type_object ||
		!json_object_object_get_ex(object, name, &found))
		return false;
	*member = found;
	return true;
}

/* Makes *member the member at an entry of json-c's table. */
static bool
set_member(JsonMember *member, const struct lh_entry *entry)
{
	member->position = entry;
	if (entry == NULL)
		return false;
	member->name = lh_entry_k(entry);
	member->value = lh_entry_v(entry);
	return true;
}

bool
json_value_first_member(const JsonValue *object, JsonMember *member)
{
	if (json_object_get_type(object) != json_type_object)
		return false;
	return set_member(member, lh_table_head(json_object_get_object(object)));
}

bool
json_value_next_member(JsonMember *member)
{
	return set_member(member, lh_entry_next(member->position));
}

int
json_value_length(const JsonValue *array)
{
	if (json_object_get_type(array) != json_type_array)
		return 0;
	return (int) json_object_array_length(array);
}

const JsonValue *
json_value_element(const JsonValue *array, int index)
{
	if (json_object_get_type(array) != json_type_array)
		return NULL;
	return json_object_array_get_idx(array, index);
}

void
json_value_remove_member(JsonValue *object, const char *name)
{
	if (json_object_get_type(object) == json_type_object)
		json_object_object_del(object, name);
}

/* A new reference to value's string member inner; NULL if there is none. */
static struct json_object *
inner_string(const struct json_object *value, const char *inner)
{
	struct json_object *found;

	if (json_object_get_type(value) != json_type_object ||
		!json_object_object_get_ex(value, inner, &found) ||
		json_object_get_type(found) != json_type_string)
		return NULL;
	return json_object_get(found);
}

void
json_value_replace_objects(JsonValue *object, const char *name, const char *inner)
{
	struct json_object *member;
	struct json_object *replacement;

	if (json_object_get_type(object) != json_type_object ||
		!json_object_object_get_ex(object, name, &member))
		return;
	replacement = inner_string(member, inner);
	if (replacement != NULL)
		json_object_object_add(object, name, replacement);
	for (int i = 0; i < json_value_length(member) && replacement == NULL; i++)
	{
		struct json_object *id = inner_string(json_object_array_get_idx(member, i), inner);

		if (id != NULL)
			json_object_array_put_idx(member, i, id);
	}
}
