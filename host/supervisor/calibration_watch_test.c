/* SPDX-License-Identifier: Apache-2.0 */
/* What labseald makes of what labseal-calibration answers; that is played here. */
#include "host/supervisor/calibration_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/proc/confine.h"

#define NOW	INT64_C(1772625600) /* 2026-03-04T12:00:00Z */
#define DAY	INT64_C(86400)
#define EXIT(n) ((n) << 8) /* as waitpid has it */

static struct ls_policy policy(void)
{
	return (struct ls_policy){ .calibration = { .device = "7500-01",
						    .registry = "/r",
						    .trust = "/does/not/exist",
						    .quantity = "temperature",
						    .warn_before = 30 * DAY,
						    .max_age = 7 * DAY } };
}

static struct ls_calibration_status traceable(int64_t due)
{
	struct ls_calibration_status s = { .verdict = LS_CALIBRATION_TRACEABLE,
					   .device = "7500-01",
					   .quantity = "temperature",
					   .performed = (NOW - 30 * DAY) * 1000,
					   .due = due * 1000,
					   .registry = { .origin = "registry.example", .size = 3 },
					   .checked = NOW * 1000 };
	memset(s.device_id.bytes, 1, sizeof(s.device_id.bytes));
	memset(s.report.bytes, 2, sizeof(s.report.bytes));
	memset(s.registry.root.bytes, 3, sizeof(s.registry.root.bytes));
	return s;
}

/* As if the process had answered this, and ended so. */
static void answer(struct ls_calibration_watch *w, const void *text, size_t size, int wait_status,
		   struct ls_error *err)
{
	int ends[2];
	REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	CHECK_INT_EQ(ls_write_all(ends[1], text, size), 0);
	close(ends[1]);
	w->pid = 1 << 30;
	w->answer = ends[0];
	ls_calibration_watch_ended(w, wait_status, 1000, NOW, err);
}

static void answer_status(struct ls_calibration_watch *w, const struct ls_calibration_status *s)
{
	struct ls_error err;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 16);
	CHECK_INT_EQ(ls_calibration_status_format(s, &text, NULL), 0);
	answer(w, text.data, text.size, EXIT(0), &err);
	CHECK_STR_EQ(err.message, "");
}

#define WATCH(w)                       \
	struct ls_policy p = policy(); \
	struct ls_calibration_watch w; \
	ls_calibration_watch_init(&w, &p, NOW)

TEST(without_a_device_nothing_is_started)
{
	const struct ls_policy p = { .version = 1 };
	struct ls_calibration_watch w;
	ls_calibration_watch_init(&w, &p, NOW);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, 1000, NOW), 0);
	CHECK(w.pid == 0 && !ls_calibration_watch_holds(&w) &&
	      !ls_calibration_watch_warns(&w, NOW));
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_NOT_CHECKED);
}

TEST(until_it_answers_nothing_is_shown)
{
	WATCH(w);
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
	CHECK_STR_EQ(w.status.reason.id, "calibration.pending");
	CHECK(!ls_calibration_watch_holds(&w));
	p.calibration.not_shown = LS_UNCALIBRATED_REFUSE;
	CHECK(ls_calibration_watch_holds(&w));
}

TEST(an_answer_is_the_status)
{
	WATCH(w);
	struct ls_calibration_status s = traceable(NOW + 100 * DAY);
	answer_status(&w, &s);
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK_INT_EQ(w.next, 1000 + LS_CALIBRATION_EVERY_MS);
	CHECK(w.pid == 0 && w.answer == 0);
}

/* ... so that a results of the minute after is not taken for one of before. */
TEST(it_is_asked_again_when_it_becomes_due)
{
	WATCH(w);
	struct ls_calibration_status s = traceable(NOW + 10);
	answer_status(&w, &s);
	CHECK_INT_EQ(w.next, 1000 + 11000);
	s = traceable(NOW - 1);
	answer_status(&w, &s); /* which its own clock has as not due yet */
	CHECK_INT_EQ(w.next, 1000 + 1000);
}

