/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diode_catch LABSEAL-DIODE DIR [--pty LINK]: the real receiver, and in the
 * enclave's place this program, which keeps what is handed on.
 *
 *     DIR/fifo       the port: exporters write here ...
 *     LINK           ... or to this link to a terminal, which stands for a serial line
 *     DIR/got/N      the bytes of file N of the session, as far as they are here
 *     standard output  "diode PID", "file N SHA256 SIZE PARENT-SHA256 NAME" when it is whole,
 *                    "again N SHA256" when it was handed on already, "event KIND DETAIL"
 *
 * Runs until SIGTERM.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/hash.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"

#define KEYS_MAX 20000

static struct {
	int dir, fifo, spool, terminal; /* terminal: the master's end, or -1 */
	int socket;
	pid_t diode;
	struct ls_message_stream in;
	struct ls_delivery_key keys[KEYS_MAX];
	size_t count;
	struct ls_delivery_key key; /* of the file under way */
	struct ls_digest parent;
	uint64_t size;
	char name[LS_NAME_MAX + 1];
	int file;
	struct ls_sha256 hash;
} s = { .terminal = -1, .socket = -1, .file = -1 };

static volatile sig_atomic_t stopping;

static void on_signal(int number)
{
	(void)number;
	stopping = 1;
}

static void die(const char *what, const struct ls_error *err)
{
	fprintf(stderr, "diode_catch: %s: %s\n", what,
		err && err->code ? err->message : strerror(errno));
	exit(4);
}

/* --- the channel and the receiver ------------------------------------------------------ */

static void make_channel(const char *dir)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		die(dir, NULL);
	s.dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s.dir < 0 || mkdirat(s.dir, "spool", 0700) < 0 || mkdirat(s.dir, "got", 0700) < 0 ||
	    mkfifoat(s.dir, "fifo", 0600) < 0)
		die(dir, NULL);
	s.spool = openat(s.dir, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	s.fifo = openat(s.dir, "fifo", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (s.spool < 0 || s.fifo < 0)
		die(dir, NULL);
}

/* The slave stays open here, so that the line does not hang up between two exporters. */
static void make_terminal(const char *link)
{
	s.terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (s.terminal < 0 || grantpt(s.terminal) < 0 || unlockpt(s.terminal) < 0)
		die("pty", NULL);
	const char *name = ptsname(s.terminal);
	int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios t;
	if (slave < 0 || tcgetattr(slave, &t) < 0)
		die(name, NULL);
	cfmakeraw(&t);
	tcsetattr(slave, TCSANOW, &t);
	unlink(link);
	if (symlink(name, link) < 0)
		die(link, NULL);
}

static void start_diode(const char *path)
{
	int pair[2];
	struct ls_error err = { 0 };
	int reader = openat(s.dir, "fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (reader < 0 || ls_socket_pair(pair, &err) < 0)
		die("socket", &err);
	const char *argv[] = { "labseal-diode",
			       "--development",
			       "--gap-after",
			       "5",
			       "--max-file-size",
			       "268435456",
			       "--spool-size",
			       "1073741824",
			       "--files-per-day",
			       "100000",
			       "--max-name-length",
			       "1024",
			       NULL };
	const struct ls_child_fd fds[] = { { reader, 3 }, { pair[1], 4 }, { s.spool, 5 } };
	struct ls_child_spec spec = {
		.path = path, .argv = argv, .fds = fds, .fd_count = 3, .death_signal = SIGKILL
	};
	if (ls_child_spawn(&spec, &s.diode, &err) < 0)
		die(path, &err);
	close(reader);
	close(pair[1]);
	s.socket = pair[0];
	fcntl(s.socket, F_SETFL, O_NONBLOCK);
	ls_message_stream_init(&s.in, s.socket);
	printf("diode %d\n", (int)s.diode);
}

/* From the terminal to the FIFO, as QEMU would; only as much as there is room for. */
static void pump(void)
{
	char bytes[4096]; /* PIPE_BUF: all or nothing */
	struct pollfd room = { .fd = s.fifo, .events = POLLOUT };
	if (poll(&room, 1, 0) <= 0 || !(room.revents & POLLOUT))
		return;
	ssize_t n = read(s.terminal, bytes, sizeof(bytes));
	if (n > 0 && write(s.fifo, bytes, (size_t)n) != n)
		die("the FIFO lost bytes", NULL);
}

/* --- the enclave's part --------------------------------------------------------------------- */

static void answer(uint32_t type, int (*encode)(const void *, struct ls_buffer *),
		   const void *value)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, 4096);
	encode(value, &body);
	ls_message_send(s.socket, type, body.data, body.size, NULL);
}

