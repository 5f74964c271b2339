/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/append_only.h"
#include "host/supervisor/approval_event.h"
#include "host/supervisor/enclave_start.h"
#include "host/supervisor/key_material.h"
#include "host/supervisor/start_message.h"
#include "host/supervisor/state.h"
#include "host/supervisor/supervisor.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/proc/protocol.h"
#include "lib/seal/manifest.h"
#include "lib/tpm/nv.h"
#include "lib/tpm/transport.h"

#define COMMAND_MS 20000 /* for one of the enclave's TPM commands; none of them makes a key */
#define SETTLE_MS  1000	 /* for the answer to the last of them */
#define READY_MS   30000 /* from the start of the enclave to its first signature */

/* --- what the enclave says ------------------------------------------------------------------ */

static int on_tpm_command(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	int rc = ls_broker_take(&s->broker, m, ls_now_ms(), err);
	/* the enclave never asks for what it may not have: something is wrong with it */
	if (rc == 1)
		ls_log(LS_LOG_WARNING, "broker.refused", "%s", err->message);
	return rc < 0 ? rc : 0;
}

static int on_ready(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	(void)m;
	s->is_ready = true;
	s->status_changed = true;
	/* it may have been told meanwhile, and not have been ready for it */
	int rc = ls_calibration_send(s, err);
	return rc < 0 ? rc : ls_events_send(&s->events, 0, s->children.channel, err);
}

/* What this was sealed as stays; a host that cannot have that is told once. */
static void keep_sealed(struct ls_supervisor *s, const struct ls_sealed *sealed)
{
	struct tm utc;
	struct ls_error err = { 0 };
	char label[LS_SAFE_NAME_SIZE], folder[LS_SEAL_FOLDER_SIZE], path[LS_SEAL_FOLDER_SIZE + 16];
	time_t received = (time_t)(sealed->host_time / 1000000000);
	if (s->policy->development || s->append_only_failed || !gmtime_r(&received, &utc))
		return;
	snprintf(label, sizeof(label), "%.*s", (int)sealed->label.size,
		 (const char *)sealed->label.data);
	snprintf(path, sizeof(path), "%s/%04d/%s", sealed->is_event ? "events" : "results",
		 utc.tm_year + 1900, ls_seal_folder(sealed->seal, label, folder));
	int rc = ls_append_only_seal(s->share_fd, path, &err);
	if (rc == 0)
		rc = ls_append_only_tiles(s->share_fd, sealed->seal, &err);
	snprintf(s->status.append_only, sizeof(s->status.append_only), "%s",
		 rc < 0 ? err.message : "yes");
	if (rc < 0)
		ls_log(LS_LOG_WARNING, err.id, "%s", err.message);
	s->append_only_failed = rc == -ENOTSUP || rc == -EPERM;
}

static int on_sealed(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_sealed sealed;
	int rc = ls_decode_sealed(m, &sealed, err);
	if (rc < 0)
		return rc;
	s->status.sealed += sealed.count > 1 ? sealed.count : 1;
	s->status.last_seal = sealed.seal;
	s->status.last_time = sealed.host_time / 1000000000;
	snprintf(s->status.last_label, sizeof(s->status.last_label), "%.*s", (int)sealed.label.size,
		 (const char *)sealed.label.data);
	if (!sealed.is_event) {
		s->status.last_result.number = sealed.seal;
		s->status.last_result.time = s->status.last_time;
		memcpy(s->status.last_result.label, s->status.last_label,
		       sizeof(s->status.last_result.label));
	}
	s->status_changed = true;
	keep_sealed(s, &sealed);
	ls_log(LS_LOG_INFO, "sealed", "%s %llu: %s", sealed.is_event ? "event" : "result",
	       (unsigned long long)sealed.seal, s->status.last_label);
	return 0;
}

static int on_event_done(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_event_done done;
	int rc = ls_decode_event_done(m, &done, err);
	if (rc < 0)
		return rc;
	ls_events_done(&s->events, &done.key);
	ls_handed_in_sealed(s, &done.key, done.seal);
	return 0;
}

