/*-------------------------------------------------------------------------
 *
 * form.c
 *		JSON as parameters of a request.
 *
 * docs.stripe.com/api: what is sent is form-encoded, and the members of an
 * object or an array are parameters of their own, with their way in brackets.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "fdw/form.h"
#include "stripe/rowsource.h"

/*
 * Longest string sent as a filter, or as the name of a member.  Ids have at
 * most 255 characters; longer ones stay local rather than run into a limit on
 * URLs.
 */
#define MAX_TEXT_BYTES 500

/* Longest that all parameters of one value are together, not yet encoded. */
#define MAX_FORM_BYTES 8000

/* While a value is flattened. */
typedef struct Form
{
	const StripeFilter *filter;
	List	   *params;			/* of StripeParam * */
	size_t		bytes;			/* of their names and values */
} Form;

char *
stripe_form_text(const char *text, size_t len)
{
	char	   *string;

	if (len > MAX_TEXT_BYTES)
		return NULL;
	for (size_t i = 0; i < len && GetDatabaseEncoding() == PG_SQL_ASCII; i++)
	{
		if (IS_HIGHBIT_SET(text[i]))
			return NULL;
	}
	string = pnstrdup(text, len);
	return pg_server_to_any(string, len, PG_UTF8);
}

/* Names of Stripe's are of these characters; brackets would begin another. */
static bool
is_name(const char *name, int len)
{
	static const char characters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";

	for (int i = 0; i < len; i++)
	{
		if (name[i] == '\0' || strchr(characters, name[i]) == NULL)
			return false;
	}
	return len > 0;
}

/* NULL if it can't be said. */
static char *
scalar_text(const JsonbValue *value)
{
	char	   *digits;

	switch (value->type)
	{
		case jbvString:
			return stripe_form_text(value->val.string.val, value->val.string.len);
		case jbvNumeric:
			digits = DatumGetCString(DirectFunctionCall1(numeric_out,
														 NumericGetDatum(value->val.numeric)));
			return stripe_form_text(digits, strlen(digits));
		case jbvBool:
			return pstrdup(value->val.boolean ? "true" : "false");
		default:
			return NULL;
	}
}

/* Adds what a container holds; returns false if it can't be said. */
static bool
flatten(Form *form, const char *name, JsonbContainer *container)
{
	JsonbIterator *iterator = JsonbIteratorInit(container);
	JsonbIteratorToken token;
	JsonbValue	value;
	char	   *member = NULL;
	int			members = 0;

	check_stack_depth();
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		StripeParam *param;

		if (token == WJB_KEY)
		{
			if (!is_name(value.val.string.val, value.val.string.len))
				return false;
			member = psprintf("%s[%.*s]", name, value.val.string.len, value.val.string.val);
			continue;
		}
		if (token == WJB_ELEM)
			member = psprintf("%s[%d]", name, members);
		else if (token != WJB_VALUE)
			continue;
		if (strlen(member) > MAX_TEXT_BYTES)
			return false;
		members++;
		if (value.type == jbvBinary)
		{
			if (!flatten(form, member, value.val.binary.data))
				return false;
			continue;
		}
		param = palloc(sizeof(StripeParam));
		param->name = member;
		param->value = scalar_text(&value);
		param->filter = form->filter;
		if (param->value == NULL)
			return false;
		form->bytes += strlen(param->name) + strlen(param->value);
		if (form->bytes > MAX_FORM_BYTES)
			return false;
		form->params = lappend(form->params, param);
	}
	return members > 0;
}

List *
stripe_form_params(const StripeFilter *filter, Jsonb *json)
{
	Form		form = {.filter = filter};

	if (JB_ROOT_IS_SCALAR(json) || !flatten(&form, filter->param, &json->root))
		return NIL;
	return form.params;
}
