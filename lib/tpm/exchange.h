/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Raw exchanges with a TPM over a descriptor (swtpm's data socket, /dev/tpmrm0:
 * command bytes in, response bytes out): step by step for a loop that has other
 * things to do, or as one call with a deadline.
 *
 * A device should be open O_NONBLOCK: else its write() itself waits for the TPM,
 * past any deadline.  After a failure the descriptor is out of step and must not
 * be used again.
 */
#ifndef LABSEAL_LIB_TPM_EXCHANGE_H
#define LABSEAL_LIB_TPM_EXCHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"

#define LS_TPM_BUFFER_SIZE 4096 /* bytes of a command or response, at most */
#define LS_TPM_HEADER_SIZE 10	/* tag, size, code */

/* One exchange under way. */
struct ls_tpm_exchange {
	uint8_t command[LS_TPM_BUFFER_SIZE], response[LS_TPM_BUFFER_SIZE];
	size_t size; /* of the command */
	size_t sent;
	size_t have; /* of the response; all of it when a step returned 1 */
};

/* Nothing is sent yet.  -EMSGSIZE: larger than any command. */
int ls_tpm_exchange_begin(struct ls_tpm_exchange *x, const uint8_t *command, size_t size,
			  struct ls_error *err);

/* What the next step waits for: POLLOUT or POLLIN. */
short ls_tpm_exchange_events(const struct ls_tpm_exchange *x);

/*
 * Once poll() found the descriptor ready.  1: the response is whole; 0: go on;
 * -EPIPE: the TPM went away; -EBADMSG: what came is no TPM response; or an errno.
 */
int ls_tpm_exchange_step(struct ls_tpm_exchange *x, int fd, struct ls_error *err);

/*
 * How somebody else waits for a TPM: up to timeout_ms for these events.  1: look
 * again, which may be early; 0: the time is up; a negative errno with err gives
 * the exchange up.  wait NULL: poll() alone.
 */
struct ls_tpm_waiter {
	int (*wait)(void *context, int fd, short events, int timeout_ms, struct ls_error *err);
	void *context;
};

/* All steps that are left; waiter NULL: poll() alone.  0; -ETIMEDOUT ("tpm.timeout"); as a step. */
int ls_tpm_exchange_finish(struct ls_tpm_exchange *x, int fd, int timeout_ms,
			   const struct ls_tpm_waiter *waiter, struct ls_error *err);

/* A whole exchange, with poll() alone; *ret_size: 10 to 4096. */
int ls_tpm_exchange(int fd, int timeout_ms, const uint8_t *command, size_t size,
		    uint8_t response[static LS_TPM_BUFFER_SIZE], size_t *ret_size,
		    struct ls_error *err);

/* "tpm.timeout", -ETIMEDOUT. */
int ls_tpm_exchange_too_late(struct ls_error *err);

/* Whether these bytes are one whole response.  0 or -EBADMSG ("tpm.response"). */
int ls_tpm_response_check(const uint8_t *response, size_t size, struct ls_error *err);

#endif
