/*-------------------------------------------------------------------------
 *
 * stats_functions.c
 *		The SQL-callable functions that show what is counted.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "fmgr.h"
#include "utils/timestamp.h"

#include "base/shmem.h"
#include "http/limiter.h"
#include "row_builder.h"
#include "stripe/stats.h"

PG_FUNCTION_INFO_V1(stripe_stats_list);
PG_FUNCTION_INFO_V1(stripe_stats_forget);
PG_FUNCTION_INFO_V1(stripe_activity_list);

/* stripe_stats(): see the extension script */
Datum
stripe_stats_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	RowBuilder	row = {0};
	StripeStatsEntry *entries;
	LimiterState limits;
	int			n;

	InitMaterializedSRF(fcinfo, 0);
	entries = stripe_stats_read(&n);
	for (int i = 0; i < n; i++)
	{
		const StripeStatsEntry *entry = &entries[i];

		add_datum(&row, ObjectIdGetDatum(entry->serverid));
		add_datum(&row, ObjectIdGetDatum(entry->userid));
		add_text(&row, entry->account[0] != '\0' ? entry->account : NULL);
		add_text(&row, entry->livemode ? "live" : "test");
		add_text(&row, entry->endpoint);
		add_datum(&row, Int64GetDatum(entry->requests));
		add_datum(&row, Int64GetDatum(entry->retries));
		for (int reason = 0; reason < STRIPE_LIMITED_COUNT; reason++)
			add_datum(&row, Int64GetDatum(entry->limited[reason]));
		add_datum(&row, Int64GetDatum(entry->rows));
		add_datum(&row, Int64GetDatum(entry->bytes));
		add_datum(&row, Float8GetDatum(entry->wire_seconds));
		add_datum(&row, Float8GetDatum(entry->wait_seconds));
		add_datum(&row, TimestampTzGetDatum(entry->since));
		if (limiter_state(entry->limiter_id, &limits))
		{
			add_datum(&row, Float8GetDatum(limits.rate));
			add_datum(&row, Int32GetDatum(limits.concurrency));
			add_datum(&row, Int32GetDatum(limits.in_flight));
		}
		else
		{
			add_null(&row);
			add_null(&row);
			add_datum(&row, Int32GetDatum(0));
		}
		add_text(&row, shmem_home_name());
		put_row(rsinfo, &row);
	}
	pfree(entries);
	return (Datum) 0;
}

/* stripe_stats_reset(): see the extension script */
Datum
stripe_stats_forget(PG_FUNCTION_ARGS)
{
	stripe_stats_reset();
	PG_RETURN_VOID();
}

/* stripe_activity(): see the extension script */
Datum
stripe_activity_list(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	RowBuilder	row = {0};
	StripeActivityEntry *activities;
	int			n;

	InitMaterializedSRF(fcinfo, 0);
	activities = stripe_activity_read(&n);
	for (int i = 0; i < n; i++)
	{
		const StripeActivityEntry *activity = &activities[i];

		add_datum(&row, Int32GetDatum(activity->pid));
		add_datum(&row, ObjectIdGetDatum(activity->userid));
		add_datum(&row, ObjectIdGetDatum(activity->relid));
		add_datum(&row, Int64GetDatum(activity->pages));
		add_datum(&row, Int64GetDatum(activity->rows));
		add_datum(&row, Int32GetDatum(activity->in_flight));
		if (activity->done >= 0)
			add_datum(&row, Float8GetDatum(activity->done));
		else
			add_null(&row);
		add_datum(&row, TimestampTzGetDatum(activity->started_at));
		put_row(rsinfo, &row);
	}
	pfree(activities);
	return (Datum) 0;
}
