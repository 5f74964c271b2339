/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define PID_TEXT_SIZE 24
#define NAME_SIZE     64 /* of a process; the kernel has 16 */
#define HOLDER_SIZE   (PID_TEXT_SIZE + NAME_SIZE + 16)

int ls_state_open(const struct ls_policy *policy, int create, struct ls_error *err)
{
	if (create) {
		int rc = ls_make_dirs(AT_FDCWD, policy->state, 0700, err);
		if (rc < 0)
			return rc;
	}
	int fd = open(policy->state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "state.open", "cannot open the state folder '%s'",
				     policy->state);
	return fd;
}

/* "process 123 (labseald)", as the holder wrote it; "another process" when that cannot be read. */
static const char *holder(int fd, char buffer[static HOLDER_SIZE])
{
	char text[PID_TEXT_SIZE], path[PID_TEXT_SIZE + 16];
	_cleanup_buffer_ struct ls_buffer name;
	ls_buffer_init(&name, NAME_SIZE);
	ssize_t n = pread(fd, text, sizeof(text), 0);
	uint64_t pid;
	size_t digits = 0;
	while (n > 0 && digits < (size_t)n && text[digits] >= '0' && text[digits] <= '9')
		digits++;
	if (digits == 0 || ls_parse_u64(text, digits, &pid) < 0)
		return "another process";
	snprintf(path, sizeof(path), "/proc/%.*s/comm", (int)digits, text);
	bool is_known = ls_file_read(AT_FDCWD, path, &name, NULL) == 0;
	int length = is_known ? (int)strcspn(ls_buffer_str(&name), "\n") : 0;
	snprintf(buffer, HOLDER_SIZE, "process %llu%s%.*s%s", (unsigned long long)pid,
		 is_known ? " (" : "", length, is_known ? ls_buffer_str(&name) : "",
		 is_known ? ")" : "");
	return buffer;
}

/* Whoever may rename what is in it puts in other keys, and links that lead elsewhere. */
static int check_owner(int state_fd, const char *path, struct ls_error *err)
{
	struct stat st;
	if (fstat(state_fd, &st) < 0)
		return ls_fail_errno(err, errno, "state.lock", "cannot look at '%s'", path);
	if (st.st_uid == geteuid() && (st.st_mode & (S_IWGRP | S_IWOTH)) == 0)
		return 0;
	return ls_fail(err, -EPERM, "state.rights",
		       "others than user %u may change the state folder '%s' (its owner is %u, its "
		       "mode %04o), and so its keys and approvals; if all in it is as it was left, "
		       "run 'chown %u' and 'chmod go-w' on it",
		       (unsigned)geteuid(), path, (unsigned)st.st_uid, (unsigned)st.st_mode & 07777,
		       (unsigned)geteuid());
}

int ls_state_lock(int state_fd, const char *path, struct ls_error *err)
{
	int rc = check_owner(state_fd, path, err);
	if (rc < 0)
		return rc;
	_cleanup_close_ int fd = openat(state_fd, LS_STATE_LOCK,
					O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ls_fail_errno(err, errno, "state.lock", "cannot open the lock in '%s'",
				     path);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		char who[HOLDER_SIZE];
		if (errno == EWOULDBLOCK)
			return ls_fail(err, -EBUSY, "state.locked",
				       "the state folder '%s' is in use by %s; stop that first",
				       path, holder(fd, who));
		return ls_fail_errno(err, errno, "state.lock", "cannot lock '%s'", path);
	}
	char text[PID_TEXT_SIZE];
	int n = snprintf(text, sizeof(text), "%d\n", (int)getpid());
	/* only for the message above: a failure does not matter */
	if (ftruncate(fd, 0) < 0 || pwrite(fd, text, (size_t)n, 0) < 0)
		errno = 0;
	return ls_steal_fd(&fd);
}

/*
 * proc(5), /proc/locks: "1: FLOCK  ADVISORY  WRITE 1234 08:01:5678 0 EOF".  The
 * device is left out of the comparison: it is not st_dev on every file system.
 */
static bool line_is_lock_of(const char *line, uint64_t inode)
{
	static const char *const wanted[] = { NULL, "FLOCK", "ADVISORY", "WRITE", NULL };
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		size_t length = strcspn(line, " ");
		if (wanted[i] &&
		    (length != strlen(wanted[i]) || strncmp(line, wanted[i], length) != 0))
			return false;
		line += length;
		line += strspn(line, " ");
	}
	/* MAJOR:MINOR:INODE */
	size_t length = strcspn(line, " "), start = length;
	uint64_t number;
	while (start > 0 && line[start - 1] != ':')
		start--;
	return ls_parse_u64(line + start, length - start, &number) == 0 && number == inode;
}

int ls_state_is_locked(int state_fd, bool *ret_locked, struct ls_error *err)
{
	char line[256];
	struct stat st;
	*ret_locked = false;
	if (fstatat(state_fd, LS_STATE_LOCK, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT
			       ? 0
			       : ls_fail_errno(err, errno, "state.lock", "cannot look at the lock");
	_cleanup_file_ FILE *locks = fopen("/proc/locks", "re");
	if (!locks)
		return ls_fail_errno(err, errno, "state.lock", "cannot read '/proc/locks'");
	while (fgets(line, sizeof(line), locks))
		if (line_is_lock_of(line, st.st_ino))
			*ret_locked = true;
	return 0;
}
