/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does KVM really work here?  /dev/kvm alone does not tell: nested machines
 * have one that hangs, or that emulates each instruction and is slower than
 * QEMU's own emulation.  So a firmware of a few dozen instructions is run under
 * KVM, which enters protected mode, counts to a hundred million and says so.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_KVM_PROBE_H
#define LABSEAL_HOST_SUPERVISOR_KVM_PROBE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/error.h"
#include "policy/policy.h"

#define LS_EMULATOR	   "/usr/bin/qemu-system-x86_64"
#define LS_KVM_PROBE_MS	   3000 /* the time limit */
#define LS_KVM_REASON_SIZE 128

/*
 * Run the probe.  0 and *ret_works; reason (LS_KVM_REASON_SIZE bytes) says why
 * not, e.g. "no answer within 3 s".  A negative errno only when QEMU could not be run.
 */
int ls_kvm_probe(bool *ret_works, char reason[static LS_KVM_REASON_SIZE], struct ls_error *err);

/* The same under a named accelerator of QEMU's ("tcg"): for tests. */
int ls_kvm_probe_with(const char *accelerator, bool *ret_works,
		      char reason[static LS_KVM_REASON_SIZE], struct ls_error *err);

/*
 * The accelerator for a policy: probes where the policy leaves it open or wants
 * KVM.  -EOPNOTSUPP ("kvm.unusable"): KVM is needed and does not work.
 */
int ls_accelerator_choose(const struct ls_policy *policy, bool *ret_kvm, struct ls_error *err);

#endif
