/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_root.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "host/supervisor/enclave_folder.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

/* A folder that every system has; what is below it is not needed any more. */
#define MOUNT_POINT "/tmp"

#define FOLDER_MODE 0755

static int no_tmpfs(struct ls_error *err, const char *what)
{
	int code = errno;
	ls_fail_errno(err, code, "enclave.tmpfs",
		      "the enclave cannot have a root of its own: %s; the kernel needs tmpfs "
		      "(CONFIG_TMPFS) and labseald the right to mount it (as root, or in a user "
		      "namespace that no security module restricts)",
		      what);
	return err ? (err->code = -EOPNOTSUPP) : -EOPNOTSUPP;
}

/* Its configuration's descriptor and its mount's, which is attached nowhere. */
static int make_tmpfs(int *ret_config, struct ls_error *err)
{
	_cleanup_close_ int config = fsopen("tmpfs", FSOPEN_CLOEXEC);
	if (config < 0 ||
	    fsconfig(config, FSCONFIG_SET_STRING, "size", LS_ENCLAVE_ROOT_MAX, 0) < 0 ||
	    fsconfig(config, FSCONFIG_SET_STRING, "mode", "0755", 0) < 0 ||
	    fsconfig(config, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return no_tmpfs(err, "a tmpfs cannot be made");
	int mount = fsmount(config, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (mount < 0)
		return no_tmpfs(err, "a tmpfs cannot be mounted");
	*ret_config = ls_steal_fd(&config);
	return mount;
}

static int copy_file(int mount, const struct ls_enclave_file *f, struct ls_error *err)
{
	char folder[LS_MEASUREMENT_PATH_SIZE];
	const char *path = ls_enclave_file_path(f);
	const char *slash = strrchr(path, '/');
	int rc = 0;
	if (slash) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path), path);
		rc = ls_make_dirs(mount, folder, FOLDER_MODE, err);
	}
	if (rc == 0)
		rc = ls_file_copy(AT_FDCWD, f->source, mount, path, f->mode, err);
	if (rc < 0)
		ls_error_prefix(err, "the enclave's file '%s'", f->name);
	return rc;
}

/* Refused by the kernel (EBUSY) while any file in it is open for writing. */
static int make_read_only(int config, int mount, struct ls_error *err)
{
	struct mount_attr attr = { .attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID |
					       MOUNT_ATTR_NODEV };
	if (fsconfig(config, FSCONFIG_SET_FLAG, "ro", NULL, 0) < 0 ||
	    fsconfig(config, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0 ||
	    mount_setattr(mount, "", AT_EMPTY_PATH, &attr, sizeof(attr)) < 0)
		return no_tmpfs(err, "its tmpfs cannot be made read-only");
	return 0;
}

/* With the rights that the file has in the root: the program's is readable by nobody, but here. */
static int hash_file(int mount, struct ls_enclave_file *f, struct ls_error *err)
{
	_cleanup_close_ int fd = ls_open_beneath(mount, ls_enclave_file_path(f),
						 O_RDONLY | O_NOFOLLOW, 0);
	if (fd < 0)
		return ls_fail_errno(err, -fd, "enclave.hash", "cannot measure '%s'", f->name);
	int rc = ls_sha256_fd(fd, &f->sha256, &f->size, err);
	if (rc < 0)
		ls_error_prefix(err, "cannot measure '%s'", f->name);
	return rc;
}

int ls_enclave_root_build(struct ls_enclave_files *files, struct ls_error *err)
{
	_cleanup_close_ int config = -1;
	_cleanup_close_ int mount = make_tmpfs(&config, err);
	int rc = mount < 0 ? mount : 0;
	for (size_t i = 0; rc == 0 && i < files->count; i++)
		rc = copy_file(mount, &files->files[i], err);
	if (rc == 0 && files->folder[0])
		rc = ls_enclave_folder_copy(files->folder, mount, err);
	if (rc == 0)
		rc = make_read_only(config, mount, err);
	for (size_t i = 0; rc == 0 && i < files->count; i++)
		rc = hash_file(mount, &files->files[i], err);
	return rc < 0 ? rc : ls_steal_fd(&mount);
}

int ls_enclave_root_enter(int mount_fd, struct ls_error *err)
{
	/* nothing that happens here is to reach the mounts outside, nor the other way round */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    move_mount(mount_fd, "", AT_FDCWD, MOUNT_POINT, MOVE_MOUNT_F_EMPTY_PATH) == 0 &&
	    fchdir(mount_fd) == 0 &&
	    /* the old root comes to lie on the new one, and goes (pivot_root(2), NOTES) */
	    syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 &&
	    chdir("/") == 0)
		return 0;
	ls_fail_errno(err, errno, "enclave.root",
		      "the enclave cannot enter a root of its own; labseald needs a root file "
		      "system that pivot_root(2) can leave: not the initial RAM disk, and not a "
		      "chroot");
	return err ? (err->code = -EOPNOTSUPP) : -EOPNOTSUPP;
}
