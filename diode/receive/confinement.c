/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/confinement.h"

#include <jansson.h>
#include <stdlib.h>

#include "lib/base/hash.h"
#include "lib/proc/confine.h"

static const char *const allowed_syscalls[] = {
	LS_CONFINE_BASIC_SYSCALLS,
	"openat",
	"unlinkat",
	"renameat",
	"fallocate",
	"fsync",
	"fdatasync",
	"syncfs",
	"sync_file_range",
	"ftruncate",
	"getdents64",
	"flock",
	"pread64",
	"pwrite64",
	NULL,
};

static int compare_bytes(const void *a, const void *b)
{
	return *(const unsigned char *)a - *(const unsigned char *)b;
}

/* What libraries set up at their first use comes before the doors are closed. */
static void warm_up(void)
{
	static unsigned char many[4096];
	struct ls_digest digest;
	qsort(many, sizeof(many), 1, compare_bytes); /* asks how much memory there is */
	json_object_seed(0);
	ls_sha256_buffer("", 0, &digest);
}

int ls_diode_confine(int spool_dir, const char *user, unsigned *ret_missing, struct ls_error *err)
{
	struct ls_confine_path spool = { .dirfd = spool_dir, .writable = true };
	struct ls_confinement c = {
		.user = user,
		.paths = &spool,
		.path_count = 1,
		.syscalls = allowed_syscalls,
		.memory_max = LS_DIODE_MEMORY_MAX,
		.files_max = LS_DIODE_FILES_MAX,
	};
	warm_up();
	return ls_confine(&c, ret_missing, err);
}
