/*-------------------------------------------------------------------------
 *
 * http.c
 *		HTTP requests under PostgreSQL's latch: libcurl's multi interface, the
 *		wait loop and the size limits.  The only includer of curl.h.
 *
 * libcurl tells by callbacks which sockets it wants watched and when it wants
 * to be called next; wait_once() waits for these and for the latch (poller.h),
 * and hands what has happened back to libcurl.
 *
 * Callbacks run inside libcurl, which a longjmp must not leave.  So they raise
 * no error and don't palloc: they record, and what they have recorded is looked
 * at when libcurl has returned.
 *
 * The bearer token goes into libcurl as a header line in memory of our own,
 * which libcurl reads but does not copy when it is handed over, and which is
 * zeroed when the transfer is done.  (CURLOPT_XOAUTH2_BEARER would keep two
 * more copies for as long as the handle lives, freed as they are.)  What is
 * left is the send buffer, which libcurl reuses.
 *
 *-------------------------------------------------------------------------
 */
#include "postgres.h"

#include <curl/curl.h>
#include <signal.h>

#include "base/base64.h"
#include "base/compat.h"
#include "http/answer.h"
#include "http/guard.h"
#include "http/http.h"
#include "http/poller.h"
#include "http/retry.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "storage/ipc.h"
#include "utils/memutils.h"

/*
 * CURLOPT_QUICK_EXIT is what lets a query be cancelled while a host name is
 * being resolved: without it libcurl waits for the resolver's thread.
 */
#define HTTP_MIN_LIBCURL 0x075700
#define HTTP_MIN_LIBCURL_TEXT "7.87.0"

#if LIBCURL_VERSION_NUM < HTTP_MIN_LIBCURL
#error "stripe_fdw needs libcurl 7.87.0 or newer"
#endif

/*
 * Connections kept open.  Transfers account for theirs (AcquireExternalFD);
 * for idle ones the files do that PostgreSQL keeps in reserve.
 */
#define HTTP_MAX_IDLE 16

/* What libcurl reads from a socket at a time. */
#define HTTP_READ_BUFFER_BYTES (64 * 1024L)

/* Sockets looked after between two waits. */
#define HTTP_READY_AT_ONCE 16

#define HTTP_USER_AGENT "stripe_fdw/1.0"

struct HttpTransfer
{
	MemoryContext context;		/* its own; this struct is in it */
	MemoryContextCallback callback;
	dlist_node	node;			/* in live_transfers */
	bool		live;			/* is on that list */
	bool		done;			/* response is filled */
	bool		holds_fd;		/* is accounted for as an open file */

	CURL	   *easy;			/* NULL before the start and after the end */
	bool		in_multi;
	char		curl_error[CURL_ERROR_SIZE];

	/* the request: copies that libcurl reads from */
	struct curl_slist *headers;
	char	   *authorization;	/* header line, zeroed in the end; or NULL */
	char	   *request_body;	/* zeroed in the end; or NULL */
	size_t		request_body_len;
	bool		head;			/* no body will come */

	HttpAnswer	answer;			/* as recorded by the callbacks */
	HttpResponse response;
};

static CURLM *multi = NULL;
static bool discard_multi = false;	/* as soon as no transfer is live */
static dlist_head live_transfers = DLIST_STATIC_INIT(live_transfers);

static bool sockets_lost = false;	/* no memory to watch one */

static uint32 wait_event_request = 0;
static uint32 wait_event_backoff = 0;

static void ensure_multi(void);
static void check_libcurl(void);
static void close_multi(void);
static void let_go_at_exit(int code, Datum arg);
static void build_headers(const HttpRequest *request, HttpTransfer *transfer);
static void set_options(const HttpRequest *request, HttpTransfer *transfer);
static void set_method(const HttpRequest *request, HttpTransfer *transfer);
static void fail(HttpTransfer *transfer, HttpFailure failure, const char *why);
static void finish(HttpTransfer *transfer, CURLcode result);
static void let_go(HttpTransfer *transfer);
static void release_transfer(void *arg);
static HttpFailure classify(CURL *easy, CURLcode result);
static void pump(curl_socket_t fd, int events);
static void collect_finished(void);
static void wait_once(double max_ms, uint32 wait_event);
static size_t on_header(char *line, size_t size, size_t count, void *arg);
static size_t on_body(char *bytes, size_t size, size_t count, void *arg);
static int	on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg);
static int	on_timer(CURLM *handle, long timeout_ms, void *arg);

