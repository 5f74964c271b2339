/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QEMU's process by the kernel's word (proc(5)): what it may do, with what
 * arguments it was started, what it has open.  What came in past libvirt, by a
 * monitor command, a debugger or hand, shows here and not in the XML.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_QEMU_PROCESS_H
#define LABSEAL_HOST_SUPERVISOR_QEMU_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "policy/domain_files.h"
#include "policy/violations.h"

#define LS_QEMU_FDS_MAX	      256
#define LS_QEMU_ARGUMENTS_MAX 65536

struct ls_qemu_descriptor {
	int mode; /* O_RDONLY, O_WRONLY, O_RDWR; -1: cannot be told */
	char target[512];
};

struct ls_qemu_process {
	pid_t pid;	       /* 0: it does not run */
	uint32_t uids[4];      /* real, effective, saved, file system */
	uint64_t capabilities; /* permitted or effective */
	bool no_new_privileges;
	int seccomp;		    /* 2: filters */
	struct ls_buffer arguments; /* owned; each followed by a NUL */
	size_t fd_count;
	bool more_fds;
	struct ls_qemu_descriptor fds[LS_QEMU_FDS_MAX];
	unsigned network; /* sockets of IPv4 and IPv6 */
	unsigned viewers; /* who are connected to its display */
};

/*
 * Look at a process.  0, also when there is none or it ends meanwhile: pid is
 * then 0.  -EACCES ("process.unseen"): the kernel does not let us look.
 * ret_process is owned by the caller (ls_qemu_process_free) in either case.
 */
int ls_qemu_process_read(pid_t pid, struct ls_qemu_process *ret_process, struct ls_error *err);

void ls_qemu_process_free(struct ls_qemu_process *process);

/*
 * Add a violation for each thing that QEMU has and a machine with these files
 * does not need (ids: docs/formats/audit.md).  A process that does not run has none.
 */
void ls_qemu_process_judge(const struct ls_qemu_process *process,
			   const struct ls_domain_files *files, struct ls_violations *list);

#endif
