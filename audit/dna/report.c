/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/report.h"

#include <errno.h>
#include <string.h>

#include "audit/dna/command_internal.h"
#include "audit/dna/legacy.h"
#include "lib/base/exit.h"

#define SHOWN_MAX      128
#define SUSPECTS_SHOWN 256

const char *ls_dna_verdict_word(enum ls_dna_outcome outcome)
{
	switch (outcome) {
	case LS_DNA_VALID:
	case LS_DNA_CORRECTED:
	case LS_DNA_SEGMENT:
	case LS_DNA_SEGMENT_CORRECTED: return "VERIFIED";
	case LS_DNA_UNDECIDED:
	case LS_DNA_LEGACY: return "COULD NOT BE CHECKED";
	default: return "NOT VERIFIED";
	}
}

int ls_dna_verdict_exit(enum ls_dna_outcome outcome)
{
	switch (outcome) {
	case LS_DNA_VALID:
	case LS_DNA_CORRECTED:
	case LS_DNA_SEGMENT:
	case LS_DNA_SEGMENT_CORRECTED: return LS_EXIT_HOLDS;
	case LS_DNA_UNDECIDED:
	case LS_DNA_LEGACY: return LS_EXIT_COULD_NOT_CHECK;
	default: return LS_EXIT_DOES_NOT_HOLD;
	}
}

/* NULL: none of the block that is laid out so. */
static const char *part_of(const struct ls_layout *layout, size_t base)
{
	for (int p = 0; p < LS_PART_COUNT; p++)
		if (base >= layout->at[p] && base < layout->at[p + 1])
			return ls_part_names[p];
	return NULL;
}

const char *ls_dna_part_at(const struct ls_dna_verdict *v, size_t should_at)
{
	return v->has_block && should_at >= v->signed_at
		       ? part_of(&v->judged.layout, should_at - v->signed_at)
		       : NULL;
}

static bool covers(const struct ls_span *s, size_t base)
{
	return s->first <= s->last ? base >= s->first && base <= s->last
				   : base >= s->first || base <= s->last;
}

void ls_dna_features_at(const struct ls_genbank *g, size_t at,
			void (*tell)(void *context, const struct ls_feature *f), void *context)
{
	for (size_t i = 0; g && i < g->count; i++) {
		const struct ls_feature *f = &g->features[i];
		if (f->of_block || strcmp(f->key, "source") == 0)
			continue;
		for (size_t s = 0; s < f->location.count; s++) {
			if (covers(&f->location.spans[s], at + 1)) {
				tell(context, f);
				break;
			}
		}
	}
}

struct telling {
	FILE *out;
	bool any;
};

static void tell_feature(void *context, const struct ls_feature *f)
{
	struct telling *t = context;
	char label[SHOWN_MAX], key[SHOWN_MAX];
	fprintf(t->out, "%s%s '%s'", t->any ? ", " : " in ", ls_dna_plain(f->key, key, sizeof key),
		ls_dna_show(f->label, label, sizeof label));
	t->any = true;
}

/* The block's part (NULL: none), or the features that have the base. */
static void print_where(FILE *out, const char *part, const struct ls_genbank *g, size_t at)
{
	struct telling telling = { .out = out };
	if (part)
		fprintf(out, " in the block's %s", part);
	else
		ls_dna_features_at(g, at, tell_feature, &telling);
	fprintf(out, "\n");
}

static void print_difference(FILE *out, const struct ls_dna_verdict *v, const struct ls_genbank *g,
			     const struct ls_difference *d)
{
	fprintf(out, "  corrected   base %zu: ", d->at + 1);
	switch (d->kind) {
	case LS_SUBSTITUTED:
		fprintf(out, "%c seen, %c signed", ls_base_letter(d->seen),
			ls_base_letter(d->should));
		break;
	case LS_INSERTED: fprintf(out, "%c seen, and none signed", ls_base_letter(d->seen)); break;
	case LS_DELETED:
		fprintf(out, "%c signed before it, and not seen", ls_base_letter(d->should));
		break;
	}
	print_where(out, ls_dna_part_at(v, d->should_at), g, d->at);
}

