/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The spool: received files and events, from the moment that they are whole
 * until the enclave has sealed them.
 *
 * A file counts only after ls_spool_sync(): its bytes, its name and the folder
 * are then on the disk.  In the folder:
 *
 *     t-SEQUENCE  being written; removed when the spool is opened
 *     f-SEQUENCE  a file of more than LS_SPOOL_SMALL_MAX bytes: head of 4096 bytes, then its bytes
 *     e-SEQUENCE  an event: head without padding
 *     s-NUMBER    a segment: smaller files one after another (segment.h)
 *
 * with a head (spool_head.h) that has the body of a DELIVERY_BEGIN or EVENT
 * message, ready to be sent.  SEQUENCE is 16 hex digits, in a segment it stands
 * in the head, and gives the order of delivery.  Files of any size that have an
 * f- of their own are taken up as well.
 */
#ifndef LABSEAL_DIODE_RECEIVE_SPOOL_H
#define LABSEAL_DIODE_RECEIVE_SPOOL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "diode/receive/limits.h"
#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/proc/protocol.h"

#define LS_SPOOL_HEAD_SIZE   4096
#define LS_SPOOL_SMALL_MAX   65536 /* bytes of a file that goes into a segment */
#define LS_SPOOL_ENTRIES_MAX 65536
#define LS_SPOOL_EVENT_BYTES (16u << 20) /* room for events beyond the limit for files */

enum ls_spool_state {
	LS_SPOOL_WAITING,
	LS_SPOOL_SENT,	   /* its first message at least */
	LS_SPOOL_ANSWERED, /* soon removed */
};

struct ls_spool_entry {
	TAILQ_ENTRY(ls_spool_entry) link;
	LIST_ENTRY(ls_spool_entry) bucket;
	uint64_t sequence;
	struct ls_segment *segment; /* NULL: it is a file of its own */
	uint64_t offset;	    /* of its head */
	bool pending;		    /* until the next sync */
	bool is_event;
	enum ls_spool_state state;
	struct ls_delivery_key key; /* of an event: sha256 is its key, the rest zero */
	uint64_t size;		    /* bytes of the file; 0 for an event */
};

struct ls_segment;
struct ls_spool;

/*
 * Take up the spool in a folder; what is there is checked, each file against
 * its SHA-256, and what is not whole (never counted) is removed: *ret_removed.
 * All that is taken up is durable when this returns, as after a sync.
 */
int ls_spool_open(int dirfd, uint64_t max_bytes, struct ls_spool **ret_spool, size_t *ret_removed,
		  struct ls_error *err);
struct ls_spool *ls_spool_free(struct ls_spool *spool); /* NULL ok, returns NULL */

/*
 * Begin a file of size bytes in a slot that is free.  -EAGAIN: no room now, by
 * the limit.  The disk is touched with the first bytes, so that announcements
 * alone cost nothing.
 */
int ls_spool_begin(struct ls_spool *spool, unsigned slot, uint64_t size, struct ls_error *err);

/* -EAGAIN: no room on the disk for the whole file; nothing was written. */
int ls_spool_write(struct ls_spool *spool, unsigned slot, const void *bytes, size_t n,
		   struct ls_error *err);
void ls_spool_drop(struct ls_spool *spool, unsigned slot); /* a free slot stays so */

/* The file in the slot is whole; the slot becomes free.  It counts after the next sync. */
int ls_spool_finish(struct ls_spool *spool, unsigned slot, const struct ls_delivery *delivery,
		    struct ls_error *err);

/* -EAGAIN: no room now. */
int ls_spool_add_event(struct ls_spool *spool, const struct ls_event *event, struct ls_error *err);

/* What was finished since the last sync: how many, and how many bytes. */
size_t ls_spool_pending(const struct ls_spool *spool, uint64_t *ret_bytes);

/* How many contents of a number were finished since the last sync. */
unsigned ls_spool_pending_contents(const struct ls_spool *spool, const struct ls_delivery_key *key);

/* Whether an entry with this key is here, synced or not. */
bool ls_spool_has(const struct ls_spool *spool, bool is_event, const struct ls_delivery_key *key);

/*
 * Make all that is finished durable.  counted is called for each entry, which
 * is then in the list of those waiting.
 */
int ls_spool_sync(struct ls_spool *spool, void (*counted)(void *, const struct ls_spool_entry *),
		  void *context, struct ls_error *err);

/* The oldest entry that waits, or NULL. */
struct ls_spool_entry *ls_spool_next(struct ls_spool *spool);

/* Entry after this one; NULL gives the first, and comes after the last. */
struct ls_spool_entry *ls_spool_after(struct ls_spool *spool, struct ls_spool_entry *entry);

/* The entry that was sent, not answered, and has this key (an event's: sha256 alone), or NULL. */
struct ls_spool_entry *ls_spool_sent(struct ls_spool *spool, bool is_event,
				     const struct ls_delivery_key *key);

/*
 * Read an entry's message body into body; for a file *ret_fd is a descriptor at
 * its first byte, for an event -1.
 */
int ls_spool_read(struct ls_spool *spool, const struct ls_spool_entry *entry,
		  struct ls_buffer *body, int *ret_fd, struct ls_error *err);

/*
 * Forget an entry that is sealed, which the ledger has durably; it is freed.  On
 * the disk it may stay until the last in its segment goes.
 */
int ls_spool_remove(struct ls_spool *spool, struct ls_spool_entry *entry, struct ls_error *err);

size_t ls_spool_count(const struct ls_spool *spool);

#endif
