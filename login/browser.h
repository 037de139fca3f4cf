/*-------------------------------------------------------------------------
 *
 * browser.h
 *		Opens the user's browser.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_BROWSER_H
#define LOGIN_BROWSER_H

#include <stdbool.h>

/* $BROWSER, or xdg-open.  false: there is none to start. */
extern bool browser_open(const char *url);

#endif							/* LOGIN_BROWSER_H */
