/* SPDX-License-Identifier: Apache-2.0 */
/* The real labseal-publish, under an enclave that has no TPM, and killed at any moment. */
#include "host/publish/serve.h"

#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

#include "host/publish/test_maker.h"
#include "lib/base/test.h"
#include "lib/proc/child.h"
#include "lib/proc/message.h"
#include "lib/proc/own_user_test.h"
#include "lib/proc/packet.h"
#include "lib/proc/protocol.h"

#define PAYLOAD_MAX	  200000
#define BATCH_PAYLOAD_MAX 50

static uint8_t payload[PAYLOAD_MAX];

/* A program beside the folder of tests: BUILD/labseal-publish for BUILD/host/publish/serve_test. */
static const char *program_path(const char *name)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	for (int up = 0; up < 3 && n > 0; up++) {
		path[n] = '\0';
		n = strrchr(path, '/') - path;
	}
	snprintf(path + n, sizeof(path) - (size_t)n, "/%s", name);
	return path;
}

#define PATIENT_MS 120000 /* an orderly end writes pages, on a disk that may be shared */

struct publisher_run {
	pid_t pid;
	int fd;
	struct ls_message_stream in;
	struct ls_resume resume;
};

/* report: labseal-report's socket, or -1.  sequence: a file of this SHA-256, or -1. */
static void start_with(struct publisher_run *p, int share, int report, int sequence,
		       const char *hex)
{
	int pair[2];
	MUST(ls_socket_pair(pair, MUST_ERR));
	ls_test_give(share, "_labseal-publish");
	const char *argv[] = { "labseal-publish",
			       "--development",
			       "--instrument",
			       "7500-01",
			       report >= 0     ? "--report"
			       : sequence >= 0 ? "--sequence"
					       : NULL,
			       hex,
			       NULL };
	const struct ls_child_fd fds[] = { { pair[1], 3 },
					   { share, 4 },
					   { report >= 0 ? report : sequence,
					     report >= 0 ? 5 : 7 } };
	const struct ls_child_spec spec = {
		.path = program_path("labseal-publish"),
		.argv = argv,
		.fds = fds,
		.fd_count = report >= 0 || sequence >= 0 ? 3 : 2,
		.death_signal = SIGKILL,
	};
	MUST(ls_child_spawn(&spec, &p->pid, MUST_ERR));
	close(pair[1]);
	p->fd = pair[0];
	ls_message_stream_init(&p->in, p->fd);
}

static void start_with_report(struct publisher_run *p, int share, int report)
{
	start_with(p, share, report, -1, NULL);
}

static void start_publisher(struct publisher_run *p, int share)
{
	start_with_report(p, share, -1);
}

static int end_publisher(struct publisher_run *p)
{
	int status = -1;
	close(p->fd);
	ls_message_stream_free(&p->in);
	if (ls_child_wait(p->pid, PATIENT_MS, &status) != 1)
		ls_child_stop(p->pid, 0);
	return status;
}

/* RESUME, checked as the enclave does: signature, and the frontier makes the root.  0 or -1. */
static int take_resume(struct publisher_run *p, struct maker *m)
{
	struct ls_message message;
	struct ls_error err = { 0 };
	if (ls_message_receive(&p->in, &message, &err) != 1)
		return -1;
	CHECK_INT_EQ(message.type, LS_MSG_RESUME);
	if (ls_decode_resume(&message, &p->resume, &err) < 0) {
		TEST_FAIL("%s", err.message);
		return -1;
	}
	struct ls_checkpoint c = { 0 };
	if (p->resume.checkpoint.size)
		MUST(ls_checkpoint_open(p->resume.checkpoint.data, p->resume.checkpoint.size,
					&m->note_key, &c, MUST_ERR));
	MUST(ls_merkle_frontier_load(&m->frontier, c.size, p->resume.frontier,
				     p->resume.frontier_count, MUST_ERR));
	struct ls_digest root;
	MUST(ls_merkle_frontier_root(&m->frontier, &m->hash, &root));
	CHECK(c.size == 0 || ls_digest_equal(&root, &c.root));
	return 0;
}

static bool is_recent(const struct publisher_run *p, uint64_t number, size_t size)
{
	struct ls_digest sha256, key;
	ls_sha256_buffer(payload, size, &sha256);
	maker_key(number, &sha256, &key);
	for (uint32_t i = 0; i < p->resume.recent_count; i++)
		if (ls_digest_equal(&p->resume.recent[i], &key))
			return true;
	return false;
}

static int send_body(int fd, uint32_t type, const struct ls_buffer *body)
{
	return ls_message_send(fd, type, body->data, body->size, NULL);
}

