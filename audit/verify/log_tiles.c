/* SPDX-License-Identifier: Apache-2.0 */
/* Tiles and entry bundles of a share's log, read with suspicion. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/verify/log_internal.h"
#include "audit/verify/share.h"
#include "lib/base/reader.h"
#include "lib/base/text.h"

const char *ls_log_tile_path(const struct ls_tile *tile, char buffer[static LS_LOG_PATH_SIZE])
{
	char path[LS_TILE_PATH_SIZE];
	snprintf(buffer, LS_LOG_PATH_SIZE, "log/%s", ls_tile_path(tile, path));
	return buffer;
}

unsigned ls_log_block_width(const struct ls_log *log, uint64_t index)
{
	return ls_tile_width(0, index, log->checkpoint.size);
}

/* Forget what a wider tile holds past the first `width`; malformed bundles stay as they are. */
static void cut(struct ls_buffer *b, const struct ls_tile *tile)
{
	size_t size = (size_t)tile->width * LS_DIGEST_SIZE;
	if (tile->entries) {
		struct ls_reader r;
		ls_reader_init(&r, b->data, b->size);
		const uint8_t *entry;
		size_t n;
		for (unsigned i = 0; i < tile->width; i++)
			if (ls_bundle_next(&r, &entry, &n) < 0)
				return;
		size = r.pos;
	}
	if (size < b->size) {
		b->size = size;
		b->data[size] = '\0';
	}
}

struct widths {
	unsigned above, least; /* the least width above the one that is looked for */
};

static int each_width(void *context, const char *name, unsigned type)
{
	struct widths *w = context;
	uint64_t width;
	(void)type;
	if (ls_parse_u64(name, strlen(name), &width) == 0 && width > w->above && width < w->least)
		w->least = (unsigned)width;
	return 0;
}

/* The narrowest tile that is wider than this one and is there; 256 when none is. */
static unsigned wider_than(const struct ls_log *log, const struct ls_tile *tile)
{
	char path[LS_LOG_PATH_SIZE];
	struct widths w = { tile->width, LS_TILE_WIDTH };
	ls_log_tile_path(tile, path);
	*strrchr(path, '/') = '\0'; /* "NNN.p", the folder of the partial ones */
	ls_each_name(log->source, path, each_width, &w);
	return w.least;
}

struct ls_read_result ls_log_read_tile(const struct ls_log *log, const struct ls_tile *tile,
				       struct ls_buffer *b, char path[static LS_LOG_PATH_SIZE])
{
	struct ls_read_result read = ls_share_read(log->source, ls_log_tile_path(tile, path), b);
	if (read.status != LS_READ_MISSING || tile->width == LS_TILE_WIDTH)
		return read;
	/* the log may have grown past it meanwhile, and narrower tiles may then go */
	struct ls_tile wider = *tile;
	wider.width = wider_than(log, tile);
	char wider_path[LS_LOG_PATH_SIZE];
	struct ls_read_result second = ls_share_read(log->source,
						     ls_log_tile_path(&wider, wider_path), b);
	if (second.status != LS_READ_OK)
		return read;
	memcpy(path, wider_path, LS_LOG_PATH_SIZE);
	cut(b, tile);
	return second;
}

int ls_log_hash_bundle(struct ls_sha256 *h, const struct ls_buffer *b, unsigned width,
		       struct ls_digest *leaves, struct ls_error *err)
{
	struct ls_reader r;
	ls_reader_init(&r, b->data, b->size);
	for (unsigned i = 0; i < width; i++) {
		const uint8_t *entry;
		size_t n;
		if (ls_bundle_next(&r, &entry, &n) < 0)
			return ls_fail(err, -EBADMSG, "log.entries.malformed",
				       "it is cut short at entry %u of %u", i + 1, width);
		if (ls_merkle_leaf(h, entry, n, &leaves[i]) < 0)
			return ls_fail(err, -ENOMEM, "verify.memory", "out of memory");
	}
	if (ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "log.entries.malformed",
			       "it holds %zu bytes after its %u entries", ls_reader_left(&r),
			       width);
	return 0;
}
