/*-------------------------------------------------------------------------
 *
 * shmem.c
 *		Memory that all backends share, where PostgreSQL offers any.
 *
 * Listed in shared_preload_libraries, the library gets its part of the main
 * segment.  Otherwise the first backend that needs an area makes a named
 * dynamic segment, from PG17 on; before, each backend has an area of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"

#include "base/compat.h"
#include "base/shmem.h"

static ShmemArea *areas = NULL;
static bool preloaded = false;
static shmem_request_hook_type previous_request_hook = NULL;
static shmem_startup_hook_type previous_startup_hook = NULL;

/* The area that compat_named_segment is making: its callback takes no argument. */
static const ShmemArea *being_made;

void
shmem_register(ShmemArea *area)
{
	area->next = areas;
	areas = area;
}

static void
init_area(const ShmemArea *area, void *address)
{
	ShmemHeader *header = address;

	memset(address, 0, area->size);
	LWLockInitialize(&header->lock, LWLockNewTrancheId());
	area->init(address);
}

static void
init_segment(void *address)
{
	init_area(being_made, address);
}

static void
request_areas(void)
{
	if (previous_request_hook)
		previous_request_hook();
	for (ShmemArea *area = areas; area != NULL; area = area->next)
		RequestAddinShmemSpace(MAXALIGN(area->size));
}

/* In the postmaster, and again after a crash of a backend. */
static void
start_areas(void)
{
	if (previous_startup_hook)
		previous_startup_hook();
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	for (ShmemArea *area = areas; area != NULL; area = area->next)
	{
		bool		found;

		area->address = ShmemInitStruct(area->name, area->size, &found);
		if (!found)
			init_area(area, area->address);
	}
	LWLockRelease(AddinShmemInitLock);
}

void
shmem_preload(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	preloaded = true;
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_areas;
	previous_startup_hook = shmem_startup_hook;
	shmem_startup_hook = start_areas;
}

void *
shmem_attach(ShmemArea *area)
{
	if (area->address == NULL)
	{
		ShmemHeader *address;

		being_made = area;
		address = compat_named_segment(psprintf("%s %zu", area->name, area->size), area->size,
									   init_segment);
		if (address == NULL)
		{
			address = MemoryContextAlloc(TopMemoryContext, area->size);
			init_area(area, address);
		}
		area->address = address;
	}
	if (!area->registered)
	{
		LWLockRegisterTranche(area->address->lock.tranche, area->name);
		area->registered = true;
	}
	return area->address;
}

ShmemHome
shmem_home(void)
{
	if (preloaded)
		return SHMEM_PRELOADED;
	return compat_has_named_segments() ? SHMEM_SEGMENT : SHMEM_BACKEND;
}

const char *
shmem_home_name(void)
{
	static const char *const names[] = {
		[SHMEM_PRELOADED] = "preloaded",
		[SHMEM_SEGMENT] = "segment",
		[SHMEM_BACKEND] = "backend",
	};

	return names[shmem_home()];
}
