/* SPDX-License-Identifier: Apache-2.0 */
/* Signing together from several places: draft, parts, and the block out of them. */
#ifndef LABSEAL_AUDIT_DNA_TOGETHER_TOGETHER_H
#define LABSEAL_AUDIT_DNA_TOGETHER_TOGETHER_H

#include "audit/dna/sign.h"
#include "audit/dna/together/draft.h"

/*
 * A draft for these signers of this authority, appended to out.  s as for signing; profile
 * aggregate.  Errors of ls_dna_sign_molecule(); -EINVAL ("dna.signers.twice").
 */
int ls_dna_draft_make(const struct ls_dna_signing *s, const struct ls_dna_params *authority,
		      const struct ls_orcid *signers, size_t count, const struct ls_molecule *m,
		      const struct ls_genbank *genbank, struct ls_buffer *out,
		      struct ls_dna_signed *ret, struct ls_error *err);

/*
 * What the draft documents of this molecule, as a GenBank record that is appended to out: what who
 * signs puts his name to.  m as for his part.  -ENODATA: no annotation; -EKEYREJECTED: as for a
 * part; errors of ls_dna_read_document().
 */
int ls_dna_draft_document(const struct ls_dna_draft *draft, const struct ls_molecule *m,
			  struct ls_buffer *out, struct ls_error *err);

/*
 * One signer's part, over his own copy of the molecule, in any rotation and on either strand (a
 * segment: with the draft's places).  -EINVAL: the draft does not name him, or the key is of
 * another kind or authority ("dna.part.signer", "dna.part.key"); -EKEYREJECTED: the draft is for
 * another molecule ("dna.part.molecule"), or has text that its signers cannot read
 * ("dna.part.hidden").
 */
int ls_dna_part_make(const struct ls_dna_draft *draft, const struct ls_dna_key *key,
		     const struct ls_molecule *m, struct ls_buffer *out, struct ls_error *err);

/*
 * The signed molecule, as ls_dna_sign_molecule() writes it, out of all parts; of s rules count.
 * -EKEYREJECTED, each naming the signer: a part is missing, there twice, of another draft, for
 * other signers, without a proof that he has its key, or no signature of his over this molecule
 * ("dna.part.missing", "...twice", "...draft", "...signer", "...proof", "...signature"); or the
 * draft is for another molecule, or lies elsewhere in it ("dna.part.molecule", "dna.draft.place").
 */
int ls_dna_join(const struct ls_dna_draft *draft, struct ls_dna_part *parts, size_t count,
		const struct ls_dna_signing *s, const struct ls_molecule *m,
		const struct ls_genbank *genbank, bool fasta, struct ls_buffer *out,
		struct ls_dna_signed *ret, struct ls_error *err);

#endif
