/*-------------------------------------------------------------------------
 *
 * interrupt.c
 *		Ctrl-C and its like.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "interrupt.h"

volatile sig_atomic_t interrupted = 0;

static PGcancel *volatile to_cancel = NULL;

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};

static void
note_signal(int signum)
{
	char		message[256];

	interrupted = signum;
	/* PQcancel is made for signal handlers. */
	if (to_cancel != NULL)
		PQcancel(to_cancel, message, sizeof(message));
}

static void
set_handler(void (*handler) (int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	action.sa_flags = SA_RESETHAND; /* and no SA_RESTART: waits must end */
	sigemptyset(&action.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
}

void
interrupt_note(void)
{
	if (!interrupted)
		set_handler(note_signal);
}

void
interrupt_kills(void)
{
	set_handler(SIG_DFL);
}

void
interrupt_cancels(PGcancel *cancel)
{
	to_cancel = cancel;
}

void
interrupt_die(void)
{
	int			signum = interrupted;

	signal(signum, SIG_DFL);
	raise(signum);
	exit(128 + signum);
}
