/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/sign.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/dna/block/document_part.h"
#include "audit/dna/block/edits.h"
#include "audit/dna/command_internal.h"

int ls_dna_signing_topology(struct ls_dna_signing *s, const struct ls_molecule *m,
			    struct ls_error *err)
{
	if (s->topology == LS_TOPOLOGY_UNSAID)
		s->topology = m->topology;
	if (s->topology == LS_TOPOLOGY_UNSAID)
		return ls_fail(err, -EINVAL, "dna.sign.topology",
			       "the file does not say whether the molecule is circular or linear; "
			       "say --topology");
	if (m->topology != LS_TOPOLOGY_UNSAID && m->topology != s->topology)
		return ls_fail(err, -EINVAL, "dna.sign.topology",
			       "the file says that the molecule is %s",
			       m->topology == LS_CIRCULAR ? "circular" : "linear");
	return 0;
}

static int sign_digest(void *context, struct ls_block *b, const struct ls_digest *digest,
		       struct ls_error *err)
{
	return ls_dna_sign(context, b->profile, digest, b->signature, err);
}

/* A base inside the segment, and in no feature. */
static int choose_place(const struct ls_dna_signing *s, const struct ls_molecule *m,
			const struct ls_genbank *g, struct ls_dna_signed *ret, struct ls_error *err)
{
	size_t n = m->bases.size;
	const struct ls_feature *beside = NULL;
	ret->at = s->at;
	if (s->at == 0 && s->segment_first > 0)
		ret->at = s->segment_first + (s->segment_last - s->segment_first) / 2 + 1;
	else if (s->at == 0)
		ret->at = g ? ls_genbank_free_place(g) : n / 2 + 1;
	if (ret->at == 0)
		return ls_fail(
			err, -EEXIST, "dna.place.none",
			"features cover the whole molecule: there is no place that cuts none");
	if (ret->at > n + 1)
		return ls_fail(err, -EINVAL, "dna.place.number", "base %zu: there are %zu bases",
			       ret->at, n);
	if (s->segment_first > 0 && (ret->at < s->segment_first || ret->at > s->segment_last + 1))
		return ls_fail(err, -EINVAL, "dna.place.segment",
			       "base %zu is not in the segment %zu..%zu", ret->at, s->segment_first,
			       s->segment_last);
	int rc = g ? ls_genbank_may_insert(g, ret->at, &beside, err) : 0;
	if (rc == 0 && beside)
		snprintf(ret->beside, sizeof ret->beside, "%s '%s'", beside->key, beside->label);
	return rc;
}

/* What the signature covers, and what lies around a segment. */
static int make_site(const struct ls_dna_signing *s, const struct ls_molecule *m, size_t at,
		     struct ls_site_of_block *ret, struct ls_error *err)
{
	const uint8_t *bases = m->bases.data;
	size_t n = m->bases.size;
	*ret = (struct ls_site_of_block){
		.bases = bases, .n = n, .circular = s->topology == LS_CIRCULAR, .at = at - 1
	};
	if (s->segment_first > 0) {
		if (s->segment_last > n)
			return ls_fail(err, -EINVAL, "dna.place.segment",
				       "the segment ends at base %zu: there are %zu bases",
				       s->segment_last, n);
		*ret = (struct ls_site_of_block){ .bases = bases + s->segment_first - 1,
						  .n = s->segment_last - s->segment_first + 1,
						  .at = at - s->segment_first,
						  .before = bases,
						  .before_size = s->segment_first - 1,
						  .after = bases + s->segment_last,
						  .after_size = n - s->segment_last };
	} else if (ret->circular && ret->at == n) {
		ret->at = 0; /* behind the last base is before the first */
	}
	return 0;
}

