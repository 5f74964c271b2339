/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/metrics.h"
#include "host/supervisor/signals.h"
#include "host/supervisor/supervisor.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/proc/child.h"
#include "lib/proc/confine.h"
#include "lib/proc/protocol.h"

#define DESCRIPTION_SIZE 64
#define TPM_SLOW_MS	 1500 /* the slowest take some 600 ms for a signature */
#define TPM_SILENT	 "the TPM does not answer since"
#define TPM_LOOK_MS	 250
#define PROGRESS_MS	 200

int64_t ls_now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* --- the status -------------------------------------------------------------------------- */

/* A machine that is off is silent on purpose; told again and again, so that it cannot be missed. */
static void tell_receiver(const struct ls_supervisor *s)
{
	pid_t receiver = s->children.pids[LS_CHILD_DIODE];
	if (receiver > 0 && !s->was_running)
		kill(receiver, LS_SIGNAL_MACHINE_OFF);
}

static void write_metrics(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	const char *path = s->policy->publish.metrics;
	bool is_same = s->metrics_state == s->status.state;
	if (path[0] == '\0' || (is_same && ls_now_ms() - s->metrics_written < LS_METRICS_EVERY_MS))
		return;
	s->metrics_written = ls_now_ms();
	s->metrics_state = s->status.state;
	bool failed = ls_metrics_write(path, &s->status, &err) < 0;
	if (failed && !s->metrics_failed)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
	s->metrics_failed = failed;
}

/* What `systemctl status` shows; the same as the first lines of labseal's. */
static void tell_manager(struct ls_supervisor *s)
{
	char text[LS_NOTIFY_TEXT_SIZE];
	const struct ls_status *status = &s->status;
	snprintf(text, sizeof(text), "%s: machine %s, signer %s, %llu sealed, %llu waiting%s%.256s",
		 status->state, status->vm.state[0] ? status->vm.state : "not started",
		 status->signer_state, (unsigned long long)status->sealed,
		 (unsigned long long)status->queue, status->problem[0] ? "; " : "",
		 status->problem);
	ls_notify_status(&s->notify, text);
}

static void write_status(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	struct ls_status *status = &s->status;
	ls_look_around(s);
	tell_receiver(s);
	status->signer_state = s->tpm_is_slow	   ? "waiting for the TPM"
			       : s->is_ready	   ? "ready"
			       : s->is_stopping	   ? "stopped"
			       : s->signing_failed ? "failed"
						   : "starting";
	s->status_written = ls_now_ms();
	s->status_changed = false;
	bool failed = ls_status_write(s->state_fd, status, &err) < 0;
	if (failed && !s->status_failed)
		ls_log_error(&err);
	s->status_failed = failed;
	write_metrics(s);
	tell_manager(s);
}

static void write_status_if_due(struct ls_supervisor *s)
{
	if (s->status_changed || ls_now_ms() - s->status_written >= LS_STATUS_EVERY_MS)
		write_status(s);
}

void ls_status_changed(struct ls_supervisor *s, const char *state)
{
	if (state)
		s->status.state = state;
	s->status_changed = true;
}

void ls_note_process(struct ls_supervisor *s, const char *name, pid_t pid)
{
	struct ls_error err = { 0 };
	ls_status_process(&s->status, name, pid);
	if (ls_run_note(s->run, name, pid, &err) < 0)
		ls_log_error(&err);
	s->status_changed = true;
}

/* The text may quote anything: what is no UTF-8 would break the JSON. */
void ls_show_problem(struct ls_supervisor *s, const struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 3 * sizeof(err->message));
	ls_text_escape(err->message, strlen(err->message), &text);
	snprintf(s->status.problem, sizeof(s->status.problem), "%s", ls_buffer_str(&text));
	s->status_changed = true;
}

