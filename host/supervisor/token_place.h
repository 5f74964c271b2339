/* SPDX-License-Identifier: Apache-2.0 */
/* Where a policy's signing key lies in a PKCS#11 token, as provisioning and the enclave are told.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_TOKEN_PLACE_H
#define LABSEAL_HOST_SUPERVISOR_TOKEN_PLACE_H

#include "lib/hsm/place.h"
#include "policy/policy.h"

void ls_token_place(const struct ls_policy *policy, struct ls_hsm_place *ret_place);

#endif
