/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

int ls_place_write(int dirfd, const char *name, const void *bytes, size_t n, struct ls_error *err)
{
	unlinkat(dirfd, name, 0);
	_cleanup_close_ int fd = openat(dirfd, name,
					O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ls_fail_errno(err, errno, "place.create", "cannot create '%s'", name);
	int rc = ls_write_all(fd, bytes, n);
	if (rc == 0 && (fchmod(fd, LS_PLACE_FILE_MODE) < 0 || fsync(fd) < 0))
		rc = -errno;
	if (rc == 0)
		return 0;
	unlinkat(dirfd, name, 0);
	return ls_fail_errno(err, -rc, "place.write", "cannot write '%s'", name);
}

/* --- durable ------------------------------------------------------------------------- */

void ls_place_begin_writing(int fd)
{
	int saved = errno;
	sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	errno = saved;
}

int ls_place_sync_file(int dirfd, const char *name, struct ls_error *err)
{
	_cleanup_close_ int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || fsync(fd) < 0)
		return ls_fail_errno(err, errno, "place.sync", "cannot make '%s' durable", name);
	return 0;
}

/* Network and FUSE file systems may keep files in syncfs() that they would write in fsync(). */
bool ls_place_syncs_all(int dirfd)
{
	static const long known[] = {
		0xef53,	    /* ext2, ext3, ext4 */
		0x58465342, /* xfs */
		0x9123683e, /* btrfs */
		0x01021994, /* tmpfs */
	};
	struct statfs fs;
	if (fstatfs(dirfd, &fs) < 0)
		return false;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if ((long)fs.f_type == known[i])
			return true;
	return false;
}

int ls_place_sync_all(int dirfd, struct ls_error *err)
{
	return syncfs(dirfd) < 0 ? ls_fail_errno(err, errno, "place.sync",
						 "cannot make the payloads of a seal durable")
				 : 0;
}

/* --- placing ------------------------------------------------------------------------- */

int ls_place_move(int from_dirfd, const char *from, int to_dirfd, const char *to)
{
	if (renameat2(from_dirfd, from, to_dirfd, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* a file system without that flag (NFS); the share has one writer, so looking first will do
	 */
	if (faccessat(to_dirfd, to, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(from_dirfd, from, to_dirfd, to) < 0 ? -errno : 0;
}

int ls_place_replace(int share_fd, const char *path, const void *bytes, size_t n,
		     struct ls_error *err)
{
	static const char staged[] = LS_STAGING "/page";
	int rc = ls_make_dirs(share_fd, LS_STAGING, 0700, err);
	if (rc == 0)
		rc = ls_place_write(share_fd, staged, bytes, n, err);
	if (rc < 0)
		return rc;
	if (renameat(share_fd, staged, share_fd, path) < 0) {
		rc = ls_fail_errno(err, errno, "place.replace", "cannot replace '%s'", path);
		unlinkat(share_fd, staged, 0);
		return rc;
	}
	char folder[256] = ".";
	const char *slash = strrchr(path, '/');
	if (slash)
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
	return ls_sync_dir(share_fd, folder, err);
}

bool ls_place_retry(const struct ls_place_hooks *hooks, int rc, const struct ls_error *why)
{
	return (rc == -ENOSPC || rc == -EDQUOT) && hooks->wait &&
	       hooks->wait(hooks->context, why) == 0;
}

int ls_place_step(const struct ls_place_hooks *hooks, const char *name,
		  int (*run)(void *context, struct ls_error *err), void *context,
		  struct ls_error *err)
{
	if (hooks->step)
		hooks->step(hooks->context, name);
	struct ls_error why = { 0 };
	int rc;
	do
		rc = run(context, &why);
	while (rc < 0 && ls_place_retry(hooks, rc, &why));
	if (rc < 0 && err)
		*err = why;
	return rc;
}
