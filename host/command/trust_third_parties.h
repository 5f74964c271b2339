/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the policy asks beside the laboratory, for the trust file. */
#ifndef LABSEAL_HOST_COMMAND_TRUST_THIRD_PARTIES_H
#define LABSEAL_HOST_COMMAND_TRUST_THIRD_PARTIES_H

#include "lib/base/error.h"
#include "lib/seal/third_parties.h"
#include "policy/policy.h"

/* The CAs of its time-stamping authority, its witnesses and their quorum.  Errors of reading
 * the CAs' file, -EBADMSG, -ENOMEM; ret is to be freed either way. */
int ls_trust_third_parties(const struct ls_policy *policy, struct ls_third_parties *ret,
			   struct ls_error *err);

#endif
