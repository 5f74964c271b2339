/* SPDX-License-Identifier: Apache-2.0 */
/* What the signature in a sample's sequence comes to (audit/dna). */
#ifndef LABSEAL_AUDIT_VERIFY_SAMPLED_DNA_H
#define LABSEAL_AUDIT_VERIFY_SAMPLED_DNA_H

#include "audit/dna/keys/belief.h"
#include "audit/verify/sampled.h"
#include "lib/base/buffer.h"

/* Everything of it, in its order; *ret was zeroed, and is to be freed whatever is returned.
 * 0; -ENOMEM; else why one cannot be used. */
int ls_sampled_dna_trust(const struct ls_sampled_trust *trust, struct ls_dna_belief *ret,
			 struct ls_error *err);

/*
 * Judge all records of a sequence file by whom the sample is to be signed (anybody of the trusted
 * where nobody is named); the gravest is the sample's.  file: for the records' JSON.  0 or -ENOMEM.
 */
int ls_sampled_dna_judge(struct ls_sampled *one, const struct ls_buffer *bytes, const char *file,
			 const struct ls_dna_trust *trust);

#endif
