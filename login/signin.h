/*-------------------------------------------------------------------------
 *
 * signin.h
 *		The ways to sign in.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_SIGNIN_H
#define LOGIN_SIGNIN_H

#include <stdbool.h>

#include "objects.h"

/* Each leaves nothing behind where it fails, and has shown why. */
extern bool sign_in_by_key(const Objects *objects);
extern bool sign_in_by_oauth(const Objects *objects, bool desktop);

/* Asks Stripe who we are there, and says so. */
extern bool test_connection(const Objects *objects);

#endif							/* LOGIN_SIGNIN_H */
