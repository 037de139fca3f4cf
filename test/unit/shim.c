/*
 * shim.c
 *		As much of the backend's memory management as the pure modules need to
 *		run outside of it.
 *
 * Each block is malloc'd by itself, so that a sanitizer sees where it ends.
 */
#include "postgres.h"

#include "lib/ilist.h"
#include "nodes/memnodes.h"
#include "shim.h"
#include "utils/memutils.h"

typedef union Block
{
	dlist_node	node;
	max_align_t align;
} Block;

typedef struct ShimContext
{
	MemoryContextData data;		/* of which only reset_cbs is used */
	dlist_head	blocks;
} ShimContext;

static ShimContext current = {.blocks = DLIST_STATIC_INIT(current.blocks)};

MemoryContext TopMemoryContext = &current.data;
MemoryContext CurrentMemoryContext = &current.data;

static void
free_blocks(dlist_head *blocks)
{
	while (!dlist_is_empty(blocks))
		free(dlist_container(Block, node, dlist_pop_head_node(blocks)));
}

void *
MemoryContextAlloc(MemoryContext context, Size size)
{
	Block	   *block = malloc(sizeof(Block) + size);

	if (block == NULL)
		abort();
	dlist_push_tail(&((ShimContext *) context)->blocks, &block->node);
	return block + 1;
}

void *
MemoryContextAllocZero(MemoryContext context, Size size)
{
	return memset(MemoryContextAlloc(context, size), 0, size);
}

void
MemoryContextRegisterResetCallback(MemoryContext context, MemoryContextCallback *callback)
{
	callback->next = context->reset_cbs;
	context->reset_cbs = callback;
}

MemoryContext
shim_context_create(void)
{
	ShimContext *context = calloc(1, sizeof(ShimContext));

	if (context == NULL)
		abort();
	dlist_init(&context->blocks);
	return &context->data;
}

void
shim_context_delete(MemoryContext context)
{
	while (context->reset_cbs != NULL)
	{
		MemoryContextCallback *callback = context->reset_cbs;

		context->reset_cbs = callback->next;
		callback->func(callback->arg);
	}
	free_blocks(&((ShimContext *) context)->blocks);
	free(context);
}

void
shim_free_all(void)
{
	free_blocks(&current.blocks);
}

void *
palloc(Size size)
{
	return MemoryContextAlloc(CurrentMemoryContext, size);
}

void *
palloc0(Size size)
{
	return MemoryContextAllocZero(CurrentMemoryContext, size);
}

void
pfree(void *pointer)
{
	Block	   *block = (Block *) pointer - 1;

	dlist_delete(&block->node);
	free(block);
}

void *
repalloc(void *pointer, Size size)
{
	Block	   *block = (Block *) pointer - 1;

	dlist_delete(&block->node);
	block = realloc(block, sizeof(Block) + size);
	if (block == NULL)
		abort();
	dlist_push_tail(&current.blocks, &block->node);
	return block + 1;
}

char *
pnstrdup(const char *text, Size len)
{
	char	   *copy;

	len = strnlen(text, len);
	copy = palloc(len + 1);
	memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
pstrdup(const char *text)
{
	return pnstrdup(text, strlen(text));
}

/* The modules under test raise errors for what can't happen; here it must not. */
bool
errstart(int level, const char *domain)
{
	(void) level;
	(void) domain;
	abort();
}

bool
errstart_cold(int level, const char *domain)
{
	return errstart(level, domain);
}

int
errmsg_internal(const char *format,...)
{
	(void) format;
	return 0;
}

void
errfinish(const char *file, int line, const char *function)
{
	(void) file;
	(void) line;
	(void) function;
}

