/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/index.h"

#include <errno.h>
#include <string.h>

#include "lib/registry/index_rig_test.h"

/* Entry `place`: a revocation of the record `of`. */
static void add_revocation(struct ls_index *index, uint64_t place, unsigned of)
{
	struct ls_cal_record record = { .kind = LS_CAL_REVOCATION };
	record.revocation.record = number_digest(of);
	add_entry(index, place, &record);
}

static int count_one(void *context, const struct ls_index_entry *entry)
{
	CHECK_INT_EQ(entry->kind, LS_CAL_REVOCATION);
	CHECK_INT_EQ(entry->offset, 7);
	CHECK_INT_EQ(entry->length, 9);
	++*(unsigned *)context;
	return 0;
}

static unsigned count(struct ls_index *index, int relation, unsigned of, uint64_t size)
{
	struct ls_digest id = number_digest(of);
	unsigned found = 0;
	CHECK_INT_EQ(ls_index_linked(index, relation, &id, size, count_one, &found, NULL), 0);
	return found;
}

/* However many there are, and whichever of them were looked for before. */
TEST(each_revocation_is_listed_and_no_other)
{
	static const unsigned counts[] = {
		0, 1, 10, LS_INDEX_KEYS_MAX - 1, LS_INDEX_KEYS_MAX, LS_INDEX_KEYS_MAX + 1
	};
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct ls_index *index = NULL;
		REQUIRE(ls_index_open(NULL, true, &index, NULL) == 0);
		CHECK_INT_EQ(count(index, LS_CAL_REVOCATIONS_OF, 0, UINT32_MAX), 0);
		for (unsigned i = 0; i < counts[c]; i++)
			add_revocation(index, i, i);
		for (unsigned i = 0; i < counts[c]; i += 1 + counts[c] / 64) {
			CHECK_INT_EQ(count(index, LS_CAL_REVOCATIONS_OF, i, UINT32_MAX), 1);
			CHECK_INT_EQ(count(index, LS_CAL_REVOCATIONS_OF, i, i), 0); /* later */
			CHECK_INT_EQ(count(index, LS_INDEX_ID, 1000000 + i, UINT32_MAX), 1);
			CHECK_INT_EQ(count(index, LS_INDEX_ID, 1000000 + i, i), 0);
		}
		for (unsigned i = counts[c]; i < counts[c] + 64; i++)
			CHECK_INT_EQ(count(index, LS_CAL_REVOCATIONS_OF, i, UINT32_MAX), 0);
		/* one more after others were asked for, and a second of the same */
		add_revocation(index, 9000, counts[c] + 5);
		CHECK_INT_EQ(count(index, LS_CAL_REVOCATIONS_OF, counts[c] + 5, UINT32_MAX), 1);
		add_revocation(index, 9001, counts[c] + 5);
		CHECK_INT_EQ(count(index, LS_CAL_REVOCATIONS_OF, counts[c] + 5, UINT32_MAX), 2);
		CHECK_INT_EQ(count(index, LS_CAL_REVOCATIONS_OF, counts[c] + 6, UINT32_MAX), 0);
		ls_index_free(index);
	}
}

struct places {
	uint64_t next; /* that is to be told */
	uint64_t step, last;
};

static int in_order(void *context, const struct ls_index_entry *entry)
{
	struct places *p = context;
	struct ls_digest id = number_digest(1000000 + (unsigned)entry->place);
	CHECK_INT_EQ(entry->place, p->next);
	CHECK_INT_EQ(entry->kind, LS_CAL_REPORT);
	CHECK(ls_digest_equal(&entry->id, &id));
	p->next += p->step;
	return entry->place == p->last;
}

