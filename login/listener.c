/*-------------------------------------------------------------------------
 *
 * listener.c
 *		Waits on a loopback port for the browser that Stripe sends back.
 *
 * Browsers open connections that they do not use, and ask for icons: several
 * connections are served at once, each for a short time, and none can keep
 * the one that matters waiting.  Any page may send a browser here, so nothing
 * but the right state ends the wait.
 *
 *-------------------------------------------------------------------------
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "interrupt.h"
#include "listener.h"
#include "message.h"

#define MAX_PEERS 16
#define MAX_REQUEST 8192
#define PEER_SECONDS 10			/* to send its request */
#define HANG_UP_SECONDS 2		/* to take the answer */

/* A connection, and what it has sent so far. */
typedef struct Peer
{
	int			fd;				/* -1: none */
	time_t		since;
	size_t		len;
	char		request[MAX_REQUEST + 1];
} Peer;

static time_t
now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec;
}

/* A listening socket, or -1 with errno. */
static int
listen_on(const struct sockaddr *address, socklen_t size)
{
	int			fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int			on = 1;
	int			error;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (address->sa_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
	if (bind(fd, address, size) == 0 && listen(fd, MAX_PEERS) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

static int
listen_ipv4(int *port)
{
	struct sockaddr_in address;
	socklen_t	size = sizeof(address);
	int			fd;

	memset(&address, 0, sizeof(address));
	address.sin_family = AF_INET;
	address.sin_port = htons((uint16_t) *port);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	fd = listen_on((struct sockaddr *) &address, sizeof(address));
	if (fd >= 0 && getsockname(fd, (struct sockaddr *) &address, &size) == 0)
		*port = ntohs(address.sin_port);
	return fd;
}

static int
listen_ipv6(int *port)
{
	struct sockaddr_in6 address;
	socklen_t	size = sizeof(address);
	int			fd;

	memset(&address, 0, sizeof(address));
	address.sin6_family = AF_INET6;
	address.sin6_port = htons((uint16_t) *port);
	address.sin6_addr = in6addr_loopback;
	fd = listen_on((struct sockaddr *) &address, sizeof(address));
	if (fd >= 0 && getsockname(fd, (struct sockaddr *) &address, &size) == 0)
		*port = ntohs(address.sin6_port);
	return fd;
}

bool
listener_open(Listener *listener, const LoopbackUri *uri)
{
	bool		named = strcmp(uri->host, "localhost") == 0;
	int			fd = -1;

	listener->uri = *uri;
	listener->count = 0;
	listener->refused = false;
	if (strcmp(uri->host, "[::1]") != 0)
	{
		fd = listen_ipv4(&listener->uri.port);
		if (fd >= 0)
			listener->sockets[listener->count++] = fd;
	}
	if (strcmp(uri->host, "127.0.0.1") != 0 && (fd >= 0 || !named))
	{
		fd = listen_ipv6(&listener->uri.port);
		if (fd >= 0)
			listener->sockets[listener->count++] = fd;

		/* Without IPv6 the other address will do; but a port that someone else has there won't. */
		else if (named && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT))
			fd = listener->sockets[0];
	}
	if (fd >= 0)
		return true;
	log_error("could not listen on port %d of %s: %s", listener->uri.port, uri->host, strerror(errno));
	listener_close(listener);
	return false;
}

void
listener_close(Listener *listener)
{
	while (listener->count > 0)
		close(listener->sockets[--listener->count]);
}

/* Writes all of it, as far as the other side takes it within a second or two. */
static void
send_all(int fd, const char *text, size_t len)
{
	while (len > 0)
	{
		struct pollfd writable = {.fd = fd, .events = POLLOUT};
		ssize_t		sent = send(fd, text, len, MSG_NOSIGNAL);

		if (sent > 0)
		{
			text += sent;
			len -= (size_t) sent;
		}
		else if (sent < 0 && errno != EAGAIN && errno != EINTR)
			return;
		else if (poll(&writable, 1, 1000) <= 0)
			return;
	}
}

static void
respond(int fd, const char *status, const char *headers, const char *body)
{
	char		head[512];
	int			len = snprintf(head, sizeof(head),
							   "HTTP/1.1 %s\r\nContent-Type: text/html; charset=utf-8\r\n"
							   "Content-Length: %zu\r\nConnection: close\r\n%s\r\n",
							   status, strlen(body), headers);

	send_all(fd, head, (size_t) len);
	send_all(fd, body, strlen(body));
}

/* Lets the other side read the answer before the connection goes. */
static void
hang_up(int fd)
{
	char		rest[512];
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	time_t		end = now() + HANG_UP_SECONDS;

	shutdown(fd, SHUT_WR);
	while (!interrupted && now() < end && poll(&readable, 1, 1000) > 0 &&
		   read(fd, rest, sizeof(rest)) > 0)
		;
	close(fd);
}

static void
refuse(Peer *peer, const char *status)
{
	respond(peer->fd, status, "", "");
	hang_up(peer->fd);
	peer->fd = -1;
}

/* Reads what has come.  true: the request is there. */
static bool
receive(Peer *peer)
{
	ssize_t		got = read(peer->fd, peer->request + peer->len, MAX_REQUEST - peer->len);

	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (got <= 0)
	{
		close(peer->fd);
		peer->fd = -1;
		return false;
	}
	peer->len += (size_t) got;
	peer->request[peer->len] = '\0';
	if (strstr(peer->request, "\r\n\r\n") != NULL)
		return true;
	if (peer->len == MAX_REQUEST)
		refuse(peer, "431 Request Header Fields Too Large");
	return false;
}

/* The query if this is a request to the right path; else it is refused. */
static const char *
query_of(const Listener *listener, Peer *peer)
{
	char	   *target = peer->request + strlen("GET ");
	size_t		path_len = strlen(listener->uri.path);

	if (strncmp(peer->request, "GET ", strlen("GET ")) != 0)
	{
		refuse(peer, "405 Method Not Allowed");
		return NULL;
	}
	target[strcspn(target, " \r\n")] = '\0';
	if (strncmp(target, listener->uri.path, path_len) == 0)
	{
		if (target[path_len] == '?')
			return target + path_len + 1;
		if (target[path_len] == '\0')
			return target + path_len;
	}
	refuse(peer, "404 Not Found");
	return NULL;
}

/* A place for a new connection: a free one, or that of the oldest. */
static Peer *
place_for_peer(Peer *peers)
{
	Peer	   *place = &peers[0];

	for (int i = 0; i < MAX_PEERS && place->fd >= 0; i++)
	{
		if (peers[i].fd < 0 || peers[i].since < place->since)
			place = &peers[i];
	}
	if (place->fd >= 0)
		close(place->fd);
	place->len = 0;
	return place;
}

static void
accept_peer(int socket, Peer *peers)
{
	int			fd = accept4(socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	Peer	   *peer;

	if (fd < 0)
		return;
	peer = place_for_peer(peers);
	peer->fd = fd;
	peer->since = now();
}

/* Takes what the connection brings, if that is what was waited for; else it is refused. */
static bool
take(Listener *listener, Peer *peer, const char *state, Redirect *redirect)
{
	const char *query = query_of(listener, peer);

	if (query == NULL)
		return false;
	if (redirect_parse(redirect, query) && redirect_has_state(redirect, state))
		return true;
	redirect_forget(redirect);
	listener_answer(peer->fd, false, "Not signed in",
					"This is not what " PROGNAME " is waiting for. Go on in the window that it has opened.");
	peer->fd = -1;
	listener->refused = true;
	return false;
}

/* One round of waiting, a second at most.  Returns the connection that is the one, or -1. */
static int
serve_once(Listener *listener, Peer *peers, const char *state, Redirect *redirect)
{
	struct pollfd polled[MAX_LISTENING + MAX_PEERS];
	nfds_t		count = 0;
	Peer	   *served[MAX_LISTENING + MAX_PEERS];

	for (int i = 0; i < listener->count; i++)
	{
		served[count] = NULL;
		polled[count++] = (struct pollfd) {.fd = listener->sockets[i], .events = POLLIN};
	}
	for (int i = 0; i < MAX_PEERS; i++)
	{
		if (peers[i].fd >= 0 && now() - peers[i].since > PEER_SECONDS)
			refuse(&peers[i], "408 Request Timeout");
		if (peers[i].fd < 0)
			continue;
		served[count] = &peers[i];
		polled[count++] = (struct pollfd) {.fd = peers[i].fd, .events = POLLIN};
	}
	if (poll(polled, count, 1000) <= 0)
		return -1;

	/* Connections first: accepting may give the place of one to another. */
	for (nfds_t i = count; i-- > 0;)
	{
		if (polled[i].revents == 0)
			continue;
		if (served[i] == NULL)
			accept_peer(polled[i].fd, peers);
		else if (receive(served[i]) && take(listener, served[i], state, redirect))
		{
			int			fd = served[i]->fd;

			served[i]->fd = -1;
			return fd;
		}
	}
	return -1;
}

int
listener_wait(Listener *listener, int timeout, const char *state, Redirect *redirect)
{
	Peer	   *peers = xmalloc(MAX_PEERS * sizeof(Peer));
	time_t		end = now() + timeout;
	int			browser = -1;

	for (int i = 0; i < MAX_PEERS; i++)
		peers[i].fd = -1;
	while (browser < 0 && !interrupted && now() < end)
		browser = serve_once(listener, peers, state, redirect);
	listener_close(listener);
	for (int i = 0; i < MAX_PEERS; i++)
	{
		if (peers[i].fd >= 0)
			close(peers[i].fd);
	}
	explicit_bzero(peers, MAX_PEERS * sizeof(Peer));
	free(peers);
	return browser;
}

/* Appends text to a page of size bytes, escaped. */
static void
append_escaped(char *page, size_t size, const char *text)
{
	for (size_t len = strlen(page); *text != '\0' && len + 8 < size; text++)
	{
		char		c = *text;

		if (strchr("<>&\"'", c) != NULL)
			len += (size_t) snprintf(page + len, size - len, "&#%d;", c);
		else
		{
			page[len++] = c;
			page[len] = '\0';
		}
	}
}

void
listener_answer(int browser, bool success, const char *title, const char *text)
{
	char		page[4096] = "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>";

	append_escaped(page, sizeof(page) - 512, title);
	strcat(page, "</title>\n<style>body { font: 16px/1.5 sans-serif; max-width: 32em; margin: 4em auto }"
		   "</style></head>\n<body>\n<h1>");
	append_escaped(page, sizeof(page) - 256, title);
	strcat(page, "</h1>\n<p>");
	append_escaped(page, sizeof(page) - 128, text);
	strcat(page, "</p>\n<p>You can close this window.</p>\n</body>\n</html>\n");

	/* The address holds the code: no page learns it from here, and none keeps it. */
	respond(browser, success ? "200 OK" : "400 Bad Request",
			"Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n"
			"Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'\r\n", page);
	hang_up(browser);
}
