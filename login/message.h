/*-------------------------------------------------------------------------
 *
 * message.h
 *		What the user is told.  All of it goes to stderr: stdout is for the SQL
 *		that rebuilds the objects.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_MESSAGE_H
#define LOGIN_MESSAGE_H

#include <stddef.h>

#define PROGNAME "stripe_fdw_login"

/* Stripe's messages echo codes; some ends of lines would be commands to the terminal. */
#define SHOWN_LENGTH 256

extern void say(const char *format,...) __attribute__((format(printf, 1, 2)));
extern void log_error(const char *format,...) __attribute__((format(printf, 1, 2)));
extern void log_warning(const char *format,...) __attribute__((format(printf, 1, 2)));
extern void log_detail(const char *format,...) __attribute__((format(printf, 1, 2)));
extern void log_hint(const char *format,...) __attribute__((format(printf, 1, 2)));

/*
 * Text of unknown origin as it may be shown: printable ASCII, SHOWN_LENGTH
 * characters at most.  Returns buffer, of SHOWN_LENGTH + 1 bytes.
 */
extern const char *shown(const char *text, char *buffer);

/* malloc and strdup that end the program when there is no memory. */
extern void *xmalloc(size_t size);
extern char *xstrdup(const char *text);

/* Zeroes and frees a string that was secret; NULL is fine. */
extern void forget(char *secret);

#endif							/* LOGIN_MESSAGE_H */
