/*-------------------------------------------------------------------------
 *
 * limiter.c
 *		How fast, and how many at once, may be asked for.
 *
 * Two tables of fixed size stand in (shared) memory under one lock, which is
 * held for some arithmetic alone: accounts and endpoints, each a bucket (rate)
 * and a gate (requests in flight).  What is known of them by name is a hash;
 * the least recently used one without a request in flight makes room.
 *
 * A request passes three stages: its endpoint's bucket, its account's bucket,
 * both gates.  Places in a bucket belong to a backend and an endpoint, not to
 * a request: a backend with many requests to send waits in one place, and
 * whichever of them asks first when its time has come takes it.  So backends
 * get equal shares, and a place that nobody comes for is one request lost, no
 * more.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

#include "base/shmem.h"
#include "http/bucket.h"
#include "http/gate.h"
#include "http/limiter.h"

#define MAX_ACCOUNTS 128
#define MAX_ENDPOINTS 1024

/*
 * Requests in flight of an account: Stripe publishes no number.  At 100 a
 * second and half a second each, 50 are.
 */
#define DEFAULT_CONCURRENCY 50

/* A place in a bucket that nobody came for within so long (us) has passed. */
#define PLACE_VALID INT64CONST(1000000)

/* When to ask again (us) if all entries of a table have requests in flight. */
#define TABLE_FULL_WAIT INT64CONST(100000)

typedef struct LimiterEntry
{
	uint64		hash;			/* 0: free */
	int64		used_at;
	Bucket		bucket;
	Gate		gate;
} LimiterEntry;

typedef struct LimiterArea
{
	ShmemHeader header;
	LimiterEntry accounts[MAX_ACCOUNTS];
	LimiterEntry endpoints[MAX_ENDPOINTS];
} LimiterArea;

typedef enum Stage
{
	STAGE_NONE,					/* nothing is wanted */
	STAGE_ENDPOINT,				/* has a place in the endpoint's bucket */
	STAGE_ACCOUNT				/* and one in the account's */
} Stage;

/* Of this backend. */
typedef struct Endpoint
{
	uint64		hash;
	int			index;			/* where it was last in the table */
	Stage		stage;
	int64		place;			/* time of it */
	int64		asked_at;		/* when last somebody asked for it */
	Flights		in_flight;
	struct Endpoint *next;
} Endpoint;

struct Limiter
{
	uint64		hash;
	int			index;
	double		rate;
	double		endpoint_rate;
	int			concurrency;
	Endpoint   *endpoints;
	Limiter    *next;
};

static void
init_area(void *area)
{
	/* Zeroed is free. */
}

static ShmemArea limiter_area = {
	.name = "stripe_fdw limiter",
	.size = sizeof(LimiterArea),
	.init = init_area,
};

static Limiter *limiters = NULL;	/* of this backend, in TopMemoryContext */
static bool exiting = false;

void
limiter_register(void)
{
	shmem_register(&limiter_area);
}

static int64
now_us(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return (int64) INSTR_TIME_GET_MICROSEC(now);
}

static uint64
hash_name(const char *name, uint64 seed)
{
	return Max(hash_bytes_extended((const unsigned char *) name, strlen(name), seed), 1);
}

/* What this backend has in flight when it ends, by whatever error, is given back. */
static void
give_back_at_exit(int code, Datum arg)
{
	LimiterArea *area = (LimiterArea *) limiter_area.address;
	int64		now = now_us();

	exiting = true;
	LWLockAcquire(&area->header.lock, LW_EXCLUSIVE);
	for (Limiter *limiter = limiters; limiter != NULL; limiter = limiter->next)
	{
		for (Endpoint *endpoint = limiter->endpoints; endpoint != NULL; endpoint = endpoint->next)
		{
			LimiterEntry *entry = &area->endpoints[endpoint->index];
			LimiterEntry *account = &area->accounts[limiter->index];

			if (entry->hash == endpoint->hash)
				flights_end_all(&entry->gate.inside, &endpoint->in_flight, now);
			if (account->hash == limiter->hash)
				flights_end_all(&account->gate.inside, &endpoint->in_flight, now);
		}
	}
	LWLockRelease(&area->header.lock);
}

