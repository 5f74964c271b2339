/* SPDX-License-Identifier: Apache-2.0 */
/* Files, one by one: aside, then into place. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/export/export_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

int ls_export_fail_share(struct ls_export *x, int rc, const char *path, struct ls_error *err)
{
	if (rc == -ELOOP || rc == -EBADMSG || rc == -ENXIO || rc == -EXDEV)
		return ls_fail(err, -EBADMSG, "export.strange",
			       "'%s/%s' is not what labseal wrote; run 'labseal verify' on the "
			       "share",
			       x->share_name, path);
	return ls_fail_errno(err, -rc, "export.share", "cannot read '%s/%s'", x->share_name, path);
}

int ls_export_fail_dest(struct ls_export *x, int rc, const char *path, struct ls_error *err)
{
	return ls_fail_errno(err, -rc, "export.dest",
			     "cannot write '%s/%s'; run it again when that can be, and it goes on",
			     x->dest_name, path);
}

/* --- folders ------------------------------------------------------------------------ */

/* As it is on the share; a folder that is there stays as it is. */
static int make_folder(struct ls_export *x, int under, const char *path)
{
	struct stat st;
	if (mkdirat(under, path, 0755) < 0)
		return errno == EEXIST ? 0 : -errno;
	if (fstatat(x->share, path, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	if (fchmodat(under, path, (st.st_mode & 0777) | 0700, 0) < 0 ||
	    (x->is_root && fchownat(under, path, st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0))
		return -errno;
	return 0;
}

static int make_parents(struct ls_export *x, int under, const char *path)
{
	char part[LS_EXPORT_PATH_SIZE];
	int rc = 0;
	for (const char *slash = strchr(path, '/'); rc == 0 && slash;
	     slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		rc = make_folder(x, under, part);
	}
	return rc;
}

/* --- aside -------------------------------------------------------------------------- */

static ssize_t read_full(int fd, uint8_t *bytes, size_t n)
{
	size_t done = 0;
	while (done < n) {
		ssize_t got = read(fd, bytes + done, n - done);
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (ssize_t)done;
}

/* Whether what an earlier try left aside is the file: after a crash its size says nothing. */
static bool is_same(struct ls_export *x, int from, const char *path)
{
	_cleanup_close_ int to = ls_open_beneath(x->tree, path, O_RDONLY, 0);
	ssize_t n = 0;
	while (to >= 0 && (n = read_full(from, x->chunk, LS_EXPORT_CHUNK)) > 0)
		if (read_full(to, x->other, LS_EXPORT_CHUNK) != n ||
		    memcmp(x->chunk, x->other, (size_t)n) != 0)
			return false;
	return to >= 0 && n == 0 && read_full(to, x->other, 1) == 0;
}

static int finish(struct ls_export *x, int fd, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	if (fchmod(fd, st->st_mode & 0777) < 0 || futimens(fd, times) < 0 ||
	    (x->is_root && fchown(fd, st->st_uid, st->st_gid) < 0))
		return -errno;
	return 0;
}

/* What an earlier try left: its bytes are there, its mode and time perhaps not. */
static int finish_aside(struct ls_export *x, const struct stat *st, const char *path,
			struct ls_error *err)
{
	_cleanup_close_ int fd = ls_open_beneath(x->tree, path, O_RDONLY, 0);
	int rc = fd < 0 ? fd : finish(x, fd, st);
	x->counts.copied++;
	return rc < 0 ? ls_export_fail_dest(x, rc, path, err) : 0;
}

/* -errno of writing, or (in *ret_read) of reading. */
static int copy_bytes(struct ls_export *x, int from, int to, int *ret_read)
{
	ssize_t n;
	while ((n = read(from, x->chunk, LS_EXPORT_CHUNK)) > 0) {
		int rc = ls_write_all(to, x->chunk, (size_t)n);
		if (rc < 0)
			return rc;
		x->counts.bytes += (uint64_t)n;
	}
	*ret_read = n < 0 ? -errno : 0;
	return 0;
}

static int create_aside(struct ls_export *x, const char *path)
{
	int rc = make_parents(x, x->tree, path);
	if (rc < 0)
		return rc;
	if (unlinkat(x->tree, path, 0) < 0 && errno != ENOENT)
		return -errno;
	int fd = openat(x->tree, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

static int copy_aside(struct ls_export *x, int from, const struct stat *st, const char *path,
		      struct ls_error *err)
{
	int unread = 0;
	_cleanup_close_ int to = create_aside(x, path);
	int rc = to < 0 ? to : copy_bytes(x, from, to, &unread);
	if (rc == 0 && unread == 0)
		rc = finish(x, to, st);
	if (unread < 0)
		return ls_export_fail_share(x, unread, path, err);
	x->counts.copied++;
	return rc < 0 ? ls_export_fail_dest(x, rc, path, err) : 0;
}

static bool is_at_dest(struct ls_export *x, const char *path, const struct stat *st,
		       bool may_change)
{
	struct stat there;
	return fstatat(x->dest, path, &there, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(there.st_mode) &&
	       there.st_size == st->st_size &&
	       (!may_change || (there.st_mtim.tv_sec == st->st_mtim.tv_sec &&
				there.st_mtim.tv_nsec == st->st_mtim.tv_nsec));
}

int ls_export_copy_file(struct ls_export *x, const char *path, bool may_change,
			struct ls_error *err)
{
	struct stat st;
	_cleanup_close_ int from = ls_open_beneath(x->share, path, O_RDONLY, 0);
	if (from == -ENOENT)
		return from;
	if (from < 0 || fstat(from, &st) < 0)
		return ls_export_fail_share(x, from < 0 ? from : -errno, path, err);
	if (!S_ISREG(st.st_mode))
		return ls_export_fail_share(x, -EBADMSG, path, err);
	if (is_at_dest(x, path, &st, may_change)) {
		x->counts.kept++;
		return 0;
	}
	if (is_same(x, from, path))
		return finish_aside(x, &st, path, err);
	if (lseek(from, 0, SEEK_SET) < 0)
		return ls_export_fail_share(x, -errno, path, err);
	return copy_aside(x, from, &st, path, err);
}

int ls_export_write_file(struct ls_export *x, const char *path, const struct ls_buffer *bytes,
			 struct ls_error *err)
{
	_cleanup_close_ int to = create_aside(x, path);
	int rc = to < 0 ? to : ls_write_all(to, bytes->data, bytes->size);
	if (rc == 0 && fchmod(to, 0444) < 0)
		rc = -errno;
	x->counts.copied++;
	x->counts.bytes += bytes->size;
	return rc < 0 ? ls_export_fail_dest(x, rc, path, err) : 0;
}

/* --- into place --------------------------------------------------------------------- */

static int move_one(struct ls_export *x, const char *path, unsigned type, struct ls_error *err);

static int move_folder(struct ls_export *x, const char *path, struct ls_error *err)
{
	_cleanup_close_ int fd = openat(x->tree, path[0] ? path : ".",
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir)
		return ls_export_fail_dest(x, -errno, path, err);
	(void)ls_steal_fd(&fd); /* the DIR's now */
	int rc = 0;
	const struct dirent *e;
	while (rc == 0 && (e = readdir(dir))) {
		char child[LS_EXPORT_PATH_SIZE];
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		int n = snprintf(child, sizeof(child), "%s%s%s", path, path[0] ? "/" : "",
				 e->d_name);
		rc = n < 0 || (size_t)n >= sizeof(child)
			     ? ls_export_fail_dest(x, -ENAMETOOLONG, path, err)
			     : move_one(x, child, e->d_type, err);
	}
	closedir(dir);
	return rc;
}

static int move_one(struct ls_export *x, const char *path, unsigned type, struct ls_error *err)
{
	struct stat st;
	if (type == DT_UNKNOWN && fstatat(x->tree, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		type = IFTODT(st.st_mode);
	if (type == DT_DIR) {
		int rc = make_folder(x, x->dest, path);
		return rc < 0 ? ls_export_fail_dest(x, rc, path, err) : move_folder(x, path, err);
	}
	return renameat(x->tree, path, x->dest, path) < 0
		       ? ls_export_fail_dest(x, -errno, path, err)
		       : 0;
}

int ls_export_move(struct ls_export *x, struct ls_error *err)
{
	return move_folder(x, "", err);
}
