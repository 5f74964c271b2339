/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/disks.h"
#include "host/supervisor/state.h"
#include "host/supervisor/supervisor.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"
#include "policy/domain_xml.h"

#define XML_MAX	      (1 << 18) /* bytes */
#define START_MS      60000
#define GRACE_MS      60000 /* an instrument's Windows shuts down in this time or not at all */
#define STOP_EXTRA_MS 10000

/* --- files ------------------------------------------------------------------------------------ */

/* A copy that nobody else writes to, and only the VM's user reads, is what is measured and boots.
 */
static int copy_boot_file(struct ls_supervisor *s, const char *from, const char *name,
			  char path[static LS_SUPERVISOR_PATH_SIZE], struct ls_error *err)
{
	if (from[0] == '\0')
		return 0;
	snprintf(path, LS_SUPERVISOR_PATH_SIZE, "%s/%s", s->run->folder, name);
	int rc = ls_file_copy(AT_FDCWD, from, AT_FDCWD, path, 0440, err);
	if (rc == 0 && chown(path, geteuid(), s->vm_user.gid) < 0)
		rc = ls_fail_errno(err, errno, "machine.boot", "cannot hand over '%s'", path);
	return rc;
}

static struct ls_machine_place place(const struct ls_supervisor *s)
{
	return (struct ls_machine_place){
		.uri = s->policy->vm.connection == LS_CONNECT_EMBED ? "qemu:///embed"
								    : "qemu:///system",
		.folder = s->machine_folder,
	};
}

int ls_machine_files(struct ls_supervisor *s, struct ls_error *err)
{
	snprintf(s->fifo_path, sizeof(s->fifo_path), "%s/%s", s->run->folder, LS_FIFO_NAME);
	snprintf(s->machine_folder, sizeof(s->machine_folder), "%s/%s", s->run->folder,
		 LS_MACHINE_FOLDER);
	ls_vm_user_find(&s->vm_user);
	int rc = copy_boot_file(s, s->policy->vm.boot.kernel, "kernel", s->kernel, err);
	if (rc == 0)
		rc = copy_boot_file(s, s->policy->vm.boot.initrd, "initrd", s->initrd, err);
	if (rc == 0)
		rc = ls_disks_prepare(s->policy, s->run->folder, &s->vm_user, s->overlay, err);
	if (rc == 0)
		rc = ls_fifo_create(s->fifo_path, &s->vm_user, &s->fifo, err);
	return rc;
}

/* --- the channel ------------------------------------------------------------------------------ */

static const char *hold_word(enum ls_fifo_hold hold)
{
	return hold == LS_FIFO_WRITE_ONLY ? "write-only"
	       : hold == LS_FIFO_CAN_READ ? "readable"
					  : "none";
}

int ls_machine_check_channel(struct ls_supervisor *s, struct ls_error *err)
{
	enum ls_fifo_hold hold;
	if (s->status.vm.pid == 0)
		return 0;
	int rc = ls_fifo_held_by(&s->fifo, s->status.vm.pid, &hold, err);
	if (rc == -ENOENT)
		return 0; /* it ended between two looks: libvirt will say so */
	if (rc < 0)
		return rc;
	s->status.qemu_descriptor = hold_word(hold);
	if (hold == LS_FIFO_WRITE_ONLY && strcmp(s->status.vm.facts.channel, "file") == 0)
		return 0;
	return ls_fail(err, -EPERM, "channel.two-way",
		       "the channel is not one-way: QEMU's descriptor of it is %s and its type in "
		       "libvirt is '%s'; the virtual machine is stopped",
		       hold_word(hold), s->status.vm.facts.channel);
}

/* --- what its process says ----------------------------------------------------------------- */

static void machine_trouble(struct ls_supervisor *s, const struct ls_error *err)
{
	if (s->machine_failed || s->is_stopping)
		return;
	s->machine_failed = true;
	s->machine_error = *err;
}

/* At the first word that it runs: it is on record, whatever comes of this start. */
static void note_start(struct ls_supervisor *s)
{
	s->was_running = true;
	s->running_since = time(NULL);
	ls_seal_event(s, "vm-start", "started");
}

