/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that the guest writes to: the overlay over the base image, which
 * itself is never written, and the results disk.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_DISKS_H
#define LABSEAL_HOST_SUPERVISOR_DISKS_H

#include "host/supervisor/vm_user.h"
#include "lib/base/error.h"
#include "policy/policy.h"

/*
 * Make what is missing and hand all of it to the VM's user, 0600.  A discarded
 * overlay is new in each run folder; a kept one lies beside the base image, as
 * VM-NAME.FIRST-16-DIGITS-OF-ITS-SHA256.overlay.qcow2: another base image gets
 * another one, and the old one is not touched.  ret_overlay: its path, "" when
 * the policy has no disk.
 *
 * What is there and is no plain qcow2 file is refused: -EEXIST ("disk.kind"), and
 * a results disk that another file is read through: -EPERM ("disk.chain").  A
 * new image gets its name when it is whole.
 */
int ls_disks_prepare(const struct ls_policy *policy, const char *run_folder,
		     const struct ls_vm_user *user, char ret_overlay[static LS_POLICY_PATH_SIZE],
		     struct ls_error *err);

/*
 * The same for the install phase: what Windows writes goes to an overlay of its own beside
 * the base image, VM-NAME.install.qcow2, which stays until `labseal lock` makes a new base
 * image of both.  -EINVAL ("disk.none"): the policy has no disk.
 */
int ls_disks_prepare_install(const struct ls_policy *policy, const struct ls_vm_user *user,
			     char ret_overlay[static LS_POLICY_PATH_SIZE], struct ls_error *err);
/* Its path alone. */
int ls_disks_name_install(const struct ls_policy *policy,
			  char ret_overlay[static LS_POLICY_PATH_SIZE], struct ls_error *err);

/*
 * The head of a qcow2 image (docs/interop/qcow2.txt of QEMU): 0 when it stands
 * alone; -EBADMSG: no qcow2; -EPERM: it has a backing file or an external data file.
 */
int ls_qcow2_stands_alone(const void *head, size_t size);
#define LS_QCOW2_HEAD 104 /* bytes of a version 3 header */

#endif
