/*-------------------------------------------------------------------------
 *
 * refresh.c
 *		Access tokens that run out: getting and storing new ones in a
 *		transaction of their own.
 *
 * Each exchange retires the refresh token that it was made with, so the new
 * pair must be stored whatever becomes of the query that needed it.  A
 * background worker does both in one transaction.  It is told OIDs alone, and
 * reads the mapping itself.
 *
 * Two locks make it one exchange, however many backends need it: whoever asks
 * for it holds REQUEST while waiting, so that there is one worker and the
 * others find its result; and the worker holds the mapping's own lock, so that
 * a second one, started after a cancel, finds the first one's.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_user_mapping.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/dsm.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

#include "auth/envelope.h"
#include "base/compat.h"
#include "fdw/refresh.h"
#include "fdw/sign_in.h"

/* An access token is refreshed when it has less than this to live. */
#define REFRESH_MARGIN_MS (5 * 60 * 1000)

/* How often the mapping may change under the one who wants it refreshed. */
#define MAX_ROUNDS 5

/* What the worker waits for who changes the mapping and has not committed. */
#define LOCK_TIMEOUT "5s"

/* ms: a worker that exchanges can't be interrupted, which is to be short. */
#define EXCHANGE_TIMEOUT 30000

/* In the lock that stands for a request, in the place of a column's number. */
#define REQUEST_SUBID 1

typedef enum RefreshOutcome
{
	REFRESH_DIED = 0,			/* nothing was reported */
	REFRESH_DONE,				/* or nothing was to be done */
	REFRESH_FAILED
} RefreshOutcome;

/* What a worker is told and reports in memory shared with who has asked. */
typedef struct RefreshReport
{
	char		key_file[MAXPGPATH];	/* the asker's encryption_key_file */
	RefreshOutcome outcome;
	int			sqlstate;
	char		message[1024];
	char		detail[1024];
	char		hint[1024];
	char		context[256];
} RefreshReport;

/* What it is told. */
typedef struct RefreshOrder
{
	Oid			databaseid;
	Oid			umid;
	MappingVersion seen;
	dsm_handle	report;
} RefreshOrder;

StaticAssertDecl(sizeof(RefreshOrder) <= BGW_EXTRALEN, "an order must fit");

static void
set_failure(RefreshReport *report, int sqlstate, const char *message, const char *detail,
			const char *hint)
{
	report->outcome = REFRESH_FAILED;
	report->sqlstate = sqlstate;
	strlcpy(report->message, message, sizeof(report->message));
	strlcpy(report->detail, detail, sizeof(report->detail));
	strlcpy(report->hint, hint, sizeof(report->hint));
}

/*
 * ------------------------------------------------------------------------
 * Who asks
 * ------------------------------------------------------------------------
 */

static void
set_request_tag(LOCKTAG *tag, Oid umid)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, UserMappingRelationId, umid, REQUEST_SUBID);
}

/* Runs a worker to its end, and fills the report. */
static void
run_worker(const StripeMapping *seen, RefreshReport *report)
{
	BackgroundWorker worker = {0};
	BackgroundWorkerHandle *handle;
	RefreshOrder order = {0};
	dsm_segment *segment = dsm_create(sizeof(RefreshReport), 0);
	RefreshReport *shared = dsm_segment_address(segment);

	memset(shared, 0, sizeof(RefreshReport));
	strlcpy(shared->key_file, stripe_encryption_key_file, sizeof(shared->key_file));
	order.databaseid = MyDatabaseId;
	order.umid = seen->umid;
	order.seen = seen->version;
	order.report = dsm_segment_handle(segment);

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = BGW_NEVER_RESTART;
	worker.bgw_notify_pid = MyProcPid;
	strlcpy(worker.bgw_name, "stripe_fdw token refresh", sizeof(worker.bgw_name));
	strlcpy(worker.bgw_type, "stripe_fdw token refresh", sizeof(worker.bgw_type));
	strlcpy(worker.bgw_library_name, "stripe_fdw", sizeof(worker.bgw_library_name));
	strlcpy(worker.bgw_function_name, "stripe_refresh_main", sizeof(worker.bgw_function_name));
	memcpy(worker.bgw_extra, &order, sizeof(order));

	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		set_failure(report, ERRCODE_INSUFFICIENT_RESOURCES,
					"no background worker is free to refresh the access token", "",
					"Try again, or raise \"max_worker_processes\".");
	else if (WaitForBackgroundWorkerShutdown(handle) != BGWH_STOPPED)
		ereport(FATAL,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("the server has ended while an access token was being refreshed")));
	else
		*report = *shared;
	if (report->outcome == REFRESH_DIED)
		set_failure(report, ERRCODE_FDW_ERROR,
					"the background worker that refreshes the access token ended without a result",
					"", "The server log may say why.");
	dsm_detach(segment);
}

