/*-------------------------------------------------------------------------
 *
 * rowsource.c
 *		Choosing a row source, and what the kinds share.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "http/url.h"
#include "stripe/rowsource.h"

StripeRowSource *
stripe_rowsource_open(const StripeConnection *connection, const StripeQuery *query,
					  StripeStats *stats, MemoryContext context)
{
	MemoryContext source_context;
	StripeRowSource *source;

	source_context = AllocSetContextCreate(context, "stripe_fdw row source",
										   ALLOCSET_DEFAULT_SIZES);
	if (query->id != NULL)
		source = stripe_retrieve_open(source_context);
	else
		source = stripe_list_open(source_context);
	source->connection = connection;
	source->query = query;
	source->stats = stats;
	source->context = source_context;
	return source;
}

void
stripe_append_params(StringInfo target, const StripeQuery *query)
{
	ListCell   *lc;

	foreach (lc, query->params)
	{
		StripeParam *param = (StripeParam *) lfirst(lc);

		url_append_param(target, param->name, param->value);
	}
}

void
stripe_append_expand(StringInfo target, const StripeQuery *query, const char *prefix)
{
	ListCell   *lc;

	foreach (lc, query->expand)
	{
		char	   *path = psprintf("%s%s", prefix, (char *) lfirst(lc));

		url_append_param(target, "expand[]", path);
		pfree(path);
	}
}
