/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/verify/source_internal.h"

struct ls_read_result ls_read_failed(int errnum)
{
	switch (errnum) {
	case ENOENT:
	case ENOTDIR: return ls_read_is(LS_READ_MISSING);
	case ELOOP: return ls_read_is(LS_READ_SYMLINK);
	case ENXIO: /* a socket */ return ls_read_is(LS_READ_SPECIAL);
	}
	return (struct ls_read_result){ LS_READ_UNABLE, errnum };
}

/* O_NONBLOCK: a FIFO is not waited for. */
static int open_target(const char *path, struct ls_watch *watch, struct stat *ret_stat)
{
	struct ls_watched *call = ls_watch_enter(watch, path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	int rc = fd < 0 || fstat(fd, ret_stat) < 0 ? -errno : fd;
	ls_watch_leave(call);
	if (rc < 0 && fd >= 0)
		close(fd);
	return rc;
}

int ls_source_open(const char *path, struct ls_watch *watch, struct ls_report *report,
		   struct ls_source **ret, struct ls_error *err)
{
	struct stat st = { 0 };
	int fd = open_target(path, watch, &st);
	if (fd < 0)
		return ls_fail(err, fd, "source.unreadable", "it cannot be opened: %s",
			       strerror(-fd));
	if (S_ISREG(st.st_mode))
		return ls_source_zip(fd, path, watch, report, ret, err);
	if (S_ISDIR(st.st_mode)) {
		if (ls_source_own_folder(fd, watch, ret) == 0)
			return 0;
		return ls_fail(err, -ENOMEM, "source.memory", "out of memory");
	}
	close(fd);
	return ls_fail(err, -ENOTDIR, "source.kind", "it is neither a folder nor a zip archive");
}

void ls_source_free(struct ls_source *source)
{
	if (source)
		source->kind->free(source);
}

bool ls_source_has_identity(const struct ls_source *source)
{
	return source->kind->has_identity;
}

struct ls_read_result ls_source_file_open(struct ls_source *source, const char *path,
					  struct ls_source_file *ret)
{
	*ret = (struct ls_source_file){ .source = source, .fd = -1 };
	if (strlen(path) >= sizeof(ret->path))
		return ls_read_failed(ENAMETOOLONG);
	snprintf(ret->path, sizeof(ret->path), "%s", path);
	return source->kind->open(source, ret);
}

struct ls_read_result ls_source_file_read(struct ls_source_file *file, void *bytes, size_t n,
					  size_t *ret_n)
{
	struct ls_watched *call = ls_watch_enter(file->source->watch, file->path);
	struct ls_read_result result = file->source->kind->read(file, bytes, n, ret_n);
	ls_watch_leave(call);
	return result;
}

struct ls_read_result ls_source_file_close(struct ls_source_file *file)
{
	return file->source->kind->close(file);
}

int ls_each_name(struct ls_source *source, const char *path, ls_each_name_fn each, void *context)
{
	return source->kind->each(source, path, each, context);
}

int ls_source_type(struct ls_source *source, const char *path, mode_t *ret_type)
{
	struct ls_watched *call = ls_watch_enter(source->watch, path);
	int rc = source->kind->type(source, path, ret_type);
	ls_watch_leave(call);
	return rc;
}
