/* SPDX-License-Identifier: Apache-2.0 */
/* Tables in memory that indexes of several threads share. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>

#include "lib/base/files.h"
#include "lib/registry/index_rig_test.h"

enum { SHARED = 3000, SHARERS = 4 };

static struct ls_checkpoint log_of(uint64_t size, unsigned root)
{
	struct ls_checkpoint log = { .size = size, .root = number_digest(root) };
	return log;
}

/* Entries are reports of a device each, numbered from first on, and three are of device 7. */
static struct ls_index *make_index(const char *path, unsigned first, unsigned count)
{
	const struct ls_checkpoint log = log_of(count, 1);
	struct ls_index *index = NULL;
	if (ls_index_open(path, true, &index, NULL) < 0 || ls_index_begin(index, NULL) < 0)
		abort();
	for (unsigned i = 0; i < count; i++)
		add_report(index, i, i % 1000 == 3 ? 7 : first + i);
	CHECK_INT_EQ(ls_index_keep(index, &log, NULL), 0);
	return index;
}

/* A list as places that are expected, without the helper's checks: other threads use it. */
struct listed {
	uint64_t places[4];
	size_t count;
};

static int list_place(void *context, const struct ls_index_entry *entry)
{
	struct listed *l = context;
	l->places[l->count++ % 4] = entry->place;
	return 0;
}

/* Whether the reports of the device of that number are these. */
static bool lists(struct ls_index *index, unsigned device, uint64_t size, size_t count,
		  uint64_t first)
{
	struct ls_digest id = number_digest(device);
	struct listed l = { .count = 0 };
	if (ls_index_linked(index, LS_CAL_REPORTS_OF, &id, size, list_place, &l, NULL) != 0 ||
	    l.count != count)
		return false;
	for (size_t i = 0; i < count; i++)
		if (l.places[i] != first + 1000 * i)
			return false;
	return true;
}

static bool has_id(struct ls_index *index, uint64_t place, uint64_t size, bool wanted)
{
	struct sought s = { number_digest(1000000 + (unsigned)place), UINT64_MAX };
	int rc = ls_index_linked(index, LS_INDEX_ID, &s.id, size, is_sought, &s, NULL);
	return rc == wanted && s.place == (wanted ? place : UINT64_MAX);
}

/* All of it, from some place on; how many answers are wrong. */
static unsigned ask_all(struct ls_index *index, unsigned first, unsigned from)
{
	unsigned wrong = 0;
	for (unsigned n = 0; n < SHARED; n++) {
		unsigned i = (from + 7 * n) % SHARED;
		bool of_seven = i % 1000 == 3;
		wrong += !lists(index, first + i, SHARED, !of_seven, i);
		wrong += !lists(index, first + i, i, 0, 0);
		wrong += !lists(index, 7, i, (i + 996) / 1000, 3);
		wrong += !has_id(index, i, SHARED, true);
		wrong += !has_id(index, i, i + 1, true);
		wrong += !has_id(index, i, i, false);
	}
	return wrong;
}

static int state_of(const struct ls_index_tables *tables, enum ls_index_table_name name)
{
	return tables->tables[name].state;
}

struct sharer {
	pthread_t thread;
	const char *path;
	struct ls_index_tables *tables;
	pthread_barrier_t *together;
	unsigned number, wrong;
};

static void *share(void *context)
{
	struct sharer *s = context;
	const struct ls_checkpoint log = log_of(SHARED, 1);
	struct ls_index *index = NULL;
	if (ls_index_open(s->path, false, &index, NULL) < 0)
		abort();
	ls_index_share(index, s->tables, &log);
	ls_index_hold(index, true);
	pthread_barrier_wait(s->together);
	s->wrong = ask_all(index, 10000, s->number * 700);
	ls_index_hold(index, false);
	ls_index_free(index);
	return NULL;
}

