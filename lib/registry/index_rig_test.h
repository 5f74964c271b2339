/* SPDX-License-Identifier: Apache-2.0 */
/* For tests of the index: entries that are in it. */
#ifndef LABSEAL_LIB_REGISTRY_INDEX_RIG_TEST_H
#define LABSEAL_LIB_REGISTRY_INDEX_RIG_TEST_H

#include "lib/base/test.h"
#include "lib/registry/index_internal.h"

__attribute__((unused)) static struct ls_digest number_digest(unsigned number)
{
	struct ls_digest d;
	ls_sha256_buffer(&number, sizeof(number), &d);
	return d;
}

/* Entry `place`, of 9 bytes at 7: its id follows from the place. */
__attribute__((unused)) static void add_entry(struct ls_index *index, uint64_t place,
					      struct ls_cal_record *record)
{
	record->id = number_digest(1000000 + (unsigned)place);
	const struct ls_index_entry entry = {
		.place = place, .id = record->id, .kind = record->kind, .offset = 7, .length = 9
	};
	CHECK_INT_EQ(ls_index_add(index, &entry, record, false, NULL), 0);
}

/* Entry `place`: a report of the device `of`. */
__attribute__((unused)) static void add_report(struct ls_index *index, uint64_t place, unsigned of)
{
	struct ls_cal_record record = { .kind = LS_CAL_REPORT };
	record.report.device = number_digest(of);
	add_entry(index, place, &record);
}

struct sought {
	struct ls_digest id;
	uint64_t place; /* UINT64_MAX: not found */
};

__attribute__((unused)) static int is_sought(void *context, const struct ls_index_entry *entry)
{
	struct sought *s = context;
	if (!ls_digest_equal(&entry->id, &s->id))
		return 0;
	s->place = entry->place;
	return 1;
}

__attribute__((unused)) static void run_sql(struct ls_index *index, const char *sql)
{
	CHECK_INT_EQ(sqlite3_exec(index->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

#endif
