/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "diode/export/platform.h"
#include "lib/base/cleanup.h"

#define SECOND 1000000000ll

const char ls_platform_separator = '/';

/* --- time, chance, the end ---------------------------------------------------------- */

static int64_t time_of(struct timespec t)
{
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

int64_t ls_platform_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return time_of(t);
}

uint64_t ls_platform_ticks(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)(time_of(t) / 1000000);
}

void ls_platform_sleep(unsigned ms)
{
	poll(NULL, 0, (int)ms);
}

int ls_platform_random(void *bytes, size_t n, struct ls_error *err)
{
	if (getrandom(bytes, n, 0) != (ssize_t)n)
		return ls_fail_errno(err, errno, "export.random", "cannot get random bytes");
	return 0;
}

static volatile sig_atomic_t stopping;

static void on_stop(int number)
{
	(void)number;
	stopping = 1;
}

/* SIGIO comes when somebody opens a file for writing in the moment that we ask for its lease. */
void ls_platform_catch_stop(void)
{
	struct sigaction stop = { .sa_handler = on_stop }, ignore = { .sa_handler = SIG_IGN };
	sigaction(SIGTERM, &stop, NULL);
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGIO, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool ls_platform_stopping(void)
{
	return stopping;
}

void ls_platform_ready(void)
{
}

void ls_platform_say(const char *text)
{
	fprintf(stderr, "labseal-export: %s\n", text);
}

int ls_platform_read_config(const char *path, size_t max, char **ret_text, struct ls_error *err)
{
	_cleanup_file_ FILE *file = fopen(path, "rbe");
	_cleanup_free_ char *text = calloc(1, max + 1);
	if (!file || !text)
		return ls_fail_errno(err, errno, "export.config", "cannot open '%s'", path);
	size_t n = fread(text, 1, max, file);
	if (ferror(file) || n == max || memchr(text, '\0', n))
		return ls_fail(err, -EINVAL, "export.config",
			       "'%s' cannot be read, is too long or is no text", path);
	*ret_text = ls_steal_ptr(&text);
	return 0;
}

/* --- watched folders ------------------------------------------------------------------- */

static struct ls_file_info info_of(const struct stat *st)
{
	return (struct ls_file_info){
		.is_folder = S_ISDIR(st->st_mode),
		.size = (uint64_t)st->st_size,
		.mtime = time_of(st->st_mtim),
		.mark = (uint64_t)time_of(st->st_ctim) * 31 + (uint64_t)st->st_ino,
	};
}

int ls_platform_list(const char *folder,
		     int (*visit)(void *context, const char *name, const struct ls_file_info *info),
		     void *context, struct ls_error *err)
{
	DIR *dir = opendir(folder);
	if (!dir)
		return ls_fail_errno(err, errno, "export.watch.list", "cannot list '%s'", folder);
	int rc = 0;
	const struct dirent *entry;
	while (rc == 0 && (entry = readdir(dir))) {
		struct stat st;
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
		    fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
		    (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode)))
			continue;
		struct ls_file_info info = info_of(&st);
		rc = visit(context, entry->d_name, &info);
	}
	closedir(dir);
	return rc;
}

struct ls_source {
	int fd;
};

/* "flags:\t0100001": octal, and the access mode is in the last digit. */
static bool flags_write(const char *fdinfo)
{
	const char *flags = strstr(fdinfo, "flags:");
	if (!flags)
		return false;
	flags += strlen("flags:");
	size_t n = strcspn(flags, "\n");
	return n > 0 && ((flags[n - 1] - '0') & O_ACCMODE) != O_RDONLY;
}

/* Whether one open descriptor of some process is this file, open for writing. */
static bool writes_to(int fdinfo_dir, int fd_dir, const char *name, const struct stat *file)
{
	struct stat st;
	if (fstatat(fd_dir, name, &st, 0) < 0 || st.st_dev != file->st_dev ||
	    st.st_ino != file->st_ino)
		return false;
	char text[256] = "";
	_cleanup_close_ int fd = openat(fdinfo_dir, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return false;
	return flags_write(text);
}

static bool process_writes_to(const char *pid, const struct stat *file)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	DIR *fds = opendir(path);
	if (!fds)
		return false;
	snprintf(path, sizeof(path), "/proc/%.20s/fdinfo", pid);
	_cleanup_close_ int info = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool found = false;
	const struct dirent *entry;
	while (info >= 0 && !found && (entry = readdir(fds)))
		found = entry->d_name[0] != '.' && writes_to(info, dirfd(fds), entry->d_name, file);
	closedir(fds);
	return found;
}

