/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log/merkle.h"

int ls_tree_build(struct ls_tree *tree, struct ls_sha256 *h, const struct ls_digest *row,
		  uint64_t count)
{
	memset(tree, 0, sizeof(*tree));
	if (count == 0)
		return 0;
	if (count > SIZE_MAX / (2 * sizeof(*row)))
		return -ENOMEM;
	struct ls_digest *at = malloc((size_t)(2 * count) * sizeof(*at));
	if (!at)
		return -ENOMEM;
	memcpy(at, row, (size_t)count * sizeof(*row));
	tree->level[0] = at;
	tree->count = count;
	tree->levels = 1;
	for (uint64_t n = count; n > 1; n /= 2) {
		const struct ls_digest *below = at;
		at += n;
		for (uint64_t i = 0; i < n / 2; i++)
			if (ls_merkle_node(h, &below[2 * i], &below[2 * i + 1], &at[i]) < 0) {
				ls_tree_free(tree);
				return -ENOMEM;
			}
		tree->level[tree->levels++] = at;
	}
	return 0;
}

void ls_tree_free(struct ls_tree *tree)
{
	free(tree->level[0]);
	memset(tree, 0, sizeof(*tree));
}

int ls_tree_root(const struct ls_tree *tree, struct ls_sha256 *h, uint64_t count,
		 const struct ls_digest *tail, struct ls_digest *ret_root)
{
	struct ls_digest root;
	int have = tail != NULL;
	if (have)
		root = *tail;
	for (unsigned level = 0; level < 64 && count >> level; level++) {
		if (!(count >> level & 1))
			continue;
		const struct ls_digest *left = &tree->level[level][(count >> level) - 1];
		if (!have)
			root = *left;
		else if (ls_merkle_node(h, left, &root, &root) < 0)
			return -ENOMEM;
		have = 1;
	}
	if (!have)
		ls_sha256_buffer("", 0, &root);
	*ret_root = root;
	return 0;
}
