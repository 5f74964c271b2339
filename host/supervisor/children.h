/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The receiver, the enclave and the publisher.  They share handshakes and
 * byte streams, so they are started together and end together: a new one could
 * not take up in the middle of another's message.  Nothing is lost by that: what
 * was not sealed is in the spool or still with the guest.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_CHILDREN_H
#define LABSEAL_HOST_SUPERVISOR_CHILDREN_H

#include <stdbool.h>
#include <sys/types.h>

#include "host/supervisor/enclave_process.h"
#include "host/supervisor/reporter.h"
#include "host/supervisor/samples.h"
#include "lib/base/error.h"
#include "lib/proc/message.h"
#include "policy/policy.h"

enum ls_child { LS_CHILD_DIODE, LS_CHILD_ENCLAVE, LS_CHILD_PUBLISH, LS_CHILD_COUNT };

/* "labseal-diode", ... */
const char *ls_child_name(enum ls_child child);

struct ls_children {
	pid_t pids[LS_CHILD_COUNT]; /* 0: does not run */
	int channel;		    /* labseald's end to the enclave; -1: none */
	struct ls_message_stream stream;
	struct ls_reporter reporter; /* beside them; may end while they go on */
};

/*
 * Start all three and labseal-report, wired as docs/architecture.md says.  enclave: as it was
 * prepared, which runs now and is then of no more use; without a process the
 * enclave is an ordinary child.  fifo: the read end; spool_fd, share_fd: their
 * folders.  samples: for the publisher.  On failure none is left.
 */
int ls_children_start(const struct ls_policy *policy, struct ls_enclave_process *enclave, int fifo,
		      int spool_fd, int share_fd, int notary_fd,
		      const struct ls_sample_files *samples, struct ls_children *ret_children,
		      struct ls_error *err);

/* End those that run (SIGTERM, the enclave SIGKILL; after grace_ms all of them), close the
 * channel.  Zeroed: nothing. */
void ls_children_stop(struct ls_children *children, int grace_ms);

/*
 * Make a folder below at, and give it to a child's system user when there is
 * one and we are root.  Returns its descriptor (O_CLOEXEC) or a negative errno.
 */
int ls_children_folder(int at, const char *path, mode_t mode, enum ls_child child,
		       struct ls_error *err);

#endif