/* Where the file system has no leases: ask every process that we may look at. */
static bool somebody_writes_to(int fd)
{
	struct stat file;
	DIR *proc = opendir("/proc");
	if (!proc)
		return false;
	bool found = false;
	const struct dirent *entry;
	while (fstat(fd, &file) == 0 && !found && (entry = readdir(proc)))
		found = entry->d_name[0] >= '1' && entry->d_name[0] <= '9' &&
			process_writes_to(entry->d_name, &file);
	closedir(proc);
	return found;
}

/*
 * A read lease is given only while nobody has the file open for writing
 * (fcntl(2), F_SETLEASE).  It is given back at once: a writer is never kept waiting.
 */
static bool has_writer(int fd)
{
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
		fcntl(fd, F_SETLEASE, F_UNLCK);
		return false;
	}
	return errno == EAGAIN || somebody_writes_to(fd);
}

int ls_platform_open_source(const char *path, struct ls_source **ret_source,
			    struct ls_file_info *ret_info, struct ls_error *err)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) < 0)
		return ls_fail_errno(err, errno, "export.source.open", "cannot open '%s'", path);
	if (!S_ISREG(st.st_mode))
		return ls_fail(err, -EINVAL, "export.source.kind", "'%s' is no regular file", path);
	if (has_writer(fd))
		return ls_fail(err, -EBUSY, "export.source.busy", "'%s' is being written", path);
	struct ls_source *s = malloc(sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	s->fd = ls_steal_fd(&fd);
	*ret_info = info_of(&st);
	*ret_source = s;
	return 0;
}

int ls_platform_source_info(struct ls_source *s, struct ls_file_info *ret_info,
			    struct ls_error *err)
{
	struct stat st;
	if (fstat(s->fd, &st) < 0)
		return ls_fail_errno(err, errno, "export.source.read", "cannot examine a file");
	*ret_info = info_of(&st);
	return 0;
}

int64_t ls_platform_source_read(struct ls_source *s, uint64_t offset, void *bytes, size_t n,
				struct ls_error *err)
{
	ssize_t got = pread(s->fd, bytes, n, (off_t)offset);
	if (got < 0)
		return ls_fail_errno(err, errno, "export.source.read", "cannot read a file");
	return got;
}

struct ls_source *ls_platform_source_close(struct ls_source *s)
{
	if (s)
		close(s->fd);
	free(s);
	return NULL;
}

/* --- the outbox --------------------------------------------------------------------------- */

struct ls_store {
	int fd;
};

int ls_platform_make_folder(const char *path, struct ls_error *err)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return ls_fail_errno(err, errno, "export.outbox.make", "cannot make folder '%s'",
				     path);
	return 0;
}

int ls_platform_store_open(const char *path, enum ls_store_mode mode, struct ls_store **ret_store,
			   struct ls_error *err)
{
	static const int flags[] = {
		[LS_STORE_READ] = O_RDONLY,
		[LS_STORE_CREATE] = O_RDWR | O_CREAT | O_TRUNC,
		[LS_STORE_APPEND] = O_RDWR | O_CREAT | O_APPEND,
	};
	_cleanup_close_ int fd = open(path, flags[mode] | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return ls_fail_errno(err, errno, "export.outbox.open", "cannot open '%s'", path);
	if (mode == LS_STORE_APPEND && flock(fd, LOCK_EX | LOCK_NB) < 0)
		return ls_fail(err, -EBUSY, "export.outbox.busy",
			       "'%s' is in use by another exporter", path);
	struct ls_store *s = malloc(sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	s->fd = ls_steal_fd(&fd);
	*ret_store = s;
	return 0;
}

int ls_platform_store_read(struct ls_store *s, uint64_t offset, void *bytes, size_t n,
			   struct ls_error *err)
{
	for (size_t have = 0; have < n;) {
		ssize_t got = pread(s->fd, (char *)bytes + have, n - have, (off_t)(offset + have));
		if (got == 0)
			return ls_fail(err, -ENODATA, "export.outbox.short",
				       "a file in the outbox is shorter than it was");
		if (got < 0)
			return ls_fail_errno(err, errno, "export.outbox.read",
					     "cannot read the outbox");
		have += (size_t)got;
	}
	return 0;
}

static int cannot_write(struct ls_error *err)
{
	int rc = ls_fail_errno(err, errno, "export.outbox.write", "cannot write to the outbox");
	return rc == -EDQUOT ? -ENOSPC : rc;
}

int ls_platform_store_write(struct ls_store *s, const void *bytes, size_t n, struct ls_error *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t put = write(s->fd, (const char *)bytes + done, n - done);
		if (put < 0 && errno != EINTR)
			return cannot_write(err);
		done += put > 0 ? (size_t)put : 0;
	}
	return 0;
}

int ls_platform_store_cut(struct ls_store *s, uint64_t size, struct ls_error *err)
{
	return ftruncate(s->fd, (off_t)size) < 0 ? cannot_write(err) : 0;
}

int ls_platform_store_sync(struct ls_store *s, struct ls_error *err)
{
	return fdatasync(s->fd) < 0 ? cannot_write(err) : 0;
}

uint64_t ls_platform_store_size(struct ls_store *s)
{
	struct stat st;
	return fstat(s->fd, &st) < 0 ? 0 : (uint64_t)st.st_size;
}

struct ls_store *ls_platform_store_close(struct ls_store *s)
{
	if (s)
		close(s->fd);
	free(s);
	return NULL;
}

static int sync_folder_of(const char *path)
{
	char folder[LS_PATH_MAX];
	const char *slash = strrchr(path, '/');
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) : 1,
		 slash ? path : ".");
	_cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -1 : fsync(fd);
}