static void check_lists(struct ls_index *index)
{
	struct ls_digest seven = number_digest(7);
	for (uint64_t size = 0; size < 3000; size += 1 + size / 2) {
		struct places p = { .step = 3, .last = UINT64_MAX };
		CHECK_INT_EQ(
			ls_index_linked(index, LS_CAL_REPORTS_OF, &seven, size, in_order, &p, NULL),
			0);
		CHECK_INT_EQ(p.next, (size + 2) / 3 * 3);
	}
	struct places some = { .step = 3, .last = 30 };
	CHECK_INT_EQ(ls_index_linked(index, LS_CAL_REPORTS_OF, &seven, 3000, in_order, &some, NULL),
		     1);
	CHECK_INT_EQ(some.next, 33);
	struct places other = { .next = 4, .step = 1, .last = UINT64_MAX };
	struct ls_digest of_four = number_digest(1004);
	CHECK_INT_EQ(
		ls_index_linked(index, LS_CAL_REPORTS_OF, &of_four, 3000, in_order, &other, NULL),
		0);
	CHECK_INT_EQ(other.next, 5);
}

/* Asks as one does who goes through all devices. */
static void ask_for_many(struct ls_index *index, uint64_t size)
{
	struct places none = { .last = UINT64_MAX };
	for (unsigned i = 0; i < 2 * LS_INDEX_TABLE_FROM; i++) {
		struct ls_digest nobody = number_digest(500000 + i);
		CHECK_INT_EQ(ls_index_linked(index, LS_CAL_REPORTS_OF, &nobody, size, in_order,
					     &none, NULL),
			     0);
	}
	CHECK_INT_EQ(none.next, 0);
}

/* Whether a list is short or long, and told to its end or not; by SQLite, and from memory, where
 * rows are as many as fit, and where they are one too many. */
TEST(the_reports_of_a_device_are_listed_in_the_logs_order)
{
	for (int excess = 0; excess < 2; excess++) {
		struct ls_index *index = NULL;
		REQUIRE(ls_index_open(NULL, true, &index, NULL) == 0);
		for (unsigned i = 0; i < 3000; i++)
			add_report(index, i, i % 3 ? 1000 + i : 7);
		index->own.tables[LS_INDEX_TABLE_REPORTS].most = (size_t)(3000 - excess);
		check_lists(index);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_REPORTS].rows.size, 0);
		ask_for_many(index, 3000);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_REPORTS].rows.size,
			     excess ? 0 : 3000);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_REPORTS].rows.count,
			     excess ? 0 : 3000);
		check_lists(index);
		ls_index_free(index);
	}
}

/* Of a kind are all, once, in the log's order: as many as are read at a time, one less, one more.
 */
TEST(those_of_a_kind_are_listed_whole)
{
	static const unsigned counts[] = { 0, 1, 255, 256, 257, 511, 512, 513, 1000 };
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		struct ls_index *index = NULL;
		REQUIRE(ls_index_open(NULL, true, &index, NULL) == 0);
		for (unsigned i = 0; i < counts[c]; i++) {
			add_report(index, 2 * i, 7);
			add_revocation(index, 2 * i + 1, i);
		}
		uint64_t size = 2 * (uint64_t)counts[c];
		struct places all = { .step = 2, .last = UINT64_MAX };
		CHECK_INT_EQ(
			ls_index_of_kind(index, LS_CAL_REPORT, UINT32_MAX, in_order, &all, NULL),
			0);
		CHECK_INT_EQ(all.next, size);
		for (uint64_t last = 0; last < size; last += 2) {
			struct places some = { .step = 2, .last = last };
			CHECK_INT_EQ(
				ls_index_of_kind(index, LS_CAL_REPORT, size, in_order, &some, NULL),
				1);
			CHECK_INT_EQ(some.next, last + 2);
			struct places before = { .step = 2, .last = UINT64_MAX };
			CHECK_INT_EQ(ls_index_of_kind(index, LS_CAL_REPORT, last, in_order, &before,
						      NULL),
				     0);
			CHECK_INT_EQ(before.next, last);
		}
		ls_index_free(index);
	}
}

