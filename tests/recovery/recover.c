/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real labseal-diode, killed again and again at random moments while a guest
 * sends files, repeats and all.  This program holds the FIFO, plays the guest
 * (a child) and the enclave, which seals before it answers and knows what it has.
 *
 *     RECOVERY_FILES (1000), RECOVERY_KILLS (100), RECOVERY_SEED
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "diode/receive/link.h"
#include "diode/wire/frame.h"
#include "diode/wire/payload.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/hash.h"
#include "lib/base/text.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"

#define FILES_MAX   100000
#define SIZE_MAX_   (300u << 10)
#define LIFE_MS	    120 /* at most, until it is killed */
#define SETTLE_MS   3000
#define PATIENCE_MS 240000
#define UNANSWERED  24 /* at most so many answers are kept back */

/* What both processes see. */
struct shared {
	uint32_t sent_up_to; /* files with higher numbers are still to come */
	uint8_t sealed[FILES_MAX + 1];
};

static struct {
	char dir[64];
	int dirfd, spool, fifo, socket;
	char diode[4096];
	pid_t diode_pid, guest_pid;
	uint64_t files, kills, seed;
	struct shared *shared;

	struct ls_message_stream in;
	struct ls_delivery_key open; /* the delivery that is under way */
	bool is_open;
	uint64_t size, announced;
	struct ls_sha256 hash;
	struct ls_delivery_key owed[UNANSWERED];
	size_t owed_count;

	uint64_t messages, sealed, again, wrong, events;
	unsigned passed, failed;
} t;

static void die(const char *what, const struct ls_error *err)
{
	fprintf(stderr, "recover: %s: %s\n", what,
		err && err->code ? err->message : strerror(errno));
	exit(4);
}

static int64_t now_ms(void)
{
	struct timespec n;
	clock_gettime(CLOCK_MONOTONIC, &n);
	return (int64_t)n.tv_sec * 1000 + n.tv_nsec / 1000000;
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);
	uint64_t value = otherwise;
	if (text && ls_parse_u64(text, strlen(text), &value) < 0)
		die(name, NULL);
	return value;
}

/* --- the files: what each is follows from its number ------------------------------ */

static uint64_t mix(uint64_t h)
{
	h = (h ^ h >> 30) * 0xbf58476d1ce4e5b9ULL;
	h = (h ^ h >> 27) * 0x94d049bb133111ebULL;
	return h ^ h >> 31;
}

/* Most are small, some of them empty; one of ten is large. */
static size_t size_of(uint64_t number)
{
	uint64_t h = mix(number ^ t.seed);
	size_t most = h % 10 == 0 ? SIZE_MAX_ : h % 10 < 5 ? 2000 : 66000;
	return (size_t)(h >> 8) % most;
}

static void fill(uint64_t number, uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = (uint8_t)((i * 2654435761u + number * 40503u) >> 9);
}

static void digest_of(uint64_t number, struct ls_digest *ret_digest)
{
	static uint8_t bytes[SIZE_MAX_];
	size_t n = size_of(number);
	fill(number, bytes, n);
	ls_sha256_buffer(bytes, n, ret_digest);
}

/* --- the guest ------------------------------ */

static void put(struct ls_frame *f, uint8_t type, const void *payload, size_t n)
{
	static uint8_t wire[LS_FRAME_WIRE_MAX];
	f->type = type;
	f->payload = payload;
	f->size = n;
	if (ls_write_all(t.fifo, wire, ls_frame_encode(f, wire)) < 0)
		_exit(4);
	f->number++;
}

