/*-------------------------------------------------------------------------
 *
 * json.h
 *		Parsed JSON with a size and depth limit, owned by a memory context.
 *		json.c is the only includer of json-c; to_jsonb.c uses what is
 *		declared here.
 *
 * Strings come out in UTF-8 exactly as Stripe sent them; converting them to
 * the server's encoding is the caller's job (json_to_jsonb does it itself).
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_JSON_H
#define STRIPE_JSON_H

#include "postgres.h"

#include "utils/jsonb.h"

typedef enum JsonKind
{
	JSON_KIND_NULL,
	JSON_KIND_BOOLEAN,
	JSON_KIND_INTEGER,			/* a number without fraction or exponent */
	JSON_KIND_FRACTION,			/* any other number */
	JSON_KIND_STRING,
	JSON_KIND_ARRAY,
	JSON_KIND_OBJECT
} JsonKind;

/* A value within a document; NULL stands for JSON null. */
typedef struct json_object JsonValue;

typedef struct JsonDocument JsonDocument;

/* Deepest nesting accepted; Stripe's own answers stay below 30. */
#define JSON_MAX_DEPTH 512

/*
 * Parses; returns NULL and sets *why (palloc'd in the current context: what
 * and at which byte, counted from 0) if this is not one complete JSON text.
 * Strict, as RFC 8259 has it; besides, half surrogate pairs and \u0000 in names
 * are refused, for they would come out changed.  An integer beyond 64 bits is a
 * fraction, with all its digits.  Of
 * two members with one name the last one counts.  The document is freed with
 * context; json_document_free() frees it earlier, all but a few bytes.
 */
extern JsonDocument *json_document_parse(MemoryContext context, const char *bytes, size_t len,
										 char **why);
extern void json_document_free(JsonDocument *document);

/* The same; zeroes every string of it before. */
extern void json_document_wipe(JsonDocument *document);
extern const JsonValue *json_document_root(const JsonDocument *document);

extern JsonKind json_value_kind(const JsonValue *value);
extern bool json_value_boolean(const JsonValue *value);

/* false if value is not an integer or does not fit */
extern bool json_value_int64(const JsonValue *value, int64 *result);

/*
 * The number exactly as it was written (but "-0" as "0"); NULL if not a
 * number.  Valid as long as the document.
 */
extern const char *json_value_number_text(const JsonValue *value);

/* The string and its length in bytes; NULL if not a string. */
extern const char *json_value_string(const JsonValue *value, size_t *len);

/* Member of an object: false if absent (or not an object); *member may be NULL (null). */
extern bool json_value_member(const JsonValue *object, const char *name, const JsonValue **member);

/* Going through an object's members, in the order of the text. */
typedef struct JsonMember
{
	const char *name;
	const JsonValue *value;		/* NULL: null */
	const void *position;		/* json.c's own */
} JsonMember;

/* false if there is none (or not an object, for the first) */
extern bool json_value_first_member(const JsonValue *object, JsonMember *member);
extern bool json_value_next_member(JsonMember *member);

/* 0 and NULL if not an array */
extern int	json_value_length(const JsonValue *array);
extern const JsonValue *json_value_element(const JsonValue *array, int index);

/* Changing an object: these free what they take out. */

/* Removes a member, if it is there. */
extern void json_value_remove_member(JsonValue *object, const char *name);

/*
 * Puts in the place of a member that is an object that object's own string
 * member inner; within an array, in the place of each such element.
 */
extern void json_value_replace_objects(JsonValue *object, const char *name, const char *inner);

/*
 * The value as jsonb, palloc'd in the current context, in the server's
 * encoding; every digit of every number is kept.  JSON null becomes jsonb
 * null.  Returns NULL and sets *why (constant) for what jsonb can't hold
 * (\u0000); raises an error for a character that the server's encoding lacks
 * and for a number beyond the range of numeric.
 */
extern Jsonb *json_to_jsonb(const JsonValue *value, const char **why);

#endif							/* STRIPE_JSON_H */
