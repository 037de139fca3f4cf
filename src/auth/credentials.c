/*-------------------------------------------------------------------------
 *
 * credentials.c
 *		What a user mapping resolves to: the key that is sent.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/fd.h"
#include "utils/builtins.h"

#include "auth/credentials.h"

/* Stripe's keys have about 110 characters; organization keys are longer. */
#define MAX_KEY_BYTES 1024

bool
credentials_scheme_is_known(const char *scheme)
{
	return strcmp(scheme, "api_key") == 0;
}

/* Trims white space at both ends and checks that what is left can be a header's value. */
static Secret *
make_key(const char *bytes, size_t len, const char *server, MemoryContext context)
{
	while (len > 0 && isspace((unsigned char) bytes[0]))
	{
		bytes++;
		len--;
	}
	while (len > 0 && isspace((unsigned char) bytes[len - 1]))
		len--;

	if (len == 0 || len > MAX_KEY_BYTES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the API key for server \"%s\" is empty or too long", server)));
	for (size_t i = 0; i < len; i++)
	{
		/* Anything else could smuggle a header into the request. */
		if (bytes[i] <= 0x20 || bytes[i] >= 0x7f)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
					 errmsg("the API key for server \"%s\" contains a character that no key has",
							server)));
	}
	if (len > 3 && strncmp(bytes, "pk_", 3) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the API key for server \"%s\" is a publishable key", server),
				 errhint("Use a secret key (sk_...) or, better, a restricted key (rk_...) with read permissions.")));
	return secret_create(context, bytes, len);
}

/*
 * Reads a key that an orchestrator mounted.  As libpq asks of a private key:
 * owned by the server's user with no access for others, or by root and at
 * most readable by a group.
 */
static Secret *
read_key_file(const char *path, const char *server, MemoryContext context)
{
	char		buffer[MAX_KEY_BYTES + 64];
	struct stat st;
	ssize_t		nread;
	Secret *volatile key = NULL;
	int			fd;

	/* Opening a named pipe must not wait for a writer. */
	fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK | PG_BINARY);
	if (fd < 0 || fstat(fd, &st) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open API key file \"%s\": %m", path)));
	if (!S_ISREG(st.st_mode))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("API key file \"%s\" is not a regular file", path)));
	if (st.st_uid != geteuid() && st.st_uid != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("API key file \"%s\" must be owned by the database user or root", path)));
	if (st.st_mode & (st.st_uid == 0 ? S_IWGRP | S_IXGRP | S_IRWXO : S_IRWXG | S_IRWXO))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("API key file \"%s\" has group or world access", path),
				 errdetail("The file must have permissions u=rw (0600) or less if owned by the database user, or permissions u=rw,g=r (0640) or less if owned by root.")));

	nread = read(fd, buffer, sizeof(buffer));
	if (nread < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read API key file \"%s\": %m", path)));
	CloseTransientFile(fd);

	PG_TRY();
	{
		key = make_key(buffer, nread, server, context);
	}
	PG_FINALLY();
	{
		secret_zero(buffer, sizeof(buffer));
	}
	PG_END_TRY();
	return key;
}

bool
credentials_livemode(const Secret *key)
{
	static const char *const prefixes[] = {"sk_live_", "rk_live_", "sk_org_live_"};

	for (size_t i = 0; i < lengthof(prefixes); i++)
	{
		if (strncmp(secret_bytes(key), prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	}
	return false;
}

Secret *
credentials_resolve(CredentialOptions *options, const char *server, MemoryContext context)
{
	Secret *volatile key = NULL;

	if (options->api_key != NULL)
	{
		size_t		len = strlen(options->api_key);

		PG_TRY();
		{
			key = make_key(options->api_key, len, server, context);
		}
		PG_FINALLY();
		{
			secret_zero(options->api_key, len);
		}
		PG_END_TRY();
	}
	else if (options->api_key_file != NULL)
		key = read_key_file(options->api_key_file, server, context);
	else
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("the user mapping for server \"%s\" has no API key", server),
				 errhint("ALTER USER MAPPING ... SERVER %s OPTIONS (ADD api_key 'rk_...');",
						 quote_identifier(server))));
	return key;
}