TEST(the_policy_says_when_results_wait)
{
	WATCH(w);
	struct ls_calibration_status s = traceable(NOW - DAY);
	s.verdict = LS_CALIBRATION_NOT_TRACEABLE;
	snprintf(s.reason.id, sizeof(s.reason.id), "cal.in-force");
	snprintf(s.reason.text, sizeof(s.reason.text), "it was due");
	answer_status(&w, &s);
	CHECK(!ls_calibration_watch_holds(&w));
	p.calibration.not_shown = LS_UNCALIBRATED_REFUSE;
	CHECK(!ls_calibration_watch_holds(&w));
	p.calibration.after_due = LS_UNCALIBRATED_REFUSE;
	CHECK(ls_calibration_watch_holds(&w));
}

TEST(it_warns_from_the_day_that_the_policy_says)
{
	WATCH(w);
	struct ls_calibration_status s = traceable(NOW + 30 * DAY);
	answer_status(&w, &s);
	CHECK(ls_calibration_watch_warns(&w, NOW));
	CHECK(!ls_calibration_watch_warns(&w, NOW - 1));
	w.status.due = 0;
	CHECK(!ls_calibration_watch_warns(&w, NOW));
}

TEST(what_is_no_answer_leaves_the_reason)
{
	static const struct {
		const char *text;
		int wait_status;
		const char *id, *words;
	} bad[] = {
		{ "", EXIT(0), "record.json", "no status" },
		{ "{\"verdict\": \"TRACEABLE\"}", EXIT(0), "record.form", "no status" },
		{ "{}", EXIT(4), "calibration.ended", "status 4" },
		{ "{}", EXIT(LS_EXIT_UNCONFINED), "calibration.unconfined", "labseal provision" },
		{ "", SIGSEGV, "calibration.ended", "signal 11" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_error err;
		WATCH(w);
		answer(&w, bad[i].text, strlen(bad[i].text), bad[i].wait_status, &err);
		CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
		CHECK_STR_EQ(w.status.reason.id, bad[i].id);
		CHECK_STR_HAS(w.status.reason.text, bad[i].words);
		CHECK_STR_EQ(w.status.device, "7500-01");
		CHECK_INT_EQ(w.next, 1000 + LS_CALIBRATION_EVERY_MS);
	}
}

TEST(a_word_on_another_device_is_no_answer)
{
	WATCH(w);
	struct ls_error err;
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_calibration_status s = traceable(NOW + DAY);
	ls_buffer_init(&text, 1 << 16);
	snprintf(s.device, sizeof(s.device), "7500-02");
	CHECK_INT_EQ(ls_calibration_status_format(&s, &text, NULL), 0);
	answer(&w, text.data, text.size, EXIT(0), &err);
	CHECK_STR_EQ(w.status.reason.id, "calibration.answer");
}

TEST(one_that_writes_without_end_is_no_answer)
{
	WATCH(w);
	struct ls_error err;
	char much[4 * LS_CALIBRATION_STATUS_MAX];
	memset(much, ' ', sizeof(much));
	answer(&w, much, sizeof(much), EXIT(0), &err);
	CHECK_STR_EQ(w.status.reason.id, "record.form");
}

/* A look while there are no descriptors for a pipe: nothing can be started. */
static int look_without_pipes(struct ls_calibration_watch *w, int64_t now_ms)
{
	struct rlimit before, none;
	CHECK(getrlimit(RLIMIT_NOFILE, &before) == 0);
	none = before;
	none.rlim_cur = 3;
	CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
	int news = ls_calibration_watch_look(w, now_ms, NOW);
	CHECK(setrlimit(RLIMIT_NOFILE, &before) == 0);
	return news;
}

TEST(one_that_cannot_be_started_leaves_the_reason)
{
	WATCH(w);
	CHECK_INT_EQ(look_without_pipes(&w, 1000), 1);
	CHECK_STR_EQ(w.status.reason.id, "calibration.start");
	CHECK_STR_HAS(w.status.reason.text, "cannot make a pipe");
	CHECK_INT_EQ(look_without_pipes(&w, 1001), 0); /* not all the time */
	CHECK_INT_EQ(look_without_pipes(&w, 1000 + LS_CALIBRATION_EVERY_MS), 1);
}

/* What was known holds until it is late; then it is killed, and nothing is known. */
TEST(one_that_is_late_is_killed)
{
	WATCH(w);
	int status;
	struct ls_error err;
	struct ls_calibration_status s = traceable(NOW + DAY);
	answer_status(&w, &s);
	w.pid = fork();
	REQUIRE(w.pid >= 0);
	if (w.pid == 0)
		for (;;)
			pause();
	w.since = 5000;
	CHECK_INT_EQ(ls_calibration_watch_look(&w, 5000 + LS_CALIBRATION_LATE_MS, NOW), 0);
	CHECK(waitpid(w.pid, &status, WNOHANG) == 0);
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_TRACEABLE);
	/* not only when it has ended: that may be long in coming */
	CHECK_INT_EQ(ls_calibration_watch_look(&w, 5001 + LS_CALIBRATION_LATE_MS, NOW), 1);
	CHECK_STR_EQ(w.status.reason.id, "calibration.late");
	CHECK_INT_EQ(ls_calibration_watch_look(&w, 5002 + 3 * LS_CALIBRATION_LATE_MS, NOW), 0);
	REQUIRE(waitpid(w.pid, &status, 0) == w.pid);
	ls_calibration_watch_ended(&w, status, 6000, NOW, &err);
	CHECK_STR_EQ(w.status.reason.id, "calibration.late");
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
}

