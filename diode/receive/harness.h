/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests alone: the real labseal-diode with a FIFO before it, and this
 * process as the supervisor that holds the FIFO and as the enclave.
 */
#ifndef LABSEAL_DIODE_RECEIVE_HARNESS_H
#define LABSEAL_DIODE_RECEIVE_HARNESS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/hash.h"
#include "lib/base/test.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"

#define RESULTS_MAX 2000
#define EVENTS_MAX  200

struct result {
	struct ls_delivery_key key;
	struct ls_digest parent;
	uint64_t size;
	char name[256];
	bool sealed;
};

struct setup {
	char dir[64];
	int dirfd, fifo, spool, socket;
	pid_t diode, export;
	struct ls_message_stream in;
	struct result results[RESULTS_MAX];
	size_t count, doubled;
	struct result open;
	bool is_open;
	struct ls_sha256 hash;
	uint64_t size;
	char events[EVENTS_MAX][512];
	size_t event_count;
	size_t hold_back;	 /* answer nothing until so many results came */
	bool refuse;		 /* as an enclave that can seal no file */
	const char *const *more; /* options for the receiver */
};

static struct setup s;

/* --- the two programs ------------------------------------------------------------- */

static int program(const char *name, char *path, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", path, size - 1);
	if (n < 0)
		return -1;
	path[n] = '\0';
	for (int i = 0; i < 3; i++) {
		char *slash = strrchr(path, '/');
		if (!slash)
			return -1;
		*slash = '\0';
	}
	size_t used = strlen(path);
	snprintf(path + used, size - used, "/%s", name);
	return access(path, X_OK);
}

static void start_diode(void)
{
	char path[4096];
	int pair[2];
	const char *argv[32] = { "labseal-diode", "--development", "--gap-after", "2" };
	size_t n = 4;
	for (size_t i = 0; s.more && s.more[i]; i++)
		argv[n++] = s.more[i];
	REQUIRE(program("labseal-diode", path, sizeof(path)) == 0);
	REQUIRE(ls_socket_pair(pair, NULL) == 0);
	char fifo[128];
	snprintf(fifo, sizeof(fifo), "%s/fifo", s.dir);
	int reader = open(fifo, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	const struct ls_child_fd fds[] = { { reader, 3 }, { pair[1], 4 }, { s.spool, 5 } };
	struct ls_child_spec spec = {
		.path = path, .argv = argv, .fds = fds, .fd_count = 3, .death_signal = SIGKILL
	};
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_child_spawn(&spec, &s.diode, &err), 0);
	close(reader);
	close(pair[1]);
	if (s.socket >= 0) {
		close(s.socket);
		ls_message_stream_free(&s.in);
	}
	s.socket = pair[0];
	fcntl(s.socket, F_SETFL, O_NONBLOCK);
	ls_message_stream_init(&s.in, s.socket);
	s.is_open = false;
}

static void begin(const char *const *more)
{
	memset(&s, 0, sizeof(s));
	s.socket = -1;
	s.more = more;
	snprintf(s.dir, sizeof(s.dir), "/tmp/diode-test-XXXXXX");
	REQUIRE(mkdtemp(s.dir) != NULL);
	s.dirfd = open(s.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(mkdirat(s.dirfd, "data", 0700) == 0 && mkdirat(s.dirfd, "spool", 0700) == 0 &&
		mkfifoat(s.dirfd, "fifo", 0600) == 0);
	s.spool = openat(s.dirfd, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s.fifo = openat(s.dirfd, "fifo", O_RDWR | O_CLOEXEC); /* as the supervisor does */
	start_diode();
}

static void end(void)
{
	ls_child_stop(s.export, 2000);
	kill(s.diode, SIGKILL);
	waitpid(s.diode, NULL, 0);
	close(s.socket);
	close(s.fifo);
	close(s.spool);
	close(s.dirfd);
	ls_message_stream_free(&s.in);
	ls_sha256_free(&s.hash);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, s.dir, NULL), 0);
}

/* --- the enclave -------------------------------------------------------------------- */

static bool same_key(const struct ls_delivery_key *a, const struct ls_delivery_key *b)
{
	return memcmp(a->session, b->session, LS_SESSION_SIZE) == 0 && a->number == b->number &&
	       ls_digest_equal(&a->sha256, &b->sha256);
}

/* As the real one: what is sealed already is answered and not sealed again. */
static void seal(const struct result *r)
{
	for (size_t i = 0; i < s.count; i++) {
		if (same_key(&s.results[i].key, &r->key)) {
			s.doubled++;
			return;
		}
	}
	REQUIRE(s.count < RESULTS_MAX);
	s.results[s.count++] = *r;
}

