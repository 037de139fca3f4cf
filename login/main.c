/*-------------------------------------------------------------------------
 *
 * main.c
 *		stripe_fdw_login: signs in to Stripe for a stripe_fdw server.
 *
 * Exit status: 0 signed in, 1 not, 2 no connection to PostgreSQL.
 *
 *-------------------------------------------------------------------------
 */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "database.h"
#include "interrupt.h"
#include "message.h"
#include "objects.h"
#include "options.h"
#include "signin.h"
#include "terminal.h"

bool
test_connection(const Objects *objects)
{
	const char *const values[] = {objects->options->server};
	char	   *sql = sql_format("SELECT coalesce(t.account, 'an account that the key may not read'),"
								 " coalesce(' (' || regexp_replace(t.display_name, '[[:cntrl:]]', '?', 'g') || ')', ''),"
								 " CASE WHEN t.livemode THEN 'live' ELSE 'test' END,"
								 " round(t.round_trip_ms), CASE WHEN t.permissions = '{*}' THEN 'everything'"
								 " ELSE coalesce(nullif(array_to_string(t.permissions, ', '), ''), 'nothing') END"
								 " FROM %s.stripe_test_connection($1::name) t", objects->extension);
	PGresult   *result = db_query(sql, 1, values);
	bool		fine = result != NULL;

	free(sql);
	if (fine)
	{
		say("Stripe answers for %s%s, %s mode, in %s ms.", PQgetvalue(result, 0, 0),
			PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 2), PQgetvalue(result, 0, 3));
		say("May read: %s.", PQgetvalue(result, 0, 4));
	}
	PQclear(result);
	return fine;
}

static SignInMethod
ask_method(void)
{
	char	   *answer;
	SignInMethod method = METHOD_ASK;

	if (!terminal_is_there())
	{
		log_error("one of --key, --desktop and --headless is needed");
		return METHOD_ASK;
	}
	answer = ask("How do you want to sign in?\n"
				 "  1  with an API key\n"
				 "  2  in the browser on this machine\n"
				 "  3  in a browser elsewhere\n"
				 "Your choice [1]: ");
	if (answer != NULL && answer[0] != '\0' && strcmp(answer, "1") != 0)
		method = strcmp(answer, "2") == 0 ? METHOD_DESKTOP :
			strcmp(answer, "3") == 0 ? METHOD_HEADLESS : METHOD_ASK;
	else if (answer != NULL)
		method = METHOD_KEY;
	if (method == METHOD_ASK && !interrupted)
		log_error("that is none of them");
	free(answer);
	return method;
}

static bool
sign_in(const Options *options, const Objects *objects)
{
	SignInMethod method = options->method == METHOD_ASK ? ask_method() : options->method;
	bool		fine;

	switch (method)
	{
		case METHOD_KEY:
			fine = sign_in_by_key(objects);
			break;
		case METHOD_DESKTOP:
		case METHOD_HEADLESS:
			fine = sign_in_by_oauth(objects, method == METHOD_DESKTOP);
			break;
		default:
			fine = false;
	}
	return fine && objects_import(objects) &&
		objects_print(objects, method == METHOD_DESKTOP ? "--desktop" :
					  method == METHOD_HEADLESS ? "--headless" : NULL);
}

static bool
run(const Options *options)
{
	Objects		objects;
	bool		fine = objects_find(&objects, options) && sign_in(options, &objects);

	objects_release(&objects);
	return fine;
}

int
main(int argc, char **argv)
{
	Options		options;
	bool		fine;

	/* No core dump, and no look into our memory from other processes of the user's. */
	prctl(PR_SET_DUMPABLE, 0);

	setlocale(LC_CTYPE, "");
	/* A browser that hangs up must not end us. */
	signal(SIGPIPE, SIG_IGN);
	interrupt_note();

	options_read(&options, argc, argv);
	if (!db_connect(&options))
	{
		db_disconnect();
		if (interrupted)
			interrupt_die();
		return 2;
	}
	fine = run(&options);
	db_disconnect();
	if (interrupted)
		interrupt_die();
	return fine ? 0 : 1;
}
