/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/secret_memory.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#define DEEPER (256 * 1024)

#ifndef LABSEAL_SANITIZE /* which makes nothing of mlockall */
static int lock_stack(void)
{
	pthread_attr_t attr;
	void *stack;
	size_t size;
	volatile uint8_t deeper[DEEPER]; /* the kernel maps a stack as it grows */
	for (size_t i = 0; i < sizeof(deeper); i += 4096)
		deeper[i] = 0;
	if (pthread_getattr_np(pthread_self(), &attr) != 0)
		return -1;
	int rc = pthread_attr_getstack(&attr, &stack, &size);
	pthread_attr_destroy(&attr);
	return rc != 0 ? -1
		       : mlock((void *)(uintptr_t)deeper,
			       (uintptr_t)stack + size - (uintptr_t)deeper);
}
#endif

int ls_secret_memory(struct ls_error *err)
{
	prctl(PR_SET_DUMPABLE, 0);
#ifndef LABSEAL_SANITIZE
	if (mlockall(MCL_CURRENT | MCL_FUTURE) < 0 && lock_stack() < 0)
		return ls_fail(err, -EPERM, "memory.lock",
			       "no memory may be locked, so that the key could be written to the "
			       "swap space; raise the limit ('ulimit -l', LimitMEMLOCK= of a "
			       "service) to 1024 KiB at least");
#else
	(void)err;
#endif
	return 0;
}
