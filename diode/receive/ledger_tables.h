/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All tables of the ledger, oldest first.  A new one is made one with those
 * before it that are not far larger, so that there are few however much was
 * received, and each record is written again a few times in its life.
 */
#ifndef LABSEAL_DIODE_RECEIVE_LEDGER_TABLES_H
#define LABSEAL_DIODE_RECEIVE_LEDGER_TABLES_H

#include "diode/receive/ledger_table.h"

#define LS_LEDGER_TABLES_MAX   24
#define LS_LEDGER_TABLES_RATIO 4  /* of a table's size to that of all after it, at least */
#define LS_LEDGER_CONTENTS_MAX 32 /* of one number; there may be more */

struct ls_ledger_tables {
	int dirfd; /* borrowed */
	size_t count;
	struct ls_ledger_table all[LS_LEDGER_TABLES_MAX];
};

/*
 * Take up those in a folder, and remove what a crash left: a table that was not
 * finished, tables that one was made of.  -EBADMSG: one is damaged or missing;
 * all is left as it is.
 */
int ls_ledger_tables_open(struct ls_ledger_tables *tables, int dirfd, struct ls_error *err);
void ls_ledger_tables_close(struct ls_ledger_tables *tables);

/*
 * Add records in order, all of the same seed; journal as in ls_ledger_table.
 * Durable when it returns.  -EAGAIN: no room on the disk; nothing is changed.
 */
int ls_ledger_tables_add(struct ls_ledger_tables *tables, const struct ls_ledger_placed *records,
			 size_t count, const uint64_t seed[static 2], const uint8_t *journal,
			 struct ls_error *err);

/* 1: *ret_record is what counts about the same thing as wanted; 0: nothing is known.  Else it
 * cannot be read. */
int ls_ledger_tables_find(const struct ls_ledger_tables *tables,
			  const struct ls_ledger_record *wanted,
			  struct ls_ledger_record *ret_record);

/* Contents of one number, from wherever they are noted. */
struct ls_ledger_contents {
	unsigned count;
	struct ls_digest seen[LS_LEDGER_CONTENTS_MAX];
	struct ls_ledger_record first; /* noted before all others */
};

/* Later places are noted later; of those in one place (same) the time says which was first. */
void ls_ledger_contents_add(struct ls_ledger_contents *contents,
			    const struct ls_ledger_record *record, bool same_place);

/* Add those of this session and number; 0, or it cannot be read. */
int ls_ledger_tables_contents(const struct ls_ledger_tables *tables,
			      const struct ls_ledger_record *number,
			      struct ls_ledger_contents *contents);

#endif