/* Tells of a failure, as an error or as a warning. */
static void
tell(const RefreshReport *report, bool required)
{
	ereport(required ? ERROR : WARNING,
			(errcode(report->sqlstate),
			 errmsg("%s", report->message),
			 report->detail[0] != '\0' ? errdetail("%s", report->detail) : 0,
			 report->hint[0] != '\0' ? errhint("%s", report->hint) : 0,
			 errcontext("refreshing the access token of a user mapping%s%s",
						report->context[0] != '\0' ? ": " : "", report->context)));
}

bool
stripe_refresh_mapping(const StripeMapping *seen, bool required)
{
	const char *server = GetForeignServer(seen->serverid)->servername;
	RefreshReport report = {0};
	StripeMapping *mapping;
	LOCKTAG		tag;

	/* The old token will do for a while, and the primary will send a new one. */
	if (RecoveryInProgress())
	{
		if (required)
			ereport(ERROR,
					(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
					 errmsg("the access token of the user mapping for server \"%s\" can't be refreshed on a standby",
							server),
					 errhint("SELECT stripe_oauth_refresh_access_token(%s); on the primary. The standby gets the new token by replication.",
							 quote_literal_cstr(server))));
		return false;
	}

	/* The worker would wait for us. */
	if (TransactionIdIsCurrentTransactionId(seen->version.xmin))
	{
		if (required)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the access token of the user mapping for server \"%s\" can't be refreshed in the transaction that has changed the mapping",
							server),
					 errhint("Commit first.")));
		return false;
	}

	set_request_tag(&tag, seen->umid);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
	AcceptInvalidationMessages();
	mapping = mapping_get(seen->umid);
	if (mapping == NULL || !mapping_same_version(&mapping->version, &seen->version))
		report.outcome = REFRESH_DONE;
	else
		run_worker(seen, &report);
	LockRelease(&tag, ExclusiveLock, false);
	AcceptInvalidationMessages();

	if (report.outcome == REFRESH_FAILED)
	{
		tell(&report, required);
		return false;
	}
	return true;
}

bool
stripe_refresh_if_due(const StripeMapping *mapping, const Credentials *credentials, int round)
{
	TimestampTz now = GetCurrentTimestamp();

	return credentials->refreshable && round < MAX_ROUNDS &&
		   credentials->expires_at <= TimestampTzPlusMilliseconds(now, REFRESH_MARGIN_MS) &&
		   stripe_refresh_mapping(mapping, credentials->expires_at <= now);
}

/* The connection that is to get another key, and where that lives. */
typedef struct Renewal
{
	StripeConnection *connection;
	MemoryContext context;
} Renewal;

/* Rows of two accounts, or of both modes, must not get into one result. */
static bool
is_same_account(const StripeConnection *connection, const Credentials *credentials)
{
	const char *before = connection->identity ? connection->identity : "";
	const char *now = credentials->identity ? credentials->identity : "";

	return connection->scheme == credentials->scheme &&
		   connection->livemode == credentials->livemode && strcmp(before, now) == 0;
}

static bool
renew_key(void *arg, const Secret *refused)
{
	Renewal    *renewal = arg;
	StripeConnection *connection = renewal->connection;

	for (int round = 0; round < MAX_ROUNDS; round++)
	{
		StripeMapping *mapping;
		Credentials *credentials;

		AcceptInvalidationMessages();
		mapping = mapping_find(connection->serverid, connection->userid);
		credentials = stripe_credentials_load(mapping, renewal->context);
		if (!is_same_account(connection, credentials))
			return false;
		if (strcmp(secret_bytes(credentials->key), secret_bytes(refused)) != 0)
		{
			connection->key = credentials->key;
			return true;
		}
		if (!credentials->refreshable)
			return false;
		(void) stripe_refresh_mapping(mapping, true);
	}
	return false;
}

