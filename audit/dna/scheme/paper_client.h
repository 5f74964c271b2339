/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The paper profile: what labseal-dna-paper (audit/dna/paper) is asked over a pipe, one question
 * and one answer a process.  It is a program of its own since its arithmetic is PARI's, which is
 * under the GPL. Paper level, not for new use.
 *
 * Every function: -ENOTSUP, "dna.paper.missing": the program is not installed; -EIO,
 * "dna.paper.failed": it did not answer as it should.
 */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_PAPER_CLIENT_H
#define LABSEAL_AUDIT_DNA_SCHEME_PAPER_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "audit/dna/block/orcid.h"
#include "audit/dna/scheme/params.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_PAPER_SIGNATURE_SIZE 30 /* 239 bits */

/* The public point of the master scalar that is a hash of this secret of 32 bytes. */
int ls_paper_public(const uint8_t secret[static 32], uint8_t ret[static LS_PAPER_PUBLIC_SIZE],
		    struct ls_error *err);
int ls_paper_extract(const uint8_t secret[static 32], const struct ls_orcid *orcid,
		     uint8_t ret[static LS_PAPER_KEY_SIZE], struct ls_error *err);
int ls_paper_sign(const struct ls_dna_params *params, const struct ls_orcid *orcid,
		  const uint8_t key[static LS_PAPER_KEY_SIZE], const struct ls_digest *digest,
		  uint8_t ret[static LS_PAPER_SIGNATURE_SIZE], struct ls_error *err);
/* -EBADMSG, "dna.signature.form" or "dna.signature.wrong": as ls_dna_verifier_check. */
int ls_paper_verify(const struct ls_dna_params *params, const struct ls_orcid *orcid,
		    const struct ls_digest *digest,
		    const uint8_t signature[static LS_PAPER_SIGNATURE_SIZE], struct ls_error *err);

#endif
