/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/registry.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"
#include "lib/registry/folder.h"
#include "lib/registry/rig_test.h"
#include "lib/registry/tile_writer.h"

static struct ls_cal_trust trust_of(const struct rig *r)
{
	return (struct ls_cal_trust){ .has_registry = true, .registry = r->key };
}

static int count_one(void *context, const struct ls_cal_found *found)
{
	(void)found;
	++*(int *)context;
	return 0;
}

/* Every record from..to is found by its id and by its key. */
static void check_all(struct rig *r, int to)
{
	struct ls_cal_trust trust = trust_of(r);
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	_cleanup_buffer_ struct ls_buffer bytes;
	int count = 0;
	struct ls_digest key;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	CHECK_INT_EQ(ls_registry_store_open(r->registry, &trust, &store, &r->err), 0);
	if (!store)
		return;
	ls_p256_public_digest(&r->person.key, &key);
	CHECK_INT_EQ(store->operations->related(store, LS_CAL_HOLDERS_OF_KEY, &key, count_one,
						&count, &r->err),
		     0);
	CHECK_INT_EQ(count, to);
	for (int i = 0; i < to; i += 1 + i / 7) {
		_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
		struct ls_digest id = rig_organisation(r, i, &bytes);
		CHECK_INT_EQ(store->operations->find(store, &id, &entry, &r->err), 0);
		if (entry)
			CHECK_INT_EQ((int)entry->index, i);
	}
}

TEST(records_are_found_in_logs_of_each_shape)
{
	static const int sizes[] = { 1, 2, 3, 255, 256, 257, 300, 512, 700 };
	struct rig r;
	rig_begin(&r);
	int at = 0;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		CHECK_INT_EQ(rig_grow(&r, at, sizes[i]), 0);
		at = sizes[i];
		check_all(&r, at);
		if (i % 3 == 0)
			rig_open(&r); /* what is on the disk is enough to go on */
	}
	uint64_t size = 0;
	CHECK_INT_EQ(ls_registry_check(r.registry, &r.key, &size, &r.err), 0);
	CHECK_INT_EQ((int)size, at);
	rig_end(&r);
}

TEST(duplicates_and_strangers_are_refused_and_the_writer_goes_on)
{
	struct rig r;
	_cleanup_buffer_ struct ls_buffer bytes;
	rig_begin(&r);
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	CHECK_INT_EQ(rig_grow(&r, 0, 3), 0);
	rig_organisation(&r, 1, &bytes);
	CHECK_INT_EQ(ls_registry_writer_append(r.writer, bytes.data, bytes.size, NULL, &r.err),
		     -EEXIST);
	CHECK_STR_EQ(r.err.id, "registry.duplicate");
	rig_organisation(&r, 7, &bytes);
	CHECK_INT_EQ(ls_registry_writer_append(r.writer, bytes.data, bytes.size, NULL, &r.err), 0);
	CHECK_INT_EQ(ls_registry_writer_append(r.writer, bytes.data, bytes.size, NULL, &r.err),
		     -EEXIST);
	CHECK_INT_EQ(ls_registry_writer_append(r.writer, "x\n", 2, NULL, &r.err), -EBADMSG);
	char *other = strstr((char *)bytes.data, "registry.example");
	other[0] = 'R';
	CHECK_INT_EQ(ls_registry_writer_append(r.writer, bytes.data, bytes.size, NULL, &r.err),
		     -EXDEV);
	CHECK_INT_EQ(ls_registry_writer_commit(r.writer, &r.signers, &r.err), 0);
	CHECK_INT_EQ((int)ls_registry_writer_size(r.writer), 4);
	rig_end(&r);
}

