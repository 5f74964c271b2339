/* SPDX-License-Identifier: Apache-2.0 */
/* `labseal dna sign --draft`, `--part` and `--join`: what the options name, and what is done. */
#ifndef LABSEAL_AUDIT_DNA_COMMAND_TOGETHER_H
#define LABSEAL_AUDIT_DNA_COMMAND_TOGETHER_H

#include "audit/dna/scheme/params.h"
#include "audit/dna/together/together.h"

struct ls_dna_together {
	bool draft;
	const char *part, *join; /* the draft's file */
	const char *authority;	 /* of a draft: the parameters' file */
	const char *show;	 /* of a part: where to write what the draft documents */
	struct ls_orcid signers[LS_SIGNERS_MAX];
	size_t signer_count;
	const char *with[LS_SIGNERS_MAX]; /* the parts' files */
	size_t with_count;
	/* once loaded */
	struct ls_dna_params params;
	struct ls_dna_draft loaded;
	struct ls_dna_part *parts; /* owned */
};
void ls_dna_together_free(struct ls_dna_together *t);

/* Whether it is one of the three. */
bool ls_dna_together_is(const struct ls_dna_together *t);

/* 'D' --draft, 'P' --part, 'J' --join, 'A' --authority, 'S' --signer, 'W' --with, 'H' --show.  0,
 * or LS_EXIT_USAGE after a line. */
int ls_dna_together_option(struct ls_dna_together *t, int option, const char *value);

/* Do the options go together?  As above. */
int ls_dna_together_check(const struct ls_dna_together *t, size_t keys, bool placed);

/* Read the files. */
int ls_dna_together_load(struct ls_dna_together *t, struct ls_error *err);

/*
 * Write the draft, the part or the signed molecule to out.  key: of a part, which is refused where
 * the draft documents what its signer did not see (-EKEYREJECTED, "dna.part.document"): it must be
 * his own file's annotation, or he has it written with --show.
 */
int ls_dna_together_put(struct ls_dna_together *t, const struct ls_dna_signing *s,
			const struct ls_dna_key *key, const struct ls_molecule *m,
			const struct ls_genbank *genbank, bool fasta, struct ls_buffer *out,
			struct ls_dna_signed *ret, struct ls_error *err);

#endif