/*
 * libcurl looks at what a setting says when it uses it; if it refuses to set
 * one, it lacks memory or that feature.
 */
#define SETOPT(easy, option, value) \
	do { \
		CURLcode	setopt_code = curl_easy_setopt(easy, option, value); \
		if (setopt_code != CURLE_OK) \
			elog(ERROR, "libcurl does not take " #option ": %s", \
				 curl_easy_strerror(setopt_code)); \
	} while (0)

#define MULTI_SETOPT(option, value) \
	do { \
		CURLMcode	setopt_code = curl_multi_setopt(multi, option, value); \
		if (setopt_code != CURLM_OK) \
			elog(ERROR, "libcurl does not take " #option ": %s", \
				 curl_multi_strerror(setopt_code)); \
	} while (0)

/*
 * ------------------------------------------------------------------------
 * Starting
 * ------------------------------------------------------------------------
 */

HttpTransfer *
http_start(const HttpRequest *request, MemoryContext context)
{
	MemoryContext own;
	HttpTransfer *transfer;
	const char *why;
	CURLMcode	code;

	ensure_multi();

	own = AllocSetContextCreate(context, "stripe_fdw HTTP transfer", ALLOCSET_SMALL_SIZES);
	transfer = MemoryContextAllocZero(own, sizeof(HttpTransfer));
	transfer->context = own;
	transfer->response.body = "";
	transfer->callback.func = release_transfer;
	transfer->callback.arg = transfer;
	MemoryContextRegisterResetCallback(own, &transfer->callback);

	why = http_guard(request);
	if (why != NULL)
	{
		fail(transfer, HTTP_FAIL_CONFIGURATION, why);
		return transfer;
	}

	dlist_push_tail(&live_transfers, &transfer->node);
	transfer->live = true;

	if (!AcquireExternalFD())
		ereport(ERROR,
				errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				errmsg("too many open files to make another connection"),
				errhint("Raise \"max_files_per_process\", or the limit of the operating system."));
	transfer->holds_fd = true;

	transfer->easy = curl_easy_init();
	if (transfer->easy == NULL)
		ereport(ERROR,
				errcode(ERRCODE_OUT_OF_MEMORY),
				errmsg("out of memory"));

	build_headers(request, transfer);
	set_options(request, transfer);
	set_method(request, transfer);

	code = curl_multi_add_handle(multi, transfer->easy);
	if (code != CURLM_OK)
		elog(ERROR, "libcurl could not start a transfer: %s", curl_multi_strerror(code));
	transfer->in_multi = true;

	/* Get it going, so that it makes progress while the caller does other things. */
	pump(CURL_SOCKET_TIMEOUT, 0);
	collect_finished();

	return transfer;
}

