/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The enclave at work: messages in, messages out (lib/proc/protocol.h).
 *
 * A table says which message is allowed from whom in which state; everything
 * else ends the process with a FAILED message.  Payload bytes are hashed while
 * they pass to the publisher; nothing is sealed that does not have the announced
 * size and SHA-256, and a delivery is answered DONE only when it is published.
 */
#ifndef LABSEAL_ENCLAVE_SERVER_H
#define LABSEAL_ENCLAVE_SERVER_H

#include "lib/base/error.h"

/* The descriptors it is started with. */
#define LS_ENCLAVE_IN	      3 /* labseal-diode */
#define LS_ENCLAVE_OUT	      4 /* labseal-publish */
#define LS_ENCLAVE_SUPERVISOR 5 /* labseald */

/* Check and set up the three, before confinement.  0, or a negative errno when one is missing. */
int ls_enclave_open_channels(struct ls_error *err);

/*
 * Serve until STOP or a failure.  missing: what confinement could not have
 * (enum ls_confine_missing); it is refused unless START says development.
 * Returns the exit status: LS_EXIT_HOLDS, LS_EXIT_UNCONFINED or LS_EXIT_FAILED.
 */
int ls_enclave_serve(unsigned missing);

#endif
