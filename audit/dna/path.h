/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signature over signature: a second laboratory changes a signed molecule and signs it again.  From
 * the last block inward each is taken out, its signer's edits are undone, and what is left is
 * verified.
 */
#ifndef LABSEAL_AUDIT_DNA_PATH_H
#define LABSEAL_AUDIT_DNA_PATH_H

#include "audit/dna/verdict.h"

#define LS_PATH_MAX 64 /* signers */

struct ls_path_step {
	const struct ls_dna_verdict
		*verdict; /* of the earlier molecule; without a block where the later block's edits
			   * lead to a molecule that has none */
	const uint8_t *
		edits; /* that lead from the later one to it (block/edits.h); NULL: none are told */
	size_t edits_size;
};

/*
 * Call step for each signature before v's, which is of the same options; what of their effort v
 * left is what all steps have together.  What step returns other than 0 ends the walk and is
 * returned.  Where a signer is not known the walk goes on with what the block claims.  0; -ENOTSUP,
 * -EIO, -ENOMEM.
 */
int ls_dna_path(const struct ls_dna_verdict *v, const struct ls_dna_options *options,
		int (*step)(void *context, const struct ls_path_step *s), void *context,
		struct ls_error *err);

#endif
