/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseald's work: one thread, one loop (loop.c), a start (signing.c,
 * virtual_machine.c) and a stop (stop.c) that each wait in that loop.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_SUPERVISOR_H
#define LABSEAL_HOST_SUPERVISOR_SUPERVISOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/supervisor/approval.h"
#include "host/supervisor/back_off.h"
#include "host/supervisor/broker.h"
#include "host/supervisor/calibration_watch.h"
#include "host/supervisor/children.h"
#include "host/supervisor/countersign.h"
#include "host/supervisor/enclave_files.h"
#include "host/supervisor/enclave_process.h"
#include "host/supervisor/events.h"
#include "host/supervisor/fifo.h"
#include "host/supervisor/machine.h"
#include "host/supervisor/measure.h"
#include "host/supervisor/notify.h"
#include "host/supervisor/rundir.h"
#include "host/supervisor/stamps.h"
#include "host/supervisor/status.h"
#include "host/supervisor/tpm_holder.h"
#include "host/supervisor/usb_watch.h"
#include "host/supervisor/vm_user.h"
#include "lib/base/error.h"
#include "policy/policy.h"

#define LS_SUPERVISOR_PATH_SIZE 128

/* What was said of the instrument's calibration, so that it is said once. */
struct ls_calibration_told {
	enum ls_calibration_verdict verdict; /* not checked: nothing yet */
	char reason[LS_CALIBRATION_REASON_SIZE];
	bool hold;
	struct ls_digest due_report; /* which was warned of, ... */
	int64_t due_warned;	     /* ... and when, seconds since 1970 */
};

/* One run.  All descriptors are -1 when they are not open. */
struct ls_supervisor {
	const struct ls_policy *policy;
	int state_fd;	    /* borrowed */
	struct ls_run *run; /* borrowed */
	int ready_fd;	    /* owned */
	int signal_fd, spool_fd, share_fd;
	bool kvm;
	char kernel[LS_SUPERVISOR_PATH_SIZE]; /* in the run folder */
	char initrd[LS_SUPERVISOR_PATH_SIZE];
	char overlay[LS_POLICY_PATH_SIZE]; /* there, or beside the image */
	char fifo_path[LS_SUPERVISOR_PATH_SIZE];
	char machine_folder[LS_SUPERVISOR_PATH_SIZE];
	struct ls_vm_user vm_user;
	struct ls_fifo fifo;

	struct ls_tpm_holder tpm;
	struct ls_enclave_files enclave_files;
	struct ls_enclave_process enclave; /* from its measurement to its run */
	struct ls_measured_state measured;
	struct ls_approval approval;
	uint64_t announced; /* the newest approval that the enclave was told of */
	struct ls_children children;
	struct ls_broker broker;
	int64_t tpm_since;   /* monotonic ms: since when our own command is under way; 0: none is */
	bool tpm_is_slow;    /* which was said */
	bool is_ready;	     /* the enclave seals */
	bool signing_failed; /* the signing group has to be started anew */
	/* Starting again is no use (a child cannot be confined here), or does harm (a token locks
	 * after some wrong PINs). */
	bool no_restart;

	pid_t machine_pid;
	int machine_fd;
	struct ls_message_stream machine_stream;
	bool machine_failed;
	struct ls_error machine_error;
	bool was_running;      /* vm-start is sealed or on its way */
	int64_t running_since; /* seconds since 1970 */
	unsigned reboots_told; /* of the machine's report, those that are sealed or on their way */
	int64_t reboots_next;  /* monotonic, ms: a guest in a loop is not told of each time */
	struct ls_back_off reboots;

	struct ls_usb_watch usb;

	struct ls_violations violations; /* of the last look at the machine */
	struct ls_violations answered;	 /* of the last look that was drift and is dealt with */
	int64_t answered_at;		 /* monotonic, ms; 0: there was no drift */
	bool is_looked_at;
	bool is_sealing_over; /* after a drift, until labseald is started anew */

