/*-------------------------------------------------------------------------
 *
 * convert.c
 *		JSON values to Datums, by converters prepared once a scan.
 *
 * A value is first read as the type that an imported table gives its kind
 * (stripe_kind_type).  If the column has another type, the value is then
 * cast to it as an assignment would, or else goes through the type's input
 * function.  What does not fit is an error, never a changed value.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "mb/pg_wchar.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "base/unixtime.h"
#include "fdw/convert.h"

/* Reads a value that is not null as the converter's base type. */
typedef Datum (*ReadFunction)(StripeConverter *converter, const JsonValue *value);

typedef struct PathStep
{
	const char *name;
	int			index;			/* of an array's element, if name is a number; else -1 */
} PathStep;

struct StripeConverter
{
	const StripeTable *table;
	const StripeColumn *column;
	PathStep   *steps;
	int			nsteps;
	ReadFunction read;

	/* From the base type to the column's, if they differ: one of these */
	ExprState  *cast;			/* an assignment cast */
	ExprContext *cast_context;
	bool		use_input;		/* the column's input function */
	FmgrInfo	input;
	Oid			input_param;

	/* For text[] and the like: the converter of an element */
	StripeConverter *element;
	Oid			element_type;
	int16		element_len;
	bool		element_byval;
	char		element_align;
};

/*
 * Used while an error is being reported, so it must not raise one itself:
 * what is not ASCII is replaced rather than converted.
 */
char *
stripe_object_id(const JsonValue *object)
{
	const JsonValue *id;
	const char *string = NULL;
	size_t		len;
	char	   *result;

	if (json_value_member(object, "id", &id))
		string = json_value_string(id, &len);
	if (string == NULL)
		return NULL;
	result = pnstrdup(string, len);
	for (char *c = result; *c; c++)
	{
		if (IS_HIGHBIT_SET(*c))
			*c = '?';
	}
	return result;
}

static void
wrong_kind(const StripeConverter *converter, const JsonValue *value)
{
	static const char *const names[] = {
		[JSON_KIND_NULL] = "null",
		[JSON_KIND_BOOLEAN] = "a boolean",
		[JSON_KIND_INTEGER] = "an integer",
		[JSON_KIND_FRACTION] = "a fraction",
		[JSON_KIND_STRING] = "a string",
		[JSON_KIND_ARRAY] = "an array",
		[JSON_KIND_OBJECT] = "an object",
	};

	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
			 errmsg("value of column \"%s\" does not fit type %s", converter->column->name,
					format_type_be(converter->column->type)),
			 errdetail("Stripe sent %s.", names[json_value_kind(value)])));
}

/* A JSON string in the server's encoding, with its length; palloc'd or within the document. */
static const char *
server_string(const StripeConverter *converter, const JsonValue *value, size_t *len)
{
	const char *string = json_value_string(value, len);
	char	   *converted;

	if (memchr(string, '\0', *len) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNTRANSLATABLE_CHARACTER),
				 errmsg("value of column \"%s\" contains the character \\u0000",
						converter->column->name),
				 errdetail("PostgreSQL can't store it in text.")));
	converted = pg_any_to_server(string, *len, PG_UTF8);
	if (converted != string)
		*len = strlen(converted);
	return converted;
}

static Jsonb *
jsonb_of(const StripeConverter *converter, const JsonValue *value)
{
	const char *why;
	Jsonb	   *jsonb = json_to_jsonb(value, &why);

	if (jsonb == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("value of column \"%s\" can't be held as jsonb", converter->column->name),
				 errdetail("%s", why)));
	return jsonb;
}

static Datum
read_jsonb(StripeConverter *converter, const JsonValue *value)
{
	return JsonbPGetDatum(jsonb_of(converter, value));
}