static int send_payload_bytes(int fd, size_t size)
{
	int rc = ls_message_send(fd, LS_MSG_PAYLOAD_BEGIN, NULL, 0, NULL);
	for (size_t at = 0; rc == 0 && at < size;) {
		size_t n = size - at < LS_DATA_MAX ? size - at : LS_DATA_MAX;
		rc = ls_message_send(fd, LS_MSG_PAYLOAD_DATA, payload + at, n, NULL);
		at += n;
	}
	return rc;
}

static int send_payload(int fd, struct ls_bytes name, size_t size)
{
	const struct ls_payload p = { .name = name, .size = size };
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	MUST(ls_encode_payload(&p, &body));
	int rc = send_payload_bytes(fd, size);
	return rc == 0 ? send_body(fd, LS_MSG_PAYLOAD_END, &body) : rc;
}

/* Send what the maker holds and wait for PUBLISHED; -1 when the publisher is gone. */
static int send_seal(struct publisher_run *p, struct maker *m)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	MUST(ls_encode_seal(&m->seal, &body));
	struct ls_message answer;
	uint64_t seal;
	if (!m->seal.is_event && ls_message_send(p->fd, LS_MSG_PAYLOAD_CLOSE, NULL, 0, NULL) < 0)
		return -1;
	if (send_body(p->fd, LS_MSG_SEAL, &body) < 0 ||
	    ls_message_receive(&p->in, &answer, NULL) != 1)
		return -1;
	CHECK_INT_EQ(answer.type, LS_MSG_PUBLISHED);
	MUST(ls_decode_published(&answer, &seal, MUST_ERR));
	CHECK_INT_EQ(seal, m->seal.seal);
	maker_advance(m);
	return 0;
}

static int deliver_made(struct publisher_run *p, struct maker *m, size_t size)
{
	if (!m->seal.is_event && send_payload(p->fd, m->seal.label, size) < 0)
		return -1;
	return send_seal(p, m);
}

/* So many deliveries in one seal. */
static int deliver_batch(struct publisher_run *p, struct maker *m, uint64_t first, size_t count)
{
	for (uint64_t n = first; n < first + count; n++) {
		char name[LS_SAFE_NAME_SIZE];
		size_t size = maker_payload(n, payload, BATCH_PAYLOAD_MAX);
		if (send_payload(p->fd, maker_name(n, name), size) < 0)
			return -1;
	}
	maker_results(m, first, count, payload, BATCH_PAYLOAD_MAX);
	return send_seal(p, m);
}

static int deliver(struct publisher_run *p, struct maker *m, uint64_t number, size_t size)
{
	maker_result(m, number, "plate7.eds", "plate 7.eds", payload, size);
	return deliver_made(p, m, size);
}

/* --- killed at any moment ------------------------------------------------------------ */

static uint64_t random_state = 88172645463325252ull;

static unsigned random_below(unsigned n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)(random_state % n);
}

struct killer {
	pid_t pid;
	unsigned after_us;
};

static void *kill_later(void *context)
{
	const struct killer *k = context;
	usleep(k->after_us);
	kill(k->pid, SIGKILL);
	return NULL;
}

/* Deliver numbers from *next on until the publisher dies or all are done. */
static void deliver_from(struct publisher_run *p, struct maker *m, uint64_t *next, uint64_t last)
{
	if (take_resume(p, m) < 0)
		return;
	for (bool first = true; *next <= last; first = false) {
		size_t size = maker_payload(*next, payload, PAYLOAD_MAX);
		/* what was under way when the last publisher died may be sealed or not */
		if (first && is_recent(p, *next, size))
			CHECK(m->frontier.size > 0);
		else if (deliver(p, m, *next, size) < 0)
			return;
		(*next)++;
	}
}

/* Every number once, in order. */
static void check_numbers(int share, uint64_t count)
{
	for (uint64_t n = 1; n <= count; n++) {
		char path[128];
		snprintf(path, sizeof(path), "results/2026/%06" PRIu64 "-plate7.eds/record.json",
			 n);
		_cleanup_buffer_ struct ls_buffer bytes;
		ls_buffer_init(&bytes, LS_RECORD_SIZE_MAX);
		_cleanup_record_ struct ls_record r = { 0 };
		MUST(ls_file_read(share, path, &bytes, MUST_ERR));
		MUST(ls_record_parse(bytes.data, bytes.size, &r, MUST_ERR));
		CHECK_INT_EQ(r.files[0].number, n);
	}
}

