/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/confinement.h"

#include <stddef.h>

#include "enclave/keys/key.h"
#include "lib/proc/confine.h"
#include "lib/seal/cms.h"
#include "lib/seal/record.h"

#define ENCLAVE_USER "_labseal-enclave"
#define MEMORY_MAX   (512ull << 20) /* bytes of address space */
#define FILES_MAX    16		    /* 0 to 5, and what confinement itself opens on the way */

int ls_enclave_confine(unsigned *ret_missing, struct ls_error *err)
{
	static const char *const syscalls[] = {
		/* the three channels and the log */
		"read", "write", "sendmsg", "poll", "ppoll", "close",
		/* memory */
		"brk", "mmap", "munmap", "mremap", "mprotect", "madvise", "futex",
		/* OpenSSL: randomness, and whether it was forked */
		"getrandom", "getpid", "gettid",
		/* time (where it is no vdso call), the end */
		"clock_gettime", "gettimeofday", "rt_sigreturn", "exit_group", NULL
	};
	struct ls_confinement c = {
		.user = ENCLAVE_USER,
		.syscalls = syscalls,
		.memory_max = MEMORY_MAX,
		.files_max = FILES_MAX,
	};
	ls_key_warm_up();
	ls_cms_warm_up();
	ls_record_warm_up();
	return ls_confine(&c, ret_missing, err);
}
