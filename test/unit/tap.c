/*
 * tap.c
 *		Just enough of the Test Anything Protocol.
 */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *tap_subject;
static int	tests = 0;
static int	failures = 0;

static bool
report(bool passed, const char *format, va_list args)
{
	printf("%s %d - %s: ", passed ? "ok" : "not ok", ++tests, tap_subject);
	vprintf(format, args);
	putchar('\n');
	if (!passed)
		failures++;
	return passed;
}

void
tap_begin(const char *subject)
{
	tap_subject = subject;
	setvbuf(stdout, NULL, _IOLBF, 0);
}

bool
tap_ok(bool passed, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	report(passed, format, args);
	va_end(args);
	return passed;
}

bool
tap_is(const char *got, const char *expected, const char *format,...)
{
	bool		same = (got == NULL || expected == NULL) ? got == expected :
		strcmp(got, expected) == 0;
	va_list		args;

	va_start(args, format);
	report(same, format, args);
	va_end(args);
	if (!same)
		printf("#      got: %s\n# expected: %s\n", got ? got : "(NULL)",
			   expected ? expected : "(NULL)");
	return same;
}

bool
tap_is_int(long long got, long long expected, const char *format,...)
{
	va_list		args;

	va_start(args, format);
	report(got == expected, format, args);
	va_end(args);
	if (got != expected)
		printf("#      got: %lld\n# expected: %lld\n", got, expected);
	return got == expected;
}

int
tap_end(void)
{
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
