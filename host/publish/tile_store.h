/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log's tiles on disk (C2SP tlog-tiles), grown one entry at a time in three
 * steps, so that a crash or a full disk between any two of them leaves nothing
 * half-done that a reader could see:
 *
 *     append   in memory: what the new tiles are, and the new root
 *     stage    write them, durably, into the staging folder
 *     publish  move them into place
 *
 * stage and publish may be called again after they failed; both then do what is
 * left.  A tile that is in place is never written again: if it has other bytes
 * than it should, that is -EUCLEAN, and the log must not go on.
 */
#ifndef LABSEAL_HOST_PUBLISH_TILE_STORE_H
#define LABSEAL_HOST_PUBLISH_TILE_STORE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/log/merkle.h"

struct ls_tile_store;

/*
 * Take up the log of this size below log_fd and check that its right edge makes
 * this root (ignored when size is 0).  Both descriptors are borrowed.  What a
 * crash left to be tidied is tidied.
 * 0; -EUCLEAN: the tiles do not make the root, or one is missing or has the
 * wrong size; -ENOMEM; or an errno of reading.
 */
int ls_tile_store_open(int log_fd, int staging_fd, uint64_t size, const struct ls_digest *root,
		       struct ls_tile_store **ret_store, struct ls_error *err);
void ls_tile_store_free(struct ls_tile_store *store); /* NULL is fine */

/* Only after a publish, or right after open: -EBUSY otherwise.  After a failure the store is of
 * no more use. */
int ls_tile_store_append(struct ls_tile_store *store, const void *entry, size_t n,
			 struct ls_digest *ret_root, struct ls_error *err);
int ls_tile_store_stage(struct ls_tile_store *store, struct ls_error *err);
int ls_tile_store_publish(struct ls_tile_store *store, struct ls_error *err);

/*
 * Remove the partial tiles that the last entry's full tiles replace.  To be
 * called when the checkpoint of this size is durable.
 */
int ls_tile_store_tidy(struct ls_tile_store *store, struct ls_error *err);

uint64_t ls_tile_store_size(const struct ls_tile_store *store);

/* The right edge as it is on disk. */
int ls_tile_store_frontier(struct ls_tile_store *store, struct ls_merkle_frontier *ret_frontier,
			   struct ls_error *err);

/* From the first old_size entries to all: ls_merkle_prove_consistency.  -EINVAL: there are fewer.
 */
int ls_tile_store_prove(struct ls_tile_store *store, uint64_t old_size, struct ls_digest *proof,
			unsigned *ret_count, struct ls_error *err);

static inline void ls_tile_store_cleanup(struct ls_tile_store **store)
{
	ls_tile_store_free(*store);
}
#define _cleanup_tile_store_ __attribute__((cleanup(ls_tile_store_cleanup)))

#endif
