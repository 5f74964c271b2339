/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/documenting.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/document_part.h"
#include "audit/dna/document/document.h"
#include "lib/base/cleanup.h"

static void record_of(const struct ls_molecule *m, const struct ls_genbank *g,
		      const struct ls_buffer *annotation, struct ls_documented *ret)
{
	*ret = (struct ls_documented){ .annotation = annotation->data,
				       .annotation_size = annotation->size,
				       .tail = g->tail.data,
				       .tail_size = g->tail.size,
				       .letters = m->letters.data,
				       .bases = m->bases.data,
				       .n = m->bases.size,
				       .circular = m->topology == LS_CIRCULAR };
}

static int add_part(struct ls_buffer *parts, uint8_t type, const struct ls_buffer *bytes,
		    struct ls_error *err)
{
	return ls_document_part_add(parts, type, bytes->data, bytes->size) < 0
		       ? ls_fail(err, -EFBIG, "dna.document.size",
				 "the documentation does not fit into %d bytes", LS_DOCUMENT_MAX)
		       : 0;
}

static int add_packed(const struct ls_documented *record, struct ls_buffer *parts,
		      struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer packed;
	ls_buffer_init(&packed, LS_DOCUMENTED_MAX);
	int rc = ls_document_pack(record, &packed, err);
	return rc < 0 ? rc : add_part(parts, LS_DOCUMENT_ANNOTATION, &packed, err);
}

static bool is_hidden(const struct ls_dna_documenting *d, const struct ls_feature *f)
{
	for (size_t i = 0; i < d->hide_count; i++)
		if (strcmp(d->hide[i], f->key) == 0 || strcmp(d->hide[i], f->label) == 0)
			return true;
	return false;
}

/* The start of the line that ends a text, and the end of its first. */
static size_t last_line(const struct ls_buffer *text)
{
	size_t at = text->size > 0 ? text->size - 1 : 0;
	while (at > 0 && text->data[at - 1] != '\n')
		at--;
	return at;
}

static size_t first_line(const struct ls_buffer *text)
{
	const uint8_t *lf = memmem(text->data, text->size, "LOCUS", 5);
	lf = lf ? memchr(lf, '\n', text->size - (size_t)(lf - text->data)) : NULL;
	return lf ? (size_t)(lf - text->data) + 1 : text->size;
}

static int ranges_of(const struct ls_dna_documenting *d, const struct ls_genbank *g,
		     struct ls_hidden_range *ret, size_t *ret_count, struct ls_error *err)
{
	size_t count = 0;
	if (d->hide_count == 0) {
		ret[0] = (struct ls_hidden_range){ first_line(&g->annotation),
						   last_line(&g->annotation) };
		count = ret[0].begin < ret[0].end;
	}
	for (size_t i = 0; d->hide_count > 0 && i < g->count; i++)
		if (is_hidden(d, &g->features[i]))
			ret[count++] = (struct ls_hidden_range){ g->features[i].start,
								 g->features[i].end };
	*ret_count = count;
	return count > 0 ? 0
			 : ls_fail(err, -EINVAL, "dna.document.hide",
				   "no feature has such a key or label: nothing "
				   "would be for the chosen readers alone");
}

/* What all may read, and what only the readers get, packed in the same way and sealed. */
static int add_split(const struct ls_dna_documenting *d, const struct ls_molecule *m,
		     const struct ls_genbank *g, struct ls_buffer *parts, struct ls_error *err)
{
	struct ls_documented record;
	_cleanup_free_ struct ls_hidden_range *ranges = calloc(g->count + 1, sizeof *ranges);
	_cleanup_buffer_ struct ls_buffer shown, packed, sealed;
	_cleanup_secret_ struct ls_buffer hidden;
	size_t count = 0;
	ls_buffer_init(&shown, LS_DOCUMENTED_MAX);
	ls_buffer_init(&hidden, LS_DOCUMENTED_MAX);
	ls_buffer_init(&packed, LS_DOCUMENTED_MAX);
	ls_buffer_init(&sealed, LS_DOCUMENTED_MAX);
	if (!ranges)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	int rc = ranges_of(d, g, ranges, &count, err);
	if (rc == 0)
		rc = ls_document_split(g->annotation.data, g->annotation.size, ranges, count,
				       &shown, &hidden, err);
	record_of(m, g, &shown, &record);
	if (rc == 0)
		rc = add_packed(&record, parts, err);
	record_of(m, g, &hidden, &record);
	if (rc == 0)
		rc = ls_document_pack(&record, &packed, err);
	if (rc == 0)
		rc = ls_dna_seal(d->key, d->readers, d->reader_count, packed.data, packed.size,
				 &sealed, err);
	return rc < 0 ? rc : add_part(parts, LS_DOCUMENT_READERS, &sealed, err);
}

int ls_dna_document(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank,
		    struct ls_buffer *parts, uint8_t *ret_dictionary, struct ls_error *err)
{
	const struct ls_dna_documenting *d = context;
	struct ls_documented record;
	if (!genbank)
		return ls_fail(err, -EINVAL, "dna.document.none",
			       "only a GenBank file has annotation that could be documented");
	*ret_dictionary = LS_DICTIONARY_NEWEST;
	if (d->reader_count > 0)
		return add_split(d, m, genbank, parts, err);
	record_of(m, genbank, &genbank->annotation, &record);
	return add_packed(&record, parts, err);
}

