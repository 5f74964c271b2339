/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The outbox: a durable copy of each file, numbered, until it was sent often
 * enough, and the memory of everything that was ever sent.
 *
 *     journal            what happened, appended only: u32 length | u32 CRC-32C | record
 *     NNNNNNNNNNNNNNNN.file  the bytes of file N (16 hex digits)
 *     new.tmp            a copy under way
 *
 * The journal makes a number count: nothing is sent before its record is on the
 * disk, a copy without a record is removed, and a torn end is cut off.
 */
#ifndef LABSEAL_DIODE_EXPORT_OUTBOX_H
#define LABSEAL_DIODE_EXPORT_OUTBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "diode/export/platform.h"
#include "diode/wire/frame.h"
#include "diode/wire/payload.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

struct ls_outbox_file {
	uint64_t number;
	uint64_t size; /* bytes */
	int64_t mtime; /* ns since 1970 */
	uint64_t mark; /* of struct ls_file_info when it was copied */
	struct ls_digest sha256, parent;
	char *path;	    /* where it was found; owned */
	char *name;	    /* what the host is told; points into path or is equal to it */
	bool held;	    /* the copy is still here */
	bool old;	    /* taken in an earlier run, which may have sent it */
	uint32_t attempts;  /* sendings ended, in this run */
	uint64_t next_send; /* ticks; 0: now */
};

struct ls_outbox;

/* Open or make an outbox, and begin a run of it. */
int ls_outbox_open(const char *folder, struct ls_outbox **ret_outbox, struct ls_error *err);
struct ls_outbox *ls_outbox_close(struct ls_outbox *o); /* NULL ok, returns NULL */

/* Who we are. */
const uint8_t *ls_outbox_session(const struct ls_outbox *o); /* LS_FRAME_SESSION_SIZE bytes */
uint32_t ls_outbox_run(const struct ls_outbox *o);
const uint8_t *ls_outbox_run_id(const struct ls_outbox *o); /* LS_WIRE_RUN_ID_SIZE bytes */

/* The highest number and the chain hash there; 0 and zero bytes at first. */
uint64_t ls_outbox_last(const struct ls_outbox *o, struct ls_digest *ret_chain);

/* How many files and bytes are held, and the digest of their list (BEAT). */
void ls_outbox_held(struct ls_outbox *o, uint64_t *ret_files, uint64_t *ret_bytes,
		    struct ls_digest *ret_list);

/* Files by rising number: index 0 .. count-1 of all that is remembered. */
size_t ls_outbox_count(const struct ls_outbox *o);
struct ls_outbox_file *ls_outbox_at(struct ls_outbox *o, size_t index);

/* The newest version that was taken from a path, or NULL. */
const struct ls_outbox_file *ls_outbox_find(const struct ls_outbox *o, const char *path);

/*
 * Copy a file in, give it a number, and make both durable.  name_at is where in
 * path the name begins that the host is told.  0; 1: it is what was sent last
 * from there, and only its times are remembered; -ESTALE: it changed while it
 * was copied; -ENOSPC: no room; else the outbox or the file cannot be used.
 */
int ls_outbox_take(struct ls_outbox *o, const char *path, size_t name_at,
		   const struct ls_file_info *expected, struct ls_source *source,
		   struct ls_error *err);

/* Make room for size bytes within keep: let go of the oldest that were sent `least` times. */
int ls_outbox_make_room(struct ls_outbox *o, uint64_t size, uint64_t keep, uint32_t least,
			const struct ls_outbox_file *not_this, struct ls_error *err);

/* The bytes of a held file. */
int ls_outbox_read(struct ls_outbox *o, const struct ls_outbox_file *file,
		   struct ls_store **ret_store, struct ls_error *err);

#endif
