/*-------------------------------------------------------------------------
 *
 * options.h
 *		The command line.
 *
 *-------------------------------------------------------------------------
 */
#ifndef LOGIN_OPTIONS_H
#define LOGIN_OPTIONS_H

#include <stdbool.h>

typedef enum SignInMethod
{
	METHOD_ASK,
	METHOD_KEY,
	METHOD_DESKTOP,
	METHOD_HEADLESS
} SignInMethod;

typedef enum PasswordPrompt
{
	PASSWORD_IF_NEEDED,
	PASSWORD_ALWAYS,
	PASSWORD_NEVER
} PasswordPrompt;

typedef struct Options
{
	/* the connection, as psql's; NULL: libpq's default */
	const char *host;
	const char *port;
	const char *user;
	const char *dbname;
	PasswordPrompt password;

	/* what is signed in to */
	SignInMethod method;
	const char *server;
	const char *schema;			/* to import into; NULL: nothing is imported */
	bool		create;			/* what is missing, without asking */
	const char *api_base;		/* of a server that is created */
	const char *connect_base;
	const char *marketplace_base;

	/* options of the user mapping; NULL: as it is */
	const char *flow;
	const char *client_id;
	const char *client_secret_file;
	const char *redirect_uri;
	const char *scope;
	const char *account;

	int			timeout;		/* seconds that --desktop waits for the browser */
} Options;

/* Ends the program where there is nothing else to do. */
extern void options_read(Options *options, int argc, char **argv);

#endif							/* LOGIN_OPTIONS_H */