static void print_excess(FILE *out, int64_t bases, const char *where)
{
	if (bases != 0)
		fprintf(out, "  length      %lld bases %s than were signed %s\n",
			(long long)(bases < 0 ? -bases : bases), bases < 0 ? "fewer" : "more",
			where);
}

/* Nothing could be corrected: what parity says all the same. */
static void print_damage(FILE *out, const struct ls_damage *d, const struct ls_genbank *g)
{
	print_excess(out, d->around, "around the block");
	print_excess(out, d->inside, "between its tags");
	if (d->words > 0 && d->clean == d->words)
		fprintf(out, "  parity      no error: this is what it was made for, so nothing was "
			     "misread\n");
	else if (d->broken > 0)
		fprintf(out,
			"  parity      %zu of %zu words have more than the %u errors that each "
			"corrects; which of their bases are wrong cannot be told\n",
			d->broken, d->words, d->errors);
	else if (d->words > 0)
		fprintf(out, "  parity      corrected by it, this is not what was signed either\n");
	for (size_t i = 0; i < d->suspects.count && i < SUSPECTS_SHOWN; i++) {
		const struct ls_difference *one = &d->suspects.list[i];
		fprintf(out,
			"  suspected   base %zu: %c seen, %c by the parity, which no signature "
			"confirms,",
			one->at + 1, ls_base_letter(one->seen), ls_base_letter(one->should));
		print_where(out, part_of(&d->layout, one->should_at), g, one->at);
	}
	if (d->suspects.count > SUSPECTS_SHOWN)
		fprintf(out, "  suspected   and %zu more bases\n",
			d->suspects.count - SUSPECTS_SHOWN);
}

/* "bases 5..9", "bases 95..100 and 1..4". */
static const char *range_text(const struct ls_dna_range *r, size_t n, char *ret, size_t size)
{
	size_t end = r->first + r->size;
	if (end > n)
		snprintf(ret, size, "bases %zu..%zu and 1..%zu", r->first + 1, n, end - n);
	else
		snprintf(ret, size, "bases %zu..%zu", r->first + 1, end);
	return ret;
}

/* The block that is told of is not told again. */
static bool is_told(const struct ls_dna_verdict *v, const struct ls_dna_found *f, size_t n)
{
	size_t start = f->reversed ? (f->block.first + f->block.size - 1) % n : f->block.first;
	return v->has_block && f->reversed == v->reversed && start == v->start;
}

/* What the block that is told of covers, it too. */
static const char *told_range(const struct ls_dna_verdict *v, size_t n, char *ret, size_t size)
{
	for (size_t i = 0; i < v->blocks.count; i++)
		if (is_told(v, &v->blocks.list[i], n))
			return range_text(&v->blocks.list[i].covered, n, ret, size);
	return "(they are not listed)";
}

static void print_block(FILE *out, const struct ls_dna_verdict *v, size_t n)
{
	const struct ls_block *b = &v->judged.block;
	char authority[SHOWN_MAX];
	bool sure = v->signed_for;
	for (size_t i = 0; i < b->signer_count; i++)
		fprintf(out, "  %s   %s\n", sure ? "signed by" : "claims   ", b->signers[i].text);
	if (sure)
		fprintf(out, "  authority   %s\n",
			ls_dna_show(v->judged.authority, authority, sizeof authority));
	fprintf(out, "  plasmid ID  %06u\n  profile     %s%s\n", b->plasmid_id,
		ls_profiles[b->profile].name, ls_profile_remark(b->profile));
	size_t size = v->judged.layout.at[LS_PART_COUNT];
	fprintf(out, "  block       %zu bases from base %zu%s\n", size, v->start + 1,
		v->reversed ? " on, on the file's other strand" : " on");
	char range[96];
	if (b->segment)
		fprintf(out,
			"  segment     %u bases around the block are covered%s%s, nothing else of "
			"the record is\n",
			b->length, sure ? ": " : "",
			sure ? told_range(v, n, range, sizeof range) : "");
	else
		fprintf(out, "  covered     %u bases, %s\n", b->length,
			b->linear ? "linear" : "circular");
	if (sure && v->judged.moved)
		fprintf(out, "  moved       the block lay elsewhere in this molecule when it was "
			     "signed\n");
}

