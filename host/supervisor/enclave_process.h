/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that becomes the enclave.
 *
 * It is made before anything is measured, by clone(2) into mount, pid, network,
 * IPC and UTS namespaces of its own; builds and enters the enclave's root
 * (enclave_root.h), which is when the files are hashed; waits until labseald
 * has compared them with the approvals; then takes over its descriptors, enters
 * a user namespace of its own, gives up every right and executes the program.
 *
 * started by      namespaces made with     runs as
 * root            root's rights            _labseal-enclave, if there is one, else number 65534
 * an ordinary     those of a user          the same user, without any capability; its number
 * user            namespace, first         is the only one mapped
 *
 * The last user namespace has one user and one group in it and owns none of the
 * other namespaces: even with all capabilities in it the process could neither
 * mount nor reach a device.  It is number 1 of its pid namespace: when it ends all in
 * it end, and it ends when labseald does.
 *
 * An ordinary user owns the namespaces that he made, so his other processes may look
 * into the enclave.  That is LS_CONFINE_USER in `missing`, as it is where the
 * system user does not exist.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_ENCLAVE_PROCESS_H
#define LABSEAL_HOST_SUPERVISOR_ENCLAVE_PROCESS_H

#include <sys/types.h>

#include "host/supervisor/enclave_files.h"
#include "lib/base/error.h"
#include "lib/proc/child.h"

#define LS_ENCLAVE_USER	      "_labseal-enclave"
#define LS_ENCLAVE_NOBODY     65534	   /* runs as this number when there is no such user */
#define LS_ENCLAVE_MEMORY_MAX (512u << 20) /* bytes that it may lock, where we may allow it */

struct ls_enclave_process {
	pid_t pid;	  /* 0: none */
	int control;	  /* to it, until it executes; owned; -1: none */
	unsigned missing; /* enum ls_confine_missing */
	bool privileged;  /* the namespaces are root's, not a user namespace's */
	uid_t uid;	  /* what it becomes, as seen from here */
	gid_t gid;
};

/*
 * Make it, up to the wait.  files get the digests of the copies in its root.
 * -EOPNOTSUPP: this machine does not offer it (ids "enclave.namespaces", "enclave.tmpfs",
 * "enclave.root", "enclave.user"); else the errno of what failed.  On failure nothing is left.
 */
int ls_enclave_process_open(struct ls_enclave_files *files, struct ls_enclave_process *ret_process,
			    struct ls_error *err);

/*
 * Execute the program with these descriptors (2 is ours when it is not among
 * them, 0 and 1 are /dev/null), its path on the host as its only argument, and
 * an empty environment.  The process is then the caller's in *ret_pid.  On
 * failure it is gone.
 */
int ls_enclave_process_run(struct ls_enclave_process *process, const struct ls_child_fd *fds,
			   size_t fd_count, pid_t *ret_pid, struct ls_error *err);

/* End one that was not run.  A zeroed one, or one that runs: nothing. */
void ls_enclave_process_close(struct ls_enclave_process *process);

#endif