static void send_file(struct ls_frame *f, uint64_t number)
{
	static uint8_t bytes[SIZE_MAX_];
	_cleanup_buffer_ struct ls_buffer b;
	char name[32];
	struct ls_begin begin = { .size = size_of(number), .attempt = 1 };
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	fill(number, bytes, begin.size);
	ls_sha256_buffer(bytes, begin.size, &begin.sha256);
	begin.name.data = name;
	begin.name.size = (size_t)snprintf(name, sizeof(name), "%" PRIu64 ".eds", number);
	ls_encode_begin(&begin, &b);
	f->record = number;
	f->offset = 0;
	put(f, LS_FRAME_BEGIN, b.data, b.size);
	for (; f->offset < begin.size; f->offset += f->size) {
		size_t left = (size_t)(begin.size - f->offset);
		put(f, LS_FRAME_DATA, bytes + f->offset,
		    left < LS_FRAME_PAYLOAD_MAX ? left : LS_FRAME_PAYLOAD_MAX);
	}
	ls_buffer_clear(&b);
	ls_encode_end(&(struct ls_end){ begin.sha256 }, &b);
	put(f, LS_FRAME_END, b.data, b.size);
}

/* Round after round what was sent before, of what is sealed a few only. */
static void be_the_guest(void)
{
	struct ls_frame f = { .run = 1, .session = "recovery" };
	struct ls_hello hello = { .beat_interval = 1000, .version = { "test", 4 } };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	ls_encode_hello(&hello, &b);
	put(&f, LS_FRAME_HELLO, b.data, b.size);
	srand((unsigned)t.seed);
	for (;;) {
		bool sent = false;
		for (uint64_t n = 1; n <= __atomic_load_n(&t.shared->sent_up_to, __ATOMIC_ACQUIRE);
		     n++) {
			if (t.shared->sealed[n] && rand() % 50)
				continue;
			send_file(&f, n);
			sent = true;
		}
		if (!sent)
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
}

static void start_guest(void)
{
	pid_t parent = getpid();
	t.guest_pid = fork();
	if (t.guest_pid < 0)
		die("fork", NULL);
	if (t.guest_pid > 0)
		return;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(4);
	be_the_guest();
	_exit(0);
}

/* --- the enclave ------------------------------ */

static void answer_delivery(const struct ls_delivery_key *key)
{
	_cleanup_buffer_ struct ls_buffer body;
	struct ls_delivery_done done = { .key = *key, .seal = 1 };
	ls_buffer_init(&body, 4096);
	ls_encode_delivery_done(&done, &body);
	ls_message_send(t.socket, LS_MSG_DELIVERY_DONE, body.data, body.size, NULL);
}

/* Answers come late and several at once, so that a kill finds some on their way. */
static void answer_some(bool all)
{
	if (!all && t.owed_count < UNANSWERED && rand() % 8)
		return;
	for (size_t i = 0; i < t.owed_count; i++)
		answer_delivery(&t.owed[i]);
	t.owed_count = 0;
}

static void take_begin(const struct ls_message *m)
{
	struct ls_delivery d;
	char name[32];
	int n;
	if (t.is_open || ls_decode_delivery(m, &d, NULL) < 0)
		die("the receiver sent no delivery where one is due", NULL);
	n = snprintf(name, sizeof(name), "%" PRIu64 ".eds", d.key.number);
	t.wrong += d.name.size != (size_t)n || memcmp(d.name.data, name, (size_t)n) != 0;
	t.open = d.key;
	t.announced = d.size;
	t.is_open = true;
	t.size = 0;
	ls_sha256_init(&t.hash);
}

static void seal(void)
{
	struct ls_digest seen, wanted;
	uint64_t number = t.open.number;
	ls_sha256_final(&t.hash, &seen);
	t.is_open = false;
	if (number == 0 || number > t.files) {
		t.wrong++;
		return;
	}
	digest_of(number, &wanted);
	t.wrong += !ls_digest_equal(&seen, &wanted) || !ls_digest_equal(&t.open.sha256, &wanted) ||
		   t.size != size_of(number) || t.announced != t.size;
	t.again += t.shared->sealed[number];
	t.sealed += !t.shared->sealed[number];
	t.shared->sealed[number] = 1;
	t.owed[t.owed_count++] = t.open;
	answer_some(false);
}

static void take_event(const struct ls_message *m)
{
	struct ls_event e;
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, 4096);
	if (ls_decode_event(m, &e, NULL) < 0)
		die("an event is malformed", NULL);
	t.events++;
	ls_encode_event_done(&(struct ls_event_done){ .key = e.key, .seal = 1 }, &body);
	ls_message_send(t.socket, LS_MSG_EVENT_DONE, body.data, body.size, NULL);
}

