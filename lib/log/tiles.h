/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tiles (C2SP tlog-tiles): a tree's hashes in files of up to 256, and its
 * entries in bundles beside them.  Pure functions and callbacks; no file is
 * opened here.  Paths are relative to the log's folder, e.g.
 * "tile/0/x001/234/067" and "tile/entries/003.p/17".
 */
#ifndef LABSEAL_LIB_LOG_TILES_H
#define LABSEAL_LIB_LOG_TILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/reader.h"
#include "lib/log/merkle.h"

#define LS_TILE_HEIGHT	  8
#define LS_TILE_WIDTH	  256 /* hashes or entries in a full tile */
#define LS_TILE_LEVELS	  8   /* a size of 64 bits needs levels 0 to 7 */
#define LS_TILE_SIZE_MAX  (LS_TILE_WIDTH * LS_DIGEST_SIZE)
#define LS_TILE_PATH_SIZE 64 /* with the final NUL */

#define LS_ENTRY_SIZE_MAX  65535 /* bytes; the length is 16 bits */
#define LS_BUNDLE_SIZE_MAX (LS_TILE_WIDTH * (2 + LS_ENTRY_SIZE_MAX))

struct ls_tile {
	bool entries;	/* an entry bundle; level is then 0 */
	unsigned level; /* 0: leaf hashes */
	uint64_t index; /* within the level */
	unsigned width; /* 1 to 256; below 256 the tile is partial */
};

/* Returns buffer. */
const char *ls_tile_path(const struct ls_tile *tile, char buffer[static LS_TILE_PATH_SIZE]);

/* The one spelling ls_tile_path writes; anything else is -EBADMSG. */
int ls_tile_path_parse(const char *path, size_t length, struct ls_tile *ret_tile,
		       struct ls_error *err);

/* Hashes that the tile has in a log of this size: 0 (there is none) to 256. */
unsigned ls_tile_width(unsigned level, uint64_t index, uint64_t size);

/*
 * Every tile that a log of size `to` has and a log of size `from` had not (or
 * had narrower), level by level, left to right.  From 0: every tile.  Entry
 * bundles have the indices and widths of level 0; set tile->entries for them.
 *
 *     struct ls_tile_range r;
 *     ls_tile_range_init(&r, from, to);
 *     while (ls_tile_range_next(&r, &tile)) ...
 */
struct ls_tile_range {
	uint64_t from, to;
	unsigned level;
	uint64_t index;
};
void ls_tile_range_init(struct ls_tile_range *r, uint64_t from, uint64_t to);
bool ls_tile_range_next(struct ls_tile_range *r, struct ls_tile *ret_tile);

/* Where tile bytes come from: fill in width * 32 bytes, exactly; 0 or a negative errno with err. */
struct ls_tile_source {
	int (*read)(void *context, const struct ls_tile *tile, uint8_t *bytes,
		    struct ls_error *err);
	void *context;
};

/*
 * A Merkle source over the tiles of a log of this size; keeps one tile per
 * level.  Make with ls_tile_reader_new, free with ls_tile_reader_free.  What it
 * reads is not checked: compare the root with a signed one
 * (ls_tile_reader_root), or use it only to make proofs that are then verified.
 */
struct ls_tile_reader;
int ls_tile_reader_new(const struct ls_tile_source *source, uint64_t size,
		       struct ls_tile_reader **ret_reader, struct ls_error *err);
void ls_tile_reader_free(struct ls_tile_reader *reader); /* NULL is fine */
struct ls_merkle_source ls_tile_reader_source(struct ls_tile_reader *reader);
int ls_tile_reader_root(struct ls_tile_reader *reader, struct ls_digest *ret_root,
			struct ls_error *err);

static inline void ls_tile_reader_cleanup(struct ls_tile_reader **reader)
{
	ls_tile_reader_free(*reader);
}
#define _cleanup_tile_reader_ __attribute__((cleanup(ls_tile_reader_cleanup)))

/*
 * Leaf hashes in, tiles out: the publisher writes what it emits, a verifier
 * compares it with what is on the share.  emit() gets each full tile when it
 * fills, and each partial one at flush; bytes are borrowed, tile->width * 32.
 */
struct ls_tile_builder;
struct ls_tile_sink {
	int (*emit)(void *context, const struct ls_tile *tile, const uint8_t *bytes,
		    struct ls_error *err);
	void *context;
};
int ls_tile_builder_new(const struct ls_tile_sink *sink, struct ls_tile_builder **ret_builder,
			struct ls_error *err);
void ls_tile_builder_free(struct ls_tile_builder *builder); /* NULL is fine */

/* Take up a log of this size: reads its partial tiles (at most one per level). */
int ls_tile_builder_resume(struct ls_tile_builder *builder, const struct ls_tile_source *source,
			   uint64_t size, struct ls_error *err);
int ls_tile_builder_append(struct ls_tile_builder *builder, const struct ls_digest *leaf_hash,
			   struct ls_error *err);

/*
 * Emit the partial tiles that changed since the last flush (or the resume),
 * level by level.  After a failure of append or flush the builder is of no
 * further use: free it, and resume another one from what is stored.
 */
int ls_tile_builder_flush(struct ls_tile_builder *builder, struct ls_error *err);
uint64_t ls_tile_builder_size(const struct ls_tile_builder *builder);
int ls_tile_builder_frontier(struct ls_tile_builder *builder,
			     struct ls_merkle_frontier *ret_frontier, struct ls_error *err);
int ls_tile_builder_root(struct ls_tile_builder *builder, struct ls_digest *ret_root,
			 struct ls_error *err);

static inline void ls_tile_builder_cleanup(struct ls_tile_builder **builder)
{
	ls_tile_builder_free(*builder);
}
#define _cleanup_tile_builder_ __attribute__((cleanup(ls_tile_builder_cleanup)))

/* Append one entry to a bundle: u16 length, bytes.  -EMSGSIZE above LS_ENTRY_SIZE_MAX. */
int ls_bundle_add(struct ls_buffer *bundle, const void *entry, size_t n);

/* Take one entry; it points into the reader's bytes.  -EBADMSG: cut short. */
int ls_bundle_next(struct ls_reader *r, const uint8_t **ret_entry, size_t *ret_size);

struct ls_bundle {
	unsigned count; /* 1 to 256 */
	struct {
		const uint8_t *bytes; /* borrowed */
		size_t size;
	} entries[LS_TILE_WIDTH];
};

/* A whole bundle of exactly `width` entries and nothing after them. */
int ls_bundle_parse(const void *bytes, size_t size, unsigned width, struct ls_bundle *ret_bundle,
		    struct ls_error *err);

#endif