static uint64_t place_of(struct ls_index *index, const struct ls_digest *id, uint64_t size)
{
	struct sought s = { *id, UINT64_MAX };
	int rc = ls_index_linked(index, LS_INDEX_ID, id, size, is_sought, &s, NULL);
	CHECK_INT_EQ(rc, s.place != UINT64_MAX);
	return s.place;
}

static void ask_for_ids(struct ls_index *index, uint64_t size)
{
	struct ls_digest nobody = number_digest(17);
	for (size_t i = 0; i < 2 * LS_INDEX_TABLE_FROM; i++)
		CHECK(place_of(index, &nobody, size) == UINT64_MAX);
}

static void add_id(struct ls_index *index, uint64_t place, const struct ls_digest *id)
{
	struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT, .id = *id };
	const struct ls_index_entry entry = {
		.place = place, .id = *id, .kind = record.kind, .offset = 7, .length = 9
	};
	CHECK_INT_EQ(ls_index_add(index, &entry, &record, false, NULL), 0);
}

static void check_ids(struct ls_index *index, const struct ls_digest *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		CHECK_INT_EQ(place_of(index, &ids[i], count), i);
		CHECK_INT_EQ(place_of(index, &ids[i], i + 1), i);
		CHECK(place_of(index, &ids[i], i) == UINT64_MAX);
	}
}

/* How keys lie: as those of hashes do; all in one range, all but the last bits the same; and two by
 * two of one key, as who searches long enough makes them.  Last, the least and the greatest. */
static void make_ids(int shape, struct ls_digest *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint64_t key = shape == 0   ? (uint64_t)i * 0x9e3779b97f4a7c15ULL
			       : shape == 1 ? 0x7123456700000000ULL + 2 * (count - i)
					    : (uint64_t)(i / 2) * 0x9e3779b97f4a7c15ULL;
		ids[i] = (struct ls_digest){ 0 };
		for (int b = 0; b < 8; b++)
			ids[i].bytes[b] = (uint8_t)(key >> (56 - 8 * b));
		ids[i].bytes[31] = (uint8_t)(i & 1);
	}
	memset(ids[count - 2].bytes, 0, LS_DIGEST_SIZE);
	memset(ids[count - 1].bytes, 0xff, LS_DIGEST_SIZE);
	ids[count - 2].bytes[30] = 1;
}

/* By SQLite, and from memory. */
TEST(an_entry_is_found_by_its_id_however_ids_lie)
{
	enum { COUNT = 3000 };
	struct ls_digest *ids = calloc(COUNT, sizeof(*ids));
	REQUIRE(ids);
	for (int shape = 0; shape < 3; shape++) {
		struct ls_index *index = NULL;
		struct ls_digest nobody = number_digest(17);
		REQUIRE(ls_index_open(NULL, true, &index, NULL) == 0);
		make_ids(shape, ids, COUNT);
		for (size_t i = 0; i < COUNT; i++)
			add_id(index, i, &ids[i]);
		ask_for_ids(index, COUNT);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_IDS].rows.count, COUNT);
		check_ids(index, ids, COUNT);
		run_sql(index, "DELETE FROM link");
		check_ids(index, ids, COUNT); /* memory knows them all */
		/* what came later is found */
		add_id(index, COUNT, &nobody);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_IDS].rows.size, 0);
		CHECK_INT_EQ(place_of(index, &nobody, COUNT + 1), COUNT);
		ls_index_free(index);
	}
	free(ids);
}

/* Rows that no digest asks for, of entries that are not there, and of others: before the tables are
 * read, and after. */
static const char DAMAGE[] =
	"INSERT INTO report VALUES (-1, 3), (-9223372036854775807, 4), (9223372036854775807, 5),"
	" ('x', 6);"
	"INSERT INTO report SELECT key, 70000 + place FROM report WHERE place = 8;"
	"INSERT INTO report SELECT key, -place FROM report WHERE place BETWEEN 9 AND 20;"
	"UPDATE entry SET id = x'77' WHERE place = 10; UPDATE entry SET id = x'' WHERE place = 13;"
	"UPDATE entry SET id = zeroblob(32) WHERE place = 11;"
	"DELETE FROM entry WHERE place = 12;";