TEST(one_writes_at_a_time_with_the_registrys_key)
{
	struct rig r;
	struct ls_registry_writer *second = NULL;
	rig_begin(&r);
	CHECK_INT_EQ(ls_registry_writer_open(r.registry, &r.key, &second, &r.err), -EBUSY);
	CHECK_STR_EQ(r.err.id, "registry.busy");
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	rig_organisation(&r, 1, &bytes);
	CHECK_INT_EQ(ls_registry_writer_append(r.writer, bytes.data, bytes.size, NULL, &r.err), 0);
	const struct ls_registry_signers other = { &r.person, NULL };
	CHECK_INT_EQ(ls_registry_writer_commit(r.writer, &other, &r.err), -EINVAL);
	CHECK_STR_EQ(r.err.id, "registry.key");
	CHECK_INT_EQ(ls_registry_create(r.registry, &r.key, &r.signers, &r.err), -EEXIST);
	rig_end(&r);
}

static void damage(const struct rig *r, const char *name, off_t at)
{
	char path[256];
	unsigned char byte = 0;
	snprintf(path, sizeof(path), "%s/%s", r->registry, name);
	_cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC);
	CHECK_INT_EQ(pread(fd, &byte, 1, at) == 1, 1);
	byte ^= 1;
	CHECK_INT_EQ(pwrite(fd, &byte, 1, at) == 1, 1);
}

static int find_number(struct rig *r, int number)
{
	struct ls_cal_trust trust = trust_of(r);
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	struct ls_digest id = rig_organisation(r, number, &bytes);
	int rc = ls_registry_store_open(r->registry, &trust, &store, &r->err);
	return rc < 0 ? rc : store->operations->find(store, &id, &entry, &r->err);
}

TEST(what_was_changed_in_the_log_is_not_believed)
{
	struct rig r;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 300), 0);
	damage(&r, "log/tile/entries/000", 100);
	CHECK_INT_EQ(find_number(&r, 0), -EUCLEAN);
	CHECK_STR_EQ(r.err.id, "registry.entry");
	CHECK_INT_EQ(find_number(&r, 1), 0); /* others are what they were */
	uint64_t size;
	CHECK_INT_EQ(ls_registry_check(r.registry, &r.key, &size, &r.err), -EUCLEAN);
	damage(&r, "log/tile/entries/000", 100);
	CHECK_INT_EQ(ls_registry_check(r.registry, &r.key, &size, &r.err), 0);
	damage(&r, "log/tile/0/000", 100);
	CHECK_INT_EQ(ls_registry_check(r.registry, &r.key, &size, &r.err), -EUCLEAN);
	CHECK_STR_EQ(r.err.id, "registry.damaged");
	rig_end(&r);
}

/* The store that is open goes on being asked. */
static int find_in(struct rig *r, struct ls_cal_store *store, int number)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	struct ls_digest id = rig_organisation(r, number, &bytes);
	return store->operations->find(store, &id, &entry, &r->err);
}

static void copy_over(const struct rig *r, const char *from, const char *to)
{
	char path[256];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_BUNDLE_SIZE_MAX);
	snprintf(path, sizeof(path), "%s/%s", r->registry, from);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, &bytes, NULL), 0);
	snprintf(path, sizeof(path), "%s/%s", r->registry, to);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CLOEXEC); /* the same file */
	CHECK_INT_EQ(ls_write_all(fd, bytes.data, bytes.size), 0);
}

/* What was proven once vouches for no byte that is read later. */
TEST(what_is_changed_after_it_was_read_is_not_believed)
{
	struct rig r;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 600), 0);
	struct ls_cal_trust trust = trust_of(&r);
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
	for (int i = 0; store && i < 600; i++)
		CHECK_INT_EQ(find_in(&r, store, i), 0);
	damage(&r, "log/tile/entries/000", 100);
	CHECK_INT_EQ(find_in(&r, store, 0), -EUCLEAN);
	CHECK_STR_EQ(r.err.id, "registry.entry");
	CHECK_INT_EQ(find_in(&r, store, 1), 0);
	damage(&r, "log/tile/entries/000", 100);
	CHECK_INT_EQ(find_in(&r, store, 0), 0);
	copy_over(&r, "log/tile/entries/001", "log/tile/entries/000");
	for (int i = 0; i < 256; i++)
		CHECK_INT_EQ(find_in(&r, store, i), -EUCLEAN);
	for (int i = 256; i < 600; i++)
		CHECK_INT_EQ(find_in(&r, store, i), 0);
	rig_end(&r);
}

