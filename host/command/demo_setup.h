/* SPDX-License-Identifier: Apache-2.0 */
/* The demo's output folder: its paths, its policy, its guest. */
#ifndef LABSEAL_HOST_COMMAND_DEMO_SETUP_H
#define LABSEAL_HOST_COMMAND_DEMO_SETUP_H

#include <limits.h>
#include <stdint.h>

#include "host/command/demo_input.h"
#include "lib/base/error.h"

/* Absolute paths. */
struct ls_demo_paths {
	char input[PATH_MAX];
	char kernel[PATH_MAX];
	char base[PATH_MAX]; /* the guest's initrd without files */
	char output[PATH_MAX];
	/* below output */
	char policy[PATH_MAX]; /* policy.yaml */
	char initrd[PATH_MAX]; /* state/guest.initrd */
	char state[PATH_MAX];  /* state */
	char share[PATH_MAX];  /* share */
	char trust[PATH_MAX];  /* trust.txt */
	char log[PATH_MAX];    /* labseald.log */
};

/*
 * Fill the paths in; those given may be NULL: the output is then labseal-demo
 * in the working directory, the rest what `make image` and `make demo-input`
 * put beside this program.  Makes the output and state folders.  -ENOENT with
 * the words to say when something is not there.
 */
int ls_demo_paths_init(struct ls_demo_paths *ret_paths, const char *input, const char *output,
		       const char *kernel, const char *base, struct ls_error *err);

/*
 * Lock the output folder against a second demo, and wait until an earlier
 * one's labseald, if it is still ending, has let go of the state.  Returns a
 * descriptor that holds the lock; -EBUSY when another demo runs.
 */
int ls_demo_lock(const struct ls_demo_paths *paths, struct ls_error *err);

/*
 * Bytes of memory for a guest that holds the files in its RAM, as a whole number
 * of MiB.  -ENOMEM when this machine has not that much free.
 */
int ls_demo_memory(const struct ls_demo_input *input, uint64_t *ret_mib, struct ls_error *err);

/* Write policy.yaml. */
int ls_demo_policy_write(const struct ls_demo_paths *paths, uint64_t memory_mib,
			 struct ls_error *err);

#endif
