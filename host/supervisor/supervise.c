/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/kvm_probe.h"
#include "host/supervisor/signals.h"
#include "host/supervisor/state.h"
#include "host/supervisor/supervisor.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/log.h"

#define LOOK_MS 100 /* to hear of all that ended together */
#define END_MS	200 /* for the rest of them to end in order */

static bool never(const struct ls_supervisor *s)
{
	(void)s;
	return false;
}

static int open_folders(struct ls_supervisor *s, struct ls_error *err)
{
	s->spool_fd = ls_children_folder(s->state_fd, LS_STATE_SPOOL, 0700, LS_CHILD_DIODE, err);
	if (s->spool_fd < 0)
		return s->spool_fd;
	s->share_fd = ls_children_folder(AT_FDCWD, s->policy->publish.share, 0755, LS_CHILD_PUBLISH,
					 err);
	if (s->share_fd < 0)
		return s->share_fd;
	/* without it the log has no time stamps, and results are sealed */
	struct ls_error why = { 0 };
	s->stamps.folder_fd = ls_stamps_open(s->policy, s->state_fd, &why);
	if (why.code)
		ls_log(LS_LOG_WARNING, why.id, "%s", why.message);
	return 0;
}

static void say_ready(struct ls_supervisor *s)
{
	ls_notify_ready(&s->notify);
	if (s->ready_fd < 0)
		return;
	int rc = ls_write_all(s->ready_fd, "READY\n", 6);
	if (rc < 0)
		ls_log(LS_LOG_WARNING, "supervise.ready", "nobody wants to know: %s",
		       strerror(-rc));
	close(s->ready_fd);
	s->ready_fd = -1;
}

static int start(struct ls_supervisor *s, struct ls_error *err)
{
	s->signal_fd = ls_signals_take(true, err);
	int rc = s->signal_fd < 0 ? s->signal_fd : 0;
	if (rc == 0)
		rc = ls_events_init(&s->events, err);
	ls_note_process(s, "labseald", getpid());
	if (rc == 0)
		rc = open_folders(s, err);
	if (rc == 0)
		rc = ls_machine_files(s, err);
	if (rc == 0)
		rc = ls_machine_open(s, err);
	if (rc == 0)
		rc = ls_accelerator_choose(s->policy, s->state_fd, &s->kvm, err);
	if (rc == 0 && ls_stop_asked(s))
		rc = ls_fail(err, -EINTR, "supervise.interrupted", "the start was interrupted");
	if (rc == 0)
		rc = ls_signing_start(s, err);
	if (rc == 0)
		rc = ls_machine_start(s, err);
	return rc;
}

/* --- while it runs -----------------------------------------------------------------------------
 */

static bool has_stopped(const struct ls_supervisor *s)
{
	return s->was_running && strcmp(s->status.vm.state, "stopped") == 0;
}

static bool has_trouble(const struct ls_supervisor *s)
{
	return (s->signing_failed && !s->is_sealing_over) || s->machine_failed || has_stopped(s) ||
	       ls_has_drifted(s);
}

/* Without our doing: the guest switched itself off, or QEMU crashed. */
static void note_stop(struct ls_supervisor *s)
{
	if (strcmp(s->status.vm.reason, "crashed") == 0) {
		s->machine_failed = true;
		ls_fail(&s->machine_error, -EIO, "machine.crashed",
			"the virtual machine '%s' crashed", s->policy->vm.name);
		return;
	}
	ls_log(LS_LOG_WARNING, "machine.off",
	       "the virtual machine was switched off; it is started at labseald's next start");
	ls_seal_event(s, "vm-stop", s->status.vm.reason);
	s->was_running = false;
	ls_status_changed(s, "machine off");
}

/* Tells until when. */
static int wait_for_next_try(struct ls_supervisor *s, int wait_ms)
{
	s->status.next_try = time(NULL) + wait_ms / 1000;
	s->status_changed = true;
	int rc = ls_pump(s, never, wait_ms);
	s->status.next_try = 0;
	return rc;
}

/* End what is left of the signing group and start it again, until it works or the end is asked for.
 */
static void restart_signing(struct ls_supervisor *s, struct ls_back_off *b)
{
	struct ls_error err = { 0 };
	ls_pump(s, never, LOOK_MS);
	ls_signing_end(s, END_MS);
	int wait_ms = ls_back_off_next(b, ls_now_ms());
	ls_status_changed(s, "not sealing");
	ls_log(LS_LOG_WARNING, "signing.restart",
	       "receiver, enclave and publisher are started again in %d s; the guest waits",
	       wait_ms / 1000);
	if (wait_for_next_try(s, wait_ms) == -EINTR)
		return;
	s->status.signer_restarts++;
	char why[LS_ERROR_ID_SIZE];
	snprintf(why, sizeof(why), "%s", s->problem.id);
	if (ls_signing_start(s, &err) == 0) {
		ls_seal_event(s, "signing-restart", why);
		ls_all_is_well(s);
		return;
	}
	if (!s->signing_failed)
		ls_signing_trouble(s, &err);
}

