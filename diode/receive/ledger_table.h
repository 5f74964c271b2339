/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A table of the ledger: records that do not change any more, in an order in
 * which one is found with a few reads, so that it needs no memory (files
 * "ledger-FIRST-LAST" in the spool folder, two times 8 hex digits).
 *
 * FIRST and LAST number the foldings of the journal that are in it; a table
 * whose range lies in another's is what that one was made of.
 *
 *       0  "LSLTAB1\0"
 *       8  u64  count of records
 *      16  u64, u64  seed of their order (ls_ledger_place)
 *      32  96   the first record of the journal that was folded last; zeros: the
 *               journal was folded in part
 *     128  60   zeros
 *     188  u32  CRC-32C of bytes 0..187
 *     192  the records, by rising place
 */
#ifndef LABSEAL_DIODE_RECEIVE_LEDGER_TABLE_H
#define LABSEAL_DIODE_RECEIVE_LEDGER_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "diode/receive/ledger_record.h"
#include "lib/base/error.h"

#define LS_LEDGER_TABLE_NAME_SIZE 32
#define LS_LEDGER_TABLE_TEMPORARY "ledger.new" /* one that is being written */

struct ls_ledger_table {
	int fd; /* owned */
	uint32_t first, last;
	uint64_t count;
	uint64_t seed[2];
	uint8_t journal[LS_LEDGER_RECORD_SIZE];
};

/* "ledger-FIRST-LAST"; 0, or -EINVAL when it is no table's name. */
int ls_ledger_table_parse_name(const char *name, uint32_t *ret_first, uint32_t *ret_last);
void ls_ledger_table_name(const struct ls_ledger_table *t,
			  char name[static LS_LEDGER_TABLE_NAME_SIZE]);

/* t->first and t->last name it.  -EBADMSG: it is damaged. */
int ls_ledger_table_open(int dirfd, struct ls_ledger_table *t, struct ls_error *err);
void ls_ledger_table_close(struct ls_ledger_table *t);

/*
 * Write a table from records that are in order (each differs from the one
 * before), durable before it has its name; t says first, last, seed and
 * journal, and is open afterwards.  -ENOSPC or -EDQUOT: no room; nothing is left behind.
 */
int ls_ledger_table_write(int dirfd, struct ls_ledger_table *t,
			  const struct ls_ledger_placed *records, size_t count,
			  struct ls_error *err);

/* Make one table of two neighbours, in the same way; the two stay as they are. */
int ls_ledger_table_merge(int dirfd, const struct ls_ledger_table *older,
			  const struct ls_ledger_table *newer, struct ls_ledger_table *ret_table,
			  struct ls_error *err);

/*
 * The index of the first record that does not come before `wanted`; the table's
 * count when all do.  -EBADMSG or an errno of read: what is there cannot be known.
 */
int ls_ledger_table_find(const struct ls_ledger_table *t, const struct ls_ledger_record *wanted,
			 uint64_t *ret_index);
int ls_ledger_table_read(const struct ls_ledger_table *t, uint64_t index,
			 struct ls_ledger_record *ret_record);

#endif
