/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One record of the ledger: 96 bytes, the same in its journal and its tables.
 *
 *      0  u32  0x4c534c31 "LSL1"     72  i64  time, ns since 1970, host
 *      4  u32  kind                  80  u64  extra
 *      8  16   session               88  u32  0
 *     24  u64  number                92  u32  CRC-32C of bytes 0..91
 *     32  32   SHA-256
 *     64  u64  seal
 */
#ifndef LABSEAL_DIODE_RECEIVE_LEDGER_RECORD_H
#define LABSEAL_DIODE_RECEIVE_LEDGER_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/proc/protocol.h"

#define LS_LEDGER_RECORD_SIZE 96

/*
 * The first group is about a file or an event: of several records with one key
 * the highest kind counts.  The second is what was so at one time: of several
 * the newest counts.
 */
enum ls_ledger_kind {
	LS_LEDGER_SESSION = 1,	/* second group: a session's run; number = highest number claimed or
				   received, seal = mark of the run, extra = run */
	LS_LEDGER_REFUSED = 2,	/* announced and refused by a limit; may be accepted later */
	LS_LEDGER_RECEIVED = 3, /* durable in the spool */
	LS_LEDGER_SEALED = 4,	/* sealed, or refused by the enclave (seal 0) */
	LS_LEDGER_HELD = 5,	/* second group: every number of the session up to `number` is here,
				   and their chain hash is sha256 */
	LS_LEDGER_HOUR = 6,	/* second group: in the hour `number` since 1970 so many files were
				   received as `extra` says */
};

struct ls_ledger_record {
	enum ls_ledger_kind kind;
	struct ls_delivery_key key;
	uint64_t seal;
	int64_t time;
	uint64_t extra;
};

/* Appends 96 bytes; 0 or the buffer's error. */
int ls_ledger_record_encode(const struct ls_ledger_record *record, struct ls_buffer *b);

/* -EBADMSG: not what encode makes. */
int ls_ledger_record_decode(const uint8_t bytes[static LS_LEDGER_RECORD_SIZE],
			    struct ls_ledger_record *ret_record);

/* Whether it is of the second group. */
bool ls_ledger_is_state(enum ls_ledger_kind kind);

/*
 * Where a record is looked for: a hash of its session and, where the number
 * names it, its number, so that all contents of one number are together.  seed
 * is secret: a guest must not be able to choose what collides.
 */
uint64_t ls_ledger_place(const uint64_t seed[static 2], const struct ls_ledger_record *record);

/*
 * Order among records of one place, < 0, 0, > 0; 0: they say something about
 * the same thing, and one of them counts.
 */
int ls_ledger_compare(const struct ls_ledger_record *a, const struct ls_ledger_record *b);

/* A record with its place, and the order of both (for qsort). */
struct ls_ledger_placed {
	uint64_t place;
	struct ls_ledger_record record;
};
int ls_ledger_compare_placed(const void *a, const void *b);

/* Of two records about the same thing, whether the newer one counts. */
bool ls_ledger_replaces(const struct ls_ledger_record *newer, const struct ls_ledger_record *older);

#endif