Limiter *
limiter_attach(const LimiterConfig *config)
{
	uint64		hash = hash_name(config->key, 0);
	Limiter    *limiter;

	if (limiter_area.address == NULL || limiters == NULL)
	{
		(void) shmem_attach(&limiter_area);
		if (limiters == NULL)
			before_shmem_exit(give_back_at_exit, (Datum) 0);
	}

	for (limiter = limiters; limiter != NULL && limiter->hash != hash; limiter = limiter->next)
		;
	if (limiter == NULL)
	{
		limiter = MemoryContextAllocZero(TopMemoryContext, sizeof(Limiter));
		limiter->hash = hash;
		limiter->next = limiters;
		limiters = limiter;
	}
	limiter->rate = config->rate;
	limiter->endpoint_rate = config->endpoint_rate;
	limiter->concurrency = config->concurrency > 0 ? config->concurrency : DEFAULT_CONCURRENCY;
	return limiter;
}

static Endpoint *
find_endpoint(Limiter *limiter, uint64 hash)
{
	Endpoint   *endpoint = limiter->endpoints;

	while (endpoint != NULL && endpoint->hash != hash)
		endpoint = endpoint->next;
	return endpoint;
}

static Endpoint *
make_endpoint(Limiter *limiter, const char *name)
{
	uint64		hash = limiter_endpoint_id(limiter, name);
	Endpoint   *endpoint = find_endpoint(limiter, hash);

	if (endpoint == NULL)
	{
		endpoint = MemoryContextAllocZero(TopMemoryContext, sizeof(Endpoint));
		endpoint->hash = hash;
		endpoint->next = limiter->endpoints;
		limiter->endpoints = endpoint;
	}
	return endpoint;
}

/*
 * The entry of a hash, under the lock.  *index: where it was, and is on return.
 * NULL if there is no room for it.
 */
static LimiterEntry *
find_entry(LimiterEntry *table, int size, uint64 hash, int *index, double rate, int concurrency,
		   int64 now)
{
	LimiterEntry *entry = &table[*index];

	if (entry->hash != hash)
	{
		int			oldest = -1;
		int			i;

		for (i = 0; i < size && table[i].hash != hash; i++)
		{
			/* A free one was never used. */
			if ((oldest < 0 || table[i].used_at < table[oldest].used_at) &&
				flights_count(&table[i].gate.inside, now) == 0)
				oldest = i;
		}
		if (i == size)
		{
			if (oldest < 0)
				return NULL;
			i = oldest;
			table[i].hash = hash;
			bucket_init(&table[i].bucket, rate);
			gate_init(&table[i].gate, concurrency);
		}
		*index = i;
		entry = &table[i];
	}
	if (entry->bucket.max_rate != rate)
		bucket_configure(&entry->bucket, rate);
	if (entry->gate.max_bound != concurrency)
		gate_configure(&entry->gate, concurrency);
	entry->used_at = now;
	return entry;
}

/*
 * Takes endpoint as far as it goes now; returns the time to go on, or now if
 * all stages are passed.
 */