/* Makes the backend's multi handle unless it is there. */
static void
ensure_multi(void)
{
	static bool initialised = false;

	if (!initialised)
	{
		check_libcurl();
		if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
			ereport(ERROR,
					errcode(ERRCODE_FDW_ERROR),
					errmsg("could not initialize libcurl"));
		wait_event_request = compat_wait_event_new("StripeRequest");
		wait_event_backoff = compat_wait_event_new("StripeBackoff");
		on_proc_exit(let_go_at_exit, (Datum) 0);
		initialised = true;
	}

	if (discard_multi && dlist_is_empty(&live_transfers))
		close_multi();

	if (multi == NULL)
	{
		multi = curl_multi_init();
		if (multi == NULL)
			ereport(ERROR,
					errcode(ERRCODE_OUT_OF_MEMORY),
					errmsg("out of memory"));

		/* If one of these fails, the handle is not fit for use. */
		discard_multi = true;
		MULTI_SETOPT(CURLMOPT_SOCKETFUNCTION, on_socket);
		MULTI_SETOPT(CURLMOPT_TIMERFUNCTION, on_timer);
		MULTI_SETOPT(CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
		MULTI_SETOPT(CURLMOPT_MAXCONNECTS, (long) HTTP_MAX_IDLE);
		discard_multi = false;
	}
}

/* The library at run time may be another one than at compile time. */
static void
check_libcurl(void)
{
	const curl_version_info_data *info = curl_version_info(CURLVERSION_NOW);

	if (info->version_num < HTTP_MIN_LIBCURL)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("libcurl %s is too old", info->version),
				errdetail("stripe_fdw needs libcurl %s or newer.", HTTP_MIN_LIBCURL_TEXT));
	if ((info->features & CURL_VERSION_SSL) == 0)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("libcurl %s was built without TLS", info->version));
	if ((info->features & CURL_VERSION_ASYNCHDNS) == 0)
		ereport(ERROR,
				errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				errmsg("libcurl %s was built without asynchronous name resolution", info->version),
				errdetail("A query could not be cancelled while a host name is being resolved."));
}

/* Appends a header line to those of the transfer, which libcurl won't copy. */
static void
add_header(HttpTransfer *transfer, char *line)
{
	struct curl_slist *item = MemoryContextAlloc(transfer->context, sizeof(struct curl_slist));

	item->data = line;
	item->next = transfer->headers;
	transfer->headers = item;
}

static char *
bearer_header(const Secret *token)
{
	static const char prefix[] = "Authorization: Bearer ";
	size_t		len = secret_length(token);
	char	   *line = palloc(sizeof(prefix) + len);

	memcpy(line, prefix, sizeof(prefix) - 1);
	memcpy(line + sizeof(prefix) - 1, secret_bytes(token), len + 1);
	return line;
}

/* The token is the user name; there is no password. */
static char *
basic_header(const Secret *token)
{
	static const char prefix[] = "Authorization: Basic ";
	size_t		len = secret_length(token);
	char	   *user = palloc(len + 1);
	char	   *line = palloc(sizeof(prefix) + BASE64_ROOM(len + 1));

	memcpy(user, secret_bytes(token), len);
	user[len] = ':';
	memcpy(line, prefix, sizeof(prefix) - 1);
	base64_encode(user, len + 1, line + sizeof(prefix) - 1);
	secret_zero(user, len + 1);
	return line;
}

static void
build_headers(const HttpRequest *request, HttpTransfer *transfer)
{
	MemoryContext caller = MemoryContextSwitchTo(transfer->context);

	add_header(transfer, "Accept-Encoding: gzip");

	/* Or libcurl would ask before it sends a large body, and wait. */
	add_header(transfer, "Expect:");

	/* libcurl takes "Name:" for a wish to leave the header out. */
	for (int i = 0; i < request->nheaders; i++)
	{
		const HttpHeader *header = &request->headers[i];

		add_header(transfer, header->value[0] == '\0' ? psprintf("%s;", header->name) :
				   psprintf("%s: %s", header->name, header->value));
	}

	if (request->bearer != NULL)
	{
		transfer->authorization = request->basic ? basic_header(request->bearer) :
								  bearer_header(request->bearer);
		add_header(transfer, transfer->authorization);
	}

	MemoryContextSwitchTo(caller);
}

