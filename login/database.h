/*-------------------------------------------------------------------------
 *
 * database.h
 *		The connection to PostgreSQL.  There is one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_DATABASE_H
#define LOGIN_DATABASE_H

#include <stdbool.h>

#include "libpq-fe.h"

#include "options.h"

/* false: an error was shown. */
extern bool db_connect(const Options *options);
extern void db_disconnect(void);

/*
 * One statement.  Its parameters are no secrets: servers log them.  Returns
 * NULL if it failed, and an error was shown.
 */
extern PGresult *db_query(const char *sql, int count, const char *const *values);
extern bool db_command(const char *sql);

/* The only value of the only row, malloc'd; *failed is set if there is none because of an error. */
extern char *db_value(const char *sql, int count, const char *const *values, bool *failed);

/*
 * A statement in which secret_table_sql stands for a table with one row and the
 * columns v1, v2 …, the secrets.  They go over by COPY: what is copied is in
 * no log, whatever the server logs, nor in pg_stat_activity.  In a transaction
 * already begun.
 */
extern PGresult *db_query_secret(const char *sql, int count, const char *const *values,
								 int secret_count, const char *const *secrets);

#define secret_table_sql "pg_temp.stripe_fdw_login_secret"

/* Quoted; malloc'd. */
extern char *db_identifier(const char *name);
extern char *db_literal(const char *value);

/* For statements that take no parameters: like sprintf, malloc'd. */
extern char *sql_format(const char *format,...) __attribute__((format(printf, 1, 2)));

#endif							/* LOGIN_DATABASE_H */
