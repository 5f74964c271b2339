/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that does nothing but wait for a TPM device in our place.  Linux's
 * /dev/tpmrm0 holds whoever looks at it while the TPM works, in poll() and
 * close() too, and not only in write() (drivers/char/tpm/tpm-dev-common.c, its
 * buffer_mutex), O_NONBLOCK or not.  A socket holds nobody.
 */
#ifndef LABSEAL_LIB_TPM_RELAY_H
#define LABSEAL_LIB_TPM_RELAY_H

#include <sys/types.h>

#include "lib/base/error.h"

#define LS_TPM_RELAY_NAME "labseald-tpm" /* the process's */

struct ls_tpm_relay {
	pid_t pid; /* 0: there is none */
	int fd;	   /* raw TPM commands and responses, as of a software TPM; O_CLOEXEC */
};

/*
 * Start it; it has the device and our socket and nothing else, and ends with
 * either, or with us.  device: open for reading and writing, not O_NONBLOCK; the
 * caller closes it then.  For a process with one thread.
 */
int ls_tpm_relay_start(int device, struct ls_tpm_relay *ret_relay, struct ls_error *err);

/*
 * Let go of it, at once: when it is in the middle of a command the TPM holds it
 * until that is done.  Returns its pid for whoever collects children, 0: none was there.
 */
pid_t ls_tpm_relay_end(struct ls_tpm_relay *relay);

#endif
