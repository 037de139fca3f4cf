/*-------------------------------------------------------------------------
 *
 * stripe_fdw.c
 *		Module magic, settings, and the handler that lists the callbacks.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "utils/guc.h"
#include "utils/plancache.h"

#include "auth/envelope.h"
#include "base/shmem.h"
#include "fdw/analyze.h"
#include "fdw/estimate.h"
#include "fdw/import.h"
#include "fdw/plan.h"
#include "fdw/scan.h"
#include "http/limiter.h"
#include "oauth_functions.h"
#include "stripe/stats.h"
#include "utility_hook.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_init(void);

PG_FUNCTION_INFO_V1(stripe_fdw_handler);

/* Plans made under the other value are not to be used again. */
static void
plan_again(bool newval, void *extra)
{
	if (newval != stripe_enable_pushdown)
		ResetPlanCache();
}

void
_PG_init(void)
{
	DefineCustomBoolVariable("stripe_fdw.enable_pushdown",
							 "Sends conditions, look-ups by id and limits to Stripe.",
							 "When off, plain lists are asked for and filtered locally: for tests and for finding out what is wrong.",
							 &stripe_enable_pushdown,
							 true,
							 PGC_USERSET,
							 0,
							 NULL, plan_again, NULL);
	DefineCustomStringVariable("stripe_fdw.encryption_key_file",
							   "Encrypts the secrets of user mappings with the key in this file.",
							   "A line holds one key of 64 hexadecimal digits; the first encrypts, all decrypt. When empty, secrets are stored as they are.",
							   &stripe_encryption_key_file,
							   "",
							   PGC_SUSET,
							   GUC_SUPERUSER_ONLY,
							   NULL, NULL, NULL);
	DefineCustomIntVariable("stripe_fdw.oauth_state_lifetime",
							"Time in which consent must have been given after stripe_oauth_authorization_url().",
							NULL,
							&stripe_oauth_state_lifetime,
							900, 1, 86400,
							PGC_USERSET,
							GUC_UNIT_S,
							NULL, NULL, NULL);
	utility_hook_install();
	stripe_estimate_init();
	limiter_register();
	stripe_stats_register();
	shmem_preload();
	MarkGUCPrefixReserved("stripe_fdw");
}

Datum
stripe_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = stripeGetForeignRelSize;
	routine->GetForeignPaths = stripeGetForeignPaths;
	routine->GetForeignPlan = stripeGetForeignPlan;

	routine->BeginForeignScan = stripeBeginForeignScan;
	routine->IterateForeignScan = stripeIterateForeignScan;
	routine->ReScanForeignScan = stripeReScanForeignScan;
	routine->EndForeignScan = stripeEndForeignScan;

	routine->ExplainForeignScan = stripeExplainForeignScan;

	routine->AnalyzeForeignTable = stripeAnalyzeForeignTable;

	routine->ImportForeignSchema = stripeImportForeignSchema;

	PG_RETURN_POINTER(routine);
}