/* While many reads follow, what lies beside an entry is read with it: it is proven all the same. */
TEST(what_is_read_in_one_go_is_proven_one_by_one)
{
	struct rig r;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 600), 0);
	struct ls_cal_trust trust = trust_of(&r);
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
	REQUIRE(store != NULL);
	ls_cal_store_hold(store, true);
	for (int i = 0; i < 600; i++)
		CHECK_INT_EQ(find_in(&r, store, i), 0);
	for (int i = 599; i >= 0; i -= 7)
		CHECK_INT_EQ(find_in(&r, store, i), 0);
	ls_cal_store_hold(store, false);
	copy_over(&r, "log/tile/entries/001", "log/tile/entries/000");
	ls_cal_store_hold(store, true);
	for (int i = 0; i < 256; i++)
		CHECK_INT_EQ(find_in(&r, store, i), -EUCLEAN);
	for (int i = 256; i < 600; i++)
		CHECK_INT_EQ(find_in(&r, store, i), 0);
	ls_cal_store_hold(store, false);
	rig_end(&r);
}

/* What is said to be looked for next is a hint: where it is wrong, all is found as without it. */
TEST(a_wrong_place_of_what_is_next_misleads_nobody)
{
	struct rig r;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 600), 0);
	struct ls_cal_trust trust = trust_of(&r);
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
	REQUIRE(store != NULL);
	static const uint64_t places[] = { 5, 0, 599, 600, 601, UINT32_MAX, UINT64_MAX };
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		struct ls_cal_found next = { .index = places[i], .kind = LS_CAL_DEVICE };
		CHECK_INT_EQ(ls_cal_store_next(store, &next, &r.err), 0);
		CHECK_INT_EQ(find_in(&r, store, 5), 0);
		CHECK_INT_EQ(find_in(&r, store, 599), 0);
		CHECK_INT_EQ(find_in(&r, store, 600), -ENOENT);
	}
	rig_end(&r);
}

/* Bundles that changed places, before anything was read and after. */
TEST(bundles_that_changed_places_are_not_believed)
{
	struct rig r;
	char from[256], to[256], other[256];
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 600), 0);
	struct ls_cal_trust trust = trust_of(&r);
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
	CHECK_INT_EQ(store ? find_in(&r, store, 5) : -1, 0); /* of 000; 001 was not opened yet */
	snprintf(from, sizeof(from), "%s/log/tile/entries/000", r.registry);
	snprintf(to, sizeof(to), "%s/log/tile/entries/001", r.registry);
	snprintf(other, sizeof(other), "%s/log/tile/entries/002", r.registry);
	CHECK_INT_EQ(rename(from, other), 0);
	CHECK_INT_EQ(rename(to, from), 0);
	CHECK_INT_EQ(rename(other, to), 0);
	for (int i = 256; i < 512; i += 5)
		CHECK_INT_EQ(find_in(&r, store, i), -EUCLEAN);
	CHECK_INT_EQ(find_number(&r, 5), -EUCLEAN); /* in a store that is opened now */
	CHECK_INT_EQ(find_in(&r, store, 520), 0);
	rig_end(&r);
}

