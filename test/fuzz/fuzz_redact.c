/*
 * fuzz_redact.c
 *		Whatever stands around it, a live secret is not in a redacted text; and
 *		redacting a text again changes nothing.
 */
#include "postgres.h"

#include "base/secret.h"
#include "shim.h"

int			LLVMFuzzerTestOneInput(const uint8 *data, size_t size);

#define KNOWN "hunter2_secret"

int
LLVMFuzzerTestOneInput(const uint8 *data, size_t size)
{
	MemoryContext context = shim_context_create();
	char	   *before;
	char	   *text;
	char	   *redacted;

	secret_create(context, KNOWN, strlen(KNOWN));

	/* The secret in the middle of the input. */
	before = pnstrdup((const char *) data, size / 2);
	text = psprintf("%s%s%s", before, KNOWN,
					pnstrdup((const char *) data + size / 2, size - size / 2));
	redacted = secret_redact(text);
	if (strstr(redacted, KNOWN) != NULL)
		abort();
	if (strcmp(secret_redact(redacted), redacted) != 0)
		abort();

	shim_context_delete(context);
	shim_free_all();
	return 0;
}