void ls_signing_trouble(struct ls_supervisor *s, const struct ls_error *err)
{
	if (s->is_stopping || s->signing_failed)
		return; /* what follows from the first one is no news */
	s->signing_failed = true;
	s->is_ready = false;
	s->problem = *err;
	ls_log_error(err);
	ls_show_problem(s, err);
}

void ls_seal_event(struct ls_supervisor *s, const char *kind, const char *reason)
{
	struct ls_error err = { 0 };
	char run[2 * sizeof(s->events.run) + 1], detail[LS_EVENT_DETAIL_ROOM];
	ls_hex_encode(s->events.run, sizeof(s->events.run), run);
	/* a reason may be a child's word */
	bool is_plain = reason[strspn(reason, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					      "0123456789.,:_ -")] == '\0';
	snprintf(detail, sizeof(detail),
		 "{\"machine\": \"%s\", \"accelerator\": \"%s\", \"run\": \"%s\", \"reason\": "
		 "\"%s\"}",
		 s->policy->vm.name, s->kvm ? "kvm" : "tcg", run, is_plain ? reason : "unknown");
	if (ls_events_tell(&s->events, kind, detail, &err) < 0)
		ls_log_error(&err);
	if (s->is_ready &&
	    ls_events_send(&s->events, s->events.count - 1, s->children.channel, &err) < 0)
		ls_signing_trouble(s, &err);
}

/* --- processes that end ------------------------------------------------------------------- */

static void child_ended(struct ls_supervisor *s, enum ls_child child, int status)
{
	struct ls_error err = { 0 };
	char how[DESCRIPTION_SIZE];
	const char *name = ls_child_name(child);
	ls_note_process(s, name, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == LS_EXIT_UNCONFINED) {
		s->no_restart = true;
		ls_fail(&err, -EPERM, "child.unconfined",
			"%s cannot confine itself on this machine, as its line above says; only a "
			"policy with 'development: true' may go on without",
			name);
	} else {
		ls_fail(&err, -ECHILD, "child.ended", "%s %s", name,
			ls_child_describe(status, how, sizeof(how)));
	}
	/* another one's end may have been noticed first, by its closed socket: this tells why */
	if (s->signing_failed && !s->is_stopping)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
	ls_signing_trouble(s, &err);
}

static void machine_process_ended(struct ls_supervisor *s, int status)
{
	char how[DESCRIPTION_SIZE];
	s->machine_pid = 0;
	ls_note_process(s, "labseald-machine", 0);
	if (s->is_stopping || s->machine_failed)
		return;
	s->machine_failed = true;
	ls_fail(&s->machine_error, -ECHILD, "machine.ended", "the virtual machine's process %s",
		ls_child_describe(status, how, sizeof(how)));
}

static void process_ended(struct ls_supervisor *s, pid_t pid, int status)
{
	struct ls_error err = { 0 };
	char how[DESCRIPTION_SIZE];
	for (int i = 0; i < LS_CHILD_COUNT; i++)
		if (s->children.pids[i] == pid) {
			s->children.pids[i] = 0;
			child_ended(s, i, status);
			return;
		}
	if (pid == s->machine_pid) {
		machine_process_ended(s, status);
	} else if (pid == s->children.reporter.pid) {
		ls_note_process(s, LS_REPORTER_PROGRAM, 0);
		ls_reporter_ended(&s->children.reporter, status, ls_now_ms());
	} else if (pid == s->calibration.pid) {
		ls_calibration_ended(s, status);
	} else if (pid == s->countersign.pid) {
		ls_handed_in_judged(s, status);
	} else if (pid == s->tpm.swtpm.pid) {
		s->tpm.swtpm.pid = -1; /* gone: nothing to stop */
		ls_fail(&err, -ECHILD, "swtpm.ended", "the software TPM %s",
			ls_child_describe(status, how, sizeof(how)));
		ls_signing_trouble(s, &err);
	} else if (pid == s->tpm.relay.pid) {
		s->tpm.relay.pid = -1;
		ls_note_process(s, LS_TPM_RELAY_NAME, 0);
		ls_fail(&err, -ECHILD, "tpm.relay", "the process between labseald and the TPM %s",
			ls_child_describe(status, how, sizeof(how)));
		ls_signing_trouble(s, &err);
	} else if (pid == s->tpm.held) {
		s->tpm.held = 0; /* the TPM is done with what it was asked */
	} else if (pid == s->status.vm.pid) {
		ls_log(LS_LOG_INFO, "machine.qemu", "QEMU %s",
		       ls_child_describe(status, how, sizeof(how)));
		s->status.vm.pid = 0; /* its number may be another's before libvirt knows */
		ls_note_process(s, "qemu", 0);
	}
}

