/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/install.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/disks.h"
#include "host/supervisor/kvm_probe.h"
#include "host/supervisor/machine.h"
#include "host/supervisor/phase.h"
#include "host/supervisor/signals.h"
#include "host/supervisor/usb_device.h"
#include "lib/base/cleanup.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"

#define XML_MAX	 (1 << 18) /* bytes */
#define GRACE_MS 60000	   /* Windows shuts down in this time or not at all */
#define EXTRA_MS 10000
#define LOOK_MS	 500

struct install {
	const struct ls_policy *policy;
	const struct ls_domain_install *media;
	struct ls_run *run;
	int signals, channel, nothing; /* nothing: where a run would hold the FIFO */
	pid_t process;
	struct ls_vm_user user;
	struct ls_message_stream stream;
	char overlay[LS_POLICY_PATH_SIZE], folder[64];
	bool was_running;
};

static int take_signals(struct install *in, struct ls_error *err)
{
	in->signals = ls_signals_take(true, err);
	if (in->signals < 0)
		return in->signals;
	in->nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
	return in->nothing < 0
		       ? ls_fail_errno(err, errno, "install.nothing", "cannot open '/dev/null'")
		       : 0;
}

static int make_xml(struct install *in, int state_fd, struct ls_buffer *xml, struct ls_error *err)
{
	struct ls_usb_place usb[LS_POLICY_USB_MAX] = { 0 };
	bool kvm = false;
	const struct ls_domain_paths paths = {
		.overlay = in->overlay,
		.usb = usb,
		.install = in->media,
	};
	int rc = ls_accelerator_choose(in->policy, state_fd, &kvm, err);
	if (rc == 0)
		rc = ls_usb_find(LS_USB_SYSFS, in->policy, usb, err);
	return rc < 0 ? rc : ls_domain_xml(in->policy, kvm, &paths, xml, err);
}

static int start(struct install *in, int state_fd, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, XML_MAX);
	const struct ls_machine_place place = {
		.uri = in->policy->vm.connection == LS_CONNECT_EMBED ? "qemu:///embed"
								     : "qemu:///system",
		.folder = in->folder,
	};
	snprintf(in->folder, sizeof(in->folder), "%s/%s", in->run->folder, LS_MACHINE_FOLDER);
	ls_vm_user_find(&in->user);
	int rc = ls_disks_prepare_install(in->policy, &in->user, in->overlay, err);
	if (rc == 0)
		rc = make_xml(in, state_fd, &xml, err);
	if (rc == 0)
		rc = ls_machine_prepare(&place, &in->user, err);
	if (rc == 0)
		rc = ls_machine_spawn(&place, in->nothing, &in->process, &in->channel, err);
	if (rc < 0)
		return rc;
	ls_message_stream_init(&in->stream, in->channel);
	ls_run_note(in->run, "labseald-machine", in->process, NULL);
	return ls_message_send(in->channel, LS_MSG_MACHINE_START, xml.data, xml.size, err);
}

/* 1: it was switched off. */
static int on_message(struct install *in, const struct ls_message *m, struct ls_error *err)
{
	struct ls_machine_report report;
	struct ls_failed failed;
	char id[LS_ERROR_ID_SIZE];
	if (m->type == LS_MSG_MACHINE_FAILED && ls_decode_failed(m, &failed, err) == 0) {
		snprintf(id, sizeof(id), "%.*s", (int)failed.id.size, (const char *)failed.id.data);
		return ls_fail(err, -EIO, id, "%.*s", (int)failed.message.size,
			       (const char *)failed.message.data);
	}
	int rc = ls_machine_report_decode(m, &report, err);
	if (rc < 0)
		return rc;
	ls_log(LS_LOG_INFO, "machine.state", "the virtual machine '%s" LS_DOMAIN_INSTALL "' is %s",
	       in->policy->vm.name, report.state);
	ls_run_note(in->run, "qemu", report.pid, NULL);
	in->was_running = in->was_running || report.pid > 0;
	if (strcmp(report.state, "stopped") != 0 || !in->was_running)
		return 0;
	return strcmp(report.reason, "crashed") == 0
		       ? ls_fail(err, -EIO, "machine.crashed", "the virtual machine crashed")
		       : 1;
}

