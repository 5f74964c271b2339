/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/confinement.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <unistd.h>

#include "enclave/keys/key.h"
#include "lib/base/cleanup.h"
#include "lib/proc/confine.h"
#include "lib/seal/cms.h"
#include "lib/seal/record.h"

#define ENCLAVE_USER "_labseal-enclave"
#define MEMORY_MAX   (512ull << 20) /* bytes of address space */
#define FILES_MAX    16		    /* 0 to 5, and what confinement itself opens on the way */

/* clang-format off */
#define SERVING_SYSCALLS                                                     \
	/* the three channels and the log */                                 \
	"read", "write", "sendmsg", "poll", "ppoll", "close",                \
	/* memory */                                                         \
	"brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "futex",   \
	/* OpenSSL: randomness, and whether it was forked */                 \
	"getrandom", "getpid", "gettid",                                     \
	/* time (where it is no vdso call), the end */                       \
	"clock_gettime", "gettimeofday", "rt_sigreturn", "exit_group"

static const char *const setup_syscalls[] = {
	SERVING_SYSCALLS,
	/* OpenSSL's own heap for secrets */
	"mlock", "mlock2",
	/* reading what there is in its root */
	"openat", "newfstatat", "fstat", "pread64", "lseek", "access", "faccessat",
	/* a PKCS#11 module, which looks for its tokens and locks their files for reading */
	"fcntl", "getdents64",
	LS_CONFINE_AGAIN_SYSCALLS, NULL
};
static const char *const serving_syscalls[] = { SERVING_SYSCALLS, NULL };
/* clang-format on */

int ls_enclave_confine_setup(unsigned *ret_missing, struct ls_error *err)
{
	_cleanup_close_ int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return ls_fail_errno(err, errno, "enclave.root", "cannot open the root folder");
	struct ls_confine_path readable = { .dirfd = root };
	struct ls_confinement c = {
		/* in its own root it is not root, and labseald has seen to the user */
		.user = geteuid() == 0 ? ENCLAVE_USER : NULL,
		.paths = &readable,
		.path_count = 1,
		.syscalls = setup_syscalls,
		.memory_max = MEMORY_MAX,
		.files_max = FILES_MAX,
		.lock_memory = true,
		.logs_nowhere = true,
	};
	int rc = ls_confine(&c, ret_missing, err);
	if (rc < 0)
		return rc;
	ls_key_warm_up();
	ls_cms_warm_up();
	ls_record_warm_up();
	return 0;
}

int ls_enclave_confine_serving(int folder, unsigned *ret_missing, struct ls_error *err)
{
	const struct ls_confine_path readable = { .dirfd = folder };
	struct ls_confinement c = {
		.paths = &readable,
		.path_count = folder >= 0 ? 1 : 0,
		.reads_files = folder >= 0,
		.syscalls = serving_syscalls,
		.memory_max = MEMORY_MAX,
		.files_max = FILES_MAX,
		.no_new_code = true,
	};
	return ls_confine(&c, ret_missing, err);
}
