/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who runs libvirt's embedded driver, and so QEMU, when labseald is root: never
 * root.  The user _labseal-vm if there is one, else libvirt-qemu, else the
 * number Debian reserves for libvirt-qemu (64055), which needs no account.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_VM_USER_H
#define LABSEAL_HOST_SUPERVISOR_VM_USER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/error.h"

struct ls_vm_user {
	uid_t uid;
	gid_t gid;
	bool has_kvm_group; /* /dev/kvm is open to a group ... */
	gid_t kvm_group;    /* ... this one */
};

/* When not root: the caller. */
void ls_vm_user_find(struct ls_vm_user *ret_user);

/* Become that user for good (when root); no new privileges; the death signal is kept. */
int ls_vm_user_become(const struct ls_vm_user *user, struct ls_error *err);

#endif
