/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the frames carry (docs/formats/wire.md, "Payloads").  DATA's payload is
 * the file's bytes; the others' are the structures here.
 *
 * Every encoder appends to a buffer (0 or the buffer's error); every decoder
 * takes all bytes or fails with -EBADMSG and err, outputs untouched.  Byte
 * strings of decoded structures are borrowed from the payload.  Times are
 * nanoseconds since 1970-01-01 UTC by the guest's clock: claims, as all else.
 */
#ifndef LABSEAL_DIODE_WIRE_PAYLOAD_H
#define LABSEAL_DIODE_WIRE_PAYLOAD_H

#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"

#define LS_WIRE_NAME_MAX    1024 /* bytes of a file's name */
#define LS_WIRE_TEXT_MAX    255	 /* bytes of other texts */
#define LS_WIRE_WATCH_MAX   32	 /* folders in a HELLO */
#define LS_WIRE_RUN_ID_SIZE 16
#define LS_WIRE_ENTRY_SIZE  48	/* bytes of a MANIFEST's entry */
#define LS_WIRE_ENTRIES_MAX 675 /* entries in one MANIFEST */

struct ls_wire_text {
	const char *data; /* not terminated; arbitrary bytes, UTF-8 by intention */
	size_t size;
};

/* Sent first in a run. */
struct ls_hello {
	uint8_t run_id[LS_WIRE_RUN_ID_SIZE]; /* random: tells a run from one after a restored disk
					      */
	int64_t clock;
	uint32_t beat_interval; /* milliseconds */
	uint64_t last;		/* highest record number given out; 0 for none */
	struct ls_digest chain; /* at last */
	struct ls_wire_text version;
	uint32_t watch_count;
	struct ls_wire_text watch[LS_WIRE_WATCH_MAX]; /* folder, then its patterns, '|' between */
};

struct ls_begin {
	uint64_t size; /* bytes */
	int64_t mtime;
	int64_t clock; /* when this sending began */
	struct ls_digest sha256;
	struct ls_digest parent;  /* SHA-256 of the version before this one; zero for none */
	uint32_t attempt;	  /* 1 for the first sending */
	struct ls_wire_text name; /* beneath its watched folder, '/' between the parts */
};

struct ls_end {
	struct ls_digest sha256;
};

enum ls_abort_reason {
	LS_ABORT_UNREADABLE = 1, /* the outbox's copy cannot be read */
	LS_ABORT_STOPPING = 2,	 /* the exporter ends; the file is sent again in its next run */
};

struct ls_abort {
	uint8_t reason; /* enum ls_abort_reason */
	struct ls_wire_text text;
};

enum ls_beat_flags {
	LS_BEAT_OUTBOX_FULL = 1, /* a whole file waits outside: no room in the outbox */
	LS_BEAT_UNREADABLE = 2,	 /* a watched folder or a file in it cannot be read */
};

struct ls_beat {
	int64_t clock;
	uint64_t last;		/* highest record number given out */
	struct ls_digest chain; /* at last */
	uint64_t sent;		/* every number up to this was sent whole at least once */
	uint64_t held;		/* files in the outbox */
	uint64_t held_bytes;
	struct ls_digest outbox; /* SHA-256 of all MANIFEST entries, in order */
	uint32_t flags;		 /* enum ls_beat_flags */
};

/* A part of the list of what the outbox holds, by rising number. */
struct ls_manifest {
	uint64_t total;		 /* entries of the whole list */
	uint64_t first;		 /* index of this part's first entry */
	struct ls_digest outbox; /* as in BEAT: of the whole list */
	uint32_t count;		 /* at most LS_WIRE_ENTRIES_MAX */
	const uint8_t *entries;	 /* count * LS_WIRE_ENTRY_SIZE bytes: ls_manifest_entry */
};

struct ls_manifest_entry {
	uint64_t number;
	uint64_t size; /* bytes */
	struct ls_digest sha256;
};

int ls_encode_hello(const struct ls_hello *value, struct ls_buffer *b);
int ls_encode_begin(const struct ls_begin *value, struct ls_buffer *b);
int ls_encode_end(const struct ls_end *value, struct ls_buffer *b);
int ls_encode_abort(const struct ls_abort *value, struct ls_buffer *b);
int ls_encode_beat(const struct ls_beat *value, struct ls_buffer *b);
int ls_encode_manifest(const struct ls_manifest *value, struct ls_buffer *b);
int ls_encode_manifest_entry(const struct ls_manifest_entry *value, struct ls_buffer *b);

int ls_decode_hello(const void *payload, size_t n, struct ls_hello *ret, struct ls_error *err);
int ls_decode_begin(const void *payload, size_t n, struct ls_begin *ret, struct ls_error *err);
int ls_decode_end(const void *payload, size_t n, struct ls_end *ret, struct ls_error *err);
int ls_decode_abort(const void *payload, size_t n, struct ls_abort *ret, struct ls_error *err);
int ls_decode_beat(const void *payload, size_t n, struct ls_beat *ret, struct ls_error *err);
int ls_decode_manifest(const void *payload, size_t n, struct ls_manifest *ret,
		       struct ls_error *err);

/* Entry i of a decoded part; i is less than count. */
void ls_manifest_get(const struct ls_manifest *m, uint32_t i, struct ls_manifest_entry *ret);

#endif
