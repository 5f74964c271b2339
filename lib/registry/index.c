/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/registry/index.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/registry/index_internal.h"

#define FORMAT	  3
#define BUSY_MS	  20000 /* a reader waits so long for a writer's commit */
#define CACHE_KIB "131072"
#define READ_KIB \
	"65536" /* the inner pages of ten million links, and the reports of a million devices */
#define STATE_SIZE 128

static const char SCHEMA[] =
	"CREATE TABLE entry (place INTEGER PRIMARY KEY, id BLOB NOT NULL, kind INTEGER NOT NULL,"
	" offset INTEGER NOT NULL, length INTEGER NOT NULL);"
	"CREATE TABLE link (key INTEGER, relation INTEGER, place INTEGER, id BLOB, kind INTEGER,"
	" offset INTEGER, length INTEGER, PRIMARY KEY (key, relation, place)) WITHOUT ROWID;"
	"CREATE TABLE report (key INTEGER, place INTEGER, PRIMARY KEY (key, place)) WITHOUT ROWID;"
	"CREATE TABLE revoked (key INTEGER, place INTEGER, PRIMARY KEY (key, place)) WITHOUT ROWID;"
	"CREATE TABLE clock (place INTEGER PRIMARY KEY, time INTEGER NOT NULL);"
	"CREATE TABLE state (format INTEGER, origin TEXT, size INTEGER, root BLOB);"
	"INSERT INTO state VALUES (3, '', 0, zeroblob(32));";

static const char *const STATEMENTS[LS_INDEX_STATEMENTS] = {
	[LS_INDEX_GET] = "SELECT place, id, kind, offset, length FROM entry WHERE place = ?1",
	[LS_INDEX_FIND] = "SELECT place, id, kind, offset, length FROM link WHERE key = ?1 AND "
			  "relation = ?2 AND place < ?3 ORDER BY place",
	[LS_INDEX_REVOKED] = "SELECT e.place, e.id, e.kind, e.offset, e.length FROM revoked r JOIN "
			     "entry e ON e.place = r.place WHERE r.key = ?1 AND r.place < ?3 "
			     "ORDER BY r.place",
	[LS_INDEX_REPORTS] = "SELECT e.place, e.id, e.kind, e.offset, e.length FROM report r JOIN "
			     "entry e ON e.place = r.place WHERE r.key = ?1 AND r.place < ?3 "
			     "ORDER BY r.place",
	[LS_INDEX_ALL_REPORTS] =
		"SELECT key, place FROM report WHERE place < ?1 ORDER BY key, place",
	/* in the order that they lie in: their links lie in another, among all others */
	[LS_INDEX_ALL_IDS] = "SELECT id, place FROM entry WHERE kind <> 0 AND place < ?1 "
			     "ORDER BY place",
	[LS_INDEX_REVOKED_KEYS] = "SELECT key FROM revoked ORDER BY key LIMIT ?1",
	[LS_INDEX_LINKED] = "SELECT e.place, e.id, e.kind, e.offset, e.length FROM link l JOIN "
			    "entry e ON e.place = l.place WHERE l.key = ?1 AND l.relation = ?2 AND "
			    "l.place < ?3 ORDER BY l.place",
	[LS_INDEX_OF_KIND] = "SELECT place, id, kind, offset, length FROM entry WHERE kind = ?1 "
			     "AND place >= ?2 AND place < ?3 ORDER BY place LIMIT ?4",
	[LS_INDEX_BEAT_FROM] = "SELECT place, time FROM clock WHERE place >= ?1 ORDER BY place "
			       "LIMIT 1",
	[LS_INDEX_BEAT_BEFORE] = "SELECT place, time FROM clock WHERE place < ?1 AND time <= ?2 "
				 "ORDER BY place DESC LIMIT 1",
	[LS_INDEX_ADD] = "INSERT INTO entry VALUES (?1, ?2, ?3, ?4, ?5)",
	[LS_INDEX_ADD_LINK] = "INSERT OR IGNORE INTO link VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[LS_INDEX_ADD_REVOKED] = "INSERT OR IGNORE INTO revoked VALUES (?1, ?2)",
	[LS_INDEX_ADD_REPORT] = "INSERT OR IGNORE INTO report VALUES (?1, ?2)",
	[LS_INDEX_ADD_BEAT] = "INSERT INTO clock VALUES (?1, ?2)",
	[LS_INDEX_KEEP] = "UPDATE state SET origin = ?1, size = ?2, root = ?3",
	[LS_INDEX_STATE] = "SELECT format, origin, size, root FROM state",
};

