/*-------------------------------------------------------------------------
 *
 * options.c
 *		The command line.
 *
 *-------------------------------------------------------------------------
 */
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "message.h"
#include "options.h"

#define DEFAULT_TIMEOUT 300

/* Options without a letter. */
enum
{
	OPT_KEY = 256,
	OPT_DESKTOP,
	OPT_HEADLESS,
	OPT_SERVER,
	OPT_SCHEMA,
	OPT_CREATE,
	OPT_API_BASE,
	OPT_CONNECT_BASE,
	OPT_MARKETPLACE_BASE,
	OPT_FLOW,
	OPT_CLIENT_ID,
	OPT_CLIENT_SECRET_FILE,
	OPT_REDIRECT_URI,
	OPT_SCOPE,
	OPT_ACCOUNT,
	OPT_TIMEOUT,
	OPT_HELP
};

static const struct option long_options[] = {
	{"key", no_argument, NULL, OPT_KEY},
	{"desktop", no_argument, NULL, OPT_DESKTOP},
	{"headless", no_argument, NULL, OPT_HEADLESS},
	{"server", required_argument, NULL, OPT_SERVER},
	{"schema", required_argument, NULL, OPT_SCHEMA},
	{"create", no_argument, NULL, OPT_CREATE},
	{"api-base", required_argument, NULL, OPT_API_BASE},
	{"connect-base", required_argument, NULL, OPT_CONNECT_BASE},
	{"marketplace-base", required_argument, NULL, OPT_MARKETPLACE_BASE},
	{"flow", required_argument, NULL, OPT_FLOW},
	{"client-id", required_argument, NULL, OPT_CLIENT_ID},
	{"client-secret-file", required_argument, NULL, OPT_CLIENT_SECRET_FILE},
	{"redirect-uri", required_argument, NULL, OPT_REDIRECT_URI},
	{"scope", required_argument, NULL, OPT_SCOPE},
	{"account", required_argument, NULL, OPT_ACCOUNT},
	{"timeout", required_argument, NULL, OPT_TIMEOUT},
	{"host", required_argument, NULL, 'h'},
	{"port", required_argument, NULL, 'p'},
	{"username", required_argument, NULL, 'U'},
	{"dbname", required_argument, NULL, 'd'},
	{"no-password", no_argument, NULL, 'w'},
	{"password", no_argument, NULL, 'W'},
	{"help", no_argument, NULL, OPT_HELP},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0}
};

static void
usage(void)
{
	puts(PROGNAME " signs in to Stripe for a stripe_fdw server: it stores a key or OAuth tokens in\n"
		 "the user mapping of the connected user.\n"
		 "\n"
		 "Usage:\n"
		 "  " PROGNAME " [OPTION]... [DBNAME]\n"
		 "\n"
		 "How to sign in (asked for if none is given):\n"
		 "      --key                  with an API key, read without echo, or from standard input\n"
		 "      --desktop              in the browser on this machine\n"
		 "      --headless             in a browser elsewhere: shows the address, takes the code\n"
		 "\n"
		 "What to sign in to:\n"
		 "      --server=NAME          foreign server (default: \"stripe\")\n"
		 "      --schema=NAME          imports Stripe's tables into this schema, unless they are there\n"
		 "      --create               creates what is missing without asking\n"
		 "      --account=ACCT         reads this connected account\n"
		 "      --api-base=URL         for a server that is created; superusers only\n"
		 "      --connect-base=URL, --marketplace-base=URL\n"
		 "                             likewise\n"
		 "\n"
		 "OAuth (kept in the user mapping; asked for if missing there):\n"
		 "      --flow=connect|app     for a Connect platform, or for a Stripe App\n"
		 "      --client-id=CA         client id of the platform or app\n"
		 "      --client-secret-file=FILE\n"
		 "                             file that holds its secret key\n"
		 "      --redirect-uri=URI     as registered at Stripe; --desktop: http on localhost,\n"
		 "                             where port 0 is any free port\n"
		 "      --scope=SCOPE          read_only or read_write\n"
		 "      --timeout=SECONDS      how long --desktop waits for the browser (default: 300)\n"
		 "\n"
		 "Connection options:\n"
		 "  -h, --host=HOSTNAME        database server host or socket directory\n"
		 "  -p, --port=PORT            database server port\n"
		 "  -U, --username=USERNAME    database user name\n"
		 "  -d, --dbname=DBNAME        database name or connection string\n"
		 "  -w, --no-password          never prompt for password\n"
		 "  -W, --password             force password prompt\n"
		 "\n"
		 "  -V, --version              output version information, then exit\n"
		 "  -?, --help                 show this help, then exit\n"
		 "\n"
		 "The conversation is on standard error; SQL that would rebuild the objects, with the\n"
		 "secrets left out, goes to standard output.");
}