/* The tree is asked for what is not proven yet, and no more is believed of it than before. */
TEST(a_tree_that_is_changed_after_it_was_read_is_found)
{
	struct rig r;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 600), 0);
	struct ls_cal_trust trust = trust_of(&r);
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
	CHECK_INT_EQ(store ? find_in(&r, store, 5) : -1, 0);
	for (off_t node = 512; node < 1023; node++) /* of the second bundle, all */
		damage(&r, "cache/tree", node * LS_DIGEST_SIZE);
	CHECK_INT_EQ(find_in(&r, store, 300), -EUCLEAN);
	CHECK_STR_EQ(r.err.id, "registry.entry");
	CHECK_INT_EQ(find_in(&r, store, 301), -EUCLEAN);
	CHECK_INT_EQ(find_in(&r, store, 5), 0);
	rig_end(&r);
}

TEST(a_cache_that_is_gone_damaged_or_anothers_is_made_again)
{
	struct rig r;
	char path[256], moved[256];
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 300), 0);
	snprintf(path, sizeof(path), "%s/cache", r.registry);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, path, &r.err), 0);
	CHECK_INT_EQ(find_number(&r, 299), 0);
	damage(&r, "cache/index.sqlite", 3); /* its magic */
	CHECK_INT_EQ(find_number(&r, 299), 0);
	snprintf(path, sizeof(path), "%s/cache/tree", r.registry);
	CHECK_INT_EQ(truncate(path, 0), 0);
	CHECK_INT_EQ(find_number(&r, 299), 0);
	/* an index of a log of the same size that says other things */
	struct rig other;
	rig_begin(&other);
	CHECK_INT_EQ(rig_grow(&other, 500, 800), 0);
	snprintf(path, sizeof(path), "%s/cache", other.registry);
	snprintf(moved, sizeof(moved), "%s/cache", r.registry);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, moved, &r.err), 0);
	CHECK_INT_EQ(rename(path, moved), 0);
	CHECK_INT_EQ(find_number(&r, 299), 0);
	CHECK_INT_EQ(find_number(&r, 500), -ENOENT);
	rig_end(&other);
	rig_end(&r);
}

TEST(it_is_known_before_whether_the_index_must_be_made)
{
	struct rig r;
	char path[160], checkpoint[192];
	uint64_t behind = 77;
	struct ls_registry *registry = NULL;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 300), 0);
	CHECK_INT_EQ(ls_registry_behind(r.registry, &r.key, &behind, &r.err), 0);
	CHECK_INT_EQ((int)behind, 0);
	snprintf(path, sizeof(path), "%s/cache", r.registry);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, path, &r.err), 0);
	CHECK_INT_EQ(ls_registry_behind(r.registry, &r.key, &behind, &r.err), 0);
	CHECK_INT_EQ((int)behind, 300);
	CHECK_INT_EQ(access(path, F_OK), -1); /* looking makes nothing */
	CHECK_INT_EQ(ls_registry_open(r.registry, &r.key, &registry, &r.err), 0);
	ls_registry_free(registry);
	CHECK_INT_EQ(ls_registry_behind(r.registry, &r.key, &behind, &r.err), 0);
	CHECK_INT_EQ((int)behind, 0);
	snprintf(checkpoint, sizeof(checkpoint), "%s/log/checkpoint", r.registry);
	REQUIRE(unlink(checkpoint) == 0);
	CHECK_INT_EQ(ls_registry_behind(r.registry, &r.key, &behind, &r.err), -ENOENT);
	rig_end(&r);
}

TEST(a_registry_may_lie_behind_a_link_and_keeps_its_cache)
{
	struct rig r;
	char link[128], cache[160];
	struct ls_registry *registry = NULL;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 3), 0);
	snprintf(link, sizeof(link), "%s/link", r.path);
	snprintf(cache, sizeof(cache), "%s/cache", r.registry);
	CHECK_INT_EQ(symlink(r.registry, link), 0);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, cache, &r.err), 0);
	CHECK_INT_EQ(ls_registry_open(link, &r.key, &registry, &r.err), 0);
	ls_registry_free(registry);
	snprintf(cache, sizeof(cache), "%s/cache/index.sqlite", r.registry);
	CHECK_INT_EQ(access(cache, F_OK), 0);
	rig_end(&r);
}

