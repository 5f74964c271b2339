/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that can be seen of a machine at one moment (by domain_inspect.h and
 * qemu_process.h), and the judgement on it: a pure function, the same for
 * labseald, which looks every few seconds, and for `labseal audit`.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_INSPECTION_H
#define LABSEAL_HOST_SUPERVISOR_INSPECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "host/supervisor/qemu_process.h"
#include "lib/base/error.h"
#include "policy/violations.h"

#define LS_TAINTS_MAX 8

struct ls_inspection {
	char *live;	/* XML of the running machine; owned; NULL: it does not run */
	char *inactive; /* XML of what it is at its next start; owned; NULL: it has no definition */
	int snapshots, checkpoints;
	bool managed_save, autostart;
	size_t taint_count;
	char taints[LS_TAINTS_MAX][160]; /* libvirt's words */
	unsigned long libvirt, qemu;	 /* major * 1,000,000 + minor * 1,000 + release */
	struct ls_qemu_process process;
};

void ls_inspection_free(struct ls_inspection *inspection);

/*
 * Everything against the machine as labseal made it: both XMLs
 * (policy/domain_audit.h), what libvirt keeps of the machine beside them, and
 * QEMU's process.  expected is ls_domain_xml's text, with the run's paths unless
 * any_folder.  0, and the violations added; or the error of an XML that is none.
 */
int ls_inspection_judge(const struct ls_inspection *inspection, const char *expected,
			bool any_folder, struct ls_violations *list, struct ls_error *err);

#endif
