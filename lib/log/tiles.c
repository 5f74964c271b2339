/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/tiles.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "tiles.memory", "out of memory for the log's tiles");
}

/* --- coordinates ------------------------------------------------------------ */

/* How many hashes the whole level has in a log of this size. */
static uint64_t level_width(unsigned level, uint64_t size)
{
	return level < LS_TILE_LEVELS ? size >> (LS_TILE_HEIGHT * level) : 0;
}

unsigned ls_tile_width(unsigned level, uint64_t index, uint64_t size)
{
	uint64_t hashes = level_width(level, size);
	if (index > hashes / LS_TILE_WIDTH)
		return 0;
	uint64_t left = hashes - index * LS_TILE_WIDTH;
	return left < LS_TILE_WIDTH ? (unsigned)left : LS_TILE_WIDTH;
}

void ls_tile_range_init(struct ls_tile_range *r, uint64_t from, uint64_t to)
{
	*r = (struct ls_tile_range){ .from = from, .to = to, .index = from / LS_TILE_WIDTH };
}

bool ls_tile_range_next(struct ls_tile_range *r, struct ls_tile *ret_tile)
{
	for (; r->level < LS_TILE_LEVELS; r->level++) {
		uint64_t before = level_width(r->level, r->from);
		unsigned width = ls_tile_width(r->level, r->index, r->to);
		if (width > 0 && level_width(r->level, r->to) > before) {
			*ret_tile = (struct ls_tile){ .level = r->level,
						      .index = r->index++,
						      .width = width };
			return true;
		}
		r->index = level_width(r->level + 1, r->from) / LS_TILE_WIDTH;
	}
	return false;
}

/* --- paths ------------------------------------------------------------------ */

/* The index in groups of three digits, all but the last with an 'x' before it. */
static size_t format_index(uint64_t index, char *buffer)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%021" PRIu64, index);
	size_t out = 0, first = 0;
	while (first + 3 < (size_t)n && memcmp(digits + first, "000", 3) == 0)
		first += 3;
	for (size_t i = first; i < (size_t)n; i += 3) {
		bool last = i + 3 == (size_t)n;
		if (!last)
			buffer[out++] = 'x';
		memcpy(buffer + out, digits + i, 3);
		out += 3;
		if (!last)
			buffer[out++] = '/';
	}
	return out;
}

const char *ls_tile_path(const struct ls_tile *tile, char buffer[static LS_TILE_PATH_SIZE])
{
	char index[40];
	index[format_index(tile->index, index)] = '\0';
	int n = tile->entries
			? snprintf(buffer, LS_TILE_PATH_SIZE, "tile/entries/%s", index)
			: snprintf(buffer, LS_TILE_PATH_SIZE, "tile/%u/%s", tile->level, index);
	if (tile->width < LS_TILE_WIDTH)
		snprintf(buffer + n, LS_TILE_PATH_SIZE - (size_t)n, ".p/%u", tile->width);
	return buffer;
}

/* "x001/x234/067"; at most six groups: enough for 2^64 entries, and no overflow. */
static int read_index(struct ls_reader *r, uint64_t *ret_index)
{
	uint64_t index = 0;
	for (unsigned group = 0; group < 6; group++) {
		bool more = ls_read_literal(r, "x") == 0;
		const uint8_t *digits;
		if (ls_read_bytes(r, 3, &digits) < 0)
			return -EBADMSG;
		for (unsigned i = 0; i < 3; i++) {
			if (digits[i] < '0' || digits[i] > '9')
				return -EBADMSG;
			index = index * 10 + (uint64_t)(digits[i] - '0');
		}
		if (!more) {
			*ret_index = index;
			return 0;
		}
		if (ls_read_literal(r, "/") < 0)
			return -EBADMSG;
	}
	return -EBADMSG;
}

static int read_level(struct ls_reader *r, struct ls_tile *tile)
{
	const char *text;
	size_t length;
	uint64_t level;
	if (ls_read_literal(r, "entries/") == 0) {
		tile->entries = true;
		return 0;
	}
	if (ls_read_until(r, '/', &text, &length) < 0 || ls_parse_u64(text, length, &level) < 0 ||
	    level >= LS_TILE_LEVELS)
		return -EBADMSG;
	tile->level = (unsigned)level;
	return 0;
}

