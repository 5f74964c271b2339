/* SPDX-License-Identifier: Apache-2.0 */
/*
 * status.json in the state folder: what `labseal status` shows.  Replaced as a
 * whole at every change and at least every LS_STATUS_EVERY_MS, so that one that
 * is older tells of a labseald that hangs.  docs/formats/status-json.md is the page
 * for those who read it.
 *
 *     { "schema": "labseal/status/v1", "state": "running", "written": UTC,
 *       "started": UTC, "instrument": id, "development": bool,
 *       "vm": {"name", "state", "pid", "type", "restarts"},
 *       "channel": {"type": "file", "qemu_descriptor": "write-only", "other_ways": 0,
 *         "last_heard": UTC of the guest's last sign of life, "" for never,
 *         "silent": bool},
 *       "signer": {"kind": "software TPM", "ed25519": "sealed by a software TPM, software-held", ""
 *         without such a key, "state": "ready" or "starting", "waiting for the TPM",
 *         "failed", "stopped", "restarts"},
 *       "queue": files and events in the spool, "sealed": results and events since the start,
 *       "last_seal": {"number", "label", "time"}, "last_result": the same,
 *       "time_stamp": UTC of the last time stamp that was sealed since the start, "cosigned": UTC
 * of the last line that a witness gave; "" for none, "notary": who does not vouch, "" for nobody,
 *       "calibration": "off" or the verdict,
 *       "calibrated": {"device", "report", "performed", "due", "checked", "registry" (its time),
 *         "reason", "results": "sealed" or "kept"}, empty when it is off, "disk": {"spool":
 * {"free", "size" (bytes), "room": "enough", "low", "full" or "unknown"}, "share": the same},
 *       "append_only": text, "yes" or why what is published is not kept by its file system,
 *       "measurement": hex, "approval": number,
 *       "audit": {"looked": bool, "more": bool, "violations": [...] (violations_json.h)} of the
 *         last look at the machine,
 *       "next_try": UTC, "" unless something is to be started again,
 *       "problem": text, "" when there is none,
 *       "processes": [{"name", "pid", "memory_peak_kib"}] }
 */
#ifndef LABSEAL_HOST_SUPERVISOR_STATUS_H
#define LABSEAL_HOST_SUPERVISOR_STATUS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "host/supervisor/machine.h"
#include "host/supervisor/room.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/seal/calibration_status.h"
#include "policy/violations.h"

#define LS_STATUS_EVERY_MS	2000
#define LS_STATUS_PROCESSES_MAX 12
#define LS_STATUS_LABEL_SIZE	104
#define LS_STATUS_VIOLATIONS	16

struct ls_status_process {
	const char *name; /* static */
	pid_t pid;	  /* 0: ended; its peak is still shown */
	uint64_t peak_kib;
};

struct ls_status {
	const char *state; /* "starting", "running", "not sealing", "machine off", "machine down",
			    "stopping", "stopped", "failed" */
	int64_t started;   /* seconds since 1970 */
	const char *instrument, *vm_name;
	bool development;
	struct ls_machine_report vm;
	unsigned vm_restarts;
	const char *qemu_descriptor; /* "write-only", "readable", "none" */
	int64_t last_heard;	     /* seconds since 1970; 0: never */
	bool is_silent; /* it runs, and was not heard for longer than the policy allows */
	const char *signer_kind, *signer_state;
	const char *ed25519_kind; /* of the key of checkpoints' second line; "" without */
	unsigned signer_restarts;
	uint64_t queue, sealed;
	uint64_t last_seal; /* 0: none */
	char last_label[LS_STATUS_LABEL_SIZE];
	int64_t last_time; /* seconds since 1970 */
	struct {
		uint64_t number; /* 0: none since the start */
		char label[LS_STATUS_LABEL_SIZE];
		int64_t time; /* seconds since 1970 */
	} last_result;
	int64_t time_stamp,
		cosigned; /* the last ones, seconds since 1970; 0: none (since the start) */
	char notary[LS_ERROR_MESSAGE_SIZE]; /* who does not vouch for the log, "": nobody */
	const struct ls_calibration_status *calibration; /* NULL: none is watched */
	bool holds_results;				 /* ... and results wait for it */
	struct ls_room spool_room, share_room;
	/* whether the file system keeps what is published: "yes", why not, "" while nothing is
	 * sealed */
	char append_only[LS_ERROR_MESSAGE_SIZE];
	int64_t next_try; /* seconds since 1970; 0: nothing waits to be started again */
	struct ls_digest measurement;
	uint64_t approval;
	const struct ls_violations *violations; /* may be NULL: not looked at */
	const bool *is_looked_at;
	char problem[LS_ERROR_MESSAGE_SIZE];
	size_t process_count;
	struct ls_status_process processes[LS_STATUS_PROCESSES_MAX];
};

int ls_status_write(int state_fd, const struct ls_status *status, struct ls_error *err);

/* The kernel's word and libvirt's: nothing but a channel out of the machine. */
bool ls_status_is_one_way(const struct ls_status *status);

/* Note a process, or that it ended (pid 0), and look at its peak memory. */
void ls_status_process(struct ls_status *status, const char *name, pid_t pid);

/* VmHWM of a process in KiB; 0 when it is gone. */
uint64_t ls_process_peak_kib(pid_t pid);

#endif