/* Also QEMU's, which libvirt lets go of: this process is their subreaper. */
static void reap(struct ls_supervisor *s)
{
	int status;
	pid_t pid;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		process_ended(s, pid, status);
}

static void take_signals(struct ls_supervisor *s)
{
	for (unsigned asked = ls_signals_asked(s->signal_fd); asked > 0; asked--) {
		s->hurry = s->stop;
		s->stop = true;
	}
}

bool ls_stop_asked(struct ls_supervisor *s)
{
	take_signals(s);
	reap(s); /* its signal may be among those just taken */
	return s->stop;
}

/* --- a TPM that says nothing ------------------------------------------------------------------ */

/* Since when something is with the TPM; 0: nothing is. */
static int64_t tpm_since(const struct ls_supervisor *s)
{
	return s->tpm_since > 0 ? s->tpm_since : s->broker.busy ? s->broker.since : 0;
}

bool ls_tpm_is_stuck(const struct ls_supervisor *s)
{
	int64_t since = tpm_since(s);
	return since > 0 && ls_now_ms() - since >= TPM_SLOW_MS;
}

static void tell_slow(struct ls_supervisor *s)
{
	char since[LS_UTC_SIZE];
	struct ls_error err = { 0 };
	int64_t ago = (ls_now_ms() - tpm_since(s)) / 1000;
	ls_fail(&err, -ETIMEDOUT, "tpm.silent",
		TPM_SILENT " %s; results wait in the queue, and are sealed when it does",
		ls_utc_format(time(NULL) - ago, since));
	ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
	ls_show_problem(s, &err);
	s->tpm_is_slow = true;
}

static void tell_whether_tpm_answers(struct ls_supervisor *s)
{
	bool stuck = ls_tpm_is_stuck(s);
	if (stuck && !s->tpm_is_slow)
		tell_slow(s);
	if (stuck || !s->tpm_is_slow)
		return;
	s->tpm_is_slow = false;
	s->status_changed = true;
	if (s->signing_failed) /* it did not come back: that is the problem now */
		return;
	ls_log(LS_LOG_INFO, "tpm.answers", "the TPM answers again");
	if (strncmp(s->status.problem, TPM_SILENT, strlen(TPM_SILENT)) == 0)
		s->status.problem[0] = '\0'; /* another one is not over by that */
}

void ls_all_is_well(struct ls_supervisor *s)
{
	/* a drift that was seen is shown until labseald is started anew */
	if (s->answered_at == 0)
		s->status.problem[0] = '\0';
	s->tpm_is_slow = false; /* where it still is, that is told anew: its words may be gone */
	tell_whether_tpm_answers(s);
	ls_status_changed(s, s->is_sealing_over ? "not sealing" : "running");
}

/* So that it is told in time. */
static int poll_time(const struct ls_supervisor *s, int timeout_ms)
{
	return tpm_since(s) > 0 && timeout_ms > TPM_LOOK_MS ? TPM_LOOK_MS : timeout_ms;
}

/* --- the loop ------------------------------------------------------------------------------ */