static int read_width(struct ls_reader *r, struct ls_tile *tile)
{
	const uint8_t *digits;
	uint64_t width;
	tile->width = LS_TILE_WIDTH;
	if (ls_reader_left(r) == 0)
		return 0;
	if (ls_read_literal(r, ".p/") < 0)
		return -EBADMSG;
	size_t length = ls_reader_left(r);
	ls_read_bytes(r, length, &digits);
	if (ls_parse_u64((const char *)digits, length, &width) < 0 || width == 0 ||
	    width >= LS_TILE_WIDTH)
		return -EBADMSG;
	tile->width = (unsigned)width;
	return 0;
}

int ls_tile_path_parse(const char *path, size_t length, struct ls_tile *ret_tile,
		       struct ls_error *err)
{
	struct ls_reader r;
	struct ls_tile tile = { .level = 0 };
	char again[LS_TILE_PATH_SIZE];
	ls_reader_init(&r, path, length);
	/* the comparison refuses other spellings, such as a needless group x000/ */
	if (ls_read_literal(&r, "tile/") < 0 || read_level(&r, &tile) < 0 ||
	    read_index(&r, &tile.index) < 0 || read_width(&r, &tile) < 0 ||
	    strlen(ls_tile_path(&tile, again)) != length || memcmp(again, path, length) != 0)
		return ls_fail(err, -EBADMSG, "tiles.path", "a path names no tile of a log");
	*ret_tile = tile;
	return 0;
}

/* --- hashes inside a tile ----------------------------------------------------- */

/* The root over n consecutive hashes; n is a power of two up to 256. */
static int combine(struct ls_sha256 *h, const struct ls_digest *hashes, size_t n,
		   struct ls_digest *ret_root)
{
	struct ls_digest row[LS_TILE_WIDTH / 2];
	const struct ls_digest *from = hashes;
	for (; n > 1; n /= 2, from = row)
		for (size_t i = 0; i < n / 2; i++) {
			int rc = ls_merkle_node(h, &from[2 * i], &from[2 * i + 1], &row[i]);
			if (rc < 0)
				return rc;
		}
	*ret_root = from[0];
	return 0;
}

/* --- reading ------------------------------------------------------------------ */

struct ls_tile_reader {
	struct ls_tile_source source;
	uint64_t size;
	struct ls_sha256 hash;
	struct {
		bool valid;
		uint64_t index;
		struct ls_digest hashes[LS_TILE_WIDTH];
	} cache[LS_TILE_LEVELS];
};

int ls_tile_reader_new(const struct ls_tile_source *source, uint64_t size,
		       struct ls_tile_reader **ret_reader, struct ls_error *err)
{
	struct ls_tile_reader *reader = calloc(1, sizeof(*reader));
	if (!reader)
		return fail_memory(err);
	reader->source = *source;
	reader->size = size;
	*ret_reader = reader;
	return 0;
}

void ls_tile_reader_free(struct ls_tile_reader *reader)
{
	if (!reader)
		return;
	ls_sha256_free(&reader->hash);
	free(reader);
}

static int fetch(struct ls_tile_reader *reader, const struct ls_tile *tile, struct ls_error *err)
{
	if (reader->cache[tile->level].valid && reader->cache[tile->level].index == tile->index)
		return 0;
	reader->cache[tile->level].valid = false;
	int rc = reader->source.read(reader->source.context, tile,
				     (uint8_t *)reader->cache[tile->level].hashes, err);
	if (rc < 0)
		return rc;
	reader->cache[tile->level].index = tile->index;
	reader->cache[tile->level].valid = true;
	return 0;
}

