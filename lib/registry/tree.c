/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

/* The positions of 256 leaves and what is above them, but for the last, which is higher up. */
#define BLOCK_NODES 512
#define BLOCK_SIZE  (BLOCK_NODES * LS_DIGEST_SIZE)

/* Whoever goes through a log reads at some places of it at once; one trace is done sooner without
 * more memory to be had for blocks. */
#define BLOCKS_MAX	  16
#define MOVES_BEFORE_MORE 64

struct block {
	uint64_t at; /* which one it is; UINT64_MAX: none */
	struct ls_digest nodes[BLOCK_NODES];
};

struct ls_hash_tree {
	int fd;
	uint64_t size;	    /* leaves */
	struct block *here; /* of the blocks: the one at hand */
	bool dirty;	    /* and it is not written yet */
	struct ls_sha256 hash;
	unsigned moves, oldest; /* oldest: the one that makes room next */
	size_t count;
	struct block *blocks[BLOCKS_MAX]; /* owned */
};

static uint64_t position(unsigned level, uint64_t index)
{
	return ((2 * index + 1) << level) - 1;
}

void ls_hash_tree_free(struct ls_hash_tree *tree)
{
	if (!tree)
		return;
	if (tree->fd >= 0)
		close(tree->fd);
	for (size_t i = 0; i < tree->count; i++)
		free(tree->blocks[i]);
	ls_sha256_free(&tree->hash);
	free(tree);
}

/* Another block, which nothing is in; NULL: out of memory. */
static struct block *add_block(struct ls_hash_tree *tree)
{
	struct block *block = malloc(sizeof(*block));
	if (!block)
		return NULL;
	block->at = UINT64_MAX;
	tree->blocks[tree->count++] = block;
	return block;
}

int ls_hash_tree_open(int folder_fd, const char *path, bool writable, uint64_t size,
		      struct ls_hash_tree **ret_tree, struct ls_error *err)
{
	_cleanup_hash_tree_ struct ls_hash_tree *tree = calloc(1, sizeof(*tree));
	if (tree)
		tree->fd = -1;
	if (!tree || !(tree->here = add_block(tree)))
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a tree");
	tree->size = size;
	tree->fd = !path ? memfd_create("tree", MFD_CLOEXEC)
			 : openat(folder_fd, path,
				  (writable ? O_RDWR | O_CREAT : O_RDONLY) | O_CLOEXEC | O_NOFOLLOW,
				  0644);
	if (tree->fd < 0)
		return ls_fail_errno(err, errno, "registry.tree", "'%s' cannot be opened",
				     path ? path : "a file in memory");
	*ret_tree = ls_steal_ptr(&tree);
	return 0;
}

/* --- blocks -------------------------------------------------------------------------- */

static int write_at(struct ls_hash_tree *tree, uint64_t node, const void *bytes, size_t n,
		    struct ls_error *err)
{
	const uint8_t *from = bytes;
	off_t at = (off_t)(node * LS_DIGEST_SIZE);
	while (n > 0) {
		ssize_t done = pwrite(tree->fd, from, n, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0) {
			int rc = ls_fail_errno(err, done < 0 ? errno : EIO, "registry.tree",
					       "the tree's file cannot be written");
			return ls_write_failed(err, rc);
		}
		from += done;
		at += done;
		n -= (size_t)done;
	}
	return 0;
}

/* What the file has not yet is zero: no root is made of it. */
static int read_at(struct ls_hash_tree *tree, uint64_t node, void *bytes, size_t n,
		   struct ls_error *err)
{
	uint8_t *to = bytes;
	size_t had = 0;
	while (had < n) {
		ssize_t got = pread(tree->fd, to + had, n - had,
				    (off_t)(node * LS_DIGEST_SIZE + had));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return ls_fail_errno(err, errno, "registry.tree",
					     "the tree's file cannot be read");
		if (got == 0)
			break;
		had += (size_t)got;
	}
	memset(to + had, 0, n - had);
	return 0;
}

static int write_block(struct ls_hash_tree *tree, struct ls_error *err)
{
	/* the last node of a block is a higher subtree's, and is written by itself */
	int rc = !tree->dirty ? 0
			      : write_at(tree, tree->here->at * BLOCK_NODES, tree->here->nodes,
					 BLOCK_SIZE - LS_DIGEST_SIZE, err);
	if (rc == 0)
		tree->dirty = false;
	return rc;
}

static struct block *find_block(struct ls_hash_tree *tree, uint64_t at)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->blocks[i]->at == at)
			return tree->blocks[i];
	return NULL;
}

