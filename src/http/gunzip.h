/*-------------------------------------------------------------------------
 *
 * gunzip.h
 *		Decompressing a gzip'd body piece by piece.  gunzip.c is the only
 *		includer of zlib.h.
 *
 * libcurl can decompress by itself, but takes a gzip stream that stops in the
 * middle for a complete one; a short answer must be an error here.
 *
 * Called from libcurl's callbacks: malloc only, and nothing raises an error.
 *
 *-------------------------------------------------------------------------
 */
#ifndef STRIPE_GUNZIP_H
#define STRIPE_GUNZIP_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Gunzip Gunzip;

typedef enum GunzipResult
{
	GUNZIP_OK,
	GUNZIP_CORRUPT,				/* not gzip, a wrong checksum, or bytes after
								 * the end */
	GUNZIP_STOPPED				/* the sink returned false */
} GunzipResult;

/* Takes what has been decompressed; false stops. */
typedef bool (*GunzipSink) (void *arg, const char *bytes, size_t len);

extern Gunzip *gunzip_create(void); /* NULL if memory runs out */

/* Decompresses len bytes more, handing the result to sink as it comes. */
extern GunzipResult gunzip_feed(Gunzip *gunzip, const char *bytes, size_t len,
								GunzipSink sink, void *arg);

/* Whether the stream has come to its end and its checksum was right. */
extern bool gunzip_complete(const Gunzip *gunzip);

/* Zeroes what it still holds of the body, and frees it; NULL is fine. */
extern void gunzip_free(Gunzip *gunzip);

#endif							/* STRIPE_GUNZIP_H */
