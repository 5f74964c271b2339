/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/read.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

static struct ls_read_result result_of(enum ls_read_status status)
{
	return (struct ls_read_result){ status, 0 };
}

static struct ls_read_result result_of_errno(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR: return result_of(LS_READ_MISSING);
	case ELOOP: return result_of(LS_READ_SYMLINK);
	case ENXIO: /* a socket */ return result_of(LS_READ_SPECIAL);
	}
	return (struct ls_read_result){ LS_READ_UNABLE, errnum };
}

/* Looked at before it is opened, since opening a device may already do something. */
static struct ls_read_result open_regular(int dirfd, const char *path, int *ret_fd,
					  struct stat *ret_stat)
{
	struct stat st;
	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return result_of_errno(errno);
	if (S_ISLNK(st.st_mode))
		return result_of(LS_READ_SYMLINK);
	if (!S_ISREG(st.st_mode))
		return result_of(LS_READ_SPECIAL);
	int fd = ls_open_beneath(dirfd, path, O_RDONLY | O_NOCTTY, 0);
	if (fd < 0)
		return result_of_errno(-fd);
	if (fstat(fd, ret_stat) < 0 || !S_ISREG(ret_stat->st_mode) || ret_stat->st_size < 0) {
		close(fd);
		return result_of(LS_READ_SPECIAL);
	}
	*ret_fd = fd;
	return result_of(LS_READ_OK);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size && a->st_ino == b->st_ino &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec && a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

static struct ls_read_result settled(int fd, const struct stat *before)
{
	struct stat after;
	if (fstat(fd, &after) < 0)
		return result_of_errno(errno);
	return result_of(same_file(before, &after) ? LS_READ_OK : LS_READ_CHANGED);
}

static ssize_t read_some(int fd, void *bytes, size_t n)
{
	ssize_t got;
	do
		got = read(fd, bytes, n);
	while (got < 0 && errno == EINTR);
	return got < 0 ? -errno : got;
}

/* 0; 1: the file was shorter, or had more; a negative errno. */
static int read_exactly(int fd, struct ls_buffer *b, size_t n)
{
	while (b->size < n) {
		ssize_t got = read_some(fd, b->data + b->size, n - b->size);
		if (got <= 0)
			return got < 0 ? (int)got : 1;
		b->size += (size_t)got;
	}
	uint8_t extra;
	ssize_t got = read_some(fd, &extra, 1);
	return got < 0 ? (int)got : got > 0;
}

struct ls_read_result ls_share_read(int dirfd, const char *path, struct ls_buffer *b)
{
	ls_buffer_clear(b);
	_cleanup_close_ int fd = -1;
	struct stat before;
	struct ls_read_result result = open_regular(dirfd, path, &fd, &before);
	if (result.status != LS_READ_OK)
		return result;
	if ((uint64_t)before.st_size > b->max)
		return result_of(LS_READ_TOO_LARGE);
	if (!ls_buffer_reserve(b, (size_t)before.st_size))
		return (struct ls_read_result){ LS_READ_UNABLE, ENOMEM };
	int rc = read_exactly(fd, b, (size_t)before.st_size);
	b->data[b->size] = '\0';
	if (rc < 0)
		return result_of_errno(-rc);
	if (rc > 0)
		return result_of(LS_READ_CHANGED);
	return settled(fd, &before);
}

struct ls_read_result ls_share_hash(int dirfd, const char *path, struct ls_sha256 *h,
				    uint8_t *chunk, const uint64_t *expected,
				    struct ls_digest *ret_digest, uint64_t *ret_size)
{
	_cleanup_close_ int fd = -1;
	struct stat before;
	struct ls_read_result result = open_regular(dirfd, path, &fd, &before);
	if (result.status != LS_READ_OK)
		return result;
	if (expected && *expected != (uint64_t)before.st_size) {
		memset(ret_digest, 0, sizeof(*ret_digest));
		*ret_size = (uint64_t)before.st_size;
		return result_of(LS_READ_OK);
	}
	if (ls_sha256_init(h) < 0)
		return (struct ls_read_result){ LS_READ_UNABLE, ENOMEM };
	uint64_t size = 0;
	ssize_t n;
	while ((n = read_some(fd, chunk, LS_SHARE_CHUNK)) > 0) {
		ls_sha256_update(h, chunk, (size_t)n);
		size += (uint64_t)n;
	}
	if (n < 0)
		return result_of_errno((int)-n);
	ls_sha256_final(h, ret_digest);
	*ret_size = size;
	return settled(fd, &before);
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
