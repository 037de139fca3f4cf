/*-------------------------------------------------------------------------
 *
 * utility_hook.h
 *		Statements on user mappings without their secrets, for those who come
 *		after us: pg_stat_statements above all.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_UTILITY_HOOK_H
#define STRIPE_UTILITY_HOOK_H

/* To be called by _PG_init. */
extern void utility_hook_install(void);

#endif							/* STRIPE_UTILITY_HOOK_H */
