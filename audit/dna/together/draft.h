/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What several signers in different places sign together (profile aggregate): a draft of the block,
 * and each signer's part (docs/formats/dna-draft.md).
 *
 *     labseal/dna-draft/v1             labseal/dna-part/v1
 *     authority SHA256                 draft SHA256
 *     signer ORCID                     signer ORCID
 *     ...                              key BASE64
 *     plasmid-id N                     proof BASE64
 *     errors N                         signature BASE64
 *     topology circular                ...
 *     length N
 *     place N
 *     at N
 *     segment FROM TO
 *     molecule SHA256
 *     document DICTIONARY BASE64
 *     draw N BASE64
 *     ...
 *
 * A block's bases are drawn until they can be synthesised, and each draw is another thing to sign:
 * the draft offers many, a part signs each, and who joins the parts takes the first that will do.
 */
#ifndef LABSEAL_AUDIT_DNA_TOGETHER_DRAFT_H
#define LABSEAL_AUDIT_DNA_TOGETHER_DRAFT_H

#include "audit/dna/block/block.h"
#include "audit/dna/scheme/directory.h"

#define LS_DRAFT_DRAWS_MAX 256
#define LS_DNA_DRAFT_MAX   (2u << 20) /* bytes */
#define LS_DNA_PART_MAX	   (64u << 10)
#define LS_PART_SIGNATURE  48 /* bytes: 382 bits and two that are 0 */

struct ls_dna_draft {
	struct ls_digest id; /* SHA-256 of its text: what a part is a part of */
	struct ls_digest authority;
	struct ls_block block; /* owned; all but draw, signature and masks */
	size_t at;	       /* before which base of the drafter's file the block goes, from 1 */
	size_t segment_first, segment_last; /* of it; 0: no segment */
	struct ls_digest molecule;	    /* of what is covered: ls_draft_molecule() */
	size_t draw_count;
	uint16_t draws[LS_DRAFT_DRAWS_MAX];
	struct ls_buffer masks; /* owned; ls_document_chunks() bytes for each draw */
};
void ls_dna_draft_init(struct ls_dna_draft *draft);
void ls_dna_draft_free(struct ls_dna_draft *draft);
#define _cleanup_dna_draft_ __attribute__((cleanup(ls_dna_draft_free)))

/* The masks of the i-th draw. */
const uint8_t *ls_dna_draft_masks(const struct ls_dna_draft *draft, size_t i);

/* SHA-256 of the canonical form, a byte (0 to 3) each. */
void ls_draft_molecule(const uint8_t *canonical, size_t n, struct ls_digest *ret);

int ls_dna_draft_format(const struct ls_dna_draft *draft, struct ls_buffer *out);
/* Strict, one spelling.  *ret was initialised; its id is set.  0, -EBADMSG, -ENOMEM. */
int ls_dna_draft_parse(const void *bytes, size_t size, struct ls_dna_draft *ret,
		       struct ls_error *err);

struct ls_dna_part {
	struct ls_digest draft;
	struct ls_directory_entry signer; /* with his key and its proof of possession */
	size_t count;			  /* of the draft's draws, each signed */
	uint8_t signatures[LS_DRAFT_DRAWS_MAX][LS_PART_SIGNATURE];
};
int ls_dna_part_format(const struct ls_dna_part *part, struct ls_buffer *out);
/* Strict, one spelling.  Nothing is verified.  0, -EBADMSG. */
int ls_dna_part_parse(const void *bytes, size_t size, struct ls_dna_part *ret,
		      struct ls_error *err);

#endif