static void print_found(FILE *out, const struct ls_dna_found *f, size_t n)
{
	static const char *const words[LS_DNA_STANDINGS] = {
		[LS_DNA_HOLDS] = "it holds",
		[LS_DNA_FAILS] = "it does not hold for this molecule",
		[LS_DNA_UNKNOWN] = "no trusted authority has its signer",
		[LS_DNA_UNTRIED] = "it was not tried: the effort's bound was reached",
		[LS_DNA_INNER] = "it is covered, too",
	};
	char block[96], covers[96];
	fprintf(out, "  also        a block in %s%s, %s %s, plasmid ID %06u, of ",
		range_text(&f->block, n, block, sizeof block),
		f->reversed ? " of the file's other strand" : "",
		f->standing == LS_DNA_HOLDS ? "signed by" : "claims", f->signer.text,
		f->plasmid_id);
	if (f->segment)
		fprintf(out, "a segment, %s: %s\n",
			range_text(&f->covered, n, covers, sizeof covers), words[f->standing]);
	else
		fprintf(out, "the whole molecule: %s\n", words[f->standing]);
}

/* How much of the record signatures cover: what is not covered may be anything. */
static void print_coverage(FILE *out, const struct ls_dna_verdict *v, size_t n)
{
	size_t covered;
	for (size_t i = 0; i < v->blocks.count; i++)
		if (!is_told(v, &v->blocks.list[i], n))
			print_found(out, &v->blocks.list[i], n);
	if (v->blocks.left_off > 0)
		fprintf(out, "  also        %zu more blocks\n", v->blocks.left_off);
	if (ls_dna_covered(&v->blocks, n, &covered) < 0 || covered == 0)
		return;
	if (covered == n)
		fprintf(out, "  coverage    all %zu bases of the record\n", n);
	else
		fprintf(out,
			"  coverage    %s%zu of the record's %zu bases; %zu are in no segment that "
			"holds\n",
			v->blocks.left_off > 0 ? "at least " : "", covered, n, n - covered);
}

static void print_legacy(FILE *out, const struct ls_molecule *m)
{
	struct ls_legacy l;
	if (ls_legacy_find(m, &l, NULL) < 0)
		return;
	fprintf(out, "  legacy      signature not verifiable here: a block of the papers' first "
		     "version\n");
	fprintf(out, "  claims      %s, plasmid ID %s\n", l.orcid, l.id);
	if (l.parity == 0)
		fprintf(out, "  parity      none\n");
	else if (l.errors < 0)
		fprintf(out, "  parity      %zu bases: there are more errors than it corrects\n",
			l.parity);
	else
		fprintf(out, "  parity      %zu bases: %d errors\n", l.parity, l.errors);
}

