/*-------------------------------------------------------------------------
 *
 * stats.h
 *		What has been asked of Stripe since the server started, and the scans
 *		that are running: counted in memory, which backends share if
 *		base/shmem.h finds any.
 *
 * None of these raises an error but for lack of memory.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_STATS_H
#define STRIPE_STATS_H

#include "postgres.h"

#include "datatype/timestamp.h"

#include "http/http.h"
#include "stripe/request.h"

#define STRIPE_STATS_ACCOUNT_BYTES 128
#define STRIPE_STATS_ENDPOINT_BYTES 96

/* One server, user mapping, account and endpoint. */
typedef struct StripeStatsEntry
{
	uint64		hash;			/* of what follows up to the endpoint; 0: free */
	Oid			databaseid;
	Oid			serverid;
	Oid			userid;			/* whose mapping it was */
	bool		livemode;
	char		account[STRIPE_STATS_ACCOUNT_BYTES];	/* or context; "": the
														 * key's own */
	char		endpoint[STRIPE_STATS_ENDPOINT_BYTES];	/* "GET /v1/charges" */

	uint64		requests;		/* tries included */
	uint64		retries;
	uint64		limited[STRIPE_LIMITED_COUNT];
	uint64		rows;
	uint64		bytes;			/* of bodies, compressed */
	double		wire_seconds;	/* from sending to having the answer */
	double		wait_seconds;	/* before sending: the limiter's queue, back-off */
	TimestampTz since;
	TimestampTz used_at;
	uint64		limiter_id;		/* of the endpoint: limiter.h */
} StripeStatsEntry;

/* A scan that is running. */
typedef struct StripeActivityEntry
{
	int			pid;			/* 0: free */
	Oid			databaseid;
	Oid			userid;			/* the session's */
	Oid			relid;
	uint64		pages;
	uint64		rows;
	int			in_flight;
	double		done;			/* share of the time range, 0 to 1; < 0: unknown */
	TimestampTz started_at;
} StripeActivityEntry;

/* To be called by _PG_init, before shmem_preload. */
extern void stripe_stats_register(void);

/*
 * For each try of a call: when it is sent, with the seconds that it had to
 * wait before; and when its answer, or the failure, is there, with the seconds
 * that this took.  They count for the scan's statistics as well.
 */
extern void stripe_stats_sent(const StripeConnection *connection, const char *endpoint,
							  StripeStats *stats, bool retry, double waited);
extern void stripe_stats_received(const StripeConnection *connection, const char *endpoint,
								  StripeStats *stats, const HttpResponse *response,
								  double seconds);

/* A try that was sent is given up without an answer.  For cleanup as well. */
extern void stripe_stats_aborted(StripeStats *stats);

/* A page (or an object) with so many rows has arrived: for the scan's statistics as well. */
extern void stripe_stats_page(const StripeConnection *connection, const char *endpoint,
							  StripeStats *stats, int rows);

/*
 * Shows a scan of a table as running until context goes, however often it
 * begins again.  It is stats->activity, which may be NULL: a scan that isn't shown,
 * because many are.
 */
extern StripeActivity *stripe_activity_begin(Oid relid, MemoryContext context);

/* The share of a scan's time range that has been read; -1: unknown. */
extern void stripe_activity_done(StripeActivity *activity, double share);

/*
 * Copies of this database's entries, palloc'd; *n: how many.  What the current
 * user may not see is left out.
 */
extern StripeStatsEntry *stripe_stats_read(int *n);
extern StripeActivityEntry *stripe_activity_read(int *n);

/* Forgets this database's statistics. */
extern void stripe_stats_reset(void);

#endif							/* STRIPE_STATS_H */