static void answer(uint32_t type, const void *value)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, 4096);
	if (type == LS_MSG_DELIVERY_DONE)
		ls_encode_delivery_done(value, &body);
	else if (type == LS_MSG_DELIVERY_REFUSED)
		ls_encode_delivery_refused(value, &body);
	else
		ls_encode_event_done(value, &body);
	ls_message_send(s.socket, type, body.data, body.size, NULL);
}

static void take_begin(const struct ls_message *m)
{
	struct ls_delivery d;
	CHECK(!s.is_open);
	REQUIRE(ls_decode_delivery(m, &d, NULL) == 0);
	s.open = (struct result){ .key = d.key, .size = d.size, .parent = d.parent };
	snprintf(s.open.name, sizeof(s.open.name), "%.*s", (int)d.name.size,
		 (const char *)d.name.data);
	s.is_open = true;
	s.size = 0;
	ls_sha256_init(&s.hash);
}

static void take_end(void)
{
	struct ls_digest digest;
	ls_sha256_final(&s.hash, &digest);
	CHECK(s.is_open);
	CHECK(ls_digest_equal(&digest, &s.open.key.sha256));
	CHECK_INT_EQ(s.size, s.open.size);
	s.is_open = false;
	seal(&s.open);
	struct ls_delivery_done done = { .key = s.open.key, .seal = s.count };
	struct ls_delivery_refused refused = { .key = s.open.key,
					       .reason = { (const uint8_t *)"no\nroom", 7 } };
	if (s.refuse)
		answer(LS_MSG_DELIVERY_REFUSED, &refused);
	else if (s.count > s.hold_back)
		answer(LS_MSG_DELIVERY_DONE, &done);
}

static void take_event(const struct ls_message *m)
{
	struct ls_event e;
	REQUIRE(ls_decode_event(m, &e, NULL) == 0);
	REQUIRE(s.event_count < EVENTS_MAX);
	snprintf(s.events[s.event_count++], sizeof(s.events[0]), "%.*s %.*s", (int)e.kind.size,
		 (const char *)e.kind.data, (int)e.detail.size, (const char *)e.detail.data);
	struct ls_event_done done = { .key = e.key, .seal = 1 };
	answer(LS_MSG_EVENT_DONE, &done);
}

static void take_message(const struct ls_message *m)
{
	switch (m->type) {
	case LS_MSG_DELIVERY_BEGIN: take_begin(m); break;
	case LS_MSG_DELIVERY_DATA:
		ls_sha256_update(&s.hash, m->body, m->size);
		s.size += m->size;
		break;
	case LS_MSG_DELIVERY_END: take_end(); break;
	case LS_MSG_EVENT: take_event(m); break;
	default: TEST_FAIL("a message of type %u", m->type);
	}
}

/* Play the enclave for a while, or until so many results are here. */
static void play(int ms, size_t wanted)
{
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (;;) {
		struct ls_message m;
		int rc;
		while ((rc = ls_message_receive(&s.in, &m, NULL)) == 1)
			take_message(&m);
		clock_gettime(CLOCK_MONOTONIC, &now);
		long gone = (now.tv_sec - start.tv_sec) * 1000 +
			    (now.tv_nsec - start.tv_nsec) / 1000000;
		if (gone >= ms || s.count >= wanted)
			return;
		struct pollfd p = { .fd = rc == -EAGAIN ? s.socket : -1, .events = POLLIN };
		poll(&p, 1, 20);
	}
}

static bool event_seen(const char *a, const char *b)
{
	for (size_t i = 0; i < s.event_count; i++)
		if (strstr(s.events[i], a) && strstr(s.events[i], b))
			return true;
	return false;
}

/* What must come is waited for so long: a machine under load may take most of it. */
#define SOON_MS 60000

/* Until so many results are here; what comes too often has a while more to come. */
static void play_until(size_t wanted)
{
	play(SOON_MS, wanted);
	play(500, RESULTS_MAX);
}

static bool await_event(const char *a, const char *b)
{
	for (int i = 0; i < SOON_MS / 100 && !event_seen(a, b); i++)
		play(100, RESULTS_MAX);
	return event_seen(a, b);
}

/* The result with this claimed name and content, or NULL. */
static const struct result *result(const char *name, const char *bytes, size_t n)
{
	struct ls_digest digest;
	ls_sha256_buffer(bytes, n, &digest);
	for (size_t i = 0; i < s.count; i++)
		if (strcmp(s.results[i].name, name) == 0 &&
		    ls_digest_equal(&s.results[i].key.sha256, &digest))
			return &s.results[i];
	return NULL;
}

#endif