void ls_machine_tell_reboots(struct ls_supervisor *s)
{
	char reason[32];
	unsigned more = s->status.vm.reboots - s->reboots_told;
	if (more == 0 || ls_now_ms() < s->reboots_next)
		return;
	s->reboots_next = ls_now_ms() + ls_back_off_next(&s->reboots, ls_now_ms());
	s->reboots_told = s->status.vm.reboots;
	ls_log(LS_LOG_WARNING, "machine.reboot",
	       "the guest of '%s' was started anew %u time%s, by itself or by who sits before it",
	       s->policy->vm.name, more, more == 1 ? "" : "s");
	snprintf(reason, sizeof(reason), "guest, times: %u", more);
	ls_seal_event(s, "vm-reboot", reason);
}

static int on_report(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_machine_report report;
	int rc = ls_machine_report_decode(m, &report, err);
	if (rc < 0)
		return rc;
	if (strcmp(report.state, s->status.vm.state) != 0)
		ls_log(LS_LOG_INFO, "machine.state", "the virtual machine '%s' is %s%s%s",
		       s->policy->vm.name, report.state, report.reason[0] ? ": " : "",
		       report.reason);
	/* the last word on a stopped machine keeps what was known of the running one */
	pid_t old = s->status.vm.pid;
	s->status.vm = report;
	s->status_changed = true;
	if (!s->was_running && strcmp(report.state, "running") == 0)
		note_start(s);
	ls_machine_tell_reboots(s);
	rc = report.pid > 0 ? ls_machine_check_channel(s, err) : 0;
	/* whom the next run may kill is not for the VM's process to say: it must hold the channel
	 */
	if (rc == 0 && report.pid != old)
		ls_note_process(s, "qemu", report.pid);
	return rc;
}

static int on_failed(const struct ls_message *m, struct ls_error *err)
{
	struct ls_failed failed;
	char id[LS_ERROR_ID_SIZE];
	int rc = ls_decode_failed(m, &failed, err);
	if (rc < 0)
		return rc;
	snprintf(id, sizeof(id), "%.*s", (int)failed.id.size, (const char *)failed.id.data);
	return ls_fail(err, -EIO, id, "%.*s", (int)failed.message.size,
		       (const char *)failed.message.data);
}

static int handle(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	if (m->type == LS_MSG_MACHINE_REPORT)
		return on_report(s, m, err);
	if (m->type == LS_MSG_MACHINE_JUDGED)
		return ls_drift_take(s, m, err);
	if (m->type == LS_MSG_MACHINE_USB_DONE)
		return ls_usb_watch_take(s, m, err);
	if (m->type == LS_MSG_MACHINE_FAILED)
		return on_failed(m, err);
	return ls_fail(err, -EPROTO, "machine.message",
		       "the virtual machine's process sent a message of type 0x%04x", m->type);
}

static void close_channel(struct ls_supervisor *s)
{
	if (s->machine_fd < 0)
		return;
	ls_message_stream_free(&s->machine_stream);
	close(s->machine_fd);
	s->machine_fd = -1;
}

void ls_machine_serve(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	struct ls_message m;
	int rc;
	while ((rc = ls_message_receive(&s->machine_stream, &m, &err)) == 1) {
		rc = handle(s, &m, &err);
		if (rc < 0)
			machine_trouble(s, &err);
	}
	if (rc == -EAGAIN)
		return;
	if (rc == 0)
		ls_fail(&err, -EPIPE, "machine.closed", "the virtual machine's process went away");
	machine_trouble(s, &err);
	close_channel(s);
}

/* --- start and end -----------------------------------------------------------------------------
 */

int ls_machine_xml(const struct ls_supervisor *s, const struct ls_usb_place *usb,
		   struct ls_buffer *ret_xml, struct ls_error *err)
{
	const struct ls_domain_paths paths = {
		.fifo = s->fifo_path,
		.overlay = s->overlay[0] ? s->overlay : NULL,
		.kernel = s->kernel[0] ? s->kernel : NULL,
		.initrd = s->initrd[0] ? s->initrd : NULL,
		.usb = usb,
	};
	ls_buffer_init(ret_xml, XML_MAX);
	return ls_domain_xml(s->policy, s->kvm, &paths, ret_xml, err);
}

static int note_xml(const struct ls_supervisor *s, const struct ls_buffer *xml,
		    struct ls_error *err)
{
	return ls_file_replace(s->state_fd, LS_STATE_XML, xml->data, xml->size, 0644, err);
}

