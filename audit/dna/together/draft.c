/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/together/draft.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "lib/cal/line.h"

#define DRAFT_LINE "labseal/dna-draft/v1"
#define PART_LINE  "labseal/dna-part/v1"

void ls_dna_draft_init(struct ls_dna_draft *d)
{
	memset(d, 0, sizeof(*d));
	ls_block_init(&d->block);
	d->block.profile = LS_PROFILE_AGGREGATE;
	ls_buffer_init(&d->masks, LS_DNA_DRAFT_MAX);
}

void ls_dna_draft_free(struct ls_dna_draft *d)
{
	ls_block_free(&d->block);
	ls_buffer_free(&d->masks);
}

const uint8_t *ls_dna_draft_masks(const struct ls_dna_draft *d, size_t i)
{
	static const uint8_t none[1];
	size_t chunks = ls_document_chunks(d->block.document.size);
	return chunks == 0 ? none : d->masks.data + i * chunks;
}

void ls_draft_molecule(const uint8_t *canonical, size_t n, struct ls_digest *ret)
{
	ls_sha256_buffer(canonical, n, ret);
}

/* --- formatting -------------------------------------------------------------- */

static void add_bytes(struct ls_buffer *out, const void *bytes, size_t n)
{
	if (n == 0)
		ls_buffer_add_u8(out, '-');
	else
		ls_base64_encode(bytes, n, out);
	ls_buffer_add_u8(out, '\n');
}

static const char *topology_word(const struct ls_block *b)
{
	return b->segment ? "segment" : b->linear ? "linear" : "circular";
}

int ls_dna_draft_format(const struct ls_dna_draft *d, struct ls_buffer *out)
{
	const struct ls_block *b = &d->block;
	size_t chunks = ls_document_chunks(b->document.size);
	ls_buffer_add_str(out, DRAFT_LINE "\n");
	ls_cal_add_digest(out, "authority", &d->authority);
	for (size_t i = 0; i < b->signer_count; i++)
		ls_buffer_printf(out, "signer %s\n", b->signers[i].text);
	ls_buffer_printf(out, "plasmid-id %u\nerrors %u\ntopology %s\nlength %u\nplace %llu\n",
			 b->plasmid_id, b->errors, topology_word(b), b->length,
			 (unsigned long long)b->place);
	ls_buffer_printf(out, "at %zu\n", d->at);
	if (b->segment)
		ls_buffer_printf(out, "segment %zu %zu\n", d->segment_first, d->segment_last);
	ls_cal_add_digest(out, "molecule", &d->molecule);
	ls_buffer_printf(out, "document %u ", b->dictionary);
	add_bytes(out, b->document.data, b->document.size);
	for (size_t i = 0; i < d->draw_count; i++) {
		ls_buffer_printf(out, "draw %u ", d->draws[i]);
		add_bytes(out, ls_dna_draft_masks(d, i), chunks);
	}
	return ls_buffer_error(out);
}

int ls_dna_part_format(const struct ls_dna_part *p, struct ls_buffer *out)
{
	ls_buffer_add_str(out, PART_LINE "\n");
	ls_cal_add_digest(out, "draft", &p->draft);
	ls_buffer_printf(out, "signer %s\nkey ", p->signer.orcid.text);
	add_bytes(out, p->signer.key, sizeof(p->signer.key));
	ls_buffer_add_str(out, "proof ");
	add_bytes(out, p->signer.proof, sizeof(p->signer.proof));
	for (size_t i = 0; i < p->count; i++) {
		ls_buffer_add_str(out, "signature ");
		add_bytes(out, p->signatures[i], LS_PART_SIGNATURE);
	}
	return ls_buffer_error(out);
}

/* --- parsing ----------------------------------------------------------------- */

/* Exactly n bytes ("-" for none). */
static int decode(struct ls_cal_lines *lines, struct ls_cal_field f, uint8_t *ret, size_t n)
{
	size_t size = 0;
	bool good = n == 0 ? f.length == 1 && f.text[0] == '-'
			   : ls_base64_decode(f.text, f.length, ret, n, &size) == 0 && size == n;
	return good ? 0 : ls_cal_lines_fail(lines, "it is of another size, or no base64");
}

static int take_exactly(struct ls_cal_lines *lines, const char *keyword, uint8_t *ret, size_t n,
			const char *form)
{
	struct ls_cal_field f;
	int rc = ls_cal_lines_take(lines, keyword, &f, 1, form);
	return rc < 0 ? rc : decode(lines, f, ret, n);
}