/* Its last words become our error. */
static int on_failed(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_failed failed;
	char id[LS_ERROR_ID_SIZE];
	(void)s;
	int rc = ls_decode_failed(m, &failed, err);
	if (rc < 0)
		return rc;
	snprintf(id, sizeof(id), "%.*s", (int)failed.id.size, (const char *)failed.id.data);
	s->no_restart = s->no_restart || strcmp(id, "enclave.unconfined") == 0 ||
			strncmp(id, "hsm.pin.", strlen("hsm.pin.")) == 0;
	return ls_fail(err, -EIO, id, "%.*s", (int)failed.message.size,
		       (const char *)failed.message.data);
}

static const struct {
	uint32_t type;
	int (*handle)(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err);
} handlers[] = {
	{ LS_MSG_TPM_COMMAND, on_tpm_command }, { LS_MSG_READY, on_ready },
	{ LS_MSG_SEALED, on_sealed },		{ LS_MSG_EVENT_DONE, on_event_done },
	{ LS_MSG_FAILED, on_failed },
};

static int handle(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err)
{
	for (size_t i = 0; i < sizeof(handlers) / sizeof(handlers[0]); i++)
		if (handlers[i].type == m->type)
			return handlers[i].handle(s, m, err);
	return ls_fail(err, -EPROTO, "signing.message",
		       "the enclave sent a message of type 0x%04x, which it may not", m->type);
}

void ls_signing_serve(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	struct ls_message m;
	int rc = 1;
	while (rc == 1 && !s->signing_failed && s->children.channel >= 0) {
		rc = ls_message_receive(&s->children.stream, &m, &err);
		int handled = rc == 1 ? handle(s, &m, &err) : 0;
		rc = handled < 0 ? handled : rc;
	}
	if (rc == 0)
		ls_fail(&err, -EPIPE, "signing.closed", "the enclave went away");
	if (rc == 0 && s->is_stopping) {
		close(s->children.channel);
		s->children.channel = -1;
		ls_message_stream_free(&s->children.stream);
	} else if (rc <= 0 && rc != -EAGAIN) {
		ls_signing_trouble(s, &err);
	}
}

void ls_signing_serve_tpm(struct ls_supervisor *s, bool ready)
{
	struct ls_error err = { 0 };
	if (ls_broker_serve(&s->broker, ready, ls_now_ms(), &err) < 0 && !s->signing_failed)
		ls_signing_trouble(s, &err);
}

/* --- start and end ---------------------------------------------------------------------------- */

/* Its process waits, in its root, until what is there was compared with the approvals. */
static int prepare_enclave(struct ls_supervisor *s, struct ls_error *err)
{
	struct ls_error without = { 0 };
	ls_enclave_files_free(&s->enclave_files);
	int rc = ls_enclave_files_find(s->policy, &s->enclave_files, err);
	if (rc == 0)
		rc = ls_enclave_prepare(s->policy->development, &s->enclave_files, &s->enclave,
					&without, err);
	s->no_restart = s->no_restart || rc == -EOPNOTSUPP;
	if (rc == 0 && without.id[0])
		ls_log(LS_LOG_WARNING, without.id, "for development only: %s", without.message);
	return rc;
}

static int measure(struct ls_supervisor *s, struct ls_error *err)
{
	const struct ls_measured_files files = {
		.kernel = s->kernel[0] ? s->kernel : NULL,
		.initrd = s->initrd[0] ? s->initrd : NULL,
		.enclave = &s->enclave_files,
		.watch = { ls_progress, s },
	};
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_EVENT_LOG_SIZE_MAX);
	ls_measured_state_free(&s->measured);
	s->measured = (struct ls_measured_state){ 0 };
	int rc = ls_measure(s->policy, s->kvm, &files, &s->measured, err);
	if (rc < 0)
		return rc;
	s->status.measurement = s->measured.pcr23;
	if (ls_event_log_format(&s->measured.log, &text) < 0)
		return ls_fail(err, -ENOMEM, "signing.memory", "cannot write the event log");
	return ls_file_replace(s->state_fd, LS_STATE_EVENT_LOG, text.data, text.size, 0644, err);
}

