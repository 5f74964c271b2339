/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What guards the signing key, a sealed PIN and the index of the log's checkpoint: one
 * policy, PolicyAuthorize by the policy authority, which is met while PCR 23 has a value
 * that the authority approved, and the version counter (lib/tpm/nv.h) is not past the approval's.
 */
#ifndef LABSEAL_LIB_TPM_GUARD_H
#define LABSEAL_LIB_TPM_GUARD_H

#include <stddef.h>
#include <stdint.h>

#include "lib/attest/nv_index.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/tpm/session.h"

/* What lets all of it be used in one measured state.  Borrowed bytes. */
struct ls_tpm_approval {
	struct ls_p256_public authority;
	const void *ref; /* policyRef */
	size_t ref_size;
	uint64_t counter;	   /* the highest value of the version counter that it holds for */
	struct ls_digest approved; /* the approved policy's digest: ls_policy_approved_digest */
	const uint8_t *signature;  /* the authority's, DER, over ls_policy_approval_digest */
	size_t signature_size;
};

/*
 * An approval that the TPM accepted (TPM2_VerifySignature).  Whether the state is the
 * approved one shows at each use.  -EKEYREJECTED: the approval's signature is not the
 * authority's; -ENOENT, -EEXIST: the version counter, as lib/tpm/nv.h says; else as
 * ls_tpm_fail.  The tpm must outlive it.
 */
struct ls_tpm_guard;
int ls_tpm_guard_open(struct ls_tpm *tpm, const struct ls_tpm_approval *approval,
		      struct ls_tpm_guard **ret_guard, struct ls_error *err);
void ls_tpm_guard_close(struct ls_tpm_guard *guard); /* flushes its session; NULL is fine */

/* The policy's digest: the authPolicy of all that it guards. */
const struct ls_digest *ls_tpm_guard_policy(const struct ls_tpm_guard *guard);

/*
 * Whether the state is the approved one now, and the approval not retired: the TPM meets the
 * policy, and nothing is done with it.  Fails as a signature does (lib/tpm/keys.h).
 */
int ls_tpm_guard_check(struct ls_tpm_guard *guard, struct ls_error *err);

/*
 * What the TPM remembers of the log.  Reading fails as ls_tpm_checkpoint_read does;
 * writing meets the policy and fails as a signature does (lib/tpm/keys.h), or as lib/tpm/nv.h says.
 */
int ls_tpm_guard_read_checkpoint(struct ls_tpm_guard *guard,
				 struct ls_nv_checkpoint *ret_checkpoint, struct ls_error *err);
int ls_tpm_guard_write_checkpoint(struct ls_tpm_guard *guard,
				  const struct ls_nv_checkpoint *checkpoint, struct ls_error *err);

#endif