void ls_dna_report_text(FILE *out, const char *file, const struct ls_molecule *m,
			const struct ls_genbank *genbank, const struct ls_dna_verdict *v)
{
	char name[SHOWN_MAX], plain[LS_DNA_FILE_SIZE], why[LS_DNA_WHY_SIZE];
	fprintf(out, "%s: %s: %s: %s%s\n", ls_dna_plain(file, plain, sizeof plain),
		ls_dna_show(m->name, name, sizeof name), ls_dna_verdict_word(v->outcome),
		ls_dna_outcome_words[v->outcome],
		v->signed_for && v->judged.block.segment ? ", nothing but the segment is covered"
		: v->signed_for && v->judged.moved	 ? ", the block was moved"
							 : "");
	if (v->why.code)
		fprintf(out, "  why         %s [%s]\n",
			ls_dna_plain(v->why.message, why, sizeof why), v->why.id);
	if (v->has_block)
		print_block(out, v, m->bases.size);
	print_coverage(out, v, m->bases.size);
	for (size_t i = 0; i < v->differences.count; i++)
		print_difference(out, v, genbank, &v->differences.list[i]);
	print_damage(out, &v->damage, genbank);
	for (size_t i = 0; i < v->near_count; i++)
		fprintf(out, "  near        %s tag with %u edits at base %zu%s\n",
			v->near[i].end_tag ? "an end" : "a start", v->near[i].edits,
			v->near[i].place, v->near[i].reversed ? ", on the other strand" : "");
	if (v->outcome == LS_DNA_LEGACY)
		print_legacy(out, m);
}

/* --- JSON ---------------------------------------------------------------- */

static void add_feature(void *context, const struct ls_feature *f)
{
	char label[SHOWN_MAX], key[SHOWN_MAX];
	json_array_append_new(context,
			      json_pack("{s:s, s:s}", "key", ls_dna_plain(f->key, key, sizeof key),
					"label", ls_dna_show(f->label, label, sizeof label)));
}

static void set_base(json_t *to, const char *name, bool there, uint8_t base)
{
	char letter[2] = { ls_base_letter(base), '\0' };
	json_object_set_new(to, name, there ? json_string(letter) : json_null());
}

/* part: of the block; NULL: none. */
static json_t *difference_json(const char *part, const struct ls_genbank *g,
			       const struct ls_difference *d)
{
	json_t *one = json_object(), *features = json_array();
	json_object_set_new(one, "base", json_integer((json_int_t)d->at + 1));
	set_base(one, "seen", d->kind != LS_DELETED, d->seen);
	set_base(one, "signed", d->kind != LS_INSERTED, d->should);
	json_object_set_new(one, "part", part ? json_string(part) : json_null());
	if (!part)
		ls_dna_features_at(g, d->at, add_feature, features);
	json_object_set_new(one, "features", features);
	return one;
}

/* null: there is nothing to tell. */
static json_t *damage_json(const struct ls_damage *d, const struct ls_genbank *g)
{
	if (!d->known)
		return json_null();
	json_t *suspects = json_array();
	for (size_t i = 0; i < d->suspects.count; i++) {
		const struct ls_difference *one = &d->suspects.list[i];
		json_array_append_new(suspects,
				      difference_json(part_of(&d->layout, one->should_at), g, one));
	}
	return json_pack("{s:I, s:I, s:i, s:I, s:I, s:I, s:o}", "around", (json_int_t)d->around,
			 "inside", (json_int_t)d->inside, "errors", (int)d->errors, "words",
			 (json_int_t)d->words, "clean", (json_int_t)d->clean, "beyond",
			 (json_int_t)d->broken, "suspects", suspects);
}

static json_t *block_json(const struct ls_dna_verdict *v)
{
	const struct ls_block *b = &v->judged.block;
	json_t *signers = json_array();
	char authority[SHOWN_MAX];
	for (size_t i = 0; i < b->signer_count; i++)
		json_array_append_new(signers, json_string(b->signers[i].text));
	json_t *authority_json =
		v->signed_for
			? json_string(ls_dna_show(v->judged.authority, authority, sizeof authority))
			: json_null();
	return json_pack("{s:b, s:o, s:o, s:i, s:s, s:I, s:I, s:b, s:I, s:s, s:b}", "sure",
			 v->signed_for, "signers", signers, "authority", authority_json,
			 "plasmid_id", (int)b->plasmid_id, "profile", ls_profiles[b->profile].name,
			 "start", (json_int_t)v->start + 1, "bases",
			 (json_int_t)v->judged.layout.at[LS_PART_COUNT], "other_strand",
			 v->reversed, "covered", (json_int_t)b->length, "topology",
			 b->segment  ? "segment"
			 : b->linear ? "linear"
				     : "circular",
			 "moved", v->judged.moved);
}

