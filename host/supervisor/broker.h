/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between the enclave and the TPM: one command at a time, and only those that
 * lib/tpm/command_filter.h allows.  What is not allowed never reaches the TPM;
 * the enclave gets a TPM's own refusal.  Nothing here waits for the TPM: its
 * descriptor is looked at by whoever owns the loop.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_BROKER_H
#define LABSEAL_HOST_SUPERVISOR_BROKER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/proc/message.h"
#include "lib/tpm/exchange.h"

struct ls_broker {
	int channel_fd;	   /* the enclave's; borrowed; -1: nobody wants the answer any more */
	int tpm_fd;	   /* raw TPM bytes; borrowed; -1: there is no TPM, all is refused */
	int timeout_ms;	   /* for one command */
	uint64_t answered; /* commands forwarded */
	uint64_t refused;
	bool busy;     /* a command is under way */
	int64_t since; /* since when, monotonic ms */
	struct ls_tpm_exchange exchange;
	bool tpm_failed; /* an exchange failed: the TPM's descriptor is out of step, and of no use
			  */
};

/*
 * Take one LS_MSG_TPM_COMMAND at this monotonic time (ms).  1: it was refused
 * (err says why, for the log).  0: it is under way.  -EPROTO: one was already;
 * else the channel failed.
 */
int ls_broker_take(struct ls_broker *broker, const struct ls_message *command, int64_t now,
		   struct ls_error *err);

/* What to poll the TPM's descriptor for; 0 when nothing is under way. */
short ls_broker_events(const struct ls_broker *broker);

/*
 * Go on with what is under way (ready: the descriptor is), and pass the whole
 * answer on.  0, or the TPM (tpm_failed: it is gone, answers garbage, or
 * timeout_ms are over) or the channel failed.
 */
int ls_broker_serve(struct ls_broker *broker, bool ready, int64_t now, struct ls_error *err);

#endif
