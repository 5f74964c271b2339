/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/calibration_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/exit.h"
#include "lib/proc/child.h"
#include "lib/proc/confine.h"

#define PROGRAM_SIZE 4096
#define NUMBER_SIZE  24

static void unknown(struct ls_calibration_watch *w, const struct ls_error *why, int64_t now)
{
	ls_calibration_unknown(&w->status, w->policy->calibration.device,
			       w->policy->calibration.quantity, now * 1000, why->id, why->message);
}

void ls_calibration_watch_init(struct ls_calibration_watch *w, const struct ls_policy *policy,
			       int64_t now)
{
	*w = (struct ls_calibration_watch){ .pid = 0 };
	if (!ls_policy_has_calibration(policy))
		return;
	w->policy = policy;
	ls_calibration_unknown(&w->status, policy->calibration.device, policy->calibration.quantity,
			       now * 1000, "calibration.pending",
			       "the registry was not asked yet since labseald was started");
}

/* --- its answer ------------------------------------------------------------------------ */

/* What is there by now.  More than an answer may have is cut, and is none then. */
static void read_answer(struct ls_calibration_watch *w)
{
	ssize_t n = 1;
	while (w->answer > 0 && n > 0 && w->size < sizeof(w->text)) {
		n = read(w->answer, w->text + w->size, sizeof(w->text) - w->size);
		w->size += n > 0 ? (size_t)n : 0;
	}
	w->is_whole = w->is_whole || n == 0;
}

/* The last line of those that are there. */
static int parse_answer(const struct ls_calibration_watch *w,
			struct ls_calibration_status *ret_status, struct ls_error *err)
{
	size_t size = w->size;
	if (size > 0 && w->text[size - 1] == '\n')
		size--;
	const char *before = memrchr(w->text, '\n', size);
	const char *last = before ? before + 1 : w->text;
	int rc = ls_calibration_status_parse(last, size - (size_t)(last - w->text), ret_status,
					     err);
	if (rc < 0)
		ls_error_prefix(err, "what labseal-calibration answers is no status");
	return rc;
}

/* A word on another device is no answer, however it came about. */
static int take_answer(struct ls_calibration_watch *w, struct ls_calibration_status *ret_status,
		       struct ls_error *err)
{
	struct ls_calibration_status status;
	int rc = parse_answer(w, &status, err);
	if (rc == 0 && (status.verdict == LS_CALIBRATION_NOT_CHECKED ||
			strcmp(status.device, w->policy->calibration.device) != 0 ||
			strcmp(status.quantity, w->policy->calibration.quantity) != 0))
		rc = ls_fail(err, -EBADMSG, "calibration.answer",
			     "what labseal-calibration answers is of another device or quantity");
	if (rc == 0)
		*ret_status = status;
	return rc;
}

/* --- the process ----------------------------------------------------------------------- */

static int spawn(struct ls_calibration_watch *w, int answer, struct ls_error *err)
{
	char program[PROGRAM_SIZE], age[NUMBER_SIZE];
	const struct ls_policy *p = w->policy;
	const char *argv[16] = { program,
				 "--device",
				 p->calibration.device,
				 "--registry",
				 p->calibration.registry,
				 "--trust",
				 p->calibration.trust,
				 "--max-age",
				 age,
				 "--watch" };
	size_t n = 10;
	if (p->calibration.quantity[0]) {
		argv[n++] = "--quantity";
		argv[n++] = p->calibration.quantity;
	}
	if (p->development)
		argv[n++] = "--development";
	snprintf(age, sizeof(age), "%" PRIu64, p->calibration.max_age);
	int rc = ls_program_path(LS_CALIBRATION_PROGRAM, program, sizeof(program), err);
	if (rc < 0)
		return rc;
	const struct ls_child_fd fds[] = { { answer, 3 } };
	const struct ls_child_spec spec = { .path = program,
					    .argv = argv,
					    .fds = fds,
					    .fd_count = 1,
					    .death_signal = SIGKILL,
					    .own_group = true };
	return ls_child_spawn(&spec, &w->pid, err);
}

