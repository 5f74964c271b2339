/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "audit/dna/block/edits.h"
#include "audit/dna/command_internal.h"
#include "audit/dna/report.h"

#define EDIT_SHOWN 40 /* bases of an edit, in words */

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

static const char *outcome_word(const struct ls_dna_verdict *v)
{
	return v->outcome == LS_DNA_ANOTHER && !v->signed_for ? "unknown"
							      : ls_dna_outcome_words[v->outcome];
}

/* Where the later molecule differs, from 1 behind its block, and what stood there before. */
struct change {
	size_t at, now, before;
	char letters[EDIT_SHOWN + 4];
};

static void each_change(const struct ls_path_step *step,
			void (*tell)(void *context, const struct change *c), void *context)
{
	struct ls_reader r;
	struct ls_edit e;
	size_t at = 1;
	ls_reader_init(&r, step->edits, step->edits_size);
	while (step->edits && ls_edits_next(&r, &e) == 0) {
		struct change c = { .at = at + e.keep, .now = e.drop, .before = e.put_size };
		letters(e.put, e.put_size, c.letters);
		tell(context, &c);
		at += e.keep + e.drop;
	}
}

static void print_change(void *context, const struct change *c)
{
	const char *some = c->now == 1 ? "base" : "bases";
	if (c->now == 0)
		fprintf(context,
			"  changed     '%s' taken out before base %zu behind the later block\n",
			c->letters, c->at);
	else if (c->before == 0)
		fprintf(context,
			"  changed     %zu %s put in from base %zu behind the later block on\n",
			c->now, some, c->at);
	else
		fprintf(context,
			"  changed     %zu %s from base %zu behind the later block on, in place of "
			"'%s'\n",
			c->now, some, c->at, c->letters);
}

/* What was signed over with an error, in the earlier molecule as it is counted behind the later
 * block. */
static void print_correction(FILE *out, const struct ls_dna_verdict *v,
			     const struct ls_difference *d)
{
	const char *part = ls_dna_part_at(v, d->should_at);
	fprintf(out, "  corrected   %zu bases behind the later block: ", d->at + 1);
	if (d->kind != LS_DELETED)
		fprintf(out, "%c seen, ", ls_base_letter(d->seen));
	if (d->kind == LS_INSERTED)
		fprintf(out, "none signed");
	else
		fprintf(out, "%c signed%s", ls_base_letter(d->should),
			d->kind == LS_DELETED ? " before it, and not seen" : "");
	fprintf(out, "%s%s\n", part ? " in the block's " : "", part ? part : "");
}

static json_t *correction_json(const struct ls_dna_verdict *v, const struct ls_difference *d)
{
	const char seen[2] = { ls_base_letter(d->seen), '\0' };
	const char should[2] = { ls_base_letter(d->should), '\0' };
	return json_pack("{s:I, s:s?, s:s?, s:s?}", "behind_block", (json_int_t)d->at + 1, "seen",
			 d->kind == LS_DELETED ? NULL : seen, "signed",
			 d->kind == LS_INSERTED ? NULL : should, "part",
			 ls_dna_part_at(v, d->should_at));
}

void ls_dna_step_text(FILE *out, const struct ls_path_step *step, size_t depth)
{
	const struct ls_dna_verdict *v = step->verdict;
	const struct ls_block *b = &v->judged.block;
	const char *word = outcome_word(v);
	char why[LS_DNA_WHY_SIZE];
	for (size_t i = 0; v->has_block && i < b->signer_count; i++)
		fprintf(out, "  earlier %-3zu %s: %s%s%s, plasmid ID %06u\n", depth,
			b->signers[i].text, word,
			strcmp(word, "unknown") == 0 ? ", not verified" : "",
			v->signed_for ? "" : " (claimed)", b->plasmid_id);
	if (!v->has_block)
		fprintf(out,
			"  earlier %-3zu %s: no signature in the molecule before these edits\n",
			depth, word);
	if (v->why.code && v->outcome != LS_DNA_ANOTHER)
		fprintf(out, "  why         %s [%s]\n",
			ls_dna_plain(v->why.message, why, sizeof why), v->why.id);
	for (size_t i = 0; i < v->differences.count; i++)
		print_correction(out, v, &v->differences.list[i]);
	each_change(step, print_change, out);
}

static void add_change(void *context, const struct change *c)
{
	json_array_append_new(context,
			      json_pack("{s:I, s:I, s:I, s:s}", "behind_block", (json_int_t)c->at,
					"bases", (json_int_t)c->now, "earlier_bases",
					(json_int_t)c->before, "earlier", c->letters));
}

json_t *ls_dna_step_json(const struct ls_path_step *step)
{
	const struct ls_dna_verdict *v = step->verdict;
	const struct ls_block *b = &v->judged.block;
	json_t *signers = json_array(), *edits = json_array(), *corrections = json_array();
	for (size_t i = 0; v->has_block && i < b->signer_count; i++)
		json_array_append_new(signers, json_string(b->signers[i].text));
	each_change(step, add_change, edits);
	for (size_t i = 0; i < v->differences.count; i++)
		json_array_append_new(corrections, correction_json(v, &v->differences.list[i]));
	return json_pack("{s:s, s:b, s:o, s:i, s:o, s:o}", "outcome", outcome_word(v), "sure",
			 v->signed_for, "signers", signers, "plasmid_id", (int)b->plasmid_id,
			 "corrections", corrections, "edits", edits);
}
