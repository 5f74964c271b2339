/* SPDX-License-Identifier: Apache-2.0 */
/* What `labseal approve` is doing, for its parts. */
#ifndef LABSEAL_HOST_COMMAND_APPROVE_H
#define LABSEAL_HOST_COMMAND_APPROVE_H

#include <stdbool.h>

#include "host/command/provision.h"
#include "lib/attest/adoption.h"
#include "lib/base/error.h"

struct ls_approve {
	struct ls_provision p; /* policy, state folder, TPM, the authority's keys */
	const char *request, *signed_request, *retire;
	bool adopt_log, yes;
	int state_lock; /* -1: labseald runs, and holds it and the TPM */
};

/* The authority's private key, from --authority or the state folder, checked against its public
 * one. */
int ls_approve_load_authority(struct ls_approve *a, struct ls_error *err);

/* Its public key alone, where there is one. */
int ls_approve_load_public(struct ls_approve *a, struct ls_error *err);

/* The TPM, for what needs it.  -EBUSY: labseald has it; err says to stop it. */
int ls_approve_open_tpm(struct ls_approve *a, struct ls_error *err);

/* --retire VERSION and --adopt-log.  0, or a negative errno with err. */
int ls_approve_retire(struct ls_approve *a, struct ls_error *err);
int ls_approve_adopt(struct ls_approve *a, struct ls_error *err);

#define LS_ADOPT_QUESTION "adopt the log as the share holds it?"

/* What an adoption is of, for the person who is to sign it. */
void ls_adoption_print(const struct ls_adoption *adoption);

#endif
