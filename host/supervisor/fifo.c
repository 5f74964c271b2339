/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/fifo.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define PIPE_SIZE    (1 << 20) /* bytes: what the kernel allows without privileges */
#define FDINFO_MAX   4096
#define PATH_SIZE    64
#define OCTAL_DIGITS "01234567"

int ls_fifo_create(const char *path, const struct ls_vm_user *user, struct ls_fifo *ret_fifo,
		   struct ls_error *err)
{
	struct ls_fifo fifo = { .held = -1, .read = -1 };
	if (mkfifo(path, 0600) < 0)
		return ls_fail_errno(err, errno, "fifo.create", "cannot make the FIFO '%s'", path);
	fifo.held = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	fifo.read = fifo.held < 0 ? -1 : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);
	if (fifo.read < 0 || fchown(fifo.held, user->uid, user->gid) < 0 ||
	    fchmod(fifo.held, 0200) < 0) {
		int rc = ls_fail_errno(err, errno, "fifo.open", "cannot hold the FIFO '%s'", path);
		ls_fifo_close(&fifo);
		return rc;
	}
	/* more room only makes it faster */
	if (fcntl(fifo.held, F_SETPIPE_SZ, PIPE_SIZE) < 0)
		errno = 0;
	*ret_fifo = fifo;
	return 0;
}

void ls_fifo_close(struct ls_fifo *fifo)
{
	if (fifo->held >= 0)
		close(fifo->held);
	if (fifo->read >= 0)
		close(fifo->read);
	*fifo = (struct ls_fifo){ .held = -1, .read = -1 };
}

size_t ls_fifo_waiting(const struct ls_fifo *fifo)
{
	int n = 0;
	return fifo->held >= 0 && ioctl(fifo->held, FIONREAD, &n) == 0 && n > 0 ? (size_t)n : 0;
}

/* From "flags:\t02104001\n" (proc(5)). */
int ls_descriptor_mode(pid_t pid, const char *fd)
{
	char path[PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, FDINFO_MAX);
	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%.16s", (int)pid, fd);
	if (ls_file_read(AT_FDCWD, path, &text, NULL) < 0)
		return -1;
	const char *flags = strstr(ls_buffer_str(&text), "flags:\t");
	size_t digits = flags ? strspn(flags + 7, OCTAL_DIGITS) : 0;
	/* the last octal digit has O_ACCMODE (3) and O_EXCL's place is above it */
	return digits > 0 ? (flags[7 + digits - 1] - '0') & O_ACCMODE : -1;
}

static bool is_fifo(int folder, const char *name, const struct stat *fifo)
{
	struct stat st;
	return fstatat(folder, name, &st, 0) == 0 && st.st_dev == fifo->st_dev &&
	       st.st_ino == fifo->st_ino;
}

int ls_fifo_held_by(const struct ls_fifo *fifo, pid_t pid, enum ls_fifo_hold *ret_hold,
		    struct ls_error *err)
{
	char path[PATH_SIZE];
	struct stat ours;
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	DIR *folder = opendir(path);
	if (!folder || fstat(fifo->held, &ours) < 0) {
		int rc = ls_fail_errno(err, errno, "fifo.examine",
				       "cannot see how process %d holds the channel", (int)pid);
		if (folder)
			closedir(folder);
		return rc;
	}
	enum ls_fifo_hold hold = LS_FIFO_NOT_HELD;
	struct dirent *entry;
	while ((entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || !is_fifo(dirfd(folder), entry->d_name, &ours))
			continue;
		bool write_only = ls_descriptor_mode(pid, entry->d_name) == O_WRONLY;
		if (!write_only)
			hold = LS_FIFO_CAN_READ;
		else if (hold == LS_FIFO_NOT_HELD)
			hold = LS_FIFO_WRITE_ONLY;
	}
	closedir(folder);
	*ret_hold = hold;
	return 0;
}