static void
set_options(const HttpRequest *request, HttpTransfer *transfer)
{
	CURL	   *easy = transfer->easy;

	SETOPT(easy, CURLOPT_PRIVATE, transfer);
	SETOPT(easy, CURLOPT_ERRORBUFFER, transfer->curl_error);
	SETOPT(easy, CURLOPT_NOSIGNAL, 1L);
	SETOPT(easy, CURLOPT_QUICK_EXIT, 1L);
	SETOPT(easy, CURLOPT_NOPROGRESS, 1L);

	/* where to, and nowhere else */
	SETOPT(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	SETOPT(easy, CURLOPT_URL, request->url);
	SETOPT(easy, CURLOPT_PATH_AS_IS, 1L);
	SETOPT(easy, CURLOPT_FOLLOWLOCATION, 0L);
	SETOPT(easy, CURLOPT_NETRC, (long) CURL_NETRC_IGNORED);

	/* An empty string, unlike NULL, keeps libcurl from asking the environment. */
	SETOPT(easy, CURLOPT_PROXY, request->proxy ? request->proxy : "");
	SETOPT(easy, CURLOPT_NOPROXY, "");
	SETOPT(easy, CURLOPT_HEADEROPT, (long) CURLHEADER_SEPARATE);
	SETOPT(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);

	SETOPT(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	SETOPT(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	SETOPT(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	if (request->ca_file != NULL)
	{
		SETOPT(easy, CURLOPT_CAINFO, request->ca_file);
		SETOPT(easy, CURLOPT_PROXY_CAINFO, request->ca_file);
	}

	/*
	 * A file alone, not the system's directory of authorities besides.  If
	 * there is one, libcurl reads the file anew for each connection, which
	 * costs 50 ms.
	 */
	if (request->ca_file != NULL || curl_version_info(CURLVERSION_NOW)->cainfo != NULL)
	{
		SETOPT(easy, CURLOPT_CAPATH, NULL);
		SETOPT(easy, CURLOPT_PROXY_CAPATH, NULL);
	}

	/*
	 * One HTTP/2 connection for all transfers is better than one for each, so
	 * wait for TLS to say whether it will be one.  Plain http never is.
	 */
	SETOPT(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_2TLS);
	SETOPT(easy, CURLOPT_PIPEWAIT, pg_strncasecmp(request->url, "https:", 6) == 0 ? 1L : 0L);
	SETOPT(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	SETOPT(easy, CURLOPT_BUFFERSIZE, HTTP_READ_BUFFER_BYTES);

	SETOPT(easy, CURLOPT_CONNECTTIMEOUT_MS, (long) request->connect_timeout);
	SETOPT(easy, CURLOPT_TIMEOUT_MS, (long) request->timeout);

	SETOPT(easy, CURLOPT_USERAGENT, HTTP_USER_AGENT);
	SETOPT(easy, CURLOPT_HTTPHEADER, transfer->headers);

	answer_init(&transfer->answer, request->max_body);
	SETOPT(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t) request->max_body);

	/* gunzip.h says why libcurl is not to do it */
	SETOPT(easy, CURLOPT_HTTP_CONTENT_DECODING, 0L);
	SETOPT(easy, CURLOPT_HEADERFUNCTION, on_header);
	SETOPT(easy, CURLOPT_HEADERDATA, transfer);
	SETOPT(easy, CURLOPT_WRITEFUNCTION, on_body);
	SETOPT(easy, CURLOPT_WRITEDATA, transfer);
}

static void
set_method(const HttpRequest *request, HttpTransfer *transfer)
{
	CURL	   *easy = transfer->easy;

	if (request->body != NULL)
	{
		/* libcurl does not copy it, so that there is only one to be zeroed. */
		transfer->request_body = MemoryContextAlloc(transfer->context, request->body_len + 1);
		memcpy(transfer->request_body, request->body, request->body_len);
		transfer->request_body_len = request->body_len;
		SETOPT(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body_len);
		SETOPT(easy, CURLOPT_POSTFIELDS, transfer->request_body);
	}
	else if (strcmp(request->method, "POST") == 0)
	{
		SETOPT(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) 0);
		SETOPT(easy, CURLOPT_POSTFIELDS, "");
	}
	else if (strcmp(request->method, "HEAD") == 0)
	{
		transfer->head = true;
		SETOPT(easy, CURLOPT_NOBODY, 1L);
	}
	else
		SETOPT(easy, CURLOPT_HTTPGET, 1L);

	SETOPT(easy, CURLOPT_CUSTOMREQUEST, request->method);

	/*
	 * On a connection that the server has closed meanwhile, libcurl sends a
	 * request again by itself.
	 */
	SETOPT(easy, CURLOPT_FRESH_CONNECT, retry_is_repeatable(request) ? 0L : 1L);
}

/*
 * ------------------------------------------------------------------------
 * Ending
 * ------------------------------------------------------------------------
 */

/* Makes a transfer finished with a failure of our own finding. */
static void
fail(HttpTransfer *transfer, HttpFailure failure, const char *why)
{
	transfer->response.failure = failure;
	strlcpy(transfer->response.error, why, sizeof(transfer->response.error));
	transfer->done = true;
}

/* Fills the response when libcurl is through with a transfer. */
static void
finish(HttpTransfer *transfer, CURLcode result)
{
	HttpResponse *response = &transfer->response;
	HttpAnswer *answer = &transfer->answer;
	CURL	   *easy = transfer->easy;
	long		status = 0;
	long		connects = 0;
	long		request_size = 0;
	curl_off_t	microseconds = 0;
	curl_off_t	ready_to_send = 0;

	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connects);
	curl_easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &request_size);
	curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &microseconds);
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &ready_to_send);

	response->status = (int) status;
	response->reused = (connects == 0 && request_size > 0);
	response->sent = (ready_to_send > 0 || request_size > 0 || status > 0);
	response->seconds = microseconds / 1000000.0;
	response->bytes = answer->wire_bytes;
	if (answer->body != NULL)
		response->body = answer->body;
	response->body_len = answer->body_len;

