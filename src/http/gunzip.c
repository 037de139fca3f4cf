/*-------------------------------------------------------------------------
 *
 * gunzip.c
 *		Decompressing a gzip'd body piece by piece.
 *
 *-------------------------------------------------------------------------
 */
#include "http/gunzip.h"

#include <stdlib.h>
#include <string.h>

#include <zlib.h>

/* Decompressed bytes handed to the sink at a time. */
#define GUNZIP_CHUNK 16384

/* windowBits for inflateInit2: the largest window, gzip format only. */
#define GUNZIP_WINDOW_BITS (15 + 16)

struct Gunzip
{
	z_stream	stream;
	bool		complete;
	char		chunk[GUNZIP_CHUNK];
};

/*
 * zlib keeps the last 32 kB of what it has decompressed, and that may hold a
 * token.  So its memory is zeroed when it is freed, which takes knowing how
 * much there is.
 */
typedef union SizedBlock
{
	size_t		size;			/* of what follows */
	max_align_t align;
} SizedBlock;

static voidpf
sized_alloc(voidpf opaque, uInt items, uInt size)
{
	size_t		bytes = (size_t) items * size;
	SizedBlock *block = malloc(sizeof(SizedBlock) + bytes);

	(void) opaque;
	if (block == NULL)
		return Z_NULL;
	block->size = bytes;
	return block + 1;
}

static void
zeroing_free(voidpf opaque, voidpf address)
{
	SizedBlock *block = (SizedBlock *) address - 1;

	(void) opaque;
	explicit_bzero(address, block->size);
	free(block);
}

Gunzip *
gunzip_create(void)
{
	Gunzip	   *gunzip = calloc(1, sizeof(Gunzip));

	if (gunzip == NULL)
		return NULL;
	gunzip->stream.zalloc = sized_alloc;
	gunzip->stream.zfree = zeroing_free;
	if (inflateInit2(&gunzip->stream, GUNZIP_WINDOW_BITS) != Z_OK)
	{
		free(gunzip);
		return NULL;
	}
	return gunzip;
}

GunzipResult
gunzip_feed(Gunzip *gunzip, const char *bytes, size_t len, GunzipSink sink, void *arg)
{
	z_stream   *stream = &gunzip->stream;

	stream->next_in = (Bytef *) bytes;
	stream->avail_in = (uInt) len;

	/*
	 * A full chunk may mean that there is more to come out, so go on until one
	 * is not filled.
	 */
	do
	{
		int			rc;
		size_t		produced;

		if (gunzip->complete)
			return stream->avail_in == 0 ? GUNZIP_OK : GUNZIP_CORRUPT;

		stream->next_out = (Bytef *) gunzip->chunk;
		stream->avail_out = GUNZIP_CHUNK;
		rc = inflate(stream, Z_NO_FLUSH);

		/* Z_BUF_ERROR: nothing left to do with what is there; not an error */
		if (rc != Z_OK && rc != Z_STREAM_END && rc != Z_BUF_ERROR)
			return GUNZIP_CORRUPT;
		gunzip->complete = (rc == Z_STREAM_END);

		produced = GUNZIP_CHUNK - stream->avail_out;
		if (produced > 0 && !sink(arg, gunzip->chunk, produced))
			return GUNZIP_STOPPED;
	} while (stream->avail_in > 0 || stream->avail_out == 0);

	return GUNZIP_OK;
}

bool
gunzip_complete(const Gunzip *gunzip)
{
	return gunzip->complete;
}

void
gunzip_free(Gunzip *gunzip)
{
	if (gunzip == NULL)
		return;
	inflateEnd(&gunzip->stream);
	explicit_bzero(gunzip->chunk, sizeof(gunzip->chunk));
	free(gunzip);
}