/* A pipe holds more than an answer may have, so it can be read when the process has ended. */
static int start(struct ls_calibration_watch *w, struct ls_error *err)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return ls_fail_errno(err, errno, "calibration.start", "cannot make a pipe");
	int rc = fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0
			 ? ls_fail_errno(err, errno, "calibration.start", "cannot make a pipe")
			 : spawn(w, ends[1], err);
	close(ends[1]);
	if (rc < 0)
		close(ends[0]);
	else
		w->answer = ends[0];
	return rc;
}

static void close_answer(struct ls_calibration_watch *w)
{
	if (w->answer > 0)
		close(w->answer);
	w->answer = 0;
}

static void forget_answer(struct ls_calibration_watch *w)
{
	close_answer(w);
	w->size = 0;
	w->is_whole = w->has_answered = w->was_late = w->makes_index = w->is_stuck = false;
	w->killed = 0;
}

/* Again when it becomes due, so that results do not go on for a minute as if it were not. */
static int64_t wait_ms(const struct ls_calibration_status *status, int64_t now)
{
	int64_t left = status->due / 1000 + 1 - now;
	bool soon = status->verdict == LS_CALIBRATION_TRACEABLE && status->due != 0 && left >= 0 &&
		    left < LS_CALIBRATION_EVERY_MS / 1000;
	return soon ? (left > 1 ? left : 1) * 1000 : LS_CALIBRATION_EVERY_MS;
}

static void set_next(struct ls_calibration_watch *w, int64_t now_ms, int64_t now)
{
	int64_t rest = w->makes_index ? (now_ms - w->since) * LS_CALIBRATION_REST : 0;
	int64_t wait = wait_ms(&w->status, now);
	w->next = now_ms + (wait > rest ? wait : rest);
}

/* Whether it has answered just now: it goes on to look whether the mirror is renewed. */
static bool answers(struct ls_calibration_watch *w, int64_t now_ms, int64_t now)
{
	struct ls_error ignored = { 0 };
	read_answer(w);
	if (!w->is_whole || take_answer(w, &w->status, &ignored) < 0)
		return false; /* what is wrong is told when it has ended */
	close_answer(w);
	w->has_answered = true;
	set_next(w, now_ms, now);
	return true;
}

static int late_ms(const struct ls_calibration_watch *w)
{
	return w->makes_index ? LS_CALIBRATION_INDEX_MS : LS_CALIBRATION_LATE_MS;
}

static void fail_late(const struct ls_calibration_watch *w, struct ls_error *err)
{
	ls_fail(err, -ETIMEDOUT, "calibration.late",
		"labseal-calibration did not answer within %d s and was killed", late_ms(w) / 1000);
}

/* Its end may be long in coming where the mirror's file system does not answer. */
static void end_it(struct ls_calibration_watch *w, int64_t now_ms)
{
	kill(w->pid, SIGKILL);
	w->killed = now_ms;
}

/* It is late: it makes the index, which is the new status; or it is killed, which is one, too. */
static int look_at_late(struct ls_calibration_watch *w, int64_t now_ms, int64_t now)
{
	struct ls_error err = { 0 };
	struct ls_calibration_status status;
	if (!w->makes_index && take_answer(w, &status, &err) == 0 &&
	    strcmp(status.reason.id, LS_CALIBRATION_INDEX) == 0) {
		w->makes_index = true;
		w->status = status;
		return 1;
	}
	w->was_late = true;
	end_it(w, now_ms);
	fail_late(w, &err);
	unknown(w, &err, now);
	return 1;
}

/* One that was killed when it was time to ask again, and does not end. */
static int look_at_stuck(struct ls_calibration_watch *w, int64_t now)
{
	struct ls_error err = { 0 };
	w->is_stuck = true;
	ls_fail(&err, -ETIMEDOUT, "calibration.late",
		"labseal-calibration does not end, %d s after it was killed: does the mirror's "
		"file system answer?",
		LS_CALIBRATION_LATE_MS / 1000);
	unknown(w, &err, now);
	return 1;
}

static int look_at_process(struct ls_calibration_watch *w, int64_t now_ms, int64_t now)
{
	if (w->killed > 0)
		return !w->was_late && !w->is_stuck && now_ms - w->killed > LS_CALIBRATION_LATE_MS
			       ? look_at_stuck(w, now)
			       : 0;
	if (!w->has_answered && answers(w, now_ms, now))
		return 1;
	if (!w->has_answered && now_ms - w->since > late_ms(w))
		return look_at_late(w, now_ms, now);
	if (w->has_answered && now_ms >= w->next)
		end_it(w, now_ms);
	return 0;
}

