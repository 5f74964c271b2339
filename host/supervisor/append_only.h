/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is published stays: the file system's own attributes on a finished seal's folder
 * (chattr(1)), where there are such.  Its files become immutable; the folder, and those above it
 * up to results/ or events/, append-only, so that new names come in and none goes or changes.
 * A full tile of the log becomes immutable.  Partial tiles, the checkpoint, evidence and what is
 * for people are left as they are: they are replaced, or their folders are.
 *
 * It takes CAP_LINUX_IMMUTABLE, which labseald has and the publisher has not: so whoever
 * took the publisher over cannot take it off again.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_APPEND_ONLY_H
#define LABSEAL_HOST_SUPERVISOR_APPEND_ONLY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/error.h"

/*
 * Of the seal in this folder ("results/2026/000042-plate7.eds"); nothing is followed out of the
 * share.  0; -ENOTSUP ("append-only.none"): the file system has no such attributes; -EPERM
 * ("append-only.right"): this process may not set them; or another errno.  What was set stays.
 */
int ls_append_only_seal(int share_fd, const char *folder, struct ls_error *err);

/* Of the tiles that the log's entry of this seal filled: none, but for each 256th.  The same. */
int ls_append_only_tiles(int share_fd, uint64_t seal, struct ls_error *err);

#endif
