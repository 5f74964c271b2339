/* SPDX-License-Identifier: Apache-2.0 */
/* The spool's own: what spool.c and spool_open.c share.  Contract: spool.h. */
#ifndef LABSEAL_DIODE_RECEIVE_SPOOL_INSIDE_H
#define LABSEAL_DIODE_RECEIVE_SPOOL_INSIDE_H

#include "diode/receive/segment.h"
#include "diode/receive/spool.h"
#include "diode/receive/spool_head.h"

#define LS_SPOOL_NAME_SIZE 20 /* "f-", 16 digits, NUL */
#define LS_SPOOL_HEAD_MAX  (LS_DETAIL_MAX + 1024)
#define LS_SPOOL_BUCKETS   4096 /* a power of two */

TAILQ_HEAD(ls_spool_entries, ls_spool_entry);

/* A file that is being received.  Its bytes are gathered in a buffer, which is
 * the file's stretch from a multiple of the buffer's size. */
struct ls_spool_slot {
	bool used;
	bool begun; /* there are bytes, and room on the disk for the rest */
	int fd;	    /* of a file of its own; -1 until there are bytes */
	uint64_t sequence;
	uint64_t size; /* announced */
	uint64_t end;  /* in the file, behind the head: where the next bytes go */
	uint8_t *buffer;
};

/* No receiver comes as far: a file with a higher number is none of its own. */
#define LS_SPOOL_SEQUENCE_MAX (UINT64_MAX >> 1)

struct ls_spool {
	int dirfd; /* borrowed */
	uint64_t max_bytes;
	uint64_t used_bytes; /* without the segments */
	uint64_t next_sequence;
	struct ls_segments *segments;
	struct ls_spool_slot slots[LS_OPEN_FILES_MAX];
	struct ls_spool_entries pending, entries;
	struct ls_spool_entry *next; /* first that waits, or NULL */
	size_t pending_count, entry_count;
	size_t pending_alone; /* of them in files of their own */
	uint64_t pending_bytes;
	uint64_t seed; /* random: a guest must not be able to choose what collides */
	LIST_HEAD(, ls_spool_entry) buckets[LS_SPOOL_BUCKETS];
};

void ls_spool_name(char type, uint64_t sequence, char name[static LS_SPOOL_NAME_SIZE]);
struct ls_spool_entry *ls_spool_new_entry(uint64_t sequence, bool is_event);

/* Make an entry findable by its key. */
void ls_spool_index(struct ls_spool *s, struct ls_spool_entry *entry);

/* What an entry in a file of its own takes of the limit. */
uint64_t ls_spool_cost(uint64_t size);

/* Sets the id; returns the negative errno. */
int ls_spool_fail(struct ls_error *err, int errnum, const char *what);

/* Take up what is in the folder: entries, in order, and segments. */
int ls_spool_load(struct ls_spool *s, size_t *removed, struct ls_error *err);

#endif
