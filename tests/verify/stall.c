/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a program: reads of one file or folder do not come back, as from a
 * server that died, or are slow, or fail as from a broken disk, or find it changed.
 *
 *     STALL_FILE   the end of its path
 *     STALL_HOW    "error": EIO; "change": it gets a new time each time; "held": the first one
 *                  makes STALL_MARK, and they wait until it is removed; not set: they wait
 *     STALL_MS     for so long, each time; not set: for ever
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static void sleep_for(const char *ms)
{
	long long wait = ms ? 0 : LLONG_MAX;
	for (; ms && *ms >= '0' && *ms <= '9'; ms++)
		wait = 10 * wait + (*ms - '0');
	struct timespec t = { wait / 1000, wait % 1000 * 1000000L };
	nanosleep(&t, NULL);
}

/* A file says that we are here, and lets us go when it goes. */
static void hold(const char *mark)
{
	static atomic_flag was_here = ATOMIC_FLAG_INIT;
	if (!atomic_flag_test_and_set(&was_here))
		close(open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	while (access(mark, F_OK) == 0)
		sleep_for("10");
}

/* False: the read fails, with errno. */
static bool may_go_on(int fd)
{
	char link[64], path[PATH_MAX];
	const char *file = getenv("STALL_FILE"), *how = getenv("STALL_HOW");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (!file || n < (ssize_t)strlen(file) ||
	    memcmp(path + n - strlen(file), file, strlen(file)) != 0)
		return true;
	path[n] = '\0';
	if (!how)
		sleep_for(getenv("STALL_MS"));
	else if (strcmp(how, "held") == 0)
		hold(getenv("STALL_MARK"));
	else if (strcmp(how, "change") == 0)
		utimensat(AT_FDCWD, path, NULL, 0);
	else
		errno = EIO;
	return !how || strcmp(how, "error") != 0;
}

/* The function that this one stands before. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

ssize_t read(int fd, void *bytes, size_t n)
{
	return may_go_on(fd) ? NEXT(read)(fd, bytes, n) : -1;
}

ssize_t pread(int fd, void *bytes, size_t n, off_t at)
{
	return may_go_on(fd) ? NEXT(pread)(fd, bytes, n, at) : -1;
}

struct dirent *readdir(DIR *dir)
{
	return may_go_on(dirfd(dir)) ? NEXT(readdir)(dir) : NULL;
}
