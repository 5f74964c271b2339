/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enclave's own confinement, in two phases.  labseald has given it a root, namespaces
 * and a user of its own before its first instruction (host/supervisor/enclave_process.h); this
 * is what it takes away from itself.
 *
 *     set-up     before the first message: no program, socket, process, trace or mount; files of
 *                its root can be read, as libraries do when they are made to load what they need
 *     serving    when the key works, before the first byte of the guest: three descriptors,
 *                memory that is not executable, time, randomness, and nothing else
 *
 * Anything else kills the process.
 */
#ifndef LABSEAL_ENCLAVE_CONFINEMENT_H
#define LABSEAL_ENCLAVE_CONFINEMENT_H

#include "lib/base/error.h"

/* Both as ls_confine (lib/proc/confine.h). */

/* Ends with all libraries made to load what they need. */
int ls_enclave_confine_setup(unsigned *ret_missing, struct ls_error *err);

int ls_enclave_confine_serving(unsigned *ret_missing, struct ls_error *err);

#endif