/* Once for each time that it is opened; nothing of ours is under that protection. */
static void tell_lockout(const struct ls_supervisor *s)
{
	if (s->tpm.locked_out)
		ls_log(LS_LOG_WARNING, "tpm.lockout",
		       "the TPM is in dictionary-attack lockout: somebody tried passwords, or it "
		       "lost power too often; sealing goes on, but 'labseal provision' may be "
		       "refused; wait for its recovery time, or clear it with "
		       "'tpm2_dictionarylockout -c' and the lockout password in "
		       "state/keys/tpm-auth");
}

static int hold_tpm(struct ls_supervisor *s, struct ls_error *err)
{
	if (s->tpm.kind != 0)
		return 0; /* as it was left by an earlier start */
	const struct ls_tpm_waiter waiter = { ls_pump_for_tpm, s };
	if (s->tpm.held > 0)
		return ls_fail(err, -EBUSY, "tpm.busy",
			       "the TPM is still at work on what it was asked before it was let "
			       "go of; results wait in the queue");
	int rc = ls_tpm_holder_open(s->policy, &waiter, &s->tpm, err);
	if (rc == 0 && s->tpm.swtpm.pid > 0)
		ls_note_process(s, "swtpm", s->tpm.swtpm.pid);
	if (rc == 0 && s->tpm.relay.pid > 0)
		ls_note_process(s, LS_TPM_RELAY_NAME, s->tpm.relay.pid);
	if (rc == 0)
		tell_lockout(s);
	return rc;
}

static int send_start(struct ls_supervisor *s, struct ls_error *err)
{
	enum ls_key_kind kind;
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_MESSAGE_MAX);
	int rc = ls_key_kind_now(s->policy, s->state_fd, s->tpm.kind, &kind, err);
	if (rc < 0)
		return rc;
	s->status.signer_kind = ls_key_kind_name(kind);
	if (s->policy->signing.ed25519)
		s->status.ed25519_kind = ls_ed25519_kind_name(ls_ed25519_kind_beside(kind));
	rc = ls_start_message(s->policy, s->state_fd, &s->measured, &s->approval, kind,
			      &s->sample_files.samples, &body, err);
	if (rc == 0)
		rc = ls_message_send(s->children.channel, LS_MSG_START, body.data, body.size, err);
	if (body.data)
		explicit_bzero(body.data, body.size);
	return rc;
}

/* Before READY: so it is sealed before anything else (host/supervisor/approval_event.h). */
static int tell_approval(struct ls_supervisor *s, struct ls_error *err)
{
	uint64_t counter = 0;
	if (!ls_policy_has_tpm(s->policy))
		return 0;
	int rc = ls_approval_event_send(&s->approval, s->children.channel, err);
	if (rc == 0)
		rc = ls_tpm_counter_read(s->tpm.tpm, &counter, err);
	if (rc == 0)
		rc = ls_retired_event_send(s->state_fd, counter, s->children.channel, err);
	if (s->announced < s->approval.version)
		s->announced = s->approval.version;
	return rc;
}

static int tell_newer(struct ls_supervisor *s, struct ls_error *err)
{
	uint64_t last = 0;
	int rc = ls_approvals_last(s->state_fd, &last, err);
	while (rc == 0 && s->announced < last) {
		struct ls_approval newer;
		rc = ls_approvals_read(s->state_fd, s->announced + 1, &newer, NULL, err);
		if (rc == 0)
			rc = ls_approval_event_send(&newer, s->children.channel, err);
		s->announced++;
	}
	return rc;
}

void ls_signing_announce(struct ls_supervisor *s)
{
	struct ls_error err = { 0 };
	if (s->is_ready && ls_policy_has_tpm(s->policy) && tell_newer(s, &err) < 0)
		ls_log_error(&err);
}

