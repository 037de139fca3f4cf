/*
 * test_json.c
 *		Parsing JSON: what is accepted, what is refused, what comes out.
 */
#include "postgres.h"

#include "json/json.h"
#include "lib/stringinfo.h"
#include "shim.h"
#include "tap.h"

static MemoryContext context;

/* The root of a text that must be JSON; NULL (and a failed test) if it is not. */
static const JsonValue *
parse(const char *text)
{
	char	   *why = NULL;
	JsonDocument *document = json_document_parse(context, text, strlen(text), &why);

	if (document == NULL)
	{
		tap_is(why, NULL, "parse %s", text);
		return NULL;
	}
	return json_document_root(document);
}

static void
test_accepted(void)
{
	static const struct
	{
		const char *text;
		JsonKind	kind;
	}			cases[] = {
		{"null", JSON_KIND_NULL}, {"true", JSON_KIND_BOOLEAN}, {"false", JSON_KIND_BOOLEAN},
		{"0", JSON_KIND_INTEGER}, {"-1", JSON_KIND_INTEGER}, {" 12 \r\n\t", JSON_KIND_INTEGER},
		{"1.0", JSON_KIND_FRACTION}, {"1e5", JSON_KIND_FRACTION}, {"-0.0", JSON_KIND_FRACTION},
		{"1E+400", JSON_KIND_FRACTION}, {"0e1", JSON_KIND_FRACTION},
		{"\"\"", JSON_KIND_STRING}, {"\"\\u0000\"", JSON_KIND_STRING},
		{"[]", JSON_KIND_ARRAY}, {"{}", JSON_KIND_OBJECT}, {"\n[ 1 , 2 ] ", JSON_KIND_ARRAY},
		{"{\"a\":[{\"b\":null}]}", JSON_KIND_OBJECT},
		{"18446744073709551615", JSON_KIND_INTEGER}, {"-9223372036854775808", JSON_KIND_INTEGER},
	};

	for (size_t i = 0; i < lengthof(cases); i++)
		tap_is_int(json_value_kind(parse(cases[i].text)), cases[i].kind, "accepted %zu", i);
}

static void
test_refused(void)
{
	static const struct
	{
		const char *text;
		const char *why;
	}			cases[] = {
		{"", "unexpected end at byte 0"},
		{"  ", "unexpected end at byte 2"},
		{"{\"a\":", "unexpected end at byte 5"},
		{"[1,2", "unexpected end at byte 4"},
		{"tru", "unexpected character at byte 0"},
		{"TRUE", "unexpected character at byte 0"},
		{"nullx", "unexpected character at byte 4"},
		{"NaN", "unexpected character at byte 0"},
		{"[Infinity]", "unexpected character at byte 1"},
		{"-Infinity", "invalid number at byte 1"},
		{"'a'", "unexpected character at byte 0"},
		{"/* */1", "unexpected character at byte 0"},
		{"<!DOCTYPE html>", "unexpected character at byte 0"},
		{"\xef\xbb\xbf{}", "unexpected character at byte 0"},
		{"{a:1}", "unexpected character at byte 1"},
		{"-", "invalid number at byte 1"},
		{"01", "invalid number at byte 2"},
		{"-01", "invalid number at byte 3"},
		{"1.", "invalid number at byte 2"},
		{"-.5", "invalid number at byte 1"},
		{"1e", "invalid number at byte 2"},
		{"1e+", "invalid number at byte 3"},
		{"\"abc", "unfinished string at byte 4"},
		{"\"abc\\", "unfinished string at byte 5"},
		{"\"a\tb\"", "control character in a string at byte 2"},
		{"\"\\x\"", "invalid escape at byte 2"},
		{"\"\\u12g4\"", "invalid escape at byte 5"},
		{"\"\\u12", "invalid escape at byte 5"},
		{"\"\\ud800\"", "half a surrogate pair at byte 1"},
		{"\"\\ud800\\u0041\"", "half a surrogate pair at byte 1"},
		{"\"x\\udc00\"", "half a surrogate pair at byte 2"},
		{"{\"a\\u0000b\" : 1}", "\\u0000 in a member's name at byte 1"},
		{"\"\xff\"", "invalid UTF-8 at byte 1"},
		{"\"\xc0\xaf\"", "invalid UTF-8 at byte 1"},
		{"\"\xed\xa0\x80\"", "invalid UTF-8 at byte 1"},
		{"\"\xf4\x90\x80\x80\"", "invalid UTF-8 at byte 1"},
		{"\"\xe2\x82\"", "invalid UTF-8 at byte 1"},
	};

	/* json-c finds these; how it puts it differs between its versions. */
	static const char *const structural[] = {
		"1 2", "{} {}", "[1,]", "[,]", "[1 2]", "{\"a\":1,}", "{\"a\" 1}", "{\"a\"}", "{1:2}",
		"{,}", "]", "}", "[}", "{]", ",", ":", "[1]]", "truefalse", "\"a\"\"b\"", "1-2", "[--1]",
		"[1:2]", "{\"a\"::1}", "{\"a\":1:2}", "true false", "[nullnull]", "1,"
	};

	for (size_t i = 0; i < lengthof(cases); i++)
	{
		char	   *why = NULL;

		json_document_parse(context, cases[i].text, strlen(cases[i].text), &why);
		tap_is(why, cases[i].why, "refused %zu", i);
	}
	for (size_t i = 0; i < lengthof(structural); i++)
	{
		char	   *why = NULL;

		tap_ok(json_document_parse(context, structural[i], strlen(structural[i]), &why) == NULL &&
			   why != NULL, "refused: %s", structural[i]);
	}
}

