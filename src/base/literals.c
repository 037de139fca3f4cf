/*-------------------------------------------------------------------------
 *
 * literals.c
 *		SQL without its literals.  Pure; declared in statement.h.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"

#include "base/statement.h"

#define LITERAL_MASK "'***'"

static bool
is_identifier_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		   c == '_' || c == '$' || IS_HIGHBIT_SET(c);
}

/* Past the quoted text that begins at sql; what never ends ends with the statement. */
static const char *
skip_quoted(const char *sql, bool backslashes)
{
	char		quote = *sql++;

	for (; *sql != '\0'; sql++)
	{
		if (backslashes && *sql == '\\' && sql[1] != '\0')
			sql++;
		else if (*sql == quote && sql[1] == quote)
			sql++;
		else if (*sql == quote)
			return sql + 1;
	}
	return sql;
}

static const char *
skip_line_comment(const char *sql)
{
	return sql + strcspn(sql, "\r\n");
}

/* They nest. */
static const char *
skip_block_comment(const char *sql)
{
	int			depth = 0;

	do
	{
		if (sql[0] == '/' && sql[1] == '*')
		{
			depth++;
			sql += 2;
		}
		else if (sql[0] == '*' && sql[1] == '/')
		{
			depth--;
			sql += 2;
		}
		else if (*sql != '\0')
			sql++;
	} while (depth > 0 && *sql != '\0');
	return sql;
}

/*
 * Where a quoted literal that ends at sql goes on: behind white space with a
 * newline, and comments to the end of a line.  NULL: it does not.
 */
static const char *
find_continuation(const char *sql)
{
	bool		newline = false;

	for (;;)
	{
		if (sql[0] == '-' && sql[1] == '-')
			sql = skip_line_comment(sql);
		else if (*sql != '\0' && strchr(" \t\n\r\f\v", *sql) != NULL)
		{
			newline = newline || *sql == '\n' || *sql == '\r';
			sql++;
		}
		else
			return newline && *sql == '\'' ? sql : NULL;
	}
}

/* Past a quoted literal, all pieces of it: backslashes are in each what they are in the first. */
static const char *
skip_literal(const char *sql, bool backslashes)
{
	const char *end = NULL;

	while (sql != NULL)
	{
		end = skip_quoted(sql, backslashes);
		sql = find_continuation(end);
	}
	return end;
}

/* Past the literal $tag$...$tag$; NULL if none begins at sql. */
static const char *
skip_dollar_quoted(const char *sql)
{
	const char *tag_end = sql + 1;
	size_t		len;

	while (is_identifier_char(*tag_end) && *tag_end != '$')
		tag_end++;
	if (*tag_end != '$' || (sql[1] >= '0' && sql[1] <= '9'))
		return NULL;
	len = tag_end + 1 - sql;
	for (const char *at = tag_end + 1; *at != '\0'; at++)
	{
		if (strncmp(at, sql, len) == 0)
			return at + len;
	}
	return sql + strlen(sql);
}

char *
statement_without_literals(const char *sql, bool backslashes)
{
	StringInfoData out;
	char		before = '\0';	/* the last character, or its like */
	bool		escapes = false;	/* it is an E by itself */

	initStringInfo(&out);
	while (*sql != '\0')
	{
		const char *next = sql + 1;
		bool		literal = false;

		if (*sql == '\'')
		{
			next = skip_literal(sql, backslashes || escapes);
			literal = true;
		}
		else if (*sql == '"')
			next = skip_quoted(sql, false);
		else if (sql[0] == '-' && sql[1] == '-')
			next = skip_line_comment(sql);
		else if (sql[0] == '/' && sql[1] == '*')
			next = skip_block_comment(sql);
		else if (*sql == '$' && !is_identifier_char(before))
		{
			next = skip_dollar_quoted(sql);
			literal = next != NULL;
			if (!literal)
				next = sql + 1;
		}

		escapes = (*sql == 'e' || *sql == 'E') && !is_identifier_char(before);
		before = literal ? '\'' : next[-1];
		if (literal)
			appendStringInfoString(&out, LITERAL_MASK);
		else
			appendBinaryStringInfo(&out, sql, next - sql);
		sql = next;
	}
	return out.data;
}
