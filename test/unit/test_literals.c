/*
 * test_literals.c
 *		SQL without its literals.
 */
#include "postgres.h"

#include "base/statement.h"
#include "shim.h"
#include "tap.h"

static const struct
{
	const char *sql;
	const char *shown;
	bool		backslashes;
}			cases[] = {
	{"", "", false},
	{"SELECT 1", "SELECT 1", false},
	{"OPTIONS (api_key 'sk_1', user 'x')", "OPTIONS (api_key '***', user '***')", false},
	{"SELECT ''", "SELECT '***'", false},
	{"SELECT 'it''s', 'b'", "SELECT '***', '***'", false},
	{"SELECT 'a' 'b'", "SELECT '***' '***'", false},
	{"SELECT E'a\\'b', 'c'", "SELECT E'***', '***'", false},
	{"SELECT e'a\\\\', 'c'", "SELECT e'***', '***'", false},
	{"SELECT 'a\\', 'c'", "SELECT '***', '***'", false},
	{"SELECT 'a\\'b', 'c'", "SELECT '***', '***'", true},
	{"SELECT U&'\\0061', N'b', B'1', X'1f'", "SELECT U&'***', N'***', B'***', X'***'", false},
	{"SELECT name'a\\', 'c'", "SELECT name'***', '***'", false},
	{"SELECT \"it's\" , 'b'", "SELECT \"it's\" , '***'", false},
	{"SELECT \"a\"\"'\", 'b'", "SELECT \"a\"\"'\", '***'", false},
	{"SELECT 1 -- it's\n, 'b'", "SELECT 1 -- it's\n, '***'", false},
	{"SELECT /* it's /* a */ ' */ 'b'", "SELECT /* it's /* a */ ' */ '***'", false},
	{"SELECT $$it's$$, $a$ $$ $b$ $a$", "SELECT '***', '***'", false},
	{"SELECT a$b$c$b$, 'x'", "SELECT a$b$c$b$, '***'", false},
	{"EXECUTE p($1, 'x')", "EXECUTE p($1, '***')", false},
	{"SELECT 5$$x", "SELECT 5$$x", false},
	{"DO $_$ BEGIN PERFORM 'x'; END $_$; SELECT 1", "DO '***'; SELECT 1", false},
	{"SELECT 'never ends", "SELECT '***'", false},
	{"SELECT $$never ends", "SELECT '***'", false},
	{"SELECT /* never ends '", "SELECT /* never ends '", false},
	{"SELECT E'\\", "SELECT E'***'", false},
	{"SELECT $", "SELECT $", false},
	/* one literal, continued after a newline, and what is none */
	{"SELECT 'a'\n'b', 'c'", "SELECT '***', '***'", false},
	{"SELECT E'a'\n'b\\'c', 'd'", "SELECT E'***', '***'", false},
	{"SELECT E'a' \t\r\n\f\v 'b\\'c' \r 'd\\'e', 'f'", "SELECT E'***', '***'", false},
	{"SELECT E'a' -- it's\n'b\\'c', 'd'", "SELECT E'***', '***'", false},
	{"SELECT E'a'-- b\r -- it's\n\n'b\\'c', 'd'", "SELECT E'***', '***'", false},
	{"SELECT E'a'\n-- it's\n'b\\'c'\n'never ends", "SELECT E'***'", false},
	{"SELECT 'a'\n'b\\', 'c'", "SELECT '***', '***'", false},
	{"SELECT 'a'\n'b\\'c', 'd'", "SELECT '***', '***'", true},
	{"SELECT U&'a'\n'\\0061\\', N'a'\n'b\\', X'1'\n'f'", "SELECT U&'***', N'***', X'***'", false},
	{"SELECT E'a'\n, 'b\\', 'c'", "SELECT E'***'\n, '***', '***'", false},
	{"SELECT E'a'\n", "SELECT E'***'\n", false},
	{"SELECT E'a' -- 'b'", "SELECT E'***' -- 'b'", false},
	{"SELECT E'a' - 1\n, 'b'", "SELECT E'***' - 1\n, '***'", false},
	{"SELECT \"a\"\n'b\\'", "SELECT \"a\"\n'***'", false},
	{"SELECT '\xc3\xa9', \xc3\xa9$$x", "SELECT '***', \xc3\xa9$$x", false},
};

int
main(void)
{
	tap_begin("literals");
	for (size_t i = 0; i < lengthof(cases); i++)
		tap_is(statement_without_literals(cases[i].sql, cases[i].backslashes), cases[i].shown,
			   "%s", cases[i].sql);
	shim_free_all();
	return tap_end();
}
