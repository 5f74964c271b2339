/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/export/export.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "audit/export/export_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/seal/manifest.h"

#define DEPTH_MAX 8 /* folders below each other; the share has five */

/* --- which files the snapshot covers -------------------------------------------------- */

static bool begins(const char *path, const char *with)
{
	return strncmp(path, with, strlen(with)) == 0;
}

/* Written for people, and rewritten; no seal covers them, and one that went meanwhile is none. */
static bool may_change(const char *path)
{
	const char *name = strrchr(path, '/');
	return !begins(path, "log/") &&
	       (!strstr(path, "/") || begins(path, "index/") || begins(path, "trust/") ||
		strcmp(name, "/report.html") == 0);
}

/* Of a later seal than the snapshot's last, or of a later checkpoint. */
static bool is_later(const struct ls_export *x, const char *path)
{
	const char *name = strrchr(path, '/'), *label;
	uint64_t number;
	name = name ? name + 1 : path;
	if (begins(path, "results/") || begins(path, "events/"))
		return ls_seal_folder_parse(name, strlen(name), &number, &label) == 0 &&
		       number > x->checkpoint.size;
	return begins(path, "log/") && ls_parse_u64(name, strlen(name), &number) == 0 &&
	       number > x->checkpoint.size;
}

static bool is_left_out(const struct ls_export *x, const char *path, unsigned type)
{
	static const char *const top[] = { "results", "events", "log",
					   "index",   "trust",	LS_SEQUENCES_FOLDER };
	if (strcmp(path, "log/checkpoint") == 0 || strcmp(path, "log/tile") == 0)
		return true; /* the one is written last, the others as they were at its size */
	if (strchr(path, '/'))
		return is_later(x, path);
	for (size_t i = 0; i < sizeof(top) / sizeof(top[0]); i++)
		if (type == DT_DIR && strcmp(path, top[i]) == 0)
			return false;
	return !(type == DT_REG &&
		 (strcmp(path, "README.txt") == 0 || strcmp(path, "index.html") == 0));
}

static int copy_folder(struct ls_export *x, const char *path, int depth, struct ls_error *err);

