/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enclave's own confinement, in two phases.  labseald has given it a root, namespaces
 * and a user of its own before its first instruction (host/supervisor/enclave_process.h); this
 * is what it takes away from itself.
 *
 *     set-up     before the first message: no program, socket, process, trace or mount; files of
 *                its root can be read, as libraries do when they are made to load what they need
 *     serving    when the key works, before the first byte of the guest: three descriptors,
 *                memory that is not executable, time, randomness, and nothing else; but for a
 *                key in a token whose module reads files while it signs: opening for reading,
 *                in that one folder of its root (struct ls_key_backend: folder)
 *
 * Anything else kills the process.
 */
#ifndef LABSEAL_ENCLAVE_CONFINEMENT_H
#define LABSEAL_ENCLAVE_CONFINEMENT_H

#include "lib/base/error.h"

/* Both as ls_confine (lib/proc/confine.h). */

/* Ends with all libraries made to load what they need. */
int ls_enclave_confine_setup(unsigned *ret_missing, struct ls_error *err);

/* folder: a descriptor of the one folder whose files can be read; -1: none can. */
int ls_enclave_confine_serving(int folder, unsigned *ret_missing, struct ls_error *err);

#endif
