/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Preloaded into a program: reads of one file or folder do not come back, as from a
 * server that died, or are slow.
 *
 *     STALL_FILE   the end of its path
 *     STALL_MS     for so long, each time; not set: for ever
 */
#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void stall(int fd)
{
	char link[64], path[PATH_MAX];
	const char *file = getenv("STALL_FILE"), *ms = getenv("STALL_MS");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof(path) - 1);
	if (!file || n < (ssize_t)strlen(file) ||
	    memcmp(path + n - strlen(file), file, strlen(file)) != 0)
		return;
	long long wait = ms ? 0 : LLONG_MAX;
	for (; ms && *ms >= '0' && *ms <= '9'; ms++)
		wait = 10 * wait + (*ms - '0');
	struct timespec t = { wait / 1000, wait % 1000 * 1000000L };
	nanosleep(&t, NULL);
}

/* The function that this one stands before. */
#define NEXT(name) ((__typeof__(&(name)))dlsym(RTLD_NEXT, #name))

ssize_t read(int fd, void *bytes, size_t n)
{
	stall(fd);
	return NEXT(read)(fd, bytes, n);
}

ssize_t pread(int fd, void *bytes, size_t n, off_t at)
{
	stall(fd);
	return NEXT(pread)(fd, bytes, n, at);
}

struct dirent *readdir(DIR *dir)
{
	stall(dirfd(dir));
	return NEXT(readdir)(dir);
}
