/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/log/tiles.h"

#include <errno.h>

#include "lib/base/test.h"

#define LOG_MAX	  70000 /* entries; the standard's example, and into level 2 */
#define STORE_MAX 1024

/* --- a log's folder in memory --------------------------------------------------------- */

struct stored {
	struct ls_tile tile;
	uint8_t bytes[LS_TILE_SIZE_MAX];
};

static struct {
	struct stored *tiles;
	size_t count;
} store;

static struct stored *find(const struct ls_tile *tile)
{
	for (size_t i = 0; i < store.count; i++)
		if (store.tiles[i].tile.level == tile->level &&
		    store.tiles[i].tile.index == tile->index &&
		    store.tiles[i].tile.width == tile->width)
			return &store.tiles[i];
	return NULL;
}

static int keep(void *context, const struct ls_tile *tile, const uint8_t *bytes,
		struct ls_error *err)
{
	(void)context;
	if (store.count == STORE_MAX)
		return ls_fail(err, -ENOSPC, "test.store", "too many tiles");
	struct stored *s = &store.tiles[store.count++];
	s->tile = *tile;
	memcpy(s->bytes, bytes, (size_t)tile->width * LS_DIGEST_SIZE);
	return 0;
}

static int load(void *context, const struct ls_tile *tile, uint8_t *bytes, struct ls_error *err)
{
	(void)context;
	struct stored *s = find(tile);
	if (!s)
		return ls_fail(err, -ENOENT, "test.store", "no such tile");
	memcpy(bytes, s->bytes, (size_t)tile->width * LS_DIGEST_SIZE);
	return 0;
}

static const struct ls_tile_sink SINK = { keep, NULL };
static const struct ls_tile_source SOURCE = { load, NULL };
static struct ls_sha256 hash;

static struct ls_digest leaf(uint64_t i)
{
	struct ls_digest d;
	ls_merkle_leaf(&hash, &i, sizeof(i), &d);
	return d;
}

static void empty_store(void)
{
	if (!store.tiles)
		store.tiles = calloc(STORE_MAX, sizeof(*store.tiles));
	store.count = 0;
}

/* --- coordinates ------------------------------------------------------------------------ */

TEST(widths_are_those_of_the_standards_example)
{
	CHECK_INT_EQ(ls_tile_width(0, 272, 70000), 256);
	CHECK_INT_EQ(ls_tile_width(0, 273, 70000), 112);
	CHECK_INT_EQ(ls_tile_width(0, 274, 70000), 0);
	CHECK_INT_EQ(ls_tile_width(1, 0, 70000), 256);
	CHECK_INT_EQ(ls_tile_width(1, 1, 70000), 17);
	CHECK_INT_EQ(ls_tile_width(2, 0, 70000), 1);
	CHECK_INT_EQ(ls_tile_width(2, 1, 70000), 0);
	CHECK_INT_EQ(ls_tile_width(3, 0, 70000), 0);
	CHECK_INT_EQ(ls_tile_width(0, 0, 256), 256);
	CHECK_INT_EQ(ls_tile_width(0, 1, 256), 0);
	CHECK_INT_EQ(ls_tile_width(1, 0, 256), 1);
	CHECK_INT_EQ(ls_tile_width(0, 0, 0), 0);
	CHECK_INT_EQ(ls_tile_width(0, UINT64_MAX, UINT64_MAX), 0);
	CHECK_INT_EQ(ls_tile_width(7, 0, UINT64_MAX), 255);
	CHECK_INT_EQ(ls_tile_width(64, 0, UINT64_MAX), 0);
}

static size_t count_range(uint64_t from, uint64_t to)
{
	struct ls_tile_range r;
	struct ls_tile tile;
	size_t n = 0;
	ls_tile_range_init(&r, from, to);
	while (ls_tile_range_next(&r, &tile)) {
		CHECK_INT_EQ(tile.width, ls_tile_width(tile.level, tile.index, to));
		CHECK(tile.width != ls_tile_width(tile.level, tile.index, from));
		n++;
	}
	return n;
}

