/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mirror of a registry, brought up to its source's newest checkpoint.
 *
 * Everything is copied, whatever is to be looked at later, so the source does not learn which
 * device is asked about.  A bundle of entries counts when it makes its place in the tree under the
 * signed checkpoint, whose tree is proven to continue the mirror's; so nothing of a source that
 * lies is kept, and what is kept of a copy that was broken off need not be fetched again.
 */
#ifndef LABSEAL_AUDIT_REGISTRY_SYNC_H
#define LABSEAL_AUDIT_REGISTRY_SYNC_H

#include <stdint.h>

#include "audit/registry/source.h"
#include "lib/base/error.h"
#include "lib/registry/folder.h"

#define LS_SYNC_BYTES_DEFAULT	(256ULL << 30)
#define LS_SYNC_TIMEOUT_DEFAULT 300	       /* seconds for one file */
#define LS_SYNC_MISBEHAVIOUR	"misbehaviour" /* in the mirror */

/*
 * Who writes records names as many documents as he likes, and need have none of them: so names, and
 * what a copy asks in vain, are bounded.  The log is copied whatever becomes of documents.
 */
#define LS_SYNC_NAMES_DEFAULT  (8u << 20)
#define LS_SYNC_LINKED_DEFAULT 100000
#define LS_SYNC_MISSES_DEFAULT 10000

struct ls_sync_options {
	uint64_t max_bytes;  /* fetched in all */
	uint64_t max_names;  /* documents that one copy goes through */
	uint64_t max_linked; /* of them those that certificates alone name */
	uint64_t max_misses; /* that it asks for in vain; the next copy goes on behind them */
};

struct ls_sync_result {
	uint64_t before, size;		 /* entries, in the mirror */
	uint64_t fetched;		 /* bytes */
	uint64_t documents;		 /* fetched now */
	uint64_t missing;		 /* documents that the source does not give (yet) */
	uint64_t unasked;		 /* beyond max_misses: left for the next copy */
	uint64_t left_out;		 /* beyond max_names or max_linked: nobody asks for them */
	char why[LS_ERROR_MESSAGE_SIZE]; /* of the first that is missing, which it names */
};

/*
 * mirror is made when it is not there.  0: it is as new as the source, or was (size == before).
 *   sync.behind        -ESTALE: the source is older than the mirror, and consistent with it
 *   sync.fork          -ECONNABORTED: the source's checkpoint and the mirror's cannot both be
 *                      true; LS_SYNC_MISBEHAVIOUR in the mirror proves it to anyone
 *   sync.damaged       -EBADMSG: what the source gives is not what its checkpoint covers
 *   sync.limit         -EFBIG: more than max_bytes
 * and those of ls_checkpoint_open, ls_sync_source_get, ls_registry_lock; an errno of writing.  The
 * mirror is in each case a whole one: as it was, or as new as the source.
 */
int ls_sync(struct ls_sync_source *source, const char *mirror,
	    const struct ls_registry_trusted *trusted, const struct ls_sync_options *options,
	    struct ls_sync_result *ret_result, struct ls_error *err);

#endif
