/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define READS_MAX 3 /* of a file that changes while it is read */

/* What it means that a file has another size than it said. */
static enum ls_read_status other_size(const struct ls_source_file *file)
{
	return ls_source_has_identity(file->source) ? LS_READ_CHANGED : LS_READ_DAMAGED;
}

/* Into a buffer that has room for as much as the file says it has. */
static struct ls_read_result read_whole(struct ls_source_file *file, struct ls_buffer *b)
{
	uint8_t extra;
	size_t n = 1;
	while (b->size < file->size && n > 0) {
		struct ls_read_result result = ls_source_file_read(
			file, b->data + b->size, (size_t)file->size - b->size, &n);
		if (result.status != LS_READ_OK)
			return result;
		ls_buffer_commit(b, n);
	}
	struct ls_read_result result = ls_source_file_read(file, &extra, 1, &n);
	if (result.status == LS_READ_OK && (n > 0 || b->size < file->size))
		result.status = other_size(file);
	return result;
}

static struct ls_read_result read_once(struct ls_source *source, const char *path,
				       struct ls_buffer *b)
{
	struct ls_source_file file;
	ls_buffer_clear(b);
	struct ls_read_result result = ls_source_file_open(source, path, &file);
	if (result.status != LS_READ_OK)
		return result;
	if (file.size > b->max)
		result.status = LS_READ_TOO_LARGE;
	else if (!ls_buffer_reserve(b, (size_t)file.size))
		result = (struct ls_read_result){ LS_READ_UNABLE, ENOMEM };
	else
		result = read_whole(&file, b);
	struct ls_read_result closed = ls_source_file_close(&file);
	return result.status != LS_READ_OK ? result : closed;
}

/* A partial tile goes, and the checkpoint is replaced, under whoever reads it: then that is seen.
 */
struct ls_read_result ls_share_read(struct ls_source *source, const char *path, struct ls_buffer *b)
{
	struct ls_read_result result = read_once(source, path, b);
	for (int i = 1; i < READS_MAX && result.status == LS_READ_CHANGED; i++)
		result = read_once(source, path, b);
	return result;
}

static struct ls_read_result hash_whole(struct ls_source_file *file, struct ls_sha256 *h,
					uint8_t *chunk, uint64_t *ret_size)
{
	size_t n = 1;
	struct ls_read_result result = { LS_READ_OK, 0 };
	if (ls_sha256_init(h) < 0)
		return (struct ls_read_result){ LS_READ_UNABLE, ENOMEM };
	for (*ret_size = 0; n > 0 && *ret_size <= file->size; *ret_size += n) {
		result = ls_source_file_read(file, chunk, LS_SHARE_CHUNK, &n);
		if (result.status != LS_READ_OK)
			return result;
		ls_sha256_update(h, chunk, n);
	}
	if (*ret_size != file->size)
		result.status = other_size(file);
	return result;
}

struct ls_read_result ls_share_hash(struct ls_source_file *file, struct ls_sha256 *h,
				    uint8_t *chunk, const uint64_t *expected,
				    struct ls_digest *ret_digest, uint64_t *ret_size)
{
	struct ls_read_result result = { LS_READ_OK, 0 };
	*ret_size = file->size;
	*ret_digest = (struct ls_digest){ { 0 } };
	if (!expected && file->size > LS_SHARE_UNSIZED_MAX)
		result.status = LS_READ_TOO_LARGE;
	else if (!expected || *expected == file->size)
		result = hash_whole(file, h, chunk, ret_size);
	struct ls_read_result closed = ls_source_file_close(file);
	if (result.status == LS_READ_OK && closed.status == LS_READ_OK &&
	    (!expected || *expected == *ret_size))
		ls_sha256_final(h, ret_digest);
	return result.status != LS_READ_OK ? result : closed;
}

void ls_read_report(struct ls_report *r, enum ls_check check, const char *prefix, uint64_t seal,
		    const char *file, const struct ls_read_result *result)
{
	static const struct {
		const char *suffix, *message;
		bool failed;
	} table[] = {
		[LS_READ_MISSING] = { "missing", "it is not there: it was removed", true },
		[LS_READ_SYMLINK] = { "symlink", "a symbolic link stands in its place", true },
		[LS_READ_SPECIAL] = { "special", "it is not a regular file", true },
		[LS_READ_TOO_LARGE] = { "too-large", "it is larger than such a file can be", true },
		[LS_READ_CHANGED] = { "changed", "it changed while it was read; verify again",
				      false },
		[LS_READ_ENCRYPTED] = { "encrypted",
					"it is encrypted in the archive: ask for one without a "
					"password",
					false },
		[LS_READ_DAMAGED] = { "damaged",
				      "the archive is damaged there: it does not unpack, or not "
				      "to its CRC-32; copy it again",
				      false },
	};
	char id[LS_FINDING_ID_SIZE];
	if (result->status == LS_READ_OK)
		return;
	if (result->status == LS_READ_UNABLE) {
		snprintf(id, sizeof(id), "%s.unreadable", prefix);
		ls_report_unable(r, check, id, seal, file, "it cannot be read: %s",
				 strerror(result->errnum));
		return;
	}
	snprintf(id, sizeof(id), "%s.%s", prefix, table[result->status].suffix);
	if (table[result->status].failed)
		ls_report_fail(r, check, id, seal, file, "%s", table[result->status].message);
	else
		ls_report_unable(r, check, id, seal, file, "%s", table[result->status].message);
}

const char *ls_kind_of_file(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFLNK: return "a symbolic link";
	case S_IFDIR: return "a folder";
	case S_IFIFO: return "a FIFO";
	case S_IFSOCK: return "a socket";
	case S_IFCHR:
	case S_IFBLK: return "a device";
	}
	return "a file";
}
