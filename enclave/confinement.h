/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enclave's own confinement: three descriptors, memory, time, randomness,
 * and nothing else.  No file, no socket, no program can be opened afterwards.
 */
#ifndef LABSEAL_ENCLAVE_CONFINEMENT_H
#define LABSEAL_ENCLAVE_CONFINEMENT_H

#include "lib/base/error.h"

/* As ls_confine (lib/proc/confine.h), after all libraries were made to load what they need. */
int ls_enclave_confine(unsigned *ret_missing, struct ls_error *err);

#endif
