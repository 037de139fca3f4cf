/*-------------------------------------------------------------------------
 *
 * browser.c
 *		Opens the user's browser.
 *
 * No shell takes part.  $BROWSER is a list of commands with ":" between them,
 * of which the first that can be started is taken; "%s" in one stands for the
 * address, which otherwise becomes its last argument.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "browser.h"
#include "message.h"

#define MAX_WORDS 16

extern char **environ;

/* The browser needs nothing of libpq's, and PGPASSWORD is a secret. */
static void
clean_environment(void)
{
	char	  **kept = environ;

	for (char **entry = environ; *entry != NULL; entry++)
	{
		if (strncmp(*entry, "PG", 2) != 0)
			*kept++ = *entry;
	}
	*kept = NULL;
}

/* The child's side: becomes the command, or reports why not and ends. */
static void
become(char **words, int report)
{
	int			null = open("/dev/null", O_RDWR);
	int			error;

	/* Out of the terminal's reach: Ctrl-C is not for the browser. */
	setsid();
	signal(SIGPIPE, SIG_DFL);
	if (null >= 0)
	{
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
	}
	clean_environment();
	execvp(words[0], words);
	error = errno;
	if (write(report, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

static bool
start(char **words)
{
	int			report[2];
	int			error;
	ssize_t		got;
	pid_t		child;

	if (pipe2(report, O_CLOEXEC) != 0)
		return false;
	child = fork();
	if (child == 0)
		become(words, report[1]);
	close(report[1]);
	/* Nothing comes when the command has been started. */
	do
		got = child > 0 ? read(report[0], &error, sizeof(error)) : -1;
	while (got < 0 && child > 0 && errno == EINTR);
	close(report[0]);
	return child > 0 && got == 0;
}

static bool
try_command(char *command, const char *url)
{
	char	   *words[MAX_WORDS + 2];
	int			count = 0;
	bool		placed = false;
	char	   *rest;

	for (char *word = strtok_r(command, " ", &rest); word != NULL && count < MAX_WORDS;
		 word = strtok_r(NULL, " ", &rest))
	{
		bool		is_place = strcmp(word, "%s") == 0;

		words[count++] = is_place ? (char *) url : word;
		placed = placed || is_place;
	}
	if (count == 0)
		return false;
	if (!placed)
		words[count++] = (char *) url;
	words[count] = NULL;
	return start(words);
}

bool
browser_open(const char *url)
{
	const char *setting = getenv("BROWSER");
	char	   *commands = xstrdup(setting && *setting ? setting : "xdg-open");
	char	   *rest;
	bool		opened = false;

	/* Nobody waits for the browser: it outlives us. */
	signal(SIGCHLD, SIG_IGN);
	for (char *command = strtok_r(commands, ":", &rest); command != NULL && !opened;
		 command = strtok_r(NULL, ":", &rest))
		opened = try_command(command, url);
	free(commands);
	return opened;
}
