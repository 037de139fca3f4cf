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

#include "access/stratnum.h"
#include "catalog/pg_foreign_server.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "optimizer/cost.h"
#include "optimizer/pathnode.h"
#include "postmaster/autovacuum.h"
#include "optimizer/paths.h"
#include "utils/acl.h"
#include "utils/selfuncs.h"

#if PG_VERSION_NUM < 150000
#error "stripe_fdw needs PostgreSQL 15 or newer"
#endif

#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "storage/waiteventset.h"
#endif

#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif

/* Before PG18 the mark of a function that does not return came after its name. */
#ifndef pg_noreturn
#define pg_noreturn pg_attribute_noreturn()
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

/* Whether backends can make shared memory at any time (from PG17). */
static inline bool
compat_has_named_segments(void)
{
#if PG_VERSION_NUM >= 170000
	return IsUnderPostmaster;
#else
	return false;
#endif
}

/*
 * The shared segment of this name, which stays mapped and which init is called
 * for if it is new; NULL if there is no such thing.
 */
static inline void *
compat_named_segment(const char *name, size_t size, void (*init) (void *segment))
{
#if PG_VERSION_NUM >= 170000
	bool		found;

	if (compat_has_named_segments())
		return GetNamedDSMSegment(name, size, init, &found);
#else
	(void) name;
	(void) size;
	(void) init;
#endif
	return NULL;
}

/* By how much a path that must end with an error is worse than a join method that is off. */
#define COMPAT_DISABLED 100

/*
 * A path that scans a foreign table; disabled: to be taken only if there is
 * no other.  fdw_restrictinfo came with PG17 and is for pushed-down joins only;
 * disabled_nodes with PG18, where they count before costs do.
 */
static inline ForeignPath *
stripe_create_foreignscan_path(PlannerInfo *root, RelOptInfo *rel, double rows,
							   Cost startup_cost, Cost total_cost, bool disabled,
							   List *pathkeys, Relids required_outer)
{
	if (disabled)
	{
		startup_cost += COMPAT_DISABLED * disable_cost;
		total_cost += COMPAT_DISABLED * disable_cost;
	}
#if PG_VERSION_NUM >= 180000
	return create_foreignscan_path(root, rel, NULL, rows, disabled ? COMPAT_DISABLED : 0,
								   startup_cost, total_cost, pathkeys, required_outer, NULL, NIL,
								   NIL);
#elif PG_VERSION_NUM >= 170000
	return create_foreignscan_path(root, rel, NULL, rows, startup_cost, total_cost,
								   pathkeys, required_outer, NULL, NIL, NIL);
#else
	return create_foreignscan_path(root, rel, NULL, rows, startup_cost, total_cost,
								   pathkeys, required_outer, NULL, NIL);
#endif
}

/*
 * Pathkeys for the order of one expression by an operator; NIL if no class of
 * equal expressions has it, and none is to be made.  PG16 dropped
 * nullable_relids.
 */
static inline List *
compat_build_expression_pathkey(PlannerInfo *root, Expr *expr, Oid opno, Relids rel, bool create)
{
#if PG_VERSION_NUM >= 160000
	return build_expression_pathkey(root, expr, opno, rel, create);
#else
	return build_expression_pathkey(root, expr, NULL, opno, rel, create);
#endif
}

/* About how many elements an array expression has; PG17 wants root for it. */
static inline double
compat_estimate_array_length(PlannerInfo *root, Node *array)
{
#if PG_VERSION_NUM >= 170000
	return estimate_array_length(root, array);
#else
	return estimate_array_length(array);
#endif
}

/* Whether a pathkey sorts from large to small; PG18 has no strategy in it. */
static inline bool
compat_pathkey_is_descending(const PathKey *pathkey)
{
#if PG_VERSION_NUM >= 180000
	return pathkey->pk_cmptype == COMPARE_GT;
#else
	return pathkey->pk_strategy == BTGreaterStrategyNumber;
#endif
}

/*
 * The user as whom a foreign table is read: the view's owner if it is read
 * through a view.  From PG16 on the plan knows it.
 */
static inline Oid
stripe_scan_userid(ForeignScanState *node)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Oid			userid;

#if PG_VERSION_NUM >= 160000
	userid = plan->checkAsUser;
#else
	userid = exec_rt_fetch(plan->scan.scanrelid, node->ss.ps.state)->checkAsUser;
#endif
	return OidIsValid(userid) ? userid : GetUserId();
}

/* Whether the user owns a foreign server, and may use it: PG16 has one function for all objects. */
static inline bool
compat_server_owner(Oid serverid, Oid userid)
{
#if PG_VERSION_NUM >= 160000
	return object_ownercheck(ForeignServerRelationId, serverid, userid);
#else
	return pg_foreign_server_ownercheck(serverid, userid);
#endif
}

static inline AclResult
compat_server_usage(Oid serverid, Oid userid)
{
#if PG_VERSION_NUM >= 160000
	return object_aclcheck(ForeignServerRelationId, serverid, userid, ACL_USAGE);
#else
	return pg_foreign_server_aclcheck(serverid, userid, ACL_USAGE);
#endif
}

/* Whether this is autovacuum at work. */
static inline bool
compat_is_autovacuum(void)
{
#if PG_VERSION_NUM >= 170000
	return AmAutoVacuumWorkerProcess();
#else
	return IsAutoVacuumWorkerProcess();
#endif
}

#endif							/* STRIPE_COMPAT_H */
