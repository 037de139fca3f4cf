/*-------------------------------------------------------------------------
 *
 * key.c
 *		Signing in with an API key.
 *
 *-------------------------------------------------------------------------
 */
#include <stddef.h>

#include "database.h"
#include "interrupt.h"
#include "message.h"
#include "signin.h"
#include "terminal.h"

/* In one transaction: a key that Stripe refuses is not kept. */
static bool
store_and_test(const Objects *objects, const char *key)
{
	return db_command("BEGIN") &&
		objects_create(objects) &&
		mapping_set_option(objects, "auth_scheme", "api_key") &&
		(objects->options->account == NULL ||
		 mapping_set_option(objects, "account", objects->options->account)) &&
		mapping_set_secret(objects, "api_key", key) &&
		test_connection(objects) &&
		db_command("COMMIT");
}

bool
sign_in_by_key(const Objects *objects)
{
	char	   *key = ask_secret("Stripe API key (it is not shown): ");
	bool		fine = false;

	if (key != NULL && *key != '\0')
	{
		fine = store_and_test(objects, key);
		if (!fine)
			db_command("ROLLBACK");
	}
	else if (!interrupted)
		log_error("no key was given");
	forget(key);
	return fine;
}
