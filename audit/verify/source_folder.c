/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A share that is a folder, which may be hostile, broken, changing, or behind a
 * network that stalls.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/verify/source_internal.h"
#include "lib/base/files.h"

struct folder {
	struct ls_source base;
	int dirfd;
	bool owned;
};

static int dirfd_of(const struct ls_source *source)
{
	return ((const struct folder *)source)->dirfd;
}

/* Looked at before it is opened, since opening a device may already do something. */
static struct ls_read_result open_regular(int dirfd, const char *path, int *ret_fd,
					  struct stat *ret_stat)
{
	struct stat st;
	if (fstatat(dirfd, path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return ls_read_failed(errno);
	if (S_ISLNK(st.st_mode))
		return ls_read_is(LS_READ_SYMLINK);
	if (!S_ISREG(st.st_mode))
		return ls_read_is(LS_READ_SPECIAL);
	int fd = ls_open_beneath(dirfd, path, O_RDONLY | O_NOCTTY, 0);
	if (fd < 0)
		return ls_read_failed(-fd);
	if (fstat(fd, ret_stat) < 0 || !S_ISREG(ret_stat->st_mode) || ret_stat->st_size < 0) {
		close(fd);
		return ls_read_is(LS_READ_SPECIAL);
	}
	*ret_fd = fd;
	return ls_read_is(LS_READ_OK);
}

static struct ls_read_result folder_open(struct ls_source *source, struct ls_source_file *file)
{
	struct stat st = { 0 };
	struct ls_watched *call = ls_watch_enter(source->watch, file->path);
	struct ls_read_result result = open_regular(dirfd_of(source), file->path, &file->fd, &st);
	ls_watch_leave(call);
	if (result.status != LS_READ_OK)
		return result;
	file->size = (uint64_t)st.st_size;
	file->inode = st.st_ino;
	file->modified = st.st_mtim;
	file->changed = st.st_ctim;
	return result;
}

static struct ls_read_result folder_read(struct ls_source_file *file, void *bytes, size_t n,
					 size_t *ret_n)
{
	ssize_t got;
	do
		got = read(file->fd, bytes, n);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return ls_read_failed(errno);
	*ret_n = (size_t)got;
	return ls_read_is(LS_READ_OK);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static struct ls_read_result folder_close(struct ls_source_file *file)
{
	struct stat st;
	struct ls_read_result result = ls_read_is(LS_READ_OK);
	if (fstat(file->fd, &st) < 0)
		result = ls_read_failed(errno);
	else if ((uint64_t)st.st_size != file->size || st.st_ino != file->inode ||
		 !same_time(&st.st_mtim, &file->modified) ||
		 !same_time(&st.st_ctim, &file->changed))
		result.status = LS_READ_CHANGED;
	close(file->fd);
	return result;
}

static unsigned type_of(int dirfd, const struct dirent *entry)
{
	if (entry->d_type != DT_UNKNOWN)
		return DTTOIF(entry->d_type);
	struct stat st; /* some network file systems do not tell */
	return fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ? 0
									   : st.st_mode & S_IFMT;
}

static DIR *open_folder(struct ls_source *source, const char *path, int *ret_errno)
{
	struct ls_watched *call = ls_watch_enter(source->watch, path);
	int fd = ls_open_beneath(dirfd_of(source), path, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	*ret_errno = fd < 0 ? -fd : errno;
	ls_watch_leave(call);
	if (!dir && fd >= 0)
		close(fd);
	return dir;
}

/* NULL at the end, with *ret_errno 0, or when the system said no. */
static struct dirent *next_name(struct ls_source *source, const char *path, DIR *dir,
				int *ret_errno)
{
	struct ls_watched *call = ls_watch_enter(source->watch, path);
	errno = 0;
	struct dirent *entry = readdir(dir);
	*ret_errno = errno;
	ls_watch_leave(call);
	return entry;
}

static int folder_each(struct ls_source *source, const char *path, ls_each_name_fn each,
		       void *context)
{
	int errnum, rc = 0;
	DIR *dir = open_folder(source, path, &errnum);
	if (!dir)
		return -errnum;
	while (rc == 0) {
		struct dirent *entry = next_name(source, path, dir, &errnum);
		if (!entry) {
			rc = -errnum;
			break;
		}
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = each(context, entry->d_name, type_of(dirfd(dir), entry));
	}
	closedir(dir);
	return rc;
}

static int folder_type(struct ls_source *source, const char *path, mode_t *ret_type)
{
	struct stat st;
	if (fstatat(dirfd_of(source), path, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOTDIR ? -ENOENT : -errno;
	*ret_type = st.st_mode & S_IFMT;
	return 0;
}

static void folder_free(struct ls_source *source)
{
	struct folder *f = (struct folder *)source;
	if (f->owned)
		close(f->dirfd);
	free(f);
}

static const struct ls_source_kind kind = { folder_open, folder_read, folder_close, folder_each,
					    folder_type, folder_free, true };

static int new_folder(int dirfd, bool owned, struct ls_watch *watch, struct ls_source **ret)
{
	struct folder *f = calloc(1, sizeof(*f));
	if (!f)
		return -ENOMEM;
	*f = (struct folder){ { &kind, watch }, dirfd, owned };
	*ret = &f->base;
	return 0;
}

int ls_source_folder(int dirfd, struct ls_watch *watch, struct ls_source **ret)
{
	return new_folder(dirfd, false, watch, ret);
}

int ls_source_own_folder(int dirfd, struct ls_watch *watch, struct ls_source **ret)
{
	int rc = new_folder(dirfd, true, watch, ret);
	if (rc < 0)
		close(dirfd);
	return rc;
}