static int reader_read(void *context, unsigned level, uint64_t index, struct ls_digest *ret_hash,
		       struct ls_error *err)
{
	struct ls_tile_reader *reader = context;
	unsigned height = level % LS_TILE_HEIGHT;
	struct ls_tile tile = { .level = level / LS_TILE_HEIGHT,
				.index = index >> (LS_TILE_HEIGHT - height) };
	size_t first = (size_t)(index << height) % LS_TILE_WIDTH, n = (size_t)1 << height;
	tile.width = ls_tile_width(tile.level, tile.index, reader->size);
	if (first + n > tile.width)
		return ls_fail(err, -EINVAL, "tiles.outside",
			       "a log of %" PRIu64 " entries has no subtree %" PRIu64
			       " at height %u",
			       reader->size, index, level);
	int rc = fetch(reader, &tile, err);
	if (rc < 0)
		return rc;
	if (combine(&reader->hash, reader->cache[tile.level].hashes + first, n, ret_hash) < 0)
		return fail_memory(err);
	return 0;
}

struct ls_merkle_source ls_tile_reader_source(struct ls_tile_reader *reader)
{
	return (struct ls_merkle_source){ .read = reader_read, .context = reader };
}

int ls_tile_reader_root(struct ls_tile_reader *reader, struct ls_digest *ret_root,
			struct ls_error *err)
{
	struct ls_merkle_source source = ls_tile_reader_source(reader);
	struct ls_merkle_frontier frontier;
	int rc = ls_merkle_read_frontier(&source, reader->size, &frontier, err);
	if (rc < 0)
		return rc;
	if (ls_merkle_frontier_root(&frontier, &reader->hash, ret_root) < 0)
		return fail_memory(err);
	return 0;
}

/* --- building ------------------------------------------------------------------ */

struct ls_tile_builder {
	struct ls_tile_sink sink;
	uint64_t size;
	uint64_t flushed; /* the size at the last flush or resume */
	struct ls_sha256 hash;
	struct ls_digest rows[LS_TILE_LEVELS][LS_TILE_WIDTH]; /* the rightmost tile of each level */
};

int ls_tile_builder_new(const struct ls_tile_sink *sink, struct ls_tile_builder **ret_builder,
			struct ls_error *err)
{
	struct ls_tile_builder *builder = calloc(1, sizeof(*builder));
	if (!builder)
		return fail_memory(err);
	builder->sink = *sink;
	*ret_builder = builder;
	return 0;
}

void ls_tile_builder_free(struct ls_tile_builder *builder)
{
	if (!builder)
		return;
	ls_sha256_free(&builder->hash);
	free(builder);
}

uint64_t ls_tile_builder_size(const struct ls_tile_builder *builder)
{
	return builder->size;
}

/* The partial tile of a level in a log of this size; width 0 when there is none. */
static struct ls_tile partial_tile(unsigned level, uint64_t size)
{
	uint64_t hashes = level_width(level, size);
	return (struct ls_tile){ .level = level,
				 .index = hashes / LS_TILE_WIDTH,
				 .width = (unsigned)(hashes % LS_TILE_WIDTH) };
}

int ls_tile_builder_resume(struct ls_tile_builder *builder, const struct ls_tile_source *source,
			   uint64_t size, struct ls_error *err)
{
	for (unsigned level = 0; level < LS_TILE_LEVELS; level++) {
		struct ls_tile tile = partial_tile(level, size);
		if (tile.width == 0)
			continue;
		int rc = source->read(source->context, &tile, (uint8_t *)builder->rows[level], err);
		if (rc < 0)
			return rc;
	}
	builder->size = builder->flushed = size;
	return 0;
}

static int emit(struct ls_tile_builder *builder, const struct ls_tile *tile, struct ls_error *err)
{
	return builder->sink.emit(builder->sink.context, tile,
				  (const uint8_t *)builder->rows[tile->level], err);
}