void
stripe_make_renewable(StripeConnection *connection, MemoryContext context)
{
	Renewal    *renewal = MemoryContextAlloc(context, sizeof(Renewal));

	renewal->connection = connection;
	renewal->context = context;
	connection->renew = renew_key;
	connection->renew_arg = renewal;
}

/*
 * ------------------------------------------------------------------------
 * The worker
 * ------------------------------------------------------------------------
 */

/*
 * Exchanges and stores, in the current transaction.  From sending on, nothing
 * but a crash may come between Stripe's answer and the commit, so interrupts
 * are held; what can fail is tried before.
 */
static void
exchange_and_store(const StripeMapping *mapping)
{
	StripeSignIn *sign_in = stripe_sign_in_load(mapping, CurrentMemoryContext);
	StripeTokens *tokens;
	StripeTokens rehearsal = {0};
	TimestampTz expires_at;

	if (sign_in->client.secret == NULL || sign_in->refresh_token == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the user mapping for server \"%s\" lacks the client secret or the refresh token",
						sign_in->server),
				 errhint("Set the option \"oauth_client_secret\" with stripe_set_secret(), and sign in again.")));

	/* Stores the token that is there: finds out whether the new one can be. */
	rehearsal.access_token = rehearsal.refresh_token = sign_in->refresh_token;
	BeginInternalSubTransaction(NULL);
	stripe_store_tokens(mapping, sign_in, &rehearsal, false, &expires_at);
	RollbackAndReleaseCurrentSubTransaction();

	sign_in->client.timeout = Min(sign_in->client.timeout, EXCHANGE_TIMEOUT);
	sign_in->client.connect_timeout = Min(sign_in->client.connect_timeout, EXCHANGE_TIMEOUT);
	HOLD_INTERRUPTS();
	tokens = stripe_oauth_exchange(&sign_in->client, STRIPE_GRANT_REFRESH,
								   sign_in->refresh_token, CurrentMemoryContext);
	stripe_store_tokens(mapping, sign_in, tokens, false, &expires_at);
	ForceSyncCommit();
	PopActiveSnapshot();
	CommitTransactionCommand();
	RESUME_INTERRUPTS();
}

/* false: nothing is to be done. */
static bool
still_needed(const StripeMapping *mapping, const MappingVersion *seen)
{
	return mapping != NULL && mapping_same_version(&mapping->version, seen) &&
		   mapping_lock_row(mapping);
}

static void
refresh(const RefreshOrder *order)
{
	StripeMapping *mapping;

	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	mapping_lock(order->umid);
	mapping = mapping_get(order->umid);
	if (still_needed(mapping, &order->seen))
		exchange_and_store(mapping);
	else
	{
		PopActiveSnapshot();
		CommitTransactionCommand();
	}
}

/* Puts the current error into the report. */
static void
report_error(RefreshReport *report)
{
	ErrorData  *error;

	MemoryContextSwitchTo(TopMemoryContext);
	error = CopyErrorData();
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		set_failure(report, error->sqlerrcode,
					"the access token could not be refreshed: the user mapping is being changed",
					"Another transaction has changed it and has not committed.", "");
	else
	{
		set_failure(report, error->sqlerrcode, error->message,
					error->detail ? error->detail : "", error->hint ? error->hint : "");
		strlcpy(report->context, error->context ? error->context : "", sizeof(report->context));
	}
	FlushErrorState();
	AbortCurrentTransaction();
}

void
stripe_refresh_main(Datum arg)
{
	RefreshOrder order;
	dsm_segment *segment;
	RefreshReport *report;

	memcpy(&order, MyBgworkerEntry->bgw_extra, sizeof(order));
	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnectionByOid(order.databaseid, InvalidOid, 0);
	SetConfigOption("lock_timeout", LOCK_TIMEOUT, PGC_SUSET, PGC_S_OVERRIDE);

	/* Who has asked may be gone by now: then nobody needs it. */
	segment = dsm_attach(order.report);
	if (segment == NULL)
		return;
	report = dsm_segment_address(segment);

	/* What only a superuser can set for a role or a session holds here, too. */
	SetConfigOption("stripe_fdw.encryption_key_file", report->key_file, PGC_SUSET,
					PGC_S_OVERRIDE);
	PG_TRY();
	{
		refresh(&order);
		report->outcome = REFRESH_DONE;
	}
	PG_CATCH();
	{
		report_error(report);
	}
	PG_END_TRY();
}