#define PRESENT(value) ((value)[0] != '\0' ? (value) : NULL)
	response->content_type = PRESENT(answer->content_type);
	response->request_id = PRESENT(answer->request_id);
	response->retry_after = PRESENT(answer->retry_after);
	response->date = PRESENT(answer->date);
	response->should_retry = PRESENT(answer->should_retry);
	response->rate_limited_reason = PRESENT(answer->rate_limited_reason);
#undef PRESENT
	response->replayed = (pg_strcasecmp(answer->replayed, "true") == 0);

	if (result == CURLE_OK)
		answer_finish(answer, transfer->head || status == 204 || status == 304);

	if (answer->failure != HTTP_OK)
		fail(transfer, answer->failure, answer->why);
	else if (result == CURLE_OUT_OF_MEMORY)

		/* libcurl before 8.6 says so of a header line that is too long */
		fail(transfer, HTTP_FAIL_TOO_LARGE,
			 "a header of the answer is too long, or memory ran out");
	else if (result != CURLE_OK)
		fail(transfer, classify(easy, result),
			 transfer->curl_error[0] != '\0' ? transfer->curl_error :
			 curl_easy_strerror(result));
	else
		transfer->done = true;

	let_go(transfer);
}

/* Parts a transfer from libcurl, and zeroes what it was sent with. */
static void
let_go(HttpTransfer *transfer)
{
	if (transfer->in_multi)
		curl_multi_remove_handle(multi, transfer->easy);
	transfer->in_multi = false;

	if (transfer->easy != NULL)
		curl_easy_cleanup(transfer->easy);
	transfer->easy = NULL;

	if (transfer->authorization != NULL)
		secret_zero(transfer->authorization, strlen(transfer->authorization));
	transfer->authorization = NULL;
	if (transfer->request_body != NULL)
		secret_zero(transfer->request_body, transfer->request_body_len);
	transfer->request_body = NULL;

	if (transfer->holds_fd)
		ReleaseExternalFD();
	transfer->holds_fd = false;

	if (transfer->live)
		dlist_delete(&transfer->node);
	transfer->live = false;
}

/*
 * Runs when the transfer's memory context goes, which may be in the middle of
 * an error; so it must not raise one.
 */
static void
release_transfer(void *arg)
{
	HttpTransfer *transfer = arg;

	let_go(transfer);
	answer_free(&transfer->answer);
}

