/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/qemu_process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/fifo.h"
#include "lib/base/files.h"
#include "lib/base/text.h"

#define PATH_SIZE     64
#define PROC_FILE_MAX (1 << 20)
#define STATUS_MAX    16384
#define INODE_SIZE    24
#define SOCKETS_MAX   64
#define VNC_SOCKET    "/vnc.sock"
#define CONNECTED     "03" /* SS_CONNECTED, in /proc/net/unix */

struct sockets {
	size_t count;
	char inodes[SOCKETS_MAX][INODE_SIZE];
};

static int read_proc(pid_t pid, const char *name, struct ls_buffer *text)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	return ls_file_read(AT_FDCWD, path, text, NULL);
}

/* The value's start in a line "NAME:\tVALUE", or NULL. */
static const char *field(const struct ls_buffer *status, const char *name)
{
	char start[32];
	snprintf(start, sizeof(start), "\n%s:\t", name);
	const char *at = strstr(ls_buffer_str(status), start);
	return at ? at + strlen(start) : NULL;
}

static uint64_t hex_field(const struct ls_buffer *status, const char *name)
{
	uint64_t value = 0;
	for (const char *at = field(status, name); at && *at && *at != '\n'; at++) {
		const char *digit = strchr("0123456789abcdef", *at);
		if (!digit)
			return UINT64_MAX; /* not what we know: nothing is taken for granted */
		value = value << 4 | (uint64_t)(digit - "0123456789abcdef");
	}
	return value;
}

static uint64_t number_field(const char **at)
{
	uint64_t value = UINT32_MAX;
	if (!*at)
		return value;
	size_t digits = strspn(*at, "0123456789");
	ls_parse_u64(*at, digits, &value);
	*at += digits + strspn(*at + digits, "\t ");
	return value;
}

static void read_status(const struct ls_buffer *status, struct ls_qemu_process *p)
{
	const char *uids = field(status, "Uid"), *privileges = field(status, "NoNewPrivs"),
		   *seccomp = field(status, "Seccomp");
	for (size_t i = 0; i < 4; i++)
		p->uids[i] = (uint32_t)number_field(&uids);
	p->capabilities = hex_field(status, "CapEff") | hex_field(status, "CapPrm");
	p->no_new_privileges = number_field(&privileges) == 1;
	p->seccomp = (int)number_field(&seccomp);
}

/* --- descriptors ------------------------------------------------------------- */

static void note_socket(const char *target, struct sockets *sockets)
{
	static const char start[] = "socket:[";
	if (strncmp(target, start, strlen(start)) != 0 || sockets->count == SOCKETS_MAX)
		return;
	snprintf(sockets->inodes[sockets->count++], INODE_SIZE, "%.*s",
		 (int)strcspn(target + strlen(start), "]"), target + strlen(start));
}

static int read_fds(struct ls_qemu_process *p, struct sockets *sockets)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)p->pid);
	DIR *folder = opendir(path);
	if (!folder)
		return -errno;
	for (struct dirent *e; (e = readdir(folder));) {
		struct ls_qemu_descriptor *d = &p->fds[p->fd_count];
		p->more_fds = p->fd_count == LS_QEMU_FDS_MAX;
		if (p->more_fds)
			break;
		ssize_t n = e->d_name[0] == '.' ? -1
						: readlinkat(dirfd(folder), e->d_name, d->target,
							     sizeof(d->target) - 1);
		if (n < 0)
			continue; /* it was closed meanwhile */
		d->target[n] = '\0';
		d->mode = ls_descriptor_mode(p->pid, e->d_name);
		note_socket(d->target, sockets);
		p->fd_count++;
	}
	closedir(folder);
	return 0;
}

/* --- sockets ----------------------------------------------------------------- */

/* Word number n of a line, from 0. */
static const char *word(const char *line, size_t n, size_t *ret_length)
{
	line += strspn(line, " ");
	while (n-- > 0) {
		line += strcspn(line, " \n");
		line += strspn(line, " ");
	}
	*ret_length = strcspn(line, " \n");
	return line;
}

static bool has_inode(const struct sockets *sockets, const char *line, size_t place)
{
	size_t length;
	const char *inode = word(line, place, &length);
	for (size_t i = 0; i < sockets->count; i++)
		if (strlen(sockets->inodes[i]) == length &&
		    memcmp(sockets->inodes[i], inode, length) == 0)
			return true;
	return false;
}

/* At the VNC socket, or, without a name, handed over by libvirt (virDomainOpenGraphicsFD). */
static bool is_viewer(const char *line)
{
	size_t length, state, end = strlen(VNC_SOCKET);
	const char *path = word(line, 7, &length), *is = word(line, 5, &state);
	return state == 2 && memcmp(is, CONNECTED, 2) == 0 &&
	       (length == 0 ||
		(length >= end && memcmp(path + length - end, VNC_SOCKET, end) == 0));
}

/* place: of the inode in a line (/proc/net/tcp: 9, /proc/net/unix: 6). */
static unsigned count_sockets(pid_t pid, const char *table, size_t place,
			      const struct sockets *sockets, bool (*counts)(const char *line))
{
	unsigned count = 0;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, PROC_FILE_MAX);
	if (read_proc(pid, table, &text) < 0)
		return 0; /* a kernel without that protocol */
	for (const char *line = ls_buffer_str(&text); *line;) {
		count += has_inode(sockets, line, place) && (!counts || counts(line));
		line += strcspn(line, "\n");
		line += *line == '\n';
	}
	return count;
}

static void read_sockets(struct ls_qemu_process *p, const struct sockets *sockets)
{
	static const char *const tables[] = { "net/tcp",  "net/tcp6", "net/udp",
					      "net/udp6", "net/raw",  "net/raw6" };
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		p->network += count_sockets(p->pid, tables[i], 9, sockets, NULL);
	p->viewers = count_sockets(p->pid, "net/unix", 6, sockets, is_viewer);
}

/* --- whole ------------------------------------------------------------------- */

void ls_qemu_process_free(struct ls_qemu_process *process)
{
	ls_buffer_free(&process->arguments);
}

int ls_qemu_process_read(pid_t pid, struct ls_qemu_process *ret_process, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer status;
	struct sockets sockets = { 0 };
	struct ls_qemu_process *p = ret_process;
	ls_buffer_init(&status, STATUS_MAX);
	memset(p, 0, sizeof(*p));
	ls_buffer_init(&p->arguments, LS_QEMU_ARGUMENTS_MAX);
	if (pid <= 0)
		return 0;
	p->pid = pid;
	int rc = read_proc(pid, "status", &status);
	int unseen = rc == 0 ? read_fds(p, &sockets) : 0;
	/*
	 * Last: one that ends lets go of its memory, where these are, before its descriptors; and
	 * without memory it may forbid that its descriptors are looked at.
	 */
	if (rc == 0)
		rc = read_proc(pid, "cmdline", &p->arguments);
	if (rc == -ENOENT || rc == -ESRCH || (rc == 0 && p->arguments.size == 0)) {
		p->pid = 0; /* it ended, and is perhaps not waited for yet */
		return 0;
	}
	rc = rc < 0 ? rc : unseen;
	if (rc < 0)
		return ls_fail_errno(err, -rc, "process.unseen",
				     "cannot look into QEMU's process %d", (int)pid);
	read_status(&status, p);
	read_sockets(p, &sockets);
	return 0;
}
