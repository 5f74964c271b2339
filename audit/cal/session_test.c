/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/cal/session.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/registry/index_internal.h"
#include "lib/registry/rig_test.h"

static const struct ls_command command = { "cal stats", "", "", "", NULL };

static void write_trust(const struct rig *r, const char *path)
{
	char vkey[LS_VKEY_SIZE];
	FILE *f = fopen(path, "w");
	if (!f ||
	    fprintf(f,
		    "labseal/calibration-trust/v1\nregistry %s\ndocument-nmi Anybody\nmax-age "
		    "604800\nmax-depth 55\n",
		    ls_vkey_format(&r->key, vkey)) < 0 ||
	    fclose(f) != 0)
		abort();
}

static void ask(const struct ls_cal_session *session, unsigned times)
{
	struct ls_cal_store *store = NULL;
	struct ls_error err = { 0 };
	REQUIRE(ls_cal_session_store(session, &store, &err) == 0);
	for (unsigned i = 0; i < times; i++) {
		struct ls_cal_entry *entry = NULL;
		struct ls_digest nobody;
		ls_sha256_buffer(&i, sizeof(i), &nobody);
		CHECK_INT_EQ(store->operations->find(store, &nobody, &entry, &err), -ENOENT);
	}
	ls_cal_store_free(store);
}

/* What one of them has in memory, all have: what each asks for counts together. */
TEST(the_stores_of_a_session_share_the_tables_of_the_index)
{
	struct rig r;
	char trust[128];
	struct ls_cal_session session;
	rig_begin(&r);
	CHECK_INT_EQ(rig_grow(&r, 0, 20), 0);
	snprintf(trust, sizeof(trust), "%s/trust.txt", r.path);
	write_trust(&r, trust);
	const struct ls_cal_sources sources = { .trust = trust, .registry = r.registry };
	REQUIRE(ls_cal_session_open(&command, &sources, &session) == 0);
	const struct ls_index_table *ids = &session.tables->tables[LS_INDEX_TABLE_IDS];
	ask(&session, LS_INDEX_TABLE_FROM / 2);
	CHECK_INT_EQ(ids->state, LS_INDEX_NOT_READ);
	ask(&session, LS_INDEX_TABLE_FROM / 2);
	CHECK_INT_EQ(ids->state, LS_INDEX_READ);
	CHECK_INT_EQ(ids->rows.count, 20);
	ls_cal_session_close(&session);
	/* who knows that he will ask for many has it at once */
	REQUIRE(ls_cal_session_open(&command, &sources, &session) == 0);
	ids = &session.tables->tables[LS_INDEX_TABLE_IDS];
	ls_index_tables_expect(session.tables, LS_INDEX_TABLE_FROM - 2);
	ask(&session, 1);
	CHECK_INT_EQ(ids->state, LS_INDEX_NOT_READ);
	ask(&session, 1);
	CHECK_INT_EQ(ids->state, LS_INDEX_READ);
	ls_cal_session_close(&session);
	rig_end(&r);
}

TEST_MAIN()
