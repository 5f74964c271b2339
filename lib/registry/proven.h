/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which hashes of a log's tree are known to lie under its signed root.  An entry is proven from
 * its bytes up to the first hash that is known; what is beside the way is then known too, for a
 * hash vouches for both that it was made of.  So entries that lie near each other share most of
 * their proofs.
 *
 * Hashes alone are remembered, and none before it led to the root: an entry is hashed each time it
 * is read, and where its bytes, or what the source says of the tree, were changed meanwhile, no
 * hash that is known comes of them.
 */
#ifndef LABSEAL_LIB_REGISTRY_PROVEN_H
#define LABSEAL_LIB_REGISTRY_PROVEN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "lib/log/merkle.h"

struct ls_proven;

/*
 * Of the log of this size and root.  source is asked for what is not known; nothing that it says is
 * believed.  NULL: out of memory.
 */
struct ls_proven *ls_proven_new(const struct ls_merkle_source *source, uint64_t size,
				const struct ls_digest *root);
void ls_proven_free(struct ls_proven *proven); /* NULL is fine */

/*
 * Whether the log has these bytes as the entry at this place.  0; -EBADMSG: they do not lead to
 * the root, or the source's hashes beside them do not; -EINVAL: the log is not so long; -ENOMEM;
 * the source's errors.
 */
int ls_proven_entry(struct ls_proven *proven, uint64_t place, const void *bytes, size_t n,
		    struct ls_error *err);

/* How many of the source's hashes were asked for: what was known was not. */
uint64_t ls_proven_asked(const struct ls_proven *proven);

static inline void ls_proven_cleanup(struct ls_proven **proven)
{
	ls_proven_free(*proven);
}
#define _cleanup_proven_ __attribute__((cleanup(ls_proven_cleanup)))

#endif
