/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writing to a registry: many records at a time, and then one signed checkpoint that covers them
 * all, or, after a crash at any step, none.
 *
 *     append   into tiles that nobody looks at yet; the record's form, registry and id are checked
 *     commit   tiles durable, checkpoint signed and put in place, cache brought up
 *
 * Whether a record makes sense (who certified whom) is its caller's to check (audit/registry);
 * readers check all of it again.
 */
#ifndef LABSEAL_LIB_REGISTRY_WRITER_H
#define LABSEAL_LIB_REGISTRY_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/base/p256.h"
#include "lib/log/note.h"
#include "lib/registry/registry.h"

struct ls_registry_writer;

/* Who signs a registry's checkpoints: with its key, and with the Ed25519 key beside it where it has
 * one (else NULL). */
struct ls_registry_signers {
	const struct ls_signer *signer;
	const struct ls_ed25519_signer *ed25519;
};

/* -EINVAL ("registry.key", "registry.key.ed25519"): they are not those of this registry. */
int ls_registry_signers_check(const struct ls_registry_signers *signers,
			      const struct ls_note_key *key, struct ls_error *err);

/*
 * Make a new, empty registry in a folder that is not there yet or is empty.  key.name is its
 * origin; the signers make its first checkpoint.  -EEXIST ("registry.exists"); -EINVAL: as above;
 * an errno of writing.
 */
int ls_registry_create(const char *path, const struct ls_note_key *key,
		       const struct ls_registry_signers *signers, struct ls_error *err);

/*
 * Take a registry up for writing, alone: -EBUSY ("registry.busy").  Errors of ls_registry_open,
 * and -EUCLEAN.  What a crash left is overwritten.
 */
int ls_registry_writer_open(const char *path, const struct ls_note_key *key,
			    struct ls_registry_writer **ret_writer, struct ls_error *err);
/* What was not committed is gone.  NULL is fine. */
void ls_registry_writer_free(struct ls_registry_writer *writer);

/*
 * -EBADMSG: it is no record; -EXDEV ("registry.other"): one of another registry; -EEXIST
 * ("registry.duplicate"): the log has this id, or it was appended just now.  The writer goes on
 * after these; after others it is of no more use.  ret_id may be NULL.
 */
int ls_registry_writer_append(struct ls_registry_writer *writer, const void *bytes, size_t size,
			      struct ls_digest *ret_id, struct ls_error *err);

/*
 * An entry of another kind than a calibration record: a log of other things has these, and its
 * heartbeats.  -EINVAL: it is a record.  What it says, and that it is there once, is the caller's.
 */
int ls_registry_writer_append_other(struct ls_registry_writer *writer, const void *bytes,
				    size_t size, struct ls_error *err);
/* Nothing was appended: nothing is done.  0: it is durable and visible.  -EINVAL: as above. */
int ls_registry_writer_commit(struct ls_registry_writer *writer,
			      const struct ls_registry_signers *signers, struct ls_error *err);

/* Entries, with those that are not committed yet. */
uint64_t ls_registry_writer_size(const struct ls_registry_writer *writer);

/* The registry as it was committed last; borrowed, and another one after each commit. */
struct ls_registry *ls_registry_writer_reader(struct ls_registry_writer *writer);

/*
 * Give a registry that was begun without one an Ed25519 key beside its own: each checkpoint that
 * it keeps, and log/checkpoint, gets a line by it, then log.vkey names it, each as one step and in
 * this order.  After a failure or a crash at any step it is a registry without that key, or with
 * it, and the same call ends what was begun.  The caller holds the writer's lock; key is the
 * registry's.  0, or an errno of reading and writing.
 */
int ls_registry_add_ed25519(struct ls_registry *registry, const struct ls_note_key *key,
			    const struct ls_ed25519_signer *signer, struct ls_error *err);

static inline void ls_registry_writer_cleanup(struct ls_registry_writer **writer)
{
	ls_registry_writer_free(*writer);
}
#define _cleanup_registry_writer_ __attribute__((cleanup(ls_registry_writer_cleanup)))

#endif
