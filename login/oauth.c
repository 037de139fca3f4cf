/*-------------------------------------------------------------------------
 *
 * oauth.c
 *		Signing in by OAuth: in the browser on this machine, or in one elsewhere.
 *
 * A mapping must be there, committed, before the user is asked for consent: the
 * address is good for that mapping alone.  If there was none, an empty one is
 * made, and taken away again if the sign-in fails.  Its options are set twice:
 * to build the address, in a transaction that is rolled back, and together with
 * the tokens.  So a mapping that was there stays as it was until all is well,
 * and no transaction is open while the user thinks.
 *
 *-------------------------------------------------------------------------
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "browser.h"
#include "database.h"
#include "interrupt.h"
#include "listener.h"
#include "message.h"
#include "redirect.h"
#include "signin.h"
#include "terminal.h"

#define DEFAULT_DESKTOP_URI "http://localhost:8749/stripe_fdw"

/* What was asked of the user, all of it malloc'd; NULL: the mapping has it. */
typedef struct Client
{
	char	   *id;
	char	   *secret;
} Client;

/*
 * The application.
 */

static bool
is_missing(const Objects *objects, const char *option)
{
	return !objects->mapping_exists || !mapping_has_option(objects, option);
}

static bool
read_client_id(const Objects *objects, Client *client)
{
	if (objects->options->client_id != NULL)
		client->id = xstrdup(objects->options->client_id);
	else if (!is_missing(objects, "oauth_client_id"))
		return true;
	else if (terminal_is_there())
		client->id = ask("Client id of the application (ca_...): ");
	if (client->id != NULL && *client->id != '\0')
		return true;
	if (!interrupted)
	{
		log_error("no client id was given");
		log_hint("--client-id gives it.");
	}
	return false;
}

static bool
read_client_secret(const Objects *objects, Client *client)
{
	if (objects->options->client_secret_file != NULL)
		return (client->secret = read_secret_file(objects->options->client_secret_file)) != NULL;
	if (!is_missing(objects, "oauth_client_secret"))
		return true;
	if (terminal_is_there())
		client->secret = ask_secret("Its secret key (it is not shown): ");
	if (client->secret != NULL && *client->secret != '\0')
		return true;
	if (!interrupted)
	{
		log_error("no secret key was given");
		log_hint("--client-secret-file names a file that holds it.");
	}
	return false;
}

/* One with port 0 is another address each time. */
static const char *
lasting_redirect_uri(const Options *options)
{
	LoopbackUri uri;

	if (options->redirect_uri != NULL && loopback_uri_parse(&uri, options->redirect_uri) &&
		uri.port == 0)
		return NULL;
	return options->redirect_uri;
}

/* What the server must know of the application.  In a transaction. */
static bool
set_client(const Objects *objects, const Client *client)
{
	const Options *options = objects->options;
	const char *flow = options->flow;
	const struct
	{
		const char *name;
		const char *value;
	}			given[] = {
		{"auth_scheme", "oauth"},
		{"oauth_flow", flow != NULL || mapping_has_option(objects, "oauth_flow") ? flow : "connect"},
		{"oauth_client_id", client->id},
		{"oauth_redirect_uri", lasting_redirect_uri(options)},
		{"oauth_scope", options->scope},
		{"account", options->account},
	};

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
	{
		if (given[i].value != NULL && !mapping_set_option(objects, given[i].name, given[i].value))
			return false;
	}
	return client->secret == NULL ||
		mapping_set_secret(objects, "oauth_client_secret", client->secret);
}

/*
 * Consent.
 */

static char *
authorization_url(const Objects *objects, const Client *client, const char *redirect_uri)
{
	const char *const values[] = {objects->options->server, redirect_uri, objects->options->scope};
	char	   *sql = sql_format("SELECT %s.stripe_oauth_authorization_url($1::name, $2::text, $3::text)",
								 objects->extension);
	bool		failed = false;
	char	   *url = NULL;

	if (db_command("BEGIN") && set_client(objects, client))
		url = db_value(sql, 3, values, &failed);
	db_command("ROLLBACK");
	free(sql);
	return url;
}

/* The state that an address sends along, malloc'd; NULL: none. */
static char *
state_of(const char *url)
{
	Redirect	asked;
	char	   *state;

	if (!redirect_parse(&asked, url))
		return NULL;
	state = asked.state;
	asked.state = NULL;
	redirect_forget(&asked);
	return state;
}

/* Whether what came back has the state, and holds a code; else an error was shown. */
static bool
redirect_is_ours(const Redirect *redirect, const char *state)
{
	bool		ours = redirect_has_state(redirect, state);
	char		buffer[SHOWN_LENGTH + 1];

	if (!ours)
	{
		log_error("the answer does not belong to this sign-in");
		log_detail("Its state is not the one that was sent.");
		log_hint("Start again, and go on only in the window that then opens.");
	}
	else if (redirect->error != NULL)
	{
		log_error("Stripe did not give access: %s", shown(redirect->error, buffer));
		if (redirect->error_description != NULL)
			log_detail("%s", shown(redirect->error_description, buffer));
		ours = false;
	}
	else if (redirect->code == NULL || *redirect->code == '\0')
	{
		log_error("the answer holds no code");
		ours = false;
	}
	return ours;
}

