/*-------------------------------------------------------------------------
 *
 * base64.h
 *		Base64, as HTTP has it and as URLs have it.  Pure.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_BASE64_H
#define STRIPE_BASE64_H

#include "postgres.h"

/* Room for the encoding of len bytes, with its NUL. */
#define BASE64_ROOM(len) (((len) + 2) / 3 * 4 + 1)

/* Each writes a NUL as well, and returns the length without it. */
extern size_t base64_encode(const void *bytes, size_t len, char *text);

/* RFC 4648's alphabet for URLs and file names, without padding. */
extern size_t base64url_encode(const void *bytes, size_t len, char *text);

/*
 * Decodes len characters into bytes, which has room for size.  Returns false
 * if the text is no such encoding, or too long.
 */
extern bool base64url_decode(const char *text, size_t len, void *bytes, size_t size,
							 size_t *decoded);

#endif							/* STRIPE_BASE64_H */
