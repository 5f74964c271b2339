/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/own_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

int ls_own_file_check(int dirfd, const char *name, struct ls_error *err)
{
	struct stat st;
	if (fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISREG(st.st_mode))
		return 0; /* why it cannot be looked at, opening it says */
	return ls_fail(
		err, -EEXIST, "diode.spool.odd",
		"'%s' in the spool folder is no regular file (a folder, a link, a FIFO), and is "
		"left as it is; put back what was there before, or move it away, and start again",
		name);
}
