/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ZIP archive from outside, read through libzip with limits.
 *
 * Nothing is ever written to a file: an entry's name is data, to be compared,
 * never a path.  Each entry is read whole, into a buffer of the caller's maximum,
 * and its CRC-32 is checked; what an archive gives in total is limited, too, so
 * that a small archive that unfolds to much ("zip bomb", overlapping entries)
 * costs a bounded amount of time and memory.  Stored and deflated entries only.
 */
#ifndef LABSEAL_AUDIT_ZIP_ZIP_H
#define LABSEAL_AUDIT_ZIP_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/error.h"

struct ls_zip_limits {
	size_t entries; /* an archive of more is refused */
	uint64_t total; /* bytes that all reads together may give */
};

struct ls_zip; /* opaque */

#define LS_ZIP_NONE SIZE_MAX

/*
 * Open an archive in memory; the bytes are borrowed and must outlive it.  On failure *ret is
 * untouched: -EBADMSG zip.malformed (cut short, no central directory, inconsistent) or zip.end
 * (other programs may read another directory: audit/zip/zip_end.h), -EFBIG zip.entries,
 * -ENOMEM zip.memory.
 */
int ls_zip_open(const void *data, size_t size, const struct ls_zip_limits *limits,
		struct ls_zip **ret, struct ls_error *err);

void ls_zip_close(struct ls_zip *zip); /* NULL is fine */
LS_DEFINE_CLEANUP(struct ls_zip *, ls_zip_close)

size_t ls_zip_count(const struct ls_zip *zip);

/*
 * The name of an entry, the bytes that are stored: any encoding, maybe with backslashes, "..", a
 * leading slash, a drive letter; never a NUL.  Valid until the archive is closed.  NULL: the
 * archive has no name for it.
 */
const char *ls_zip_name(const struct ls_zip *zip, size_t index);

/* Bytes of the entry unfolded, as the archive claims; 0 when it claims nothing. */
uint64_t ls_zip_size(const struct ls_zip *zip, size_t index);

/*
 * The first entry whose name is this one when '\\' is taken for '/' and ASCII case is left out:
 * run files of the 7500 name their calibrations "APLDBIO\SDS\CALIBRATIONS/background.ini".
 * LS_ZIP_NONE when there is none.
 */
size_t ls_zip_find(const struct ls_zip *zip, const char *name);

/*
 * Unfold an entry into out (cleared first), at most out->max bytes.  -EFBIG zip.entry.size or
 * zip.total, -EBADMSG zip.entry (damaged, or its CRC is wrong), -EACCES zip.encrypted,
 * -ENOTSUP zip.method, -ENOMEM zip.memory.  On failure out is empty.
 */
int ls_zip_read(struct ls_zip *zip, size_t index, struct ls_buffer *out, struct ls_error *err);

/*
 * Append to out an archive of one deflated entry, dated 1980-01-01 so that the same bytes make
 * the same archive.  name is plain ASCII.  0, -EFBIG, or -ENOMEM zip.memory.
 */
int ls_zip_write_one(const char *name, const void *data, size_t size, struct ls_buffer *out,
		     struct ls_error *err);

#endif