int ls_machine_note_xml(const struct ls_supervisor *s, const struct ls_usb_place *usb,
			struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer xml;
	int rc = ls_machine_xml(s, usb, &xml, err);
	return rc < 0 ? rc : note_xml(s, &xml, err);
}

int ls_machine_open(struct ls_supervisor *s, struct ls_error *err)
{
	const struct ls_machine_place here = place(s);
	s->machine_failed = false;
	s->status.vm = (struct ls_machine_report){ 0 };
	s->is_looked_at = false;
	int rc = ls_machine_prepare(&here, &s->vm_user, err);
	if (rc == 0)
		rc = ls_machine_spawn(&here, s->fifo.held, &s->machine_pid, &s->machine_fd, err);
	if (rc < 0)
		return rc;
	ls_message_stream_init(&s->machine_stream, s->machine_fd);
	ls_note_process(s, "labseald-machine", s->machine_pid);
	return 0;
}

static int order_start(struct ls_supervisor *s, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer xml = { 0 };
	int rc = ls_usb_watch_start(s, err);
	if (rc < 0)
		return rc;
	rc = ls_machine_xml(s, s->usb.attached, &xml, err);
	if (rc == 0)
		rc = note_xml(s, &xml, err);
	if (rc == 0 && s->machine_fd < 0 && !s->machine_failed)
		rc = ls_machine_open(s, err);
	if (rc == 0 && s->machine_fd >= 0)
		rc = ls_message_send(s->machine_fd, LS_MSG_MACHINE_START, xml.data, xml.size, err);
	/* what it said before it went is better than that it cannot be talked to */
	return rc == -EPIPE ? 0 : rc;
}

static bool running_or_failed(const struct ls_supervisor *s)
{
	return s->machine_failed || s->was_running;
}

int ls_machine_start(struct ls_supervisor *s, struct ls_error *err)
{
	s->status.vm.reboots = s->reboots_told = 0;
	int rc = order_start(s, err);
	if (rc < 0)
		return rc;
	rc = ls_pump(s, running_or_failed, START_MS);
	if (s->machine_failed) {
		*err = s->machine_error;
		return err->code;
	}
	if (rc == -EINTR)
		return ls_fail(err, rc, "machine.interrupted", "the start was interrupted");
	if (rc < 0)
		return ls_fail(err, rc, "machine.late",
			       "the virtual machine did not start within %d s", START_MS / 1000);
	return 0;
}

static bool is_gone(const struct ls_supervisor *s)
{
	return s->machine_pid == 0;
}

void ls_machine_end(struct ls_supervisor *s)
{
	/* a stand-in guest has nothing to lose; an instrument's Windows has, but what a machine
	 * does that is not the approved one any more is not waited for */
	bool drifted = s->answered_at > 0 && s->policy->on_drift == LS_DRIFT_STOP_VM;
	bool at_once = s->policy->vm.connection == LS_CONNECT_EMBED || s->hurry || drifted;
	uint32_t grace = at_once ? 0 : GRACE_MS;
	uint8_t body[4] = { (uint8_t)(grace >> 24), (uint8_t)(grace >> 16), (uint8_t)(grace >> 8),
			    (uint8_t)grace };
	bool was_stopping = s->is_stopping;
	s->is_stopping = true;
	if (s->machine_fd >= 0 &&
	    ls_message_send(s->machine_fd, LS_MSG_MACHINE_STOP, body, sizeof(body), NULL) == 0)
		ls_pump(s, is_gone, (int)grace + STOP_EXTRA_MS);
	close_channel(s);
	if (s->machine_pid > 0)
		ls_child_stop(s->machine_pid, STOP_EXTRA_MS);
	s->machine_pid = 0;
	ls_note_process(s, "labseald-machine", 0);
	/* what its process could not end; in the demo QEMU names the run folder */
	if (s->status.vm.pid > 0 && ls_run_kill_users(s->machine_folder) > 0)
		ls_log(LS_LOG_WARNING, "machine.killed", "QEMU had to be killed");
	s->status.vm.pid = 0;
	snprintf(s->status.vm.state, sizeof(s->status.vm.state), "stopped");
	ls_note_process(s, "qemu", 0);
	s->is_stopping = was_stopping;
}
