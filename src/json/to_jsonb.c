/*-------------------------------------------------------------------------
 *
 * to_jsonb.c
 *		A parsed value as jsonb.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "json/json.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"

static bool make_scalar(const JsonValue *value, JsonbValue *scalar, const char **why);
static bool make_string(const char *bytes, size_t len, JsonbValue *scalar, const char **why);
static bool push_value(JsonbParseState **state, JsonbIteratorToken token,
					   const JsonValue *value, JsonbValue **result, const char **why);
static bool push_array(JsonbParseState **state, const JsonValue *array,
					   JsonbValue **result, const char **why);
static bool push_object(JsonbParseState **state, const JsonValue *object,
						JsonbValue **result, const char **why);

Jsonb *
json_to_jsonb(const JsonValue *value, const char **why)
{
	JsonKind	kind = json_value_kind(value);
	JsonbParseState *state = NULL;
	JsonbValue *result = NULL;
	JsonbValue	scalar;
	bool		done;

	if (kind == JSON_KIND_OBJECT)
		done = push_object(&state, value, &result, why);
	else if (kind == JSON_KIND_ARRAY)
		done = push_array(&state, value, &result, why);
	else
	{
		done = make_scalar(value, &scalar, why);
		result = &scalar;
	}
	return done ? JsonbValueToJsonb(result) : NULL;
}

/* Adds a value of any kind as an element or as a member's value (token). */
static bool
push_value(JsonbParseState **state, JsonbIteratorToken token,
		   const JsonValue *value, JsonbValue **result, const char **why)
{
	JsonKind	kind = json_value_kind(value);
	JsonbValue	scalar;

	if (kind == JSON_KIND_OBJECT)
		return push_object(state, value, result, why);
	if (kind == JSON_KIND_ARRAY)
		return push_array(state, value, result, why);

	if (!make_scalar(value, &scalar, why))
		return false;
	*result = pushJsonbValue(state, token, &scalar);
	return true;
}

static bool
push_array(JsonbParseState **state, const JsonValue *array,
		   JsonbValue **result, const char **why)
{
	int			length = json_value_length(array);

	check_stack_depth();

	pushJsonbValue(state, WJB_BEGIN_ARRAY, NULL);
	for (int i = 0; i < length; i++)
	{
		if (!push_value(state, WJB_ELEM, json_value_element(array, i), result, why))
			return false;
	}
	*result = pushJsonbValue(state, WJB_END_ARRAY, NULL);
	return true;
}

static bool
push_object(JsonbParseState **state, const JsonValue *object,
			JsonbValue **result, const char **why)
{
	JsonMember	member;
	JsonbValue	key;

	check_stack_depth();

	pushJsonbValue(state, WJB_BEGIN_OBJECT, NULL);
	for (bool more = json_value_first_member(object, &member); more;
		 more = json_value_next_member(&member))
	{
		if (!make_string(member.name, strlen(member.name), &key, why))
			return false;
		pushJsonbValue(state, WJB_KEY, &key);
		if (!push_value(state, WJB_VALUE, member.value, result, why))
			return false;
	}
	*result = pushJsonbValue(state, WJB_END_OBJECT, NULL);
	return true;
}

/* Fills scalar from a value that is neither array nor object. */
static bool
make_scalar(const JsonValue *value, JsonbValue *scalar, const char **why)
{
	const char *bytes;
	size_t		len = 0;
	int64		integer;

	switch (json_value_kind(value))
	{
		case JSON_KIND_NULL:
			scalar->type = jbvNull;
			return true;
		case JSON_KIND_BOOLEAN:
			scalar->type = jbvBool;
			scalar->val.boolean = json_value_boolean(value);
			return true;
		case JSON_KIND_STRING:
			bytes = json_value_string(value, &len);
			return make_string(bytes, len, scalar, why);
		case JSON_KIND_INTEGER:
		case JSON_KIND_FRACTION:
			scalar->type = jbvNumeric;
			if (json_value_int64(value, &integer))
				scalar->val.numeric = int64_to_numeric(integer);
			else
			{
				Datum		text = CStringGetDatum(json_value_number_text(value));
				Datum		number = DirectFunctionCall3(numeric_in, text,
														 ObjectIdGetDatum(InvalidOid),
														 Int32GetDatum(-1));

				scalar->val.numeric = DatumGetNumeric(number);
			}
			return true;
		case JSON_KIND_ARRAY:
		case JSON_KIND_OBJECT:
			break;
	}
	elog(ERROR, "unexpected kind of JSON value");
}

/* Fills scalar from len bytes of UTF-8, which it may go on pointing to. */
static bool
make_string(const char *bytes, size_t len, JsonbValue *scalar, const char **why)
{
	char	   *converted;

	if (memchr(bytes, '\0', len) != NULL)
	{
		*why = "\\u0000 can't be stored in jsonb";
		return false;
	}

	converted = pg_any_to_server(bytes, (int) len, PG_UTF8);
	if (converted != bytes)
		len = strlen(converted);

	/* JSON strings are as long as their length's bits in jsonb allow. */
	if (len > JENTRY_OFFLENMASK)
	{
		*why = "a string is too long for jsonb";
		return false;
	}
	scalar->type = jbvString;
	scalar->val.string.val = converted;
	scalar->val.string.len = (int) len;
	return true;
}