/* A machine that its guest switched off stays off; one that crashed is started again. */
static void machine_is_down(struct ls_supervisor *s, struct ls_back_off *b)
{
	struct ls_error err = s->machine_error;
	ls_log_error(&err);
	ls_show_problem(s, &err);
	if (s->was_running)
		ls_seal_event(s, "vm-stop",
			      s->status.vm.reason[0] ? s->status.vm.reason : "crashed");
	s->was_running = false;
	ls_machine_end(s);
	int wait_ms = ls_back_off_next(b, ls_now_ms());
	ls_status_changed(s, "machine down");
	ls_log(LS_LOG_WARNING, "machine.restart", "the virtual machine is started again in %d s",
	       wait_ms / 1000);
	s->machine_failed = false;
	if (wait_for_next_try(s, wait_ms) == -EINTR)
		return;
	s->status.vm_restarts++;
	if (ls_machine_start(s, &err) == 0)
		ls_all_is_well(s);
	else if (!s->machine_failed) {
		s->machine_failed = true;
		s->machine_error = err;
	}
}

/* Returns when the end is asked for, or nothing can be sealed any more: 0 or a negative errno. */
static int run(struct ls_supervisor *s, struct ls_error *err)
{
	struct ls_back_off signing = { 0 }, machine = { 0 };
	ls_status_changed(s, "running");
	while (!s->stop) {
		ls_pump(s, has_trouble, LS_STATUS_EVERY_MS);
		ls_signing_announce(s);
		ls_machine_tell_reboots(s);
		ls_usb_watch_look(s);
		if (!s->machine_failed && ls_machine_check_channel(s, err) == -EPERM)
			return err->code;
		if (s->no_restart) {
			*err = s->problem;
			return err->code;
		}
		if (ls_has_drifted(s) && !s->stop && ls_drift_answer(s, err) < 0)
			return err->code;
		if (s->signing_failed && !s->is_sealing_over && !s->stop)
			restart_signing(s, &signing);
		if (!s->machine_failed && has_stopped(s) && !s->stop)
			note_stop(s);
		if (s->machine_failed && !s->stop)
			machine_is_down(s, &machine);
	}
	return 0;
}

static void init(struct ls_supervisor *s, const struct ls_policy *policy, int state_fd,
		 struct ls_run *run_folder, int ready_fd, const struct ls_notify *notify)
{
	*s = (struct ls_supervisor){
		.policy = policy,
		.state_fd = state_fd,
		.run = run_folder,
		.ready_fd = ready_fd,
		.notify = *notify,
		.signal_fd = -1,
		.spool_fd = -1,
		.share_fd = -1,
		.stamps.folder_fd = -1,
		.machine_fd = -1,
		.fifo = { -1, -1 },
		.tpm.fd = -1,
		.children.channel = -1,
		.enclave.control = -1,
		.status = {
			.state = "starting",
			.started = time(NULL),
			.instrument = policy->instrument.id,
			.vm_name = policy->vm.name,
			.development = policy->development,
			.qemu_descriptor = "none",
			.signer_kind = "",
			.ed25519_kind = "",
			.signer_state = "starting",
			.violations = &s->violations,
			.is_looked_at = &s->is_looked_at,
		},
		.status_changed = true,
	};
	ls_calibration_watch_init(&s->calibration, policy, time(NULL));
	if (s->calibration.policy)
		s->status.calibration = &s->calibration.status;
}

static void close_all(struct ls_supervisor *s)
{
	ls_fifo_close(&s->fifo);
	ls_measured_state_free(&s->measured);
	ls_enclave_files_free(&s->enclave_files);
	const int fds[] = { s->ready_fd, s->spool_fd, s->share_fd, s->signal_fd,
			    s->stamps.folder_fd };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* What the caller's script can tell apart: not approved is a verdict, the rest a failure. */
static int exit_status(const struct ls_error *err)
{
	return strcmp(err->id, "approval.mismatch") == 0 || strcmp(err->id, "measure.disk") == 0 ||
			       strcmp(err->id, "sample.digest") == 0 ||
			       strcmp(err->id, "channel.two-way") == 0 ||
			       strcmp(err->id, "machine.drift") == 0 ||
			       strcmp(err->id, "tpm.retired") == 0 ||
			       strncmp(err->id, "enclave.log.", 12) == 0
		       ? LS_EXIT_DOES_NOT_HOLD
		       : LS_EXIT_FAILED;
}

int ls_supervise(const struct ls_policy *policy, int state_fd, struct ls_run *run_folder,
		 int ready_fd, const struct ls_notify *notify)
{
	struct ls_error err = { 0 };
	static struct ls_supervisor s; /* large, and one in a process */
	init(&s, policy, state_fd, run_folder, ready_fd, notify);
	int rc = start(&s, &err);
	if (rc == 0) {
		say_ready(&s);
		rc = run(&s, &err);
	} else if (s.stop) {
		rc = 0; /* asked to end while it started */
	}
	if (rc < 0 && strcmp(err.message, s.problem.message) != 0)
		ls_log_error(&err);
	if (rc < 0)
		ls_show_problem(&s, &err);
	ls_supervisor_stop(&s);
	ls_calibration_watch_stop(&s.calibration);
	ls_status_changed(&s, rc < 0 ? "failed" : "stopped");
	ls_pump(&s, never, 0);
	close_all(&s);
	return rc < 0 ? exit_status(&err) : LS_EXIT_HOLDS;
}