static Datum
read_text(StripeConverter *converter, const JsonValue *value)
{
	const char *string;
	size_t		len;

	switch (json_value_kind(value))
	{
		case JSON_KIND_STRING:
			string = server_string(converter, value, &len);
			return PointerGetDatum(cstring_to_text_with_len(string, len));
		case JSON_KIND_INTEGER:
		case JSON_KIND_FRACTION:
			return CStringGetTextDatum(json_value_number_text(value));
		case JSON_KIND_BOOLEAN:
			return CStringGetTextDatum(json_value_boolean(value) ? "true" : "false");
		default:
		{
			Jsonb	   *jsonb = jsonb_of(converter, value);

			return CStringGetTextDatum(JsonbToCString(NULL, &jsonb->root, VARSIZE(jsonb)));
		}
	}
}

/* An id, or the id of the object that it was expanded to. */
static Datum
read_expandable(StripeConverter *converter, const JsonValue *value)
{
	const JsonValue *id;

	if (json_value_kind(value) == JSON_KIND_OBJECT && json_value_member(value, "id", &id) &&
		json_value_kind(id) == JSON_KIND_STRING)
		value = id;
	return read_text(converter, value);
}

static Datum
read_bool(StripeConverter *converter, const JsonValue *value)
{
	if (json_value_kind(value) != JSON_KIND_BOOLEAN)
		wrong_kind(converter, value);
	return BoolGetDatum(json_value_boolean(value));
}

/* The characters of a number, whether it came as a number or as a string. */
static char *
number_characters(StripeConverter *converter, const JsonValue *value)
{
	const char *string;
	size_t		len;

	switch (json_value_kind(value))
	{
		case JSON_KIND_INTEGER:
		case JSON_KIND_FRACTION:
			return pstrdup(json_value_number_text(value));
		case JSON_KIND_STRING:
			/* PostgreSQL reads more than digits, such as "NaN" and "0x10". */
			string = server_string(converter, value, &len);
			if (len > 0 && strspn(string, "+-.0123456789eE") == len)
				return pnstrdup(string, len);
			break;
		default:
			break;
	}
	wrong_kind(converter, value);
	return NULL;				/* not reached */
}

static Datum
read_int8(StripeConverter *converter, const JsonValue *value)
{
	int64		number;

	if (json_value_int64(value, &number))
		return Int64GetDatum(number);
	return DirectFunctionCall1(int8in, CStringGetDatum(number_characters(converter, value)));
}

static Datum
read_numeric(StripeConverter *converter, const JsonValue *value)
{
	int64		number;

	if (json_value_int64(value, &number))
		return NumericGetDatum(int64_to_numeric(number));
	return DirectFunctionCall3(numeric_in, CStringGetDatum(number_characters(converter, value)),
							   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
}

/*
 * The characters of an RFC 3339 time.  PostgreSQL reads more than that, such
 * as "now", and times without a zone as the session's: these are refused.
 */
static char *
time_characters(StripeConverter *converter, const JsonValue *value)
{
	size_t		len;
	const char *string = server_string(converter, value, &len);
	char	   *result = pnstrdup(string, len);

	if (len < strlen("2000-01-01T00:00:00Z") ||
		strspn(result, "0123456789-:.+TZtz ") != len ||
		!(pg_toupper((unsigned char) result[len - 1]) == 'Z' || strpbrk(result + 19, "+-")))
		wrong_kind(converter, value);
	return result;
}

/* Unix seconds, or RFC 3339. */
static Datum
read_timestamptz(StripeConverter *converter, const JsonValue *value)
{
	int64		seconds;

	if (json_value_kind(value) == JSON_KIND_STRING)
		return DirectFunctionCall3(timestamptz_in,
								   CStringGetDatum(time_characters(converter, value)),
								   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	if (json_value_kind(value) == JSON_KIND_FRACTION)
	{
		Datum		number = CStringGetDatum(json_value_number_text(value));

		return DirectFunctionCall1(float8_timestamptz, DirectFunctionCall1(float8in, number));
	}
	if (json_value_kind(value) != JSON_KIND_INTEGER)
		wrong_kind(converter, value);
	if (!json_value_int64(value, &seconds) ||
		seconds > (END_TIMESTAMP / USECS_PER_SEC) + UNIX_EPOCH_OFFSET - 1 ||
		seconds < (MIN_TIMESTAMP / USECS_PER_SEC) + UNIX_EPOCH_OFFSET)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("value %s of column \"%s\" is out of range for a time",
						json_value_number_text(value), converter->column->name)));
	return TimestampTzGetDatum((seconds - UNIX_EPOCH_OFFSET) * USECS_PER_SEC);
}

