/*-------------------------------------------------------------------------
 *
 * statement.c
 *		Keeping secrets in the current statement out of where it is shown.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "parser/parser.h"
#include "tcop/tcopprot.h"
#include "utils/backend_status.h"
#include "utils/memutils.h"

#include "base/statement.h"

void
statement_hide_literals(void)
{
	MemoryContext old_context;
	char	   *shown;

	if (debug_query_string == NULL)
		return;
	shown = statement_without_literals(debug_query_string, !standard_conforming_strings);
	if (strcmp(shown, debug_query_string) == 0)
		return;

	/* An error that follows is reported when all shorter contexts have gone. */
	old_context = MemoryContextSwitchTo(MessageContext ? MessageContext : TopMemoryContext);
	debug_query_string = pstrdup(shown);
	MemoryContextSwitchTo(old_context);
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
}