int ls_calibration_watch_look(struct ls_calibration_watch *w, int64_t now_ms, int64_t now)
{
	struct ls_error err = { 0 };
	if (!w->policy)
		return 0;
	if (w->pid > 0)
		return look_at_process(w, now_ms, now);
	if (now_ms < w->next)
		return 0;
	w->since = now_ms;
	w->next = now_ms + LS_CALIBRATION_EVERY_MS;
	if (start(w, &err) == 0)
		return 0;
	unknown(w, &err, now);
	return 1;
}

/* --- its end --------------------------------------------------------------------------- */

static int judge_end(struct ls_calibration_watch *w, int wait_status, struct ls_error *err)
{
	char how[128];
	if (w->was_late) {
		fail_late(w, err);
		return err->code;
	}
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == LS_EXIT_UNCONFINED)
		return ls_fail(err, -EPERM, "calibration.unconfined",
			       "labseal-calibration cannot confine itself on this machine, as its "
			       "line above says; "
			       "'labseal provision' makes the user it needs");
	if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != LS_EXIT_HOLDS)
		return ls_fail(err, -ECHILD, "calibration.ended", "labseal-calibration %s",
			       ls_child_describe(wait_status, how, sizeof(how)));
	read_answer(w);
	return take_answer(w, &w->status, err);
}

/* The mirror was renewed, or it was time to ask again; what it answered goes on to count. */
static void ended_in_order(struct ls_calibration_watch *w, int wait_status, int64_t now_ms)
{
	bool renewed = WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == LS_EXIT_HOLDS;
	if (!renewed)
		return;
	if (now_ms - w->since >= LS_CALIBRATION_EVERY_MS)
		w->rest_ms = 0;
	w->rest_ms = w->rest_ms == 0 ? LS_CALIBRATION_LOOK_MS : 2 * w->rest_ms;
	if (w->rest_ms > LS_CALIBRATION_EVERY_MS)
		w->rest_ms = LS_CALIBRATION_EVERY_MS;
	int64_t soonest = w->since + w->rest_ms;
	w->next = now_ms > soonest ? now_ms : soonest;
}

void ls_calibration_watch_ended(struct ls_calibration_watch *w, int wait_status, int64_t now_ms,
				int64_t now, struct ls_error *err)
{
	*err = (struct ls_error){ 0 };
	w->pid = 0;
	if (w->has_answered) {
		ended_in_order(w, wait_status, now_ms);
	} else {
		if (judge_end(w, wait_status, err) < 0)
			unknown(w, err, now);
		set_next(w, now_ms, now);
	}
	forget_answer(w);
}

/* --- what follows from it -------------------------------------------------------------- */

bool ls_calibration_watch_holds(const struct ls_calibration_watch *w)
{
	if (!w->policy)
		return false;
	bool after_due = w->policy->calibration.after_due == LS_UNCALIBRATED_REFUSE;
	bool not_shown = w->policy->calibration.not_shown == LS_UNCALIBRATED_REFUSE;
	switch (w->status.verdict) {
	case LS_CALIBRATION_TRACEABLE: return false;
	case LS_CALIBRATION_NOT_TRACEABLE: return after_due;
	default: return not_shown;
	}
}

bool ls_calibration_watch_warns(const struct ls_calibration_watch *w, int64_t now)
{
	return w->policy && w->status.verdict == LS_CALIBRATION_TRACEABLE && w->status.due != 0 &&
	       w->status.due / 1000 - now <= (int64_t)w->policy->calibration.warn_before;
}

void ls_calibration_watch_stop(struct ls_calibration_watch *w)
{
	int ignored;
	/* one that hangs in a dead file system may not end for long: nobody waits for it here */
	if (w->pid > 0 && ls_child_wait(w->pid, 0, &ignored) == 0 && kill(w->pid, SIGKILL) == 0)
		ls_child_wait(w->pid, LS_CALIBRATION_END_MS, &ignored);
	w->pid = 0;
	forget_answer(w);
	w->policy = NULL;
}
