/*-------------------------------------------------------------------------
 *
 * interrupt.h
 *		Ctrl-C and its like: whatever waits ends, the terminal is put right, and
 *		what was begun is undone.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_INTERRUPT_H
#define LOGIN_INTERRUPT_H

#include <signal.h>

#include "libpq-fe.h"

/* The signal that has come, or 0.  System calls return EINTR then. */
extern volatile sig_atomic_t interrupted;

/* From now on a first signal is only noted; a second one kills. */
extern void interrupt_note(void);

/* From now on the first one kills. */
extern void interrupt_kills(void);

/* What a signal cancels; NULL: nothing. */
extern void interrupt_cancels(PGcancel *cancel);

/* Ends the program the way that the signal would have. */
extern void interrupt_die(void) __attribute__((noreturn));

#endif							/* LOGIN_INTERRUPT_H */