static void
test_bytes(void)
{
	static const char with_nul[] = "[1]\0[2]";
	static const char bounded[] = "[1]garbage";
	char	   *why = NULL;

	tap_ok(json_document_parse(context, with_nul, sizeof(with_nul) - 1, &why) == NULL,
		   "a NUL does not end the text");
	tap_is(why, "unexpected character at byte 3", "it is an error");
	tap_ok(json_document_parse(context, bounded, 3, &why) != NULL,
		   "nothing beyond the given length is read");
	tap_ok(json_document_parse(context, "12345", 3, &why) != NULL, "not even of a number");
}

/* depth arrays, one within the other */
static char *
nested(int depth)
{
	char	   *text = palloc(2 * depth + 1);

	memset(text, '[', depth);
	memset(text + depth, ']', depth);
	text[2 * depth] = '\0';
	return text;
}

static void
test_depth(void)
{
	char	   *why = NULL;
	char	   *text = nested(JSON_MAX_DEPTH);

	tap_ok(json_document_parse(context, text, strlen(text), &why) != NULL,
		   "%d levels are accepted", JSON_MAX_DEPTH);
	text = nested(JSON_MAX_DEPTH + 1);
	tap_ok(json_document_parse(context, text, strlen(text), &why) == NULL, "one more is not");
	tap_is(why, psprintf("nested too deep at byte %d", JSON_MAX_DEPTH), "and the error says where");
	text = nested(1000000);
	tap_ok(json_document_parse(context, text, strlen(text), &why) == NULL, "nor are a million");
}

static void
test_numbers(void)
{
	static const char *const exact[] = {
		"0", "1", "-1", "9223372036854775807", "-9223372036854775808", "9223372036854775808",
		"18446744073709551615", "0.1234567890123456789012345678901234567890", "1.50", "-0.0",
		"1e400", "1E-400", "100000000000000000000.5", "12345678901234567890e0",
		"18446744073709551616", "-9223372036854775809", "100000000000000000000000000"
	};
	static const struct
	{
		const char *text;
		bool		fits;
		int64		value;
	}			integers[] = {
		{"9223372036854775807", true, PG_INT64_MAX}, {"-9223372036854775808", true, PG_INT64_MIN},
		{"9223372036854775808", false, 0}, {"18446744073709551615", false, 0},
		{"-0", true, 0}, {"1.0", false, 0}, {"\"1\"", false, 0}, {"null", false, 0},
		{"true", false, 0}, {"[1]", false, 0},
	};

	for (size_t i = 0; i < lengthof(exact); i++)
		tap_is(json_value_number_text(parse(exact[i])), exact[i], "%s keeps its digits", exact[i]);
	tap_is(json_value_number_text(parse("\"1\"")), NULL, "a string is no number");
	tap_is(json_value_number_text(parse("null")), NULL, "nor is null");

	for (size_t i = 0; i < lengthof(integers); i++)
	{
		int64		value = 0;
		bool		fits = json_value_int64(parse(integers[i].text), &value);

		tap_ok(fits == integers[i].fits && (!fits || value == integers[i].value),
			   "%s %s", integers[i].text, integers[i].fits ? "fits" : "is no int64");
	}
}