/* In the case of the letters around it. */
static int block_letters(const struct ls_molecule *m, size_t at, const struct ls_buffer *block,
			 struct ls_buffer *out)
{
	const struct ls_buffer *letters = &m->letters;
	size_t neighbour = at <= letters->size ? at - 1 : letters->size - 1;
	int rc = ls_bases_to_text(block->data, block->size, out);
	if (rc == 0 && isupper(letters->data[neighbour]))
		for (size_t i = 0; i < out->size; i++)
			out->data[i] = (uint8_t)toupper(out->data[i]);
	return rc;
}

static void part_note(const struct ls_block *b, int part, char *ret, size_t size)
{
	int n = snprintf(ret, size, "%s %d: %s", LS_BLOCK_NOTE, b->version, ls_part_names[part]);
	if (part == LS_PART_SIGNERS)
		snprintf(ret + n, size - (size_t)n, " %s", b->signers[0].text);
	else if (part == LS_PART_PLASMID_ID)
		snprintf(ret + n, size - (size_t)n, " %06u", b->plasmid_id);
	else if (part == LS_PART_HEADER)
		snprintf(ret + n, size - (size_t)n, ", profile %s", ls_profiles[b->profile].name);
}

static int write_genbank(const struct ls_block *b, const struct ls_genbank *g, size_t at,
			 const struct ls_buffer *letters, struct ls_buffer *out,
			 struct ls_error *err)
{
	struct ls_layout l;
	struct ls_new_feature features[LS_PART_COUNT];
	char labels[LS_PART_COUNT][48], notes[LS_PART_COUNT][80];
	size_t count = 0;
	ls_block_layout(b, &l);
	for (int p = 0; p < LS_PART_COUNT; p++) {
		if (l.at[p] == l.at[p + 1])
			continue;
		snprintf(labels[p], sizeof labels[p], "labseal %s", ls_part_names[p]);
		part_note(b, p, notes[p], sizeof notes[p]);
		features[count++] = (struct ls_new_feature){ .key = "misc_feature",
							     .label = labels[p],
							     .note = notes[p],
							     .first = at + l.at[p],
							     .last = at + l.at[p + 1] - 1 };
	}
	return ls_genbank_insert(g, at, ls_buffer_str(letters), letters->size, features, count, out,
				 err);
}

