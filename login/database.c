/*-------------------------------------------------------------------------
 *
 * database.c
 *		The connection to PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"
#include "interrupt.h"
#include "message.h"
#include "terminal.h"

static PGconn *conn = NULL;
static PGcancel *cancel = NULL;

static PGconn *
try_connect(const Options *options, const char *password)
{
	/* Messages in the terminal's encoding, unless the environment names one. */
	const char *encoding = getenv("PGCLIENTENCODING") ? NULL : "auto";
	const char *const names[] = {"host", "port", "user", "password", "dbname",
								 "fallback_application_name", "client_encoding", NULL};
	const char *const values[] = {options->host, options->port, options->user, password,
								  options->dbname, PROGNAME, encoding, NULL};
	PGconn	   *connection;

	/* libpq does not let go of an attempt to connect. */
	interrupt_kills();
	connection = PQconnectdbParams(names, values, 1);
	interrupt_note();
	return connection;
}

/* libpq's own message, without the end of its line. */
static void
show_trouble(void)
{
	const char *message = PQerrorMessage(conn);
	size_t		len = strlen(message);

	while (len > 0 && message[len - 1] == '\n')
		len--;
	log_error("%.*s", (int) len, message);
}

bool
db_connect(const Options *options)
{
	char	   *password = NULL;
	PGresult   *result;

	if (options->password == PASSWORD_ALWAYS && (password = ask_secret("Password: ")) == NULL)
		return false;
	conn = try_connect(options, password);
	if (PQstatus(conn) == CONNECTION_BAD && PQconnectionNeedsPassword(conn) && password == NULL &&
		options->password != PASSWORD_NEVER)
	{
		PQfinish(conn);
		conn = NULL;
		if ((password = ask_secret("Password: ")) == NULL)
			return false;
		conn = try_connect(options, password);
	}
	forget(password);
	if (PQstatus(conn) != CONNECTION_OK)
	{
		show_trouble();
		return false;
	}
	cancel = PQgetCancel(conn);

	/* Nobody else's functions and operators. */
	result = db_query("SELECT pg_catalog.set_config('search_path', '', false)", 0, NULL);
	PQclear(result);
	return result != NULL;
}

void
db_disconnect(void)
{
	PQfreeCancel(cancel);
	cancel = NULL;
	PQfinish(conn);
	conn = NULL;
}

static void
show_failure(const PGresult *result)
{
	const char *primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	const char *detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL);
	const char *hint = PQresultErrorField(result, PG_DIAG_MESSAGE_HINT);

	if (interrupted)
		return;
	if (primary)
		log_error("%s", primary);
	else
		show_trouble();
	if (detail)
		log_detail("%s", detail);
	if (hint)
		log_hint("%s", hint);
}

/* The result if it is one, else NULL. */
static PGresult *
checked(PGresult *result)
{
	ExecStatusType status = PQresultStatus(result);

	if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_COPY_IN)
		return result;
	show_failure(result);
	PQclear(result);
	return NULL;
}

PGresult *
db_query(const char *sql, int count, const char *const *values)
{
	PGresult   *result;

	interrupt_cancels(cancel);
	result = PQexecParams(conn, sql, count, NULL, values, NULL, NULL, 0);
	interrupt_cancels(NULL);
	return checked(result);
}

bool
db_command(const char *sql)
{
	PGresult   *result = db_query(sql, 0, NULL);

	PQclear(result);
	return result != NULL;
}

char *
db_value(const char *sql, int count, const char *const *values, bool *failed)
{
	PGresult   *result = db_query(sql, count, values);
	char	   *value = NULL;

	if (result == NULL)
		*failed = true;
	else if (PQntuples(result) == 1 && !PQgetisnull(result, 0, 0))
		value = xstrdup(PQgetvalue(result, 0, 0));
	PQclear(result);
	return value;
}

/* One row of COPY's text format.  The secrets were checked: they need no escapes. */
static bool
copy_secrets(int count, const char *const *secrets)
{
	PGresult   *result = db_query("COPY " secret_table_sql " FROM STDIN", 0, NULL);
	bool		fine = result != NULL;

	PQclear(result);
	if (!fine)
		return false;
	for (int i = 0; i < count; i++)
	{
		fine = fine && PQputCopyData(conn, secrets[i], (int) strlen(secrets[i])) == 1;
		fine = fine && PQputCopyData(conn, i == count - 1 ? "\n" : "\t", 1) == 1;
	}
	if (PQputCopyEnd(conn, fine ? NULL : "interrupted") != 1)
		return false;
	result = checked(PQgetResult(conn));
	fine = fine && result != NULL;
	PQclear(result);
	while ((result = PQgetResult(conn)) != NULL)
		PQclear(result);
	return fine;
}

/* No key, code or state has anything but visible ASCII characters. */
static bool
secrets_are_plain(int count, const char *const *secrets)
{
	for (int i = 0; i < count; i++)
	{
		for (const char *c = secrets[i]; *c != '\0'; c++)
		{
			if (*c <= ' ' || *c > '~' || *c == '\\')
			{
				log_error("what was given holds a character that no key and no code has");
				return false;
			}
		}
	}
	return true;
}

PGresult *
db_query_secret(const char *sql, int count, const char *const *values,
				int secret_count, const char *const *secrets)
{
	const char *create = secret_count == 1
		? "CREATE TEMPORARY TABLE " secret_table_sql " (v1 text) ON COMMIT DROP"
		: "CREATE TEMPORARY TABLE " secret_table_sql " (v1 text, v2 text) ON COMMIT DROP";
	PGresult   *result = NULL;

	if (!secrets_are_plain(secret_count, secrets) || !db_command(create))
		return NULL;
	if (copy_secrets(secret_count, secrets))
		result = db_query(sql, count, values);
	if (result != NULL && !db_command("DROP TABLE " secret_table_sql))
	{
		PQclear(result);
		result = NULL;
	}
	return result;
}

static char *
owned(char *quoted)
{
	char	   *copy;

	if (quoted == NULL)
	{
		show_trouble();
		exit(1);
	}
	copy = xstrdup(quoted);
	PQfreemem(quoted);
	return copy;
}

char *
db_identifier(const char *name)
{
	return owned(PQescapeIdentifier(conn, name, strlen(name)));
}

char *
db_literal(const char *value)
{
	return owned(PQescapeLiteral(conn, value, strlen(value)));
}

char *
sql_format(const char *format,...)
{
	va_list		args;
	char	   *text;
	int			len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
	{
		log_error("out of memory");
		exit(1);
	}
	return text;
}
