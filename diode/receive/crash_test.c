/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole receiver killed at each of its system calls in turn, while it takes
 * files, refuses one, makes events and hears that all is sealed.  After it the
 * guest sends all again: everything is sealed, and then nothing is new any more.
 */
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diode/receive/guest_harness.h"
#include "diode/receive/kill_at.h"
#include "diode/receive/receiver.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/base/text.h"
#include "lib/proc/protocol.h"

#define SEALED	 "sealed" /* in the folder: a line for each file and event that was handed on */
#define KEYS_MAX 64

static char dir[64];
static int dirfd_ = -1, channel = -1, enclave = -1, spool = -1;
static struct ls_limits limits;

/* --- the guest ------------------------------------------------------------------------ */

static const uint8_t session[LS_FRAME_SESSION_SIZE] = "ZZZZZZZZZZZZZZZ";

/* Two files, one that is refused, a session, and a chain that is not ours. */
static void make_wire(void)
{
	struct ls_hello hello = { .beat_interval = 1000, .last = 3, .chain = { { 1 } } };
	struct ls_beat beat = { .last = 3, .sent = 3, .chain = { { 1 } } };
	_cleanup_buffer_ struct ls_buffer h, b;
	ls_buffer_init(&h, 4096);
	ls_buffer_init(&b, 4096);
	ls_encode_hello(&hello, &h);
	ls_encode_beat(&beat, &b);
	wire_size = 0;
	add_payload(session, LS_FRAME_HELLO, 0, 0, &h);
	add_file(session, 1, "one.txt", "the first file");
	add_file(session, 2, "two.txt", "the second file");
	add_file(session, 3, "three.exe", "refused");
	add_payload(session, LS_FRAME_BEAT, 0, 0, &b);
}

/* --- the enclave, a process of its own ---------------------------------------------------- */

static void note_sealed(const struct ls_digest *digest)
{
	char hex[LS_DIGEST_HEX_SIZE], line[LS_DIGEST_HEX_SIZE + 1];
	_cleanup_close_ int fd = openat(dirfd_, SEALED, O_WRONLY | O_CREAT | O_APPEND, 0600);
	snprintf(line, sizeof(line), "%s\n", ls_digest_hex(digest, hex));
	if (ls_write_all(fd, line, strlen(line)) < 0)
		_exit(1);
}

static void answer(int fd, uint32_t type, const struct ls_buffer *body)
{
	ls_message_send(fd, type, body->data, body->size, NULL);
}

static void serve(int fd)
{
	struct ls_message_stream in;
	struct ls_message m;
	struct ls_delivery_done done = { .seal = 1 };
	ls_message_stream_init(&in, fd);
	while (ls_message_receive(&in, &m, NULL) == 1) {
		_cleanup_buffer_ struct ls_buffer body;
		struct ls_delivery d;
		struct ls_event e;
		ls_buffer_init(&body, 4096);
		if (m.type == LS_MSG_DELIVERY_BEGIN && ls_decode_delivery(&m, &d, NULL) == 0)
			done.key = d.key;
		if (m.type == LS_MSG_DELIVERY_END) {
			note_sealed(&done.key.sha256);
			ls_encode_delivery_done(&done, &body);
			answer(fd, LS_MSG_DELIVERY_DONE, &body);
		}
		if (m.type == LS_MSG_EVENT && ls_decode_event(&m, &e, NULL) == 0) {
			struct ls_event_done event = { .key = e.key, .seal = 1 };
			note_sealed(&e.key);
			ls_encode_event_done(&event, &body);
			answer(fd, LS_MSG_EVENT_DONE, &body);
		}
	}
}

/* --- one life of the receiver ------------------------------------------------------------- */

static void receive(void)
{
	struct ls_receiver *r = NULL;
	struct ls_receiver_signals signals = { 0 };
	if (ls_receiver_new(channel, enclave, spool, &limits, &r, NULL) < 0 ||
	    ls_receiver_run(r, &signals, NULL) < 0)
		_exit(1);
}