static void take_message(const struct ls_message *m)
{
	t.messages++;
	switch (m->type) {
	case LS_MSG_DELIVERY_BEGIN: take_begin(m); break;
	case LS_MSG_DELIVERY_DATA:
		ls_sha256_update(&t.hash, m->body, m->size);
		t.size += m->size;
		break;
	case LS_MSG_DELIVERY_END: seal(); break;
	case LS_MSG_EVENT: take_event(m); break;
	default: die("a message of another type", NULL);
	}
}

/* All messages that are here.  False: the receiver has closed. */
static bool take_messages(void)
{
	struct ls_message m;
	int rc;
	while ((rc = ls_message_receive(&t.in, &m, NULL)) == 1)
		take_message(&m);
	return rc == -EAGAIN;
}

/* --- the receiver's lives ------------------------------ */

static void start_diode(void)
{
	int pair[2];
	struct ls_error err = { 0 };
	int reader = openat(t.dirfd, "fifo", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int quiet = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (reader < 0 || quiet < 0 || ls_socket_pair(pair, &err) < 0)
		die("socket", &err);
	static const char *const argv[] = { "labseal-diode",   "--development", "--max-file-size",
					    "310000",	       "--spool-size",	"2000000",
					    "--files-per-day", "10000000",	NULL };
	const struct ls_child_fd fds[] = {
		{ quiet, 2 }, { reader, 3 }, { pair[1], 4 }, { t.spool, 5 }
	};
	struct ls_child_spec spec = {
		.path = t.diode, .argv = argv, .fds = fds, .fd_count = 4, .death_signal = SIGKILL
	};
	if (ls_child_spawn(&spec, &t.diode_pid, &err) < 0)
		die(t.diode, &err);
	close(reader);
	close(quiet);
	close(pair[1]);
	t.socket = pair[0];
	fcntl(t.socket, F_SETFL, O_NONBLOCK);
	ls_message_stream_init(&t.in, t.socket);
	t.is_open = false;
	t.owed_count = 0;
}

/* What it handed on whole before it died is sealed; its answer goes nowhere. */
static void kill_diode(void)
{
	int status = 0;
	kill(t.diode_pid, SIGKILL);
	if (waitpid(t.diode_pid, &status, 0) != t.diode_pid || !WIFSIGNALED(status))
		die("the receiver ended by itself", NULL);
	take_messages();
	close(t.socket);
	ls_message_stream_free(&t.in);
}

/* Until so many ms passed, so many messages came, or all is sealed. */
static void play(int64_t ms, uint64_t messages, uint64_t sealed)
{
	int64_t end = now_ms() + ms;
	uint64_t last = t.messages + messages;
	for (int64_t left; (left = end - now_ms()) > 0 && t.messages < last && t.sealed < sealed;) {
		struct pollfd p = { .fd = t.socket, .events = POLLIN };
		if (poll(&p, 1, (int)(left < 20 ? left : 20)) == 0)
			answer_some(true);
		if (!take_messages())
			die("the receiver ended by itself", NULL);
	}
}

static void kill_again_and_again(void)
{
	for (uint64_t i = 1; i <= t.kills; i++) {
		__atomic_store_n(&t.shared->sent_up_to, (uint32_t)(t.files * i / t.kills),
				 __ATOMIC_RELEASE);
		bool by_messages = rand() % 2;
		play(by_messages ? 2 * LIFE_MS : rand() % LIFE_MS,
		     by_messages ? 1 + (uint64_t)rand() % 60 : UINT64_MAX - t.messages, UINT64_MAX);
		kill_diode();
		start_diode();
	}
}

/* --- the whole ------------------------------ */

static void prepare(void)
{
	snprintf(t.dir, sizeof(t.dir), "/tmp/labseal-recovery-XXXXXX");
	if (!mkdtemp(t.dir))
		die(t.dir, NULL);
	t.dirfd = open(t.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mkdirat(t.dirfd, "spool", 0700) < 0 || mkfifoat(t.dirfd, "fifo", 0600) < 0)
		die(t.dir, NULL);
	t.spool = openat(t.dirfd, "spool", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	t.fifo = openat(t.dirfd, "fifo", O_RDWR | O_CLOEXEC);
	t.shared = mmap(NULL, sizeof(*t.shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
			-1, 0);
	const char *build = getenv("BUILD");
	if (t.spool < 0 || t.fifo < 0 || t.shared == MAP_FAILED ||
	    !realpath(build ? build : "build", t.diode))
		die(t.dir, NULL);
	strncat(t.diode, "/labseal-diode", sizeof(t.diode) - strlen(t.diode) - 1);
}

static void check(bool holds, const char *what)
{
	printf("%s %s\n", holds ? "ok" : "not ok", what);
	*(holds ? &t.passed : &t.failed) += 1;
}

static size_t spooled(void)
{
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer b;
	uint64_t count = UINT64_MAX;
	ls_buffer_init(&b, 64);
	if (ls_file_read(t.spool, "waiting", &b, &err) < 0 || b.size < 2 ||
	    ls_parse_u64((const char *)b.data, b.size - 1, &count) < 0)
		die("waiting", &err);
	return (size_t)count;
}

/* Nothing is sent any more: what was answered must not come again after a restart. */
static void check_the_end(void)
{
	char line[160];
	kill(t.guest_pid, SIGKILL);
	waitpid(t.guest_pid, NULL, 0);
	for (int64_t end = now_ms() + PATIENCE_MS; spooled() > 0 && now_ms() < end;)
		play(50, UINT64_MAX - t.messages, UINT64_MAX);
	uint64_t again = t.again;
	check(spooled() == 0, "the spool is empty at the end");
	kill_diode();
	start_diode();
	play(SETTLE_MS, UINT64_MAX - t.messages, UINT64_MAX);
	snprintf(line, sizeof(line), "%" PRIu64 " of %" PRIu64 " files are sealed", t.sealed,
		 t.files);
	check(t.sealed == t.files, line);
	check(t.wrong == 0, "each with its own name, size and bytes");
	check(t.again == again, "what was answered is not handed on again");
	snprintf(line, sizeof(line),
		 "%" PRIu64 " were handed on again after %" PRIu64
		 " kills, which the enclave knows: no more than were on their way",
		 t.again, t.kills);
	check(t.again <= (t.kills + 1) * LS_LINK_WINDOW, line);
	kill_diode();
}

int main(void)
{
	t.files = setting("RECOVERY_FILES", 1000);
	t.kills = setting("RECOVERY_KILLS", 100);
	t.seed = setting("RECOVERY_SEED", (uint64_t)time(NULL));
	if (t.files == 0 || t.files > FILES_MAX || t.kills == 0)
		die("RECOVERY_FILES or RECOVERY_KILLS", NULL);
	printf("recovery: %" PRIu64 " files, %" PRIu64 " kills, seed %" PRIu64 "\n", t.files,
	       t.kills, t.seed);
	fflush(stdout);
	srand((unsigned)t.seed);
	prepare();
	start_diode();
	start_guest();
	kill_again_and_again();
	play(PATIENCE_MS, UINT64_MAX - t.messages, t.files);
	check_the_end();
	ls_sha256_free(&t.hash);
	if (t.failed == 0)
		ls_remove_tree(AT_FDCWD, t.dir, NULL);
	else
		printf("    the spool is left in %s\n", t.dir);
	printf("recovery: %u passed, %u failed, 0 skipped\n", t.passed, t.failed);
	return t.failed > 0;
}
