/*-------------------------------------------------------------------------
 *
 * shmem.h
 *		Memory that all backends share, where PostgreSQL offers any.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_SHMEM_H
#define STRIPE_SHMEM_H

#include "postgres.h"

#include "storage/lwlock.h"

/* Where an area is. */
typedef enum ShmemHome
{
	SHMEM_PRELOADED,			/* shared, by shared_preload_libraries */
	SHMEM_SEGMENT,				/* shared, made when first needed (PG17) */
	SHMEM_BACKEND				/* this backend's own */
} ShmemHome;

/* Begins every area. */
typedef struct ShmemHeader
{
	LWLock		lock;			/* for all that follows */
} ShmemHeader;

/* A fixed-size area; the descriptor is static and lives as long as the process. */
typedef struct ShmemArea
{
	const char *name;			/* of the lock as well: "stripe_fdw limiter" */
	Size		size;
	void		(*init) (void *area);	/* called once, after all is zeroed */
	ShmemHeader *address;		/* in this process, once it is known; the rest
								 * is shmem.c's */
	bool		registered;		/* is the lock's name, in this process? */
	struct ShmemArea *next;
} ShmemArea;

/* To be called by _PG_init for each area, before shmem_preload. */
extern void shmem_register(ShmemArea *area);

/* To be called by _PG_init: reserves the areas if the library is being preloaded. */
extern void shmem_preload(void);

/* The area; makes it if nobody did.  Raises an error if there is no memory. */
extern void *shmem_attach(ShmemArea *area);

extern ShmemHome shmem_home(void);

/* "preloaded", "segment", "backend" */
extern const char *shmem_home_name(void);

#endif							/* STRIPE_SHMEM_H */