static int copy_one(struct ls_export *x, const char *path, unsigned type, int depth,
		    struct ls_error *err)
{
	struct stat st;
	if (type == DT_UNKNOWN && fstatat(x->share, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
		type = IFTODT(st.st_mode);
	if (is_left_out(x, path, type))
		return 0;
	if (type == DT_DIR)
		return depth == DEPTH_MAX ? ls_export_fail_share(x, -EBADMSG, path, err)
					  : copy_folder(x, path, depth + 1, err);
	if (type != DT_REG)
		return ls_export_fail_share(x, -EBADMSG, path, err);
	int rc = ls_export_copy_file(x, path, may_change(path), err);
	if (rc == -ENOENT)
		rc = may_change(path) ? 0 : ls_export_fail_share(x, rc, path, err);
	return rc;
}

static int copy_folder(struct ls_export *x, const char *path, int depth, struct ls_error *err)
{
	int fd = ls_open_beneath(x->share, path[0] ? path : ".", O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int rc = fd < 0 ? fd : -errno;
		if (fd >= 0)
			close(fd);
		return ls_export_fail_share(x, rc, path, err);
	}
	int rc = 0;
	const struct dirent *e;
	while (rc == 0 && (errno = 0, e = readdir(dir))) {
		char child[LS_EXPORT_PATH_SIZE];
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		int n = snprintf(child, sizeof(child), "%s%s%s", path, path[0] ? "/" : "",
				 e->d_name);
		rc = n < 0 || (size_t)n >= sizeof(child)
			     ? ls_export_fail_share(x, -ENAMETOOLONG, path, err)
			     : copy_one(x, child, e->d_type, depth, err);
	}
	if (rc == 0 && errno != 0)
		rc = ls_export_fail_share(x, -errno, path, err);
	closedir(dir);
	return rc;
}

/* --- the log's tiles, as they were at the snapshot -------------------------------------- */

static bool has_tile(struct ls_export *x, const char *path)
{
	struct stat st;
	return fstatat(x->dest, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

static int copy_tile(struct ls_export *x, const struct ls_tile *tile, struct ls_error *err)
{
	char part[LS_TILE_PATH_SIZE], path[LS_TILE_PATH_SIZE + 8];
	snprintf(path, sizeof(path), "log/%s", ls_tile_path(tile, part));
	int rc = ls_export_copy_file(x, path, false, err);
	if (rc != -ENOENT)
		return rc;
	if (has_tile(x, path)) {
		x->counts.kept++;
		return 0;
	}
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, tile->entries ? LS_BUNDLE_SIZE_MAX : LS_TILE_SIZE_MAX);
	rc = ls_export_read_tile(x, tile, &bytes, err);
	return rc < 0 ? rc : ls_export_write_file(x, path, &bytes, err);
}

static int copy_tiles(struct ls_export *x, struct ls_error *err)
{
	struct ls_tile_range range;
	struct ls_tile tile;
	int rc = 0;
	ls_tile_range_init(&range, 0, x->checkpoint.size);
	while (rc == 0 && ls_tile_range_next(&range, &tile)) {
		rc = copy_tile(x, &tile, err);
		if (rc == 0 && tile.level == 0) {
			tile.entries = true;
			rc = copy_tile(x, &tile, err);
		}
	}
	return rc;
}

/* --- dest ------------------------------------------------------------------------------- */

/* Whether one of the folders above fd, or fd itself, is the share. */
static bool is_inside(int fd, int share)
{
	struct stat st, wanted, above;
	_cleanup_close_ int at = openat(fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (at < 0 || fstat(share, &wanted) < 0)
		return true;
	while (fstat(at, &st) == 0) {
		if (st.st_dev == wanted.st_dev && st.st_ino == wanted.st_ino)
			return true;
		int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (up < 0 || fstat(up, &above) < 0)
			return up < 0 || close(up) == 0; /* it cannot be told */
		close(at);
		at = up;
		if (above.st_dev == st.st_dev && above.st_ino == st.st_ino)
			return false; /* the root */
	}
	return true;
}

static int open_dest(struct ls_export *x, struct ls_error *err)
{
	bool made = mkdir(x->dest_name, 0755) == 0;
	if (!made && errno != EEXIST)
		return ls_fail_errno(err, errno, "export.dest", "cannot make '%s'", x->dest_name);
	x->dest = open(x->dest_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (x->dest < 0)
		return ls_fail_errno(err, errno, "export.dest", "cannot open '%s'", x->dest_name);
	if (is_inside(x->dest, x->share)) {
		if (made)
			rmdir(x->dest_name);
		return ls_fail(err, -EINVAL, "export.inside",
			       "'%s' is in the share '%s', or the share itself", x->dest_name,
			       x->share_name);
	}
	if (flock(x->dest, LOCK_EX | LOCK_NB) < 0)
		return ls_fail(err, -EBUSY, "export.busy", "another one copies to '%s'",
			       x->dest_name);
	return 0;
}

static int begin(struct ls_export *x, struct ls_error *err)
{
	int rc = ls_make_dirs(x->dest, LS_EXPORT_TREE, 0700, err);
	if (rc == 0)
		rc = ls_file_replace(x->dest, LS_EXPORT_SNAPSHOT, x->note.data, x->note.size, 0444,
				     err);
	if (rc < 0)
		return rc;
	x->tree = openat(x->dest, LS_EXPORT_TREE, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return x->tree < 0 ? ls_export_fail_dest(x, -errno, LS_EXPORT_TREE, err) : 0;
}

static int sync_all(struct ls_export *x, struct ls_error *err)
{
	return syncfs(x->dest) < 0 ? ls_export_fail_dest(x, -errno, ".", err) : 0;
}

/* What makes it a copy; nothing is aside any more. */
static int end(struct ls_export *x, struct ls_error *err)
{
	int rc = ls_make_dirs(x->dest, "log", 0755, err);
	if (rc == 0)
		rc = ls_file_replace(x->dest, LS_EXPORT_CHECKPOINT, x->note.data, x->note.size,
				     x->note_st.st_mode & 0777, err);
	const struct timespec times[2] = { x->note_st.st_atim, x->note_st.st_mtim };
	if (rc == 0 && utimensat(x->dest, LS_EXPORT_CHECKPOINT, times, AT_SYMLINK_NOFOLLOW) < 0)
		rc = ls_export_fail_dest(x, -errno, LS_EXPORT_CHECKPOINT, err);
	if (rc == 0)
		rc = ls_remove_tree(x->dest, LS_EXPORT_STAGING, err);
	unlinkat(x->dest, ".staging", AT_REMOVEDIR); /* where it is a publisher's, it stays */
	return rc;
}

/* The checkpoint is the publisher's to replace, on a disk that takes over. */
static int keep_owner(struct ls_export *x, struct ls_error *err)
{
	struct stat st;
	static const char *const paths[] = { ".", "log", LS_EXPORT_CHECKPOINT };
	for (size_t i = 0; x->is_root && i < sizeof(paths) / sizeof(paths[0]); i++)
		if (fstatat(x->share, paths[i], &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    fchownat(x->dest, paths[i], st.st_uid, st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
			return ls_export_fail_dest(x, -errno, paths[i], err);
	return 0;
}

static int copy(struct ls_export *x, const struct ls_trust *trust, struct ls_error *err)
{
	int rc = ls_export_take_snapshot(x, trust, err);
	if (rc == 0)
		rc = open_dest(x, err);
	if (rc == 0)
		rc = ls_export_check_dest(x, err);
	if (rc == 0)
		rc = begin(x, err);
	if (rc == 0)
		rc = copy_folder(x, "", 0, err);
	if (rc == 0)
		rc = copy_tiles(x, err);
	if (rc == 0)
		rc = sync_all(x, err);
	if (rc == 0)
		rc = ls_export_move(x, err);
	if (rc == 0)
		rc = sync_all(x, err);
	if (rc == 0)
		rc = end(x, err);
	return rc < 0 ? rc : keep_owner(x, err);
}

int ls_export_share(const char *share, const char *dest, const struct ls_trust *trust,
		    struct ls_export_counts *ret_counts, struct ls_error *err)
{
	struct ls_export x = { .share = open(share, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
			       .dest = -1,
			       .tree = -1,
			       .share_name = share,
			       .dest_name = dest,
			       .chunk = malloc(LS_EXPORT_CHUNK),
			       .other = malloc(LS_EXPORT_CHUNK),
			       .is_root = geteuid() == 0 };
	int opened = errno;
	ls_buffer_init(&x.note, LS_NOTE_SIZE_MAX);
	int rc = x.share < 0 ? ls_fail_errno(err, opened, "export.share", "cannot open '%s'", share)
		 : !x.chunk || !x.other
			 ? ls_fail(err, -ENOMEM, "export.memory", "out of memory for a copy")
			 : copy(&x, trust, err);
	x.counts.seals = x.checkpoint.size;
	*ret_counts = x.counts;
	const int fds[] = { x.share, x.dest, x.tree };
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
	ls_buffer_free(&x.note);
	free(x.chunk);
	free(x.other);
	return rc;
}
