/*-------------------------------------------------------------------------
 *
 * stats.c
 *		What has been asked of Stripe since the server started, and the scans
 *		that are running.
 *
 * Two tables of fixed size under one lock, which is held for a few additions
 * alone.  When the statistics are full, the least recently used entry goes;
 * when the other table is, a scan just isn't shown.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "catalog/pg_authid.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "storage/ipc.h"
#include "utils/acl.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/shmem.h"
#include "http/limiter.h"
#include "stripe/stats.h"

#define MAX_ENTRIES 1024
#define MAX_ACTIVITIES 256

/* Where this backend found entries before. */
#define CACHE_SIZE 64

typedef struct StatsArea
{
	ShmemHeader header;
	StripeStatsEntry entries[MAX_ENTRIES];
	StripeActivityEntry activities[MAX_ACTIVITIES];
} StatsArea;

struct StripeActivity
{
	int			index;			/* in activities; -1: not shown */
	MemoryContextCallback callback;
};

static void
init_area(void *area)
{
	/* Zeroed is free. */
}

static ShmemArea stats_area = {
	.name = "stripe_fdw statistics",
	.size = sizeof(StatsArea),
	.init = init_area,
};

static bool exiting = false;

void
stripe_stats_register(void)
{
	shmem_register(&stats_area);
}

static void
lock_area(StatsArea *area)
{
	LWLockAcquire(&area->header.lock, LW_EXCLUSIVE);
}

static void
unlock_area(StatsArea *area)
{
	LWLockRelease(&area->header.lock);
}

/* What a backend shows ends with it, however it ends. */
static void
end_activities_at_exit(int code, Datum arg)
{
	StatsArea  *area = (StatsArea *) stats_area.address;

	exiting = true;
	lock_area(area);
	for (int i = 0; i < MAX_ACTIVITIES; i++)
	{
		if (area->activities[i].pid == MyProcPid)
			area->activities[i].pid = 0;
	}
	unlock_area(area);
}

static StatsArea *
attach_area(void)
{
	static bool attached = false;
	StatsArea  *area = shmem_attach(&stats_area);

	if (!attached)
	{
		before_shmem_exit(end_activities_at_exit, (Datum) 0);
		attached = true;
	}
	return area;
}

static uint64
hash_key(const StripeConnection *connection, const char *account, const char *endpoint)
{
	const Oid	ids[] = {MyDatabaseId, connection->serverid, connection->userid,
						 connection->livemode};
	uint64		hash;

	hash = hash_bytes_extended((const unsigned char *) ids, sizeof(ids), 0);
	hash = hash_bytes_extended((const unsigned char *) account, strlen(account), hash);
	hash = hash_bytes_extended((const unsigned char *) endpoint, strlen(endpoint), hash);
	return Max(hash, 1);
}

/* The entry, under the lock; made if there is none. */
static StripeStatsEntry *
find_entry(StatsArea *area, const StripeConnection *connection, const char *endpoint,
		   TimestampTz now)
{
	static int	cache[CACHE_SIZE];
	const char *account = connection->account ? connection->account :
						  connection->context ? connection->context :
												"";
	uint64		hash = hash_key(connection, account, endpoint);
	uint64		limiter_id = limiter_endpoint_id(connection->limiter, endpoint);
	int		   *cached = &cache[hash % CACHE_SIZE];
	StripeStatsEntry *entry = &area->entries[*cached];

	if (entry->hash != hash)
	{
		int			oldest = 0;
		int			i;

		/* A free one was never used. */
		for (i = 0; i < MAX_ENTRIES && area->entries[i].hash != hash; i++)
		{
			if (area->entries[i].used_at < area->entries[oldest].used_at)
				oldest = i;
		}
		*cached = i < MAX_ENTRIES ? i : oldest;
		entry = &area->entries[*cached];
		if (i == MAX_ENTRIES)
		{
			memset(entry, 0, sizeof(StripeStatsEntry));
			entry->hash = hash;
			entry->databaseid = MyDatabaseId;
			entry->serverid = connection->serverid;
			entry->userid = connection->userid;
			entry->livemode = connection->livemode;
			strlcpy(entry->account, account, sizeof(entry->account));
			strlcpy(entry->endpoint, endpoint, sizeof(entry->endpoint));
			entry->since = now;
		}
	}
	entry->used_at = now;
	entry->limiter_id = limiter_id;
	return entry;
}

/* The scan's, or NULL. */
static StripeActivityEntry *
find_activity(StatsArea *area, const StripeStats *stats)
{
	if (stats->activity == NULL || stats->activity->index < 0)
		return NULL;
	return &area->activities[stats->activity->index];
}

void
stripe_stats_sent(const StripeConnection *connection, const char *endpoint, StripeStats *stats,
				  bool retry, double waited)
{
	StatsArea  *area = attach_area();
	TimestampTz now = GetCurrentTimestamp();
	StripeStatsEntry *entry;
	StripeActivityEntry *activity;

	stats->requests++;
	stats->retries += retry;
	stats->delay_seconds += waited;

	lock_area(area);
	entry = find_entry(area, connection, endpoint, now);
	entry->requests++;
	entry->retries += retry;
	entry->wait_seconds += waited;
	activity = find_activity(area, stats);
	if (activity != NULL)
		activity->in_flight++;
	unlock_area(area);
}

