/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/index.h"

#include <string.h>

#include "lib/base/test.h"
#include "lib/registry/index_internal.h"

static struct ls_digest number_digest(unsigned number)
{
	struct ls_digest d;
	ls_sha256_buffer(&number, sizeof(number), &d);
	return d;
}

/* Entry `place`: a revocation of the record `of`. */
static void add_revocation(struct ls_index *index, uint64_t place, unsigned of)
{
	struct ls_cal_record record = { .kind = LS_CAL_REVOCATION,
					.id = number_digest(1000000 + (unsigned)place) };
	record.revocation.record = number_digest(of);
	const struct ls_index_entry entry = {
		.place = place, .id = record.id, .kind = record.kind, .offset = 7, .length = 9
	};
	CHECK_INT_EQ(ls_index_add(index, &entry, &record, false, NULL), 0);
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

/* Entry `place`: a report of the device `of`. */
static void add_report(struct ls_index *index, uint64_t place, unsigned of)
{
	struct ls_cal_record record = { .kind = LS_CAL_REPORT,
					.id = number_digest(1000000 + (unsigned)place) };
	record.report.device = number_digest(of);
	const struct ls_index_entry entry = {
		.place = place, .id = record.id, .kind = record.kind, .offset = 7, .length = 9
	};
	CHECK_INT_EQ(ls_index_add(index, &entry, &record, false, NULL), 0);
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
	for (unsigned i = 0; i < 2 * LS_INDEX_REPORTS_FROM; i++) {
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
		index->reports.most = (size_t)(3000 - excess);
		check_lists(index);
		CHECK_INT_EQ(index->reports.size, 0);
		ask_for_many(index, 3000);
		CHECK_INT_EQ(index->reports.size, excess ? 0 : 3000);
		CHECK_INT_EQ(index->reports.count, excess ? 0 : 3000);
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

/* What is in memory is of the log as it was asked for. */
TEST(a_report_that_came_later_is_listed)
{
	struct ls_index *index = NULL;
	REQUIRE(ls_index_open(NULL, true, &index, NULL) == 0);
	for (unsigned i = 0; i < 30; i++)
		add_report(index, i, 7);
	ask_for_many(index, 27);
	CHECK_INT_EQ(index->reports.count, 27);
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
