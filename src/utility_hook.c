/*-------------------------------------------------------------------------
 *
 * utility_hook.c
 *		Statements on user mappings without their secrets, for those who come
 *		after us: pg_stat_statements above all.
 *
 * Hooks are called in the reverse order of their installation, so an extension
 * that is loaded before this one gets the text that this one passes on.  What
 * the server logs before anything is executed is out of reach.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "foreign/foreign.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "tcop/utility.h"

#include "base/secret.h"
#include "base/statement.h"
#include "oauth_functions.h"
#include "utility_hook.h"

static ProcessUtility_hook_type previous_hook = NULL;

/* The server whose user mapping a statement makes or changes; NULL: it does neither. */
static const char *
mapped_server(const Node *statement)
{
	if (IsA(statement, CreateUserMappingStmt))
		return ((const CreateUserMappingStmt *) statement)->servername;
	if (IsA(statement, AlterUserMappingStmt))
		return ((const AlterUserMappingStmt *) statement)->servername;
	return NULL;
}

/* The part of the query string that is this statement. */
static char *
statement_text(const PlannedStmt *statement, const char *text)
{
	const char *begin = text + Max(statement->stmt_location, 0);

	return statement->stmt_len > 0 ? pnstrdup(begin, statement->stmt_len) : pstrdup(begin);
}

/*
 * A block of code, or a call, may have such a statement in it.  Not so what
 * holds a query (PREPARE, EXPLAIN, COPY, ...): that is analysed with the text
 * passed on, in which its constants must be where the parser has found them.
 * pg_stat_statements reads and writes beyond its memory otherwise.
 */
static bool
is_redactable(const Node *statement)
{
	return IsA(statement, DoStmt) || IsA(statement, CallStmt);
}

/* What to pass on in the place of a statement's text; NULL: the text itself. */
static char *
redacted(const PlannedStmt *statement, const char *query)
{
	const char *server = mapped_server(statement->utilityStmt);
	char	   *text;
	char	   *shown;

	if (server != NULL)
	{
		ForeignServer *found = GetForeignServerByName(server, true);

		if (found != NULL && !stripe_owns_server(found->serverid))
			return NULL;
		statement_hide_literals();
		return statement_without_literals(statement_text(statement, query),
										  !standard_conforming_strings);
	}
	if (!is_redactable(statement->utilityStmt))
		return NULL;
	text = statement_text(statement, query);
	shown = secret_redact(text);
	if (strcmp(shown, text) == 0)
	{
		pfree(shown);
		shown = NULL;
	}
	pfree(text);
	return shown;
}

static void
process_utility(PlannedStmt *statement, const char *query, bool read_only,
				ProcessUtilityContext context, ParamListInfo params, QueryEnvironment *environment,
				DestReceiver *dest, QueryCompletion *completion)
{
	char	   *shown = redacted(statement, query);

	if (shown != NULL)
	{
		PlannedStmt *copy = makeNode(PlannedStmt);

		/* The tree stays as it is; only where its text is changes. */
		*copy = *statement;
		copy->stmt_location = 0;
		copy->stmt_len = strlen(shown);
		statement = copy;
		query = shown;
	}
	if (previous_hook != NULL)
		previous_hook(statement, query, read_only, context, params, environment, dest,
					  completion);
	else
		standard_ProcessUtility(statement, query, read_only, context, params, environment, dest,
								completion);
}

void
utility_hook_install(void)
{
	previous_hook = ProcessUtility_hook;
	ProcessUtility_hook = process_utility;
}
