/*-------------------------------------------------------------------------
 *
 * secret.c
 *		Holding, zeroing and redacting keys and tokens.
 *
 * Every live secret is on a list, so that secret_redact() finds it in any
 * text, whatever it looks like.  Keys that nobody here holds (those that a
 * remote server echoes, say) are found by Stripe's prefixes.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "base/secret.h"
#include "common/hashfn.h"
#include "lib/ilist.h"
#include "lib/stringinfo.h"

/*
 * A known secret shorter than this is not searched for: replacing each "a" of
 * a message would hide the message, and nothing this short is a Stripe key.
 */
#define SECRET_MIN_SEARCHED 4

/* Stands for what has been taken out. */
#define SECRET_MASK "***"

struct Secret
{
	MemoryContextCallback callback;
	dlist_node	node;			/* in live_secrets */
	size_t		len;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];	/* len bytes and a NUL */
};

/* How Stripe's keys, codes and tokens begin; a longer prefix comes first. */
typedef struct SecretPrefix
{
	const char *prefix;
	size_t		min_tail;		/* fewer characters than this after the prefix
								 * are no secret */
	bool		word_start;		/* must not follow a letter, digit or "_": so
								 * short that it occurs inside of words */
} SecretPrefix;

static const SecretPrefix secret_prefixes[] = {
	{"sk_org_live_", 1, false},
	{"sk_org_test_", 1, false},
	{"sk_org", 1, false},
	{"sk_live_", 1, false},
	{"sk_test_", 1, false},
	{"rk_live_", 1, false},
	{"rk_test_", 1, false},
	{"ek_live_", 1, false},		/* ephemeral keys */
	{"ek_test_", 1, false},
	{"whsec_", 1, false},
	{"sk_", 16, true},			/* keys made before modes had names */
	{"rk_", 16, true},
	{"ac_", 4, true},			/* OAuth authorization code */
	{"rt_", 4, true},			/* OAuth refresh token */
};

/* Precedes what secret_memory returns. */
typedef struct SecretMemory
{
	MemoryContextCallback callback;
	size_t		len;
	char		bytes[FLEXIBLE_ARRAY_MEMBER];
} SecretMemory;

static dlist_head live_secrets = DLIST_STATIC_INIT(live_secrets);

static inline bool is_token_char(char c);
static void secret_forget(void *arg);
static size_t match_known(const char *text);
static size_t match_prefix(const char *text, bool word_start, size_t *prefix_len);
static size_t known_prefix_length(const char *text, size_t len);

/*
 * Copies len bytes, which must not hold a NUL if secret_bytes() is to be used
 * as a string.  Raises an error only if memory runs out.
 */
Secret *
secret_create(MemoryContext context, const char *bytes, size_t len)
{
	Secret	   *secret = MemoryContextAlloc(context, offsetof(Secret, bytes) + len + 1);

	secret->len = len;
	memcpy(secret->bytes, bytes, len);
	secret->bytes[len] = '\0';
	dlist_push_head(&live_secrets, &secret->node);

	secret->callback.func = secret_forget;
	secret->callback.arg = secret;
	MemoryContextRegisterResetCallback(context, &secret->callback);

	return secret;
}

const char *
secret_bytes(const Secret *secret)
{
	return secret->bytes;
}

size_t
secret_length(const Secret *secret)
{
	return secret->len;
}

static void
zero_memory(void *arg)
{
	SecretMemory *memory = arg;

	secret_zero(memory->bytes, memory->len);
}

void *
secret_memory(MemoryContext context, size_t len)
{
	SecretMemory *memory = MemoryContextAllocZero(context,
												  offsetof(SecretMemory, bytes) + len);

	memory->len = len;
	memory->callback.func = zero_memory;
	memory->callback.arg = memory;
	MemoryContextRegisterResetCallback(context, &memory->callback);
	return memory->bytes;
}

bool
secret_is_token(const Secret *secret)
{
	const char *bytes = secret_bytes(secret);

	for (size_t i = 0; i < secret_length(secret); i++)
	{
		if (bytes[i] <= ' ' || bytes[i] > '~')
			return false;
	}
	return true;
}

uint64
secret_hash(const Secret *secret)
{
	return hash_bytes_extended((const unsigned char *) secret->bytes, secret->len, 0);
}

void
secret_zero(void *bytes, size_t len)
{
	if (len > 0)
		explicit_bzero(bytes, len);
}

/* The alphabet of Stripe's keys and tokens, whatever the locale. */
static inline bool
is_token_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Runs when the secret's memory context goes; the memory itself is still there. */
static void
secret_forget(void *arg)
{
	Secret	   *secret = arg;

	dlist_delete(&secret->node);
	secret_zero(secret->bytes, secret->len);
}

/*
 * Returns a palloc'd copy of text without secrets.  What Stripe has masked
 * itself ("sk_test_***1234") stays as it is.
 */
char *
secret_redact(const char *text)
{
	StringInfoData out;
	bool		word_start = true;

	initStringInfo(&out);
	while (*text != '\0')
	{
		size_t		prefix_len = 0;
		size_t		len = match_known(text);

		if (len > 0)
			prefix_len = known_prefix_length(text, len);
		else
			len = match_prefix(text, word_start, &prefix_len);

		if (len > 0)
		{
			appendBinaryStringInfo(&out, text, prefix_len);
			appendStringInfoString(&out, SECRET_MASK);
			text += len;
			word_start = false;
		}
		else
		{
			word_start = !is_token_char(*text);
			appendStringInfoChar(&out, *text++);
		}
	}

	return out.data;
}

/* Length of the longest live secret that text begins with; 0 if none. */
static size_t
match_known(const char *text)
{
	size_t		longest = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &live_secrets)
	{
		const Secret *secret = dlist_container(Secret, node, iter.cur);

		if (secret->len >= SECRET_MIN_SEARCHED && secret->len > longest &&
			strncmp(text, secret->bytes, secret->len) == 0)
			longest = secret->len;
	}
	if (longest == 0)
		return 0;

	/* A known secret followed by more of the same alphabet is one token. */
	while (is_token_char(text[longest]))
		longest++;
	return longest;
}

/*
 * Length of what text begins with if it looks like a key or token, and the
 * length of the prefix that may be shown; 0 if it does not.
 */
static size_t
match_prefix(const char *text, bool word_start, size_t *prefix_len)
{
	for (size_t i = 0; i < lengthof(secret_prefixes); i++)
	{
		const SecretPrefix *prefix = &secret_prefixes[i];
		size_t		len = strlen(prefix->prefix);
		size_t		tail = 0;

		if (prefix->word_start && !word_start)
			continue;
		if (strncmp(text, prefix->prefix, len) != 0)
			continue;

		/* The longest prefix decides: "sk_org_test_***" is masked already. */
		while (is_token_char(text[len + tail]))
			tail++;
		*prefix_len = len;
		return tail >= prefix->min_tail ? len + tail : 0;
	}
	return 0;
}

/* How much of a known secret (len bytes of text) may be shown. */
static size_t
known_prefix_length(const char *text, size_t len)
{
	for (size_t i = 0; i < lengthof(secret_prefixes); i++)
	{
		size_t		prefix_len = strlen(secret_prefixes[i].prefix);

		if (prefix_len < len && strncmp(text, secret_prefixes[i].prefix, prefix_len) == 0)
			return prefix_len;
	}
	return 0;
}
