/*-------------------------------------------------------------------------
 *
 * reading.h
 *		One reading of what conditions ask for: their requests, the source of
 *		the rows and, where they may be wanted again, the rows so far.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_READING_H
#define STRIPE_READING_H

#include "postgres.h"

#include "nodes/execnodes.h"
#include "utils/tuplestore.h"

#include "fdw/bind.h"
#include "fdw/columns.h"
#include "stripe/rowsource.h"

/* A column that shows the value of a filter. */
typedef struct StripeEchoColumn
{
	const StripeColumn *column;
	Datum		value;
	bool		isnull;
} StripeEchoColumn;

typedef struct StripeReading
{
	MemoryContext context;		/* all that it has */
	bool		whole;			/* of the list, for several rescans: not all
								 * conditions are among its own */
	StripeBinding *binding;
	int			wanted;			/* rows that the query can use; 0: all, or unknown */

	/* From the first row on */
	bool		opened;
	StripeEchoColumn *echoes;
	List	   *queries;		/* of StripeQuery * */
	StripeRowSource *source;	/* NULL: there can be no row, or no other */
	bool		has_newest;		/* newest is set */
	int64		newest;			/* created of the last row, for the order's check */

	/* Rows kept */
	Tuplestorestate *kept;		/* NULL if they are wanted once */
	TupleTableSlot *kept_slot;
	bool		ended;			/* there are no others */
} StripeReading;

/*
 * Evaluates and binds the conditions, but for those on one of the parameters
 * in without.  Asks nothing yet.
 */
extern StripeReading *stripe_reading_create(ForeignScanState *node, const Bitmapset *without);

/* Whether both have the same rows, as they ask the same. */
extern bool stripe_reading_equal(const StripeReading *a, const StripeReading *b);

/* Keeps the rows from now on: before the first. */
extern void stripe_reading_keep(ForeignScanState *node, StripeReading *reading);

/*
 * Fills the slot with the next row; leaves it empty at the end.  Called in
 * the per-tuple context: what the converters allocate goes with it.
 */
extern void stripe_reading_next(ForeignScanState *node, StripeReading *reading,
								TupleTableSlot *slot);

/* The same, but the row is only kept, to come after a rewind. */
extern void stripe_reading_fetch(ForeignScanState *node, StripeReading *reading,
								 TupleTableSlot *slot);

/* Begins with the first of the rows kept. */
extern void stripe_reading_rewind(StripeReading *reading);

extern void stripe_reading_close(StripeReading *reading);

#endif							/* STRIPE_READING_H */
