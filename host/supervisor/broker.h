/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the enclave and the TPM: one command at a time, and only those that
 * lib/tpm/command_filter.h allows.  What is not allowed never reaches the TPM;
 * the enclave gets a TPM's own refusal.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_BROKER_H
#define LABSEAL_HOST_SUPERVISOR_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/proc/message.h"

struct ls_broker {
	int channel_fd;	   /* the enclave's; borrowed */
	int tpm_fd;	   /* raw TPM bytes; borrowed; -1: there is no TPM, all is refused */
	int timeout_ms;	   /* for one command */
	uint64_t answered; /* commands forwarded */
	uint64_t refused;
	bool tpm_failed; /* an exchange failed: the TPM's descriptor is out of step, and of no use
			  */
};

/*
 * Answer one LS_MSG_TPM_COMMAND.  1: it was refused (err says why, for the
 * log).  0: forwarded and answered.  Else the TPM or the channel failed.
 */
int ls_broker_answer(struct ls_broker *broker, const struct ls_message *command,
		     struct ls_error *err);

#endif
