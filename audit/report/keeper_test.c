/* SPDX-License-Identifier: Apache-2.0 */
/* Workers that crash, hang, write too much or lie: who asked gets an answer all the same. */
#include "audit/report/keeper.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/proc/child.h"
#include "lib/proc/packet.h"
#include "lib/report/ask.h"

#define PATIENT_MS 60000

struct bench {
	int socket;
	pid_t pid;
	struct ls_report_page page;
};

/* Returns the keeper's end. */
static int open_bench(struct bench *b)
{
	int ends[2] = { -1, -1 };
	CHECK_INT_EQ(ls_packet_pair(ends, NULL), 0);
	b->socket = ends[0];
	ls_report_page_init(&b->page);
	return ends[1];
}

/* A keeper in a process of its own, as labseald starts one. */
static void start(struct bench *b, int peer, int (*work)(const struct ls_report_job *job),
		  int limit_ms)
{
	struct ls_error err = { 0 };
	b->pid = fork();
	if (b->pid == 0) {
		const struct ls_keeper k = { .peer = peer,
					     .time_limit_ms = limit_ms,
					     .work = work };
		close(b->socket);
		_exit(ls_keeper_serve(&k, &err) < 0 ? 4 : 0);
	}
	close(peer);
}

static void begin(struct bench *b, int (*work)(const struct ls_report_job *job), int limit_ms)
{
	start(b, open_bench(b), work, limit_ms);
}

static int finish(struct bench *b)
{
	int status = -1;
	close(b->socket);
	ls_report_page_free(&b->page);
	CHECK_INT_EQ(ls_child_wait(b->pid, PATIENT_MS, &status), 1);
	return status;
}

/* Ask for a file's page and take the answer. */
static void ask(struct bench *b, uint64_t number)
{
	struct ls_error err = { 0 };
	int file = memfd_create("file", MFD_CLOEXEC);
	CHECK_INT_EQ(ls_report_ask_file(b->socket, number, file, "plate7.eds", &err), 0);
	int rc;
	do
		rc = ls_report_take(b->socket, &b->page, &err);
	while (rc == 1 && b->page.number == LS_REPORT_BEGUN);
	CHECK_INT_EQ(rc, 1);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(b->page.number, number);
	close(file);
}

static void say(int fd, const char *text)
{
	if (ls_write_all(fd, text, strlen(text)) < 0)
		_exit(99);
}

static int draws(const struct ls_report_job *job)
{
	say(job->page, job->without ? job->without : "a page");
	if (!job->without)
		return LS_WORKER_RUN;
	say(job->reason, "without");
	return LS_WORKER_NO_RUN;
}

TEST(a_page_comes_back)
{
	struct bench b;
	begin(&b, draws, PATIENT_MS);
	for (uint64_t n = 1; n <= 3; n++) {
		ask(&b, n);
		CHECK(b.page.has_page && b.page.has_run);
		CHECK_STR_EQ(ls_buffer_str(&b.page.bytes), "a page");
		CHECK_STR_EQ(b.page.problem, "");
	}
	CHECK_INT_EQ(finish(&b), 0);
}

TEST(one_that_begins_says_so_unless_a_request_waits)
{
	struct bench b;
	begin(&b, draws, PATIENT_MS);
	CHECK_INT_EQ(ls_report_take(b.socket, &b.page, NULL), 1);
	CHECK_INT_EQ(b.page.number, LS_REPORT_BEGUN);
	CHECK(!b.page.has_page);
	CHECK_INT_EQ(finish(&b), 0);
	int peer = open_bench(&b), file = memfd_create("file", MFD_CLOEXEC);
	CHECK_INT_EQ(ls_report_ask_file(b.socket, 5, file, "plate7.eds", NULL), 0);
	start(&b, peer, draws, PATIENT_MS);
	CHECK_INT_EQ(ls_report_take(b.socket, &b.page, NULL), 1);
	CHECK_INT_EQ(b.page.number, 5);
	CHECK(b.page.has_page);
	close(file);
	CHECK_INT_EQ(finish(&b), 0);
}

static int finds_no_run(const struct ls_report_job *job)
{
	say(job->page, "a page");
	say(job->reason, "no run\xe2\x80\xae");
	return LS_WORKER_NO_RUN;
}

TEST(a_page_without_a_run_comes_with_the_reason)
{
	struct bench b;
	begin(&b, finds_no_run, PATIENT_MS);
	ask(&b, 1);
	CHECK(b.page.has_page && !b.page.has_run);
	CHECK_STR_EQ(b.page.problem, "no run%E2%80%AE");
	CHECK_INT_EQ(finish(&b), 0);
}

