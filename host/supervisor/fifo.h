/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The channel's FIFO on the host's side.  It is held open for reading and
 * writing from before the VM starts to after it ended: without a reader,
 * libvirt would block and QEMU lose bytes or burn a core.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_FIFO_H
#define LABSEAL_HOST_SUPERVISOR_FIFO_H

#include <stdbool.h>
#include <sys/types.h>

#include "host/supervisor/vm_user.h"
#include "lib/base/error.h"

#define LS_FIFO_NAME "results.fifo" /* in the run folder */

struct ls_fifo {
	int held; /* O_RDWR: the holder; never read or written */
	int read; /* O_RDONLY: the diode's */
};

/* Make and hold it.  Mode 0200: its owner, the VM's user, can open it for writing only. */
int ls_fifo_create(const char *path, const struct ls_vm_user *user, struct ls_fifo *ret_fifo,
		   struct ls_error *err);
void ls_fifo_close(struct ls_fifo *fifo);

/* Bytes that nobody has read yet. */
size_t ls_fifo_waiting(const struct ls_fifo *fifo);

/*
 * How a process holds the FIFO, from /proc/PID/fdinfo: the kernel's own word
 * for whether the channel is one-way.
 */
enum ls_fifo_hold {
	LS_FIFO_NOT_HELD = 0,
	LS_FIFO_WRITE_ONLY = 1,
	LS_FIFO_CAN_READ = 2, /* some descriptor of it is not write-only */
};

/* -ESRCH, -EACCES and the like when /proc does not tell. */
int ls_fifo_held_by(const struct ls_fifo *fifo, pid_t pid, enum ls_fifo_hold *ret_hold,
		    struct ls_error *err);

/* O_RDONLY, O_WRONLY or O_RDWR of a process's descriptor, by its number; -1 when it cannot be told.
 */
int ls_descriptor_mode(pid_t pid, const char *fd);

#endif
