/*-------------------------------------------------------------------------
 *
 * envelope.c
 *		Secrets at rest: option values encrypted with a key from a file of the
 *		server's.
 *
 * The file has one key a line, 64 hexadecimal digits; the first encrypts, all
 * decrypt.  It is read whenever a key is needed and not kept.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"

#include "auth/envelope.h"
#include "base/base64.h"
#include "base/compat.h"
#include "base/crypto.h"
#include "base/private_file.h"

#define ENVELOPE_PREFIX "aes256gcm:"
#define ENVELOPE_PREFIX_LEN (sizeof(ENVELOPE_PREFIX) - 1)

/* Hexadecimal digits of a key's id: tells keys apart, and tells nothing of them. */
#define KEY_ID_DIGITS 8

#define MAX_KEYS 16
#define MAX_FILE_BYTES 8192

typedef struct Keyring
{
	int			n;
	unsigned char keys[MAX_KEYS][CRYPTO_KEY_BYTES];
	char		ids[MAX_KEYS][KEY_ID_DIGITS + 1];
	char		text[MAX_FILE_BYTES];
} Keyring;

char	   *stripe_encryption_key_file = NULL;

static void
crypto_failed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("OpenSSL could not encrypt or decrypt a secret")));
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static void
set_key_id(const unsigned char *key, char *id)
{
	static const char label[] = "stripe_fdw key id";
	unsigned char hash[CRYPTO_HASH_BYTES];

	if (!crypto_hmac(key, CRYPTO_KEY_BYTES, label, sizeof(label) - 1, hash))
		crypto_failed();
	for (int i = 0; i < KEY_ID_DIGITS / 2; i++)
		snprintf(id + 2 * i, 3, "%02x", hash[i]);
}

pg_noreturn static void
bad_line(int line, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("encryption key file \"%s\" can't be used", stripe_encryption_key_file),
			 errdetail("Line %d: %s", line, why),
			 errhint("A line holds one key of 64 hexadecimal digits, as \"openssl rand -hex 32\" makes them; the first key encrypts.")));
}

