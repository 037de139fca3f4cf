/*-------------------------------------------------------------------------
 *
 * message.c
 *		What the user is told.
 *
 *-------------------------------------------------------------------------
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"

static void vsay(const char *prefix, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void
vsay(const char *prefix, const char *format, va_list args)
{
	fputs(prefix, stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

#define DEFINE_MESSAGE(name, prefix) \
	void \
	name(const char *format,...) \
	{ \
		va_list		args; \
\
		va_start(args, format); \
		vsay(prefix, format, args); \
		va_end(args); \
	}

DEFINE_MESSAGE(say, "")
DEFINE_MESSAGE(log_error, PROGNAME ": error: ")
DEFINE_MESSAGE(log_warning, PROGNAME ": warning: ")
DEFINE_MESSAGE(log_detail, PROGNAME ": detail: ")
DEFINE_MESSAGE(log_hint, PROGNAME ": hint: ")

const char *
shown(const char *text, char *buffer)
{
	size_t		len = strnlen(text, SHOWN_LENGTH);

	for (size_t i = 0; i < len; i++)
		buffer[i] = (text[i] >= ' ' && text[i] <= '~') ? text[i] : '?';
	buffer[len] = '\0';
	return buffer;
}

void *
xmalloc(size_t size)
{
	void	   *memory = malloc(size);

	if (memory == NULL)
	{
		log_error("out of memory");
		exit(1);
	}
	return memory;
}

char *
xstrdup(const char *text)
{
	size_t		size = strlen(text) + 1;

	return memcpy(xmalloc(size), text, size);
}

void
forget(char *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret, strlen(secret));
	free(secret);
}