/* A process that has answered this, and lives; its end of the pipe stays open in *ret_end. */
static void is_asked(struct ls_calibration_watch *w, const struct ls_calibration_status *s,
		     int *ret_end)
{
	int ends[2];
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 16);
	w->pid = fork(); /* first, so that it has none of the pipe */
	REQUIRE(w->pid >= 0);
	if (w->pid == 0)
		for (;;)
			pause();
	REQUIRE(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	CHECK_INT_EQ(ls_calibration_status_format(s, &text, NULL), 0);
	CHECK_INT_EQ(ls_buffer_add_str(&text, "\n"), 0);
	CHECK_INT_EQ(ls_write_all(ends[1], text.data, text.size), 0);
	w->answer = ends[0];
	w->since = 5000;
	*ret_end = ends[1];
}

static void ends_with(struct ls_calibration_watch *w, const struct ls_calibration_status *s,
		      int end, int64_t now_ms)
{
	struct ls_error err;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 16);
	if (s) {
		CHECK_INT_EQ(ls_calibration_status_format(s, &text, NULL), 0);
		CHECK_INT_EQ(ls_write_all(end, text.data, text.size), 0);
	}
	close(end);
	kill(w->pid, SIGKILL);
	waitpid(w->pid, NULL, 0);
	ls_calibration_watch_ended(w, EXIT(0), now_ms, NOW, &err);
}

static struct ls_calibration_status making_index(void)
{
	struct ls_calibration_status s;
	ls_calibration_unknown(&s, "7500-01", "temperature", NOW * 1000, LS_CALIBRATION_INDEX,
			       "the index is being rebuilt");
	return s;
}

TEST(one_that_makes_the_index_first_is_not_killed)
{
	WATCH(w);
	int end;
	struct ls_calibration_status s = traceable(NOW + DAY), index = making_index();
	answer_status(&w, &s);
	is_asked(&w, &index, &end);
	const int64_t late = 5001 + LS_CALIBRATION_LATE_MS;
	CHECK_INT_EQ(ls_calibration_watch_look(&w, late - 1, NOW), 0);
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, late, NOW), 1); /* told once */
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
	CHECK_STR_EQ(w.status.reason.id, "calibration.index");
	CHECK_INT_EQ(ls_calibration_watch_look(&w, late + 1, NOW), 0);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, late + 600000, NOW), 0);
	CHECK(waitpid(w.pid, NULL, WNOHANG) == 0);
	ends_with(&w, &s, end, 5000 + 700000);
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_TRACEABLE);
	/* a fifth of the time at most goes to it */
	CHECK_INT_EQ(w.next, 705000 + 4 * 700000);
	CHECK(!w.makes_index && w.pid == 0);
}

