/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: what was ever received, sealed, refused or reported, so that
 * nothing is handed on twice (a file "ledger" in the spool folder).
 *
 * Records of 96 bytes, appended only, each with its own CRC; a torn last record
 * is cut off when the ledger is opened.  In memory there is an index of 4 bytes
 * a slot, at most 16 MiB; records are read back from the file.
 *
 *      0  u32  0x4c534c31 "LSL1"     72  i64  time, ns since 1970, host
 *      4  u32  kind                  80  u64  extra
 *      8  16   session               88  u32  0
 *     24  u64  number                92  u32  CRC-32C of bytes 0..91
 *     32  32   SHA-256
 *     64  u64  seal
 */
#ifndef LABSEAL_DIODE_RECEIVE_LEDGER_H
#define LABSEAL_DIODE_RECEIVE_LEDGER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/proc/protocol.h"

#define LS_LEDGER_RECORD_SIZE 96
#define LS_LEDGER_KEYS_MAX    2000000

/* Ordered: of several records with one key the highest kind counts. */
enum ls_ledger_kind {
	LS_LEDGER_SESSION = 1,	/* a session's state: number = its highest, sha256 = chain there,
				   extra = run; not a file */
	LS_LEDGER_REFUSED = 2,	/* announced and refused by a limit; may be accepted later */
	LS_LEDGER_RECEIVED = 3, /* durable in the spool */
	LS_LEDGER_SEALED = 4,	/* sealed, or refused by the enclave (seal 0) */
};

struct ls_ledger_record {
	enum ls_ledger_kind kind;
	struct ls_delivery_key key;
	uint64_t seal;
	int64_t time;
	uint64_t extra;
};

struct ls_ledger;

/* Called for every record when the ledger is opened, oldest first. */
typedef void ls_ledger_visit(void *context, const struct ls_ledger_record *record);

/*
 * Open or create the ledger in a folder, and hold it: -EWOULDBLOCK when another
 * process does.  -EBADMSG: a record in the middle is
 * damaged (the file is left as it is: somebody has to look).
 */
int ls_ledger_open(int dirfd, ls_ledger_visit *visit, void *context, struct ls_ledger **ret_ledger,
		   struct ls_error *err);
struct ls_ledger *ls_ledger_free(struct ls_ledger *ledger); /* NULL ok, returns NULL */

/*
 * Keep room on the disk for some hundreds of records to come.  -EAGAIN: there is
 * none; what would be received now could then not be noted.
 */
int ls_ledger_reserve(struct ls_ledger *ledger);

/* Append; durable only after ls_ledger_sync.  -ENOSPC: as many keys as an index may have. */
int ls_ledger_append(struct ls_ledger *ledger, const struct ls_ledger_record *record,
		     struct ls_error *err);
int ls_ledger_sync(struct ls_ledger *ledger, struct ls_error *err);

/* The highest kind of record with this key, or 0. */
int ls_ledger_kind_of(struct ls_ledger *ledger, const struct ls_delivery_key *key);

/*
 * Whatever file has this number in the session: *ret_count contents were seen
 * under it, *ret_sha256 (untouched when none) is the first's.
 */
void ls_ledger_number(struct ls_ledger *ledger, const uint8_t session[static LS_SESSION_SIZE],
		      uint64_t number, unsigned *ret_count, struct ls_digest *ret_sha256);

/* The key under which an event's key is noted. */
void ls_ledger_event_key(const struct ls_digest *event, struct ls_delivery_key *ret_key);

#endif