static int write_fasta(const struct ls_molecule *m, size_t at, const struct ls_buffer *letters,
		       struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer whole;
	char name[LS_MOLECULE_NAME_MAX + 1];
	ls_buffer_init(&whole, m->letters.size + letters->size);
	ls_buffer_add(&whole, m->letters.data, at - 1);
	ls_buffer_add(&whole, letters->data, letters->size);
	ls_buffer_add(&whole, m->letters.data + at - 1, m->letters.size - (at - 1));
	if (ls_buffer_error(&whole) < 0 || ls_dna_fasta(ls_dna_show(m->name, name, sizeof name),
							ls_buffer_str(&whole), whole.size, out) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	return 0;
}

/* How this molecule becomes the earlier one again, both as the block will read. */
static int add_edits(const struct ls_molecule *earlier, const struct ls_site_of_block *site,
		     struct ls_block *b, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer now, before, edits;
	size_t at = site->circular ? site->at : 0, n = earlier->bases.size;
	ls_buffer_init(&now, site->n);
	ls_buffer_init(&before, n);
	ls_buffer_init(&edits, LS_DOCUMENT_MAX);
	ls_buffer_add(&now, site->bases + at, site->n - at);
	ls_buffer_add(&now, site->bases, at);
	int rc = -EFBIG;
	for (unsigned nth = 0; rc == -EFBIG && nth < 16; nth++) {
		ls_buffer_clear(&before);
		ls_buffer_clear(&edits);
		if (ls_buffer_add(&before, earlier->bases.data, n) < 0 || ls_buffer_error(&now) < 0)
			return ls_fail(err, -ENOMEM, "memory", "out of memory");
		if (site->circular && !ls_edits_align(now.data, now.size, before.data, n, nth))
			return ls_fail(err, -EFBIG, "dna.edits.many",
				       "the earlier molecule has nothing in common with this one");
		rc = ls_edits_make(now.data, now.size, before.data, n, &edits, err);
	}
	if (rc == 0 &&
	    ls_document_part_add(&b->document, LS_DOCUMENT_EDITS, edits.data, edits.size) < 0)
		rc = ls_fail(err, -EFBIG, "dna.document.size",
			     "the documentation does not fit into %d bytes", LS_DOCUMENT_MAX);
	return rc;
}

static int document(const struct ls_dna_signing *s, const struct ls_molecule *m,
		    const struct ls_genbank *genbank, size_t at, struct ls_block *b,
		    struct ls_error *err)
{
	const uint8_t place[4] = { (uint8_t)(at >> 24), (uint8_t)(at >> 16), (uint8_t)(at >> 8),
				   (uint8_t)at };
	if (!s->documenter)
		return 0;
	if (ls_document_part_add(&b->document, LS_DOCUMENT_ORIGIN, place, sizeof place) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	int rc = s->documenter->document(s->documenter->context, m, genbank, &b->document,
					 &b->dictionary, err);
	if (rc == 0 && ls_buffer_error(&b->document) == -EFBIG)
		rc = ls_fail(err, -EFBIG, "dna.document.size",
			     "the documentation does not fit into %d bytes", LS_DOCUMENT_MAX);
	return rc;
}

int ls_dna_signing_prepare(const struct ls_dna_signing *s, uint16_t hint,
			   const struct ls_orcid *signers, size_t count,
			   const struct ls_molecule *m, const struct ls_genbank *genbank,
			   struct ls_block *b, struct ls_site_of_block *ret_site,
			   struct ls_dna_signed *ret, struct ls_error *err)
{
	b->profile = s->profile;
	b->errors = (uint8_t)s->errors;
	b->segment = s->segment_first > 0;
	b->hint = hint;
	b->plasmid_id = s->plasmid_id;
	b->signer_count = count;
	memcpy(b->signers, signers, count * sizeof(*signers));
	int rc = choose_place(s, m, genbank, ret, err);
	if (rc == 0)
		rc = make_site(s, m, ret->at, ret_site, err);
	if (rc == 0)
		rc = document(s, m, genbank, ret->at, b, err);
	if (rc == 0 && s->earlier)
		rc = add_edits(s->earlier, ret_site, b, err);
	return rc;
}

int ls_dna_signing_write(const struct ls_block *b, const struct ls_molecule *m,
			 const struct ls_genbank *genbank, bool fasta,
			 const struct ls_buffer *block, struct ls_buffer *out,
			 struct ls_dna_signed *ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer letters;
	ls_buffer_init(&letters, LS_MOLECULE_SIZE_MAX);
	ret->bases = block->size;
	if (block_letters(m, ret->at, block, &letters) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	return fasta ? write_fasta(m, ret->at, &letters, out, err)
		     : write_genbank(b, genbank, ret->at, &letters, out, err);
}

int ls_dna_sign_molecule(const struct ls_dna_signing *s, const struct ls_dna_key *key,
			 const struct ls_molecule *m, const struct ls_genbank *genbank, bool fasta,
			 struct ls_buffer *out, struct ls_dna_signed *ret, struct ls_error *err)
{
	_cleanup_block_ struct ls_block b;
	_cleanup_buffer_ struct ls_buffer block;
	struct ls_site_of_block site;
	struct ls_orcid signers[LS_SIGNERS_MAX];
	const struct ls_block_signer signer = { sign_digest, (void *)(uintptr_t)key };
	ls_block_init(&b);
	ls_buffer_init(&block, LS_MOLECULE_SIZE_MAX);
	size_t count = ls_dna_key_signers(key, signers);
	int rc = ls_dna_signing_prepare(s, ls_dna_key_hint(key), signers, count, m, genbank, &b,
					&site, ret, err);
	if (rc == 0)
		rc = ls_block_compose(&b, &site, s->rules, &signer, &block, err);
	return rc < 0 ? rc : ls_dna_signing_write(&b, m, genbank, fasta, &block, out, ret, err);
}