static StripeLimited
reason_limited(const HttpResponse *response)
{
	switch (limiter_outcome(response))
	{
		case LIMITER_GLOBAL_RATE:
			return STRIPE_LIMITED_GLOBAL_RATE;
		case LIMITER_GLOBAL_CONCURRENCY:
			return STRIPE_LIMITED_GLOBAL_CONCURRENCY;
		case LIMITER_ENDPOINT_RATE:
			return STRIPE_LIMITED_ENDPOINT_RATE;
		case LIMITER_ENDPOINT_CONCURRENCY:
			return STRIPE_LIMITED_ENDPOINT_CONCURRENCY;
		case LIMITER_OK:
		case LIMITER_FAILED:
			break;
	}
	return STRIPE_LIMITED_OTHER;
}

void
stripe_stats_received(const StripeConnection *connection, const char *endpoint,
					  StripeStats *stats, const HttpResponse *response, double seconds)
{
	StatsArea  *area = attach_area();
	TimestampTz now = GetCurrentTimestamp();
	StripeStatsEntry *entry;
	StripeActivityEntry *activity;
	bool		limited = response->failure == HTTP_OK && response->status == 429;

	stats->bytes += response->bytes;
	stats->wire_seconds += seconds;
	if (limited)
		stats->limited[reason_limited(response)]++;

	lock_area(area);
	entry = find_entry(area, connection, endpoint, now);
	entry->bytes += response->bytes;
	entry->wire_seconds += seconds;
	if (limited)
		entry->limited[reason_limited(response)]++;
	activity = find_activity(area, stats);
	if (activity != NULL)
		activity->in_flight--;
	unlock_area(area);
}

void
stripe_stats_aborted(StripeStats *stats)
{
	StatsArea  *area = (StatsArea *) stats_area.address;
	StripeActivityEntry *activity;

	if (exiting || area == NULL)
		return;
	lock_area(area);
	activity = find_activity(area, stats);
	if (activity != NULL)
		activity->in_flight--;
	unlock_area(area);
}

void
stripe_stats_page(const StripeConnection *connection, const char *endpoint, StripeStats *stats,
				  int rows)
{
	StatsArea  *area = attach_area();
	TimestampTz now = GetCurrentTimestamp();
	StripeActivityEntry *activity;

	stats->rows += rows;

	lock_area(area);
	find_entry(area, connection, endpoint, now)->rows += rows;
	activity = find_activity(area, stats);
	if (activity != NULL)
	{
		activity->pages++;
		activity->rows += rows;
	}
	unlock_area(area);
}

static void
end_activity(void *arg)
{
	StripeActivity *activity = arg;
	StatsArea  *area = (StatsArea *) stats_area.address;

	if (activity->index < 0 || exiting)
		return;
	lock_area(area);
	area->activities[activity->index].pid = 0;
	unlock_area(area);
}

StripeActivity *
stripe_activity_begin(Oid relid, MemoryContext context)
{
	StatsArea  *area = attach_area();
	StripeActivity *activity = MemoryContextAllocZero(context, sizeof(StripeActivity));
	const StripeActivityEntry shown = {
		.pid = MyProcPid,
		.databaseid = MyDatabaseId,
		.userid = GetSessionUserId(),
		.relid = relid,
		.done = -1,
		.started_at = GetCurrentTimestamp(),
	};

	activity->index = -1;
	activity->callback.func = end_activity;
	activity->callback.arg = activity;
	MemoryContextRegisterResetCallback(context, &activity->callback);

	lock_area(area);
	for (int i = 0; i < MAX_ACTIVITIES && activity->index < 0; i++)
	{
		if (area->activities[i].pid == 0)
		{
			area->activities[i] = shown;
			activity->index = i;
		}
	}
	unlock_area(area);
	return activity;
}

void
stripe_activity_done(StripeActivity *activity, double share)
{
	StatsArea  *area = attach_area();

	if (activity == NULL || activity->index < 0)
		return;
	lock_area(area);
	area->activities[activity->index].done = Min(share, 1);
	unlock_area(area);
}

/* As with PostgreSQL's own statistics. */
static bool
may_see(Oid userid)
{
	return has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) ||
		   has_privs_of_role(GetUserId(), userid);
}

StripeStatsEntry *
stripe_stats_read(int *n)
{
	StatsArea  *area = attach_area();
	StripeStatsEntry *entries = palloc(sizeof(area->entries));
	int			visible = 0;

	lock_area(area);
	memcpy(entries, area->entries, sizeof(area->entries));
	unlock_area(area);
	for (int i = 0; i < MAX_ENTRIES; i++)
	{
		if (entries[i].hash != 0 && entries[i].databaseid == MyDatabaseId &&
			may_see(entries[i].userid))
			entries[visible++] = entries[i];
	}
	*n = visible;
	return entries;
}

StripeActivityEntry *
stripe_activity_read(int *n)
{
	StatsArea  *area = attach_area();
	StripeActivityEntry *activities = palloc(sizeof(area->activities));
	int			visible = 0;

	lock_area(area);
	memcpy(activities, area->activities, sizeof(area->activities));
	unlock_area(area);
	for (int i = 0; i < MAX_ACTIVITIES; i++)
	{
		if (activities[i].pid != 0 && activities[i].databaseid == MyDatabaseId &&
			may_see(activities[i].userid))
			activities[visible++] = activities[i];
	}
	*n = visible;
	return activities;
}

void
stripe_stats_reset(void)
{
	StatsArea  *area = attach_area();

	lock_area(area);
	for (int i = 0; i < MAX_ENTRIES; i++)
	{
		if (area->entries[i].databaseid == MyDatabaseId)
			memset(&area->entries[i], 0, sizeof(StripeStatsEntry));
	}
	unlock_area(area);
}
