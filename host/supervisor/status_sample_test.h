/* SPDX-License-Identifier: Apache-2.0 */
/* For tests: the status of a labseald in the middle of a run. */
#ifndef LABSEAL_HOST_SUPERVISOR_STATUS_SAMPLE_TEST_H
#define LABSEAL_HOST_SUPERVISOR_STATUS_SAMPLE_TEST_H

#include "host/supervisor/status.h"

static const struct ls_calibration_status status_sample_calibration = {
	.verdict = LS_CALIBRATION_NOT_TRACEABLE,
	.device = "7500-01",
	.report = { { 0xab } },
	.performed = 1741098139000,
	.due = 1772630000000,
	.checked = 1772634100000,
	.registry = { .origin = "registry.example",
		      .size = 3,
		      .root = { { 0xcd } },
		      .time = 1772600000000 },
	.reason = { "cal.time.due", "it was due" },
};

static inline struct ls_status status_sample(void)
{
	return (struct ls_status){ .state = "running",
				   .started = 1772634139,
				   .instrument = "7500-01",
				   .vm_name = "xp",
				   .vm = { .state = "running",
					   .pid = 7,
					   .facts = { .type = "kvm", .channel = "file" } },
				   .qemu_descriptor = "write-only",
				   .last_heard = 1772634141,
				   .signer_kind = "TPM",
				   .ed25519_kind = "sealed by a TPM, software-held",
				   .signer_state = "ready",
				   .signer_restarts = 3,
				   .queue = 5,
				   .sealed = 40,
				   .last_seal = 42,
				   .last_label = "plate7.eds",
				   .last_time = 1772634140,
				   .last_result = { 41, "plate6.eds", 1772634138 },
				   .calibration = &status_sample_calibration,
				   .holds_results = true,
				   .spool_room = { 1000, 2000, LS_ROOM_LOW },
				   .share_room = { 3000, 4000, LS_ROOM_ENOUGH },
				   .approval = 2 };
}

#endif
