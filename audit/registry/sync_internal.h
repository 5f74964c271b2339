/* SPDX-License-Identifier: Apache-2.0 */
/* Between sync.c, sync_tiles.c and sync_documents.c. */
#ifndef LABSEAL_AUDIT_REGISTRY_SYNC_INTERNAL_H
#define LABSEAL_AUDIT_REGISTRY_SYNC_INTERNAL_H

#include <stdbool.h>

#include "audit/registry/sync.h"
#include "lib/cal/record.h"
#include "lib/log/merkle.h"
#include "lib/registry/folder.h"
#include "lib/registry/id_set.h"

/* A tile of the source that is known to be right. */
struct ls_sync_tile {
	bool known;
	struct ls_tile tile;
	uint8_t bytes[LS_TILE_SIZE_MAX];
};

struct ls_sync_job {
	struct ls_sync_source *source;
	const struct ls_sync_options *options;
	int fd;				/* of the mirror */
	struct ls_registry_note theirs; /* the checkpoint that is copied */
	struct ls_checkpoint own;	/* size 0: the mirror is new */
	struct ls_sync_result *result;
	struct ls_sync_tile edge[LS_TILE_LEVELS]; /* partial tiles, right under the root */
	struct ls_sync_tile full[LS_TILE_LEVELS]; /* the last full one of each level */
	struct ls_sha256 hash;
	struct ls_buffer wanted; /* digests of documents that are named, 32 bytes each, each once */
	struct ls_id_set known;	 /* the same */
	size_t linked;		 /* of them those that certificates alone name */
};

/* ls_sync_source_get, counted against the limit. */
int ls_sync_get(struct ls_sync_job *job, const char *path, struct ls_buffer *bytes,
		struct ls_error *err);

/* The checkpoint's root must be that of the source's tiles; its right edge is known then. */
int ls_sync_take_edge(struct ls_sync_job *job, struct ls_error *err);

/* Their tree continues the mirror's: as ls_sync. */
int ls_sync_check_history(struct ls_sync_job *job, struct ls_error *err);

/* Both of one size, with different roots: writes the proof, and returns sync.fork. */
int ls_sync_fork(struct ls_sync_job *job, const struct ls_digest *root,
		 const struct ls_digest *proof, unsigned count, struct ls_error *err);

/*
 * The bundle of this index, with the entries that it has in their log: from the mirror when it
 * was fetched before, else from the source.  sync.damaged: it is not what the tree has there.
 */
int ls_sync_bundle(struct ls_sync_job *job, uint64_t index, struct ls_buffer *bytes,
		   struct ls_bundle *ret_bundle, struct ls_error *err);

/* Remember the documents that an entry names; then get them. */
int ls_sync_want(struct ls_sync_job *job, const void *entry, size_t size, struct ls_error *err);
int ls_sync_documents(struct ls_sync_job *job, struct ls_error *err);

#endif