/* Where the next block is read to: without memory for one more the oldest makes room. */
static struct block *make_room(struct ls_hash_tree *tree)
{
	struct block *more = NULL;
	if (tree->count < BLOCKS_MAX && ++tree->moves > MOVES_BEFORE_MORE)
		more = add_block(tree);
	return more ? more : tree->blocks[tree->oldest++ % tree->count];
}

static int go_to(struct ls_hash_tree *tree, uint64_t at, struct ls_error *err)
{
	if (tree->here->at == at)
		return 0;
	int rc = write_block(tree, err);
	if (rc < 0)
		return rc;
	struct block *block = find_block(tree, at);
	if (!block) {
		block = make_room(tree);
		block->at = UINT64_MAX;
		rc = read_at(tree, at * BLOCK_NODES, block->nodes, BLOCK_SIZE, err);
		if (rc < 0)
			return rc;
		block->at = at;
	}
	tree->here = block;
	return 0;
}

static bool is_high(uint64_t node)
{
	return node % BLOCK_NODES == BLOCK_NODES - 1;
}

static int get(struct ls_hash_tree *tree, uint64_t node, struct ls_digest *ret_hash,
	       struct ls_error *err)
{
	if (is_high(node))
		return read_at(tree, node, ret_hash, LS_DIGEST_SIZE, err);
	int rc = go_to(tree, node / BLOCK_NODES, err);
	if (rc == 0)
		*ret_hash = tree->here->nodes[node % BLOCK_NODES];
	return rc;
}

/* Nodes above a block's are read without leaving the block of the leaves at hand. */
static int get_above(struct ls_hash_tree *tree, unsigned level, uint64_t node,
		     struct ls_digest *ret_hash, struct ls_error *err)
{
	if (level < 8 || find_block(tree, node / BLOCK_NODES))
		return get(tree, node, ret_hash, err);
	return read_at(tree, node, ret_hash, LS_DIGEST_SIZE, err);
}

static int put(struct ls_hash_tree *tree, uint64_t node, const struct ls_digest *hash,
	       struct ls_error *err)
{
	if (is_high(node))
		return write_at(tree, node, hash, LS_DIGEST_SIZE, err);
	int rc = go_to(tree, node / BLOCK_NODES, err);
	if (rc < 0)
		return rc;
	tree->here->nodes[node % BLOCK_NODES] = *hash;
	tree->dirty = true;
	return 0;
}

/* --- growing and reading ---------------------------------------------------------------- */

int ls_hash_tree_append(struct ls_hash_tree *tree, const struct ls_digest *leaf_hash,
			struct ls_error *err)
{
	struct ls_digest hash = *leaf_hash, left;
	uint64_t index = tree->size;
	int rc = put(tree, position(0, index), &hash, err);
	for (unsigned level = 0; rc == 0 && (index & 1); level++, index >>= 1) {
		rc = get_above(tree, level, position(level, index - 1), &left, err);
		if (rc == 0 && ls_merkle_node(&tree->hash, &left, &hash, &hash) < 0)
			rc = ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a hash");
		if (rc == 0)
			rc = put(tree, position(level + 1, index >> 1), &hash, err);
	}
	if (rc == 0)
		tree->size++;
	return rc;
}

int ls_hash_tree_flush(struct ls_hash_tree *tree, struct ls_error *err)
{
	int rc = write_block(tree, err);
	if (rc == 0 && fdatasync(tree->fd) < 0)
		rc = ls_fail_errno(err, errno, "registry.tree",
				   "the tree's file cannot be flushed");
	return rc;
}

void ls_hash_tree_cut(struct ls_hash_tree *tree, uint64_t size)
{
	tree->size = size;
	tree->dirty = false;
	for (size_t i = 0; i < tree->count; i++)
		tree->blocks[i]->at = UINT64_MAX;
}

uint64_t ls_hash_tree_size(const struct ls_hash_tree *tree)
{
	return tree->size;
}

static int read_node(void *context, unsigned level, uint64_t index, struct ls_digest *ret_hash,
		     struct ls_error *err)
{
	return get_above(context, level, position(level, index), ret_hash, err);
}

struct ls_merkle_source ls_hash_tree_source(struct ls_hash_tree *tree)
{
	return (struct ls_merkle_source){ .read = read_node, .context = tree };
}

int ls_hash_tree_root(struct ls_hash_tree *tree, uint64_t size, struct ls_digest *ret_root,
		      struct ls_error *err)
{
	struct ls_merkle_frontier frontier;
	const struct ls_merkle_source source = ls_hash_tree_source(tree);
	int rc = ls_merkle_read_frontier(&source, size, &frontier, err);
	if (rc == 0 && ls_merkle_frontier_root(&frontier, &tree->hash, ret_root) < 0)
		rc = ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a hash");
	return rc;
}