/* What libcurl's codes mean to us; all others are HTTP_FAIL_PROTOCOL. */
static const struct
{
	CURLcode	code;
	HttpFailure failure;
}			curl_failures[] = {
	{CURLE_COULDNT_RESOLVE_HOST, HTTP_FAIL_RESOLVE},
	{CURLE_COULDNT_RESOLVE_PROXY, HTTP_FAIL_RESOLVE},
	{CURLE_COULDNT_CONNECT, HTTP_FAIL_CONNECT},
	{CURLE_PROXY, HTTP_FAIL_CONNECT},
	{CURLE_OPERATION_TIMEDOUT, HTTP_FAIL_TIMEOUT},
	{CURLE_SSL_CONNECT_ERROR, HTTP_FAIL_TLS},
	{CURLE_SSL_CIPHER, HTTP_FAIL_TLS},
	{CURLE_PEER_FAILED_VERIFICATION, HTTP_FAIL_CERTIFICATE},
	{CURLE_SSL_ISSUER_ERROR, HTTP_FAIL_CERTIFICATE},
	{CURLE_SSL_INVALIDCERTSTATUS, HTTP_FAIL_CERTIFICATE},
	{CURLE_SSL_CACERT_BADFILE, HTTP_FAIL_CONFIGURATION},
	{CURLE_URL_MALFORMAT, HTTP_FAIL_CONFIGURATION},
	{CURLE_GOT_NOTHING, HTTP_FAIL_RESET},
	{CURLE_SEND_ERROR, HTTP_FAIL_RESET},
	{CURLE_RECV_ERROR, HTTP_FAIL_RESET},
	{CURLE_PARTIAL_FILE, HTTP_FAIL_RESET},
	{CURLE_HTTP2, HTTP_FAIL_RESET},
	{CURLE_HTTP2_STREAM, HTTP_FAIL_RESET},
	{CURLE_FILESIZE_EXCEEDED, HTTP_FAIL_TOO_LARGE},
#if LIBCURL_VERSION_NUM >= 0x080600
	{CURLE_TOO_LARGE, HTTP_FAIL_TOO_LARGE},
#endif
};

static HttpFailure
classify(CURL *easy, CURLcode result)
{
	long		proxy_status = 0;

	/* A proxy that refuses to connect us does so for a reason that stays. */
	curl_easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
	if (proxy_status >= 400)
		return proxy_status < 500 ? HTTP_FAIL_CONFIGURATION : HTTP_FAIL_CONNECT;

	for (size_t i = 0; i < lengthof(curl_failures); i++)
	{
		if (curl_failures[i].code == result)
			return curl_failures[i].failure;
	}
	return HTTP_FAIL_PROTOCOL;
}

bool
http_done(const HttpTransfer *transfer)
{
	return transfer->done;
}

const HttpResponse *
http_response(const HttpTransfer *transfer)
{
	Assert(transfer->done);
	return &transfer->response;
}

void
http_free(HttpTransfer *transfer)
{
	MemoryContextDelete(transfer->context);
}

/* Only when no transfer is live. */
static void
close_multi(void)
{
	if (multi != NULL)
		curl_multi_cleanup(multi);
	multi = NULL;
	discard_multi = false;
	sockets_lost = false;
	poller_set_timer(-1);
}

/*
 * The process ends: what its memory contexts have not released by now is parted
 * from libcurl and zeroed.  The multi handle goes with the process: freeing it
 * would wait, in newer libcurls, for a host name that is still being resolved.
 */
static void
let_go_at_exit(int code, Datum arg)
{
	(void) code;
	(void) arg;

	while (!dlist_is_empty(&live_transfers))
		let_go(dlist_head_element(HttpTransfer, node, &live_transfers));
}

const char *
http_library_version(void)
{
	return curl_version();
}

/*
 * ------------------------------------------------------------------------
 * Waiting
 * ------------------------------------------------------------------------
 */

HttpTransfer *
http_wait(HttpTransfer *const *transfers, int ntransfers, long timeout)
{
	double		due = poller_now() + timeout;
	bool		first = true;

	CHECK_FOR_INTERRUPTS();
	for (;;)
	{
		double		left = due - poller_now();

		for (int i = 0; i < ntransfers; i++)
		{
			if (transfers[i]->done)
				return transfers[i];
		}

		/* At least one look, even if there is no time to wait. */
		if (timeout >= 0 && left <= 0 && !first)
			return NULL;
		wait_once(timeout < 0 ? -1 : Max(left, 0), wait_event_request);
		first = false;
	}
}

