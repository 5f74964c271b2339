/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two NV indices that labseal keeps in a TPM, as they must be: nobody can
 * pass another index off as one of them, because what policies and TPM
 * certificates are bound to is an index's Name, and the Name covers all of this.
 * Pure functions.  References are to the TPM 2.0 Library, revision 1.59.
 *
 *     counter     counts 8 bytes up, never down: retiring an approval is a step of it
 *     checkpoint  72 bytes: the newest checkpoint of the log that the key signed
 */
#ifndef LABSEAL_LIB_ATTEST_NV_INDEX_H
#define LABSEAL_LIB_ATTEST_NV_INDEX_H

#include <stdint.h>

#include "lib/attest/policy_digest.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

/* Owner range (TCG Registry of Reserved TPM 2.0 Handles: 0x01800000 to 0x01bfffff). */
#define LS_NV_COUNTER	      0x01804c01u
#define LS_NV_CHECKPOINT      0x01804c02u
#define LS_NV_COUNTER_SIZE    8	 /* bytes */
#define LS_NV_CHECKPOINT_SIZE 72 /* bytes: u64 BE size || root || SHA-256 of the note */

/* TPMA_NV (Part 2, 13.4), without WRITTEN. */
#define LS_NV_COUNTER_ATTRIBUTES    0x02040012u /* OWNERWRITE, NT_COUNTER, AUTHREAD, NO_DA */
#define LS_NV_CHECKPOINT_ATTRIBUTES 0x02040008u /* POLICYWRITE, AUTHREAD, NO_DA */
#define LS_NV_WRITTEN		    0x20000000u

/* The Names once they are written, which is what a certificate of them says. */
void ls_nv_counter_name(struct ls_tpm_name *ret_name);
/* policy: the index's authPolicy, the signing key's own (ls_policy_authorize_digest). */
void ls_nv_checkpoint_name(const struct ls_digest *policy, struct ls_tpm_name *ret_name);

/* What the checkpoint index holds: a published checkpoint. */
struct ls_nv_checkpoint {
	uint64_t size;	       /* entries of the log */
	struct ls_digest root; /* its root */
	struct ls_digest note; /* SHA-256 of the signed checkpoint's bytes; zero for an empty log */
};
void ls_nv_checkpoint_encode(const struct ls_nv_checkpoint *checkpoint,
			     uint8_t bytes[static LS_NV_CHECKPOINT_SIZE]);
/* 0, or -EBADMSG: another size. */
int ls_nv_checkpoint_decode(const void *bytes, size_t size, struct ls_nv_checkpoint *ret_checkpoint,
			    struct ls_error *err);

#endif
