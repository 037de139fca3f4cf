/*-------------------------------------------------------------------------
 *
 * poller.c
 *		Waiting for the latch, for sockets and for a timer at once.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <math.h>

#include "base/compat.h"
#include "http/poller.h"
#include "miscadmin.h"
#include "portability/instr_time.h"

/* Most events that one wait reports; the others are reported by the next. */
#define POLLER_MAX_EVENTS 16

static PollerSocket *sockets = NULL;	/* malloc'd */
static int	nsockets = 0;
static int	sockets_size = 0;

static bool timer_set = false;
static double timer_due;

/* Watches latch and sockets; to be made anew when the sockets have changed. */
static WaitEventSet *wait_set = NULL;
static bool sockets_changed = true;

static void rebuild_wait_set(void);

bool
poller_watch(pgsocket fd, bool readable, bool writeable)
{
	int			i = 0;

	while (i < nsockets && sockets[i].fd != fd)
		i++;

	if (i == sockets_size)
	{
		int			size = Max(sockets_size * 2, 8);
		PollerSocket *larger = realloc(sockets, size * sizeof(PollerSocket));

		if (larger == NULL)
			return false;
		sockets = larger;
		sockets_size = size;
	}
	if (i == nsockets)
		nsockets++;

	sockets[i].fd = fd;
	sockets[i].readable = readable;
	sockets[i].writeable = writeable;
	sockets_changed = true;
	return true;
}

void
poller_unwatch(pgsocket fd)
{
	for (int i = 0; i < nsockets; i++)
	{
		if (sockets[i].fd == fd)
		{
			sockets[i] = sockets[--nsockets];
			sockets_changed = true;
			break;
		}
	}
}

void
poller_set_timer(long ms)
{
	timer_set = (ms >= 0);
	if (timer_set)
		timer_due = poller_now() + ms;
}

bool
poller_timer_expired(void)
{
	if (!timer_set || poller_now() < timer_due)
		return false;
	timer_set = false;
	return true;
}

int
poller_wait(double max_ms, uint32 wait_event, PollerSocket *ready, int max)
{
	WaitEvent	events[POLLER_MAX_EVENTS];
	int			nevents;
	int			nready = 0;
	double		ms = max_ms;

	if (sockets_changed)
		rebuild_wait_set();

	if (timer_set)
	{
		double		timer_ms = Max(timer_due - poller_now(), 0);

		ms = ms < 0 ? timer_ms : Min(ms, timer_ms);
	}
	nevents = WaitEventSetWait(wait_set, ms < 0 ? -1 : (long) ceil(ms),
							   events, Min(max, POLLER_MAX_EVENTS), wait_event);

	for (int i = 0; i < nevents; i++)
	{
		if (events[i].events & WL_LATCH_SET)
			ResetLatch(MyLatch);
		if (events[i].events & (WL_SOCKET_READABLE | WL_SOCKET_WRITEABLE))
		{
			ready[nready].fd = events[i].fd;
			ready[nready].readable = (events[i].events & WL_SOCKET_READABLE) != 0;
			ready[nready].writeable = (events[i].events & WL_SOCKET_WRITEABLE) != 0;
			nready++;
		}
	}

	/* A socket that is not looked at because of an error stays ready. */
	CHECK_FOR_INTERRUPTS();

	return nready;
}

/*
 * Makes the wait event set anew.  It can't be kept when a socket has been
 * closed and another one opened, which may well have the same number.
 *
 * The set outlives errors, and the next call frees it.
 */
static void
rebuild_wait_set(void)
{
	if (wait_set != NULL)
	{
		WaitEventSet *old = wait_set;

		wait_set = NULL;
		FreeWaitEventSet(old);
	}

	wait_set = compat_create_wait_event_set(nsockets + 2);
	AddWaitEventToSet(wait_set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	if (IsUnderPostmaster)		/* a single-user backend has none */
		AddWaitEventToSet(wait_set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	for (int i = 0; i < nsockets; i++)
	{
		uint32		what = 0;

		if (sockets[i].readable)
			what |= WL_SOCKET_READABLE;
		if (sockets[i].writeable)
			what |= WL_SOCKET_WRITEABLE;
		if (what != 0)
			AddWaitEventToSet(wait_set, what, sockets[i].fd, NULL, NULL);
	}
	sockets_changed = false;
}

double
poller_now(void)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	return INSTR_TIME_GET_MILLISEC(now);
}
