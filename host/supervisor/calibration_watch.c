/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/calibration_watch.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/exit.h"
#include "lib/proc/child.h"
#include "lib/proc/confine.h"
#include "lib/registry/folder.h"

#define PROGRAM_SIZE 4096
#define NUMBER_SIZE  24
#define ANSWER_MAX   (2 * (LS_CALIBRATION_STATUS_MAX + 1)) /* two lines */

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

/* The last line of those that are there. */
static int read_answer(int fd, struct ls_calibration_status *ret_status, struct ls_error *err)
{
	char text[ANSWER_MAX + 1];
	size_t size = 0;
	ssize_t n = 1;
	while (n > 0 && size < sizeof(text)) {
		n = read(fd, text + size, sizeof(text) - size);
		size += n > 0 ? (size_t)n : 0;
	}
	if (size > 0 && text[size - 1] == '\n')
		size--;
	const char *before = memrchr(text, '\n', size);
	const char *last = before ? before + 1 : text;
	int rc = ls_calibration_status_parse(last, size - (size_t)(last - text), ret_status, err);
	if (rc < 0)
		ls_error_prefix(err, "what "
				     "labseal-calibration answers is no status");
	return rc;
}

/* A word on another device is no answer, however it came about. */
static int check_answer(const struct ls_policy *policy, const struct ls_calibration_status *status,
			struct ls_error *err)
{
	return status->verdict != LS_CALIBRATION_NOT_CHECKED &&
			       strcmp(status->device, policy->calibration.device) == 0 &&
			       strcmp(status->quantity, policy->calibration.quantity) == 0
		       ? 0
		       : ls_fail(err, -EBADMSG, "calibration.answer",
				 "what "
				 "labseal-calibration answers is of another device or quantity");
}

/* --- the process ----------------------------------------------------------------------- */

/* Opened here, since it lies where only root may look, perhaps; parsed there. */
static int open_trust(const struct ls_policy *policy, struct ls_error *err)
{
	struct stat st;
	const char *path = policy->calibration.trust;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "calibration.trust",
				     "cannot open the calibration trust file '%s'", path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return ls_fail(err, -EINVAL, "calibration.trust",
			       "the calibration trust file '%s' is no regular file", path);
	return ls_steal_fd(&fd);
}

static int spawn(struct ls_calibration_watch *w, int trust, int answer, struct ls_error *err)
{
	char program[PROGRAM_SIZE], age[NUMBER_SIZE];
	const struct ls_policy *p = w->policy;
	const char *argv[16] = { program,
				 "--device",
				 p->calibration.device,
				 "--registry",
				 p->calibration.registry,
				 "--max-age",
				 age };
	size_t n = 7;
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
	const struct ls_child_fd fds[] = { { answer, 3 }, { trust, 4 } };
	const struct ls_child_spec spec = { .path = program,
					    .argv = argv,
					    .fds = fds,
					    .fd_count = 2,
					    .death_signal = SIGKILL,
					    .own_group = true };
	return ls_child_spawn(&spec, &w->pid, err);
}

