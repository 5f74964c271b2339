/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define FILE_MODE   0444
#define FOLDER_MODE 0755
#define PATH_SIZE   1024

struct copy {
	int root;
	unsigned files;
	struct ls_error *err;
};

static void close_folder(DIR **folder)
{
	if (*folder)
		closedir(*folder);
}

static int refuse(struct copy *c, const char *path, const char *why)
{
	return ls_fail(c->err, -EINVAL, "enclave.folder", "the token's folder: '%s' %s", path, why);
}

static int copy_folder(struct copy *c, const char *path, unsigned depth);

static int copy_entry(struct copy *c, const char *folder, const char *name, unsigned depth)
{
	char path[PATH_SIZE];
	struct stat st;
	int n = snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return refuse(c, folder, "holds a name that is too long");
	if (lstat(path, &st) < 0)
		return ls_fail_errno(c->err, errno, "enclave.folder", "cannot look at '%s'", path);
	if (S_ISDIR(st.st_mode))
		return copy_folder(c, path, depth + 1);
	if (!S_ISREG(st.st_mode))
		return refuse(c, path, "is neither a file nor a folder");
	if (++c->files > LS_ENCLAVE_FOLDER_FILES_MAX)
		return refuse(c, folder, "and the rest are more files than a token has");
	return ls_file_copy(AT_FDCWD, path, c->root, path + 1, FILE_MODE, c->err);
}

static int copy_folder(struct copy *c, const char *path, unsigned depth)
{
	__attribute__((cleanup(close_folder))) DIR *folder = opendir(path);
	if (depth > LS_ENCLAVE_FOLDER_DEPTH_MAX)
		return refuse(c, path, "is nested too deep");
	if (!folder)
		return ls_fail_errno(c->err, errno, "enclave.folder",
				     "cannot open the token's folder '%s'", path);
	int rc = ls_make_dirs(c->root, path + 1, FOLDER_MODE, c->err);
	while (rc == 0) {
		errno = 0;
		const struct dirent *entry = readdir(folder);
		if (!entry)
			return errno ? ls_fail_errno(c->err, errno, "enclave.folder",
						     "cannot read '%s'", path)
				     : 0;
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			rc = copy_entry(c, path, entry->d_name, depth);
	}
	return rc;
}

int ls_enclave_folder_copy(const char *path, int root, struct ls_error *err)
{
	struct copy c = { .root = root, .err = err };
	return copy_folder(&c, path, 0);
}
