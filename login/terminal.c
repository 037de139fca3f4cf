/*-------------------------------------------------------------------------
 *
 * terminal.c
 *		Asking the user.
 *
 * Lines are read with read(2), so that no buffer of the C library's keeps a
 * secret, and a signal ends the wait.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "interrupt.h"
#include "message.h"
#include "terminal.h"

#define LONGEST_LINE 8192

bool
terminal_is_there(void)
{
	return isatty(STDIN_FILENO);
}

/* A line without its end, malloc'd; NULL at the end of the file, on an error or a signal. */
static char *
read_line(int fd)
{
	char		line[LONGEST_LINE];
	size_t		len = 0;
	ssize_t		got = 0;
	char	   *result = NULL;

	while (!interrupted)
	{
		if (len == sizeof(line) - 1)
		{
			log_error("a line is too long");
			got = -1;
			break;
		}
		got = read(fd, line + len, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0 || line[len] == '\n')
			break;
		len++;
	}
	if (!interrupted && (got > 0 || (got == 0 && len > 0)))
	{
		while (len > 0 && (line[len - 1] == '\r' || line[len - 1] == ' '))
			len--;
		line[len] = '\0';
		result = xstrdup(line);
	}
	explicit_bzero(line, sizeof(line));
	return result;
}

char *
ask(const char *prompt)
{
	fputs(prompt, stderr);
	fflush(stderr);
	return read_line(STDIN_FILENO);
}

char *
ask_secret(const char *prompt)
{
	int			tty;
	struct termios before;
	struct termios quiet;
	char	   *answer;

	if (!terminal_is_there())
		return read_line(STDIN_FILENO);

	tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (tty < 0 || tcgetattr(tty, &before) != 0)
	{
		log_error("could not open /dev/tty: %s", strerror(errno));
		if (tty >= 0)
			close(tty);
		return NULL;
	}
	quiet = before;
	quiet.c_lflag &= ~(tcflag_t) ECHO;
	if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
	{
		log_error("could not turn off the terminal's echo: %s", strerror(errno));
		close(tty);
		return NULL;
	}
	/* After the echo is off: who sees the prompt may answer at once. */
	dprintf(tty, "%s", prompt);
	answer = read_line(tty);
	tcsetattr(tty, TCSAFLUSH, &before);
	dprintf(tty, "\n");
	close(tty);
	return answer;
}

bool
ask_yes(const char *prompt)
{
	char	   *answer = ask(prompt);
	bool		yes = answer != NULL && (answer[0] == '\0' || answer[0] == 'y' || answer[0] == 'Y');

	free(answer);
	return yes;
}

char *
read_secret_file(const char *path)
{
	int			fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat status;
	char	   *line;

	if (fd < 0)
	{
		log_error("could not open file \"%s\": %s", path, strerror(errno));
		return NULL;
	}
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && (status.st_mode & S_IRWXO) != 0)
	{
		log_warning("file \"%s\" can be read by everybody on this machine", path);
		log_hint("chmod 600 keeps it to its owner.");
	}
	line = read_line(fd);
	close(fd);
	if (line == NULL)
		log_error("file \"%s\" holds nothing", path);
	return line;
}