static ReadFunction
read_function(StripeKind kind)
{
	if (kind == STRIPE_KIND_EXPANDABLE)
		return read_expandable;
	switch (stripe_kind_type(kind))
	{
		case TEXTOID:
			return read_text;
		case INT8OID:
			return read_int8;
		case NUMERICOID:
			return read_numeric;
		case BOOLOID:
			return read_bool;
		case TIMESTAMPTZOID:
			return read_timestamptz;
		default:
			return read_jsonb;
	}
}

/*
 * The kind to read a value as for a column of this type.  Where the
 * catalogue does not know (below a map, within an array) or where a cast
 * would lose something, the column's own type decides.
 */
static StripeKind
kind_for(StripeKind kind, Oid type)
{
	switch (type)
	{
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:

			/* As text: numbers as they were sent, not as numeric shows them. */
			if (kind == STRIPE_KIND_TIMESTAMP || kind == STRIPE_KIND_DATETIME ||
				kind == STRIPE_KIND_EXPANDABLE)
				return kind;
			return STRIPE_KIND_STRING;
		case INT8OID:
		case INT4OID:
		case INT2OID:

			/* A timestamp as a number is its unix seconds. */
			return STRIPE_KIND_INTEGER;
		case NUMERICOID:
		case FLOAT8OID:
		case FLOAT4OID:
			return STRIPE_KIND_DECIMAL;
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
		case DATEOID:
			return STRIPE_KIND_TIMESTAMP;
		case BOOLOID:
			return STRIPE_KIND_BOOLEAN;
		case JSONBOID:
		case JSONOID:
			return STRIPE_KIND_ANY;
		default:
			return kind;
	}
}

/* Prepares the way from the base type to the column's. */
static void
prepare_cast(StripeConverter *converter, Oid base, Oid type, int32 typmod)
{
	CaseTestExpr *input;
	Node	   *cast;
	Oid			function;

	if (base == type && typmod < 0)
		return;

	input = makeNode(CaseTestExpr);
	input->typeId = base;
	input->typeMod = -1;
	input->collation = get_typcollation(base);
	cast = coerce_to_target_type(NULL, (Node *) input, base, type, typmod,
								 COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	if (cast != NULL)
	{
		converter->cast = ExecInitExpr(expression_planner((Expr *) cast), NULL);
		converter->cast_context = CreateStandaloneExprContext();
		return;
	}

	/* An enum, an inet …: as if it had been typed in. */
	converter->read = read_text;
	converter->use_input = true;
	getTypeInputInfo(type, &function, &converter->input_param);
	fmgr_info(function, &converter->input);
}

static StripeConverter *
create_converter(const StripeTable *table, const StripeColumn *column, StripeKind kind,
				 Oid type, int32 typmod)
{
	StripeConverter *converter = palloc0(sizeof(StripeConverter));
	Oid			base_type;
	int32		base_typmod = typmod;
	Oid			element_type;
	StripeKind	read_kind;

	converter->table = table;
	converter->column = column;

	/* A domain reads as its base type and is checked by the cast. */
	base_type = getBaseTypeAndTypmod(type, &base_typmod);

	/* Their casts and input functions cut off what is too long. */
	if (base_type == NAMEOID || base_type == CHAROID)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
				 errmsg("column \"%s\" of foreign table \"%s\" can't have the type %s",
						column->name, table->name, format_type_be(type)),
				 errdetail("Values that do not fit would be cut off."),
				 errhint("Use the type text.")));

	element_type = get_element_type(base_type);
	if (OidIsValid(element_type) && base_type == type)
	{
		converter->element = create_converter(table, column, STRIPE_KIND_ANY, element_type, typmod);
		converter->element_type = element_type;
		get_typlenbyvalalign(element_type, &converter->element_len, &converter->element_byval,
							 &converter->element_align);
		return converter;
	}

	read_kind = kind_for(kind, base_type);
	converter->read = read_function(read_kind);
	prepare_cast(converter, stripe_kind_type(read_kind), type, typmod);
	return converter;
}

