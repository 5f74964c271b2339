/* SPDX-License-Identifier: Apache-2.0 */
/* The enclave's START (struct ls_start), put together from the state folder. */
#ifndef LABSEAL_HOST_SUPERVISOR_START_MESSAGE_H
#define LABSEAL_HOST_SUPERVISOR_START_MESSAGE_H

#include "host/supervisor/approval.h"
#include "host/supervisor/measure.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/seal/record.h"
#include "policy/policy.h"

/*
 * Append the encoded START to body, which the caller wipes: it may hold a key.
 * -ENOENT: something of state/keys is missing; err says to provision.
 */
int ls_start_message(const struct ls_policy *policy, int state_fd,
		     const struct ls_measured_state *state, const struct ls_approval *approval,
		     enum ls_key_kind kind, const struct ls_samples *samples,
		     struct ls_buffer *body, struct ls_error *err);

#endif
