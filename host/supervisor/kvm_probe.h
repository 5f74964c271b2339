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
 * A probe that gets no answer takes seconds, and whoever starts the machine
 * makes one twice: to provision and to run.  So that it failed is kept in the
 * state folder for LS_KVM_MEMORY_S, for this start of the kernel, this QEMU,
 * this /dev/kvm and this user.  That KVM works is never taken from there.
 */
#define LS_KVM_MEMORY_S 600
bool ls_kvm_is_known_to_fail(int state_fd);
void ls_kvm_note_failure(int state_fd);

/*
 * The accelerator for a policy: probes where the policy leaves it open or wants
 * KVM.  state_fd (-1: none) is where a failure is remembered; only a policy that
 * allows emulation uses that.  -EOPNOTSUPP ("kvm.unusable"): KVM is needed and
 * does not work.
 */
int ls_accelerator_choose(const struct ls_policy *policy, int state_fd, bool *ret_kvm,
			  struct ls_error *err);

#endif