/* Blank lines, and lines that begin with "#", hold no key. */
static void
parse_keys(Keyring *ring, size_t len)
{
	const char *text = ring->text;
	const char *end = text + len;
	int			line = 0;

	while (text < end)
	{
		const char *newline = memchr(text, '\n', end - text);
		const char *stop = newline ? newline : end;
		const char *next = newline ? newline + 1 : end;
		unsigned char *key;

		line++;
		while (stop > text && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
			stop--;
		if (stop == text || *text == '#')
		{
			text = next;
			continue;
		}
		if (ring->n == MAX_KEYS)
			bad_line(line, "There are too many keys.");
		if (stop - text != 2 * CRYPTO_KEY_BYTES)
			bad_line(line, "It has another length.");
		key = ring->keys[ring->n];
		for (int i = 0; i < CRYPTO_KEY_BYTES; i++)
		{
			int			high = hex_digit(text[2 * i]);
			int			low = hex_digit(text[2 * i + 1]);

			if (high < 0 || low < 0)
				bad_line(line, "It holds another character.");
			key[i] = (unsigned char) (high << 4 | low);
		}
		set_key_id(key, ring->ids[ring->n]);
		ring->n++;
		text = next;
	}
	if (ring->n == 0)
		bad_line(line, "There is no key.");
}

/* The keys go, zeroed, with context. */
static Keyring *
read_keys(MemoryContext context)
{
	Keyring    *ring = secret_memory(context, sizeof(Keyring));
	size_t		len = private_file_read(stripe_encryption_key_file, "encryption key file",
										ring->text, sizeof(ring->text));

	if (len == sizeof(ring->text))
		bad_line(1, "The file is too long.");
	parse_keys(ring, len);
	return ring;
}

static MemoryContext
make_context(void)
{
	return AllocSetContextCreate(CurrentMemoryContext, "stripe_fdw encryption keys",
								 ALLOCSET_SMALL_SIZES);
}

static void
append_part(StringInfo buf, const char *text)
{
	char	   *utf8 = pg_server_to_any(text, strlen(text), PG_UTF8);

	appendBinaryStringInfo(buf, utf8, strlen(utf8) + 1);	/* names hold no NUL */
}

static void
init_associated(StringInfo buf, const SecretPlace *place)
{
	initStringInfo(buf);
	append_part(buf, "stripe_fdw secret");
	append_part(buf, place->option);
	append_part(buf, place->server);
	append_part(buf, place->user ? "user" : "public");
	append_part(buf, place->user ? place->user : "");
}

bool
envelope_is(const char *value)
{
	return strncmp(value, ENVELOPE_PREFIX, ENVELOPE_PREFIX_LEN) == 0;
}

/* The part after the key's id; NULL if there is none. */
static const char *
sealed_part(const char *value)
{
	const char *id = value + ENVELOPE_PREFIX_LEN;

	if (!envelope_is(value) || strspn(id, "0123456789abcdef") != KEY_ID_DIGITS ||
		id[KEY_ID_DIGITS] != ':')
		return NULL;
	return id + KEY_ID_DIGITS + 1;
}

bool
envelope_is_whole(const char *value)
{
	const char *text = sealed_part(value);
	unsigned char *sealed;
	size_t		len;

	if (text == NULL)
		return false;
	sealed = palloc(strlen(text) + 1);
	return base64url_decode(text, strlen(text), sealed, strlen(text), &len) &&
		   len > CRYPTO_SEALED_BYTES(0);
}

bool
envelope_wanted(void)
{
	return stripe_encryption_key_file != NULL && stripe_encryption_key_file[0] != '\0';
}

char *
envelope_seal(const SecretPlace *place, const Secret *secret)
{
	MemoryContext own;
	Keyring    *ring;
	StringInfoData associated;
	unsigned char *sealed;
	char	   *text;
	char	   *envelope;
	size_t		len = secret_length(secret);

	if (!envelope_wanted())
		return pstrdup(secret_bytes(secret));

	own = make_context();
	ring = read_keys(own);
	init_associated(&associated, place);
	sealed = palloc(CRYPTO_SEALED_BYTES(len));
	if (!crypto_seal(ring->keys[0], associated.data, associated.len, secret_bytes(secret), len,
					 sealed))
		crypto_failed();
	text = palloc(BASE64_ROOM(CRYPTO_SEALED_BYTES(len)));
	base64url_encode(sealed, CRYPTO_SEALED_BYTES(len), text);
	envelope = psprintf("%s%s:%s", ENVELOPE_PREFIX, ring->ids[0], text);
	MemoryContextDelete(own);
	return envelope;
}

static void
check_key_file(const SecretPlace *place)
{
	if (!envelope_wanted())
		ereport(ERROR,
				(errcode(ERRCODE_CONFIG_FILE_ERROR),
				 errmsg("option \"%s\" of the user mapping for server \"%s\" is encrypted, and there is no key",
						place->option, place->server),
				 errdetail("The setting \"stripe_fdw.encryption_key_file\" is empty."),
				 errhint("Set it to the file that was in use when the secret was stored, or store the secret anew with stripe_set_secret().")));
}

/* Finds the key by its id. */
static const unsigned char *
choose_key(const Keyring *ring, const SecretPlace *place, const char *id)
{
	for (int i = 0; i < ring->n; i++)
	{
		if (strncmp(ring->ids[i], id, KEY_ID_DIGITS) == 0)
			return ring->keys[i];
	}
	ereport(ERROR,
			(errcode(ERRCODE_CONFIG_FILE_ERROR),
			 errmsg("option \"%s\" of the user mapping for server \"%s\" is encrypted with a key that the key file does not hold",
					place->option, place->server),
			 errdetail("The key's id is %.*s; the file is \"%s\".", KEY_ID_DIGITS, id,
					   stripe_encryption_key_file),
			 errhint("Add the older key as a further line of the file, or store the secret anew with stripe_set_secret().")));
}

pg_noreturn static void
wrong_place(const SecretPlace *place)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("option \"%s\" of the user mapping for server \"%s\" can't be decrypted",
					place->option, place->server),
			 errdetail("It was encrypted for another option, server or user, or has been changed."),
			 errhint("If the server or the user has been renamed, store the secret anew with stripe_set_secret().")));
}

Secret *
envelope_open(const SecretPlace *place, const char *value, MemoryContext context)
{
	const char *text = sealed_part(value);
	MemoryContext own;
	StringInfoData associated;
	unsigned char *sealed;
	char	   *bytes;
	Secret	   *secret;
	size_t		len;

	if (!envelope_is(value))
		return secret_create(context, value, strlen(value));
	check_key_file(place);
	if (text == NULL)
		wrong_place(place);
	sealed = palloc(strlen(text) + 1);
	if (!base64url_decode(text, strlen(text), sealed, strlen(text), &len) ||
		len <= CRYPTO_SEALED_BYTES(0))
		wrong_place(place);

	own = make_context();
	init_associated(&associated, place);
	bytes = secret_memory(own, len);
	if (!crypto_open(choose_key(read_keys(own), place, value + ENVELOPE_PREFIX_LEN),
					 associated.data, associated.len, sealed, len, bytes))
		wrong_place(place);
	secret = secret_create(context, bytes, len - CRYPTO_SEALED_BYTES(0));
	MemoryContextDelete(own);
	return secret;
}

bool
envelope_is_outdated(const char *value)
{
	MemoryContext own = make_context();
	Keyring    *ring = read_keys(own);
	bool		current = sealed_part(value) != NULL &&
		strncmp(value + ENVELOPE_PREFIX_LEN, ring->ids[0], KEY_ID_DIGITS) == 0;

	MemoryContextDelete(own);
	return !current;
}
