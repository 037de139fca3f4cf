/*
 * tap.h
 *		Just enough of the Test Anything Protocol.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>

/* Begins the output; subject comes before the name of each test. */
extern void tap_begin(const char *subject);

/* One test; returns passed. */
extern bool tap_ok(bool passed, const char *format,...) __attribute__((format(printf, 2, 3)));

/* Passes if both strings are the same, or both NULL. */
extern bool tap_is(const char *got, const char *expected, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* Passes if both numbers are the same. */
extern bool tap_is_int(long long got, long long expected, const char *format,...)
			__attribute__((format(printf, 3, 4)));

/* Ends the output; the exit status of the program. */
extern int	tap_end(void);

#endif							/* TAP_H */
