/*-------------------------------------------------------------------------
 *
 * objects.c
 *		The server, the user mapping and the schema.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "message.h"
#include "objects.h"
#include "terminal.h"

static bool
may_create(const Objects *objects, const char *what)
{
	char	   *question;
	bool		yes;

	if (objects->options->create)
		return true;
	if (!terminal_is_there())
	{
		log_error("%s does not exist", what);
		log_hint("--create creates it.");
		return false;
	}
	question = sql_format("There is no %s yet. Create it? [Y/n] ", what);
	yes = ask_yes(question);
	free(question);
	return yes;
}

static bool
find_server(Objects *objects)
{
	const char *const name[] = {objects->options->server};
	bool		failed = false;
	char	   *kind = db_value("SELECT CASE WHEN w.fdwname <> 'stripe_fdw' THEN 'other'"
								" WHEN has_server_privilege(s.oid, 'USAGE') THEN 'usable' ELSE 'closed' END"
								" FROM pg_foreign_server s"
								" JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw WHERE s.srvname = $1",
								1, name, &failed);

	objects->server_exists = kind != NULL;
	if (kind != NULL && strcmp(kind, "other") == 0)
	{
		log_error("server %s belongs to another foreign data wrapper", objects->server);
		log_hint("--server names the one to sign in to.");
		failed = true;
	}
	else if (kind != NULL && strcmp(kind, "closed") == 0)
	{
		log_error("permission denied for foreign server %s", objects->server);
		log_hint("Its owner can allow it: GRANT USAGE ON FOREIGN SERVER %s TO ...;", objects->server);
		failed = true;
	}
	free(kind);
	return !failed;
}

bool
objects_find(Objects *objects, const Options *options)
{
	const char *const name[] = {options->server};
	bool		failed = false;
	char	   *mapping;
	char	   *what;
	bool		go_on;

	memset(objects, 0, sizeof(*objects));
	objects->options = options;
	objects->server = db_identifier(options->server);
	objects->extension = db_value("SELECT quote_ident(n.nspname) FROM pg_extension e"
								  " JOIN pg_namespace n ON n.oid = e.extnamespace"
								  " WHERE e.extname = 'stripe_fdw'", 0, NULL, &failed);
	if (failed)
		return false;
	if (objects->extension == NULL)
	{
		log_error("the extension stripe_fdw is not in this database");
		log_hint("As a superuser: CREATE EXTENSION stripe_fdw;");
		return false;
	}
	if (!find_server(objects))
		return false;

	mapping = db_value("SELECT 'there' FROM pg_user_mappings WHERE srvname = $1"
					   " AND usename = current_user", 1, name, &failed);
	objects->mapping_exists = mapping != NULL;
	free(mapping);
	if (failed)
		return false;

	/* A mapping alone is why the program is run: nobody is asked. */
	if (objects->server_exists)
		return true;
	what = sql_format("server %s", objects->server);
	go_on = may_create(objects, what);
	free(what);
	return go_on;
}

void
objects_release(Objects *objects)
{
	free(objects->extension);
	free(objects->server);
}

static bool
run_and_free(char *sql)
{
	bool		fine = db_command(sql);

	free(sql);
	return fine;
}

static bool
create_server(const Objects *objects)
{
	const struct
	{
		const char *name;
		const char *value;
	}			given[] = {
		{"api_base", objects->options->api_base},
		{"connect_base", objects->options->connect_base},
		{"marketplace_base", objects->options->marketplace_base},
	};

	if (!run_and_free(sql_format("CREATE SERVER %s FOREIGN DATA WRAPPER stripe_fdw",
								 objects->server)))
		return false;
	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
	{
		char	   *value;
		bool		fine;

		if (given[i].value == NULL)
			continue;
		value = db_literal(given[i].value);
		fine = run_and_free(sql_format("ALTER SERVER %s OPTIONS (ADD %s %s)",
									   objects->server, given[i].name, value));
		free(value);
		if (!fine)
			return false;
	}
	return true;
}

bool
objects_create(const Objects *objects)
{
	if (!objects->server_exists && !create_server(objects))
		return false;
	return objects->mapping_exists ||
		run_and_free(sql_format("CREATE USER MAPPING FOR CURRENT_USER SERVER %s", objects->server));
}

void
objects_undo(const Objects *objects)
{
	if (!objects->mapping_exists)
		run_and_free(sql_format("DROP USER MAPPING FOR CURRENT_USER SERVER %s", objects->server));
	if (!objects->server_exists)
		run_and_free(sql_format("DROP SERVER %s", objects->server));
}

#define MAPPING_OPTIONS \
	" FROM pg_user_mappings m, pg_options_to_table(m.umoptions) o" \
	" WHERE m.srvname = $1 AND m.usename = current_user"

char *
mapping_option(const Objects *objects, const char *name)
{
	const char *const values[] = {objects->options->server, name};
	bool		failed = false;

	return db_value("SELECT o.option_value" MAPPING_OPTIONS " AND o.option_name = $2",
					2, values, &failed);
}

