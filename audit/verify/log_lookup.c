/* SPDX-License-Identifier: Apache-2.0 */
/* Leaf hashes, and roots at any size, out of a log whose blocks are known. */
#include <errno.h>
#include <string.h>

#include "audit/verify/log_internal.h"
#include "lib/base/reader.h"

/* The block's leaf hashes, from where the check found them to be right. */
static int read_leaves(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index,
		       unsigned width, struct ls_digest *leaves)
{
	char path[LS_LOG_PATH_SIZE];
	bool entries = log->blocks[index].source == LS_BLOCK_ENTRIES;
	struct ls_tile tile = { .entries = entries, .index = index, .width = width };
	if (ls_log_read_tile(log, &tile, &s->bytes, path).status != LS_READ_OK)
		return -ENODATA;
	if (entries) {
		int rc = ls_log_hash_bundle(&s->hash, &s->bytes, width, leaves, NULL);
		return rc == -EBADMSG ? -ENODATA : rc;
	}
	if (s->bytes.size != (size_t)width * LS_DIGEST_SIZE)
		return -ENODATA;
	memcpy(leaves, s->bytes.data, s->bytes.size);
	return 0;
}

static int load(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index)
{
	if (s->block == index)
		return 0;
	if (index >= log->block_count || log->blocks[index].source == LS_BLOCK_NONE)
		return -ENODATA;
	struct ls_digest leaves[LS_TILE_WIDTH];
	unsigned width = ls_log_block_width(log, index);
	int rc = read_leaves(log, s, index, width, leaves);
	if (rc < 0)
		return rc;
	ls_tree_free(&s->leaves);
	s->block = UINT64_MAX;
	rc = ls_tree_build(&s->leaves, &s->hash, leaves, width);
	if (rc < 0)
		return rc;
	struct ls_digest root;
	rc = ls_tree_root(&s->leaves, &s->hash, width, NULL, &root);
	if (rc < 0)
		return rc;
	if (!ls_digest_equal(&root, &log->blocks[index].hash))
		return -ENODATA; /* it has changed since it was checked */
	s->block = index;
	return 0;
}

int ls_log_leaf(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index,
		struct ls_digest *ret_hash)
{
	if (index >= log->checkpoint.size)
		return -ENODATA;
	int rc = load(log, s, index / LS_TILE_WIDTH);
	if (rc == 0)
		*ret_hash = s->leaves.level[0][index % LS_TILE_WIDTH];
	return rc;
}

int ls_log_entry(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index,
		 struct ls_manifest *ret_manifest)
{
	if (index >= log->checkpoint.size)
		return -ENODATA;
	char path[LS_LOG_PATH_SIZE];
	struct ls_tile tile = { .entries = true, .index = index / LS_TILE_WIDTH };
	tile.width = ls_log_block_width(log, tile.index);
	if (ls_log_read_tile(log, &tile, &s->bytes, path).status != LS_READ_OK)
		return -ENODATA;
	struct ls_reader r;
	const uint8_t *entry = NULL;
	size_t n = 0;
	ls_reader_init(&r, s->bytes.data, s->bytes.size);
	for (uint64_t i = 0; i <= index % LS_TILE_WIDTH; i++)
		if (ls_bundle_next(&r, &entry, &n) < 0)
			return -ENODATA;
	int rc = ls_manifest_parse(entry, n, ret_manifest, NULL);
	return rc == -EBADMSG ? -ENODATA : rc;
}

int ls_log_root_at(const struct ls_log *log, struct ls_log_scratch *s, uint64_t size,
		   struct ls_digest *ret_root)
{
	if (!log->have_tree || size > log->checkpoint.size)
		return -ENODATA;
	if (size == 0)
		return ls_tree_root(&log->tree, &s->hash, 0, NULL, ret_root);
	uint64_t index = (size - 1) / LS_TILE_WIDTH;
	int rc = load(log, s, index);
	struct ls_digest tail;
	if (rc == 0)
		rc = ls_tree_root(&s->leaves, &s->hash, size - index * LS_TILE_WIDTH, NULL, &tail);
	if (rc == 0)
		rc = ls_tree_root(&log->tree, &s->hash, index, &tail, ret_root);
	return rc;
}

/* --- proofs --------------------------------------------------------------------------------- */

#define BLOCK_LEVEL 8 /* 2^8 leaves are a block */
_Static_assert(1u << BLOCK_LEVEL == LS_TILE_WIDTH, "a block is a tile's width");

struct proving {
	const struct ls_log *log;
	struct ls_log_scratch *scratch;
};

/* The root over a perfect subtree: within a block, or over whole blocks. */
static int read_node(void *context, unsigned level, uint64_t index, struct ls_digest *ret_hash,
		     struct ls_error *err)
{
	struct proving *p = context;
	const struct ls_tree *tree = &p->log->tree;
	(void)err; /* the number says it */
	if (level < BLOCK_LEVEL) {
		int rc = load(p->log, p->scratch, index >> (BLOCK_LEVEL - level));
		if (rc < 0)
			return rc;
		tree = &p->scratch->leaves;
		index &= (1u << (BLOCK_LEVEL - level)) - 1;
	} else {
		level -= BLOCK_LEVEL;
	}
	if (level >= tree->levels || index >= tree->count >> level)
		return -ENODATA;
	*ret_hash = tree->level[level][index];
	return 0;
}

int ls_log_prove(const struct ls_log *log, struct ls_log_scratch *s, uint64_t index, uint64_t size,
		 struct ls_digest *proof, unsigned *ret_count)
{
	struct proving p = { log, s };
	const struct ls_merkle_source source = { read_node, &p };
	if (!log->have_tree || size > log->checkpoint.size)
		return -ENODATA;
	return ls_merkle_prove_inclusion(&source, index, size, proof, ret_count, NULL);
}

int ls_log_prove_consistency(const struct ls_log *log, struct ls_log_scratch *s, uint64_t size,
			     struct ls_digest *proof, unsigned *ret_count)
{
	struct proving p = { log, s };
	const struct ls_merkle_source source = { read_node, &p };
	if (!log->have_tree || size > log->checkpoint.size)
		return -ENODATA;
	return ls_merkle_prove_consistency(&source, size, log->checkpoint.size, proof, ret_count,
					   NULL);
}
