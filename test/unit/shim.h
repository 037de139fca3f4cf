/*
 * shim.h
 *		As much of the backend's memory management as the pure modules need to
 *		run outside of it.
 */
#ifndef SHIM_H
#define SHIM_H

#include "postgres.h"

/* A memory context without parent or children. */
extern MemoryContext shim_context_create(void);

/* Runs its callbacks and frees it. */
extern void shim_context_delete(MemoryContext context);

/*
 * Frees all that was palloc'd since the last call.  What a leak checker finds
 * at exit is then a real leak.
 */
extern void shim_free_all(void);

#endif							/* SHIM_H */
