/*-------------------------------------------------------------------------
 *
 * json.h
 *		Parsed JSON with a size and depth limit, owned by a memory context.
 *		json.c is the only includer of json-c.
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
 * and at which byte) if this is not one complete JSON text.  Strict: no
 * trailing commas, comments, NaN, or numbers beyond 64 bits that would lose
 * digits; UTF-8 is validated.  The document is freed with context.
 */
extern JsonDocument *json_document_parse(MemoryContext context, const char *bytes, size_t len,
										 char **why);
extern void json_document_free(JsonDocument *document);
extern const JsonValue *json_document_root(const JsonDocument *document);

extern JsonKind json_value_kind(const JsonValue *value);
extern bool json_value_boolean(const JsonValue *value);

/* false if value is not an integer or does not fit */
extern bool json_value_int64(const JsonValue *value, int64 *result);

/* The number exactly as it was written; NULL if not a number. */
extern const char *json_value_number_text(const JsonValue *value);

/* The string and its length in bytes; NULL if not a string. */
extern const char *json_value_string(const JsonValue *value, size_t *len);

/* Member of an object: false if absent (or not an object); *member may be NULL (null). */
extern bool json_value_member(const JsonValue *object, const char *name, const JsonValue **member);

extern int	json_value_length(const JsonValue *array);
extern const JsonValue *json_value_element(const JsonValue *array, int index);

/*
 * The value as jsonb, palloc'd in the current context, in the server's
 * encoding; every digit of every number is kept.  JSON null becomes jsonb
 * null.  Returns NULL and sets *why (constant) for what jsonb can't hold
 * (\u0000); raises an error for a character that the server's encoding lacks.
 */
extern Jsonb *json_to_jsonb(const JsonValue *value, const char **why);

#endif							/* STRIPE_JSON_H */
