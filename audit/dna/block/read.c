/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/bits.h"
#include "audit/dna/block/block_internal.h"
#include "audit/dna/block/mask.h"
#include "lib/base/cleanup.h"

/* The longest header, signers and plasmid ID; and of one signer, which is under the mask's first
 * hash. */
#define HEAD_BASES_MAX                                                                \
	((LS_HEADER_BITS + 64 + LS_HEADER_DOCUMENT_BITS + LS_SIGNER_COUNT_BITS) / 2 + \
	 LS_SIGNERS_MAX * LS_ORCID_BASES_OTHER + LS_ID_BASES)
#define HEAD_BASES_OF_ONE 128
static_assert(LS_TAG_BASES + LS_DRAW_BASES + HEAD_BASES_MAX <= LS_BLOCK_HEAD_MAX,
	      "callers have so many bases of a head");

static int bad(struct ls_error *err, const char *what)
{
	return ls_fail(err, -EBADMSG, "dna.block.malformed", "no block has such %s", what);
}

static unsigned get(struct ls_bit_reader *r, unsigned bits, bool *missing)
{
	uint64_t value = 0;
	if (ls_bits_get(r, bits, &value) < 0)
		*missing = true;
	return (unsigned)value;
}

/* The header; *ret_document is the size that the documentation is said to have. */
static int read_header(struct ls_bit_reader *r, struct ls_block *b, size_t *ret_document,
		       struct ls_error *err)
{
	bool missing = false;
	b->version = (uint8_t)get(r, 3, &missing);
	unsigned profile = get(r, 3, &missing);
	b->linear = get(r, 1, &missing);
	b->segment = get(r, 1, &missing);
	bool documented = get(r, 1, &missing), wide = get(r, 1, &missing);
	b->errors = (uint8_t)get(r, 6, &missing);
	b->hint = (uint16_t)get(r, 12, &missing);
	b->length = get(r, wide ? 32 : 16, &missing);
	b->place = get(r, wide ? 32 : 16, &missing);
	b->dictionary = (uint8_t)(documented ? get(r, 8, &missing) : 0);
	*ret_document = documented ? get(r, 16, &missing) : 0;
	if (missing)
		return bad(err, "few bases");
	if (b->version != LS_BLOCK_VERSION)
		return ls_fail(err, -EBADMSG, "dna.block.version",
			       "a block of version %u, which this labseal does not know",
			       b->version);
	if (profile >= LS_PROFILE_COUNT || (b->segment && !b->linear))
		return bad(err, "a profile or topology");
	b->profile = (enum ls_profile)profile;
	if (b->length == 0 || wide != ls_block_is_wide(b) || !ls_block_has_place(b))
		return bad(err, "a length or place");
	if (documented && *ret_document == 0)
		return bad(err, "an empty documentation");
	return 0;
}

static bool is_twice(const struct ls_block *b, size_t signer)
{
	for (size_t i = 0; i < signer; i++)
		if (strcmp(b->signers[i].text, b->signers[signer].text) == 0)
			return true;
	return false;
}

static int read_signers(struct ls_bit_reader *r, struct ls_block *b, struct ls_error *err)
{
	bool missing = false;
	b->signer_count = 1;
	if (b->profile == LS_PROFILE_AGGREGATE)
		b->signer_count = get(r, LS_SIGNER_COUNT_BITS, &missing) + 1;
	for (size_t i = 0; !missing && i < b->signer_count; i++) {
		size_t taken = ls_orcid_decode(r->bases + r->pos / 2, (r->size - r->pos) / 2,
					       &b->signers[i]);
		if (taken == 0)
			return bad(err, "an ORCID iD");
		if (is_twice(b, i))
			return bad(err, "a signer twice");
		r->pos += 2 * taken;
	}
	b->plasmid_id = get(r, 2 * LS_ID_BASES, &missing);
	if (missing)
		return bad(err, "few bases");
	return b->plasmid_id > LS_PLASMID_ID_MAX ? bad(err, "a plasmid ID") : 0;
}