static int64
advance(LimiterArea *area, Limiter *limiter, Endpoint *endpoint, int64 now)
{
	LimiterEntry *account;
	LimiterEntry *entry;

	account = find_entry(area->accounts, MAX_ACCOUNTS, limiter->hash, &limiter->index,
						 limiter->rate, limiter->concurrency, now);
	entry = find_entry(area->endpoints, MAX_ENDPOINTS, endpoint->hash, &endpoint->index,
					   limiter->endpoint_rate, limiter->concurrency, now);
	if (account == NULL || entry == NULL)
		return now + TABLE_FULL_WAIT;

	/*
	 * A place that was left alone has passed; and those from before a refusal
	 * would be taken all at once when it is over.
	 */
	if (now - Max(endpoint->asked_at, endpoint->place) > PLACE_VALID ||
		(endpoint->place <= now &&
		 now < Max(entry->bucket.blocked_until, account->bucket.blocked_until)))
		endpoint->stage = STAGE_NONE;
	endpoint->asked_at = now;

	if (endpoint->stage == STAGE_NONE)
	{
		endpoint->place = bucket_reserve(&entry->bucket, now);
		endpoint->stage = STAGE_ENDPOINT;
	}
	if (endpoint->stage == STAGE_ENDPOINT && endpoint->place <= now)
	{
		endpoint->place = bucket_reserve(&account->bucket, now);
		endpoint->stage = STAGE_ACCOUNT;
	}
	if (endpoint->place > now)
		return endpoint->place;

	if (!gate_ask(&entry->gate, MyProcPid, now) || !gate_ask(&account->gate, MyProcPid, now))
		return now + GATE_ASK_EVERY;
	gate_enter(&entry->gate, MyProcPid, now);
	gate_enter(&account->gate, MyProcPid, now);
	endpoint->stage = STAGE_NONE;
	flights_begin(&endpoint->in_flight, now);
	return now;
}

long
limiter_acquire(Limiter *limiter, const char *endpoint_name, LimiterTicket *ticket)
{
	LimiterArea *area = (LimiterArea *) limiter_area.address;
	Endpoint   *endpoint = make_endpoint(limiter, endpoint_name);
	int64		now;
	int64		go_at;

	LWLockAcquire(&area->header.lock, LW_EXCLUSIVE);
	now = now_us();
	go_at = advance(area, limiter, endpoint, now);
	LWLockRelease(&area->header.lock);
	if (go_at > now)
		return (long) ((go_at - now + 999) / 1000);

	ticket->held = true;
	ticket->account = limiter->index;
	ticket->endpoint = endpoint->index;
	ticket->endpoint_hash = endpoint->hash;
	ticket->granted_at = now;
	ticket->kept_at = now;
	return 0;
}

/* The entries that a ticket counts in; false: it took too long to count, and they have gone. */
static bool
find_ticket(const Limiter *limiter, const LimiterTicket *ticket, LimiterEntry **account,
			LimiterEntry **endpoint)
{
	LimiterArea *area = (LimiterArea *) limiter_area.address;

	*account = &area->accounts[ticket->account];
	*endpoint = &area->endpoints[ticket->endpoint];
	return (*account)->hash == limiter->hash && (*endpoint)->hash == ticket->endpoint_hash;
}

void
limiter_keep(Limiter *limiter, LimiterTicket *ticket)
{
	LimiterArea *area = (LimiterArea *) limiter_area.address;
	LimiterEntry *account;
	LimiterEntry *endpoint;
	int64		now = now_us();

	if (!ticket->held || now - ticket->kept_at < LIMITER_KEEP_EVERY * INT64CONST(1000) / 2)
		return;
	LWLockAcquire(&area->header.lock, LW_EXCLUSIVE);
	if (find_ticket(limiter, ticket, &account, &endpoint))
	{
		flights_keep(&account->gate.inside, ticket->kept_at, now);
		flights_keep(&endpoint->gate.inside, ticket->kept_at, now);
	}
	LWLockRelease(&area->header.lock);
	flights_keep(&find_endpoint(limiter, ticket->endpoint_hash)->in_flight, ticket->kept_at, now);
	ticket->kept_at = now;
}

static void
learn(LimiterEntry *account, LimiterEntry *endpoint, LimiterOutcome outcome, int64 granted_at,
	  int64 retry_after, int64 now)
{
	switch (outcome)
	{
		case LIMITER_OK:
			bucket_raise(&account->bucket, now);
			bucket_raise(&endpoint->bucket, now);
			gate_raise(&account->gate, now);
			gate_raise(&endpoint->gate, now);
			break;
		case LIMITER_GLOBAL_RATE:
			bucket_lower(&account->bucket, now, granted_at, retry_after);
			break;
		case LIMITER_GLOBAL_CONCURRENCY:
			gate_lower(&account->gate, now, granted_at);
			break;
		case LIMITER_ENDPOINT_RATE:
			bucket_lower(&endpoint->bucket, now, granted_at, retry_after);
			break;
		case LIMITER_ENDPOINT_CONCURRENCY:
			gate_lower(&endpoint->gate, now, granted_at);
			break;
		case LIMITER_FAILED:
			break;
	}
}