/* A pipe holds more than an answer may have, so it can be read when the process has ended. */
static int start(struct ls_calibration_watch *w, struct ls_error *err)
{
	int ends[2];
	_cleanup_close_ int trust = open_trust(w->policy, err);
	if (trust < 0)
		return trust;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return ls_fail_errno(err, errno, "calibration.start", "cannot make a pipe");
	int rc = fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0
			 ? ls_fail_errno(err, errno, "calibration.start", "cannot make a pipe")
			 : spawn(w, trust, ends[1], err);
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

/* When the mirror's checkpoint was put there; what it says is not looked at here. */
static struct timespec mirror_time(const struct ls_policy *policy)
{
	struct stat st;
	char path[LS_POLICY_PATH_SIZE + 32];
	snprintf(path, sizeof(path), "%s/" LS_REGISTRY_CHECKPOINT, policy->calibration.registry);
	return stat(path, &st) == 0 ? st.st_mtim : (struct timespec){ 0 };
}

static bool is_renewed(struct ls_calibration_watch *w, int64_t now_ms)
{
	if (now_ms - w->looked < LS_CALIBRATION_LOOK_MS)
		return false;
	w->looked = now_ms;
	struct timespec t = mirror_time(w->policy);
	return t.tv_sec != w->mirror.tv_sec || t.tv_nsec != w->mirror.tv_nsec;
}

static bool is_late(const struct ls_calibration_watch *w, int64_t now_ms)
{
	int64_t may = w->makes_index ? LS_CALIBRATION_INDEX_MS : LS_CALIBRATION_LATE_MS;
	return w->pid > 0 && !w->was_late && now_ms - w->since > may;
}

/* It is late.  1: it makes the index, which is the new status; 0: it is killed. */
static int look_at_late(struct ls_calibration_watch *w)
{
	struct ls_error ignored = { 0 };
	struct ls_calibration_status status;
	if (!w->makes_index && read_answer(w->answer, &status, &ignored) == 0 &&
	    check_answer(w->policy, &status, &ignored) == 0 &&
	    strcmp(status.reason.id, LS_CALIBRATION_INDEX) == 0) {
		w->makes_index = true;
		w->status = status;
		return 1;
	}
	w->was_late = true;
	kill(w->pid, SIGKILL); /* its end is told like every other */
	return 0;
}

int ls_calibration_watch_look(struct ls_calibration_watch *w, int64_t now_ms, int64_t now)
{
	struct ls_error err = { 0 };
	if (!w->policy)
		return 0;
	if (is_late(w, now_ms))
		return look_at_late(w);
	if (w->pid > 0 || (now_ms < w->next && !is_renewed(w, now_ms)))
		return 0;
	w->mirror = mirror_time(w->policy);
	w->looked = now_ms;
	w->since = now_ms;
	w->next = now_ms + LS_CALIBRATION_EVERY_MS;
	if (start(w, &err) == 0)
		return 0;
	unknown(w, &err, now);
	return 1;
}

/* --- its end --------------------------------------------------------------------------- */

static int take(struct ls_calibration_watch *w, int wait_status, struct ls_error *err)
{
	char how[128];
	struct ls_calibration_status status;
	if (w->was_late)
		return ls_fail(err, -ETIMEDOUT, "calibration.late",
			       "labseal-calibration did not answer within %d s and was killed",
			       (w->makes_index ? LS_CALIBRATION_INDEX_MS : LS_CALIBRATION_LATE_MS) /
				       1000);
	if (WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == LS_EXIT_UNCONFINED)
		return ls_fail(err, -EPERM, "calibration.unconfined",
			       "labseal-calibration cannot confine itself on this machine, as its "
			       "line above says; "
			       "'labseal provision' makes the user it needs");
	if (!WIFEXITED(wait_status) || WEXITSTATUS(wait_status) != LS_EXIT_HOLDS)
		return ls_fail(err, -ECHILD, "calibration.ended", "labseal-calibration %s",
			       ls_child_describe(wait_status, how, sizeof(how)));
	int rc = read_answer(w->answer, &status, err);
	if (rc == 0)
		rc = check_answer(w->policy, &status, err);
	if (rc == 0)
		w->status = status;
	return rc;
}

/* Again when it becomes due, so that results do not go on for a minute as if it were not. */
static int64_t wait_ms(const struct ls_calibration_status *status, int64_t now)
{
	int64_t left = status->due / 1000 + 1 - now;
	bool soon = status->verdict == LS_CALIBRATION_TRACEABLE && status->due != 0 && left >= 0 &&
		    left < LS_CALIBRATION_EVERY_MS / 1000;
	return soon ? (left > 1 ? left : 1) * 1000 : LS_CALIBRATION_EVERY_MS;
}

void ls_calibration_watch_ended(struct ls_calibration_watch *w, int wait_status, int64_t now_ms,
				int64_t now, struct ls_error *err)
{
	*err = (struct ls_error){ 0 };
	w->pid = 0;
	if (take(w, wait_status, err) < 0)
		unknown(w, err, now);
	close_answer(w);
	int64_t rest = w->makes_index ? (now_ms - w->since) * LS_CALIBRATION_REST : 0;
	int64_t wait = wait_ms(&w->status, now);
	w->was_late = w->makes_index = false;
	w->next = now_ms + (wait > rest ? wait : rest);
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
	ls_child_stop(w->pid, 0);
	w->pid = 0;
	close_answer(w);
	w->policy = NULL;
}