/* How long the publisher takes from its start to RESUME and its end, in microseconds. */
static unsigned measure_start(struct maker *m, int share)
{
	struct timespec from, to;
	struct publisher_run p;
	clock_gettime(CLOCK_MONOTONIC, &from);
	start_publisher(&p, share);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	CHECK_INT_EQ(end_publisher(&p), 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	return (unsigned)((to.tv_sec - from.tv_sec) * 1000000 + (to.tv_nsec - from.tv_nsec) / 1000);
}

/* One publisher's life: delivers until it is killed, after_us from its start. */
static void live_and_die(struct maker *m, int share, unsigned after_us, uint64_t *next,
			 uint64_t last)
{
	struct publisher_run p;
	start_publisher(&p, share);
	struct killer k = { .pid = p.pid, .after_us = after_us };
	pthread_t thread;
	pthread_create(&thread, NULL, kill_later, &k);
	deliver_from(&p, m, next, last);
	pthread_join(thread, NULL);
	end_publisher(&p);
}

TEST(killed_at_any_moment_nothing_is_lost_or_doubled)
{
	enum { DELIVERIES = 600, KILLS_MAX = 2000 };
	char path[64];
	int share = scratch_make(path);
	struct maker *m = maker_new();
	uint64_t next = 1, beyond;
	unsigned window = measure_start(m, share), kills = 0;
	for (; next <= DELIVERIES && kills < KILLS_MAX; kills++) {
		uint64_t before = next;
		live_and_die(m, share, random_below(window), &next, DELIVERIES);
		/* however fast this machine is: some die before their first delivery, some later */
		window = next == before ? window + window / 4 : window - window / 8;
		if (kills % 16 == 0)
			CHECK(maker_check(m, share, &beyond) >= 0 && beyond <= 1);
	}
	measure_start(m, share);
	CHECK_INT_EQ(maker_check(m, share, &beyond), DELIVERIES);
	CHECK_INT_EQ(beyond, 0);
	if (!ls_test_failures)
		check_numbers(share, DELIVERIES);
	printf("  %u kills\n", kills);
	CHECK(kills > 10);
	maker_free(m);
	scratch_remove(path, share);
}

/* --- the conversation ------------------------------------------------------------------ */

static bool page_has(int share, const char *path, const char *text)
{
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, 64u << 20);
	return ls_file_read(share, path, &page, NULL) == 0 &&
	       strstr(ls_buffer_str(&page), text) != NULL;
}

TEST(an_orderly_end_leaves_every_page_up_to_date)
{
	char path[64];
	int share = scratch_make(path);
	struct maker *m = maker_new();
	struct publisher_run p;
	start_publisher(&p, share);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	CHECK_INT_EQ(p.resume.recent_count, 0);
	maker_event(m, "vm-start", 1);
	CHECK_INT_EQ(deliver_made(&p, m, 0), 0);
	size_t size = maker_payload(1, payload, PAYLOAD_MAX);
	maker_result(m, 1, "plate7.eds", "<b>plate</b> 7.eds", payload, size);
	CHECK_INT_EQ(deliver_made(&p, m, size), 0);
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK(page_has(share, "index.html", ">running<small>since"));
	CHECK(page_has(share, "index.html", "<bdi>&lt;b&gt;plate&lt;/b&gt; 7.eds</bdi>"));
	CHECK(page_has(share, "index.html", "Development setup"));
	CHECK(page_has(share, "README.txt", "the instrument 7500-01"));
	CHECK(page_has(share, "verify.html", "<title>Check a result</title>"));
	start_publisher(&p, share);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	CHECK_INT_EQ(p.resume.recent_count, 2);
	CHECK_INT_EQ(p.resume.recent_seals[0], 1);
	CHECK_INT_EQ(p.resume.recent[0].bytes[0], 1);
	CHECK_INT_EQ(p.resume.recent_seals[1], 2);
	CHECK(is_recent(&p, 1, size));
	maker_event(m, "vm-stop", 2);
	CHECK_INT_EQ(deliver_made(&p, m, 0), 0);
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK(page_has(share, "index.html", ">stopped<small>since"));
	CHECK_INT_EQ(maker_check(m, share, NULL), 3);
	maker_free(m);
	scratch_remove(path, share);
}

static bool page_links(int share, const char *page, const char *path)
{
	char link[128];
	snprintf(link, sizeof(link), "<a href=\"%s\">report</a>", path);
	return page_has(share, page, link);
}

