/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Programs that root starts become users of their own where this machine has these: what a
 * test makes for one has to be that user's.
 */
#ifndef LABSEAL_LIB_PROC_OWN_USER_TEST_H
#define LABSEAL_LIB_PROC_OWN_USER_TEST_H

#include <ftw.h>
#include <pwd.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static struct passwd *ls_test_owner;

static inline int ls_test_give_one(const char *path, const struct stat *st, int type,
				   struct FTW *where)
{
	(void)st;
	(void)type;
	(void)where;
	return lchown(path, ls_test_owner->pw_uid, ls_test_owner->pw_gid);
}

/* The folder behind fd and all in it.  Nothing where there is no such user, or we are not root. */
static inline void ls_test_give(int fd, const char *user)
{
	char path[64];
	ls_test_owner = geteuid() == 0 ? getpwnam(user) : NULL;
	snprintf(path, sizeof(path), "/proc/self/fd/%d/.", fd);
	if (ls_test_owner && nftw(path, ls_test_give_one, 8, FTW_PHYS) != 0)
		perror("cannot give a test's files to another user");
}

#endif
