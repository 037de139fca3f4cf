/*-------------------------------------------------------------------------
 *
 * private_file.h
 *		Reading a file of the server's that holds a secret.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_PRIVATE_FILE_H
#define STRIPE_PRIVATE_FILE_H

#include "postgres.h"

/*
 * Reads at most size bytes and returns how many.  Raises an error unless the
 * file is as libpq asks of a private key: owned by the server's user with no
 * access for others, or by root and at most readable by a group.  noun: what
 * messages call it, "API key file".  buffer is the caller's to zero.
 */
extern size_t private_file_read(const char *path, const char *noun, char *buffer, size_t size);

#endif							/* STRIPE_PRIVATE_FILE_H */
