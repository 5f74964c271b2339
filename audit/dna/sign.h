/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a signed block into a molecule, and into its file. */
#ifndef LABSEAL_AUDIT_DNA_SIGN_H
#define LABSEAL_AUDIT_DNA_SIGN_H

#include "audit/dna/block/compose.h"
#include "audit/dna/molecule/genbank.h"
#include "audit/dna/scheme/scheme.h"

/*
 * Who fills a block's documentation in: parts (document_part.h), of which the first, the place in
 * the signer's file, is there already.  genbank is NULL for a file of another format.
 */
struct ls_dna_documenter {
	int (*document)(void *context, const struct ls_molecule *m,
			const struct ls_genbank *genbank, struct ls_buffer *parts,
			uint8_t *ret_dictionary, struct ls_error *err);
	void *context;
};

struct ls_dna_signing {
	enum ls_profile profile;
	unsigned errors;
	uint32_t plasmid_id;
	size_t at; /* the base, from 1, before which the block goes; 0: find a place */
	enum ls_topology topology;	    /* asked for; LS_TOPOLOGY_UNSAID: as the file says */
	size_t segment_first, segment_last; /* bases from 1; 0: the whole molecule */
	const struct ls_rules *rules;	    /* borrowed */
	const struct ls_dna_documenter *documenter; /* borrowed; NULL: no documentation */
	const struct ls_molecule
		*earlier; /* borrowed: a signed molecule that this one was made of; NULL: none */
};

struct ls_dna_signed {
	size_t at, bases; /* where the block went, and how long it is */
	char beside[96]; /* a feature that begins at that base, as claimed; "" when there is none */
};

/*
 * Settle s->topology.  -EINVAL ("dna.sign.topology"): the file does not say and neither did the
 * caller, or they contradict each other.
 */
int ls_dna_signing_topology(struct ls_dna_signing *s, const struct ls_molecule *m,
			    struct ls_error *err);

/*
 * The two halves of the next function, for whoever signs otherwise (audit/dna/together): the fields
 * of a block for these signers, and what it covers; and the record with the block's bases.
 */
int ls_dna_signing_prepare(const struct ls_dna_signing *s, uint16_t hint,
			   const struct ls_orcid *signers, size_t count,
			   const struct ls_molecule *m, const struct ls_genbank *genbank,
			   struct ls_block *b, struct ls_site_of_block *ret_site,
			   struct ls_dna_signed *ret, struct ls_error *err);
int ls_dna_signing_write(const struct ls_block *b, const struct ls_molecule *m,
			 const struct ls_genbank *genbank, bool fasta,
			 const struct ls_buffer *block, struct ls_buffer *out,
			 struct ls_dna_signed *ret, struct ls_error *err);

/*
 * Append the signed record to out: GenBank (genbank must be there), or FASTA.  0; -EINVAL: place,
 * segment or field; -EEXIST: the place is inside a feature; -EDOM: the rules; what signing
 * returned.
 */
int ls_dna_sign_molecule(const struct ls_dna_signing *s, const struct ls_dna_key *key,
			 const struct ls_molecule *m, const struct ls_genbank *genbank, bool fasta,
			 struct ls_buffer *out, struct ls_dna_signed *ret, struct ls_error *err);

#endif
