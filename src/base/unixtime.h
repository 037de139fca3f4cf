/*-------------------------------------------------------------------------
 *
 * unixtime.h
 *		Between PostgreSQL's epoch and Unix's.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_UNIXTIME_H
#define STRIPE_UNIXTIME_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* Seconds from 1970-01-01 to 2000-01-01, both at midnight UTC. */
#define UNIX_EPOCH_OFFSET \
	(((int64) POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY)

#endif							/* STRIPE_UNIXTIME_H */