StripeConverter *
stripe_converter_create(const StripeTable *table, const StripeColumn *column)
{
	StripeConverter *converter;
	ListCell   *lc;

	converter = create_converter(table, column, column->kind, column->type, column->typmod);
	converter->nsteps = list_length(column->path);
	converter->steps = palloc(sizeof(PathStep) * Max(converter->nsteps, 1));
	foreach (lc, column->path)
	{
		PathStep   *step = &converter->steps[foreach_current_index(lc)];
		char	   *end;
		long		index;

		/* JSON's names are in UTF-8. */
		step->name = stripe_to_utf8(lfirst(lc));
		errno = 0;
		index = strtol(step->name, &end, 10);
		step->index = (isdigit((unsigned char) step->name[0]) && *end == '\0' && errno == 0 &&
					   index < INT_MAX) ?
						  (int) index :
						  -1;
	}
	return converter;
}

static const JsonValue *walk(const StripeConverter *converter, int step, const JsonValue *value);

static bool
is_default_element(const JsonValue *element)
{
	const JsonValue *flag;

	return json_value_member(element, "is_default", &flag) &&
		   json_value_kind(flag) == JSON_KIND_BOOLEAN && json_value_boolean(flag);
}

/* The one of an array's elements that stands for a field that Stripe moved into it. */
static const JsonValue *
pick_element(const StripeConverter *converter, int step, const JsonValue *array)
{
	StripePick	pick = converter->column->pick;
	const JsonValue *picked = NULL;
	int64		best = 0;

	for (int i = 0; i < json_value_length(array); i++)
	{
		const JsonValue *element = json_value_element(array, i);
		const JsonValue *value;
		int64		number;

		if (pick == STRIPE_PICK_DEFAULT && !is_default_element(element))
			continue;
		value = walk(converter, step, element);
		if (pick == STRIPE_PICK_FIRST || pick == STRIPE_PICK_DEFAULT)
			return value;
		if (value == NULL || json_value_kind(value) == JSON_KIND_NULL)
			continue;
		if (!json_value_int64(value, &number))
			wrong_kind(converter, value);
		if (picked == NULL || (pick == STRIPE_PICK_MIN ? number < best : number > best))
		{
			picked = value;
			best = number;
		}
	}
	return picked;
}

/*
 * A list within an object holds its first page only; to pick from it, it must
 * be all there.
 */
static void
check_list_is_whole(const StripeConverter *converter, const JsonValue *list)
{
	const JsonValue *has_more;

	if (converter->column->picks && converter->column->pick != STRIPE_PICK_FIRST &&
		json_value_member(list, "has_more", &has_more) &&
		json_value_kind(has_more) == JSON_KIND_BOOLEAN && json_value_boolean(has_more))
		ereport(ERROR,
				(errcode(ERRCODE_FDW_ERROR),
				 errmsg("value of column \"%s\" can't be told from the object alone",
						converter->column->name),
				 errdetail("Since API version %s it lies within a list, of which Stripe sent only the first elements.",
						   converter->column->moved->since)));
}