void
http_sleep(long ms)
{
	double		due;

	ensure_multi();
	due = poller_now() + ms;

	CHECK_FOR_INTERRUPTS();
	for (double left = ms; left > 0; left = due - poller_now())
		wait_once(left, wait_event_backoff);
}

/*
 * Waits for max_ms (below 0: no limit), the latch, a socket or libcurl's timer,
 * and lets libcurl deal with what has come.
 */
static void
wait_once(double max_ms, uint32 wait_event)
{
	PollerSocket ready[HTTP_READY_AT_ONCE];
	int			nready;

	nready = poller_wait(max_ms, wait_event, ready, lengthof(ready));
	for (int i = 0; i < nready; i++)
		pump(ready[i].fd,
			 (ready[i].readable ? CURL_CSELECT_IN : 0) |
			 (ready[i].writeable ? CURL_CSELECT_OUT : 0));
	if (poller_timer_expired())
		pump(CURL_SOCKET_TIMEOUT, 0);

	collect_finished();
}

/*
 * Tells libcurl that a socket is ready, or (CURL_SOCKET_TIMEOUT) that its timer
 * has expired, and lets it do what there is to do.
 *
 * It may start a thread that resolves a host name.  The thread is born with
 * the signal mask of now, and must not get signals that are meant for the
 * backend: their handlers may run in the main thread alone.
 */
static void
pump(curl_socket_t fd, int events)
{
	sigset_t	all;
	sigset_t	saved;
	int			running;
	CURLMcode	code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &saved);
	code = curl_multi_socket_action(multi, fd, events, &running);
	pthread_sigmask(SIG_SETMASK, &saved, NULL);

	if (code != CURLM_OK || sockets_lost)
	{
		/* Nothing can be said of the transfers under way: start over. */
		discard_multi = true;
		if (sockets_lost)
			ereport(ERROR,
					errcode(ERRCODE_OUT_OF_MEMORY),
					errmsg("out of memory"));
		elog(ERROR, "libcurl failed: %s", curl_multi_strerror(code));
	}
}

static void
collect_finished(void)
{
	CURLMsg    *message;
	int			left;

	if (multi == NULL)
		return;
	while ((message = curl_multi_info_read(multi, &left)) != NULL)
	{
		HttpTransfer *transfer = NULL;
		CURLcode	result = message->data.result;

		if (message->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
		finish(transfer, result);
	}

	if (discard_multi && dlist_is_empty(&live_transfers))
		close_multi();
}

/*
 * ------------------------------------------------------------------------
 * libcurl's callbacks: they record, and neither raise errors nor palloc.
 * ------------------------------------------------------------------------
 */

/* One header line, not NUL-terminated. */
static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	HttpTransfer *transfer = arg;

	return answer_add_header(&transfer->answer, line, size * count) ?
		size * count : CURL_WRITEFUNC_ERROR;
}

/* Bytes of the body, as they come. */
static size_t
on_body(char *bytes, size_t size, size_t count, void *arg)
{
	HttpTransfer *transfer = arg;

	return answer_add_body(&transfer->answer, bytes, size * count) ?
		size * count : CURL_WRITEFUNC_ERROR;
}

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	(void) easy;
	(void) arg;
	(void) socket_arg;

	if (what == CURL_POLL_REMOVE)
		poller_unwatch(fd);
	else if (!poller_watch(fd, (what & CURL_POLL_IN) != 0, (what & CURL_POLL_OUT) != 0))
	{
		sockets_lost = true;
		return -1;
	}
	return 0;
}

static int
on_timer(CURLM *handle, long timeout_ms, void *arg)
{
	(void) handle;
	(void) arg;

	poller_set_timer(timeout_ms);
	return 0;
}
