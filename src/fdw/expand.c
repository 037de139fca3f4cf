/*-------------------------------------------------------------------------
 *
 * expand.c
 *		What has to be expanded for a column, and taking it back for others.
 *
 * A column's value must not depend on which other columns a query reads.
 * With expand[] for one of them, ids within another's JSON become objects
 * and members appear that were not there.  So columns are converted in the
 * order of how deep they expand, and what the following ones did not ask for
 * is taken back before them.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fdw/expand.h"

int
stripe_expand_depth(const StripeColumn *column)
{
	const StripeExpansion *deepest;

	if (column->expansions == NIL)
		return 0;
	deepest = llast(column->expansions);
	return list_length(deepest->segments);
}

static bool
same_path(const StripeExpansion *a, const StripeExpansion *b)
{
	return strcmp(a->path, b->path) == 0;
}

static int
compare_depth(const ListCell *a, const ListCell *b)
{
	return list_length(((StripeExpansion *) lfirst(b))->segments) -
		list_length(((StripeExpansion *) lfirst(a))->segments);
}

List *
stripe_expansions(List *columns)
{
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *le;
	ListCell   *lr;

	foreach(lc, columns)
	{
		foreach(le, ((StripeColumn *) lfirst(lc))->expansions)
		{
			bool		seen = false;

			foreach(lr, result)
				seen = seen || same_path(lfirst(lr), lfirst(le));
			if (!seen)
				result = lappend(result, lfirst(le));
		}
	}
	list_sort(result, compare_depth);
	return result;
}

List *
stripe_expand_paths(List *columns)
{
	List	   *paths = NIL;
	ListCell   *le;
	ListCell   *lp;

	/* Stripe expands whatever lies on the way to the end of a path. */
	foreach(le, stripe_expansions(columns))
	{
		const StripeExpansion *expansion = lfirst(le);
		size_t		len = strlen(expansion->path);
		bool		covered = false;

		foreach(lp, paths)
		{
			const char *path = lfirst(lp);

			covered = covered || (strncmp(path, expansion->path, len) == 0 && path[len] == '.');
		}
		if (!covered)
			paths = lappend(paths, pstrdup(expansion->path));
	}
	return paths;
}

static void
collapse_within(JsonValue *value, const StripeExpansion *expansion, int depth)
{
	const char *name;
	const JsonValue *member;

	if (json_value_kind(value) == JSON_KIND_ARRAY)
	{
		for (int i = 0; i < json_value_length(value); i++)
			collapse_within(unconstify(JsonValue *, json_value_element(value, i)), expansion,
							depth);
		return;
	}

	name = list_nth(expansion->segments, depth);
	if (!json_value_member(value, name, &member) || member == NULL)
		return;
	if (depth < list_length(expansion->segments) - 1)
		collapse_within(unconstify(JsonValue *, member), expansion, depth + 1);
	else if (expansion->includable)
		json_value_remove_member(value, name);
	else
		json_value_replace_objects(value, name, "id");
}

void
stripe_collapse(JsonValue *object, const StripeExpansion *expansion)
{
	collapse_within(object, expansion, 0);
}