static int take_orcid(struct ls_cal_lines *lines, struct ls_orcid *ret)
{
	struct ls_cal_field f;
	char text[LS_ORCID_SIZE];
	int rc = ls_cal_lines_take(lines, "signer", &f, 1, "signer ORCID");
	if (rc == 0 && (ls_cal_field_word(f, text, sizeof(text)) < 0 ||
			ls_orcid_parse(text, ret, NULL) < 0 || strcmp(text, ret->text) != 0))
		rc = ls_cal_lines_fail(lines, "it is no ORCID iD");
	return rc;
}

static int take_signers(struct ls_cal_lines *lines, struct ls_block *b)
{
	int rc = 0;
	do {
		struct ls_orcid who;
		rc = b->signer_count == LS_SIGNERS_MAX
			     ? ls_cal_lines_fail(lines, "more signers than a block has")
			     : take_orcid(lines, &who);
		for (size_t i = 0; rc == 0 && i < b->signer_count; i++)
			if (strcmp(b->signers[i].text, who.text) == 0)
				rc = ls_cal_lines_fail(lines, "a signer is there twice");
		if (rc == 0)
			b->signers[b->signer_count++] = who;
	} while (rc == 0 && ls_reader_left(&lines->r) > 7 &&
		 memcmp(lines->r.data + lines->r.pos, "signer ", 7) == 0);
	return rc;
}

static int take_number(struct ls_cal_lines *lines, const char *keyword, uint64_t max, uint64_t *ret,
		       const char *form)
{
	struct ls_cal_field f;
	int rc = ls_cal_lines_take(lines, keyword, &f, 1, form);
	if (rc == 0 && ls_cal_field_number(f, max, ret) < 0)
		rc = ls_cal_lines_fail(lines, "it is no such number");
	return rc;
}

static int take_topology(struct ls_cal_lines *lines, struct ls_block *b)
{
	b->segment = ls_cal_lines_is(lines, "topology segment");
	b->linear = b->segment || ls_cal_lines_is(lines, "topology linear");
	return b->linear || ls_cal_lines_is(lines, "topology circular")
		       ? 0
		       : ls_cal_lines_fail(lines,
					   "it is not \"topology circular\", linear or segment");
}

static int take_segment(struct ls_cal_lines *lines, struct ls_dna_draft *d)
{
	struct ls_cal_field f[2];
	uint64_t first, last;
	if (!d->block.segment)
		return 0;
	int rc = ls_cal_lines_take(lines, "segment", f, 2, "segment FROM TO");
	if (rc == 0 && (ls_cal_field_number(f[0], UINT32_MAX, &first) < 0 ||
			ls_cal_field_number(f[1], UINT32_MAX, &last) < 0 || first == 0 ||
			last < first || last - first + 1 != d->block.length))
		rc = ls_cal_lines_fail(lines, "it is no segment of this length");
	if (rc == 0) {
		d->segment_first = first;
		d->segment_last = last;
	}
	return rc;
}

static int take_numbers(struct ls_cal_lines *lines, struct ls_dna_draft *d)
{
	struct ls_block *b = &d->block;
	uint64_t id, errors, length, place, at;
	int rc = take_number(lines, "plasmid-id", LS_PLASMID_ID_MAX, &id, "plasmid-id N");
	if (rc == 0)
		rc = take_number(lines, "errors", LS_ERRORS_MAX, &errors, "errors N");
	if (rc == 0)
		rc = take_topology(lines, b);
	if (rc == 0)
		rc = take_number(lines, "length", INT32_MAX, &length, "length N");
	if (rc == 0)
		rc = take_number(lines, "place", UINT32_MAX, &place, "place N");
	if (rc == 0)
		rc = take_number(lines, "at", UINT32_MAX, &at, "at N");
	if (rc < 0)
		return rc;
	b->plasmid_id = (uint32_t)id;
	b->errors = (uint8_t)errors;
	b->length = (uint32_t)length;
	b->place = place;
	d->at = at;
	return at == 0 || length == 0 ? ls_cal_lines_fail(lines, "it counts from 1")
				      : take_segment(lines, d);
}

