/*-------------------------------------------------------------------------
 *
 * version.h
 *		The extension's own version, as in stripe_fdw.control and META.json.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_VERSION_H
#define STRIPE_VERSION_H

#define STRIPE_FDW_VERSION "1.0"

#endif							/* STRIPE_VERSION_H */
