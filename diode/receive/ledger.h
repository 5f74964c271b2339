/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: what was ever received, sealed, refused or reported, so that
 * nothing is handed on twice.  In the spool folder:
 *
 *     ledger             the journal: records (ledger_record.h), appended only.
 *                        A torn last record is cut off when it is opened.
 *     ledger-FIRST-LAST  tables (ledger_table.h): what was folded out of it
 *
 * When the journal is long it is folded: its records become a table, and the
 * journal is empty again.  So it goes on for ever: memory holds an index of the
 * journal alone, 4 bytes a slot; a table is searched on the disk, with a few
 * reads; there are few tables, since a new one is made one with those that are
 * not far larger.  On the disk a file or event takes 96 bytes, for ever, which is
 * little beside what it takes on the share.  Nothing is ever left out of it: a
 * file that is sent again after years is known, and another content under its
 * number is another file.
 *
 * At every moment the disk holds what was noted: a table has its name when all of
 * it is durable, then the journal is cut to nothing, and then the tables that
 * it was made of go.  What a crash leaves between two of these steps is
 * recognised at the next start (a table says with which record its journal
 * began) and the rest is done then.  A journal of any length, as earlier
 * versions left it, is folded when it is opened.
 */
#ifndef LABSEAL_DIODE_RECEIVE_LEDGER_H
#define LABSEAL_DIODE_RECEIVE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "diode/receive/ledger_record.h"
#include "lib/base/error.h"

#define LS_LEDGER_JOURNAL_MAX 32768   /* records; then it is to be folded */
#define LS_LEDGER_KEYS_MAX    2000000 /* in the journal, when there is no room to fold it */

struct ls_ledger;

/* Called for every record of the journal when the ledger is opened, oldest first. */
typedef void ls_ledger_visit(void *context, const struct ls_ledger_record *record);

/*
 * Open or create the ledger in a folder (dirfd is borrowed), and hold it:
 * -EWOULDBLOCK when another process does.  -EBADMSG: a record in the middle or a
 * table is damaged or missing (all is left as it is: somebody has to look).
 */
int ls_ledger_open(int dirfd, ls_ledger_visit *visit, void *context, struct ls_ledger **ret_ledger,
		   struct ls_error *err);
struct ls_ledger *ls_ledger_free(struct ls_ledger *ledger); /* NULL ok, returns NULL */

/* How many bytes at the end of the journal were not whole when it was opened, and were cut off. */
uint64_t ls_ledger_cut(const struct ls_ledger *ledger);

/*
 * Keep room on the disk for some hundreds of records to come.  -EAGAIN: there is
 * none; what would be received now could then not be noted.
 */
int ls_ledger_reserve(struct ls_ledger *ledger);

/* Append; durable only after ls_ledger_sync.  -ENOSPC: as many keys as an index may have. */
int ls_ledger_append(struct ls_ledger *ledger, const struct ls_ledger_record *record,
		     struct ls_error *err);
int ls_ledger_sync(struct ls_ledger *ledger, struct ls_error *err);

/* The journal is long: it is time to fold it. */
bool ls_ledger_is_long(const struct ls_ledger *ledger);

/*
 * Fold the journal, and with it these records of the second group, which the
 * journal has not.  -EAGAIN: no room on the disk; nothing is changed.
 */
int ls_ledger_fold(struct ls_ledger *ledger, const struct ls_ledger_record *states, size_t count,
		   struct ls_error *err);

/*
 * -EBADMSG or an errno of read, when one of the functions below could not look:
 * it said then what makes nothing be handed on, and the receiver has to end.
 */
int ls_ledger_check(const struct ls_ledger *ledger, struct ls_error *err);

/* The highest kind of record with this key, or 0. */
int ls_ledger_kind_of(struct ls_ledger *ledger, const struct ls_delivery_key *key);

/*
 * Whatever file has this number in the session: *ret_count contents were seen
 * under it (there may be more than LS_LEDGER_CONTENTS_MAX), *ret_sha256
 * (untouched when none) is the first's.
 */
void ls_ledger_number(struct ls_ledger *ledger, const uint8_t session[static LS_SESSION_SIZE],
		      uint64_t number, unsigned *ret_count, struct ls_digest *ret_sha256);

/* The newest record of this kind (second group) for this session, HOUR: and number. */
bool ls_ledger_state(struct ls_ledger *ledger, enum ls_ledger_kind kind,
		     const uint8_t session[static LS_SESSION_SIZE], uint64_t number,
		     struct ls_ledger_record *ret_record);

/* The key under which an event's key is noted. */
void ls_ledger_event_key(const struct ls_digest *event, struct ls_delivery_key *ret_key);

#endif