	struct ls_events events;
	int64_t heartbeat_at; /* monotonic, ms: when the next one is due; 0: none was yet */
	struct ls_countersign countersign;
	struct ls_stamps stamps;
	struct ls_calibration_watch calibration;
	struct ls_calibration_told calibration_told;
	struct ls_sample_files sample_files; /* open while signing starts */
	struct ls_notify notify;
	struct ls_status status;
	int64_t status_written; /* monotonic, ms */
	int64_t progress_at; /* monotonic, ms: of the last look in the middle of something long */
	bool status_failed;  /* it could not be written, which was said */
	int64_t metrics_written;   /* monotonic, ms */
	const char *metrics_state; /* as it was written; static */
	bool append_only_failed; /* what is published is not kept by its file system, which was said
				  */
	bool metrics_failed;	 /* they could not be written, which was said */
	bool status_changed;

	struct ls_error problem; /* the first one since all was well */
	bool stop;		 /* asked to end */
	bool hurry;		 /* asked twice */
	bool is_stopping;	 /* children that end are expected to */
};

/*
 * The whole run, until a signal asks for the end or a start fails.  Returns an
 * exit status; the problem has been logged.
 */
int ls_supervise(const struct ls_policy *policy, int state_fd, struct ls_run *run, int ready_fd,
		 const struct ls_notify *notify);

/* --- loop.c --- */

int64_t ls_now_ms(void); /* monotonic */

/*
 * Serve what comes, until until() holds (0), timeout_ms are over (-ETIMEDOUT),
 * or an end is asked for and this is no stop (-EINTR).
 */
int ls_pump(struct ls_supervisor *s, bool (*until)(const struct ls_supervisor *s), int timeout_ms);

/*
 * Serve what comes while a command of our own is with the TPM (struct ls_tpm_waiter;
 * context: the supervisor), but for the enclave, whose commands would get in
 * between.  -EINTR: an end was asked for.
 */
int ls_pump_for_tpm(void *context, int fd, short events, int timeout_ms, struct ls_error *err);

/*
 * Serve what comes, without waiting, in the middle of something long (struct
 * ls_hash_watch; context: the supervisor).  -EINTR: an end was asked for.
 */
int ls_progress(void *context);

/* Whether an end was asked for, without waiting: between steps that cannot be interrupted. */
bool ls_stop_asked(struct ls_supervisor *s);

/* Log an error, show it in the status; signing has to start anew. */
void ls_signing_trouble(struct ls_supervisor *s, const struct ls_error *err);

void ls_status_changed(struct ls_supervisor *s, const char *state);
void ls_note_process(struct ls_supervisor *s, const char *name, pid_t pid);
void ls_show_problem(struct ls_supervisor *s, const struct ls_error *err);

/* Seal an event of the VM as soon as the enclave can. */
void ls_seal_event(struct ls_supervisor *s, const char *kind, const char *reason);

/* --- heartbeat.c --- */

/* Seal a heartbeat when one is due: the first one so long after the signing group's first start. */
void ls_heartbeat(struct ls_supervisor *s);

/* --- look.c --- */

/* Whole files and events that wait to be sealed: what the receiver said last of its spool. */
uint64_t ls_spool_waiting(int spool_fd);

/* Queue, disks, the guest's last sign of life, memory: into the status; a disk that fills is told.
 */
void ls_look_around(struct ls_supervisor *s);

/* --- signing.c --- */

/* Measure, compare with the approvals, start the children, wait until the enclave is ready. */
int ls_signing_start(struct ls_supervisor *s, struct ls_error *err);

/* End the children, then every use of the key. */
void ls_signing_end(struct ls_supervisor *s, int grace_ms);

/* Tell the enclave of approvals that were made since, while the present one holds. */
void ls_signing_announce(struct ls_supervisor *s);

/* One message from the enclave's channel, or its end. */
void ls_signing_serve(struct ls_supervisor *s);