static int read_document(const uint8_t *bases, struct ls_block *b, size_t size)
{
	uint8_t *bytes = ls_buffer_reserve(&b->document, size);
	if (size > 0 && !bytes)
		return -ENOMEM;
	for (size_t chunk = 0, done = 0; done < size; chunk++) {
		size_t n = size - done < LS_CHUNK_BYTES ? size - done : LS_CHUNK_BYTES;
		uint8_t mask, plain[4 * LS_CHUNK_BYTES];
		ls_bases_unpack(bases, 8, &mask);
		memcpy(plain, bases + 4, 4 * n);
		ls_mask_apply(LS_MASK_CHUNK, (uint32_t)chunk, mask, plain, 4 * n);
		ls_bases_unpack(plain, 8 * n, bytes + done);
		bases += 4 + 4 * n;
		done += n;
	}
	if (size > 0)
		ls_buffer_commit(&b->document, size);
	return 0;
}

static int read_signature(const uint8_t *bases, struct ls_block *b, struct ls_error *err)
{
	const struct ls_profile_size *size = &ls_profiles[b->profile];
	uint8_t plain[4 * LS_SIGNATURE_BYTES_MAX];
	memcpy(plain, bases, size->signature_bases);
	ls_mask_apply(LS_MASK_SIGNATURE, 0, b->draw, plain, size->signature_bases);
	if (size->signature_bits % 2 && plain[size->signature_bases - 1] & 1)
		return bad(err, "a signature");
	ls_bases_unpack(plain, size->signature_bits, b->signature);
	return 0;
}

/* Header to plasmid ID; bases begins behind the draw. */
static int read_head(const uint8_t *bases, size_t n, struct ls_block *b, size_t *ret_document,
		     struct ls_error *err)
{
	uint8_t plain[HEAD_BASES_MAX];
	size_t all = n < HEAD_BASES_MAX ? n : HEAD_BASES_MAX;
	size_t size = all < HEAD_BASES_OF_ONE ? all : HEAD_BASES_OF_ONE;
	memcpy(plain, bases, all);
	ls_mask_apply(LS_MASK_HEAD, 0, b->draw, plain, size);
	struct ls_bit_reader r = { .bases = plain, .size = 2 * size };
	int rc = read_header(&r, b, ret_document, err);
	if (rc == 0 && b->profile == LS_PROFILE_AGGREGATE && size < all) {
		memcpy(plain, bases, size);
		ls_mask_apply(LS_MASK_HEAD, 0, b->draw, plain, all);
		r.size = 2 * all;
	}
	return rc < 0 ? rc : read_signers(&r, b, err);
}

/* *ret_document: bytes of documentation, which is not read. */
static int read_outline(const uint8_t *bases, size_t n, struct ls_block *b,
			struct ls_layout *ret_layout, size_t *ret_document, struct ls_error *err)
{
	const size_t header = LS_TAG_BASES + LS_DRAW_BASES;
	if (n < header)
		return bad(err, "few bases");
	struct ls_bit_reader draw = { .bases = bases + LS_TAG_BASES, .size = 2 * LS_DRAW_BASES };
	bool missing = false;
	b->draw = (uint16_t)get(&draw, 2 * LS_DRAW_BASES, &missing);
	int rc = read_head(bases + header, n - header, b, ret_document, err);
	if (rc < 0)
		return rc;
	b->document.size = *ret_document; /* for the layout alone: nothing is there yet */
	ls_block_layout(b, ret_layout);
	b->document.size = 0;
	return ret_layout->at[LS_PART_COUNT] > n ? bad(err, "few bases") : 0;
}

int ls_block_read_head(const uint8_t *bases, size_t n, struct ls_block *ret,
		       struct ls_layout *ret_layout, struct ls_error *err)
{
	size_t document;
	ls_block_init(ret);
	return read_outline(bases, n, ret, ret_layout, &document, err);
}

static int read_block(const uint8_t *bases, size_t n, struct ls_block *b,
		      struct ls_layout *ret_layout, struct ls_error *err)
{
	size_t document;
	int rc = read_outline(bases, n, b, ret_layout, &document, err);
	if (rc < 0)
		return rc;
	if (read_document(bases + ret_layout->at[LS_PART_DOCUMENT], b, document) < 0)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	return read_signature(bases + ret_layout->at[LS_PART_SIGNATURE], b, err);
}

int ls_block_read(const uint8_t *bases, size_t n, struct ls_block *ret,
		  struct ls_layout *ret_layout, struct ls_error *err)
{
	struct ls_block b;
	struct ls_layout layout;
	ls_block_init(&b);
	int rc = read_block(bases, n, &b, &layout, err);
	if (rc < 0) {
		ls_block_free(&b);
		return rc;
	}
	*ret = b;
	*ret_layout = layout;
	return 0;
}