static int encode_done(const void *value, struct ls_buffer *b)
{
	return ls_encode_delivery_done(value, b);
}

static int encode_event_done(const void *value, struct ls_buffer *b)
{
	return ls_encode_event_done(value, b);
}

static bool is_known(const struct ls_delivery_key *key)
{
	for (size_t i = 0; i < s.count; i++)
		if (memcmp(s.keys[i].session, key->session, LS_SESSION_SIZE) == 0 &&
		    s.keys[i].number == key->number &&
		    ls_digest_equal(&s.keys[i].sha256, &key->sha256))
			return true;
	return false;
}

static void take_begin(const struct ls_message *m)
{
	struct ls_delivery d;
	struct ls_error err = { 0 };
	char path[64];
	if (ls_decode_delivery(m, &d, &err) < 0)
		die("BEGIN", &err);
	s.key = d.key;
	s.parent = d.parent;
	s.size = 0;
	snprintf(s.name, sizeof(s.name), "%.*s", (int)d.name.size, (const char *)d.name.data);
	snprintf(path, sizeof(path), "got/%llu", (unsigned long long)d.key.number);
	s.file = openat(s.dir, path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (s.file < 0)
		die(path, NULL);
	ls_sha256_init(&s.hash);
}

static void take_data(const struct ls_message *m)
{
	if (s.file < 0 || ls_write_all(s.file, m->body, m->size) < 0)
		die("DATA", NULL);
	ls_sha256_update(&s.hash, m->body, m->size);
	s.size += m->size;
}

static void take_end(void)
{
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE], parent[LS_DIGEST_HEX_SIZE];
	ls_sha256_final(&s.hash, &digest);
	close(s.file);
	s.file = -1;
	if (!ls_digest_equal(&digest, &s.key.sha256) || s.count == KEYS_MAX)
		die("a file is not what it was announced as", NULL);
	ls_digest_hex(&digest, hex);
	if (is_known(&s.key)) {
		printf("again %llu %s\n", (unsigned long long)s.key.number, hex);
	} else {
		s.keys[s.count++] = s.key;
		printf("file %llu %s %llu %s %s\n", (unsigned long long)s.key.number, hex,
		       (unsigned long long)s.size, ls_digest_hex(&s.parent, parent), s.name);
	}
	struct ls_delivery_done done = { .key = s.key, .seal = s.count };
	answer(LS_MSG_DELIVERY_DONE, encode_done, &done);
}

static void take_event(const struct ls_message *m)
{
	struct ls_event e;
	struct ls_error err = { 0 };
	if (ls_decode_event(m, &e, &err) < 0)
		die("EVENT", &err);
	printf("event %.*s %.*s\n", (int)e.kind.size, (const char *)e.kind.data, (int)e.detail.size,
	       (const char *)e.detail.data);
	struct ls_event_done done = { .key = e.key, .seal = 1 };
	answer(LS_MSG_EVENT_DONE, encode_event_done, &done);
}

static void take_messages(void)
{
	struct ls_message m;
	struct ls_error err = { 0 };
	int rc;
	while ((rc = ls_message_receive(&s.in, &m, &err)) == 1) {
		switch (m.type) {
		case LS_MSG_DELIVERY_BEGIN: take_begin(&m); break;
		case LS_MSG_DELIVERY_DATA: take_data(&m); break;
		case LS_MSG_DELIVERY_END: take_end(); break;
		case LS_MSG_EVENT: take_event(&m); break;
		default: die("a message of another type", NULL);
		}
	}
	fflush(stdout);
	if (rc != -EAGAIN)
		die("the receiver has ended", &err);
}

static void serve(void)
{
	while (!stopping) {
		struct pollfd p[] = { { .fd = s.socket, .events = POLLIN },
				      { .fd = s.terminal, .events = POLLIN } };
		if (poll(p, 2, 1000) < 0)
			continue;
		if (p[1].revents & POLLIN)
			pump();
		if (p[0].revents)
			take_messages();
	}
}

int main(int argc, char **argv)
{
	if (argc != 3 && (argc != 5 || strcmp(argv[3], "--pty") != 0)) {
		fputs("Usage: diode_catch LABSEAL-DIODE DIR [--pty LINK]\n", stderr);
		return 2;
	}
	struct sigaction stop = { .sa_handler = on_signal };
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	make_channel(argv[2]);
	if (argc == 5)
		make_terminal(argv[4]);
	start_diode(argv[1]);
	fflush(stdout);
	serve();
	ls_child_stop(s.diode, 5000);
	return 0;
}