int ls_tile_builder_append(struct ls_tile_builder *builder, const struct ls_digest *leaf_hash,
			   struct ls_error *err)
{
	if (builder->size == UINT64_MAX)
		return ls_fail(err, -EOVERFLOW, "tiles.full", "the log is full");
	struct ls_digest hash = *leaf_hash;
	builder->size++;
	for (unsigned level = 0; level < LS_TILE_LEVELS; level++) {
		uint64_t hashes = level_width(level, builder->size);
		builder->rows[level][(hashes - 1) % LS_TILE_WIDTH] = hash;
		if (hashes % LS_TILE_WIDTH != 0)
			break;
		struct ls_tile tile = { .level = level,
					.index = hashes / LS_TILE_WIDTH - 1,
					.width = LS_TILE_WIDTH };
		int rc = emit(builder, &tile, err);
		if (rc < 0)
			return rc;
		if (combine(&builder->hash, builder->rows[level], LS_TILE_WIDTH, &hash) < 0)
			return fail_memory(err);
	}
	return 0;
}

int ls_tile_builder_flush(struct ls_tile_builder *builder, struct ls_error *err)
{
	for (unsigned level = 0; level < LS_TILE_LEVELS; level++) {
		struct ls_tile tile = partial_tile(level, builder->size);
		if (tile.width == 0 ||
		    level_width(level, builder->size) == level_width(level, builder->flushed))
			continue;
		int rc = emit(builder, &tile, err);
		if (rc < 0)
			return rc;
	}
	builder->flushed = builder->size;
	return 0;
}

int ls_tile_builder_frontier(struct ls_tile_builder *builder,
			     struct ls_merkle_frontier *ret_frontier, struct ls_error *err)
{
	struct ls_merkle_frontier f = { .size = builder->size };
	unsigned count = 0;
	for (unsigned level = LS_TILE_LEVELS; level-- > 0;) {
		unsigned width = partial_tile(level, builder->size).width;
		const struct ls_digest *next = builder->rows[level];
		for (unsigned n = LS_TILE_WIDTH / 2; n > 0; n /= 2) {
			if (!(width & n))
				continue;
			if (combine(&builder->hash, next, n, &f.hashes[count++]) < 0)
				return fail_memory(err);
			next += n;
		}
	}
	*ret_frontier = f;
	return 0;
}

int ls_tile_builder_root(struct ls_tile_builder *builder, struct ls_digest *ret_root,
			 struct ls_error *err)
{
	struct ls_merkle_frontier frontier;
	int rc = ls_tile_builder_frontier(builder, &frontier, err);
	if (rc < 0)
		return rc;
	if (ls_merkle_frontier_root(&frontier, &builder->hash, ret_root) < 0)
		return fail_memory(err);
	return 0;
}

/* --- entry bundles -------------------------------------------------------------- */

int ls_bundle_add(struct ls_buffer *bundle, const void *entry, size_t n)
{
	if (n > LS_ENTRY_SIZE_MAX)
		return -EMSGSIZE;
	ls_buffer_add_be16(bundle, (uint16_t)n);
	return ls_buffer_add(bundle, entry, n);
}

int ls_bundle_next(struct ls_reader *r, const uint8_t **ret_entry, size_t *ret_size)
{
	struct ls_reader ahead = *r;
	uint16_t size;
	if (ls_read_be16(&ahead, &size) < 0 || ls_read_bytes(&ahead, size, ret_entry) < 0)
		return -EBADMSG;
	*ret_size = size;
	*r = ahead;
	return 0;
}

int ls_bundle_parse(const void *bytes, size_t size, unsigned width, struct ls_bundle *ret_bundle,
		    struct ls_error *err)
{
	struct ls_bundle bundle = { .count = width };
	struct ls_reader r;
	if (width == 0 || width > LS_TILE_WIDTH)
		return ls_fail(err, -EBADMSG, "tiles.bundle.width",
			       "an entry bundle holds 1 to 256 entries, not %u", width);
	ls_reader_init(&r, bytes, size);
	for (unsigned i = 0; i < width; i++)
		if (ls_bundle_next(&r, &bundle.entries[i].bytes, &bundle.entries[i].size) < 0)
			return ls_fail(err, -EBADMSG, "tiles.bundle.short",
				       "an entry bundle is cut short: its entry %u of %u is not "
				       "whole",
				       i + 1, width);
	if (ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "tiles.bundle.long",
			       "an entry bundle has %zu bytes after its %u entries",
			       ls_reader_left(&r), width);
	*ret_bundle = bundle;
	return 0;
}