static int take_document(struct ls_cal_lines *lines, struct ls_block *b)
{
	struct ls_cal_field f[2];
	uint64_t dictionary;
	size_t size = 0;
	int rc = ls_cal_lines_take(lines, "document", f, 2, "document DICTIONARY BASE64");
	if (rc < 0)
		return rc;
	if (ls_cal_field_number(f[0], UINT8_MAX, &dictionary) < 0)
		return ls_cal_lines_fail(lines, "it is no dictionary");
	b->dictionary = (uint8_t)dictionary;
	if (f[1].length == 1 && f[1].text[0] == '-')
		return 0;
	uint8_t *bytes = ls_buffer_reserve(&b->document, LS_DOCUMENT_MAX);
	if (!bytes)
		return ls_fail(lines->err, -ENOMEM, "dna.memory", "out of memory");
	if (ls_base64_decode(f[1].text, f[1].length, bytes, LS_DOCUMENT_MAX, &size) < 0 ||
	    size == 0)
		return ls_cal_lines_fail(lines, "it is too long, or no base64");
	ls_buffer_commit(&b->document, size);
	return 0;
}

static int take_draw(struct ls_cal_lines *lines, struct ls_dna_draft *d)
{
	struct ls_cal_field f[2];
	uint64_t draw;
	size_t chunks = ls_document_chunks(d->block.document.size);
	int rc = ls_cal_lines_take(lines, "draw", f, 2, "draw N BASE64");
	if (rc == 0 && (ls_cal_field_number(f[0], LS_DRAWS - 1, &draw) < 0 ||
			d->draw_count == LS_DRAFT_DRAWS_MAX))
		rc = ls_cal_lines_fail(lines, "it is no draw, or one too many");
	if (rc < 0)
		return rc;
	uint8_t *masks = ls_buffer_reserve(&d->masks, chunks + 1);
	if (!masks)
		return ls_fail(lines->err, -ENOMEM, "dna.memory", "out of memory");
	rc = decode(lines, f[1], masks, chunks);
	if (rc < 0)
		return rc;
	ls_buffer_commit(&d->masks, chunks);
	for (size_t i = 0; i < d->draw_count; i++)
		if (d->draws[i] == draw)
			return ls_cal_lines_fail(lines, "a draw is there twice");
	d->draws[d->draw_count++] = (uint16_t)draw;
	return 0;
}

int ls_dna_draft_parse(const void *bytes, size_t size, struct ls_dna_draft *d, struct ls_error *err)
{
	struct ls_cal_lines lines = { .id = "dna.draft.form",
				      .what = "the draft of a block",
				      .err = err };
	ls_reader_init(&lines.r, bytes, size);
	if (!ls_cal_lines_is(&lines, DRAFT_LINE))
		return ls_cal_lines_fail(&lines, "it is not \"" DRAFT_LINE "\"");
	int rc = ls_cal_take_digest(&lines, "authority", &d->authority, "authority SHA256");
	if (rc == 0)
		rc = take_signers(&lines, &d->block);
	if (rc == 0)
		rc = take_numbers(&lines, d);
	if (rc == 0)
		rc = ls_cal_take_digest(&lines, "molecule", &d->molecule, "molecule SHA256");
	if (rc == 0)
		rc = take_document(&lines, &d->block);
	do
		rc = rc < 0 ? rc : take_draw(&lines, d);
	while (rc == 0 && ls_reader_left(&lines.r) > 0);
	/* as an authority's identifier begins: ls_params_hint() */
	d->block.hint = (uint16_t)(d->authority.bytes[0] << 4 | d->authority.bytes[1] >> 4);
	d->block.version = LS_BLOCK_VERSION;
	ls_sha256_buffer(bytes, size, &d->id);
	return rc;
}

int ls_dna_part_parse(const void *bytes, size_t size, struct ls_dna_part *ret, struct ls_error *err)
{
	struct ls_cal_lines lines = { .id = "dna.part.form",
				      .what = "a part of a signature",
				      .err = err };
	struct ls_directory_entry *e = &ret->signer;
	memset(ret, 0, sizeof(*ret));
	ls_reader_init(&lines.r, bytes, size);
	if (!ls_cal_lines_is(&lines, PART_LINE))
		return ls_cal_lines_fail(&lines, "it is not \"" PART_LINE "\"");
	int rc = ls_cal_take_digest(&lines, "draft", &ret->draft, "draft SHA256");
	if (rc == 0)
		rc = take_orcid(&lines, &e->orcid);
	if (rc == 0)
		rc = take_exactly(&lines, "key", e->key, sizeof(e->key), "key BASE64");
	if (rc == 0)
		rc = take_exactly(&lines, "proof", e->proof, sizeof(e->proof), "proof BASE64");
	while (rc == 0 && ls_reader_left(&lines.r) > 0) {
		if (ret->count == LS_DRAFT_DRAWS_MAX)
			return ls_cal_lines_fail(&lines, "more signatures than a draft has draws");
		rc = take_exactly(&lines, "signature", ret->signatures[ret->count++],
				  LS_PART_SIGNATURE, "signature BASE64");
	}
	return rc;
}