static int start_children(struct ls_supervisor *s, struct ls_error *err)
{
	int rc = ls_children_start(s->policy, &s->enclave, s->fifo.read, s->spool_fd, s->share_fd,
				   s->stamps.folder_fd, &s->sample_files, &s->children, err);
	if (rc < 0)
		return rc;
	for (int i = 0; i < LS_CHILD_COUNT; i++)
		ls_note_process(s, ls_child_name(i), s->children.pids[i]);
	ls_note_process(s, LS_REPORTER_PROGRAM, s->children.reporter.pid);
	s->broker = (struct ls_broker){ .channel_fd = s->children.channel,
					.tpm_fd = s->tpm.fd,
					.timeout_ms = COMMAND_MS };
	return 0;
}

static bool ready_or_failed(const struct ls_supervisor *s)
{
	return s->is_ready || s->signing_failed;
}

static int wait_ready(struct ls_supervisor *s, struct ls_error *err)
{
	int rc = ls_pump(s, ready_or_failed, READY_MS);
	if (s->signing_failed) {
		*err = s->problem;
		return err->code;
	}
	if (rc == -EINTR)
		return ls_fail(err, rc, "signing.interrupted", "the start was interrupted");
	return rc < 0 ? ls_fail(err, rc, "signing.late", "the enclave was not ready within %d s",
				READY_MS / 1000)
		      : 0;
}

int ls_signing_start(struct ls_supervisor *s, struct ls_error *err)
{
	s->signing_failed = s->is_ready = false;
	int rc = prepare_enclave(s, err);
	if (rc == 0)
		rc = measure(s, err);
	if (rc == 0)
		rc = ls_approvals_find(s->state_fd, &s->measured, &s->approval, err);
	if (rc == 0)
		rc = ls_sample_files_open(s->policy, &s->sample_files, err);
	if (rc == 0)
		rc = hold_tpm(s, err);
	if (rc == 0)
		rc = ls_tpm_holder_measure(&s->tpm, &s->measured.log, err);
	if (rc == 0)
		rc = start_children(s, err);
	if (rc == 0)
		rc = send_start(s, err);
	if (rc == 0)
		rc = ls_calibration_send(s, err);
	if (rc == 0)
		rc = tell_approval(s, err);
	if (rc == 0)
		rc = wait_ready(s, err);
	ls_enclave_process_close(&s->enclave); /* one that did not run */
	ls_sample_files_close(&s->sample_files);
	if (rc < 0)
		return rc;
	s->status.approval = s->approval.version;
	ls_log(LS_LOG_INFO, "signing.ready",
	       "the enclave seals, with approval %llu and a key in: %s",
	       (unsigned long long)s->approval.version, s->status.signer_kind);
	return 0;
}

static bool tpm_is_free(const struct ls_supervisor *s)
{
	return !s->broker.busy;
}

/* What the enclave had asked last is answered, to nobody, or the TPM is in the middle of it. */
static void settle_tpm(struct ls_supervisor *s)
{
	s->broker.channel_fd = -1;
	if (s->broker.busy && !ls_tpm_is_stuck(s))
		ls_pump(s, tpm_is_free, SETTLE_MS);
	s->broker.tpm_failed = s->broker.tpm_failed || s->broker.busy;
	s->broker.busy = false;
}

void ls_signing_end(struct ls_supervisor *s, int grace_ms)
{
	struct ls_error err = { 0 };
	s->is_ready = false;
	ls_countersign_stop(&s->countersign);
	ls_countersign_again(&s->countersign);
	ls_stamps_again(&s->stamps);
	ls_children_stop(&s->children, grace_ms);
	for (int i = 0; i < LS_CHILD_COUNT; i++)
		ls_note_process(s, ls_child_name(i), 0);
	ls_note_process(s, LS_REPORTER_PROGRAM, 0);
	settle_tpm(s);
	/*
	 * A TPM that cannot do it, or that failed in the middle of a command, is let go of: a
	 * new one, or a device that is opened anew, starts with no session.
	 */
	if (s->tpm.swtpm.pid >= 0 && !s->broker.tpm_failed &&
	    ls_tpm_holder_revoke(&s->tpm, &err) == 0)
		return;
	s->broker.tpm_failed = false;
	if (err.message[0])
		ls_log_error(&err);
	ls_tpm_holder_abandon(&s->tpm);
	ls_note_process(s, "swtpm", 0);
	ls_note_process(s, LS_TPM_RELAY_NAME, 0);
}
