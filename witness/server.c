/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "witness/add_checkpoint.h"
#include "witness/server.h"

#define CONNECTIONS_MAX	   64
#define CONNECTIONS_OF_ONE 32	 /* address; the others' places are not its to take */
#define CONNECTION_MEMORY  32768 /* bytes, for a request's head */
#define CONNECTION_TIMEOUT 10	 /* s without a byte */
#define REQUEST_TIMEOUT	   20	 /* s from its first byte to its answer, however often one comes */
#define TURN_MS		   1000
#define BACKLOG		   16
#define PATH		   "/add-checkpoint"

/* A request while it comes in. */
struct incoming {
	struct ls_buffer body;
	bool too_large;
};

/* A connection, and since when (monotonic seconds) it is open or its last request was answered. */
struct place {
	int fd; /* -1: it is free */
	int64_t since;
};

struct server {
	struct ls_witness *witness;
	struct place places[CONNECTIONS_MAX];
};

/* --- answers -------------------------------------------------------------------- */

static enum MHD_Result queue(struct MHD_Connection *connection, unsigned status, const char *type,
			     const struct ls_buffer *body)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(body->size, body->data,
									MHD_RESPMEM_MUST_COPY);
	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	enum MHD_Result result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result queue_text(struct MHD_Connection *connection, unsigned status,
				  const char *text)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, 256);
	ls_buffer_add_str(&body, text);
	return queue(connection, status, "text/plain; charset=utf-8", &body);
}

static void tell(const struct ls_witness_answer *a)
{
	if (a->status == 200)
		return;
	/* a fork is what a witness is there for: lab IT and auditors have to know */
	bool is_grave = a->status == 500 || strcmp(a->problem.id, "witness.fork") == 0;
	ls_log(is_grave ? LS_LOG_ERROR : LS_LOG_INFO, a->problem.id, "answered %u: %s", a->status,
	       a->problem.message);
	if (a->evidence[0])
		ls_log(LS_LOG_ERROR, "witness.evidence",
		       "both checkpoints, as the log signed them, are in '%s' in the state folder: "
		       "'labseal verify --misbehaviour' shows them to whoever has the trust file",
		       a->evidence);
	if (a->evidence_problem.code < 0)
		ls_log(LS_LOG_ERROR, a->evidence_problem.id,
		       "the two checkpoints are not kept as evidence: %s",
		       a->evidence_problem.message);
}

static enum MHD_Result answer(struct ls_witness *w, struct MHD_Connection *connection,
			      const struct incoming *in)
{
	struct ls_witness_answer a;
	ls_witness_answer_init(&a);
	ls_witness_add_checkpoint(w, in->body.data ? in->body.data : (const uint8_t *)"",
				  in->body.size, (uint64_t)time(NULL), &a);
	tell(&a);
	enum MHD_Result result = queue(connection, a.status, a.type, &a.body);
	ls_witness_answer_free(&a);
	return result;
}

/* --- requests ------------------------------------------------------------------- */

static struct incoming *incoming_new(void)
{
	struct incoming *in = calloc(1, sizeof(*in));
	if (in)
		ls_buffer_init(&in->body, LS_ADD_CHECKPOINT_SIZE_MAX);
	return in;
}

static enum MHD_Result take(struct incoming *in, const char *bytes, size_t *size)
{
	if (!in->too_large && ls_buffer_add(&in->body, bytes, *size) < 0) {
		in->too_large = true;
		ls_buffer_free(&in->body);
	}
	*size = 0;
	return MHD_YES;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
				  const char *method, const char *version, const char *bytes,
				  size_t *size, void **state)
{
	struct incoming *in = *state;
	(void)version;
	if (!in) {
		*state = in = incoming_new();
		return in ? MHD_YES : MHD_NO;
	}
	if (*size > 0)
		return take(in, bytes, size);
	if (strcmp(url, PATH) != 0)
		return queue_text(connection, MHD_HTTP_NOT_FOUND, "there is add-checkpoint only\n");
	if (strcmp(method, MHD_HTTP_METHOD_POST) != 0)
		return queue_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "POST a checkpoint\n");
	if (in->too_large)
		return queue_text(connection, MHD_HTTP_CONTENT_TOO_LARGE,
				  "no request of add-checkpoint is that long\n");
	return answer(((struct server *)context)->witness, connection, in);
}

/* --- connections ---------------------------------------------------------------- */

