/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of audit/export only. */
#ifndef LABSEAL_AUDIT_EXPORT_EXPORT_INTERNAL_H
#define LABSEAL_AUDIT_EXPORT_EXPORT_INTERNAL_H

#include <stdbool.h>
#include <sys/stat.h>

#include "audit/export/export.h"
#include "lib/base/buffer.h"
#include "lib/log/checkpoint.h"
#include "lib/log/tiles.h"

#define LS_EXPORT_STAGING    ".staging/export"
#define LS_EXPORT_TREE	     LS_EXPORT_STAGING "/tree"	     /* what is to be moved into place */
#define LS_EXPORT_SNAPSHOT   LS_EXPORT_STAGING "/checkpoint" /* of which log this is a copy */
#define LS_EXPORT_CHECKPOINT "log/checkpoint"
#define LS_EXPORT_PATH_SIZE  1024
#define LS_EXPORT_CHUNK	     (256 * 1024)

struct ls_export {
	int share, dest, tree; /* folders */
	const char *share_name, *dest_name;
	struct ls_buffer note; /* the checkpoint, verbatim */
	struct stat note_st;   /* its mode and time */
	struct ls_checkpoint checkpoint;
	uint8_t *chunk, *other; /* LS_EXPORT_CHUNK bytes each */
	bool is_root;		/* owners are kept */
	struct ls_export_counts counts;
};

/* --- snapshot.c --- */

/* Read the share's checkpoint, and hold it against the trust file and the share's tiles. */
int ls_export_take_snapshot(struct ls_export *x, const struct ls_trust *trust,
			    struct ls_error *err);

/* Whether dest is empty, or holds a copy of this log that the snapshot continues.  -EEXIST. */
int ls_export_check_dest(struct ls_export *x, struct ls_error *err);

/* A tile as it was at the snapshot: its own file, or the beginning of a wider one. */
int ls_export_read_tile(struct ls_export *x, const struct ls_tile *tile, struct ls_buffer *bytes,
			struct ls_error *err);

/* --- copy.c --- */

/*
 * Copy a file aside unless dest has it: with the same size, and, where it may change, the same
 * time.  -ENOENT: it is not there.
 */
int ls_export_copy_file(struct ls_export *x, const char *path, bool may_change,
			struct ls_error *err);

/* The same for bytes that are no file of the share. */
int ls_export_write_file(struct ls_export *x, const char *path, const struct ls_buffer *bytes,
			 struct ls_error *err);

/* Move all that was copied aside into place. */
int ls_export_move(struct ls_export *x, struct ls_error *err);

int ls_export_fail_share(struct ls_export *x, int rc, const char *path, struct ls_error *err);
int ls_export_fail_dest(struct ls_export *x, int rc, const char *path, struct ls_error *err);

#endif
