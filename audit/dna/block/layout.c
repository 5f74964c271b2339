/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/block/block_internal.h"

#define SYMBOL_BASES 6
#define WORD_SYMBOLS 4095

const char *const ls_part_names[LS_PART_COUNT] = {
	[LS_PART_START_TAG] = "start tag",   [LS_PART_DRAW] = "draw",
	[LS_PART_HEADER] = "header",	     [LS_PART_SIGNERS] = "ORCID",
	[LS_PART_PLASMID_ID] = "plasmid ID", [LS_PART_DOCUMENT] = "documentation",
	[LS_PART_SIGNATURE] = "signature",   [LS_PART_PARITY] = "parity",
	[LS_PART_END_TAG] = "end tag",
};

size_t ls_document_chunks(size_t bytes)
{
	return (bytes + LS_CHUNK_BYTES - 1) / LS_CHUNK_BYTES;
}

size_t ls_document_bases(size_t bytes)
{
	return 4 * (bytes + ls_document_chunks(bytes));
}

size_t ls_parity_bases(size_t length, size_t block, unsigned errors, size_t *ret_words)
{
	size_t symbols = (length + block + SYMBOL_BASES - 1) / SYMBOL_BASES;
	size_t data = WORD_SYMBOLS - 2 * errors, words = (symbols + data - 1) / data;
	*ret_words = words;
	return (size_t)2 * errors * words * SYMBOL_BASES;
}

static size_t signer_bases(const struct ls_block *b)
{
	uint8_t room[LS_ORCID_BASES_OTHER];
	size_t n = b->profile == LS_PROFILE_AGGREGATE ? LS_SIGNER_COUNT_BITS / 2 : 0;
	for (size_t i = 0; i < b->signer_count; i++)
		n += ls_orcid_encode(&b->signers[i], room);
	return n;
}

size_t ls_block_header_bases(const struct ls_block *b)
{
	size_t bits = LS_HEADER_BITS + 2 * (ls_block_is_wide(b) ? 32 : 16);
	return (bits + (b->document.size > 0 ? LS_HEADER_DOCUMENT_BITS : 0)) / 2;
}

void ls_block_layout(const struct ls_block *b, struct ls_layout *ret)
{
	size_t words, sizes[LS_PART_COUNT] = {
		[LS_PART_START_TAG] = LS_TAG_BASES,
		[LS_PART_DRAW] = LS_DRAW_BASES,
		[LS_PART_HEADER] = ls_block_header_bases(b),
		[LS_PART_SIGNERS] = signer_bases(b),
		[LS_PART_PLASMID_ID] = LS_ID_BASES,
		[LS_PART_DOCUMENT] = ls_document_bases(b->document.size),
		[LS_PART_SIGNATURE] = ls_profiles[b->profile].signature_bases,
		[LS_PART_END_TAG] = LS_TAG_BASES,
	};
	size_t block = 0;
	for (int p = 0; p < LS_PART_COUNT; p++)
		block += sizes[p];
	sizes[LS_PART_PARITY] = ls_parity_bases(b->length, block, b->errors, &words);
	ret->at[0] = 0;
	for (int p = 0; p < LS_PART_COUNT; p++)
		ret->at[p + 1] = ret->at[p] + sizes[p];
}