TEST(heartbeats_tell_how_old_the_log_is)
{
	struct rig r;
	struct ls_cal_fresh fresh;
	rig_begin(&r);
	struct ls_cal_trust trust = trust_of(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 2), 0);
	CHECK_INT_EQ(rig_heartbeat(&r, 1000), 0);
	CHECK_INT_EQ(rig_grow(&r, 2, 4), 0);
	CHECK_INT_EQ(rig_heartbeat(&r, 2000), 0);
	CHECK_INT_EQ(rig_grow(&r, 4, 5), 0);
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
	CHECK_INT_EQ(store->operations->fresh(store, 999, 0, &fresh, &r.err), -ENOENT);
	CHECK_INT_EQ(store->operations->fresh(store, 1999, 0, &fresh, &r.err), 0);
	CHECK_INT_EQ((int)fresh.size, 3);
	CHECK_INT_EQ((int)fresh.time, 1000);
	CHECK_INT_EQ(store->operations->fresh(store, 5000, 0, &fresh, &r.err), 0);
	CHECK_INT_EQ((int)fresh.size, 7); /* all, though nobody vouches for the last one's time */
	CHECK_INT_EQ((int)fresh.time, 2000);
	CHECK_INT_EQ(fresh.clock, LS_CAL_CLOCK_HEARTBEAT);
	CHECK_INT_EQ(store->operations->fresh(store, 5000, 6, &fresh, &r.err), 0);
	CHECK_INT_EQ((int)fresh.size, 6);
	CHECK_INT_EQ(store->operations->fresh(store, 5000, 8, &fresh, &r.err), -ENOENT);
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	static const int64_t logged[] = { 1000, 1000, 2000, 2000 };
	for (int i = 0; i < 4; i++) {
		_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
		struct ls_digest id = rig_organisation(&r, i, &bytes);
		CHECK_INT_EQ(store->operations->find(store, &id, &entry, &r.err), 0);
		CHECK_INT_EQ((int)(entry ? entry->logged : 0), (int)logged[i]);
	}
	rig_end(&r);
}

/* The heartbeat's record tells the time, and not the index. */
TEST(a_clock_that_was_edited_in_the_index_is_not_believed)
{
	static const char *const edits[] = {
		"UPDATE clock SET time = time + 5184000",	    /* sixty days younger */
		"UPDATE clock SET place = 0",			    /* what is no heartbeat */
		"INSERT INTO clock (place, time) VALUES (4, 9999)", /* what is none either */
		"INSERT INTO clock (place, time) VALUES (3, 1500)", /* a stranger's */
	};
	for (size_t i = 0; i < sizeof(edits) / sizeof(edits[0]); i++) {
		struct rig r;
		struct ls_cal_fresh fresh;
		rig_begin(&r);
		struct ls_cal_trust trust = trust_of(&r);
		CHECK_INT_EQ(rig_grow(&r, 0, 2), 0);
		CHECK_INT_EQ(rig_heartbeat(&r, 1000), 0);
		struct ls_signer registrys = r.log;
		r.log = r.person;
		CHECK_INT_EQ(rig_heartbeat(&r, 1500), 0);
		r.log = registrys;
		CHECK_INT_EQ(rig_grow(&r, 2, 4), 0);
		{
			_cleanup_cal_store_ struct ls_cal_store *store = NULL;
			CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
			CHECK_INT_EQ(store->operations->fresh(store, 99999, 0, &fresh, &r.err), 0);
			CHECK_INT_EQ((int)fresh.time, 1000);
		}
		rig_edit_index(&r, edits[i]);
		_cleanup_cal_store_ struct ls_cal_store *store = NULL;
		CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
		CHECK_INT_EQ(store->operations->fresh(store, 6000000, 0, &fresh, &r.err), -EUCLEAN);
		CHECK_STR_EQ(r.err.id, "registry.entry");
		/* nor is the time that it gives a record */
		r.err.id[0] = '\0';
		CHECK_INT_EQ(find_number(&r, i < 2 ? 0 : 2), i == 3 ? 0 : -EUCLEAN);
		uint64_t size;
		CHECK_INT_EQ(ls_registry_check(r.registry, &r.key, &size, &r.err), 0);
		CHECK_INT_EQ(find_number(&r, 0), 0);
		rig_end(&r);
	}
}

