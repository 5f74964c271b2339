/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a molecule whose signature does not hold differs from one that it should be: the alignment
 * with an original that the verifier has, and the features of the original that are hit.  It says
 * nothing of the original's own signature, and changes no verdict.
 */
#ifndef LABSEAL_AUDIT_DNA_WHEREABOUTS_H
#define LABSEAL_AUDIT_DNA_WHEREABOUTS_H

#include <jansson.h>
#include <stdio.h>

#include "audit/dna/molecule/genbank.h"
#include "lib/base/error.h"

#define LS_WHEREABOUTS_MAX 256 /* differences that are told; more are counted */

struct ls_dna_original {
	struct ls_molecule molecule; /* owned */
	struct ls_genbank genbank;   /* owned: its features alone */
	bool has_genbank;
};
void ls_dna_original_free(struct ls_dna_original *o);

/* The one record of a file.  0; -EINVAL ("dna.against.records"): it has several; errors of
 * ls_molecules_read().  *ret is to be freed in each case. */
int ls_dna_original_read(const char *path, struct ls_dna_original *ret, struct ls_error *err);

/*
 * Tell each difference between the original and `seen` in words to out (NULL: not), and append it
 * to all (NULL: not).  Circular molecules may begin elsewhere and show the other strand. *ret_count
 * is how many there are.  0; -EFBIG ("dna.edits.many"): they differ in too much to be aligned;
 * -ENOMEM.
 */
int ls_dna_whereabouts(const struct ls_dna_original *original, const struct ls_molecule *seen,
		       FILE *out, json_t *all, size_t *ret_count, struct ls_error *err);

#endif
