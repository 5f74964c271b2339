/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sequence files of the policy's samples, taken up when signing starts: what the enclave names
 * in its records is what the publisher is given.  They are hashed, and never looked into.
 */
#ifndef LABSEAL_HOST_SUPERVISOR_SAMPLES_H
#define LABSEAL_HOST_SUPERVISOR_SAMPLES_H

#include "lib/base/error.h"
#include "lib/seal/samples.h"
#include "policy/policy.h"

/*
 * One file, against what the policy says of it.  Returns its descriptor, at its first byte.
 * -ENOENT and the like ("sample.missing"); -ELOOP ("sample.link"): a symbolic link is in the way;
 * -EINVAL ("sample.kind", "sample.size"): no regular file, an empty or a too large one; -EBADMSG
 * ("sample.digest"): not the policy's; an errno of reading.
 */
int ls_sample_open(const struct ls_policy_sample *sample, struct ls_sample *ret_sample,
		   struct ls_error *err);

/* All of them. */
struct ls_sample_files {
	struct ls_samples samples;
	int fds[LS_SAMPLES_MAX]; /* owned: the first samples.count */
};

/* 0, or an error of ls_sample_open, and nothing is open. */
int ls_sample_files_open(const struct ls_policy *policy, struct ls_sample_files *ret_files,
			 struct ls_error *err);
void ls_sample_files_close(struct ls_sample_files *files); /* none is left; zeroed: nothing */

#endif
