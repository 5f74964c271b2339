/* SPDX-License-Identifier: Apache-2.0 */
/* Stores of one registry that have its index's tables together. */
#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"
#include "lib/registry/index_internal.h"
#include "lib/registry/registry.h"
#include "lib/registry/rig_test.h"

enum { RECORDS = 40, MORE = 60 };

struct shared {
	struct rig r;
	struct ls_cal_trust trust;
	struct ls_index_tables *tables;
	struct ls_digest ids[MORE];
};

static void begin(struct shared *s)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	rig_begin(&s->r);
	s->trust = (struct ls_cal_trust){ .has_registry = true, .registry = s->r.key };
	s->tables = ls_index_tables_new();
	for (int i = 0; i < MORE; i++)
		s->ids[i] = rig_organisation(&s->r, i, &bytes);
	CHECK_INT_EQ(rig_grow(&s->r, 0, RECORDS), 0);
}

static void end(struct shared *s)
{
	ls_index_tables_free(s->tables);
	rig_end(&s->r);
}

static struct ls_cal_store *open_store(struct shared *s)
{
	struct ls_cal_store *store = NULL;
	if (ls_registry_store_open_shared(s->r.registry, &s->trust, s->tables, &store, &s->r.err) <
	    0)
		abort();
	return store;
}

/* 0 and its place, or the error. */
static int find(struct shared *s, struct ls_cal_store *store, const struct ls_digest *id,
		uint64_t *ret_place)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	s->r.err.id[0] = '\0';
	int rc = store->operations->find(store, id, &entry, &s->r.err);
	*ret_place = rc == 0 ? entry->index : UINT64_MAX;
	return rc;
}

static void check_found(struct shared *s, struct ls_cal_store *store, int count)
{
	for (int i = 0; i < MORE; i++) {
		uint64_t place;
		CHECK_INT_EQ(find(s, store, &s->ids[i], &place), i < count ? 0 : -ENOENT);
		CHECK(place == (i < count ? (uint64_t)i : UINT64_MAX));
		if (i >= count)
			CHECK_STR_EQ(s->r.err.id, "registry.missing");
	}
}

static void ask_for_many(struct shared *s, struct ls_cal_store *store)
{
	for (unsigned i = 0; i < LS_INDEX_TABLE_FROM; i++) {
		struct ls_digest nobody;
		uint64_t place;
		ls_sha256_buffer(&i, sizeof(i), &nobody);
		CHECK_INT_EQ(find(s, store, &nobody, &place), -ENOENT);
	}
}

static int state_of_ids(const struct shared *s)
{
	return s->tables->tables[LS_INDEX_TABLE_IDS].state;
}

/* The mirror grew between two openings. */
TEST(stores_that_share_see_each_the_log_that_they_opened)
{
	struct shared s;
	begin(&s);
	REQUIRE(s.tables);
	struct ls_cal_store *first = open_store(&s);
	CHECK_INT_EQ(rig_grow(&s.r, RECORDS, MORE), 0);
	struct ls_cal_store *second = open_store(&s), *third = open_store(&s);
	ask_for_many(&s, second);
	CHECK_INT_EQ(state_of_ids(&s), LS_INDEX_READ);
	CHECK_INT_EQ(s.tables->tables[LS_INDEX_TABLE_IDS].rows.count, MORE);
	for (int turn = 0; turn < 2; turn++) {
		check_found(&s, first, RECORDS);
		check_found(&s, second, MORE);
		check_found(&s, third, MORE);
		ask_for_many(&s, first);
	}
	ls_cal_store_free(first);
	ls_cal_store_free(second);
	ls_cal_store_free(third);
	end(&s);
}

/* What the index says of an entry that is another's: who is asked for either says that the index is
 * damaged, or has the right one; before the table is read (turn 0), and after. */
TEST(a_place_of_another_entry_makes_no_answer)
{
	static const struct {
		const char *sql;
		int rc[2]; /* of record 5 */
	} edits[] = {
		{ "UPDATE entry SET id = (SELECT id FROM entry WHERE place = 5) WHERE place = 3",
		  { -EUCLEAN, 0 } },
		{ "UPDATE entry SET id = (SELECT id FROM entry WHERE place = 3) WHERE place = 5",
		  { 0, 0 } },
		{ "UPDATE entry SET offset = 0 WHERE place = 5", { -EUCLEAN, -EUCLEAN } },
		{ "UPDATE entry SET place = 7777 WHERE place = 5", { 0, 0 } },
		{ "DELETE FROM link WHERE relation = 100", { 0, 0 } },
		{ "UPDATE entry SET kind = 0 WHERE place = 5", { 0, 0 } },
	};
	for (size_t i = 0; i < 2 * sizeof(edits) / sizeof(edits[0]); i++) {
		struct shared s;
		size_t turn = i % 2;
		uint64_t place;
		begin(&s);
		REQUIRE(s.tables);
		struct ls_cal_store *one = open_store(&s), *two = open_store(&s);
		if (turn == 0)
			rig_edit_index(&s.r, edits[i / 2].sql);
		ask_for_many(&s, one);
		CHECK_INT_EQ(state_of_ids(&s), LS_INDEX_READ);
		if (turn == 1)
			rig_edit_index(&s.r, edits[i / 2].sql);
		int rc = find(&s, two, &s.ids[5], &place);
		CHECK_INT_EQ(rc, edits[i / 2].rc[turn]);
		CHECK(place == (rc == 0 ? 5 : UINT64_MAX));
		if (rc < 0)
			CHECK_STR_EQ(s.r.err.id, "registry.entry");
		CHECK_INT_EQ(find(&s, two, &s.ids[7], &place), 0); /* others are what they were */
		CHECK_INT_EQ(place, 7);
		ls_cal_store_free(one);
		ls_cal_store_free(two);
		end(&s);
	}
}

TEST_MAIN()
