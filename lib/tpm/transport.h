/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TPM commands over an inherited descriptor: no path, no library loaded at run
 * time, no environment.  Every exchange has a deadline, so that a TPM that
 * hangs is an error.
 *
 * Two ways: raw (swtpm's data socket, or /dev/tpmrm0: command bytes in, response
 * bytes out) and brokered (LS_MSG_TPM_COMMAND and LS_MSG_TPM_RESPONSE on the
 * channel to the supervisor, which forwards what lib/tpm/command_filter.h allows).
 */
#ifndef LABSEAL_LIB_TPM_TRANSPORT_H
#define LABSEAL_LIB_TPM_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/proc/message.h"
#include "lib/tpm/exchange.h"

#define LS_TPM_TIMEOUT_MS 30000 /* default; key creation on hardware takes seconds */

/* The way to a TPM; what lib/tpm/session.h opens. */
struct ls_tpm_transport;

/* fd is borrowed and must outlive the transport; waiter is copied, NULL: none.  0 or -ENOMEM. */
int ls_tpm_transport_raw(int fd, int timeout_ms, const struct ls_tpm_waiter *waiter,
			 struct ls_tpm_transport **ret_transport, struct ls_error *err);

/* What a brokered transport's owner does while a response is awaited. */
struct ls_tpm_waiting {
	/*
	 * A message of another type came: copy what is to be kept.  0, or a negative errno
	 * with err to give up the exchange.
	 */
	int (*other)(void *context, const struct ls_message *message, struct ls_error *err);
	/*
	 * Wait up to timeout_ms for the stream's descriptor to become readable, and do other
	 * work meanwhile (but use no TPM).  1: look again, which may be early; 0: the time is
	 * up and nothing can be read; a negative errno with err gives the exchange up.
	 * NULL: there is no other work.
	 */
	int (*wait)(void *context, int timeout_ms, struct ls_error *err);
	void *context;
};

/*
 * The stream is borrowed, waiting is copied; when the stream's descriptor blocks, the
 * deadline holds for a message's first byte only.
 */
int ls_tpm_transport_brokered(struct ls_message_stream *stream, int timeout_ms,
			      const struct ls_tpm_waiting *waiting,
			      struct ls_tpm_transport **ret_transport, struct ls_error *err);

/* Why the last exchange failed, for whoever only saw a TCTI return code; NULL when it did not. */
const struct ls_error *ls_tpm_transport_error(const struct ls_tpm_transport *transport);

/* The TSS2_TCTI_CONTEXT * inside, borrowed. */
void *ls_tpm_transport_tcti(struct ls_tpm_transport *transport);

void ls_tpm_transport_free(struct ls_tpm_transport *transport); /* NULL is fine */

#endif