/* 1: the machine was switched off; 0: go on. */
static int serve(struct install *in, struct ls_error *err)
{
	struct ls_message m;
	int rc;
	while ((rc = ls_message_receive(&in->stream, &m, err)) == 1) {
		rc = on_message(in, &m, err);
		if (rc != 0)
			return rc;
	}
	if (rc == 0)
		return ls_fail(err, -EPIPE, "machine.closed",
			       "the virtual machine's process went away");
	return rc == -EAGAIN ? 0 : rc;
}

/* The guard's child is the one to reap libvirt's, which waits for it.  Whether an end is asked for.
 */
static bool take_signal(struct install *in)
{
	bool ended = ls_signals_asked(in->signals) > 0;
	pid_t pid;
	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		if (pid == in->process)
			in->process = 0;
	return ended;
}

/* Until it is off or an end is asked for: 0, or what went wrong. */
static int wait_for_end(struct install *in, struct ls_error *err)
{
	struct pollfd fds[] = { { .fd = in->channel, .events = POLLIN },
				{ .fd = in->signals, .events = POLLIN } };
	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return ls_fail_errno(err, errno, "install.wait", "cannot wait");
		if (fds[1].revents && take_signal(in))
			return 0;
		int rc = fds[0].revents ? serve(in, err) : 0;
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* As for a run, a stand-in guest has nothing to lose.  A second signal ends the waiting. */
static void stop_machine(struct install *in)
{
	int ms = in->policy->vm.connection == LS_CONNECT_EMBED ? 0 : GRACE_MS;
	uint8_t grace[4] = { 0, 0, (uint8_t)(ms >> 8), (uint8_t)ms };
	struct pollfd signals = { .fd = in->signals, .events = POLLIN };
	int64_t last = now_ms() + ms + EXTRA_MS;
	ls_message_send(in->channel, LS_MSG_MACHINE_STOP, grace, sizeof(grace), NULL);
	while (in->process > 0 && now_ms() < last) {
		if (poll(&signals, 1, LOOK_MS) > 0 && take_signal(in))
			break;
	}
	if (in->process > 0)
		ls_child_stop(in->process, EXTRA_MS);
	ls_run_kill_users(in->folder);
}

static void end(struct install *in)
{
	if (in->channel >= 0) {
		stop_machine(in);
		ls_message_stream_free(&in->stream);
		close(in->channel);
	}
	if (in->signals >= 0)
		close(in->signals);
	if (in->nothing >= 0)
		close(in->nothing);
}

int ls_install(const struct ls_policy *policy, int state_fd, struct ls_run *run,
	       const struct ls_domain_install *media)
{
	struct ls_error err = { 0 };
	const struct ls_phase phase = { .kind = LS_PHASE_INSTALLING };
	struct install in = { .policy = policy,
			      .media = media,
			      .run = run,
			      .signals = -1,
			      .channel = -1,
			      .nothing = -1 };
	int rc = take_signals(&in, &err);
	if (rc == 0)
		rc = ls_phase_write(state_fd, &phase, &err);
	if (rc == 0) {
		ls_log(LS_LOG_WARNING, "phase.install",
		       "INSTALL PHASE: the machine '%s" LS_DOMAIN_INSTALL "' is not locked, its "
		       "channel leads nowhere, and nothing is sealed until 'labseal lock'",
		       policy->vm.name);
		rc = start(&in, state_fd, &err);
	}
	if (rc == 0)
		rc = wait_for_end(&in, &err);
	end(&in);
	if (rc < 0)
		ls_log_error(&err);
	return rc < 0 ? LS_EXIT_FAILED : LS_EXIT_HOLDS;
}
