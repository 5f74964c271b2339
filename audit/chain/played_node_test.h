/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: a node of the network on the loopback that answers as the test has it. */
#ifndef LABSEAL_AUDIT_CHAIN_PLAYED_NODE_TEST_H
#define LABSEAL_AUDIT_CHAIN_PLAYED_NODE_TEST_H

#include <arpa/inet.h>
#include <jansson.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"

struct played_node {
	/* The whole answer to a call, a new reference; NULL: what stands in raw is sent. */
	json_t *(*answer)(struct played_node *node, const json_t *call);
	const char *raw; /* an HTTP response */
	void *context;

	int fd; /* listening */
	pthread_t thread;
	char url[64];
};

/* The length that the request's head says; 0 until the head is whole. */
static size_t played_request_size(const char *request, size_t n)
{
	const char *end = memmem(request, n, "\r\n\r\n", 4);
	if (!end)
		return 0;
	const char *length = strcasestr(request, "\r\nContent-Length: ");
	uint64_t body = 0;
	if (length) {
		length += strlen("\r\nContent-Length: ");
		ls_parse_u64(length, strcspn(length, "\r"), &body);
	}
	return (size_t)(end - request) + 4 + (size_t)body;
}

static char *played_request(int fd)
{
	size_t n = 0, room = 1u << 20, whole = 0;
	char *request = calloc(1, room + 1);
	while (request && n < room && (whole == 0 || n < whole)) {
		ssize_t got = read(fd, request + n, room - n);
		if (got <= 0)
			break;
		n += (size_t)got;
		whole = played_request_size(request, n);
	}
	return request;
}

static void played_send(int fd, const char *text)
{
	char head[128];
	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
		 strlen(text));
	ls_write_all(fd, head, strlen(head));
	ls_write_all(fd, text, strlen(text));
}

static void played_serve(struct played_node *node, int fd)
{
	_cleanup_free_ char *request = played_request(fd);
	const char *body = request ? strstr(request, "\r\n\r\n") : NULL;
	json_t *call = body ? json_loads(body + 4, 0, NULL) : NULL;
	json_t *answer = node->answer ? node->answer(node, call) : NULL;
	_cleanup_free_ char *text = answer ? json_dumps(answer, JSON_COMPACT) : NULL;
	if (text)
		played_send(fd, text);
	else if (node->raw)
		ls_write_all(fd, node->raw, strlen(node->raw));
	json_decref(answer);
	json_decref(call);
}

static void *played_run(void *context)
{
	struct played_node *node = context;
	int fd;
	while ((fd = accept(node->fd, NULL, NULL)) >= 0) {
		played_serve(node, fd);
		close(fd);
	}
	return NULL;
}

__attribute__((unused)) static int played_start(struct played_node *node)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof(address);
	signal(SIGPIPE, SIG_IGN); /* who hangs up in mid answer ends no test */
	node->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (node->fd < 0 || bind(node->fd, (struct sockaddr *)&address, n) < 0 ||
	    listen(node->fd, 16) < 0 || getsockname(node->fd, (struct sockaddr *)&address, &n) < 0)
		return -1;
	snprintf(node->url, sizeof(node->url), "http://127.0.0.1:%u", ntohs(address.sin_port));
	return pthread_create(&node->thread, NULL, played_run, node) ? -1 : 0;
}

__attribute__((unused)) static void played_stop(struct played_node *node)
{
	shutdown(node->fd, SHUT_RDWR);
	pthread_join(node->thread, NULL);
	close(node->fd);
}

#endif
