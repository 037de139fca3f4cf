/*-------------------------------------------------------------------------
 *
 * functions.c
 *		The SQL-callable functions.  stripe_fdw--1.0.sql documents them for
 *		users, with COMMENT ON.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/numeric.h"

#include "base/shmem.h"
#include "base/version.h"
#include "fdw/columns.h"
#include "fdw/import.h"
#include "http/http.h"
#include "row_builder.h"
#include "stripe/catalog.h"

PG_FUNCTION_INFO_V1(stripe_fdw_version);
PG_FUNCTION_INFO_V1(stripe_resources_list);
PG_FUNCTION_INFO_V1(stripe_columns_list);
PG_FUNCTION_INFO_V1(stripe_amount);

/* The operators that each kind of filter takes, as bits. */
enum
{
	OPERATOR_EQ = 1,
	OPERATOR_LESS = 2,
	OPERATOR_GREATER = 4
};

static const int filter_operators[] = {
	[STRIPE_FILTER_EQ] = OPERATOR_EQ,
	[STRIPE_FILTER_RANGE] = OPERATOR_EQ | OPERATOR_LESS | OPERATOR_GREATER,
	[STRIPE_FILTER_AFTER] = OPERATOR_GREATER,
	[STRIPE_FILTER_BEFORE] = OPERATOR_LESS,
	[STRIPE_FILTER_ANY_OF] = OPERATOR_EQ,
};

static const char *const operator_names[] = {
	[0] = NULL,
	[OPERATOR_EQ] = "=",
	[OPERATOR_LESS] = "< <=",
	[OPERATOR_GREATER] = "> >=",
	[OPERATOR_EQ | OPERATOR_LESS] = "= < <=",
	[OPERATOR_EQ | OPERATOR_GREATER] = "= > >=",
	[OPERATOR_LESS | OPERATOR_GREATER] = "< <= > >=",
	[OPERATOR_EQ | OPERATOR_LESS | OPERATOR_GREATER] = "= < <= > >=",
};

/*
 * stripe_fdw_version() → text: the extension, its catalogue and its libraries,
 * and where it counts.
 */
Datum
stripe_fdw_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(psprintf("stripe_fdw %s, Stripe API %s (%s), %s, limits: %s",
											  STRIPE_FDW_VERSION, stripe_catalog_api_version,
											  stripe_catalog_source, http_library_version(),
											  shmem_home_name())));
}

/* The parameters of a resource's filters, all or the required ones. */
static void
add_filter_params(RowBuilder *row, const StripeResource *resource, bool required_only)
{
	Datum	   *elements = palloc(sizeof(Datum) * Max(resource->nfilters, 1));
	int			n = 0;

	for (int i = 0; i < resource->nfilters; i++)
	{
		if (resource->filters[i].required || !required_only)
			elements[n++] = CStringGetTextDatum(resource->filters[i].param);
	}
	add_text_array(row, elements, n);
}

/* stripe_resources(): see the extension script */
Datum
stripe_resources_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	RowBuilder	row = {0};

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < stripe_nresources; i++)
	{
		const StripeResource *resource = &stripe_resources[i];

		add_text(&row, resource->name);
		add_text(&row, resource->family);
		add_text(&row, resource->list_path);
		add_text(&row, resource->retrieve_path);
		add_filter_params(&row, resource, false);
		add_filter_params(&row, resource, true);
		add_text(&row, resource->newest_first ? "created DESC" : NULL);
		add_text(&row, resource->omits);
		add_text(&row, resource->doc);
		put_row(rsinfo, &row);
	}
	return (Datum) 0;
}

/*
 * Adds the columns pushed_operators and required of a field, by the filters on
 * it itself (not within it).  Equality on the id is a request of its own.
 */
static void
add_field_filters(RowBuilder *row, const StripeResource *resource, const char *field)
{
	bool		looked_up = resource->retrieve_path != NULL && strcmp(field, "id") == 0;
	int			operators = looked_up ? OPERATOR_EQ : 0;
	bool		required = false;

	for (int i = 0; i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		if (filter->field == NULL || strcmp(filter->field, field) != 0)
			continue;
		operators |= filter_operators[filter->op];
		required = required || filter->required;
	}
	add_text(row, operator_names[operators]);
	add_datum(row, BoolGetDatum(required));
}

