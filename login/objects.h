/*-------------------------------------------------------------------------
 *
 * objects.h
 *		The server, the user mapping and the schema: found, created, taken
 *		away again, and written down as SQL.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_OBJECTS_H
#define LOGIN_OBJECTS_H

#include <stdbool.h>

#include "options.h"

typedef struct Objects
{
	const Options *options;
	char	   *extension;		/* its schema, quoted */
	char	   *server;			/* the name, quoted */
	bool		server_exists;
	bool		mapping_exists; /* for the current user itself, not PUBLIC */
} Objects;

/* Looks; asks whether to create what is missing.  false: an error was shown. */
extern bool objects_find(Objects *objects, const Options *options);

extern void objects_release(Objects *objects);

/* Creates what was missing.  In a transaction. */
extern bool objects_create(const Objects *objects);

/* Takes away what objects_create() had created. */
extern void objects_undo(const Objects *objects);

/* An option of the mapping, malloc'd; NULL if it is not set.  Never ask for a secret's. */
extern char *mapping_option(const Objects *objects, const char *name);
extern bool mapping_has_option(const Objects *objects, const char *name);

/* Adds or changes an option that is no secret. */
extern bool mapping_set_option(const Objects *objects, const char *name, const char *value);
extern bool mapping_set_secret(const Objects *objects, const char *name, const char *value);

/* Imports the tables, if a schema was named and holds none of the server's. */
extern bool objects_import(const Objects *objects);

/* SQL that makes the same objects, with the secrets left out, on stdout. */
extern bool objects_print(const Objects *objects, const char *how);

#endif							/* LOGIN_OBJECTS_H */