/* --- reading ------------------------------------------------------------- */

struct parts {
	struct ls_document_part origin, annotation, readers;
};

static void find_parts(const struct ls_block *b, struct parts *ret)
{
	struct ls_reader r;
	struct ls_document_part part;
	memset(ret, 0, sizeof *ret);
	ls_reader_init(&r, b->document.data, b->document.size);
	while (ls_document_part_next(&r, &part) == 0) {
		if (part.type == LS_DOCUMENT_ORIGIN)
			ret->origin = part;
		else if (part.type == LS_DOCUMENT_ANNOTATION)
			ret->annotation = part;
		else if (part.type == LS_DOCUMENT_READERS)
			ret->readers = part;
	}
}

/* The molecule as it lay in the signer's file. */
static int original(const struct ls_judged *j, const struct ls_document_part *origin,
		    struct ls_buffer *ret, struct ls_error *err)
{
	uint32_t place;
	struct ls_reader r;
	size_t n = j->body.size;
	ls_reader_init(&r, origin->bytes, origin->size);
	if (ls_read_be32(&r, &place) < 0 || ls_reader_end(&r) < 0 || place < 1 || place > n + 1)
		return ls_fail(err, -EBADMSG, "dna.document.origin",
			       "the documentation does not say where the signer's file begins");
	/* a circle's body begins behind the block, which was base `place` of the file */
	size_t first = j->block.linear ? 0 : (n + 1 - place) % n;
	ls_buffer_init(ret, n);
	ls_buffer_add(ret, j->body.data + first, n - first);
	if (ls_buffer_add(ret, j->body.data, first) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	return 0;
}

static int unseal(const struct ls_judged *j, const struct parts *p, const struct ls_buffer *bases,
		  const struct ls_dna_key *key, struct ls_buffer *annotation, struct ls_error *err)
{
	_cleanup_document_ struct ls_document hidden = { 0 };
	_cleanup_secret_ struct ls_buffer packed;
	_cleanup_buffer_ struct ls_buffer whole;
	ls_buffer_init(&packed, LS_DOCUMENTED_MAX);
	ls_buffer_init(&whole, LS_DOCUMENTED_MAX);
	int rc = ls_dna_unseal(key, p->readers.bytes, p->readers.size, &packed, err);
	if (rc == 0)
		rc = ls_document_unpack(packed.data, packed.size, j->block.dictionary, bases->data,
					bases->size, !j->block.linear, &hidden, err);
	if (rc == 0)
		rc = ls_document_merge(annotation->data, annotation->size, hidden.annotation.data,
				       hidden.annotation.size, &whole, err);
	if (rc < 0)
		return rc;
	ls_buffer_free(annotation);
	*annotation = whole;
	memset(&whole, 0, sizeof whole); /* handed over */
	return 0;
}

bool ls_dna_document_hides(const struct ls_block *b)
{
	struct ls_reader r;
	struct ls_document_part part;
	unsigned seen = 0;
	ls_reader_init(&r, b->document.data, b->document.size);
	while (ls_reader_left(&r) > 0) {
		if (ls_document_part_next(&r, &part) < 0 || part.type < LS_DOCUMENT_ORIGIN ||
		    part.type > LS_DOCUMENT_EDITS || seen >> part.type & 1)
			return true;
		seen |= 1u << part.type;
	}
	return false;
}

int ls_dna_write_record(const struct ls_buffer *annotation, const struct ls_buffer *letters,
			const struct ls_buffer *tail, struct ls_buffer *out, struct ls_error *err)
{
	size_t n = annotation->size;
	bool crlf = n >= 2 && annotation->data[n - 2] == '\r';
	ls_buffer_add(out, annotation->data, n);
	ls_genbank_bases((const char *)letters->data, letters->size, crlf, out);
	ls_buffer_add(out, tail->data, tail->size);
	return ls_buffer_error(out) < 0
		       ? ls_fail(err, ls_buffer_error(out), "memory", "out of memory")
		       : 0;
}

int ls_dna_read_document(const struct ls_judged *j, const struct ls_dna_key *key,
			 struct ls_buffer *out, bool *ret_hidden, struct ls_error *err)
{
	struct parts p;
	_cleanup_buffer_ struct ls_buffer bases = { 0 };
	_cleanup_document_ struct ls_document d = { 0 };
	find_parts(&j->block, &p);
	if (!p.annotation.bytes)
		return ls_fail(err, -ENODATA, "dna.document.none", "the block holds no annotation");
	int rc = original(j, &p.origin, &bases, err);
	if (rc == 0)
		rc = ls_document_unpack(p.annotation.bytes, p.annotation.size, j->block.dictionary,
					bases.data, bases.size, !j->block.linear, &d, err);
	if (rc == 0 && p.readers.bytes && key)
		rc = unseal(j, &p, &bases, key, &d.annotation, err);
	*ret_hidden = p.readers.bytes && !key;
	return rc < 0 ? rc : ls_dna_write_record(&d.annotation, &d.letters, &d.tail, out, err);
}