static void
test_strings(void)
{
	size_t		len = 0;
	const char *bytes;
	char	   *text;

	bytes = json_value_string(parse("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\ud83d\\ude00\xe2\x82\xac\""), &len);
	tap_is(bytes, "\"\\/\b\f\n\r\t\xc3\xa9\xf0\x9f\x98\x80\xe2\x82\xac", "escapes come out as UTF-8");
	tap_is_int(len, 17, "the length is in bytes");

	bytes = json_value_string(parse("\"a\\u0000b\""), &len);
	tap_ok(len == 3 && memcmp(bytes, "a\0b", 3) == 0, "a NUL stays in its string");

	text = palloc(200003);
	memset(text, 'x', 200002);
	text[0] = text[200001] = '"';
	text[200002] = '\0';
	json_value_string(parse(text), &len);
	tap_is_int(len, 200000, "a long string comes out whole");
	tap_ok(json_value_string(parse("1"), &len) == NULL, "a number is no string");
	tap_ok(json_value_string(parse("null"), &len) == NULL, "nor is null");
}

static void
test_members(void)
{
	const JsonValue *root = parse("{\"b\":1,\"a\":null,\"\":true,\"b\":{\"c\":[10,20]}}");
	const JsonValue *member = root;
	const JsonValue *array;
	JsonMember	each;
	StringInfoData names;

	tap_ok(json_value_member(root, "a", &member) && member == NULL, "a member may be null");
	tap_ok(!json_value_member(root, "x", &member), "another is absent");
	tap_ok(json_value_member(root, "", &member) && json_value_boolean(member),
		   "a name may be empty");
	tap_ok(json_value_member(root, "b", &member) &&
		   json_value_kind(member) == JSON_KIND_OBJECT, "the last of two with one name counts");
	tap_ok(!json_value_member(NULL, "a", &member), "null has no members");
	tap_ok(!json_value_member(parse("[]"), "a", &member), "nor has an array");

	json_value_member(root, "b", &member);
	json_value_member(member, "c", &array);
	tap_is_int(json_value_length(array), 2, "an array has a length");
	tap_is(json_value_number_text(json_value_element(array, 1)), "20", "and elements");
	tap_ok(json_value_element(array, 2) == NULL, "but none after the last");
	tap_is_int(json_value_length(root), 0, "an object has no length");
	tap_ok(json_value_element(root, 0) == NULL, "and no elements");
	tap_is_int(json_value_length(NULL), 0, "nor has null");

	initStringInfo(&names);
	for (bool more = json_value_first_member(root, &each); more;
		 more = json_value_next_member(&each))
		appendStringInfo(&names, "<%s>", each.name);
	tap_is(names.data, "<b><a><>", "members come in the order of the text");
	tap_ok(!json_value_first_member(parse("{}"), &each), "an empty object has none");
	tap_ok(!json_value_first_member(array, &each), "nor has an array");
}

static void
test_ownership(void)
{
	MemoryContext own = shim_context_create();
	char	   *why;
	JsonDocument *document = json_document_parse(own, "[1]", 3, &why);

	json_document_free(document);
	json_document_free(document);
	tap_ok(json_document_root(document) == NULL, "a document may be freed early, and again");
	json_document_parse(own, "[\"freed with its context\"]", 26, &why);
	json_document_parse(own, "[\"refused\",]", 12, &why);
	shim_context_delete(own);
	tap_ok(true, "and goes with its context (the leak checker has the last word)");
}

int
main(void)
{
	tap_begin("json");
	context = shim_context_create();
	test_accepted();
	test_refused();
	test_bytes();
	test_depth();
	test_numbers();
	test_strings();
	test_members();
	test_ownership();
	shim_context_delete(context);
	shim_free_all();
	return tap_end();
}