TEST(threads_that_share_tables_are_told_the_same)
{
	char folder[] = "/tmp/labseal-index-XXXXXX", path[64];
	pthread_barrier_t together;
	struct sharer sharers[SHARERS];
	struct ls_index_tables *tables = ls_index_tables_new();
	REQUIRE(tables && mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/index", folder);
	ls_index_free(make_index(path, 10000, SHARED));
	pthread_barrier_init(&together, NULL, SHARERS);
	for (unsigned i = 0; i < SHARERS; i++) {
		sharers[i] = (struct sharer){ .path = path, .tables = tables, .number = i };
		sharers[i].together = &together;
		REQUIRE(pthread_create(&sharers[i].thread, NULL, share, &sharers[i]) == 0);
	}
	for (unsigned i = 0; i < SHARERS; i++) {
		pthread_join(sharers[i].thread, NULL);
		CHECK_INT_EQ(sharers[i].wrong, 0);
	}
	for (int i = 0; i < LS_INDEX_TABLES; i++) {
		CHECK_INT_EQ(state_of(tables, i), LS_INDEX_READ);
		CHECK_INT_EQ(tables->tables[i].rows.count, SHARED);
	}
	pthread_barrier_destroy(&together);
	ls_index_tables_free(tables);
	ls_remove_tree(AT_FDCWD, folder, NULL);
}

/* The mirror was synced, or is another, when the second one opened it. */
TEST(what_was_read_of_another_log_is_not_used)
{
	struct ls_index *one = make_index(NULL, 10000, SHARED), *same, *other, *larger;
	const struct ls_checkpoint logs[] = { log_of(SHARED, 1), log_of(SHARED, 2),
					      log_of(SHARED + 1, 3), log_of(SHARED + 1, 1) };
	struct ls_index_tables *tables = ls_index_tables_new();
	REQUIRE(tables);
	ls_index_share(one, tables, &logs[0]);
	/* who asks first for a part of the log reads all of it */
	for (unsigned i = 0; i < LS_INDEX_TABLE_FROM; i++)
		CHECK(lists(one, 10009, 100, 1, 9) && has_id(one, 9, 100, true));
	for (int i = 0; i < LS_INDEX_TABLES; i++)
		CHECK_INT_EQ(tables->tables[i].rows.size, SHARED);
	CHECK_INT_EQ(ask_all(one, 10000, 0), 0);
	/* those of the same log use it: their own file is not asked */
	same = make_index(NULL, 10000, SHARED);
	ls_index_share(same, tables, &logs[0]);
	run_sql(same, "DELETE FROM report; DELETE FROM link");
	CHECK_INT_EQ(ask_all(same, 10000, 0), 0);
	other = make_index(NULL, 20000, SHARED);
	ls_index_share(other, tables, &logs[1]);
	CHECK_INT_EQ(ask_all(other, 20000, 0), 0);
	larger = make_index(NULL, 10000, SHARED + 1);
	for (int i = 2; i < 4; i++) {
		ls_index_share(larger, tables, &logs[i]);
		CHECK_INT_EQ(ask_all(larger, 10000, 0), 0);
		CHECK(lists(larger, 10000 + SHARED, SHARED + 1, 1, SHARED));
		CHECK(has_id(larger, SHARED, SHARED + 1, true));
	}
	ls_index_free(one);
	ls_index_free(same);
	ls_index_free(other);
	ls_index_free(larger);
	ls_index_tables_free(tables);
}

/* Nor does it change what others have. */
TEST(who_changes_an_index_shares_no_more)
{
	struct ls_index *one = make_index(NULL, 10000, SHARED), *two;
	const struct ls_checkpoint log = log_of(SHARED, 1);
	struct ls_index_tables *tables = ls_index_tables_new();
	REQUIRE(tables);
	two = make_index(NULL, 10000, SHARED);
	ls_index_share(one, tables, &log);
	ls_index_share(two, tables, &log);
	/* before they are read */
	CHECK_INT_EQ(ls_index_begin(one, NULL), 0);
	CHECK_INT_EQ(ask_all(one, 10000, 0), 0);
	CHECK_INT_EQ(state_of(tables, LS_INDEX_TABLE_IDS), LS_INDEX_NOT_READ);
	CHECK_INT_EQ(state_of(tables, LS_INDEX_TABLE_REPORTS), LS_INDEX_NOT_READ);
	run_sql(one, "ROLLBACK");
	/* after it */
	ls_index_share(one, tables, &log);
	CHECK_INT_EQ(ask_all(one, 10000, 0), 0);
	CHECK_INT_EQ(ls_index_begin(one, NULL), 0);
	add_report(one, SHARED, 10005); /* a second one of its device */
	run_sql(one, "UPDATE report SET place = 1005 WHERE place = 3000");
	CHECK(lists(one, 10005, SHARED, 2, 5));
	CHECK(has_id(one, SHARED, SHARED + 1, true));
	CHECK_INT_EQ(ask_all(two, 10000, 0), 0);
	CHECK_INT_EQ(state_of(tables, LS_INDEX_TABLE_REPORTS), LS_INDEX_READ);
	CHECK_INT_EQ(tables->tables[LS_INDEX_TABLE_REPORTS].rows.count, SHARED);
	ls_index_free(one);
	ls_index_free(two);
	ls_index_tables_free(tables);
}

/* An error is for who reads; the others ask SQLite, as where there are too many rows. */
TEST(a_table_that_cannot_be_read_is_done_without)
{
	for (int broken = 0; broken < 2; broken++) {
		struct ls_index *one = make_index(NULL, 10000, SHARED), *two;
		const struct ls_checkpoint log = log_of(SHARED, 1);
		struct ls_index_tables *tables = ls_index_tables_new();
		struct ls_digest id = number_digest(1);
		struct listed l = { .count = 0 };
		struct ls_error err = { 0 };
		REQUIRE(tables);
		two = make_index(NULL, 10000, SHARED);
		ls_index_share(one, tables, &log);
		ls_index_share(two, tables, &log);
		if (broken)
			run_sql(one, "DROP TABLE report; DROP TABLE entry");
		for (int i = 0; i < LS_INDEX_TABLES; i++) {
			tables->tables[i].most = broken ? 0 : SHARED - 1;
			tables->tables[i].asked = LS_INDEX_TABLE_FROM;
		}
		int rc = ls_index_linked(one, LS_INDEX_ID, &id, SHARED, list_place, &l, &err);
		CHECK_INT_EQ(rc, broken ? -EUCLEAN : 0);
		CHECK_STR_EQ(err.id, broken ? "registry.index" : "");
		rc = ls_index_linked(one, LS_CAL_REPORTS_OF, &id, SHARED, list_place, &l, NULL);
		CHECK_INT_EQ(rc, broken ? -EUCLEAN : 0);
		CHECK_INT_EQ(ask_all(two, 10000, 0), 0);
		for (int i = 0; i < LS_INDEX_TABLES; i++)
			CHECK_INT_EQ(state_of(tables, i), LS_INDEX_GIVEN_UP);
		ls_index_free(one);
		ls_index_free(two);
		ls_index_tables_free(tables);
	}
}

TEST(a_table_of_no_rows_has_none)
{
	struct ls_index *index = make_index(NULL, 0, 0);
	const struct ls_checkpoint log = log_of(0, 1);
	struct ls_index_tables *tables = ls_index_tables_new();
	REQUIRE(tables);
	ls_index_share(index, tables, &log);
	for (unsigned i = 0; i < 2 * LS_INDEX_TABLE_FROM; i++)
		CHECK(lists(index, i, 0, 0, 0) && has_id(index, i, 0, false));
	for (int i = 0; i < LS_INDEX_TABLES; i++)
		CHECK_INT_EQ(state_of(tables, i), LS_INDEX_READ);
	ls_index_free(index);
	ls_index_tables_free(tables);
}

TEST_MAIN()
