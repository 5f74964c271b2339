/* SPDX-License-Identifier: Apache-2.0 */
/* Between index.c, index_entries.c and index_tables.c. */
#ifndef LABSEAL_LIB_REGISTRY_INDEX_INTERNAL_H
#define LABSEAL_LIB_REGISTRY_INDEX_INTERNAL_H

#include <sqlite3.h>

#include "lib/registry/index.h"

enum ls_index_statement {
	LS_INDEX_GET,
	LS_INDEX_FIND,
	LS_INDEX_LINKED,
	LS_INDEX_REPORTS,
	LS_INDEX_ALL_REPORTS,
	LS_INDEX_ALL_IDS,
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

/* The tables that may be had in memory. */
enum ls_index_table_name {
	LS_INDEX_TABLE_IDS,	/* of the entries */
	LS_INDEX_TABLE_REPORTS, /* of devices */
	LS_INDEX_TABLES
};

/* Who asks a table so often goes through all of it, or asks for one in so many entries. */
#define LS_INDEX_TABLE_FROM  1024
#define LS_INDEX_TABLE_SHARE 128
#define LS_INDEX_TABLE_MAX   (4u << 20) /* rows: 64 MiB of them */

struct ls_index_row {
	uint64_t key; /* of 63 bits */
	uint64_t place;
};

/* A table in memory: rows are at hand, where a page is to be found, and in it the row. */
struct ls_index_rows {
	uint64_t size;	       /* of the log that they were read of, */
	struct ls_digest root; /* and its root: zero where it is not known */
	size_t count, room;
	struct ls_index_row *rows; /* owned; by key, then by place */
	unsigned shift;		   /* a key's range is what is left of it */
	uint32_t *ranges;	   /* owned; each range's first row, and an end */
};

enum ls_index_table_state {
	LS_INDEX_NOT_READ,
	LS_INDEX_BEING_READ, /* by one, and nobody else looks at it */
	LS_INDEX_READ,	     /* and not changed any more: whoever sees this may look at it */
	LS_INDEX_GIVEN_UP,   /* there are too many rows, or there is no memory for them */
};

struct ls_index_table {
	_Atomic uint64_t asked; /* by all, before it was read */
	_Atomic int state;	/* of enum ls_index_table_state */
	size_t most;		/* rows; 0: LS_INDEX_TABLE_MAX */
	struct ls_index_rows rows;
};

struct ls_index_tables {
	struct ls_index_table tables[LS_INDEX_TABLES];
};

struct ls_index {
	sqlite3 *db;
	sqlite3_stmt *statements[LS_INDEX_STATEMENTS]; /* prepared when they are first used */
	struct ls_index_keys revoked;
	struct ls_index_tables own;
	struct ls_index_tables *tables; /* its own, or borrowed */
	struct ls_index_log {		/* with those that are borrowed; else zero */
		uint64_t size;
		struct ls_digest root;
	} log;
};

void ls_index_forget_keys(struct ls_index *index);
/* Its own are empty, and it has no others. */
void ls_index_forget_tables(struct ls_index *index);

/* A key in the index's tables. */
sqlite3_int64 ls_index_key(const struct ls_digest *digest);

/* Whether a table's rows below size are at hand: 1; 0: they are not, or not yet; or an error. */
int ls_index_has_table(struct ls_index *index, enum ls_index_table_name name, uint64_t size,
		       struct ls_error *err);
/* Where they are: entries of a digest's key, as ls_index_linked tells them; whether there was one.
 */
int ls_index_tell_table(struct ls_index *index, enum ls_index_table_name name,
			const struct ls_digest *digest, uint64_t size, ls_index_each *each,
			void *context, bool *ret_told, struct ls_error *err);

/* Reset and ready to be bound; NULL: the file is no index. */
sqlite3_stmt *ls_index_statement(struct ls_index *index, enum ls_index_statement which);

/* What SQLite says, as an error. */
int ls_index_fail(struct ls_index *index, int rc, struct ls_error *err);

#endif