static int64_t now_s(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

static void on_connection(void *context, struct MHD_Connection *connection, void **place,
			  enum MHD_ConnectionNotificationCode code)
{
	struct server *s = context;
	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (*place)
			((struct place *)*place)->fd = -1;
		return;
	}
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	for (size_t i = 0; info && i < CONNECTIONS_MAX; i++)
		if (s->places[i].fd < 0) {
			s->places[i] = (struct place){ info->connect_fd, now_s() };
			*place = &s->places[i];
			return;
		}
}

/* One that sends a byte now and then is never silent, and would keep its place for ever. */
static void end_slow(struct server *s)
{
	int64_t now = now_s();
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		if (s->places[i].fd >= 0 && now - s->places[i].since > REQUEST_TIMEOUT)
			shutdown(s->places[i].fd, SHUT_RDWR);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
			 enum MHD_RequestTerminationCode code)
{
	struct incoming *in = *state;
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct place *place = info ? info->socket_context : NULL;
	(void)context, (void)code;
	if (place)
		place->since = now_s();
	if (!in)
		return;
	ls_buffer_free(&in->body);
	free(in);
	*state = NULL;
}

/* --- serving --------------------------------------------------------------------- */

int ls_witness_serve(struct ls_witness *w, int socket, const volatile sig_atomic_t *stop,
		     int (*ready)(void *context, struct ls_error *err), void *context,
		     struct ls_error *err)
{
	struct server s = { .witness = w };
	for (size_t i = 0; i < CONNECTIONS_MAX; i++)
		s.places[i].fd = -1;
	struct MHD_Daemon *daemon = MHD_start_daemon(
		MHD_USE_EPOLL, 0, NULL, NULL, on_request, &s, MHD_OPTION_LISTEN_SOCKET, socket,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		CONNECTIONS_OF_ONE, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY,
		MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_TIMEOUT, MHD_OPTION_NOTIFY_COMPLETED,
		on_completed, NULL, MHD_OPTION_NOTIFY_CONNECTION, on_connection, &s,
		MHD_OPTION_END);
	if (!daemon) {
		close(socket);
		return ls_fail(err, -EIO, "witness.http", "the HTTP server cannot be started");
	}
	int rc = ready(context, err);
	while (rc == 0 && !*stop) {
		if (MHD_run_wait(daemon, TURN_MS) != MHD_YES)
			rc = ls_fail(err, -EIO, "witness.http", "the HTTP server failed");
		end_slow(&s);
	}
	MHD_stop_daemon(daemon);
	return rc;
}

/* "127.0.0.1:8080" or "[::1]:8080", taken apart. */
static int split(const char *address, char *host, size_t host_size, const char **ret_port)
{
	const char *colon = strrchr(address, ':');
	size_t length = colon ? (size_t)(colon - address) : 0;
	if (length > 1 && address[0] == '[' && address[length - 1] == ']') {
		address++;
		length -= 2;
	} else if (memchr(address, ':', length)) {
		return -EINVAL;
	}
	if (length == 0 || length >= host_size || strspn(colon + 1, "0123456789") == 0 ||
	    colon[1 + strspn(colon + 1, "0123456789")] != '\0' || strlen(colon + 1) > 5)
		return -EINVAL;
	memcpy(host, address, length);
	host[length] = '\0';
	*ret_port = colon + 1;
	return 0;
}

static int bind_socket(const struct addrinfo *to, const char *address, struct ls_error *err)
{
	int one = 1;
	_cleanup_close_ int fd = socket(to->ai_family,
					to->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ||
	    bind(fd, to->ai_addr, to->ai_addrlen) < 0 || listen(fd, BACKLOG) < 0)
		return ls_fail_errno(err, errno, "witness.listen", "cannot listen on '%s'",
				     address);
	return ls_steal_fd(&fd);
}

int ls_witness_listen(const char *address, struct ls_error *err)
{
	char host[64];
	const char *port;
	struct addrinfo *found = NULL;
	const struct addrinfo hints = { .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
					.ai_socktype = SOCK_STREAM };
	if (split(address, host, sizeof(host), &port) < 0 ||
	    getaddrinfo(host, port, &hints, &found) != 0)
		return ls_fail(err, -EINVAL, "witness.listen",
			       "'%s' is not ADDRESS:PORT or [ADDRESS]:PORT, in numbers", address);
	int fd = bind_socket(found, address, err);
	freeaddrinfo(found);
	return fd;
}