TEST(ranges_hold_the_tiles_that_changed)
{
	CHECK_INT_EQ(count_range(0, 0), 0);
	CHECK_INT_EQ(count_range(0, 1), 1);
	CHECK_INT_EQ(count_range(0, 70000), 273 + 1 + 1 + 1 + 1);
	CHECK_INT_EQ(count_range(5, 5), 0);
	CHECK_INT_EQ(count_range(5, 6), 1);
	CHECK_INT_EQ(count_range(255, 256), 2); /* the full tile, and its hash above */
	CHECK_INT_EQ(count_range(256, 257), 1);
	CHECK_INT_EQ(count_range(255, 257), 3);
	CHECK_INT_EQ(count_range(65535, 65536), 3);
}

/* --- paths -------------------------------------------------------------------------------- */

static const struct {
	struct ls_tile tile;
	const char *path;
} PATHS[] = {
	{ { false, 0, 0, 256 }, "tile/0/000" },
	{ { false, 0, 1234067, 256 }, "tile/0/x001/x234/067" },
	{ { false, 7, 999, 1 }, "tile/7/999.p/1" },
	{ { true, 0, 1000, 255 }, "tile/entries/x001/000.p/255" },
	{ { true, 0, 3, 17 }, "tile/entries/003.p/17" },
	{ { false, 0, UINT64_MAX / 256, 256 }, "tile/0/x072/x057/x594/x037/x927/935" },
};

TEST(paths_go_there_and_back)
{
	for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++) {
		char path[LS_TILE_PATH_SIZE];
		struct ls_tile tile;
		CHECK_STR_EQ(ls_tile_path(&PATHS[i].tile, path), PATHS[i].path);
		REQUIRE(ls_tile_path_parse(path, strlen(path), &tile, NULL) == 0);
		CHECK_INT_EQ(tile.entries, PATHS[i].tile.entries);
		CHECK_INT_EQ(tile.level, PATHS[i].tile.level);
		CHECK_INT_EQ(tile.index, PATHS[i].tile.index);
		CHECK_INT_EQ(tile.width, PATHS[i].tile.width);
	}
}

TEST(other_paths_are_refused)
{
	static const char *const bad[] = {
		"",
		"tile/",
		"tile/0",
		"tile/0/",
		"tile/0/0",
		"tile/0/0000",
		"tile/00/000",
		"tile/8/000",
		"tile/-1/000",
		"tile/0/x000/000",
		"tile/0/x001",
		"tile/0/x001/",
		"tile/0/001/000",
		"tile/0/000.p/0",
		"tile/0/000.p/256",
		"tile/0/000.p/01",
		"tile/0/000.p/",
		"tile/0/000.p",
		"tile/0/000/",
		"tile/0/000.p/1/",
		"/tile/0/000",
		"tile/entries/0/000",
		"tile/entries/../x",
		"tile/0/x001/x234/067 ",
		"tile/0/x001/x001/x001/x001/x001/x001/001",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_tile tile;
		if (ls_tile_path_parse(bad[i], strlen(bad[i]), &tile, NULL) != -EBADMSG)
			TEST_FAIL("accepted: %s", bad[i]);
	}
}

/* --- building and reading -------------------------------------------------------------------- */

