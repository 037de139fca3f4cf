/*-------------------------------------------------------------------------
 *
 * statement.h
 *		Keeping secrets in SQL statements out of where statements are shown.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_STATEMENT_H
#define STRIPE_STATEMENT_H

#include "postgres.h"

/*
 * A palloc'd copy of a statement in which '***' stands for each literal.
 * backslashes: they escape in plain literals too (standard_conforming_strings
 * is off).
 */
extern char *statement_without_literals(const char *sql, bool backslashes);

/*
 * Has pg_stat_activity, and the log should an error follow, show the current
 * statement without its literals.
 */
extern void statement_hide_literals(void);

#endif							/* STRIPE_STATEMENT_H */
