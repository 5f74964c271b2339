/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseald's hold on the TPM: the embedded software TPM it starts, or the
 * device the policy names, or none.  Nobody else has the
 * descriptor; the enclave's commands come through the broker.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_TPM_HOLDER_H
#define LABSEAL_HOST_SUPERVISOR_TPM_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/attest/event_log.h"
#include "lib/base/error.h"
#include "lib/seal/record.h"
#include "lib/tpm/relay.h"
#include "lib/tpm/session.h"
#include "lib/tpm/swtpm.h"
#include "policy/policy.h"

struct ls_tpm_holder {
	int fd;			   /* raw TPM bytes; -1: there is no TPM */
	struct ls_swtpm swtpm;	   /* pid 0 when it is not the embedded one */
	struct ls_tpm_relay relay; /* between us and a device; pid 0 when there is none */
	pid_t held;	    /* such a process that was let go of and has not ended yet; 0: none */
	struct ls_tpm *tpm; /* over fd; NULL: none */
	enum ls_key_kind kind; /* LS_KEY_TPM, LS_KEY_SOFTWARE_TPM; LS_KEY_FILE: none */
	bool locked_out;       /* it was in dictionary-attack lockout when it was opened */
};

/*
 * Must be zeroed before the first use.  Waits until the TPM answers; waiter (NULL: nobody,
 * copied) works meanwhile, here and in everything below.
 */
int ls_tpm_holder_open(const struct ls_policy *policy, const struct ls_tpm_waiter *waiter,
		       struct ls_tpm_holder *holder, struct ls_error *err);

/* PCR 23 := the log.  No TPM: nothing. */
int ls_tpm_holder_measure(struct ls_tpm_holder *holder, const struct ls_event_log *log,
			  struct ls_error *err);

/*
 * End every use of the key: cap PCR 23, step a counting PCR, flush sessions and
 * objects.  No TPM: nothing.
 */
int ls_tpm_holder_revoke(struct ls_tpm_holder *holder, struct ls_error *err);

/* Shutdown(CLEAR), and the embedded TPM ends.  Leaves it as before open; zeroed: nothing. */
void ls_tpm_holder_close(struct ls_tpm_holder *holder);

/*
 * The same at once, for a TPM that does not answer: nothing is sent to it.  held is then the
 * process that a device keeps until it is done; whoever collects it makes that 0 again.
 */
void ls_tpm_holder_abandon(struct ls_tpm_holder *holder);

#endif
