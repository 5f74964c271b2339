/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether the enclave may start on this machine: what it cannot have is refused, or,
 * where the policy says `development: true`, done without and said.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_ENCLAVE_START_H
#define LABSEAL_HOST_SUPERVISOR_ENCLAVE_START_H

#include <stdbool.h>

#include "host/supervisor/enclave_files.h"
#include "host/supervisor/enclave_process.h"
#include "lib/base/error.h"

/*
 * Prepare the enclave's process from its files (enclave_process.h), which get measured.
 *
 * For development only, what this machine does not offer is left out: bits in
 * ret_process->missing, and why, for a person, in *ret_without (id "" when nothing is).
 * Without a root of its own there is no process yet (pid 0): the files are
 * hashed where they lie, and the enclave is an ordinary child.
 *
 * Else -EOPNOTSUPP: starting again is no use until lab IT has done what err says
 * (ids of ls_enclave_process_open, or "enclave.own-user").
 */
int ls_enclave_prepare(bool development, struct ls_enclave_files *files,
		       struct ls_enclave_process *ret_process, struct ls_error *ret_without,
		       struct ls_error *err);

#endif
