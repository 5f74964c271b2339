/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/append_only.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/log/tiles.h"

#define PATH_SIZE 512

static int add_flag(int fd, int flag)
{
	int flags = 0; /* the kernel's ioctl takes an int, whatever its number says */
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return -errno;
	if (flags & flag)
		return 0;
	flags |= flag;
	return ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0 ? -errno : 0;
}

static int fail(int rc, const char *path, struct ls_error *err)
{
	if (rc == -ENOTTY || rc == -EOPNOTSUPP || rc == -ENOSYS || rc == -EINVAL)
		return ls_fail(err, -ENOTSUP, "append-only.none",
			       "the share's file system has no attributes that keep what is "
			       "published from being changed (chattr +i, +a); ext4, xfs and btrfs "
			       "have them");
	if (rc == -EPERM || rc == -EACCES)
		return ls_fail(err, -EPERM, "append-only.right",
			       "labseald may not keep what is published from being changed: it has "
			       "no CAP_LINUX_IMMUTABLE");
	return ls_fail_errno(err, -rc, "append-only.set",
			     "cannot keep '%s' on the share from being changed", path);
}

static int set(int share_fd, const char *path, bool is_folder, struct ls_error *err)
{
	_cleanup_close_ int fd = ls_open_beneath(share_fd, path,
						 O_RDONLY | (is_folder ? O_DIRECTORY : 0), 0);
	struct stat st;
	int rc = fd < 0 ? fd : fstat(fd, &st) < 0 ? -errno : 0;
	if (rc == 0 && !is_folder && !S_ISREG(st.st_mode))
		return 0; /* labseal made no such thing; whoever verifies will tell */
	if (rc == 0)
		rc = add_flag(fd, is_folder ? FS_APPEND_FL : FS_IMMUTABLE_FL);
	return rc < 0 ? fail(rc, path, err) : 0;
}

static bool is_folder_entry(int fd, const struct dirent *e)
{
	struct stat st;
	if (e->d_type != DT_UNKNOWN)
		return e->d_type == DT_DIR;
	return fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* The folder's files, those of the folders in it, then the folder. */
static int set_tree(int share_fd, const char *folder, int depth, struct ls_error *err)
{
	int fd = ls_open_beneath(share_fd, folder, O_RDONLY | O_DIRECTORY, 0);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	if (!dir) {
		int failed = fd < 0 ? fd : -errno;
		if (fd >= 0)
			close(fd);
		return fail(failed, folder, err);
	}
	int rc = 0;
	const struct dirent *e;
	while (rc == 0 && (e = readdir(dir))) {
		char path[PATH_SIZE];
		int n = snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0 || n < 0 ||
		    (size_t)n >= sizeof(path))
			continue;
		if (!is_folder_entry(fd, e))
			rc = set(share_fd, path, false, err);
		else if (depth > 0)
			rc = set_tree(share_fd, path, depth - 1, err);
	}
	closedir(dir);
	return rc < 0 ? rc : set(share_fd, folder, true, err);
}

int ls_append_only_seal(int share_fd, const char *folder, struct ls_error *err)
{
	char above[PATH_SIZE];
	int rc = set_tree(share_fd, folder, 1, err);
	snprintf(above, sizeof(above), "%s", folder);
	for (char *slash = strrchr(above, '/'); rc == 0 && slash; slash = strrchr(above, '/')) {
		*slash = '\0';
		rc = set(share_fd, above, true, err);
	}
	return rc;
}

static int set_tile(int share_fd, const struct ls_tile *tile, struct ls_error *err)
{
	char part[LS_TILE_PATH_SIZE], path[LS_TILE_PATH_SIZE + 8];
	snprintf(path, sizeof(path), "log/%s", ls_tile_path(tile, part));
	return set(share_fd, path, false, err);
}

int ls_append_only_tiles(int share_fd, uint64_t seal, struct ls_error *err)
{
	int rc = 0;
	uint64_t full = seal;
	for (unsigned level = 0; rc == 0 && full > 0 && full % LS_TILE_WIDTH == 0; level++) {
		full /= LS_TILE_WIDTH;
		struct ls_tile tile = { .level = level, .index = full - 1, .width = LS_TILE_WIDTH };
		rc = set_tile(share_fd, &tile, err);
		tile.entries = true;
		if (rc == 0 && level == 0)
			rc = set_tile(share_fd, &tile, err);
	}
	return rc;
}