static void
misuse(void)
{
	log_hint("Try \"%s --help\" for more information.", PROGNAME);
	exit(1);
}

static void
choose_method(Options *options, SignInMethod method)
{
	if (options->method != METHOD_ASK && options->method != method)
	{
		log_error("only one of --key, --desktop and --headless can be used");
		misuse();
	}
	options->method = method;
}

static int
read_seconds(const char *text)
{
	char	   *end;
	long		seconds = strtol(text, &end, 10);

	if (*text == '\0' || *end != '\0' || seconds < 1 || seconds > INT_MAX / 1000)
	{
		log_error("invalid value \"%s\" for --timeout", text);
		misuse();
	}
	return (int) seconds;
}

static const char *
read_flow(const char *text)
{
	if (strcmp(text, "connect") != 0 && strcmp(text, "app") != 0)
	{
		log_error("invalid value \"%s\" for --flow", text);
		log_detail("It is connect or app.");
		misuse();
	}
	return text;
}

void
options_read(Options *options, int argc, char **argv)
{
	int			option;

	memset(options, 0, sizeof(*options));
	options->server = "stripe";
	options->timeout = DEFAULT_TIMEOUT;

	while ((option = getopt_long(argc, argv, "h:p:U:d:wWV?", long_options, NULL)) != -1)
	{
		switch (option)
		{
			case OPT_KEY:
				choose_method(options, METHOD_KEY);
				break;
			case OPT_DESKTOP:
				choose_method(options, METHOD_DESKTOP);
				break;
			case OPT_HEADLESS:
				choose_method(options, METHOD_HEADLESS);
				break;
			case OPT_SERVER:
				options->server = optarg;
				break;
			case OPT_SCHEMA:
				options->schema = optarg;
				break;
			case OPT_CREATE:
				options->create = true;
				break;
			case OPT_API_BASE:
				options->api_base = optarg;
				break;
			case OPT_CONNECT_BASE:
				options->connect_base = optarg;
				break;
			case OPT_MARKETPLACE_BASE:
				options->marketplace_base = optarg;
				break;
			case OPT_FLOW:
				options->flow = read_flow(optarg);
				break;
			case OPT_CLIENT_ID:
				options->client_id = optarg;
				break;
			case OPT_CLIENT_SECRET_FILE:
				options->client_secret_file = optarg;
				break;
			case OPT_REDIRECT_URI:
				options->redirect_uri = optarg;
				break;
			case OPT_SCOPE:
				options->scope = optarg;
				break;
			case OPT_ACCOUNT:
				options->account = optarg;
				break;
			case OPT_TIMEOUT:
				options->timeout = read_seconds(optarg);
				break;
			case 'h':
				options->host = optarg;
				break;
			case 'p':
				options->port = optarg;
				break;
			case 'U':
				options->user = optarg;
				break;
			case 'd':
				options->dbname = optarg;
				break;
			case 'w':
				options->password = PASSWORD_NEVER;
				break;
			case 'W':
				options->password = PASSWORD_ALWAYS;
				break;
			case 'V':
				puts(PROGNAME " (stripe_fdw) " STRIPE_FDW_VERSION);
				exit(0);
			case OPT_HELP:
				usage();
				exit(0);
			default:
				/* getopt gives '?' for a mistake too, and has told of it. */
				if (strcmp(argv[optind - 1], "-?") != 0)
					misuse();
				usage();
				exit(0);
		}
	}
	if (optind < argc && options->dbname == NULL)
		options->dbname = argv[optind++];
	if (optind < argc)
	{
		log_error("too many command-line arguments (first is \"%s\")", argv[optind]);
		misuse();
	}
}