static json_t *found_json(const struct ls_dna_found *f)
{
	return json_pack("{s:s, s:s, s:i, s:I, s:I, s:b, s:b, s:I, s:I}", "standing",
			 ls_dna_standing_words[f->standing], "signer", f->signer.text, "plasmid_id",
			 (int)f->plasmid_id, "first", (json_int_t)f->block.first + 1, "bases",
			 (json_int_t)f->block.size, "other_strand", f->reversed, "segment",
			 f->segment, "covers_first", (json_int_t)f->covered.first + 1, "covers",
			 (json_int_t)f->covered.size);
}

static json_t *coverage_json(const struct ls_dna_verdict *v, size_t n)
{
	json_t *blocks = json_array();
	size_t covered;
	for (size_t i = 0; i < v->blocks.count; i++)
		json_array_append_new(blocks, found_json(&v->blocks.list[i]));
	if (ls_dna_covered(&v->blocks, n, &covered) < 0) {
		json_decref(blocks);
		return NULL;
	}
	return json_pack("{s:I, s:I, s:o, s:I}", "bases", (json_int_t)n, "covered",
			 (json_int_t)covered, "blocks", blocks, "left_off",
			 (json_int_t)v->blocks.left_off);
}

static json_t *legacy_json(const struct ls_molecule *m)
{
	struct ls_legacy l;
	if (ls_legacy_find(m, &l, NULL) < 0)
		return json_null();
	return json_pack("{s:s, s:s, s:i, s:i}", "orcid", l.orcid, "plasmid_id", l.id,
			 "parity_bases", (int)l.parity, "errors", l.errors);
}

json_t *ls_dna_report_json(const char *file, const struct ls_molecule *m,
			   const struct ls_genbank *genbank, const struct ls_dna_verdict *v)
{
	char name[SHOWN_MAX], plain[LS_DNA_FILE_SIZE], why[LS_DNA_WHY_SIZE];
	json_t *differences = json_array(), *near = json_array();
	for (size_t i = 0; i < v->differences.count; i++)
		json_array_append_new(
			differences,
			difference_json(ls_dna_part_at(v, v->differences.list[i].should_at),
					genbank, &v->differences.list[i]));
	for (size_t i = 0; i < v->near_count; i++)
		json_array_append_new(near, json_pack("{s:I, s:s, s:i, s:b}", "base",
						      (json_int_t)v->near[i].place, "tag",
						      v->near[i].end_tag ? "end" : "start", "edits",
						      (int)v->near[i].edits, "other_strand",
						      v->near[i].reversed));
	return json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "file",
		ls_dna_plain(file, plain, sizeof plain), "record",
		ls_dna_show(m->name, name, sizeof name), "verdict", ls_dna_verdict_word(v->outcome),
		"outcome", ls_dna_outcome_words[v->outcome], "id", v->why.id, "why",
		ls_dna_plain(v->why.message, why, sizeof why), "block",
		v->has_block ? block_json(v) : json_null(), "corrections", differences, "near",
		near, "legacy", v->outcome == LS_DNA_LEGACY ? legacy_json(m) : json_null(),
		"coverage", coverage_json(v, m->bases.size), "parity",
		damage_json(&v->damage, genbank));
}

json_t *ls_dna_report_unread(const char *file, const char *name, const struct ls_error *why)
{
	char shown[SHOWN_MAX], plain[LS_DNA_FILE_SIZE], words[LS_DNA_WHY_SIZE];
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:n, s:[], s:[], s:n, s:n, s:n}", "file",
			 ls_dna_plain(file, plain, sizeof plain), "record",
			 *name ? ls_dna_show(name, shown, sizeof shown) : "", "verdict",
			 "COULD NOT BE CHECKED", "outcome", "unread", "id", why->id, "why",
			 ls_dna_plain(why->message, words, sizeof words), "block", "corrections",
			 "near", "legacy", "coverage", "parity");
}
