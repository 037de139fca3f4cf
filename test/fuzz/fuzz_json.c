/*
 * fuzz_json.c
 *		Any bytes either are JSON or are refused with a reason.  What is
 *		accepted can be walked to its last value, and every number in it keeps
 *		the digits that it was written with.
 */
#include "postgres.h"

#include "json/json.h"
#include "shim.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

/* The bytes of the input; numbers must occur in it word by word. */
static const char *input;
static size_t input_len;

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
check_number(const JsonValue *value)
{
	const char *text = json_value_number_text(value);
	int64		integer;

	check(text != NULL);

	/* "-0" is the one number that is not kept as it was written. */
	check(strcmp(text, "0") == 0 || memmem(input, input_len, text, strlen(text)) != NULL);
	if (json_value_int64(value, &integer))
	{
		char		again[32];

		snprintf(again, sizeof(again), INT64_FORMAT, integer);
		check(strcmp(again, text) == 0);
	}
}

static void
walk(const JsonValue *value, int depth)
{
	JsonMember	member;
	const JsonValue *found;
	size_t		len;

	check(depth <= JSON_MAX_DEPTH);
	switch (json_value_kind(value))
	{
		case JSON_KIND_NULL:
			check(value == NULL);
			break;
		case JSON_KIND_BOOLEAN:
			(void) json_value_boolean(value);
			break;
		case JSON_KIND_INTEGER:
		case JSON_KIND_FRACTION:
			check_number(value);
			break;
		case JSON_KIND_STRING:
			check(json_value_string(value, &len)[len] == '\0' && len <= input_len);
			break;
		case JSON_KIND_ARRAY:
			for (int i = 0; i < json_value_length(value); i++)
				walk(json_value_element(value, i), depth + 1);
			break;
		case JSON_KIND_OBJECT:
			for (bool more = json_value_first_member(value, &member); more;
				 more = json_value_next_member(&member))
			{
				check(json_value_member(value, member.name, &found) && found == member.value);
				walk(member.value, depth + 1);
			}
			break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	MemoryContext context = shim_context_create();
	char	   *why = NULL;
	JsonDocument *document;

	input = (const char *) data;
	input_len = size;
	document = json_document_parse(context, input, size, &why);

	if (document != NULL)
		walk(json_document_root(document), 0);
	else
		check(why != NULL);

	shim_context_delete(context);
	shim_free_all();
	return 0;
}