/* A log that its own writer refuses: an id twice, the first time with a signature of nobody's. */
static void write_twice(struct rig *r, bool twice)
{
	_cleanup_buffer_ struct ls_buffer bytes, bad;
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	_cleanup_registry_note_ struct ls_registry_note note;
	struct ls_tile_writer *writer = NULL;
	struct ls_digest none = { 0 }, leaf;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	ls_buffer_init(&bad, LS_CAL_RECORD_SIZE_MAX);
	ls_registry_note_init(&note);
	rig_organisation(r, 0, &bytes);
	CHECK_INT_EQ(ls_cal_record_parse(bytes.data, bytes.size, &record, &r->err), 0);
	record.signatures[0].der[20] ^= 1;
	CHECK_INT_EQ(ls_cal_record_format(&record, false, &bad, &r->err), 0);
	_cleanup_close_ int fd = ls_registry_folder_open(r->registry, &r->err);
	CHECK_INT_EQ(ls_tile_writer_open(fd, 0, &none, &writer, &r->err), 0);
	CHECK_INT_EQ(ls_tile_writer_add(writer, bad.data, bad.size, &leaf, &r->err), 0);
	if (twice)
		CHECK_INT_EQ(ls_tile_writer_add(writer, bytes.data, bytes.size, &leaf, &r->err), 0);
	CHECK_INT_EQ(ls_tile_writer_flush(writer, &note.checkpoint.root, &r->err), 0);
	note.checkpoint.size = ls_tile_writer_size(writer);
	snprintf(note.checkpoint.origin, sizeof(note.checkpoint.origin), ORIGIN);
	CHECK_INT_EQ(ls_checkpoint_sign(&note.checkpoint, &r->log, NULL, &note.bytes, &r->err), 0);
	CHECK_INT_EQ(ls_registry_note_write(fd, &note, &r->err), 0);
	ls_tile_writer_free(writer);
}

TEST(a_log_that_has_a_record_twice_is_refused)
{
	for (int twice = 0; twice < 2; twice++) {
		struct rig r;
		rig_begin(&r);
		ls_registry_writer_free(r.writer);
		r.writer = NULL;
		write_twice(&r, twice);
		CHECK_INT_EQ(find_number(&r, 0), twice ? -EUCLEAN : 0);
		if (twice)
			CHECK_STR_EQ(r.err.id, "registry.duplicate");
		rig_end(&r);
	}
}

TEST(a_registry_of_another_key_is_refused)
{
	struct rig r, other;
	rig_begin(&r);
	rig_begin(&other);
	struct ls_cal_trust trust = trust_of(&other);
	struct ls_cal_store *store = NULL;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), -ENOKEY);
	trust.has_registry = false;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), -EINVAL);
	rig_end(&r);
	rig_end(&other);
}

/* A child that dies of its first socket reads a whole registry. */
TEST(reading_opens_no_socket)
{
	struct rig r;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 300), 0);
	pid_t child = fork();
	if (child == 0) {
		scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
		uint64_t size;
		static const int calls[] = { SCMP_SYS(socket), SCMP_SYS(socketpair),
					     SCMP_SYS(connect), SCMP_SYS(io_uring_setup) };
		for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
			seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, calls[i], 0);
		if (seccomp_load(filter) < 0)
			_exit(2);
		int rc = find_number(&r, 299);
		if (rc == 0)
			rc = ls_registry_check(r.registry, &r.key, &size, &r.err);
		_exit(rc == 0 ? 0 : 1);
	}
	int status = -1;
	CHECK_INT_EQ(waitpid(child, &status, 0) == child, 1);
	CHECK_INT_EQ(status, 0);
	rig_end(&r);
}

