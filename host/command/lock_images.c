/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/command/lock.h"
#include "host/supervisor/disks.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/proc/child.h"

#define QEMU_IMG "/usr/bin/qemu-img"
#define MADE	 ".locked"
#define PART	 ".part"

int ls_lock_find(const struct ls_policy *policy, struct ls_lock_images *ret_images,
		 struct ls_error *err)
{
	struct ls_lock_images images = { .base = policy->vm.disk.path };
	int rc = ls_disks_name_install(policy, images.overlay, err);
	if (rc < 0)
		return rc;
	if (access(images.base, R_OK) < 0)
		return ls_fail_errno(err, errno, "lock.image", "cannot read the base image '%s'",
				     images.base);
	snprintf(images.made, sizeof(images.made), "%s" MADE, images.base);
	if (access(images.overlay, F_OK) < 0)
		images.overlay[0] = '\0';
	*ret_images = images;
	return 0;
}

/* --- making ------------------------------------------------------------------------ */

static int convert(const struct ls_policy *policy, const struct ls_lock_images *images,
		   const char *part, struct ls_error *err)
{
	const char *argv[] = {
		QEMU_IMG,	 "convert", "-f",
		"qcow2",	 "-O",	    policy->vm.disk.format == LS_DISK_RAW ? "raw" : "qcow2",
		images->overlay, part,	    NULL
	};
	struct ls_child_spec spec = { .path = QEMU_IMG, .argv = argv, .death_signal = SIGKILL };
	pid_t pid;
	int status = 0;
	char how[64];
	int rc = ls_child_spawn(&spec, &pid, err);
	if (rc < 0)
		return rc;
	rc = ls_child_wait(pid, -1, &status);
	return rc == 1 && status == 0
		       ? 0
		       : ls_fail(err, -EIO, "lock.convert",
				 "'%s' %s, so there is no image of '%s'; nothing was changed (is "
				 "the machine switched off, and the disk not full?)",
				 QEMU_IMG, ls_child_describe(status, how, sizeof(how)),
				 images->overlay);
}

/* Whose the old one is, and durable before it has its name. */
static int finish(const char *part, const struct ls_lock_images *images, struct ls_error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open(part, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 || stat(images->base, &st) < 0 || fchown(fd, st.st_uid, st.st_gid) < 0 ||
	    fchmod(fd, st.st_mode & 07777) < 0 || fsync(fd) < 0 || rename(part, images->made) < 0)
		return ls_fail_errno(err, errno, "lock.image", "cannot finish '%s'", part);
	return 0;
}

static bool is_newer(const char *made, const char *overlay)
{
	struct stat a, b;
	if (stat(made, &a) < 0 || stat(overlay, &b) < 0)
		return false;
	return a.st_mtim.tv_sec > b.st_mtim.tv_sec ||
	       (a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec > b.st_mtim.tv_nsec);
}

static int make(const struct ls_policy *policy, const struct ls_lock_images *images,
		struct ls_error *err)
{
	char part[sizeof(images->made) + sizeof(PART)];
	snprintf(part, sizeof(part), "%s" PART, images->made);
	if (is_newer(images->made, images->overlay))
		return 0;
	if (unlink(part) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "lock.image", "cannot replace '%s'", part);
	int rc = convert(policy, images, part, err);
	return rc < 0 ? rc : finish(part, images, err);
}

int ls_lock_make(const struct ls_policy *policy, const struct ls_lock_images *images,
		 struct ls_digest *ret_digest, struct ls_error *err)
{
	const char *path = images->overlay[0] ? images->made : images->base;
	int rc = images->overlay[0] ? make(policy, images, err) : 0;
	if (rc < 0)
		return rc;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return ls_fail_errno(err, errno, "lock.image", "cannot read '%s'", path);
	return ls_sha256_fd(fd, ret_digest, NULL, err);
}

/* --- placing ------------------------------------------------------------------------- */

static int sync_folder(const char *path, struct ls_error *err)
{
	char copy[LS_POLICY_PATH_SIZE];
	snprintf(copy, sizeof(copy), "%s", path);
	return ls_sync_dir(AT_FDCWD, dirname(copy), err);
}

int ls_lock_place(const struct ls_lock_images *images, char *kept, size_t size,
		  struct ls_error *err)
{
	char utc[LS_UTC_SIZE];
	kept[0] = '\0';
	if (!images->overlay[0])
		return 0;
	if (access(images->made, F_OK) == 0) {
		snprintf(kept, size, "%s.before-%s", images->base, ls_utc_format(time(NULL), utc));
		/* a second name for the old one, then the new one under the first: never is there
		 * none */
		if (link(images->base, kept) < 0 && errno != EEXIST)
			return ls_fail_errno(err, errno, "lock.place", "cannot keep '%s' as '%s'",
					     images->base, kept);
		if (rename(images->made, images->base) < 0)
			return ls_fail_errno(err, errno, "lock.place", "cannot replace '%s'",
					     images->base);
		int rc = sync_folder(images->base, err);
		if (rc < 0)
			return rc;
	}
	if (unlink(images->overlay) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "lock.place", "cannot remove '%s'",
				     images->overlay);
	return sync_folder(images->base, err);
}

/* --- the policy's line ------------------------------------------------------------------ */

/* Where the old one stands, exactly once; NULL otherwise. */
static char *find_once(char *text, const char *hex)
{
	char *first = strstr(text, hex);
	return first && !strstr(first + 1, hex) ? first : NULL;
}

/* The same policy, but for that. */
static int check_written(const char *path, const struct ls_buffer *text,
			 const struct ls_digest *digest, struct ls_error *err)
{
	static struct ls_policy_faults faults;
	_cleanup_policy_ struct ls_policy *written = NULL;
	int rc = ls_policy_parse(path, text->data, text->size, &written, &faults, err);
	return rc == 0 && ls_digest_equal(&written->vm.disk.sha256, digest)
		       ? 0
		       : ls_fail(err, -EINVAL, "lock.policy",
				 "the line of '%s' is not where it was looked for; write it by "
				 "hand",
				 path);
}

int ls_lock_write_policy(const char *path, const struct ls_policy *policy,
			 const struct ls_digest *digest, unsigned *ret_line, struct ls_error *err)
{
	char old[LS_DIGEST_HEX_SIZE], new[LS_DIGEST_HEX_SIZE];
	struct stat st = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_POLICY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &text, err);
	if (rc == 0 && lstat(path, &st) < 0)
		rc = ls_fail_errno(err, errno, "lock.policy", "cannot look at '%s'", path);
	if (rc < 0)
		return rc;
	char *place = find_once((char *)text.data, ls_digest_hex(&policy->vm.disk.sha256, old));
	if (!place)
		return ls_fail(err, -EINVAL, "lock.policy",
			       "the SHA-256 %s does not stand in '%s' exactly once; write the new "
			       "one by hand",
			       old, path);
	memcpy(place, ls_digest_hex(digest, new), LS_DIGEST_HEX_SIZE - 1);
	unsigned line = 1;
	for (const char *c = (const char *)text.data; c < place; c++)
		line += *c == '\n';
	rc = check_written(path, &text, digest, err);
	if (rc == 0)
		rc = ls_file_replace(AT_FDCWD, path, text.data, text.size, st.st_mode & 0777, err);
	if (rc == 0)
		*ret_line = line;
	return rc;
}
