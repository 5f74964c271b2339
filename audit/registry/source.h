/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a registry is copied from: a folder (a disk, a mounted share), or a web server's static
 * files.  Whatever a source gives is hostile until it is verified.
 */
#ifndef LABSEAL_AUDIT_REGISTRY_SOURCE_H
#define LABSEAL_AUDIT_REGISTRY_SOURCE_H

#include "lib/base/buffer.h"
#include "lib/base/error.h"

struct ls_sync_source;

/* place: "http://..." or "https://...", else a folder's path.  timeout_s: of one file. */
int ls_sync_source_open(const char *place, long timeout_s, struct ls_sync_source **ret_source,
			struct ls_error *err);
void ls_sync_source_free(struct ls_sync_source *source); /* NULL is fine */

/*
 * A file by its path in the registry's folder, of at most bytes->max; bytes is cleared first.
 * 0; -ENOENT; -EFBIG; -EIO: nobody answers, not in time, or otherwise than with the file; an errno
 * of reading.
 */
int ls_sync_source_get(struct ls_sync_source *source, const char *path, struct ls_buffer *bytes,
		       struct ls_error *err);

static inline void ls_sync_source_cleanup(struct ls_sync_source **source)
{
	ls_sync_source_free(*source);
}
#define _cleanup_sync_source_ __attribute__((cleanup(ls_sync_source_cleanup)))

#endif
