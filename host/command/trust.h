/* SPDX-License-Identifier: Apache-2.0 */
/* The trust file of a provisioned state. */
#ifndef LABSEAL_HOST_COMMAND_TRUST_H
#define LABSEAL_HOST_COMMAND_TRUST_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "policy/policy.h"

/*
 * Append the trust file (docs/formats/trust.md) to text, which has room for
 * LS_TRUST_SIZE_MAX bytes.  -ENOENT: the state is not provisioned; else the
 * negative errno of what cannot be read.
 */
int ls_trust_export(const struct ls_policy *policy, int state_fd, struct ls_buffer *text,
		    struct ls_error *err);

#endif
