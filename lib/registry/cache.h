/* SPDX-License-Identifier: Apache-2.0 */
/* Making cache/ from the log: the tree's hashes, and the index. */
#ifndef LABSEAL_LIB_REGISTRY_CACHE_H
#define LABSEAL_LIB_REGISTRY_CACHE_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/log/checkpoint.h"
#include "lib/log/note.h"
#include "lib/registry/index.h"
#include "lib/registry/tree.h"

struct ls_registry_cache {
	struct ls_index *index; /* owned */
	struct ls_hash_tree *tree;
};
void ls_registry_cache_free(struct ls_registry_cache *cache);

/*
 * The cache of the folder at path, whose verified checkpoint this is: taken as it is when it makes
 * the checkpoint's root, else brought up from where it is, else made anew.  anew: at once.
 * -EUCLEAN ("registry.damaged"): the log's entries do not make that root; ("registry.duplicate"): a
 * record is in it twice.
 */
int ls_registry_cache_open(const char *path, int folder_fd, const struct ls_note_key *key,
			   const struct ls_checkpoint *checkpoint, bool anew,
			   struct ls_registry_cache *ret_cache, struct ls_error *err);

/* Whether ls_registry_cache_open takes what is there as it is. */
bool ls_registry_cache_is_current(const char *path, int folder_fd,
				  const struct ls_checkpoint *checkpoint);

/* Read the bundle `index` of a log of this size, with `width` entries or more, into out. */
int ls_registry_bundle_read(int folder_fd, uint64_t index, uint64_t size, struct ls_buffer *out,
			    struct ls_error *err);

#endif