/* Go on with the enclave's command that is with the TPM (ready: its descriptor is). */
void ls_signing_serve_tpm(struct ls_supervisor *s, bool ready);

/* The TPM was asked and says nothing for longer than it ever takes. */
bool ls_tpm_is_stuck(const struct ls_supervisor *s);

/* What was in trouble is started again: it is said to run.  A TPM that is silent is told of with
 * it, so that nobody reads that all is ready meanwhile. */
void ls_all_is_well(struct ls_supervisor *s);

/* --- virtual_machine.c --- */

/* Copies of what it boots, overlay, FIFO, folders: once. */
int ls_machine_files(struct ls_supervisor *s, struct ls_error *err);

/* Start its process, which sets libvirt up meanwhile. */
int ls_machine_open(struct ls_supervisor *s, struct ls_error *err);

/* Start it (and its process, if need be); waits until it runs and the channel is seen to be
 * one-way. */
int ls_machine_start(struct ls_supervisor *s, struct ls_error *err);

/* Log and seal that the guest was started anew, at once, and of many such after a while. */
void ls_machine_tell_reboots(struct ls_supervisor *s);

/* Stop it and its process. */
void ls_machine_end(struct ls_supervisor *s);

/* One message from the machine's process, or its end. */
void ls_machine_serve(struct ls_supervisor *s);

/* The kernel's word on the channel; -EPERM: it is not one-way. */
int ls_machine_check_channel(struct ls_supervisor *s, struct ls_error *err);

/* Its XML with the USB devices at these places (vm.usb_count of them); ret_xml is made. */
int ls_machine_xml(const struct ls_supervisor *s, const struct ls_usb_place *usb,
		   struct ls_buffer *ret_xml, struct ls_error *err);

/* Into the state folder, for `labseal audit`. */
int ls_machine_note_xml(const struct ls_supervisor *s, const struct ls_usb_place *usb,
			struct ls_error *err);

/* --- usb_watch.c --- */

/* Before the machine starts: which of the policy's devices it has from the start. */
int ls_usb_watch_start(struct ls_supervisor *s, struct ls_error *err);

/* Whether something came or left, while it runs; the machine's process is asked to follow. */
void ls_usb_watch_look(struct ls_supervisor *s);

/* Its answer, a message of USB_DONE: told and sealed when it is done, tried again when not. */
int ls_usb_watch_take(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err);

/* --- drift.c --- */

/* The machine's process has looked at it: a message of JUDGED. */
int ls_drift_take(struct ls_supervisor *s, const struct ls_message *m, struct ls_error *err);

/* Whether the machine is no longer what was started, in a way that was not answered yet. */
bool ls_has_drifted(const struct ls_supervisor *s);

/*
 * Seal that as an event, first; then do as the policy says.  0: go on, perhaps
 * without sealing; -EPERM ("machine.drift"): the machine is to be stopped.
 */
int ls_drift_answer(struct ls_supervisor *s, struct ls_error *err);

/* --- handed_in.c --- */

/* Look for countersignatures that were handed in, while the enclave seals. */
void ls_handed_in_look(struct ls_supervisor *s);

/* The process that looked at one has ended; an event was sealed. */
void ls_handed_in_judged(struct ls_supervisor *s, int status);
void ls_handed_in_sealed(struct ls_supervisor *s, const struct ls_digest *key, uint64_t seal);

/* --- calibration.c --- */

/* Whether the registry is to be asked again, or what asks it is late. */
void ls_calibration_look(struct ls_supervisor *s);

/* The process that asked it has ended. */
void ls_calibration_ended(struct ls_supervisor *s, int status);

/* What is known to the enclave, at once after START or later. */
int ls_calibration_send(struct ls_supervisor *s, struct ls_error *err);

/* --- stop.c --- */

/* Orderly: the machine, then what it sent, then vm-stop, then the key. */
void ls_supervisor_stop(struct ls_supervisor *s);

#endif
