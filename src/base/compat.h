/*-------------------------------------------------------------------------
 *
 * compat.h
 *		What differs between the supported PostgreSQL versions (15 to 18): the
 *		only place that asks for PG_VERSION_NUM.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_COMPAT_H
#define STRIPE_COMPAT_H

#include "postgres.h"

#if PG_VERSION_NUM < 150000
#error "stripe_fdw needs PostgreSQL 15 or newer"
#endif

#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"
#if PG_VERSION_NUM >= 180000
#include "storage/waiteventset.h"
#endif

/*
 * A wait event set for nevents events that lives until FreeWaitEventSet: no
 * resource owner (from PG17) and no short-lived context (before) frees it.
 */
static inline WaitEventSet *
compat_create_wait_event_set(int nevents)
{
#if PG_VERSION_NUM >= 170000
	return CreateWaitEventSet(NULL, nevents);
#else
	return CreateWaitEventSet(TopMemoryContext, nevents);
#endif
}

/*
 * A wait event that pg_stat_activity shows by name (from PG17); before, all
 * extensions share the event "Extension".  Ask once per process and keep the
 * answer: it takes a lock.  name must be a constant.
 */
static inline uint32
compat_wait_event_new(const char *name)
{
#if PG_VERSION_NUM >= 170000
	return WaitEventExtensionNew(name);
#else
	(void) name;
	return PG_WAIT_EXTENSION;
#endif
}

#endif							/* STRIPE_COMPAT_H */