TEST(an_index_that_is_made_in_time_is_not_spoken_of)
{
	WATCH(w);
	int end;
	struct ls_calibration_status s = traceable(NOW + DAY), index = making_index();
	is_asked(&w, &index, &end);
	ends_with(&w, &s, end, 6000);
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK_INT_EQ(w.next, 6000 + LS_CALIBRATION_EVERY_MS);
}

TEST(one_that_never_ends_with_its_index_is_killed_after_all)
{
	WATCH(w);
	int end, status;
	struct ls_error err;
	struct ls_calibration_status index = making_index();
	is_asked(&w, &index, &end);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, 5001 + LS_CALIBRATION_LATE_MS, NOW), 1);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, 5000 + LS_CALIBRATION_INDEX_MS, NOW), 0);
	CHECK(waitpid(w.pid, NULL, WNOHANG) == 0);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, 5001 + LS_CALIBRATION_INDEX_MS, NOW), 1);
	REQUIRE(waitpid(w.pid, &status, 0) == w.pid);
	close(end);
	ls_calibration_watch_ended(&w, status, 9000, NOW, &err);
	CHECK_STR_EQ(w.status.reason.id, "calibration.late");
	CHECK_STR_HAS(w.status.reason.text, "within 3600 s");
}

/* Its last line counts, and a first one that says something else is no reason to wait. */
TEST(only_the_index_is_waited_for)
{
	WATCH(w);
	int end, status;
	struct ls_error err;
	struct ls_calibration_status other = making_index();
	snprintf(other.reason.id, sizeof(other.reason.id), "registry.folder");
	is_asked(&w, &other, &end);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, 5001 + LS_CALIBRATION_LATE_MS, NOW), 1);
	REQUIRE(waitpid(w.pid, &status, 0) == w.pid);
	close(end);
	ls_calibration_watch_ended(&w, status, 9000, NOW, &err);
	CHECK_STR_EQ(w.status.reason.id, "calibration.late");
}

/* --- it has answered, and looks at the mirror --------------------------------------------- */

