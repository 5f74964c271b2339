/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A zip archive that is written once, through libzip: the same contents and time make
 * the same bytes, on any machine.  Nothing is compressed (run files are zip archives
 * themselves, and what zlib makes differs from version to version), all entries are 0444.
 */
#ifndef LABSEAL_AUDIT_BUNDLE_ARCHIVE_H
#define LABSEAL_AUDIT_BUNDLE_ARCHIVE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/base/cleanup.h"
#include "lib/base/error.h"

struct ls_archive; /* opaque */

/*
 * path: a file that is there and may be replaced.  time: of all entries, seconds since 1970, UTC;
 * what a zip archive cannot say (before 1980, after 2107, odd seconds) becomes what is nearest.
 * -ENOMEM, or -EIO with libzip's reason.
 */
int ls_archive_create(const char *path, int64_t time, struct ls_archive **ret,
		      struct ls_error *err);

/* Entries come in the order of these calls.  The bytes are copied. */
int ls_archive_add_bytes(struct ls_archive *archive, const char *name, const void *bytes,
			 size_t size, struct ls_error *err);

/* The descriptor of a regular file is the archive's from here on, also on failure. */
int ls_archive_add_file(struct ls_archive *archive, const char *name, int fd, struct ls_error *err);

/* Write it all and make it durable; the archive is gone, whatever is returned.  bundle.write: why.
 */
int ls_archive_finish(struct ls_archive *archive, struct ls_error *err);

void ls_archive_discard(struct ls_archive *archive); /* NULL is fine */
LS_DEFINE_CLEANUP(struct ls_archive *, ls_archive_discard)

#endif
