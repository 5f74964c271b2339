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

#include "audit/dna/molecule/molecule.h"
#include "lib/base/error.h"

#define LS_WHEREABOUTS_MAX 256 /* differences that are told; more are counted */

/*
 * Tell each difference between the first record of the file `original` and `seen` in words to out
 * (NULL: not), and append it to all (NULL: not).  Circular molecules may begin elsewhere and show
 * the other strand.  *ret_count is how many there are.  0; -EFBIG ("dna.edits.many"): they differ
 * in too much to be aligned; errors of ls_molecules_read().
 */
int ls_dna_whereabouts(const char *original, const struct ls_molecule *seen, FILE *out, json_t *all,
		       size_t *ret_count, struct ls_error *err);

#endif
