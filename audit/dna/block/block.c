/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/dna/block/bits.h"
#include "audit/dna/block/block_internal.h"
#include "audit/dna/block/mask.h"
#include "lib/base/cleanup.h"

void ls_block_init(struct ls_block *b)
{
	memset(b, 0, sizeof *b);
	b->version = LS_BLOCK_VERSION;
	ls_buffer_init(&b->document, LS_DOCUMENT_MAX);
}

void ls_block_free(struct ls_block *b)
{
	ls_buffer_free(&b->document);
}

static int check(const struct ls_block *b, struct ls_error *err)
{
	const char *what = NULL;
	if (b->version != LS_BLOCK_VERSION)
		what = "version";
	else if ((unsigned)b->profile >= LS_PROFILE_COUNT)
		what = "profile";
	else if (b->segment && !b->linear)
		what = "topology of a segment";
	else if (b->errors > LS_ERRORS_MAX)
		what = "number of errors that parity corrects";
	else if (b->hint >= 1 << 2 * LS_HINT_BASES || b->draw >= LS_DRAWS)
		what = "hint or draw";
	else if (b->length == 0 || !ls_block_has_place(b))
		what = "length or place";
	else if (b->plasmid_id > LS_PLASMID_ID_MAX)
		what = "plasmid ID";
	else if (b->signer_count < 1 || b->signer_count > LS_SIGNERS_MAX ||
		 (b->signer_count > 1 && b->profile != LS_PROFILE_AGGREGATE))
		what = "number of signers";
	else if (b->document.size > LS_DOCUMENT_MAX)
		what = "size of the documentation";
	return what ? ls_fail(err, -EINVAL, "dna.block.field", "no block can have this %s", what)
		    : 0;
}

static void put_header(const struct ls_block *b, struct ls_bit_writer *w)
{
	unsigned wide = ls_block_is_wide(b) ? 32 : 16;
	ls_bits_put(w, b->version, 3);
	ls_bits_put(w, b->profile, 3);
	ls_bits_put(w, b->linear, 1);
	ls_bits_put(w, b->segment, 1);
	ls_bits_put(w, b->document.size > 0, 1);
	ls_bits_put(w, wide == 32, 1);
	ls_bits_put(w, b->errors, 6);
	ls_bits_put(w, b->hint, 12);
	ls_bits_put(w, b->length, wide);
	ls_bits_put(w, b->place, wide);
	if (b->document.size > 0) {
		ls_bits_put(w, b->dictionary, 8);
		ls_bits_put(w, b->document.size, 16);
	}
}

static void put_signers(const struct ls_block *b, struct ls_bit_writer *w)
{
	if (b->profile == LS_PROFILE_AGGREGATE)
		ls_bits_put(w, b->signer_count - 1, LS_SIGNER_COUNT_BITS);
	for (size_t i = 0; i < b->signer_count; i++)
		w->bits += 2 * ls_orcid_encode(&b->signers[i], w->bases + w->bits / 2);
}

/* One chunk; how many bases it has. */
static size_t put_chunk(const struct ls_block *b, size_t chunk, uint8_t mask, uint8_t *bases)
{
	size_t before = chunk * LS_CHUNK_BYTES, left = b->document.size - before;
	size_t bytes = left < LS_CHUNK_BYTES ? left : LS_CHUNK_BYTES;
	ls_bases_pack(&mask, 8, bases);
	ls_bases_pack(b->document.data + before, 8 * bytes, bases + 4);
	ls_mask_apply(LS_MASK_CHUNK, (uint32_t)chunk, mask, bases + 4, 4 * bytes);
	return 4 + 4 * bytes;
}

static void put_document(const struct ls_block *b, const uint8_t *masks, uint8_t *bases)
{
	size_t chunks = ls_document_chunks(b->document.size);
	for (size_t chunk = 0; chunk < chunks; chunk++)
		bases += put_chunk(b, chunk, masks[chunk], bases);
}

int ls_block_chunk(const struct ls_block *b, size_t chunk, uint8_t mask, struct ls_buffer *out)
{
	uint8_t bases[4 + 4 * LS_CHUNK_BYTES];
	return ls_buffer_add(out, bases, put_chunk(b, chunk, mask, bases));
}

int ls_block_head(const struct ls_block *b, const uint8_t *masks, struct ls_buffer *out,
		  struct ls_error *err)
{
	int rc = check(b, err);
	if (rc < 0)
		return rc;
	struct ls_layout layout;
	ls_block_layout(b, &layout);
	const size_t *at = layout.at;
	_cleanup_free_ uint8_t *bases = calloc(1, at[LS_PART_SIGNATURE]);
	if (!bases)
		return ls_fail(err, -ENOMEM, "memory", "out of memory");
	for (size_t i = 0; i < LS_TAG_BASES; i++)
		bases[i] = (uint8_t)ls_base_of(LS_START_TAG[i]);
	struct ls_bit_writer w = { .bases = bases + at[LS_PART_DRAW] };
	ls_bits_put(&w, b->draw, 2 * LS_DRAW_BASES);
	put_header(b, &w);
	put_signers(b, &w);
	ls_bits_put(&w, b->plasmid_id, 2 * LS_ID_BASES);
	ls_mask_apply(LS_MASK_HEAD, 0, b->draw, bases + at[LS_PART_HEADER],
		      at[LS_PART_DOCUMENT] - at[LS_PART_HEADER]);
	put_document(b, masks, bases + at[LS_PART_DOCUMENT]);
	rc = ls_buffer_add(out, bases, at[LS_PART_SIGNATURE]);
	return rc < 0 ? ls_fail(err, rc, "memory", "out of memory") : 0;
}

int ls_block_signature(const struct ls_block *b, struct ls_buffer *out)
{
	const struct ls_profile_size *size = &ls_profiles[b->profile];
	uint8_t *bases = ls_buffer_reserve(out, size->signature_bases);
	if (!bases)
		return ls_buffer_error(out);
	ls_bases_pack(b->signature, size->signature_bits, bases);
	ls_mask_apply(LS_MASK_SIGNATURE, 0, b->draw, bases, size->signature_bases);
	ls_buffer_commit(out, size->signature_bases);
	return 0;
}

/* Lengths and bases are framed, so that no two messages have the same bytes. */
static int add_bases(struct ls_buffer *message, const uint8_t *bases, size_t n)
{
	ls_buffer_add_be64(message, n);
	uint8_t *packed = ls_buffer_reserve(message, (n + 3) / 4);
	if (!packed)
		return ls_buffer_error(message);
	ls_bases_unpack(bases, 2 * n, packed);
	ls_buffer_commit(message, (n + 3) / 4);
	return 0;
}

int ls_block_digest(const struct ls_block *b, const uint8_t *canonical, size_t canonical_size,
		    const uint8_t *head, size_t head_size, struct ls_digest *ret,
		    struct ls_error *err)
{
	static const char NAME[] = "labseal dna block v1"; /* its NUL is signed, too */
	_cleanup_buffer_ struct ls_buffer message;
	ls_buffer_init(&message, sizeof NAME + 32 + canonical_size / 4 + head_size / 4);
	ls_buffer_add(&message, NAME, sizeof NAME);
	ls_buffer_add_u8(&message, b->segment ? 2 : b->linear ? 1 : 0);
	add_bases(&message, canonical, canonical_size);
	add_bases(&message, head, head_size);
	if (ls_buffer_error(&message) < 0)
		return ls_fail(err, ls_buffer_error(&message), "memory", "out of memory");
	ls_sha256_buffer(message.data, message.size, ret);
	return 0;
}
