/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <string.h>

#include "host/supervisor/supervisor.h"
#include "lib/base/log.h"
#include "lib/proc/protocol.h"

#define FIFO_MS	   2000 /* to read what QEMU had written */
#define DRAIN_MS   5000 /* to seal the files that are whole */
#define SEAL_MS	   5000 /* to seal vm-stop */
#define ENCLAVE_MS 3000
#define GRACE_MS   1000

static bool fifo_is_empty(const struct ls_supervisor *s)
{
	return ls_fifo_waiting(&s->fifo) == 0 || s->children.pids[LS_CHILD_DIODE] == 0;
}

static bool diode_is_gone(const struct ls_supervisor *s)
{
	return s->children.pids[LS_CHILD_DIODE] == 0;
}

static bool events_are_sealed(const struct ls_supervisor *s)
{
	return s->events.count == 0 || s->children.pids[LS_CHILD_ENCLAVE] == 0;
}

static bool sealers_are_gone(const struct ls_supervisor *s)
{
	return s->children.pids[LS_CHILD_ENCLAVE] == 0 && s->children.pids[LS_CHILD_PUBLISH] == 0;
}

/* In short steps: nothing tells when a FIFO is empty. */
static void drain_fifo(struct ls_supervisor *s)
{
	int64_t end = ls_now_ms() + FIFO_MS;
	while (!fifo_is_empty(s) && ls_now_ms() < end && !s->hurry)
		ls_pump(s, fifo_is_empty, 20);
}

static void drain_queue(struct ls_supervisor *s)
{
	pid_t diode = s->children.pids[LS_CHILD_DIODE];
	if (diode <= 0)
		return;
	kill(diode, SIGTERM);
	if (ls_pump(s, diode_is_gone, DRAIN_MS) < 0)
		ls_log(LS_LOG_WARNING, "stop.queue",
		       "not all that came from the guest is sealed yet; it is kept and sealed at "
		       "the next start");
}

static void seal_stop(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	ls_signing_announce(s);
	if (s->was_running)
		ls_seal_event(s, "vm-stop",
			      s->status.vm.reason[0] ? s->status.vm.reason : "stopped");
	if (s->is_ready && ls_pump(s, events_are_sealed, SEAL_MS) < 0)
		ls_log(LS_LOG_WARNING, "stop.event", "the machine's stop could not be sealed");
	if (s->is_ready && s->children.channel >= 0 &&
	    ls_message_send(s->children.channel, LS_MSG_STOP, NULL, 0, &err) == 0)
		ls_pump(s, sealers_are_gone, ENCLAVE_MS);
}

void ls_supervisor_stop(struct ls_supervisor *s)
{
	s->is_stopping = true;
	ls_notify_stopping(&s->notify);
	ls_status_changed(s, "stopping");
	if (s->machine_pid > 0)
		ls_machine_end(s);
	if (s->is_ready && ls_tpm_is_stuck(s)) {
		ls_log(LS_LOG_WARNING, "stop.tpm",
		       "the TPM does not answer: what is not sealed yet is kept, and sealed at "
		       "the next start");
	} else if (s->is_ready) {
		drain_fifo(s);
		drain_queue(s);
		seal_stop(s);
	}
	ls_signing_end(s, s->hurry ? 0 : GRACE_MS);
	ls_tpm_holder_close(&s->tpm);
	ls_note_process(s, "swtpm", 0);
}