/* The value that the path leads to from here on; NULL if there is none. */
static const JsonValue *
walk(const StripeConverter *converter, int step, const JsonValue *value)
{
	for (; step < converter->nsteps; step++)
	{
		const PathStep *at = &converter->steps[step];

		switch (json_value_kind(value))
		{
			case JSON_KIND_OBJECT:
				if (converter->column->picks)
					check_list_is_whole(converter, value);
				if (!json_value_member(value, at->name, &value))
					return NULL;
				break;
			case JSON_KIND_ARRAY:
				if (at->index >= 0)
				{
					if (at->index >= json_value_length(value))
						return NULL;
					value = json_value_element(value, at->index);
					break;
				}
				if (converter->column->picks)
					return pick_element(converter, step, value);
				ereport(ERROR,
						(errcode(ERRCODE_FDW_INVALID_DATA_TYPE),
						 errmsg("the path of column \"%s\" meets an array",
								converter->column->name),
						 errhint("Give the index of an element before \"%s\".", at->name)));
				break;
			case JSON_KIND_NULL:
				return NULL;
			default:
				wrong_kind(converter, value);
		}
	}
	return value;
}

static Datum convert_value(StripeConverter *converter, const JsonValue *value, bool *isnull);

static Datum
convert_array(StripeConverter *converter, const JsonValue *value)
{
	int			n;
	Datum	   *elements;
	bool	   *nulls;
	int			dims[1];
	int			lower[1] = {1};

	if (json_value_kind(value) != JSON_KIND_ARRAY)
		wrong_kind(converter, value);
	n = json_value_length(value);
	if (n == 0)
		return PointerGetDatum(construct_empty_array(converter->element_type));
	elements = palloc(sizeof(Datum) * n);
	nulls = palloc(sizeof(bool) * n);
	for (int i = 0; i < n; i++)
		elements[i] = convert_value(converter->element, json_value_element(value, i), &nulls[i]);
	dims[0] = n;
	return PointerGetDatum(construct_md_array(elements, nulls, 1, dims, lower,
											  converter->element_type, converter->element_len,
											  converter->element_byval,
											  converter->element_align));
}

/* A value that was found, to the column's type. */
static Datum
convert_value(StripeConverter *converter, const JsonValue *value, bool *isnull)
{
	Datum		datum;

	*isnull = (value == NULL || json_value_kind(value) == JSON_KIND_NULL);
	if (*isnull)
		return (Datum) 0;
	if (converter->element != NULL)
		return convert_array(converter, value);

	datum = converter->read(converter, value);
	if (converter->cast != NULL)
	{
		ExprContext *econtext = converter->cast_context;
		MemoryContext row_context = econtext->ecxt_per_tuple_memory;

		/* The cast's result belongs to the row, as every other value. */
		econtext->ecxt_per_tuple_memory = CurrentMemoryContext;
		econtext->caseValue_datum = datum;
		econtext->caseValue_isNull = false;
		datum = ExecEvalExpr(converter->cast, econtext, isnull);
		econtext->ecxt_per_tuple_memory = row_context;
	}
	else if (converter->use_input)
		datum = InputFunctionCall(&converter->input, TextDatumGetCString(datum),
								  converter->input_param, converter->column->typmod);
	return datum;
}

typedef struct ConversionContext
{
	const StripeConverter *converter;
	const JsonValue *object;
} ConversionContext;

static void
conversion_error(void *arg)
{
	ConversionContext *context = arg;
	const StripeConverter *converter = context->converter;
	char	   *id = stripe_object_id(context->object);

	errcontext("column \"%s\" of foreign table \"%s\", object %s",
			   converter->column->name, converter->table->name, id ? id : "without id");
}

Datum
stripe_convert(StripeConverter *converter, const JsonValue *object, bool *isnull)
{
	ConversionContext context = {converter, object};
	ErrorContextCallback callback;
	Datum		datum;

	callback.callback = conversion_error;
	callback.arg = &context;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	datum = convert_value(converter, walk(converter, 0, object), isnull);
	error_context_stack = callback.previous;
	return datum;
}