TEST(tiles_carry_the_tree)
{
	_cleanup_tile_builder_ struct ls_tile_builder *builder = NULL;
	struct ls_merkle_frontier f;
	struct ls_error err = { 0 };
	empty_store();
	ls_merkle_frontier_init(&f);
	REQUIRE(ls_tile_builder_new(&SINK, &builder, &err) == 0);
	for (uint64_t i = 0; i < LOG_MAX; i++) {
		struct ls_digest d = leaf(i);
		REQUIRE(ls_tile_builder_append(builder, &d, &err) == 0);
		REQUIRE(ls_merkle_frontier_append(&f, &hash, &d) == 0);
	}
	REQUIRE(ls_tile_builder_flush(builder, &err) == 0);
	CHECK_INT_EQ(ls_tile_builder_size(builder), LOG_MAX);
	CHECK_INT_EQ(store.count, 273 + 1 + 1 + 1 + 1);
	struct ls_digest root, built, read;
	ls_merkle_frontier_root(&f, &hash, &root);
	CHECK_INT_EQ(ls_tile_builder_root(builder, &built, &err), 0);
	CHECK(ls_digest_equal(&built, &root));
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	REQUIRE(ls_tile_reader_new(&SOURCE, LOG_MAX, &reader, &err) == 0);
	REQUIRE(ls_tile_reader_root(reader, &read, &err) == 0);
	CHECK(ls_digest_equal(&read, &root));
	struct ls_merkle_source source = ls_tile_reader_source(reader);
	struct ls_digest proof[LS_MERKLE_PROOF_MAX];
	unsigned n;
	for (uint64_t i = 0; i < LOG_MAX; i += 997) {
		struct ls_digest d = leaf(i);
		REQUIRE(ls_merkle_prove_inclusion(&source, i, LOG_MAX, proof, &n, &err) == 0);
		CHECK_INT_EQ(ls_merkle_verify_inclusion(&d, i, LOG_MAX, proof, n, &root, &err), 0);
	}
	/* an older size is proved from the present tiles */
	struct ls_merkle_frontier old;
	struct ls_digest old_root;
	REQUIRE(ls_merkle_read_frontier(&source, 12345, &old, &err) == 0);
	ls_merkle_frontier_root(&old, &hash, &old_root);
	REQUIRE(ls_merkle_prove_consistency(&source, 12345, LOG_MAX, proof, &n, &err) == 0);
	CHECK_INT_EQ(ls_merkle_verify_consistency(12345, &old_root, LOG_MAX, &root, proof, n, &err),
		     0);
	CHECK_INT_EQ(source.read(source.context, 0, LOG_MAX, &read, &err), -EINVAL);
	CHECK_INT_EQ(source.read(source.context, 8, 273, &read, &err), -EINVAL);
}

TEST(a_resumed_builder_goes_on_as_the_first)
{
	static const uint64_t stops[] = { 1, 2, 255, 256, 257, 511, 512, 600, 1000 };
	_cleanup_tile_builder_ struct ls_tile_builder *whole = NULL;
	uint64_t size = 0;
	empty_store();
	REQUIRE(ls_tile_builder_new(&SINK, &whole, NULL) == 0);
	for (size_t i = 0; i < sizeof(stops) / sizeof(stops[0]); i++) {
		_cleanup_tile_builder_ struct ls_tile_builder *part = NULL;
		struct ls_digest a, b;
		REQUIRE(ls_tile_builder_new(&SINK, &part, NULL) == 0);
		REQUIRE(ls_tile_builder_resume(part, &SOURCE, size, NULL) == 0);
		size_t before = store.count;
		REQUIRE(ls_tile_builder_flush(part, NULL) == 0);
		CHECK_INT_EQ(store.count, before); /* nothing changed yet */
		for (; size < stops[i]; size++) {
			struct ls_digest d = leaf(size);
			REQUIRE(ls_tile_builder_append(part, &d, NULL) == 0);
			REQUIRE(ls_tile_builder_append(whole, &d, NULL) == 0);
		}
		REQUIRE(ls_tile_builder_flush(part, NULL) == 0);
		REQUIRE(ls_tile_builder_root(part, &a, NULL) == 0);
		REQUIRE(ls_tile_builder_root(whole, &b, NULL) == 0);
		CHECK(ls_digest_equal(&a, &b));
	}
}