/* Of a share of a little more than a thousand seals: reports are made some time after them. */
static void check_reports(struct maker *m, int share, uint64_t next)
{
	static const char full[] = "results/2026/000999-plate7.eds/report.html";
	static const char both[] = "results/2026/000800-plate7.eds/report.html";
	static const char newer[] = "results/2026/001003-plate7.eds/report.html";
	struct publisher_run p;
	CHECK(!page_has(share, "index.html", "report.html"));
	MUST(ls_place_write(share, full, "x", 1, MUST_ERR));
	start_publisher(&p, share);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	MUST(ls_place_write(share, both, "x", 1, MUST_ERR));
	MUST(ls_place_write(share, newer, "x", 1, MUST_ERR));
	REQUIRE(deliver(&p, m, next, 1) == 0);
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK(page_links(share, "index/000001-001000.html", full));
	CHECK(page_links(share, "index/000001-001000.html", both));
	CHECK(page_links(share, "index.html", both));
	CHECK(page_links(share, "index.html", newer));
}

TEST(full_thousands_get_a_page_and_only_the_newest_keys_are_told)
{
	enum { BATCHES = 7, SEALS = 1003 + BATCHES };
	_Static_assert(BATCHES * 511 < LS_RECENT_MAX && SEALS + BATCHES * 510 > LS_RECENT_MAX, "");
	char path[64];
	int share = scratch_make(path);
	struct maker *m = maker_new();
	struct publisher_run p;
	start_publisher(&p, share);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	for (uint64_t n = 1; n <= 1003; n++) {
		payload[0] = (uint8_t)n;
		REQUIRE(deliver(&p, m, n, 1) == 0);
	}
	for (uint64_t n = 1004; n < 1004 + BATCHES * 511; n += 511)
		REQUIRE(deliver_batch(&p, m, n, 511) == 0);
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK(page_has(share, "index/000001-001000.html", ">1000</a>"));
	CHECK(!page_has(share, "index/000001-001000.html", ">1001</a>"));
	CHECK(page_has(share, "index.html", "index/000001-001000.html"));
	CHECK(page_has(share, "index.html", ">1003</a>"));
	CHECK(page_has(share, "index.html", "and 503 more"));
	CHECK(page_has(share, "index.html", "<dt>Results</dt><dd>4,580</dd>"));
	CHECK(!page_has(share, "index.html", ">3</a>"));
	MUST(ls_remove_tree(share, "index", MUST_ERR));
	start_publisher(&p, share);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	CHECK_INT_EQ(p.resume.recent_count, LS_RECENT_MAX);
	CHECK_INT_EQ(p.resume.recent_seals[LS_RECENT_MAX - 1], SEALS);
	CHECK_INT_EQ(p.resume.recent_seals[0],
		     SEALS - BATCHES + 1 - (LS_RECENT_MAX - BATCHES * 511));
	CHECK_INT_EQ(p.resume.last_received, MAKER_TIME + SEALS - 1);
	CHECK(is_recent(&p, 1004, maker_payload(1004, payload, BATCH_PAYLOAD_MAX)));
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK(page_has(share, "index/000001-001000.html", ">1000</a>"));
	CHECK(page_has(share, "index/000001-001000.html", ">1</a>"));
	CHECK_INT_EQ(maker_check(m, share, NULL), SEALS);
	check_reports(m, share, 1004 + BATCHES * 511);
	maker_free(m);
	scratch_remove(path, share);
}

#define FOO "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static int sequence_file(const char *text)
{
	int file = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	CHECK_INT_EQ(ls_write_all(file, text, strlen(text)), 0);
	CHECK(lseek(file, 0, SEEK_SET) == 0);
	return file;
}

/* Confined as it is, and before it says RESUME. */
TEST(a_samples_sequence_file_is_there_before_anything_is_sealed)
{
	char path[64];
	int share = scratch_make(path), file = sequence_file("foo");
	struct maker *m = maker_new();
	struct publisher_run p;
	start_with(&p, share, -1, file, FOO);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	CHECK(page_has(share, "sequences/" FOO, "foo"));
	CHECK_INT_EQ(end_publisher(&p), 0);
	close(file);
	file = sequence_file("bar"); /* another one than labseald hashed */
	start_with(&p, share, -1, file, FOO);
	CHECK(take_resume(&p, m) < 0);
	int status = end_publisher(&p);
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
	close(file);
	maker_free(m);
	scratch_remove(path, share);
}