/* Answered at 6000 ms. */
static void looks_at_mirror(struct ls_calibration_watch *w)
{
	int end;
	struct ls_calibration_status s = traceable(NOW + DAY);
	is_asked(w, &s, &end);
	CHECK_INT_EQ(ls_calibration_watch_look(w, 5999, NOW), 0); /* there may come more */
	close(end);
	REQUIRE(ls_calibration_watch_look(w, 6000, NOW) == 1);
	CHECK_INT_EQ(w->status.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK_INT_EQ(w->next, 6000 + LS_CALIBRATION_EVERY_MS);
	CHECK_INT_EQ(ls_calibration_watch_look(w, 6001, NOW), 0);
	CHECK(w->answer == 0 && waitpid(w->pid, NULL, WNOHANG) == 0);
}

static int ends(struct ls_calibration_watch *w, int wait_status, int64_t now_ms)
{
	struct ls_error err;
	kill(w->pid, SIGKILL);
	waitpid(w->pid, NULL, 0);
	ls_calibration_watch_ended(w, wait_status, now_ms, NOW, &err);
	CHECK_INT_EQ(w->status.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK_INT_EQ(w->pid, 0);
	return err.code;
}

TEST(an_answer_counts_when_it_is_whole)
{
	WATCH(w);
	looks_at_mirror(&w);
	CHECK_INT_EQ(ends(&w, EXIT(0), 7000), 0);
}

/* It takes effect at once, not only when a minute is over. */
TEST(a_renewed_mirror_is_asked_at_once)
{
	WATCH(w);
	looks_at_mirror(&w);
	ends(&w, EXIT(0), 7000);
	CHECK_INT_EQ(w.next, 7000);
	CHECK_INT_EQ(look_without_pipes(&w, 7000), 1);
}

TEST(a_mirror_that_is_renewed_all_the_time_is_not_asked_all_the_time)
{
	WATCH(w);
	looks_at_mirror(&w);
	ends(&w, EXIT(0), 5001); /* it was started at 5000 */
	CHECK_INT_EQ(w.next, 5000 + LS_CALIBRATION_LOOK_MS);
}

/* Whose answers change each time would have labseald seal an event a second, for ever. */
TEST(one_that_ends_at_once_again_and_again_is_asked_less_and_less)
{
	static const int64_t seconds[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
	WATCH(w);
	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++) {
		looks_at_mirror(&w);
		ends(&w, EXIT(0), 5001);
		CHECK_INT_EQ(w.next, 5000 + 1000 * seconds[i]);
	}
	looks_at_mirror(&w);
	ends(&w, EXIT(0), 5000 + LS_CALIBRATION_EVERY_MS); /* a minute without is enough */
	looks_at_mirror(&w);
	ends(&w, EXIT(0), 5001);
	CHECK_INT_EQ(w.next, 5000 + 2 * LS_CALIBRATION_LOOK_MS);
}

TEST(one_that_breaks_off_behind_its_answer_is_not_started_at_once)
{
	WATCH(w);
	looks_at_mirror(&w);
	ends(&w, SIGSEGV, 7000);
	CHECK_INT_EQ(w.next, 6000 + LS_CALIBRATION_EVERY_MS);
}

TEST(it_is_ended_when_it_is_time_to_ask_again)
{
	WATCH(w);
	int status;
	struct ls_error err;
	looks_at_mirror(&w);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, w.next, NOW), 0);
	REQUIRE(waitpid(w.pid, &status, 0) == w.pid);
	ls_calibration_watch_ended(&w, status, w.next + 1, NOW, &err);
	CHECK_INT_EQ(err.code, 0);
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK(w.next <= 6001 + LS_CALIBRATION_EVERY_MS);
}

/* Its file system does not answer any more: what was known is not known for ever. */
TEST(one_that_does_not_end_when_killed_is_told)
{
	WATCH(w);
	looks_at_mirror(&w);
	pid_t process = w.pid;
	w.pid = getpid(); /* one that lives on */
	w.killed = w.next;
	const int64_t late = w.next + LS_CALIBRATION_LATE_MS;
	CHECK_INT_EQ(ls_calibration_watch_look(&w, late, NOW), 0);
	CHECK_INT_EQ(w.status.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK_INT_EQ(ls_calibration_watch_look(&w, late + 1, NOW), 1);
	CHECK_STR_EQ(w.status.reason.id, "calibration.late");
	CHECK_STR_HAS(w.status.reason.text, "does the mirror's file system answer");
	CHECK_INT_EQ(ls_calibration_watch_look(&w, late + 600000, NOW), 0); /* told once */
	w.pid = process;
	kill(process, SIGKILL);
	waitpid(process, NULL, 0);
	ls_calibration_watch_stop(&w);
}

/* While it runs, labseald reads its pipe and does nothing else: a mirror that hangs hangs nobody.
 * Any system call but read, write and exit kills the process here (seccomp's strict mode). */
TEST(labseald_does_not_look_at_the_mirror)
{
	WATCH(w);
	int status = 0;
	looks_at_mirror(&w);
	pid_t watcher = fork();
	REQUIRE(watcher >= 0);
	if (watcher == 0) {
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
		for (int64_t t = 6001; t < w.next; t += 100)
			ls_calibration_watch_look(&w, t, NOW);
		w.has_answered = false; /* and while it is waited for */
		for (int64_t t = 6001; t < 5000 + LS_CALIBRATION_LATE_MS; t += 100)
			ls_calibration_watch_look(&w, t, NOW);
		syscall(SYS_exit, 0);
	}
	REQUIRE(waitpid(watcher, &status, 0) == watcher);
	CHECK_INT_EQ(status, 0);
	ends(&w, EXIT(0), 7000);
}

TEST_MAIN()
