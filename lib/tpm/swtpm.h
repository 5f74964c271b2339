/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The embedded software TPM: swtpm as a child, reached through one end of a
 * socket pair.  It listens nowhere, and ends by itself when that end closes.
 */
#ifndef LABSEAL_LIB_TPM_SWTPM_H
#define LABSEAL_LIB_TPM_SWTPM_H

#include <sys/types.h>

#include "lib/base/error.h"

struct ls_swtpm {
	pid_t pid;
	int fd; /* raw TPM commands and responses (ls_tpm_open_fd); O_CLOEXEC */
};

/*
 * Start swtpm with its state in state_dir (absolute, exists, mode 0700; an empty
 * folder becomes a new TPM) and started up (Startup(CLEAR)).  Returns when it
 * answers.  -ENOENT: swtpm is not installed; -EBUSY: another swtpm uses the
 * folder; -EIO: it did not come up, err has the last line of its log
 * (state_dir/swtpm.log).
 */
int ls_swtpm_start(const char *state_dir, struct ls_swtpm *ret_swtpm, struct ls_error *err);

/* TPM2_Shutdown(CLEAR), close, wait; killed when it does not end in 2 s.  Zeroed or ended: nothing.
 */
void ls_swtpm_stop(struct ls_swtpm *swtpm);

/* At once, for one that does not answer: what it was doing may be lost, what it had done is not. */
void ls_swtpm_kill(struct ls_swtpm *swtpm);

#endif