/* A limit on files' sizes, or a quota: SQLite has no code for it, and no errno any more where what
 * was written could not be taken back either. */
static bool did_not_fit(const struct ls_index *index)
{
	int system = index->db ? sqlite3_system_errno(index->db) : EIO;
	return system == EFBIG || system == EDQUOT ||
	       (system == 0 && sqlite3_extended_errcode(index->db) == SQLITE_IOERR_WRITE);
}

int ls_index_fail(struct ls_index *index, int rc, struct ls_error *err)
{
	int code = -EIO;
	switch (rc & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_ERROR: code = -EUCLEAN; break;
	case SQLITE_NOMEM: code = -ENOMEM; break;
	case SQLITE_FULL: code = -ENOSPC; break;
	case SQLITE_IOERR: code = did_not_fit(index) ? -ENOSPC : -EIO; break;
	case SQLITE_READONLY: code = -EROFS; break;
	case SQLITE_CANTOPEN: code = -ENOENT; break;
	case SQLITE_BUSY: code = -EBUSY; break;
	}
	return ls_fail(err, code, "registry.index", "the registry's index: %s",
		       index->db ? sqlite3_errmsg(index->db) : sqlite3_errstr(rc));
}

static int run(struct ls_index *index, const char *sql, struct ls_error *err)
{
	int rc = sqlite3_exec(index->db, sql, NULL, NULL, NULL);
	return rc == SQLITE_OK ? 0 : ls_index_fail(index, rc, err);
}

sqlite3_stmt *ls_index_statement(struct ls_index *index, enum ls_index_statement which)
{
	sqlite3_stmt **s = &index->statements[which];
	if (!*s)
		sqlite3_prepare_v3(index->db, STATEMENTS[which], -1, SQLITE_PREPARE_PERSISTENT, s,
				   NULL);
	else
		sqlite3_reset(*s);
	return *s;
}

/* --- opening ------------------------------------------------------------------------- */

void ls_index_free(struct ls_index *index)
{
	if (!index)
		return;
	for (size_t i = 0; i < LS_INDEX_STATEMENTS; i++)
		sqlite3_finalize(index->statements[i]);
	sqlite3_close(index->db);
	ls_index_forget_keys(index);
	ls_index_forget_tables(index);
	free(index);
}

static int connect_to(struct ls_index *index, const char *path, bool writable, struct ls_error *err)
{
	int flags = !path      ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MEMORY
		    : writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
			       : SQLITE_OPEN_READONLY;
	int rc = sqlite3_open_v2(path ? path : ":memory:", &index->db,
				 flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, NULL);
	if (rc != SQLITE_OK)
		return ls_index_fail(index, rc, err);
	sqlite3_busy_timeout(index->db, BUSY_MS);
	/* a file that is given away with hostile SQL in it runs none of it */
	sqlite3_db_config(index->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(index->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return run(index,
		   "PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-" READ_KIB
		   ";",
		   err);
}

static bool has_format(struct ls_index *index)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_STATE);
	bool has = s && sqlite3_step(s) == SQLITE_ROW && sqlite3_column_int(s, 0) == FORMAT;
	if (s)
		sqlite3_reset(s);
	return has;
}