static void add_cosignature(struct rig *r, const char *name, uint8_t seed, uint64_t time,
			    struct ls_witness_key *ret_key)
{
	uint8_t private[LS_ED25519_SIZE], public[LS_ED25519_SIZE];
	char path[256];
	struct ls_note parsed;
	_cleanup_registry_note_ struct ls_registry_note note;
	memset(private, seed, sizeof(private));
	ls_registry_note_init(&note);
	int fd = ls_registry_folder_open(r->registry, &r->err);
	snprintf(path, sizeof(path), LS_REGISTRY_CHECKPOINT);
	CHECK_INT_EQ(ls_registry_note_read(fd, path, &r->key, &note, &r->err), 0);
	CHECK_INT_EQ(ls_note_parse(note.bytes.data, note.bytes.size, &parsed, &r->err), 0);
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_NOTE_SIZE_MAX);
	ls_buffer_add(&text, parsed.text, parsed.text_size);
	CHECK_INT_EQ(ls_cosignature_sign((char *)text.data, text.size, name, private, time,
					 &note.bytes, &r->err),
		     0);
	CHECK_INT_EQ(ls_registry_note_write(fd, &note, &r->err), 0);
	CHECK_INT_EQ(ls_ed25519_public(private, public), 0);
	CHECK_INT_EQ(ls_witness_key_init(ret_key, name, public, &r->err), 0);
	close(fd);
}

TEST(witnesses_tell_how_old_the_log_is)
{
	struct rig r;
	struct ls_cal_fresh fresh;
	struct ls_witness_key witnesses[2];
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 2), 0);
	add_cosignature(&r, "w1.example", 1, 1000, &witnesses[0]);
	add_cosignature(&r, "w2.example", 2, 1100, &witnesses[1]);
	CHECK_INT_EQ(rig_grow(&r, 2, 4), 0);
	add_cosignature(&r, "w1.example", 1, 2000, &witnesses[0]); /* one of two */
	CHECK_INT_EQ(rig_heartbeat(&r, 3000), 0); /* says nothing where witnesses are trusted */
	CHECK_INT_EQ(rig_grow(&r, 4, 5), 0);
	struct ls_cal_trust trust = trust_of(&r);
	trust.witnesses = witnesses;
	trust.witness_count = trust.quorum = 2;
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	CHECK_INT_EQ(ls_registry_store_open(r.registry, &trust, &store, &r.err), 0);
	CHECK_INT_EQ(store->operations->fresh(store, 999, 0, &fresh, &r.err), -ENOENT);
	CHECK_INT_EQ(store->operations->fresh(store, 5000, 0, &fresh, &r.err), 0);
	CHECK_INT_EQ((int)fresh.size, 6);
	CHECK_INT_EQ((int)fresh.time, 1000); /* both said so then or later */
	CHECK_INT_EQ(fresh.clock, LS_CAL_CLOCK_WITNESSES);
	CHECK_INT_EQ((int)fresh.witnesses, 2);
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	_cleanup_cal_entry_ struct ls_cal_entry *first = NULL, *last = NULL;
	struct ls_digest id = rig_organisation(&r, 0, &bytes);
	CHECK_INT_EQ(store->operations->find(store, &id, &first, &r.err), 0);
	CHECK_INT_EQ((int)(first ? first->logged : 0), 1100); /* both had seen it by then */
	id = rig_organisation(&r, 4, &bytes);
	CHECK_INT_EQ(store->operations->find(store, &id, &last, &r.err), 0);
	CHECK_INT_EQ(last && last->logged == LS_CAL_TIME_UNKNOWN, 1);
	rig_end(&r);
}

TEST_MAIN()
