/*-------------------------------------------------------------------------
 *
 * rescan.h
 *		What a scan that begins again need not ask again.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_RESCAN_H
#define STRIPE_RESCAN_H

#include "postgres.h"

#include "nodes/execnodes.h"

/* When the scan is set up: whether it may begin again. */
extern void stripe_rescan_prepare(ForeignScanState *node, int eflags);

/* When it is told to begin again: what has changed.  Evaluates nothing yet. */
extern void stripe_rescan_note(ForeignScanState *node);

/* At the first row of a scan or a rescan: sets state->rows to where they come from. */
extern void stripe_rescan_choose(ForeignScanState *node);

#endif							/* STRIPE_RESCAN_H */