/* One that ended is started again, while the others go on. */
static void look_at_reporter(struct ls_supervisor *s)
{
	pid_t before = s->children.reporter.pid;
	if (s->is_stopping)
		return;
	ls_reporter_look(&s->children.reporter, ls_now_ms());
	if (s->children.reporter.pid != before)
		ls_note_process(s, LS_REPORTER_PROGRAM, s->children.reporter.pid);
}

static void serve_machine_and_ends(struct ls_supervisor *s, bool machine)
{
	if (machine)
		ls_machine_serve(s);
	take_signals(s);
	reap(s);
	look_at_reporter(s);
	tell_whether_tpm_answers(s);
	ls_handed_in_look(s);
	ls_calibration_look(s);
	ls_heartbeat(s);
	write_status_if_due(s);
	ls_notify_alive(&s->notify, ls_now_ms());
}

int ls_progress(void *context)
{
	struct ls_supervisor *s = context;
	if (ls_now_ms() - s->progress_at < PROGRESS_MS)
		return 0;
	s->progress_at = ls_now_ms();
	serve_machine_and_ends(s, false);
	return s->stop && !s->is_stopping ? -EINTR : 0;
}

static int serve(struct ls_supervisor *s, int timeout_ms)
{
	short tpm = ls_broker_events(&s->broker);
	struct pollfd fds[] = {
		{ .fd = s->signal_fd, .events = POLLIN },
		{ .fd = s->signing_failed ? -1 : s->children.channel, .events = POLLIN },
		{ .fd = s->machine_fd, .events = POLLIN },
		{ .fd = tpm ? s->broker.tpm_fd : -1, .events = tpm },
	};
	if (poll(fds, 4, poll_time(s, timeout_ms)) < 0 && errno != EINTR)
		return -errno;
	if (tpm)
		ls_signing_serve_tpm(s, fds[3].revents != 0);
	/* what a process said before it ended comes first: it says why */
	if (fds[1].revents)
		ls_signing_serve(s);
	serve_machine_and_ends(s, fds[2].revents != 0);
	return 0;
}

int ls_pump_for_tpm(void *context, int fd, short events, int timeout_ms, struct ls_error *err)
{
	struct ls_supervisor *s = context;
	int64_t end = ls_now_ms() + timeout_ms;
	int ready = 0;
	s->tpm_since = ls_now_ms();
	while (ready == 0 && ls_now_ms() < end) {
		struct pollfd fds[] = {
			{ .fd = s->signal_fd, .events = POLLIN },
			{ .fd = s->machine_fd, .events = POLLIN },
			{ .fd = fd, .events = events },
		};
		int64_t left = end - ls_now_ms();
		if (poll(fds, 3, poll_time(s, left > 0 ? (int)left : 0)) < 0 && errno != EINTR)
			ready = ls_fail_errno(err, errno, "tpm.poll", "cannot wait for the TPM");
		else if (fds[2].revents)
			ready = 1;
		serve_machine_and_ends(s, ready == 0 && fds[1].revents);
		if (ready == 0 && s->stop && (!s->is_stopping || ls_tpm_is_stuck(s)))
			ready = ls_fail(err, -EINTR, "tpm.interrupted",
					"the end was asked for while the TPM did not answer");
	}
	s->tpm_since = 0;
	tell_whether_tpm_answers(s);
	return ready;
}

int ls_pump(struct ls_supervisor *s, bool (*until)(const struct ls_supervisor *s), int timeout_ms)
{
	int64_t end = ls_now_ms() + timeout_ms;
	write_status_if_due(s);
	while (!until(s)) {
		int64_t left = end - ls_now_ms();
		if (left <= 0 || (s->is_stopping && s->hurry))
			return -ETIMEDOUT;
		if (s->stop && !s->is_stopping)
			return -EINTR;
		int rc = serve(s, (int)(left < LS_STATUS_EVERY_MS ? left : LS_STATUS_EVERY_MS));
		if (rc < 0)
			return rc;
	}
	return 0;
}
