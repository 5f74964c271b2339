/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a zip archive (APPNOTE.TXT 6.3, 4.3.14 to 4.3.16), which says where its directory is.
 *
 * Programs look for it in different ways, from the end or from before it, in the zip64 record or in
 * the older one, by the offset or by the size: an archive can be made of which each reads another
 * directory, and so other files.  One whose end is plain has one directory for all of them.
 */
#ifndef LABSEAL_AUDIT_ZIP_ZIP_END_H
#define LABSEAL_AUDIT_ZIP_ZIP_END_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LS_ZIP_END_MAX \
	(56 + 20 + 22 + 65535) /* bytes: zip64 record, its locator, record, comment */

/*
 * Whether the directory lies right before the records that end the archive, these say the same of
 * it, and no other record follows.  tail: the last n bytes of so many, LS_ZIP_END_MAX or all;
 * comment: the size of the comment behind the record that was read.
 */
bool ls_zip_end_is_plain(const uint8_t *tail, size_t n, uint64_t size, size_t comment);

#endif
