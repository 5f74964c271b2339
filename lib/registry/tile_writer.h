/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A log's tiles and entry bundles in a registry's folder, grown by many entries at a time.
 *
 * What is written lies beyond the checkpoint until a larger one is put in place, which the
 * caller does after ls_tile_writer_flush: so a crash leaves files that nobody looks at and that
 * the next writer overwrites, and a reader never sees a checkpoint whose tiles are not there.
 */
#ifndef LABSEAL_LIB_REGISTRY_TILE_WRITER_H
#define LABSEAL_LIB_REGISTRY_TILE_WRITER_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"

struct ls_tile_writer;

/*
 * Take up the log of this size below folder_fd (borrowed), whose root must be this (not looked
 * at when size is 0).  -EUCLEAN ("registry.damaged"): its tiles, or its last bundle, do not make
 * that root; -ENOMEM; an errno of reading.
 */
int ls_tile_writer_open(int folder_fd, uint64_t size, const struct ls_digest *root,
			struct ls_tile_writer **ret_writer, struct ls_error *err);
void ls_tile_writer_free(struct ls_tile_writer *writer); /* NULL is fine */

/* -EMSGSIZE above LS_ENTRY_SIZE_MAX.  After any failure the writer is of no more use. */
int ls_tile_writer_add(struct ls_tile_writer *writer, const void *entry, size_t n,
		       struct ls_digest *ret_leaf, struct ls_error *err);

/* Write what is partial; all is durable when this returns 0.  *ret_root is of all entries. */
int ls_tile_writer_flush(struct ls_tile_writer *writer, struct ls_digest *ret_root,
			 struct ls_error *err);

uint64_t ls_tile_writer_size(const struct ls_tile_writer *writer);

/*
 * Once the checkpoint of the flushed size is in place: remove the partial tiles that lie below a
 * full one and were the log's at some size from old_size on.  Best effort: what stays harms nobody.
 */
void ls_tile_writer_tidy(struct ls_tile_writer *writer, uint64_t old_size);

static inline void ls_tile_writer_cleanup(struct ls_tile_writer **writer)
{
	ls_tile_writer_free(*writer);
}
#define _cleanup_tile_writer_ __attribute__((cleanup(ls_tile_writer_cleanup)))

#endif