static void check_damaged(struct ls_index *index, bool read_first)
{
	struct places eight = { .next = 8, .step = 1, .last = UINT64_MAX };
	struct ls_digest of_eight = number_digest(1008);
	CHECK_INT_EQ(
		ls_index_linked(index, LS_CAL_REPORTS_OF, &of_eight, 90000, in_order, &eight, NULL),
		0);
	CHECK_INT_EQ(eight.next, 9);
	for (unsigned i = 8; i < 15; i++) {
		struct sought s = { number_digest(1000000 + i), UINT64_MAX };
		int rc = ls_index_linked(index, LS_INDEX_ID, &s.id, 90000, is_sought, &s, NULL);
		bool is_bad = (i == 10 || i == 13) && read_first;
		CHECK_INT_EQ(rc, is_bad ? -EUCLEAN : 1);
		CHECK(s.place == (is_bad ? UINT64_MAX : i)); /* as its link says */
	}
}

TEST(a_damaged_index_hides_no_entry_from_who_asks_for_its_id)
{
	for (int read_first = 0; read_first < 2; read_first++) {
		struct ls_index *index = NULL;
		REQUIRE(ls_index_open(NULL, true, &index, NULL) == 0);
		for (unsigned i = 0; i < 3000; i++)
			add_report(index, i, 1000 + i);
		if (!read_first)
			run_sql(index, DAMAGE);
		ask_for_many(index, 90000);
		ask_for_ids(index, 90000);
		if (read_first)
			run_sql(index, DAMAGE);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_IDS].rows.size, 90000);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_REPORTS].rows.size, 90000);
		check_damaged(index, read_first);
		ls_index_free(index);
	}
}

/* Rows that nobody can ask for count, too: a damaged file may seem to have them without end. */
TEST(no_more_rows_are_read_than_a_table_may_have)
{
	for (int excess = 0; excess < 2; excess++) {
		struct ls_index *index = NULL;
		REQUIRE(ls_index_open(NULL, true, &index, NULL) == 0);
		for (unsigned i = 0; i < 30; i++)
			add_report(index, i, 7);
		run_sql(index, "UPDATE entry SET id = x'0102'");
		index->own.tables[LS_INDEX_TABLE_IDS].most = (size_t)(30 - excess);
		ask_for_ids(index, 30);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_IDS].state,
			     excess ? LS_INDEX_GIVEN_UP : LS_INDEX_READ);
		CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_IDS].rows.count, 0);
		ls_index_free(index);
	}
}

/* What is in memory is of the log as it was asked for. */
TEST(a_report_that_came_later_is_listed)
{
	struct ls_index *index = NULL;
	REQUIRE(ls_index_open(NULL, true, &index, NULL) == 0);
	for (unsigned i = 0; i < 30; i++)
		add_report(index, i, 7);
	ask_for_many(index, 27);
	CHECK_INT_EQ(index->own.tables[LS_INDEX_TABLE_REPORTS].rows.count, 27);
	struct ls_digest seven = number_digest(7);
	struct places p = { .step = 1, .last = UINT64_MAX };
	CHECK_INT_EQ(ls_index_linked(index, LS_CAL_REPORTS_OF, &seven, 27, in_order, &p, NULL), 0);
	CHECK_INT_EQ(p.next, 27);
	p.next = 0;
	CHECK_INT_EQ(ls_index_linked(index, LS_CAL_REPORTS_OF, &seven, 30, in_order, &p, NULL), 0);
	CHECK_INT_EQ(p.next, 30);
	add_report(index, 30, 7);
	ask_for_many(index, 31);
	p.next = 0;
	CHECK_INT_EQ(ls_index_linked(index, LS_CAL_REPORTS_OF, &seven, 31, in_order, &p, NULL), 0);
	CHECK_INT_EQ(p.next, 31);
	ls_index_free(index);
}

TEST_MAIN()
