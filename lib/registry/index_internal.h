/* SPDX-License-Identifier: Apache-2.0 */
/* Between index.c and index_entries.c. */
#ifndef LABSEAL_LIB_REGISTRY_INDEX_INTERNAL_H
#define LABSEAL_LIB_REGISTRY_INDEX_INTERNAL_H

#include <sqlite3.h>

#include "lib/registry/index.h"

enum ls_index_statement {
	LS_INDEX_GET,
	LS_INDEX_FIND,
	LS_INDEX_LINKED,
	LS_INDEX_REPORTS,
	LS_INDEX_REVOKED,
	LS_INDEX_REVOKED_KEYS,
	LS_INDEX_OF_KIND,
	LS_INDEX_BEAT_FROM,
	LS_INDEX_BEAT_BEFORE,
	LS_INDEX_ADD,
	LS_INDEX_ADD_LINK,
	LS_INDEX_ADD_REPORT,
	LS_INDEX_ADD_REVOKED,
	LS_INDEX_ADD_BEAT,
	LS_INDEX_KEEP,
	LS_INDEX_STATE,
	LS_INDEX_STATEMENTS
};

#define LS_INDEX_KEYS_MAX 4096

/* The keys of the table of what is revoked, where it is as small as that. */
struct ls_index_keys {
	bool known, all; /* looked at since the index changed; there are no more */
	size_t count;
	sqlite3_int64 *keys; /* owned; rising */
};

struct ls_index {
	sqlite3 *db;
	sqlite3_stmt *statements[LS_INDEX_STATEMENTS]; /* prepared when they are first used */
	struct ls_index_keys revoked;
};

void ls_index_forget_keys(struct ls_index *index);

/* Reset and ready to be bound; NULL: the file is no index. */
sqlite3_stmt *ls_index_statement(struct ls_index *index, enum ls_index_statement which);

/* What SQLite says, as an error. */
int ls_index_fail(struct ls_index *index, int rc, struct ls_error *err);

#endif
