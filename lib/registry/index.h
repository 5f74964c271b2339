/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a registry's log what is: an SQLite file that is made from the log and made again
 * whenever it does not fit.  It says where to look and nothing else: what is found there is hashed
 * against the log (lib/registry/registry.h).
 *
 *     entry (place INTEGER PRIMARY KEY, id BLOB, kind INTEGER, offset INTEGER, length INTEGER)
 *     link  (key INTEGER, relation INTEGER, place INTEGER, id BLOB, kind INTEGER, offset INTEGER,
 *            length INTEGER)                                     WITHOUT ROWID
 *     report  (key INTEGER, place INTEGER)                       WITHOUT ROWID
 *     revoked (key INTEGER, place INTEGER)                       WITHOUT ROWID
 *     clock (place INTEGER PRIMARY KEY, time INTEGER)            heartbeats that verify
 *     state (format INTEGER, origin TEXT, size INTEGER, root BLOB)
 *
 * key is the first 63 bits of an id, a key's digest, or of the SHA-256 of a name; whoever asks
 * compares the whole.  A link has what its entry says (else NULL) where it is the entry's own id,
 * which is asked for most.  The reports of a device are in `report` and not in `link`: whoever
 * looks at all devices asks for those of each, and they are few enough to stay in memory.  What
 * claims to revoke a record is in `revoked`: of most records nothing does, and few keys are soon
 * looked through.
 */
#ifndef LABSEAL_LIB_REGISTRY_INDEX_H
#define LABSEAL_LIB_REGISTRY_INDEX_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/cal/record.h"
#include "lib/cal/store.h"
#include "lib/log/checkpoint.h"

/* Beside enum ls_cal_relation; the stores of this room answer for the last two as for those. */
enum {
	LS_INDEX_ID = 100,
	LS_INDEX_DEVICE_NAME, /* SHA-256 of the name */
	LS_INDEX_HOLDER_NAME, /* the same, of an organisation or a technician */
};

struct ls_index;

/* Where an entry lies. */
struct ls_index_entry {
	uint64_t place;
	struct ls_digest id;
	enum ls_cal_kind kind; /* 0: no record */
	uint64_t offset;       /* of its bytes in its bundle */
	uint32_t length;
};

/*
 * path: an absolute path, or one from the working folder; NULL: in memory.  What is at path and is
 * no index of this format is replaced when writable.  0; -ENOENT, -EROFS: it cannot be
 * written; -EUCLEAN: SQLite finds it damaged; -ENOMEM; -EIO.
 */
int ls_index_open(const char *path, bool writable, struct ls_index **ret_index,
		  struct ls_error *err);
void ls_index_free(struct ls_index *index); /* rolls back what was not kept; NULL is fine */

/*
 * What indexes of one log, each of a thread, have in memory together, so that it is read once, and
 * there once: the first of them that wants a table reads it, while the others ask SQLite.
 */
struct ls_index_tables;
struct ls_index_tables *ls_index_tables_new(void);	   /* NULL: there is no memory */
void ls_index_tables_free(struct ls_index_tables *tables); /* NULL is fine */

/* About so many look-ups in each are to come: what is worth it is read at the first. */
void ls_index_tables_expect(struct ls_index_tables *tables, uint64_t lookups);

/*
 * Have tables with others, and none alone: borrowed for the index's life, or until it is changed.
 * Of the log that index is of, as its verified checkpoint says; what others read of a log of
 * another size or root is not used.  To be asked for entries below that size.
 */
void ls_index_share(struct ls_index *index, struct ls_index_tables *tables,
		    const struct ls_checkpoint *log);

/* Which log it is of, as far as it goes: size 0 and "" for a new one. */
int ls_index_state(struct ls_index *index, struct ls_checkpoint *ret_state, struct ls_error *err);

/*
 * Keep the file locked for reading from one read to the next (true), or no more (false): a lock
 * costs as much as several reads.  Whoever writes waits as long, so not for long.
 */
void ls_index_hold(struct ls_index *index, bool begins);

/* Begin to change it; it is as it was until ls_index_keep. */
int ls_index_begin(struct ls_index *index, struct ls_error *err);
int ls_index_clear(struct ls_index *index, struct ls_error *err);
/* record is NULL for an entry that is none.  heartbeat: its signature is good. */
int ls_index_add(struct ls_index *index, const struct ls_index_entry *entry,
		 const struct ls_cal_record *record, bool heartbeat, struct ls_error *err);
int ls_index_keep(struct ls_index *index, const struct ls_checkpoint *state, struct ls_error *err);

/* -ENOENT: there is none at this place. */
int ls_index_entry(struct ls_index *index, uint64_t place, struct ls_index_entry *ret_entry,
		   struct ls_error *err);

/* Entries below size with this key in this relation, in the log's order.  each as ls_cal_each. */
typedef int ls_index_each(void *context, const struct ls_index_entry *entry);
int ls_index_linked(struct ls_index *index, int relation, const struct ls_digest *key,
		    uint64_t size, ls_index_each *each, void *context, struct ls_error *err);
int ls_index_of_kind(struct ls_index *index, enum ls_cal_kind kind, uint64_t size,
		     ls_index_each *each, void *context, struct ls_error *err);

/* The first heartbeat at this place or later; the last below size, and not later than time.
 * -ENOENT: there is none. */
int ls_index_heartbeat_from(struct ls_index *index, uint64_t place, uint64_t *ret_place,
			    int64_t *ret_time, struct ls_error *err);
int ls_index_heartbeat_before(struct ls_index *index, uint64_t size, int64_t time,
			      uint64_t *ret_place, int64_t *ret_time, struct ls_error *err);

/* The key of a name. */
void ls_index_name_digest(const char *name, struct ls_digest *ret_digest);

static inline void ls_index_cleanup(struct ls_index **index)
{
	ls_index_free(*index);
}
#define _cleanup_index_ __attribute__((cleanup(ls_index_cleanup)))

#endif
