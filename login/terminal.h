/*-------------------------------------------------------------------------
 *
 * terminal.h
 *		Asking the user.
 *
 * Answers come from standard input.  Where that is a terminal, secrets are
 * read from /dev/tty without echo; where it is not, nobody is there to answer
 * questions, and a secret is the next line of it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_TERMINAL_H
#define LOGIN_TERMINAL_H

#include <stdbool.h>

/* Is there someone to ask? */
extern bool terminal_is_there(void);

/* One line, malloc'd; NULL at the end of input or when interrupted.  Without a prompt: empty. */
extern char *ask(const char *prompt);

/* As ask(), without echo. */
extern char *ask_secret(const char *prompt);

/* true: yes, which is what an empty answer means. */
extern bool ask_yes(const char *prompt);

/* The first line of a file, malloc'd; NULL, and an error was shown. */
extern char *read_secret_file(const char *path);

#endif							/* LOGIN_TERMINAL_H */