static int open_once(const char *path, bool writable, struct ls_index **ret_index,
		     struct ls_error *err)
{
	_cleanup_index_ struct ls_index *index = calloc(1, sizeof(*index));
	if (!index)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for an index");
	index->tables = &index->own;
	int rc = connect_to(index, path, writable, err);
	if (rc == 0 && writable)
		rc = run(index,
			 "PRAGMA synchronous=NORMAL; PRAGMA cache_size=-" CACHE_KIB
			 "; PRAGMA journal_mode=DELETE;",
			 err);
	if (rc == 0 && !has_format(index))
		rc = writable ? run(index, SCHEMA, err)
			      : ls_fail(err, -EUCLEAN, "registry.index.format",
					"the registry's index is none of this format");
	if (rc == 0)
		*ret_index = ls_steal_ptr(&index);
	return rc;
}

int ls_index_open(const char *path, bool writable, struct ls_index **ret_index,
		  struct ls_error *err)
{
	int rc = open_once(path, writable, ret_index, err);
	if (rc != -EUCLEAN || !writable || !path)
		return rc;
	/* it is only a cache: what is no index is made anew */
	if (unlink(path) < 0)
		return ls_fail_errno(err, errno, "registry.index", "'%s' cannot be removed", path);
	return open_once(path, writable, ret_index, err);
}

int ls_index_state(struct ls_index *index, struct ls_checkpoint *ret_state, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_STATE);
	int rc = s ? sqlite3_step(s) : SQLITE_CORRUPT;
	if (rc != SQLITE_ROW)
		return ls_index_fail(index, rc, err);
	const unsigned char *origin = sqlite3_column_text(s, 1);
	const void *root = sqlite3_column_blob(s, 3);
	memset(ret_state, 0, sizeof(*ret_state));
	if (origin && root && sqlite3_column_bytes(s, 3) == LS_DIGEST_SIZE) {
		snprintf(ret_state->origin, sizeof(ret_state->origin), "%s", (const char *)origin);
		ret_state->size = (uint64_t)sqlite3_column_int64(s, 2);
		memcpy(ret_state->root.bytes, root, LS_DIGEST_SIZE);
	}
	sqlite3_reset(s);
	return 0;
}

void ls_index_hold(struct ls_index *index, bool begins)
{
	/* where it cannot be locked now, each read says so itself */
	if (begins == (sqlite3_get_autocommit(index->db) != 0))
		sqlite3_exec(index->db, begins ? "BEGIN" : "COMMIT", NULL, NULL, NULL);
}

/* --- changing -------------------------------------------------------------------------- */

int ls_index_begin(struct ls_index *index, struct ls_error *err)
{
	ls_index_forget_keys(index);
	ls_index_forget_tables(index);
	return run(index, "BEGIN IMMEDIATE", err);
}

int ls_index_clear(struct ls_index *index, struct ls_error *err)
{
	return run(index,
		   "DELETE FROM entry; DELETE FROM link; DELETE FROM report; DELETE FROM revoked; "
		   "DELETE FROM clock;"
		   "UPDATE state SET origin = '', size = 0, root = zeroblob(32)",
		   err);
}

int ls_index_keep(struct ls_index *index, const struct ls_checkpoint *state, struct ls_error *err)
{
	sqlite3_stmt *s = ls_index_statement(index, LS_INDEX_KEEP);
	if (!s)
		return ls_index_fail(index, SQLITE_CORRUPT, err);
	sqlite3_bind_text(s, 1, state->origin, -1, SQLITE_TRANSIENT);
	sqlite3_bind_int64(s, 2, (sqlite3_int64)state->size);
	sqlite3_bind_blob(s, 3, state->root.bytes, LS_DIGEST_SIZE, SQLITE_TRANSIENT);
	int rc = sqlite3_step(s);
	sqlite3_reset(s);
	return rc == SQLITE_DONE ? run(index, "COMMIT", err) : ls_index_fail(index, rc, err);
}
