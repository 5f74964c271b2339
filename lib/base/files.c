/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/base/cleanup.h"

#define PATH_SIZE 4096

int ls_open_beneath(int dirfd, const char *path, int flags, mode_t mode)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC | O_NONBLOCK),
		.mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	long fd = syscall(SYS_openat2, dirfd, path, &how, sizeof(how));
	return fd < 0 ? -errno : (int)fd;
}

int ls_write_all(int fd, const void *bytes, size_t n)
{
	const uint8_t *b = bytes;
	while (n > 0) {
		ssize_t written = write(fd, b, n);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		b += written;
		n -= (size_t)written;
	}
	return 0;
}

int ls_write_failed(struct ls_error *err, int rc)
{
	if (rc != -EFBIG && rc != -EDQUOT)
		return rc;
	if (err)
		err->code = -ENOSPC;
	return -ENOSPC;
}

/* Read fd to its end; reading one byte past the maximum tells a longer file. */
int ls_read_all(int fd, struct ls_buffer *b)
{
	for (;;) {
		uint8_t chunk[16384];
		ssize_t n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		int rc = ls_buffer_add(b, chunk, (size_t)n);
		if (rc < 0)
			return rc;
	}
}

int ls_file_read(int dirfd, const char *path, struct ls_buffer *b, struct ls_error *err)
{
	ls_buffer_clear(b);
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ls_fail_errno(err, errno, "file.open", "cannot open '%s'", path);
	struct stat st;
	if (fstat(fd, &st) < 0)
		return ls_fail_errno(err, errno, "file.stat", "cannot examine '%s'", path);
	if (!S_ISREG(st.st_mode))
		return ls_fail(err, -EINVAL, "file.kind", "'%s' is not a regular file", path);
	int rc = ls_read_all(fd, b);
	if (rc == -EFBIG)
		return ls_fail(err, rc, "file.size", "'%s' is larger than the %zu bytes allowed",
			       path, b->max);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "file.read", "cannot read '%s'", path);
	return 0;
}

/* The folder part of path into a buffer; "." when there is none. */
static int parent_of(const char *path, char buffer[static PATH_SIZE])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;
	if (n >= PATH_SIZE)
		return -ENAMETOOLONG;
	if (!slash)
		memcpy(buffer, ".", 2);
	else if (n == 0)
		memcpy(buffer, "/", 2);
	else {
		memcpy(buffer, path, n);
		buffer[n] = '\0';
	}
	return 0;
}

int ls_sync_dir(int dirfd, const char *path, struct ls_error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd) < 0)
		return ls_fail_errno(err, errno, "file.sync", "cannot make folder '%s' durable",
				     path);
	return 0;
}

static int sync_parent(int dirfd, const char *path, struct ls_error *err)
{
	char parent[PATH_SIZE];
	if (parent_of(path, parent) < 0)
		return ls_fail(err, -ENAMETOOLONG, "file.name", "the name '%s' is too long", path);
	return ls_sync_dir(dirfd, parent, err);
}

static int cannot_create(struct ls_error *err, int code, const char *path)
{
	return ls_fail_errno(err, code, "file.create", "cannot create '%s'", path);
}

