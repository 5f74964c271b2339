/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A calibration registry, or a local mirror of one, to read from.  Local files alone are read;
 * nothing here knows what a socket is.
 *
 * What is believed is the signed checkpoint.  The index says where an entry lies; its bytes are
 * hashed, and the Merkle proof from there must end at the checkpoint's root.  So an index, a tree
 * or a tile that lies is found when it is used, and a heartbeat's time is its record's.  What an
 * index leaves out cannot be seen so: it is made on this machine from entries that were all hashed,
 * and ls_registry_check makes it again.  A cache that came from elsewhere is not to be used.
 */
#ifndef LABSEAL_LIB_REGISTRY_REGISTRY_H
#define LABSEAL_LIB_REGISTRY_REGISTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/error.h"
#include "lib/cal/store.h"
#include "lib/cal/trust.h"
#include "lib/log/checkpoint.h"
#include "lib/log/note.h"
#include "lib/registry/index.h"

struct ls_registry;

/*
 * Open the registry's folder as its newest checkpoint has it.  Where cache/ is behind it is
 * brought up first, or, where it cannot be written, made in memory.
 * 0; -ENOENT: no folder, or no checkpoint in it; -EBADMSG, -ENOKEY, -EXDEV: its checkpoint is not
 * this key's (ls_checkpoint_open); -EUCLEAN ("registry.damaged"): its entries do not make the
 * checkpoint's root; -EUCLEAN ("registry.duplicate"): a record is in the log twice; -ENOMEM; an
 * errno of reading.
 */
int ls_registry_open(const char *path, const struct ls_note_key *key,
		     struct ls_registry **ret_registry, struct ls_error *err);
void ls_registry_free(struct ls_registry *registry); /* NULL is fine */

/*
 * Whether ls_registry_open would take cache/ as it is (*ret_behind 0), or make it first, and of how
 * many entries: some 30 seconds for each million.  Errors as there.
 */
int ls_registry_behind(const char *path, const struct ls_note_key *key, uint64_t *ret_behind,
		       struct ls_error *err);

/* Borrowed. */
const struct ls_checkpoint *ls_registry_checkpoint(const struct ls_registry *registry);
int ls_registry_fd(const struct ls_registry *registry);
struct ls_index *ls_registry_index(struct ls_registry *registry);

/* The root that the log had at this size.  -EINVAL: it has not been of that size. */
int ls_registry_root(struct ls_registry *registry, uint64_t size, struct ls_digest *ret_root,
		     struct ls_error *err);

/*
 * The bytes of an entry, proven to be in the log at its place: out is cleared first.  -EUCLEAN
 * ("registry.entry"): they are not what was logged.
 */
int ls_registry_read(struct ls_registry *registry, const struct ls_index_entry *entry,
		     struct ls_buffer *out, struct ls_error *err);

/*
 * Many reads follow (true), or are over (false): meanwhile the index is locked for reading, and
 * what lies beside an entry may be read with it, and is proven when it is asked for.
 */
void ls_registry_hold(struct ls_registry *registry, bool begins);

/* Everything anew: every bundle and tile against the checkpoint, and cache/ made from them again.
 * As ls_registry_open; *ret_size is how many entries there are. */
int ls_registry_check(const char *path, const struct ls_note_key *key, uint64_t *ret_size,
		      struct ls_error *err);

/*
 * The trace engine's store of a registry.  trust is borrowed and must have a registry; its
 * witnesses say how old the log is, or, where it names none, the log's heartbeats.  The newest of
 * these that is not later than `at` is the log's state; the last one of all stands for all that
 * came after it.  Errors of ls_registry_open.
 */
int ls_registry_store_open(const char *path, const struct ls_cal_trust *trust,
			   struct ls_cal_store **ret_store, struct ls_error *err);

/*
 * The same, for one of several threads with a store of this registry each: what of its index they
 * have in memory, they have together.  tables is borrowed for the store's life; NULL: alone.
 */
int ls_registry_store_open_shared(const char *path, const struct ls_cal_trust *trust,
				  struct ls_index_tables *tables, struct ls_cal_store **ret_store,
				  struct ls_error *err);

static inline void ls_registry_cleanup(struct ls_registry **registry)
{
	ls_registry_free(*registry);
}
#define _cleanup_registry_ __attribute__((cleanup(ls_registry_cleanup)))

#endif
