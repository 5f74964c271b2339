/* SPDX-License-Identifier: Apache-2.0 */
/* What `labseal lock` does to files: the images, and the policy's line. */
#ifndef LABSEAL_HOST_COMMAND_LOCK_H
#define LABSEAL_HOST_COMMAND_LOCK_H

#include "lib/base/error.h"
#include "lib/base/hash.h"
#include "policy/policy.h"

/* What the install phase wrote, and the new base image made of it and the old one. */
struct ls_lock_images {
	const char *base;		   /* the policy's vm.disk.path */
	char overlay[LS_POLICY_PATH_SIZE]; /* of the install phase; "" when there is none */
	char made[LS_POLICY_PATH_SIZE + 16];
};

/* Find them.  -ENOENT ("lock.image"): there is no base image. */
int ls_lock_find(const struct ls_policy *policy, struct ls_lock_images *ret_images,
		 struct ls_error *err);

/*
 * Make the new image, durably, beside the old one, which is only read (with no overlay:
 * nothing is made), and hash what shall be locked.  One that is newer than the overlay is used
 * again.  Waits as long as it takes.  -EIO ("lock.convert"): qemu-img refused, and said why.
 */
int ls_lock_make(const struct ls_policy *policy, const struct ls_lock_images *images,
		 struct ls_digest *ret_digest, struct ls_error *err);

/*
 * Put it in the old one's place, in one step; the old one stays as
 * BASE.before-TIME (kept: that name, "" when nothing was made).  The overlay goes then.
 */
int ls_lock_place(const struct ls_lock_images *images, char *kept, size_t size,
		  struct ls_error *err);

/*
 * Write the image's SHA-256 into the policy file, where the old one stands, in one step; all
 * else stays as it is, comments too.  *ret_line: where.  -EINVAL ("lock.policy"): the old one does
 * not stand there exactly once, or the file would not be the policy that it was.
 */
int ls_lock_write_policy(const char *path, const struct ls_policy *policy,
			 const struct ls_digest *digest, unsigned *ret_line, struct ls_error *err);

#endif