/* Create, write, fsync; on failure nothing is left.  meant: the name that errors speak of. */
static int write_durably(int dirfd, const char *path, const char *meant, const void *bytes,
			 size_t n, mode_t mode, struct ls_error *err)
{
	_cleanup_close_ int fd = openat(dirfd, path,
					O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (fd < 0)
		return cannot_create(err, errno, meant);
	int rc = ls_write_all(fd, bytes, n);
	if (rc == 0 && (fchmod(fd, mode) < 0 || fsync(fd) < 0))
		rc = -errno;
	if (rc == 0)
		return 0;
	unlinkat(dirfd, path, 0);
	ls_fail_errno(err, -rc, "file.write", "cannot write '%s'", meant);
	return ls_write_failed(err, rc);
}

int ls_file_take_name(int dirfd, const char *from, const char *to)
{
	struct stat st;
	if (renameat2(dirfd, from, dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	if (linkat(dirfd, from, dirfd, to, 0) == 0) {
		unlinkat(dirfd, from, 0); /* else it stays as a second name */
		return 0;
	}
	if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS)
		return -errno;
	if (fstatat(dirfd, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(dirfd, from, dirfd, to) < 0 ? -errno : 0;
}

/* A hidden name beside path, as no result has. */
static int temporary_beside(const char *path, char buffer[static PATH_SIZE], struct ls_error *err)
{
	uint64_t number;
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash - path) + 1 : 0;
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return ls_fail(err, -EIO, "file.create", "no random number for '%s'", path);
	int n = snprintf(buffer, PATH_SIZE, "%.*s" LS_FILE_TEMPORARY "%016llx", folder, path,
			 (unsigned long long)number);
	return n < PATH_SIZE ? 0
			     : ls_fail(err, -ENAMETOOLONG, "file.name", "the name '%s' is too long",
				       path);
}

/* Before anything is written: the name is free, and there is one to write under. */
static int begin_new(int dirfd, const char *path, char temporary[static PATH_SIZE],
		     struct ls_error *err)
{
	struct stat st;
	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return cannot_create(err, EEXIST, path);
	return temporary_beside(path, temporary, err);
}

/* What was written whole under the temporary name gets its own. */
static int end_new(int dirfd, const char *path, const char *temporary, struct ls_error *err)
{
	int rc = ls_file_take_name(dirfd, temporary, path);
	if (rc == 0)
		return sync_parent(dirfd, path, err);
	unlinkat(dirfd, temporary, 0);
	return cannot_create(err, -rc, path);
}

int ls_file_write_new(int dirfd, const char *path, const void *bytes, size_t n, mode_t mode,
		      struct ls_error *err)
{
	char temporary[PATH_SIZE];
	int rc = begin_new(dirfd, path, temporary, err);
	if (rc == 0)
		rc = write_durably(dirfd, temporary, path, bytes, n, mode, err);
	return rc < 0 ? rc : end_new(dirfd, path, temporary, err);
}

/* A device or a link given by mistake would be gone for everyone: /dev/stdout, say. */
static int refuse_odd(int dirfd, const char *path, struct ls_error *err)
{
	struct stat st;
	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(st.st_mode))
		return 0; /* why it cannot be looked at, making the new one says */
	return ls_fail(err, S_ISDIR(st.st_mode) ? -EISDIR : -EEXIST, "file.replace",
		       "'%s' is there and is no regular file; it is left as it is", path);
}

static int replacement_name(const char *path, char name[static PATH_SIZE], struct ls_error *err)
{
	int length = snprintf(name, PATH_SIZE, "%s.new", path);
	return length > 0 && length < PATH_SIZE ? 0
						: ls_fail(err, -ENAMETOOLONG, "file.name",
							  "the name '%s' is too long", path);
}

void ls_file_drop_unfinished(int dirfd, const char *path)
{
	char temporary[PATH_SIZE];
	if (replacement_name(path, temporary, NULL) == 0)
		unlinkat(dirfd, temporary, 0);
}

int ls_file_replace(int dirfd, const char *path, const void *bytes, size_t n, mode_t mode,
		    struct ls_error *err)
{
	int odd = refuse_odd(dirfd, path, err);
	if (odd < 0)
		return odd;
	char temporary[PATH_SIZE];
	int rc = replacement_name(path, temporary, err);
	if (rc < 0)
		return rc;
	unlinkat(dirfd, temporary, 0); /* one that a crash left; each file has one writer */
	rc = write_durably(dirfd, temporary, temporary, bytes, n, mode, err);
	if (rc < 0)
		return rc;
	if (renameat(dirfd, temporary, dirfd, path) < 0) {
		rc = ls_fail_errno(err, errno, "file.replace", "cannot replace '%s'", path);
		unlinkat(dirfd, temporary, 0);
		return rc;
	}
	return sync_parent(dirfd, path, err);
}

int ls_make_dirs(int dirfd, const char *path, mode_t mode, struct ls_error *err)
{
	char part[PATH_SIZE];
	size_t length = strlen(path);
	if (length >= sizeof(part))
		return ls_fail(err, -ENAMETOOLONG, "file.name", "the name '%s' is too long", path);
	for (size_t i = 1; i <= length; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdirat(dirfd, part, mode) == 0) {
			int rc = sync_parent(dirfd, part, err);
			if (rc < 0)
				return rc;
		} else if (errno != EEXIST) {
			return ls_fail_errno(err, errno, "file.mkdir", "cannot make folder '%s'",
					     part);
		}
	}
	struct stat st;
	if (fstatat(dirfd, path, &st, 0) < 0 || !S_ISDIR(st.st_mode))
		return ls_fail(err, -ENOTDIR, "file.mkdir", "'%s' is there and is not a folder",
			       path);
	return 0;
}

static int remove_entries(int fd, dev_t device);

static int remove_entry(int dirfd, const char *name, dev_t device)
{
	if (unlinkat(dirfd, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return -errno;
	_cleanup_close_ int fd = openat(dirfd, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_dev != device)
		return -EXDEV;
	int rc = remove_entries(fd, device);
	if (rc < 0)
		return rc;
	return unlinkat(dirfd, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static int remove_entries(int fd, dev_t device)
{
	int copy = dup(fd);
	DIR *dir = copy < 0 ? NULL : fdopendir(copy);
	if (!dir) {
		int rc = -errno;
		if (copy >= 0)
			close(copy);
		return rc;
	}
	int rc = 0;
	struct dirent *entry;
	while (rc == 0 && (entry = readdir(dir)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = remove_entry(fd, entry->d_name, device);
	closedir(dir);
	return rc;
}

int ls_remove_tree(int dirfd, const char *path, struct ls_error *err)
{
	struct stat st;
	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0
				       : ls_fail_errno(err, errno, "file.remove",
						       "cannot examine '%s'", path);
	int rc = remove_entry(dirfd, path, st.st_dev);
	return rc < 0 ? ls_fail_errno(err, -rc, "file.remove", "cannot remove '%s'", path) : 0;
}

static int copy_bytes(int from, int to)
{
	for (;;) {
		uint8_t chunk[65536];
		ssize_t n = read(from, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : 0;
		int rc = ls_write_all(to, chunk, (size_t)n);
		if (rc < 0)
			return rc;
	}
}

int ls_file_copy(int from_dirfd, const char *from, int to_dirfd, const char *to, mode_t mode,
		 struct ls_error *err)
{
	_cleanup_close_ int in = openat(from_dirfd, from, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	if (in < 0 || fstat(in, &st) < 0)
		return ls_fail_errno(err, errno, "file.open", "cannot open '%s'", from);
	if (!S_ISREG(st.st_mode))
		return ls_fail(err, -EINVAL, "file.kind", "'%s' is not a regular file", from);
	char temporary[PATH_SIZE];
	int rc = begin_new(to_dirfd, to, temporary, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int out = openat(
		to_dirfd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
	if (out < 0)
		return cannot_create(err, errno, to);
	rc = copy_bytes(in, out);
	if (rc == 0 && (fchmod(out, mode) < 0 || fsync(out) < 0))
		rc = -errno;
	if (rc < 0) {
		unlinkat(to_dirfd, temporary, 0);
		return ls_fail_errno(err, -rc, "file.copy", "cannot copy '%s' to '%s'", from, to);
	}
	return end_new(to_dirfd, to, temporary, err);
}