static void
add_enum(RowBuilder *row, const char *const *values)
{
	Datum	   *elements;
	int			n = 0;

	if (values == NULL)
	{
		add_text(row, NULL);
		return;
	}
	while (values[n] != NULL)
		n++;
	elements = palloc(sizeof(Datum) * n);
	for (int i = 0; i < n; i++)
		elements[i] = CStringGetTextDatum(values[i]);
	add_text_array(row, elements, n);
}

/* stripe_columns(table text): see the extension script */
Datum
stripe_columns_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	const StripeResource *resource = stripe_resolve_object(name);
	RowBuilder	row = {0};

	if (resource == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
				 errmsg("Stripe has no object \"%s\"", name),
				 stripe_hint_object(name)));

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < resource->type->nfields; i++)
	{
		const StripeField *field = &resource->type->fields[i];

		add_text(&row, field->name);
		add_text(&row, stripe_kind_type_name(field->kind));
		add_text(&row, stripe_kind_name(field->kind));
		add_datum(&row, BoolGetDatum(field->nullable || field->optional));
		add_datum(&row, BoolGetDatum(field->includable));
		add_enum(&row, field->enum_values);
		add_text(&row, field->target);
		add_field_filters(&row, resource, field->name);
		add_text(&row, field->doc);
		put_row(rsinfo, &row);
	}
	for (int i = 0; i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		if (filter->column == NULL)
			continue;
		add_text(&row, filter->column);
		add_text(&row, stripe_kind_type_name(filter->kind));
		add_text(&row, "filter");
		add_datum(&row, BoolGetDatum(false));
		add_datum(&row, BoolGetDatum(false));
		add_enum(&row, filter->enum_values);
		add_text(&row, NULL);
		add_text(&row, operator_names[filter_operators[filter->op]]);
		add_datum(&row, BoolGetDatum(filter->required));
		add_text(&row, filter->doc);
		put_row(rsinfo, &row);
	}
	return (Datum) 0;
}

/*
 * Decimal digits of currencies whose minor unit is not a hundredth.
 * docs.stripe.com/currencies: UGX and ISK have no minor unit either, but
 * Stripe still represents them with two digits.
 */
static const struct
{
	const char *currency;
	int			digits;
} currency_digits[] = {
	{"bif", 0},
	{"clp", 0},
	{"djf", 0},
	{"gnf", 0},
	{"jpy", 0},
	{"kmf", 0},
	{"krw", 0},
	{"mga", 0},
	{"pyg", 0},
	{"rwf", 0},
	{"vnd", 0},
	{"vuv", 0},
	{"xaf", 0},
	{"xof", 0},
	{"xpf", 0},
	{"bhd", 3},
	{"jod", 3},
	{"kwd", 3},
	{"omr", 3},
	{"tnd", 3},
};

#define DEFAULT_CURRENCY_DIGITS 2

/*
 * stripe_amount(amount bigint, currency text) → numeric
 *
 * An amount in minor units as an amount of the currency.  Error: a currency
 * that is not three letters.
 */
Datum
stripe_amount(PG_FUNCTION_ARGS)
{
	int64		amount = PG_GETARG_INT64(0);
	char	   *currency = text_to_cstring(PG_GETARG_TEXT_PP(1));
	int			digits = DEFAULT_CURRENCY_DIGITS;

	if (strlen(currency) != 3 || strspn(currency, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("invalid currency: \"%s\"", currency),
				 errdetail("A currency is a three-letter ISO code, such as usd.")));
	for (size_t i = 0; i < lengthof(currency_digits); i++)
	{
		if (pg_strcasecmp(currency, currency_digits[i].currency) == 0)
			digits = currency_digits[i].digits;
	}
	PG_RETURN_NUMERIC(int64_div_fast_to_numeric(amount, digits));
}
