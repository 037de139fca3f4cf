/*
 * test_redact.c
 *		Secrets: found in any text, zeroed in the end.
 */
#include "postgres.h"

#include "base/secret.h"
#include "nodes/memnodes.h"
#include "shim.h"
#include "tap.h"

static void
test_patterns(void)
{
	static const struct
	{
		const char *text;
		const char *redacted;
	}			cases[] = {
		{"", ""},
		{"nothing to see", "nothing to see"},
		{"sk_test_4eC39HqLyjWDarjtT1zdp7dc", "sk_test_***"},
		{"key sk_live_abc, rk_test_def.", "key sk_live_***, rk_test_***."},
		{"'rk_live_a'", "'rk_live_***'"},
		{"sk_org_live_abc sk_org_test_abc sk_orgabc", "sk_org_live_*** sk_org_test_*** sk_org***"},
		{"whsec_abc ek_test_x", "whsec_*** ek_test_***"},
		{"Authorization code does not exist: ac_123456789", "Authorization code does not exist: ac_***"},
		{"refresh token rt_abcdefgh", "refresh token rt_***"},
		{"{\"code\":\"ac_12345\"}", "{\"code\":\"ac_***\"}"},
		{"Bearersk_test_abc", "Bearersk_test_***"},
		{"sk_4eC39HqLyjWDarjtT1zdp7dc", "sk_***"},
		/* what Stripe has masked, and words that only look like it */
		{"Invalid API Key provided: sk_test_***1234", "Invalid API Key provided: sk_test_***1234"},
		{"sk_org_test_***1234", "sk_org_test_***1234"},
		{"sk_test_", "sk_test_"},
		{"mac_address start_time part_of", "mac_address start_time part_of"},
		{"rt_ ac_x sk_x", "rt_ ac_x sk_x"},
		{"acct_123456 pk_test_abc cus_123", "acct_123456 pk_test_abc cus_123"},
		{"sk_test_a\xc3\xa9", "sk_test_***\xc3\xa9"},
	};

	for (size_t i = 0; i < lengthof(cases); i++)
		tap_is(secret_redact(cases[i].text), cases[i].redacted, "text %zu", i);
}

static void
test_known(void)
{
	MemoryContext context = shim_context_create();
	MemoryContext other = shim_context_create();
	Secret	   *secret = secret_create(context, "hunter2-xyz (rest)", 11);
	const char *bytes = secret_bytes(secret);
	MemoryContextCallback *callback = context->reset_cbs;

	tap_is(bytes, "hunter2-xyz", "a secret keeps its bytes, and no more");
	tap_is_int(secret_length(secret), 11, "and its length");
	tap_is(secret_redact("a hunter2-xyz b,hunter2-xyz"), "a *** b,***",
		   "a live secret is found without a prefix");
	tap_is(secret_redact("hunter2-xy"), "hunter2-xy", "a part of it is not it");

	secret_create(other, "hunter2-xyz-longer", 18);
	tap_is(secret_redact("hunter2-xyz-longer!"), "***!", "the longest one counts");
	secret_create(other, "e", 1);
	tap_is(secret_redact("needle"), "needle", "a secret of a letter does not hide messages");
	secret_create(other, "sk_test_known", 13);
	tap_is(secret_redact("sk_test_known"), "sk_test_***", "a known key keeps its prefix");
	secret_create(other, "", 0);
	tap_is(secret_redact("x"), "x", "an empty secret is nowhere");
	shim_context_delete(other);

	/* Run the callback, but keep the memory, to see what has become of it. */
	context->reset_cbs = callback->next;
	callback->func(callback->arg);
	tap_ok(memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0\0", 11) == 0, "it is zeroed with its context");
	tap_is(secret_redact("hunter2-xyz"), "hunter2-xyz", "and no longer known");
	shim_context_delete(context);
}

int
main(void)
{
	tap_begin("redact");
	test_patterns();
	test_known();
	shim_free_all();
	return tap_end();
}
