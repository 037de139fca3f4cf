/*-------------------------------------------------------------------------
 *
 * secret_functions.c
 *		The SQL-callable functions that store and encrypt secrets.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "foreign/foreign.h"
#include "miscadmin.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/resowner.h"

#include "auth/credentials.h"
#include "auth/envelope.h"
#include "auth/mapping.h"
#include "base/statement.h"
#include "fdw/sign_in.h"
#include "oauth_functions.h"

PG_FUNCTION_INFO_V1(stripe_set_secret);
PG_FUNCTION_INFO_V1(stripe_rotate_secrets);

#define MAX_SECRET_BYTES 1024

static void
check_secret_option(const char *option)
{
	StringInfoData names;

	initStringInfo(&names);
	for (const char *name = stripe_next_secret_option(NULL); name != NULL;
		 name = stripe_next_secret_option(name))
	{
		if (strcmp(name, option) == 0)
			return;
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", name);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("\"%s\" is not an option that holds a secret", secret_redact(option)),
			 errhint("These do: %s. Others are set with ALTER USER MAPPING.", names.data)));
}

/* stripe_set_secret(server, option, value): see the extension script */
Datum
stripe_set_secret(PG_FUNCTION_ARGS)
{
	StripeMapping *mapping;
	Secret	   *secret = NULL;
	MappingChange change = {0};
	SecretPlace place;

	statement_hide_literals();
	if (PG_ARGISNULL(1))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("the option must not be null")));
	place.option = change.option = text_to_cstring(PG_GETARG_TEXT_PP(1));
	check_secret_option(change.option);
	if (!PG_ARGISNULL(2))
	{
		secret = stripe_secret_argument(fcinfo, 2, "secret", MAX_SECRET_BYTES);
		if (envelope_is(secret_bytes(secret)))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the secret is encrypted already")));
	}

	mapping = stripe_mapping_to_change(stripe_server_argument(fcinfo, 0), "stripe_set_secret()");
	place.server = GetForeignServer(mapping->serverid)->servername;
	place.user = mapping_user_name(mapping);
	if (secret != NULL)
	{
		/* A publishable key is best refused here. */
		secret = credentials_make_key(secret_bytes(secret), secret_length(secret), place.server,
									  CurrentMemoryContext);
		change.value = envelope_seal(&place, secret);
	}
	mapping_update(mapping, &change, 1);
	PG_RETURN_VOID();
}

/* Encrypts what is not encrypted with the current key; returns how much that was. */
static int
rotate_mapping(const StripeMapping *mapping)
{
	SecretPlace place = {
		.server = GetForeignServer(mapping->serverid)->servername,
		.user = mapping_user_name(mapping),
	};
	MappingChange changes[16];
	int			n = 0;
	ListCell   *lc;

	foreach (lc, mapping->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);
		char	   *value = defGetString(def);

		for (const char *name = stripe_next_secret_option(NULL); name != NULL;
			 name = stripe_next_secret_option(name))
		{
			Secret	   *secret;

			if (strcmp(name, def->defname) != 0 || !envelope_is_outdated(value))
				continue;
			place.option = name;
			secret = envelope_open(&place, value, CurrentMemoryContext);
			Assert(n < lengthof(changes));
			changes[n++] = (MappingChange) {name, envelope_seal(&place, secret)};
			secret_zero(value, strlen(value));
		}
	}
	if (n > 0)
		mapping_update(mapping, changes, n);
	return n;
}

/* Whether a mapping has a secret that is not encrypted with the current key. */
static bool
is_outdated(const StripeMapping *mapping)
{
	ListCell   *lc;

	foreach (lc, mapping->options)
	{
		DefElem    *def = lfirst_node(DefElem, lc);

		for (const char *name = stripe_next_secret_option(NULL); name != NULL;
			 name = stripe_next_secret_option(name))
		{
			if (strcmp(name, def->defname) == 0 && envelope_is_outdated(defGetString(def)))
				return true;
		}
	}
	return false;
}

/*
 * Locks and rotates a mapping.  One that can't be decrypted is its user's to
 * mend, and does not keep the others' from being rotated.
 */
static int
try_to_rotate(Oid umid)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	StripeMapping *mapping = mapping_get(umid);
	volatile int count = 0;

	/* What is not changed is not locked: a refresh in this transaction would wait for us. */
	if (mapping == NULL || !is_outdated(mapping))
		return 0;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		mapping_lock(umid);
		mapping = mapping_get(umid);
		if (mapping != NULL)
			count = rotate_mapping(mapping);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		RollbackAndReleaseCurrentSubTransaction();

		/* A cancel is about all of them; a key file that can't be read has shown before. */
		if (error->sqlerrcode != ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION &&
			error->sqlerrcode != ERRCODE_CONFIG_FILE_ERROR)
			ReThrowError(error);
		FlushErrorState();
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("secrets of user mapping for %s, server \"%s\", are left as they are: %s",
						OidIsValid(mapping->umuser) ? mapping_user_name(mapping) : "public",
						GetForeignServer(mapping->serverid)->servername, error->message),
				 error->detail ? errdetail("%s", error->detail) : 0,
				 error->hint ? errhint("%s", error->hint) : 0));
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return count;
}

/* The OIDs of all mappings of our servers. */
static List *
list_mappings(void)
{
	Relation	rel = table_open(UserMappingRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *umids = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_user_mapping form = (Form_pg_user_mapping) GETSTRUCT(tuple);

		if (stripe_owns_server(form->umserver))
			umids = lappend_oid(umids, form->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return umids;
}

/* stripe_rotate_secrets(): see the extension script */
Datum
stripe_rotate_secrets(PG_FUNCTION_ARGS)
{
	int			count = 0;
	ListCell   *lc;

	PreventCommandIfReadOnly("stripe_rotate_secrets()");
	PreventCommandDuringRecovery("stripe_rotate_secrets()");
	if (!envelope_wanted())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there is no key to encrypt secrets with"),
				 errhint("Set \"stripe_fdw.encryption_key_file\".")));
	foreach (lc, list_mappings())
		count += try_to_rotate(lfirst_oid(lc));
	PG_RETURN_INT32(count);
}
