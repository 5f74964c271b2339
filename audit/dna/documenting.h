/* SPDX-License-Identifier: Apache-2.0 */
/* A GenBank record's annotation in a block's documentation, and the record out of it again. */
#ifndef LABSEAL_AUDIT_DNA_DOCUMENTING_H
#define LABSEAL_AUDIT_DNA_DOCUMENTING_H

#include "audit/dna/judge.h"
#include "audit/dna/scheme/readers.h"
#include "audit/dna/sign.h"

#define LS_HIDE_MAX 64

/* What goes into a block. */
struct ls_dna_documenting {
	const struct ls_dna_key *key;	/* whose authority the readers are of */
	const struct ls_orcid *readers; /* who alone gets what is hidden; none: nothing is */
	size_t reader_count;
	const char *hide[LS_HIDE_MAX]; /* keys or labels of features; none: all but LOCUS and ORIGIN
					  is hidden */
	size_t hide_count;
};

/*
 * ls_dna_documenter.document, with a struct ls_dna_documenting as its context.  -EINVAL: the file
 * has no annotation, or nothing to hide is in it; what packing and sealing return.
 */
int ls_dna_document(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank,
		    struct ls_buffer *parts, uint8_t *ret_dictionary, struct ls_error *err);

/* A record as GenBank has it, appended to out: its annotation with ORIGIN, its letters, its tail.
 * out's error. */
int ls_dna_write_record(const struct ls_buffer *annotation, const struct ls_buffer *letters,
			const struct ls_buffer *tail, struct ls_buffer *out, struct ls_error *err);

/* Whether anything in the documentation is not for all to read: for chosen readers alone, there
 * twice, or of a kind that is not known. */
bool ls_dna_document_hides(const struct ls_block *b);

/*
 * The record that was documented, as it was before the block was put in; appended to out.  key: of
 * a reader; NULL: what is hidden is left out, and *ret_hidden tells that there is something.
 * -ENODATA: the block has no annotation; -ENOKEY: the key is none of the readers'; -EBADMSG:
 * malformed; -ENOTSUP: a dictionary of a newer labseal; -ENOMEM.
 */
int ls_dna_read_document(const struct ls_judged *j, const struct ls_dna_key *key,
			 struct ls_buffer *out, bool *ret_hidden, struct ls_error *err);

#endif
