/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "lib/base/files.h"

#define HEADER_SIZE (sizeof(LS_RESUME_HEADER) - 1)

struct ls_resume {
	int fd;
	uint8_t *marks; /* owned, sorted */
	size_t count;
	const char *path; /* borrowed */
	struct ls_report *report;
	atomic_bool failed; /* it could not be written to, which was said */
};

/* A digest over all that must be the same; so much of it is enough to tell files apart. */
static void mark_of(const struct ls_source_file *file, const struct ls_digest *sealed,
		    uint8_t mark[static LS_RESUME_MARK_SIZE])
{
	const uint64_t numbers[] = { file->size,
				     file->inode,
				     (uint64_t)file->modified.tv_sec,
				     (uint64_t)file->modified.tv_nsec,
				     (uint64_t)file->changed.tv_sec,
				     (uint64_t)file->changed.tv_nsec };
	struct ls_digest digest;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_WATCH_PATH_SIZE + LS_DIGEST_SIZE + sizeof(numbers) + 1);
	ls_buffer_add(&bytes, sealed->bytes, LS_DIGEST_SIZE);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		ls_buffer_add_be64(&bytes, numbers[i]);
	ls_buffer_add_str(&bytes, file->path);
	ls_sha256_buffer(bytes.data, bytes.size, &digest);
	memcpy(mark, digest.bytes, LS_RESUME_MARK_SIZE);
}

static int by_bytes(const void *left, const void *right)
{
	return memcmp(left, right, LS_RESUME_MARK_SIZE);
}

/* Why the open file cannot be used, or NULL.  What an interruption left of a mark goes. */
static const char *load(struct ls_resume *r)
{
	uint8_t header[HEADER_SIZE];
	off_t size = lseek(r->fd, 0, SEEK_END);
	if (size == 0 && ls_write_all(r->fd, LS_RESUME_HEADER, HEADER_SIZE) < 0)
		return "it cannot be written to";
	if (size <= 0)
		return size < 0 ? "it cannot be read" : NULL;
	if (pread(r->fd, header, HEADER_SIZE, 0) != (ssize_t)HEADER_SIZE ||
	    memcmp(header, LS_RESUME_HEADER, HEADER_SIZE) != 0)
		return "it is no file that --resume made";
	size_t all = (size_t)size - HEADER_SIZE, bytes = all - all % LS_RESUME_MARK_SIZE;
	if (bytes > (size_t)LS_RESUME_MARKS_MAX * LS_RESUME_MARK_SIZE)
		return "it is larger than such a file can be: begin a new one";
	if (bytes < all && ftruncate(r->fd, (off_t)(HEADER_SIZE + bytes)) < 0)
		return "it cannot be written to";
	r->marks = malloc(bytes + 1);
	if (!r->marks || pread(r->fd, r->marks, bytes, HEADER_SIZE) != (ssize_t)bytes)
		return "it cannot be read";
	r->count = bytes / LS_RESUME_MARK_SIZE;
	qsort(r->marks, r->count, LS_RESUME_MARK_SIZE, by_bytes);
	return NULL;
}

/* Two audits that write to one file would not harm it, but neither would see the other's. */
static const char *open_and_lock(struct ls_resume *r)
{
	struct stat st;
	r->fd = open(r->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
		     0644);
	if (r->fd < 0)
		return strerror(errno);
	if (fstat(r->fd, &st) < 0 || !S_ISREG(st.st_mode))
		return "it is not a regular file";
	if (flock(r->fd, LOCK_EX | LOCK_NB) < 0)
		return "another audit uses it";
	return load(r);
}

struct ls_resume *ls_resume_open(const char *path, struct ls_report *report)
{
	struct ls_resume *r = calloc(1, sizeof(*r));
	const char *why = "out of memory";
	if (r) {
		r->path = path;
		r->report = report;
		why = open_and_lock(r);
	}
	if (!why)
		return r;
	ls_report_unable(report, LS_CHECK_PAYLOAD, "resume.unusable", 0, path,
			 "what was hashed before cannot be taken over, and what is hashed now is "
			 "not kept: %s",
			 why);
	ls_resume_close(r);
	return NULL;
}

void ls_resume_close(struct ls_resume *r)
{
	if (!r)
		return;
	if (r->fd >= 0)
		close(r->fd);
	free(r->marks);
	free(r);
}

bool ls_resume_has(const struct ls_resume *r, const struct ls_source_file *file,
		   const struct ls_digest *sealed)
{
	uint8_t mark[LS_RESUME_MARK_SIZE];
	if (!r || r->count == 0)
		return false;
	mark_of(file, sealed, mark);
	return bsearch(mark, r->marks, r->count, LS_RESUME_MARK_SIZE, by_bytes) != NULL;
}

void ls_resume_add(struct ls_resume *r, const struct ls_source_file *file,
		   const struct ls_digest *sealed)
{
	uint8_t mark[LS_RESUME_MARK_SIZE];
	if (!r || atomic_load(&r->failed))
		return;
	mark_of(file, sealed, mark);
	if (ls_write_all(r->fd, mark, sizeof(mark)) < 0 && !atomic_exchange(&r->failed, true))
		ls_report_warn(r->report, "resume.unwritable", 0, r->path,
			       "what is hashed from here on is not kept: it cannot be written to");
}
