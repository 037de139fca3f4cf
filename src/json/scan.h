/*-------------------------------------------------------------------------
 *
 * scan.h
 *		The words of a JSON text, checked before json-c sees them.  Pure.
 *
 * json-c takes a few things for JSON that are not (NaN, "1.", "-01", control
 * characters in strings, a comma before a closing bracket), replaces half a
 * surrogate pair, cuts a member's name at \u0000, and turns an integer beyond
 * 64 bits into the nearest one that fits.  Here all but the last are errors;
 * such integers are made fractions, whose digits json-c keeps.  How the words
 * fit together otherwise is json-c's to check.
 *
 * json-c's own strict mode is not used: it still lets some of these pass, and
 * version 0.18 refuses every character beyond ASCII in it.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_JSON_SCAN_H
#define STRIPE_JSON_SCAN_H

#include "postgres.h"

/* What makes of an integer a fraction of the same value. */
#define JSON_WIDE_SUFFIX "e+00"

/*
 * Returns NULL if every word of the text is valid JSON; else what is wrong (a
 * constant) and at which byte.  Sets *nwide to the number of integers that
 * 64 bits can't hold.
 */
extern const char *json_scan(const char *bytes, size_t len, size_t *offset, size_t *nwide);

/*
 * Copies a text that json_scan() found right, with JSON_WIDE_SUFFIX after
 * each integer that 64 bits can't hold.  widened has room for that.  Returns
 * its length.
 */
extern size_t json_widen(const char *bytes, size_t len, char *widened);

#endif							/* STRIPE_JSON_SCAN_H */