/* The guest sends all it has, and the receiver dies at its n-th stop; else as killed_at. */
static int live(unsigned n)
{
	int pair[2], channel_ends[2], status;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0 ||
	    pipe2(channel_ends, O_CLOEXEC) < 0 ||
	    fcntl(channel_ends[1], F_SETPIPE_SZ, 1 << 20) < 0 ||
	    ls_write_all(channel_ends[1], wire, wire_size) < 0)
		return KILL_AT_IMPOSSIBLE;
	close(channel_ends[1]);
	channel = channel_ends[0];
	pid_t sealer = fork();
	if (sealer == 0) {
		close(pair[0]);
		serve(pair[1]);
		_exit(0);
	}
	close(pair[1]);
	enclave = pair[0];
	int rc = killed_at(n, receive);
	close(enclave);
	close(channel);
	waitpid(sealer, &status, 0);
	return rc;
}

static unsigned sealed_lines(char lines[KEYS_MAX][LS_DIGEST_HEX_SIZE + 1])
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 65536);
	ls_file_read(dirfd_, SEALED, &text, NULL);
	unsigned count = (unsigned)(text.size / LS_DIGEST_HEX_SIZE);
	for (unsigned i = 0; i < count && i < KEYS_MAX; i++)
		snprintf(lines[i], LS_DIGEST_HEX_SIZE, "%s",
			 (char *)text.data + (size_t)i * LS_DIGEST_HEX_SIZE);
	return count;
}

/* How often the file with this content was handed on. */
static unsigned handed_on(const char *text)
{
	static char lines[KEYS_MAX][LS_DIGEST_HEX_SIZE + 1];
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE];
	unsigned all = sealed_lines(lines), count = 0;
	ls_sha256_buffer(text, strlen(text), &digest);
	ls_digest_hex(&digest, hex);
	for (unsigned i = 0; i < all && i < KEYS_MAX; i++)
		count += strcmp(lines[i], hex) == 0;
	return count;
}

/* How many different things were handed on. */
static unsigned different(void)
{
	static char lines[KEYS_MAX][LS_DIGEST_HEX_SIZE + 1];
	unsigned all = sealed_lines(lines), count = 0;
	for (unsigned i = 0; i < all && i < KEYS_MAX; i++) {
		bool seen = false;
		for (unsigned j = 0; j < i; j++)
			seen = seen || strcmp(lines[i], lines[j]) == 0;
		count += !seen;
	}
	return count;
}

static void begin(void)
{
	bool there = access("/dev/shm", W_OK) == 0;
	snprintf(dir, sizeof(dir), "%s/crash-test-XXXXXX", there ? "/dev/shm" : "/tmp");
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(mkdirat(dirfd_, "spool", 0700) == 0);
	spool = openat(dirfd_, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void end(void)
{
	close(spool);
	close(dirfd_);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

static void check_all_is_sealed(unsigned moment)
{
	static char lines[KEYS_MAX][LS_DIGEST_HEX_SIZE + 1];
	unsigned first = handed_on("the first file"), second = handed_on("the second file");
	/* once more than needed when the answer came and could not be noted: the enclave knows */
	if (first < 1 || first > 2 || second < 1 || second > 2)
		TEST_FAIL("moment %u: handed on %u and %u times", moment, first, second);
	/* beside them a new session, a refusal, a fork */
	if (different() != 5)
		TEST_FAIL("moment %u: %u things were handed on", moment, different());
	unsigned before = sealed_lines(lines);
	CHECK_INT_EQ(live(UINT32_MAX), 1);
	if (sealed_lines(lines) != before)
		TEST_FAIL("moment %u: something was handed on again", moment);
}

TEST(crash_at_any_system_call_loses_and_doubles_nothing)
{
	ls_limits_defaults(&limits);
	limits.accept[0] = "*.txt";
	limits.accept_count = 1;
	make_wire();
	int rc = 0;
	unsigned n = 0;
	/* a call's end and the next one's begin are the same moment for the disk */
	for (n = 1; rc == 0; n += 2) {
		begin();
		rc = live(n);
		if (rc == KILL_AT_IMPOSSIBLE) {
			end();
			TEST_SKIP("cannot trace a process");
		}
		CHECK_INT_EQ(live(UINT32_MAX), 1);
		CHECK_INT_EQ(live(UINT32_MAX),
			     1); /* a chain is compared when its files are noted */
		check_all_is_sealed(n);
		end();
	}
	printf("  %u moments\n", n / 2);
	CHECK(n > 100);
}

TEST_MAIN()
