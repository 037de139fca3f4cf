/*-------------------------------------------------------------------------
 *
 * catalog.c
 *		Look-ups in the catalogue of Stripe's API.
 *
 * Everything here is pure: no allocation, no error, no state.  All names are
 * compared byte by byte, as Stripe's are.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>

#include "catalog.h"

/* The length of "2026-10-28", by which versions are ordered. */
#define VERSION_DATE_LENGTH 10

/* The resource with the table name "name", or NULL. */
const StripeResource *
stripe_find_resource(const char *name)
{
	int			low = 0;
	int			high = stripe_nresources - 1;

	/* stripe_resources is sorted by name */
	while (low <= high)
	{
		int			middle = low + (high - low) / 2;
		int			order = strcmp(name, stripe_resources[middle].name);

		if (order == 0)
			return &stripe_resources[middle];
		if (order < 0)
			high = middle - 1;
		else
			low = middle + 1;
	}
	return NULL;
}

/* Is "name" the family of any resource? */
bool
stripe_is_family(const char *name)
{
	for (int i = 0; i < stripe_nresources; i++)
	{
		if (strcmp(stripe_resources[i].family, name) == 0)
			return true;
	}
	return false;
}

/* The field "name" (a single name, not a path) of a type, or NULL. */
const StripeField *
stripe_find_field(const StripeType *type, const char *name)
{
	for (int i = 0; i < type->nfields; i++)
	{
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	}
	return NULL;
}

/* The filter of a resource that is sent as "param", or NULL. */
const StripeFilter *
stripe_find_filter(const StripeResource *resource, const char *param)
{
	for (int i = 0; i < resource->nfilters; i++)
	{
		if (strcmp(resource->filters[i].param, param) == 0)
			return &resource->filters[i];
	}
	return NULL;
}

/* The filter of a resource that the column "column" is there for, or NULL. */
const StripeFilter *
stripe_find_filter_column(const StripeResource *resource, const char *column)
{
	for (int i = 0; i < resource->nfilters; i++)
	{
		const StripeFilter *filter = &resource->filters[i];

		if (filter->column != NULL && strcmp(filter->column, column) == 0)
			return filter;
	}
	return NULL;
}

/*
 * What became of the field that a resource had under "name", or NULL if the
 * catalogue knows of no such field.
 */
const StripeMovedField *
stripe_find_moved(const StripeResource *resource, const char *name)
{
	for (int i = 0; i < stripe_nmoved_fields; i++)
	{
		const StripeMovedField *moved = &stripe_moved_fields[i];

		if (strcmp(moved->resource, resource->name) == 0 &&
			strcmp(moved->name, name) == 0)
			return moved;
	}
	return NULL;
}

/*
 * Has the field moved as of "api_version"?  Versions are a date with or
 * without a name after it ("2025-03-31.basil", "2024-06-20") and are ordered
 * by the date.
 */
bool
stripe_moved_since(const StripeMovedField *moved, const char *api_version)
{
	return strncmp(api_version, moved->since, VERSION_DATE_LENGTH) >= 0;
}

/* Is "value" in a NULL-terminated list?  A NULL list has no values. */
bool
stripe_enum_has(const char *const *values, const char *value)
{
	if (values == NULL)
		return false;
	for (; *values != NULL; values++)
	{
		if (strcmp(*values, value) == 0)
			return true;
	}
	return false;
}
