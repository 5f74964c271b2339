/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/disks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/reader.h"
#include "lib/proc/child.h"

#define QEMU_IMG      "/usr/bin/qemu-img"
#define IMAGE_WAIT_MS 30000
#define NEW	      ".new"
#define NEW_SIZE      (LS_POLICY_PATH_SIZE + sizeof(NEW))
#define MAGIC	      0x514649fb /* "QFI\xfb" */
#define EXTERNAL_DATA (UINT64_C(1) << 2)
#define SHOWN_DIGITS  16

int ls_qcow2_stands_alone(const void *head, size_t size)
{
	struct ls_reader r;
	const uint8_t *skipped;
	uint32_t magic, version;
	uint64_t backing, incompatible = 0;
	ls_reader_init(&r, head, size);
	if (ls_read_be32(&r, &magic) < 0 || magic != MAGIC || ls_read_be32(&r, &version) < 0 ||
	    version < 2 || version > 3 || ls_read_be64(&r, &backing) < 0)
		return -EBADMSG;
	if (version == 3 &&
	    (ls_read_bytes(&r, 72 - 16, &skipped) < 0 || ls_read_be64(&r, &incompatible) < 0))
		return -EBADMSG;
	return backing != 0 || incompatible & EXTERNAL_DATA ? -EPERM : 0;
}

static int run_qemu_img(const char *const *argv, const char *image, struct ls_error *err)
{
	struct ls_child_spec spec = { .path = QEMU_IMG, .argv = argv, .death_signal = SIGKILL };
	pid_t pid;
	int status = 0;
	int rc = ls_child_spawn(&spec, &pid, err);
	if (rc < 0)
		return rc;
	rc = ls_child_wait(pid, IMAGE_WAIT_MS, &status);
	if (rc == 0)
		ls_child_stop(pid, 0);
	return rc == 1 && status == 0 ? 0
				      : ls_fail(err, -EIO, "disk.make", "'%s' could not make '%s'",
						QEMU_IMG, image);
}

/* What the guest writes is nobody else's to read. */
static int hand_over(const char *path, const struct ls_vm_user *user, struct ls_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fchmod(fd, 0600) < 0 || fchown(fd, user->uid, user->gid) < 0)
		return ls_fail_errno(err, errno, "disk.owner", "cannot hand over '%s'", path);
	return 0;
}

/* 1: it is there and an image; 0: there is none. */
static int look(const char *path, bool alone, struct ls_error *err)
{
	uint8_t head[LS_QCOW2_HEAD];
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0 && errno != ELOOP)
		return ls_fail_errno(err, errno, "disk.open", "cannot open '%s'", path);
	ssize_t n = fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)
			    ? pread(fd, head, sizeof(head), 0)
			    : 0;
	int rc = ls_qcow2_stands_alone(head, n < 0 ? 0 : (size_t)n);
	if (rc == -EBADMSG)
		return ls_fail(err, -EEXIST, "disk.kind",
			       "'%s' is there and is no plain qcow2 image; move it away, or name "
			       "another path",
			       path);
	if (rc == -EPERM && alone)
		return ls_fail(err, -EPERM, "disk.chain",
			       "'%s' reads another file, by a backing or a data file; "
			       "'qemu-img convert' makes one of it that stands alone",
			       path);
	return 1;
}

/* Under another name until it is whole. */
static int make(const char *const *argv, const char *temporary, const char *path,
		struct ls_error *err)
{
	if (unlink(temporary) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "disk.make", "cannot replace '%s'", temporary);
	int rc = run_qemu_img(argv, temporary, err);
	if (rc == 0 && rename(temporary, path) < 0)
		rc = ls_fail_errno(err, errno, "disk.make", "cannot name '%s'", path);
	return rc;
}

static int make_overlay(const struct ls_policy *p, const char *path, struct ls_error *err)
{
	char temporary[NEW_SIZE];
	snprintf(temporary, sizeof(temporary), "%s" NEW, path);
	const char *format = p->vm.disk.format == LS_DISK_RAW ? "raw" : "qcow2";
	const char *argv[] = { QEMU_IMG, "create",	  "-q",	     "-f", "qcow2", "-F", format,
			       "-b",	 p->vm.disk.path, temporary, NULL };
	return make(argv, temporary, path, err);
}

