/* SPDX-License-Identifier: Apache-2.0 */
/* What a process does before it holds a secret that must not reach a disk. */
#ifndef LABSEAL_LIB_BASE_SECRET_MEMORY_H
#define LABSEAL_LIB_BASE_SECRET_MEMORY_H

#include "lib/base/error.h"

/*
 * No core dump of this process, and nobody but root traces it; none of its memory is swapped out,
 * or, where the limit of locked memory (`ulimit -l`) does not allow that, none of this thread's
 * stack, on which secrets are held: 256 KiB deeper than the caller's frame at least.  May be said
 * again.  -EPERM ("memory.lock"): not even that much may be locked.
 */
int ls_secret_memory(struct ls_error *err);

#endif
