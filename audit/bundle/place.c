/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/bundle/place.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PARTS 3 /* results, the year, the folder */

static int not_a_result(const char *result, const char *why, struct ls_error *err)
{
	return ls_fail(err, -EINVAL, "bundle.not-a-result",
		       "'%s' is no result of a share: %s; name a folder like "
		       "SHARE/results/2026/000042-plate7.eds",
		       result, why);
}

/* Where the last n parts of a path begin; NULL: it has fewer. */
static char *last_parts(char *path, int n)
{
	char *at = path + strlen(path);
	while (n > 0 && at > path)
		if (*--at == '/')
			n--;
	return n == 0 ? at : NULL;
}

static bool has_checkpoint(const char *share)
{
	char path[PATH_MAX + 16];
	struct stat st;
	snprintf(path, sizeof(path), "%s/log/checkpoint", share);
	return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

int ls_bundle_place_find(const char *result, struct ls_bundle_place *ret, struct ls_error *err)
{
	const char *label;
	struct stat st;
	if (!realpath(result, ret->share) || stat(ret->share, &st) < 0)
		return ls_fail_errno(err, errno, "bundle.result", "cannot open '%s'", result);
	if (!S_ISDIR(st.st_mode))
		return not_a_result(result, "it is no folder", err);
	char *slash = last_parts(ret->share, PARTS);
	if (!slash || strncmp(slash, "/results/", 9) != 0)
		return not_a_result(result, "it does not lie in results/YEAR/", err);
	if (strlen(slash + 1) >= sizeof(ret->folder))
		return not_a_result(result, "its name is too long", err);
	snprintf(ret->folder, sizeof(ret->folder), "%s", slash + 1);
	*slash = '\0';
	ret->name = strrchr(ret->folder, '/') + 1;
	if (ls_seal_folder_parse(ret->name, strlen(ret->name), &ret->seal, &label) < 0)
		return not_a_result(result, "its name is not a seal's", err);
	if (!has_checkpoint(ret->share))
		return not_a_result(result, "there is no log/checkpoint beside results/", err);
	return 0;
}