void
limiter_release(Limiter *limiter, LimiterTicket *ticket, LimiterOutcome outcome,
				int retry_after_ms)
{
	LimiterArea *area = (LimiterArea *) limiter_area.address;
	LimiterEntry *account;
	LimiterEntry *entry;
	int64		now;

	if (!ticket->held || exiting)
		return;
	ticket->held = false;

	LWLockAcquire(&area->header.lock, LW_EXCLUSIVE);
	now = now_us();
	if (find_ticket(limiter, ticket, &account, &entry))
	{
		learn(account, entry, outcome, ticket->granted_at, (int64) retry_after_ms * 1000, now);
		gate_leave(&account->gate, ticket->kept_at, now);
		gate_leave(&entry->gate, ticket->kept_at, now);
	}
	LWLockRelease(&area->header.lock);
	flights_end(&find_endpoint(limiter, ticket->endpoint_hash)->in_flight, ticket->kept_at, now);
}

double
limiter_rate(Limiter *limiter, const char *endpoint_name)
{
	LimiterArea *area = (LimiterArea *) limiter_area.address;
	const Endpoint *endpoint = make_endpoint(limiter, endpoint_name);
	const LimiterEntry *account = &area->accounts[limiter->index];
	const LimiterEntry *entry = &area->endpoints[endpoint->index];
	double		rate = Min(limiter->rate, limiter->endpoint_rate);

	LWLockAcquire(&area->header.lock, LW_SHARED);
	if (account->hash == limiter->hash)
		rate = Min(rate, account->bucket.rate);
	if (entry->hash == endpoint->hash)
		rate = Min(rate, entry->bucket.rate);
	LWLockRelease(&area->header.lock);
	return rate;
}

uint64
limiter_endpoint_id(const Limiter *limiter, const char *endpoint)
{
	return hash_name(endpoint, limiter->hash);
}

bool
limiter_state(uint64 endpoint_id, LimiterState *state)
{
	LimiterArea *area = shmem_attach(&limiter_area);
	bool		found = false;

	LWLockAcquire(&area->header.lock, LW_EXCLUSIVE);
	for (int i = 0; i < MAX_ENDPOINTS && !found; i++)
	{
		LimiterEntry *entry = &area->endpoints[i];

		if (entry->hash != endpoint_id)
			continue;
		state->rate = entry->bucket.rate;
		state->concurrency = (int) entry->gate.bound;
		state->in_flight = flights_count(&entry->gate.inside, now_us());
		found = true;
	}
	LWLockRelease(&area->header.lock);
	return found;
}

LimiterOutcome
limiter_outcome(const HttpResponse *response)
{
	static const struct
	{
		const char *reason;
		LimiterOutcome outcome;
	}			reasons[] = {
		{"global-rate", LIMITER_GLOBAL_RATE},
		{"global-concurrency", LIMITER_GLOBAL_CONCURRENCY},
		{"endpoint-rate", LIMITER_ENDPOINT_RATE},
		{"endpoint-concurrency", LIMITER_ENDPOINT_CONCURRENCY},
		/* A limit of one kind of object's own: the endpoint's, as far as is known. */
		{"resource-specific", LIMITER_ENDPOINT_RATE},
	};

	if (response->failure != HTTP_OK || response->status >= 500)
		return LIMITER_FAILED;
	if (response->status != 429)
		return LIMITER_OK;
	/* Without a reason it is something else: an object that is locked. */
	for (size_t i = 0; response->rate_limited_reason != NULL && i < lengthof(reasons); i++)
	{
		if (strcmp(response->rate_limited_reason, reasons[i].reason) == 0)
			return reasons[i].outcome;
	}
	return LIMITER_FAILED;
}