/* Hands the code over; the server exchanges it and stores the tokens. */
static bool
exchange(const Objects *objects, const Client *client, const Redirect *redirect)
{
	const char *const values[] = {objects->options->server};
	const char *const secrets[] = {redirect->code, redirect->state};
	char	   *sql = sql_format("SELECT t.account, coalesce(' with scope ' || t.scope, ''),"
								 " coalesce(', until ' || t.expires_at || ' unless refreshed', '')"
								 " FROM " secret_table_sql " s,"
								 " LATERAL %s.stripe_oauth_get_access_token($1::name, s.v1, s.v2, false) t",
								 objects->extension);
	PGresult   *result = NULL;
	bool		fine;

	if (db_command("BEGIN") && set_client(objects, client))
		result = db_query_secret(sql, 1, values, 2, secrets);
	free(sql);
	fine = result != NULL && db_command("COMMIT");
	if (!fine)
		db_command("ROLLBACK");
	else
		say("Signed in to account %s%s%s.", PQgetvalue(result, 0, 0),
			PQgetvalue(result, 0, 1), PQgetvalue(result, 0, 2));
	PQclear(result);
	return fine;
}

/*
 * In the browser on this machine.
 */

static bool
find_loopback_uri(const Objects *objects, LoopbackUri *uri, char **text)
{
	if (objects->options->redirect_uri != NULL)
		*text = xstrdup(objects->options->redirect_uri);
	else if ((*text = mapping_option(objects, "oauth_redirect_uri")) == NULL)
		*text = xstrdup(DEFAULT_DESKTOP_URI);
	if (loopback_uri_parse(uri, *text))
		return true;
	log_error("the browser can't be sent from \"%s\" to this program", *text);
	log_detail("That takes plain http to localhost, 127.0.0.1 or [::1], without a query.");
	log_hint("Stripe's live mode has https redirect URIs only: use --headless there.");
	return false;
}

static void
report_timeout(int seconds, bool refused, const char *redirect_uri)
{
	log_error("the browser did not come back within %d seconds", seconds);
	if (refused)
	{
		log_detail("What came had another state, or none: it does not belong to this sign-in.");
		log_hint("Start again, and go on only in the window that then opens.");
	}
	else
		log_hint("If Stripe refused the redirect URI, register it there: %s", redirect_uri);
}

static bool
receive_and_exchange(const Objects *objects, const Client *client, Listener *listener,
					 const char *redirect_uri, const char *url)
{
	Redirect	redirect = {0};
	char	   *state = state_of(url);
	int			browser = listener_wait(listener, objects->options->timeout, state, &redirect);
	bool		fine;

	if (browser < 0)
	{
		if (!interrupted)
			report_timeout(objects->options->timeout, listener->refused, redirect_uri);
		forget(state);
		return false;
	}
	fine = redirect_is_ours(&redirect, state) && exchange(objects, client, &redirect);
	if (fine)
		listener_answer(browser, true, "Signed in", "PostgreSQL now reads this Stripe account.");
	else
		listener_answer(browser, false, "Not signed in",
						"Nothing was stored. The terminal says what went wrong.");
	redirect_forget(&redirect);
	forget(state);
	return fine;
}

static bool
desktop(const Objects *objects, const Client *client)
{
	LoopbackUri uri;
	Listener	listener;
	char	   *text = NULL;
	char	   *redirect_uri;
	char	   *url;
	bool		fine = false;

	if (!find_loopback_uri(objects, &uri, &text) || !listener_open(&listener, &uri))
	{
		free(text);
		return false;
	}
	if (listener.uri.port == uri.port)
		redirect_uri = xstrdup(text);
	else
		redirect_uri = sql_format("http://%s:%d%s", uri.host, listener.uri.port, uri.path);
	url = authorization_url(objects, client, redirect_uri);
	if (url != NULL)
	{
		if (browser_open(url))
			say("Your browser should show Stripe now. If it does not, go there yourself:\n\n  %s\n", url);
		else
			say("No browser could be started. Go there yourself, on this machine:\n\n  %s\n", url);
		fine = receive_and_exchange(objects, client, &listener, redirect_uri, url);
	}
	listener_close(&listener);
	free(url);
	free(redirect_uri);
	free(text);
	return fine;
}

/*
 * In a browser elsewhere.
 */

/* A whole address or its query, or the code alone, to which our own state belongs. */
static bool
read_pasted(const char *pasted, const char *state, Redirect *redirect)
{
	memset(redirect, 0, sizeof(*redirect));
	if (strpbrk(pasted, "?=") != NULL)
		return redirect_parse(redirect, pasted);
	redirect->code = xstrdup(pasted);
	redirect->state = state ? xstrdup(state) : NULL;
	return true;
}

static bool
headless(const Objects *objects, const Client *client)
{
	char	   *url = authorization_url(objects, client, objects->options->redirect_uri);
	char	   *state;
	char	   *pasted;
	Redirect	redirect;
	bool		fine = false;

	if (url == NULL)
		return false;
	say("Go there with a browser on any machine:\n\n  %s\n\n"
		"After you have agreed, Stripe sends the browser to an address that holds a code.\n"
		"It does not matter if no page is found there.", url);
	state = state_of(url);
	pasted = ask_secret("That address, or the code alone (it is not shown): ");
	if (pasted == NULL || *pasted == '\0')
	{
		if (!interrupted)
			log_error("no code was given");
	}
	else if (!read_pasted(pasted, state, &redirect))
		log_error("the address is malformed");
	else
	{
		fine = redirect_is_ours(&redirect, state) && exchange(objects, client, &redirect);
		redirect_forget(&redirect);
	}
	forget(pasted);
	forget(state);
	free(url);
	return fine;
}

bool
sign_in_by_oauth(const Objects *objects, bool is_desktop)
{
	Client		client = {NULL, NULL};
	bool		created;
	bool		fine;

	created = read_client_id(objects, &client) && read_client_secret(objects, &client) &&
		db_command("BEGIN") && objects_create(objects) && db_command("COMMIT");
	fine = created &&
		(is_desktop ? desktop(objects, &client) : headless(objects, &client));
	if (created && !fine)
		objects_undo(objects);
	free(client.id);
	forget(client.secret);
	return fine && test_connection(objects);
}
