/*-------------------------------------------------------------------------
 *
 * mapping.h
 *		User mappings as the catalog has them: finding, locking, changing.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_MAPPING_H
#define STRIPE_MAPPING_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "storage/itemptr.h"

/* Tells one state of a mapping from another. */
typedef struct MappingVersion
{
	ItemPointerData tid;
	TransactionId xmin;
} MappingVersion;

typedef struct StripeMapping
{
	Oid			umid;
	Oid			serverid;
	Oid			umuser;			/* InvalidOid: PUBLIC */
	MappingVersion version;
	List	   *options;		/* of DefElem, as stored */
} StripeMapping;

/* The user's own mapping, or PUBLIC's; raises an error if there is none. */
extern StripeMapping *mapping_find(Oid serverid, Oid userid);

/* The same by its OID; NULL if it is gone. */
extern StripeMapping *mapping_get(Oid umid);

extern bool mapping_same_version(const MappingVersion *a, const MappingVersion *b);

/* The user's name; NULL for PUBLIC. */
extern const char *mapping_user_name(const StripeMapping *mapping);

/* Raises an error unless the user may ALTER USER MAPPING it. */
extern void mapping_check_privilege(const StripeMapping *mapping, Oid userid);

/*
 * Locks, until the transaction's end, against all others that change a
 * mapping's secrets, and against its being dropped.
 */
extern void mapping_lock(Oid umid);

/*
 * Locks the row itself against ALTER USER MAPPING, which takes no lock of the
 * above.  false: it is no longer the version that was read.
 */
extern bool mapping_lock_row(const StripeMapping *mapping);

/* One option to be set, or (value NULL) removed if it is there. */
typedef struct MappingChange
{
	const char *option;
	const char *value;
} MappingChange;

/* Changes the options; visible to the commands that follow. */
extern void mapping_update(const StripeMapping *mapping, const MappingChange *changes,
						   int nchanges);

#endif							/* STRIPE_MAPPING_H */