TEST(a_dropped_payload_leaves_nothing)
{
	char path[64];
	int share = scratch_make(path);
	struct maker *m = maker_new();
	struct publisher_run p;
	start_publisher(&p, share);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	CHECK_INT_EQ(send_payload_bytes(p.fd, 70000), 0);
	CHECK_INT_EQ(ls_message_send(p.fd, LS_MSG_PAYLOAD_DROP, NULL, 0, NULL), 0);
	CHECK_INT_EQ(deliver(&p, m, 1, maker_payload(1, payload, PAYLOAD_MAX)), 0);
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK_INT_EQ(maker_check(m, share, NULL), 1);
	maker_free(m);
	scratch_remove(path, share);
}

TEST(a_peer_that_talks_nonsense_ends_it_with_status_4)
{
	static const struct {
		uint32_t type;
		const char *body;
		size_t size;
	} messages[] = {
		{ 0x9999, "", 0 },
		{ LS_MSG_SEAL, "x", 1 },
		{ LS_MSG_SEAL, "", 0 },
		{ LS_MSG_PAYLOAD_BEGIN, "x", 1 },
		{ LS_MSG_PAYLOAD_DATA, "x", 1 },
		{ LS_MSG_PAYLOAD_END, "", 0 },
		{ LS_MSG_PAYLOAD_DROP, "", 0 },
		{ LS_MSG_PAYLOAD_CLOSE, "", 0 },
	};
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		char path[64];
		int share = scratch_make(path);
		struct maker *m = maker_new();
		struct publisher_run p;
		start_publisher(&p, share);
		CHECK_INT_EQ(take_resume(&p, m), 0);
		CHECK_INT_EQ(ls_message_send(p.fd, messages[i].type, messages[i].body,
					     messages[i].size, NULL),
			     0);
		struct ls_message answer;
		CHECK(ls_message_receive(&p.in, &answer, NULL) <= 0);
		int status = end_publisher(&p);
		CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 4);
		maker_free(m);
		scratch_remove(path, share);
	}
}

/* --- pages ------------------------------------------------------------------------------ */

TEST(results_are_sealed_while_nobody_draws_their_pages)
{
	char path[64];
	int share = scratch_make(path), ends[2];
	struct maker *m = maker_new();
	struct publisher_run p;
	MUST(ls_packet_pair(ends, MUST_ERR));
	start_with_report(&p, share, ends[1]);
	close(ends[1]);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	for (uint64_t n = 1; n <= 20; n++) {
		if (n == 10) /* it was silent, and now it is gone */
			close(ends[0]);
		CHECK_INT_EQ(deliver(&p, m, n, maker_payload(n, payload, PAYLOAD_MAX)), 0);
	}
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK_INT_EQ(maker_check(m, share, NULL), 20);
	maker_free(m);
	scratch_remove(path, share);
}

static pid_t start_drawer(int socket)
{
	pid_t pid = 0;
	const char *argv[] = { "labseal-report", "--development", NULL };
	const struct ls_child_fd fds[] = { { socket, 3 } };
	const struct ls_child_spec spec = {
		.path = program_path("labseal-report"),
		.argv = argv,
		.fds = fds,
		.fd_count = 1,
		.death_signal = SIGKILL,
	};
	MUST(ls_child_spawn(&spec, &pid, MUST_ERR));
	return pid;
}

TEST(the_real_drawer_draws_what_is_new_and_what_was_left)
{
	char path[64];
	int share = scratch_make(path), ends[2], status = -1;
	struct maker *m = maker_new();
	struct publisher_run p;
	start_publisher(&p, share);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	CHECK_INT_EQ(deliver(&p, m, 1, 5000), 0);
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK(faccessat(share, "results/2026/000001-plate7.eds/report.html", F_OK, 0) < 0);
	MUST(ls_packet_pair(ends, MUST_ERR));
	pid_t drawer = start_drawer(ends[0]);
	close(ends[0]);
	start_with_report(&p, share, ends[1]);
	close(ends[1]);
	CHECK_INT_EQ(take_resume(&p, m), 0);
	CHECK_INT_EQ(deliver(&p, m, 2, 700), 0);
	/* however slow this machine is */
	for (int i = 0; i < 6000; i++) {
		if (page_has(share, "results/2026/000002-plate7.eds/report.html", "</html>"))
			break;
		usleep(10000);
	}
	CHECK(page_has(share, "results/2026/000001-plate7.eds/report.html",
		       "Sealed as number 1 of 7500-01"));
	CHECK(page_has(share, "results/2026/000002-plate7.eds/report.html", "No curves are shown"));
	CHECK_INT_EQ(end_publisher(&p), 0);
	CHECK_INT_EQ(ls_child_wait(drawer, PATIENT_MS, &status), 1);
	CHECK_INT_EQ(status, 0);
	maker_free(m);
	scratch_remove(path, share);
}

TEST_MAIN()
