/*-------------------------------------------------------------------------
 *
 * mapping.c
 *		User mappings as the catalog has them: finding, locking, changing.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/reloptions.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "auth/mapping.h"
#include "base/compat.h"

static StripeMapping *
from_tuple(HeapTuple tuple)
{
	Form_pg_user_mapping form = (Form_pg_user_mapping) GETSTRUCT(tuple);
	StripeMapping *mapping = palloc0(sizeof(StripeMapping));
	Datum		options;
	bool		isnull;

	mapping->umid = form->oid;
	mapping->serverid = form->umserver;
	mapping->umuser = form->umuser;
	mapping->version.tid = tuple->t_self;
	mapping->version.xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
	options = SysCacheGetAttr(USERMAPPINGOID, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	mapping->options = isnull ? NIL : untransformRelOptions(options);
	return mapping;
}

StripeMapping *
mapping_find(Oid serverid, Oid userid)
{
	StripeMapping *mapping;
	HeapTuple	tuple;

	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid),
							ObjectIdGetDatum(serverid));
	if (!HeapTupleIsValid(tuple))
		tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
								ObjectIdGetDatum(serverid));
	if (!HeapTupleIsValid(tuple))
	{
		(void) GetUserMapping(userid, serverid);	/* raises the usual error */
		elog(ERROR, "user mapping not found");
	}
	mapping = from_tuple(tuple);
	ReleaseSysCache(tuple);
	return mapping;
}

StripeMapping *
mapping_get(Oid umid)
{
	HeapTuple	tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	StripeMapping *mapping;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	mapping = from_tuple(tuple);
	ReleaseSysCache(tuple);
	return mapping;
}

bool
mapping_same_version(const MappingVersion *a, const MappingVersion *b)
{
	return a->xmin == b->xmin && memcmp(&a->tid, &b->tid, sizeof(a->tid)) == 0;
}

const char *
mapping_user_name(const StripeMapping *mapping)
{
	return OidIsValid(mapping->umuser) ? GetUserNameFromId(mapping->umuser, false) : NULL;
}

/* As PostgreSQL itself does it for ALTER USER MAPPING. */
void
mapping_check_privilege(const StripeMapping *mapping, Oid userid)
{
	ForeignServer *server = GetForeignServer(mapping->serverid);

	if (compat_server_owner(mapping->serverid, userid))
		return;
	if (mapping->umuser == userid)
	{
		AclResult	result = compat_server_usage(mapping->serverid, userid);

		if (result != ACLCHECK_OK)
			aclcheck_error(result, OBJECT_FOREIGN_SERVER, server->servername);
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to change the user mapping for PUBLIC of server \"%s\"",
					server->servername),
			 errdetail("Only the owner of the server may change it, and you have no user mapping of your own."),
			 errhint("CREATE USER MAPPING FOR CURRENT_USER SERVER ...;")));
}

void
mapping_lock(Oid umid)
{
	LockDatabaseObject(UserMappingRelationId, umid, 0, AccessExclusiveLock);
}

bool
mapping_lock_row(const StripeMapping *mapping)
{
	Relation	rel = table_open(UserMappingRelationId, RowExclusiveLock);
	HeapTupleData tuple = {0};
	TM_FailureData failure;
	TM_Result	result;
	Buffer		buffer;

	tuple.t_self = mapping->version.tid;
	result = heap_lock_tuple(rel, &tuple, GetCurrentCommandId(false), LockTupleNoKeyExclusive,
							 LockWaitBlock, false, &buffer, &failure);
	ReleaseBuffer(buffer);
	table_close(rel, NoLock);
	return result == TM_Ok;
}

static bool
has_option(List *options, const char *name)
{
	ListCell   *lc;

	foreach (lc, options)
	{
		if (strcmp(lfirst_node(DefElem, lc)->defname, name) == 0)
			return true;
	}
	return false;
}

void
mapping_update(const StripeMapping *mapping, const MappingChange *changes, int nchanges)
{
	Relation	rel = table_open(UserMappingRelationId, RowExclusiveLock);
	Datum		values[Natts_pg_user_mapping] = {0};
	bool		nulls[Natts_pg_user_mapping] = {0};
	bool		replace[Natts_pg_user_mapping] = {0};
	List	   *actions = NIL;
	HeapTuple	tuple;
	Datum		options;
	bool		isnull;

	tuple = SearchSysCacheCopy1(USERMAPPINGOID, ObjectIdGetDatum(mapping->umid));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("the user mapping was dropped meanwhile")));
	options = SysCacheGetAttr(USERMAPPINGOID, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	for (int i = 0; i < nchanges; i++)
	{
		char	   *name = pstrdup(changes[i].option);
		bool		there = !isnull && has_option(untransformRelOptions(options), name);
		Node	   *value = NULL;
		DefElem    *action;

		if (changes[i].value == NULL && !there)
			continue;
		if (changes[i].value != NULL)
			value = (Node *) makeString(pstrdup(changes[i].value));
		action = makeDefElem(name, value, -1);
		action->defaction = changes[i].value == NULL ? DEFELEM_DROP :
			there ? DEFELEM_SET : DEFELEM_ADD;
		actions = lappend(actions, action);
	}

	options = transformGenericOptions(UserMappingRelationId,
									  isnull ? PointerGetDatum(NULL) : options, actions,
									  InvalidOid);
	values[Anum_pg_user_mapping_umoptions - 1] = options;
	nulls[Anum_pg_user_mapping_umoptions - 1] = DatumGetPointer(options) == NULL;
	replace[Anum_pg_user_mapping_umoptions - 1] = true;
	tuple = heap_modify_tuple(tuple, RelationGetDescr(rel), values, nulls, replace);
	CatalogTupleUpdate(rel, &tuple->t_self, tuple);
	InvokeObjectPostAlterHook(UserMappingRelationId, mapping->umid, 0);
	table_close(rel, RowExclusiveLock);
	CommandCounterIncrement();
}
