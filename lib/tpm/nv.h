/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal's two NV indices in a TPM (what they are: lib/attest/nv_index.h).
 * Their writing needs the owner's password (ls_tpm_use_auths) for the counter,
 * and the signing key's own policy for the checkpoint; reading needs nothing.
 *
 * Errors that all of these have: -ENOENT: the index is not there; -EEXIST
 * ("tpm.nv.foreign"): what is under its handle is no index of ours, by its
 * public area, exactly; else as ls_tpm_fail.
 */
#ifndef LABSEAL_LIB_TPM_NV_H
#define LABSEAL_LIB_TPM_NV_H

#include <stdint.h>

#include "lib/attest/nv_index.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/tpm/session.h"

/*
 * Define the index unless it is there, and give the counter its first value.
 * *ret_created (may be NULL): whether anything was done.  -ENOSPC
 * ("tpm.nv.full"): the TPM's memory has no room; nothing was made.
 */
int ls_tpm_ensure_counter(struct ls_tpm *tpm, int *ret_created, struct ls_error *err);
int ls_tpm_ensure_checkpoint(struct ls_tpm *tpm, const struct ls_digest *policy, int *ret_created,
			     struct ls_error *err);

/* -ENODATA ("tpm.nv.unwritten"): never stepped, as when provisioning was interrupted. */
int ls_tpm_counter_read(struct ls_tpm *tpm, uint64_t *ret_value, struct ls_error *err);

/* One up, for ever.  Approvals for lower values are retired by it. */
int ls_tpm_counter_step(struct ls_tpm *tpm, struct ls_error *err);

/* -ENODATA ("tpm.nv.unwritten"): nothing was ever written. */
int ls_tpm_checkpoint_read(struct ls_tpm *tpm, const struct ls_digest *policy,
			   struct ls_nv_checkpoint *ret_checkpoint, struct ls_error *err);

/*
 * For lib/tpm itself: the index's ESYS_TR, once its public area was checked;
 * borrowed, never to be closed.  policy as above, NULL for the counter.
 */
int ls_tpm_nv_open(struct ls_tpm *tpm, uint32_t handle, const struct ls_digest *policy,
		   uint32_t *ret_index, struct ls_error *err);

#endif
