/* SPDX-License-Identifier: Apache-2.0 */
/* Cleanup attributes: a value is let go of when its name goes out of scope. */
#ifndef LABSEAL_LIB_BASE_CLEANUP_H
#define LABSEAL_LIB_BASE_CLEANUP_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static inline void ls_cleanup_free(void *pointer)
{
	free(*(void **)pointer);
}

/* Keeps errno, so that it may run between a failed call and its report. */
static inline void ls_cleanup_close(int *fd)
{
	if (*fd < 0)
		return;
	int saved = errno;
	close(*fd);
	errno = saved;
}

static inline void ls_cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

#define _cleanup_free_	__attribute__((cleanup(ls_cleanup_free)))
#define _cleanup_close_ __attribute__((cleanup(ls_cleanup_close)))
#define _cleanup_file_	__attribute__((cleanup(ls_cleanup_file)))

/*
 * LS_DEFINE_CLEANUP(struct foo *, foo_free) defines foo_free_cleanup for use as
 * __attribute__((cleanup(foo_free_cleanup))).  foo_free must accept NULL.
 */
#define LS_DEFINE_CLEANUP(type, function)                  \
	static inline void function##_cleanup(type *value) \
	{                                                  \
		if (*value)                                \
			function(*value);                  \
	}
#define _cleanup_(function) __attribute__((cleanup(function##_cleanup)))

/* Hand a value over: returns it and leaves the "nothing" value behind. */
static inline int ls_steal_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}

#define ls_steal_ptr(pointer)                               \
	({                                                  \
		__typeof__(*(pointer)) taken_ = *(pointer); \
		*(pointer) = NULL;                          \
		taken_;                                     \
	})

#endif