TEST(a_changed_tile_changes_the_root)
{
	_cleanup_tile_builder_ struct ls_tile_builder *builder = NULL;
	struct ls_digest root, read;
	empty_store();
	REQUIRE(ls_tile_builder_new(&SINK, &builder, NULL) == 0);
	for (uint64_t i = 0; i < 300; i++) {
		struct ls_digest d = leaf(i);
		REQUIRE(ls_tile_builder_append(builder, &d, NULL) == 0);
	}
	REQUIRE(ls_tile_builder_flush(builder, NULL) == 0);
	REQUIRE(ls_tile_builder_root(builder, &root, NULL) == 0);
	struct ls_tile partial = { .level = 0, .index = 1, .width = 44 };
	struct stored *s = find(&partial);
	REQUIRE(s != NULL);
	for (size_t i = 0; i < 44 * LS_DIGEST_SIZE; i += 13) {
		_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
		s->bytes[i] ^= 4;
		REQUIRE(ls_tile_reader_new(&SOURCE, 300, &reader, NULL) == 0);
		REQUIRE(ls_tile_reader_root(reader, &read, NULL) == 0);
		CHECK(!ls_digest_equal(&read, &root));
		s->bytes[i] ^= 4;
	}
}

TEST(a_missing_tile_is_the_sources_error)
{
	_cleanup_tile_reader_ struct ls_tile_reader *reader = NULL;
	struct ls_digest root;
	struct ls_error err = { 0 };
	empty_store();
	REQUIRE(ls_tile_reader_new(&SOURCE, 3, &reader, &err) == 0);
	CHECK_INT_EQ(ls_tile_reader_root(reader, &root, &err), -ENOENT);
	CHECK_STR_EQ(err.id, "test.store");
}

/* --- bundles -----------------------------------------------------------------------------------
 */

TEST(bundles_go_there_and_back)
{
	_cleanup_buffer_ struct ls_buffer b;
	static struct ls_bundle parsed;
	static uint8_t large[LS_ENTRY_SIZE_MAX + 1];
	ls_buffer_init(&b, LS_BUNDLE_SIZE_MAX);
	CHECK_INT_EQ(ls_bundle_add(&b, "one", 3), 0);
	CHECK_INT_EQ(ls_bundle_add(&b, "", 0), 0);
	CHECK_INT_EQ(ls_bundle_add(&b, large, LS_ENTRY_SIZE_MAX), 0);
	CHECK_INT_EQ(ls_bundle_add(&b, large, LS_ENTRY_SIZE_MAX + 1), -EMSGSIZE);
	REQUIRE(ls_bundle_parse(b.data, b.size, 3, &parsed, NULL) == 0);
	CHECK_INT_EQ(parsed.count, 3);
	CHECK_INT_EQ(parsed.entries[0].size, 3);
	CHECK_MEM_EQ(parsed.entries[0].bytes, "one", 3);
	CHECK_INT_EQ(parsed.entries[1].size, 0);
	CHECK_INT_EQ(parsed.entries[2].size, LS_ENTRY_SIZE_MAX);
}

TEST(bundles_that_do_not_fit_their_width_are_refused)
{
	static struct ls_bundle parsed;
	static const uint8_t bytes[] = { 0, 1, 'a', 0, 2, 'b', 'c' };
	CHECK_INT_EQ(ls_bundle_parse(bytes, 7, 2, &parsed, NULL), 0);
	CHECK_INT_EQ(ls_bundle_parse(bytes, 7, 1, &parsed, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_bundle_parse(bytes, 7, 3, &parsed, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_bundle_parse(bytes, 7, 0, &parsed, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_bundle_parse(bytes, 7, 257, &parsed, NULL), -EBADMSG);
	for (size_t n = 0; n < 7; n++)
		CHECK_INT_EQ(ls_bundle_parse(bytes, n, 2, &parsed, NULL), -EBADMSG);
}

TEST_MAIN()