int ls_platform_rename(const char *from, const char *to, struct ls_error *err)
{
	if (rename(from, to) < 0 || sync_folder_of(to) < 0)
		return ls_fail_errno(err, errno, "export.outbox.write", "cannot make '%s'", to);
	return 0;
}

int ls_platform_remove(const char *path, struct ls_error *err)
{
	if (unlink(path) < 0 && errno != ENOENT)
		return ls_fail_errno(err, errno, "export.outbox.write", "cannot remove '%s'", path);
	return 0;
}

/* --- the port -----------------------------------------------------------------------------------
 */

struct ls_port {
	int fd;
};

/* A virtio-serial port by its name, where no udev made /dev/virtio-ports. */
static int find_virtio_port(const char *name, char path[static LS_PATH_MAX])
{
	snprintf(path, LS_PATH_MAX, "/dev/virtio-ports/%s", name);
	if (access(path, F_OK) == 0)
		return 0;
	DIR *dir = opendir("/sys/class/virtio-ports");
	if (!dir)
		return -ENOENT;
	int rc = -ENOENT;
	const struct dirent *entry;
	while (rc < 0 && (entry = readdir(dir))) {
		char text[LS_PATH_MAX] = "";
		snprintf(path, LS_PATH_MAX, "/sys/class/virtio-ports/%s/name", entry->d_name);
		_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (strcmp(text, name) != 0)
			continue;
		snprintf(path, LS_PATH_MAX, "/dev/%s", entry->d_name);
		rc = 0;
	}
	closedir(dir);
	return rc;
}

/* A serial line carries bytes as they are; whatever is no terminal stays as it is. */
static void make_raw(int fd)
{
	struct termios t;
	if (tcgetattr(fd, &t) < 0)
		return;
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL;
	cfsetspeed(&t, B115200);
	tcsetattr(fd, TCSANOW, &t);
}

int ls_platform_port_open(const char *name, struct ls_port **ret_port, struct ls_error *err)
{
	char path[LS_PATH_MAX];
	snprintf(path, sizeof(path), "%s", name);
	if (!strchr(name, '/') && find_virtio_port(name, path) < 0)
		return ls_fail(err, -ENOENT, "export.port.open",
			       "there is no virtio-serial port named '%s'", name);
	_cleanup_close_ int fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return ls_fail_errno(err, errno, "export.port.open", "cannot open port '%s'", path);
	make_raw(fd);
	struct ls_port *port = malloc(sizeof(*port));
	if (!port)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	port->fd = ls_steal_fd(&fd);
	*ret_port = port;
	return 0;
}

/* A virtio port whose host is not there gives EAGAIN and POLLHUP: that is waiting, too. */
int64_t ls_platform_port_write(struct ls_port *port, const void *bytes, size_t n,
			       unsigned timeout_ms, struct ls_error *err)
{
	ssize_t put = write(port->fd, bytes, n);
	if (put < 0 && errno == EAGAIN) {
		struct pollfd p = { .fd = port->fd, .events = POLLOUT };
		int ready = poll(&p, 1, (int)timeout_ms);
		if (ready > 0 && !(p.revents & POLLOUT))
			ls_platform_sleep(timeout_ms);
		put = write(port->fd, bytes, n);
	}
	if (put < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (put < 0)
		return ls_fail_errno(err, errno, "export.port.write", "cannot write to the port");
	return put;
}

struct ls_port *ls_platform_port_close(struct ls_port *port)
{
	if (port)
		close(port->fd);
	free(port);
	return NULL;
}
