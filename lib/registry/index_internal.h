/* SPDX-License-Identifier: Apache-2.0 */
/* Between index.c and index_entries.c. */
#ifndef LABSEAL_LIB_REGISTRY_INDEX_INTERNAL_H
#define LABSEAL_LIB_REGISTRY_INDEX_INTERNAL_H

#include <sqlite3.h>

#include "lib/registry/index.h"

enum ls_index_statement {
	LS_INDEX_GET,
	LS_INDEX_LINKED,
	LS_INDEX_OF_KIND,
	LS_INDEX_BEAT_FROM,
	LS_INDEX_BEAT_BEFORE,
	LS_INDEX_ADD,
	LS_INDEX_ADD_LINK,
	LS_INDEX_ADD_BEAT,
	LS_INDEX_KEEP,
	LS_INDEX_STATE,
	LS_INDEX_STATEMENTS
};

struct ls_index {
	sqlite3 *db;
	sqlite3_stmt *statements[LS_INDEX_STATEMENTS]; /* prepared when they are first used */
};

/* Reset and ready to be bound; NULL: the file is no index. */
sqlite3_stmt *ls_index_statement(struct ls_index *index, enum ls_index_statement which);

/* What SQLite says, as an error. */
int ls_index_fail(struct ls_index *index, int rc, struct ls_error *err);

#endif