/* The second worker is told why the first one failed, and draws the page without the file. */
static void ask_for_second(struct bench *b, uint64_t number, const char *reason)
{
	ask(b, number);
	CHECK(b->page.has_page && !b->page.has_run);
	CHECK_STR_HAS(b->page.problem, reason);
	CHECK_STR_HAS(ls_buffer_str(&b->page.bytes), reason);
}

static void check_second(int (*work)(const struct ls_report_job *job), const char *reason)
{
	struct bench b;
	begin(&b, work, PATIENT_MS);
	for (uint64_t n = 1; n <= 2; n++)
		ask_for_second(&b, n, reason);
	CHECK_INT_EQ(finish(&b), 0);
}

static int crashes(const struct ls_report_job *job)
{
	if (job->without)
		return draws(job);
	say(job->page, "half of a page");
	signal(SIGABRT, SIG_DFL);
	abort();
}

static int hangs(const struct ls_report_job *job)
{
	if (job->without)
		return draws(job);
	for (;;)
		pause();
}

static int lies(const struct ls_report_job *job)
{
	return job->without ? draws(job) : 77;
}

static int answers_nothing(const struct ls_report_job *job)
{
	return job->without ? draws(job) : LS_WORKER_RUN;
}

static int writes_too_much(const struct ls_report_job *job)
{
	if (job->without)
		return draws(job);
	if (ftruncate(job->page, (off_t)LS_REPORT_PAGE_MAX + 1) < 0)
		return 1;
	return LS_WORKER_RUN;
}

static int computes_for_ever(const struct ls_report_job *job)
{
	if (job->without)
		return draws(job);
	const struct rlimit l = { .rlim_cur = 1, .rlim_max = 1 };
	setrlimit(RLIMIT_CPU, &l);
	for (volatile unsigned i = 0;; i++)
		;
}

TEST(a_worker_that_crashes)
{
	check_second(crashes, "was killed by signal 6");
}

TEST(a_worker_that_hangs)
{
	struct bench b;
	begin(&b, hangs, 3000); /* the second worker's limit, too, on a machine under load */
	ask_for_second(&b, 1, "took too long");
	CHECK_INT_EQ(finish(&b), 0);
}

TEST(a_worker_that_ends_without_a_page)
{
	check_second(lies, "ended with status 77");
	check_second(answers_nothing, "the page was not one");
}

TEST(a_worker_that_writes_too_much)
{
	check_second(writes_too_much, "the page was not one");
}

TEST(a_worker_that_computes_too_long)
{
	struct bench b;
	begin(&b, computes_for_ever, PATIENT_MS);
	ask(&b, 1);
	CHECK_STR_HAS(b.page.problem, "was killed by signal");
	CHECK_INT_EQ(finish(&b), 0);
}

static int always_crashes(const struct ls_report_job *job)
{
	(void)job;
	raise(SIGKILL);
	return 0;
}

TEST(two_workers_that_fail_are_an_answer_without_a_page)
{
	struct bench b;
	begin(&b, always_crashes, PATIENT_MS);
	ask(&b, 7);
	CHECK(!b.page.has_page && !b.page.has_run);
	CHECK_STR_HAS(b.page.problem, "signal 9");
	ask(&b, 8);
	CHECK_INT_EQ(finish(&b), 0);
}

TEST(who_goes_away_ends_the_worker_and_the_keeper)
{
	struct bench b;
	begin(&b, hangs, PATIENT_MS);
	CHECK_INT_EQ(ls_report_ask_file(b.socket, 1, 0, "x", NULL), 0);
	CHECK_INT_EQ(finish(&b), 0);
}

TEST(a_request_that_makes_no_sense_is_passed_over)
{
	struct bench b;
	begin(&b, draws, PATIENT_MS);
	static const char large[LS_PACKET_MAX + 10];
	int fds[3] = { 0, 0, 0 };
	CHECK_INT_EQ(ls_packet_send(b.socket, 0x9999, "", 0, NULL, 0, NULL), 0);
	CHECK_INT_EQ(ls_packet_send(b.socket, LS_MSG_REPORT, "abc", 3, fds, 3, NULL), 0);
	CHECK(send(b.socket, large, sizeof(large), 0) == sizeof(large));
	/* the right words, and another number of files */
	struct ls_report_request r = { .number = 3, .is_sealed = 1, .count = 2 };
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_PACKET_MAX);
	CHECK_INT_EQ(ls_encode_report_request(&r, &body), 0);
	CHECK_INT_EQ(ls_packet_send(b.socket, LS_MSG_REPORT, body.data, body.size, fds, 3, NULL),
		     0);
	ask(&b, 4);
	CHECK(b.page.has_run);
	CHECK_INT_EQ(finish(&b), 0);
}

TEST_MAIN()