static int make_results_disk(const struct ls_policy *p, struct ls_error *err)
{
	char temporary[NEW_SIZE], size[32];
	snprintf(temporary, sizeof(temporary), "%s" NEW, p->vm.results_disk.path);
	snprintf(size, sizeof(size), "%llu", (unsigned long long)p->vm.results_disk.size);
	const char *argv[] = { QEMU_IMG, "create", "-q", "-f", "qcow2", temporary, size, NULL };
	return make(argv, temporary, p->vm.results_disk.path, err);
}

static int name_overlay(const struct ls_policy *p, const char *run_folder,
			char path[static LS_POLICY_PATH_SIZE], struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	int n;
	if (p->vm.disk.overlay == LS_OVERLAY_DISCARD)
		n = snprintf(path, LS_POLICY_PATH_SIZE, "%s/disk.qcow2", run_folder);
	else
		n = snprintf(path, LS_POLICY_PATH_SIZE, "%.*s/%s.%.*s.overlay.qcow2",
			     (int)(strrchr(p->vm.disk.path, '/') - p->vm.disk.path),
			     p->vm.disk.path, p->vm.name, SHOWN_DIGITS,
			     ls_digest_hex(&p->vm.disk.sha256, hex));
	return n < LS_POLICY_PATH_SIZE
		       ? 0
		       : ls_fail(err, -ENAMETOOLONG, "disk.path",
				 "the folder of '%s' is too long for the overlay beside it",
				 p->vm.disk.path);
}

static int prepare_overlay(const struct ls_policy *p, const char *path,
			   const struct ls_vm_user *user, struct ls_error *err)
{
	int rc = look(path, false, err);
	if (rc == 0)
		rc = make_overlay(p, path, err);
	return rc < 0 ? rc : hand_over(path, user, err);
}

static int prepare_results_disk(const struct ls_policy *p, const struct ls_vm_user *user,
				struct ls_error *err)
{
	int rc = look(p->vm.results_disk.path, true, err);
	if (rc == 0)
		rc = make_results_disk(p, err);
	return rc < 0 ? rc : hand_over(p->vm.results_disk.path, user, err);
}

int ls_disks_prepare(const struct ls_policy *policy, const char *run_folder,
		     const struct ls_vm_user *user, char ret_overlay[static LS_POLICY_PATH_SIZE],
		     struct ls_error *err)
{
	int rc = 0;
	char overlay[LS_POLICY_PATH_SIZE] = "";
	if (policy->vm.disk.path[0])
		rc = name_overlay(policy, run_folder, overlay, err);
	if (rc == 0 && overlay[0])
		rc = prepare_overlay(policy, overlay, user, err);
	if (rc == 0 && policy->vm.results_disk.path[0])
		rc = prepare_results_disk(policy, user, err);
	if (rc == 0)
		memcpy(ret_overlay, overlay, sizeof(overlay));
	return rc;
}

int ls_disks_name_install(const struct ls_policy *p, char ret_overlay[static LS_POLICY_PATH_SIZE],
			  struct ls_error *err)
{
	if (!p->vm.disk.path[0])
		return ls_fail(err, -EINVAL, "disk.none",
			       "the machine '%s' boots a kernel and has no disk to install on",
			       p->vm.name);
	int n = snprintf(ret_overlay, LS_POLICY_PATH_SIZE, "%.*s/%s.install.qcow2",
			 (int)(strrchr(p->vm.disk.path, '/') - p->vm.disk.path), p->vm.disk.path,
			 p->vm.name);
	return n < LS_POLICY_PATH_SIZE
		       ? 0
		       : ls_fail(err, -ENAMETOOLONG, "disk.path",
				 "the folder of '%s' is too long for the overlay beside it",
				 p->vm.disk.path);
}

int ls_disks_prepare_install(const struct ls_policy *policy, const struct ls_vm_user *user,
			     char ret_overlay[static LS_POLICY_PATH_SIZE], struct ls_error *err)
{
	int rc = ls_disks_name_install(policy, ret_overlay, err);
	if (rc == 0)
		rc = prepare_overlay(policy, ret_overlay, user, err);
	if (rc == 0 && policy->vm.results_disk.path[0])
		rc = prepare_results_disk(policy, user, err);
	return rc;
}
