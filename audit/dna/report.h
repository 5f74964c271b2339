/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts in words and as JSON (docs/formats/dna-verify-json.md). */
#ifndef LABSEAL_AUDIT_DNA_REPORT_H
#define LABSEAL_AUDIT_DNA_REPORT_H

#include <jansson.h>
#include <stdio.h>

#include "audit/dna/path.h"

/* Which word the verdict is: VERIFIED, NOT VERIFIED, COULD NOT BE CHECKED; and the exit status. */
const char *ls_dna_verdict_word(enum ls_dna_outcome outcome);
int ls_dna_verdict_exit(enum ls_dna_outcome outcome);

/* One record.  genbank may be NULL: its features are then not told. */
void ls_dna_report_text(FILE *out, const char *file, const struct ls_molecule *m,
			const struct ls_genbank *genbank, const struct ls_dna_verdict *v);
/* NULL: out of memory. */
json_t *ls_dna_report_json(const char *file, const struct ls_molecule *m,
			   const struct ls_genbank *genbank, const struct ls_dna_verdict *v);
/* A record, or a file (name ""), that could not be read. */
json_t *ls_dna_report_unread(const char *file, const char *name, const struct ls_error *why);

/* An earlier signature, the depth-th before the last, and what was changed after it. */
void ls_dna_step_text(FILE *out, const struct ls_path_step *step, size_t depth);
json_t *ls_dna_step_json(const struct ls_path_step *step);

/* What a base of what was signed is of: a part's name; NULL outside of the block. */
const char *ls_dna_part_at(const struct ls_dna_verdict *v, size_t should_at);
/* Features that have base `at` (from 0) of the file; calls once for each.  The block's own and
 * source are none. */
void ls_dna_features_at(const struct ls_genbank *g, size_t at,
			void (*tell)(void *context, const struct ls_feature *f), void *context);

#endif