bool
mapping_has_option(const Objects *objects, const char *name)
{
	const char *const values[] = {objects->options->server, name};
	bool		failed = false;
	char	   *there = db_value("SELECT 'there'" MAPPING_OPTIONS " AND o.option_name = $2",
								 2, values, &failed);

	free(there);
	return there != NULL;
}

bool
mapping_set_option(const Objects *objects, const char *name, const char *value)
{
	char	   *option = db_identifier(name);
	char	   *literal = db_literal(value);
	const char *action = mapping_has_option(objects, name) ? "SET" : "ADD";
	bool		fine = run_and_free(sql_format("ALTER USER MAPPING FOR CURRENT_USER SERVER %s"
											   " OPTIONS (%s %s %s)",
											   objects->server, action, option, literal));

	free(option);
	free(literal);
	return fine;
}

bool
mapping_set_secret(const Objects *objects, const char *name, const char *value)
{
	const char *const values[] = {objects->options->server, name};
	char	   *sql = sql_format("SELECT %s.stripe_set_secret($1::name, $2::text, v1) FROM " secret_table_sql,
								 objects->extension);
	PGresult   *result = db_query_secret(sql, 2, values, 1, &value);

	free(sql);
	PQclear(result);
	return result != NULL;
}

bool
objects_import(const Objects *objects)
{
	const char *const values[] = {objects->options->schema, objects->options->server};
	char	   *schema;
	char	   *there;
	bool		failed = false;
	bool		fine = true;

	if (objects->options->schema == NULL)
		return true;
	there = db_value("SELECT CASE WHEN EXISTS (SELECT FROM pg_foreign_table t"
					 " JOIN pg_class c ON c.oid = t.ftrelid JOIN pg_foreign_server s ON s.oid = t.ftserver"
					 " WHERE c.relnamespace = n.oid AND s.srvname = $2) THEN 'tables' ELSE 'schema' END"
					 " FROM pg_namespace n WHERE n.nspname = $1", 2, values, &failed);
	if (failed)
		return false;
	schema = db_identifier(objects->options->schema);
	if (there == NULL)
		fine = run_and_free(sql_format("CREATE SCHEMA %s", schema));
	if (there == NULL || strcmp(there, "schema") == 0)
	{
		fine = fine && run_and_free(sql_format("IMPORT FOREIGN SCHEMA stripe FROM SERVER %s INTO %s",
											   objects->server, schema));
		if (fine)
			say("Stripe's tables are in schema %s.", schema);
	}
	else
		say("Schema %s holds tables of this server already; nothing was imported.", schema);
	free(there);
	free(schema);
	return fine;
}

/* Each row a line of SQL; $1: the server, $2: the extension's schema, $3: the tables' or NULL. */
static const char print_sql[] =
	"WITH server AS (SELECT * FROM pg_foreign_server WHERE srvname = $1),"
	" mapping AS (SELECT m.usename, o.* FROM pg_user_mappings m"
	" LEFT JOIN pg_options_to_table(m.umoptions) o ON true"
	" WHERE m.srvname = $1 AND m.usename = current_user),"
	/* whatever is not listed is left out: it might be a secret */
	" shown AS (SELECT * FROM mapping WHERE option_name IN ('auth_scheme', 'account', 'context',"
	" 'api_key_file', 'oauth_flow', 'oauth_client_id', 'oauth_scope', 'oauth_redirect_uri',"
	" 'oauth_refresh')),"
	" secret AS (SELECT * FROM mapping WHERE option_name IN ('api_key', 'oauth_client_secret'))"
	" SELECT format('CREATE SERVER %I FOREIGN DATA WRAPPER stripe_fdw%s;', srvname,"
	" (SELECT ' OPTIONS (' || string_agg(format('%I %L', option_name, option_value), ', ') || ')'"
	" FROM pg_options_to_table(srvoptions))) FROM server"
	" UNION ALL"
	" SELECT format('CREATE USER MAPPING FOR %I SERVER %I%s;', current_user, $1,"
	" (SELECT ' OPTIONS (' || string_agg(format('%I %L', option_name, option_value), ', ') || ')'"
	" FROM shown))"
	" UNION ALL"
	" SELECT format('SELECT %s.stripe_set_secret(%L, %L, %L);', $2::text, $1, option_name,"
	" '<' || option_name || '>') FROM secret"
	" UNION ALL"
	" SELECT format('CREATE SCHEMA IF NOT EXISTS %I;', $3::text) WHERE $3 IS NOT NULL"
	" UNION ALL"
	" SELECT format('IMPORT FOREIGN SCHEMA stripe FROM SERVER %I INTO %I;', $1, $3)"
	" WHERE $3 IS NOT NULL";

bool
objects_print(const Objects *objects, const char *how)
{
	const char *const values[] = {objects->options->server, objects->extension,
								  objects->options->schema};
	PGresult   *result = db_query(print_sql, 3, values);

	if (result == NULL)
		return false;
	puts("-- What rebuilds this.  Secrets are left out: put them in the places of <...>.");
	for (int i = 0; i < PQntuples(result); i++)
		puts(PQgetvalue(result, i, 0));
	PQclear(result);
	if (how != NULL)
		printf("-- Then sign in again: " PROGNAME " %s\n", how);
	return fflush(stdout) == 0;
}
