/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "audit/dna/block/edits.h"
#include "audit/dna/report.h"

#define EDIT_SHOWN 40 /* bases of an edit, in words */

/* One edit: where, counted from 1 behind the later block, what is there now, and what was. */
static const char *letters(const uint8_t *packed, size_t n, char ret[static EDIT_SHOWN + 4])
{
	uint8_t bases[EDIT_SHOWN];
	size_t shown = n < EDIT_SHOWN ? n : EDIT_SHOWN;
	ls_bases_pack(packed, 2 * shown, bases);
	for (size_t i = 0; i < shown; i++)
		ret[i] = ls_base_letter(bases[i]);
	memcpy(ret + shown, n > shown ? "..." : "", n > shown ? 4 : 1);
	return ret;
}

static bool is_unknown(const struct ls_dna_verdict *v)
{
	return v->outcome == LS_DNA_ANOTHER && !v->signed_for;
}

void ls_dna_step_text(FILE *out, const struct ls_path_step *step, size_t depth)
{
	const struct ls_dna_verdict *v = step->verdict;
	const struct ls_block *b = &v->judged.block;
	for (size_t i = 0; i < b->signer_count; i++)
		fprintf(out, "  earlier %-3zu %s: %s%s, plasmid ID %06u\n", depth,
			b->signers[i].text,
			is_unknown(v) ? "unknown, not verified" : ls_dna_outcome_words[v->outcome],
			v->signed_for ? "" : " (claimed)", b->plasmid_id);
	struct ls_reader r;
	struct ls_edit e;
	char text[EDIT_SHOWN + 4];
	size_t at = 0;
	ls_reader_init(&r, step->edits, step->edits_size);
	while (step->edits && ls_edits_next(&r, &e) == 0) {
		at += e.keep;
		fprintf(out,
			"  changed     %zu bases behind the later block: %zu bases there stand for "
			"'%s'\n",
			at + 1, e.drop, letters(e.put, e.put_size, text));
		at += e.drop;
	}
}

json_t *ls_dna_step_json(const struct ls_path_step *step)
{
	const struct ls_dna_verdict *v = step->verdict;
	const struct ls_block *b = &v->judged.block;
	json_t *signers = json_array(), *edits = json_array();
	for (size_t i = 0; i < b->signer_count; i++)
		json_array_append_new(signers, json_string(b->signers[i].text));
	struct ls_reader r;
	struct ls_edit e;
	char text[EDIT_SHOWN + 4];
	size_t at = 0;
	ls_reader_init(&r, step->edits, step->edits_size);
	while (step->edits && ls_edits_next(&r, &e) == 0) {
		at += e.keep;
		json_array_append_new(edits,
				      json_pack("{s:I, s:I, s:I, s:s}", "behind_block",
						(json_int_t)at + 1, "bases", (json_int_t)e.drop,
						"earlier_bases", (json_int_t)e.put_size, "earlier",
						letters(e.put, e.put_size, text)));
		at += e.drop;
	}
	return json_pack("{s:s, s:b, s:o, s:i, s:o}", "outcome",
			 is_unknown(v) ? "unknown" : ls_dna_outcome_words[v->outcome], "sure",
			 v->signed_for, "signers", signers, "plasmid_id", (int)b->plasmid_id,
			 "edits", edits);
}
