/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal lock: the end of the install phase.  What was installed becomes the base
 * image, its SHA-256 stands in the policy, and the policy authority is asked.  Each step can be
 * interrupted: the next run goes on.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/keyring.h"
#include "host/command/lock.h"
#include "host/supervisor/approval.h"
#include "host/supervisor/kvm_probe.h"
#include "host/supervisor/measure.h"
#include "host/supervisor/phase.h"
#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/options.h"

#define WORDS_MAX 16

struct lock {
	const char *path;
	struct ls_policy *policy;
	int state_fd, state_lock;
	bool write_policy, yes;
	const char *authority, *passphrase_file, *pin_file, *request; /* for approve */
};

/* --- the policy ---------------------------------------------------------------------- */

static int ask_for_line(const struct lock *l, const struct ls_digest *digest, struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	printf("the image to be locked has another SHA-256 than the policy says; write into "
	       "'vm.disk' of %s:\n    sha256: %s\n",
	       l->path, ls_digest_hex(digest, hex));
	fflush(stdout);
	return ls_fail(err, -EBADMSG, "lock.policy",
		       "the machine is not locked yet: write that line and run this again, or let "
		       "--write-policy do it");
}

static int settle_policy(struct lock *l, const struct ls_digest *digest, struct ls_error *err)
{
	unsigned line = 0;
	if (ls_digest_equal(digest, &l->policy->vm.disk.sha256))
		return 0;
	if (!l->write_policy)
		return ask_for_line(l, digest, err);
	int rc = ls_lock_write_policy(l->path, l->policy, digest, &line, err);
	if (rc < 0)
		return rc;
	printf("%s:%u: the SHA-256 of the image was written\n", l->path, line);
	return 0;
}

/* --- the images ------------------------------------------------------------------------ */

static int place_image(const struct lock *l, const struct ls_lock_images *images,
		       const struct ls_digest *digest, struct ls_error *err)
{
	char kept[LS_POLICY_PATH_SIZE + 64];
	struct ls_phase phase = { .kind = LS_PHASE_LOCKING, .image = *digest };
	int rc = ls_phase_write(l->state_fd, &phase, err);
	if (rc == 0)
		rc = ls_lock_place(images, kept, sizeof(kept), err);
	phase.kind = LS_PHASE_LOCKED;
	if (rc == 0)
		rc = ls_phase_write(l->state_fd, &phase, err);
	if (rc == 0 && kept[0])
		printf("%s is the image before; delete it when the new one has proved itself\n",
		       kept);
	return rc;
}

/* A run that was killed after the new image had its place: the base image is the new one. */
static int is_placed(const struct ls_phase *phase, const struct lock *l,
		     struct ls_lock_images *images, bool *ret_placed, struct ls_error *err)
{
	struct ls_lock_images base = *images;
	struct ls_digest now;
	*ret_placed = false;
	if (phase->kind != LS_PHASE_LOCKING)
		return 0;
	base.overlay[0] = '\0';
	int rc = ls_lock_make(l->policy, &base, &now, err);
	*ret_placed = rc == 0 && ls_digest_equal(&now, &phase->image);
	return rc;
}

static int lock_machine(struct lock *l, struct ls_error *err)
{
	struct ls_lock_images images;
	struct ls_digest digest;
	struct ls_phase phase;
	bool placed = false;
	int rc = ls_phase_read(l->state_fd, &phase, err);
	if (rc == 0)
		rc = ls_lock_find(l->policy, &images, err);
	if (rc == 0)
		rc = is_placed(&phase, l, &images, &placed, err);
	if (rc == 0 && placed)
		digest = phase.image;
	else if (rc == 0)
		rc = ls_lock_make(l->policy, &images, &digest, err);
	if (rc == 0)
		rc = settle_policy(l, &digest, err);
	return rc < 0 ? rc : place_image(l, &images, &digest, err);
}

/* --- the approval ------------------------------------------------------------------------ */

static int approve(const struct lock *l)
{
	char name[] = "approve";
	char *words[WORDS_MAX] = { name };
	int n = 1;
	const struct {
		const char *option, *value;
	} values[] = { { "--authority", l->authority },
		       { "--passphrase-file", l->passphrase_file },
		       { "--pin-file", l->pin_file },
		       { "--request", l->request } };
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		if (!values[i].value)
			continue;
		words[n++] = (char *)values[i].option;
		words[n++] = (char *)values[i].value;
	}
	if (l->yes)
		words[n++] = (char *)"--yes";
	words[n++] = (char *)"--";
	words[n++] = (char *)l->path;
	return ls_cmd_approve(n, words);
}

/* Whether the state that would be measured now is approved; *policy is as the file is now. */
static int is_approved(const struct lock *l, const struct ls_policy *policy, bool *ret_approved,
		       struct ls_error *err)
{
	_cleanup_measured_ struct ls_measured_state state = { 0 };
	struct ls_approval approval;
	bool kvm;
	int rc = ls_accelerator_choose(policy, l->state_fd, &kvm, err);
	if (rc == 0)
		rc = ls_measure(policy, kvm, NULL, &state, err);
	if (rc < 0)
		return rc;
	rc = ls_approvals_find(l->state_fd, &state, &approval, err);
	*ret_approved = rc == 0;
	return rc == -ENOENT || rc == -EACCES ? 0 : rc;
}

static int open_state(struct lock *l, struct ls_error *err)
{
	l->state_fd = ls_state_open(l->policy, 1, err);
	if (l->state_fd < 0)
		return l->state_fd;
	l->state_lock = ls_state_lock(l->state_fd, l->policy->state, err);
	return l->state_lock < 0 ? l->state_lock : 0;
}

int ls_cmd_lock(int argc, char **argv)
{
	struct lock l = { .state_fd = -1, .state_lock = -1 };
	_cleanup_policy_ struct ls_policy *policy = NULL, *now = NULL;
	bool approved = false;
	struct ls_error err;
	const struct ls_option options[] = {
		{ "--write-policy", &l.write_policy, NULL },
		{ "--authority", NULL, &l.authority },
		{ "--passphrase-file", NULL, &l.passphrase_file },
		{ "--pin-file", NULL, &l.pin_file },
		{ "--request", NULL, &l.request },
		{ "--yes", &l.yes, NULL },
	};
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 6, "policy",
				 &l.path);
	if (rc == 0)
		rc = ls_cmd_load_policy(argv[0], l.path, &policy);
	if (rc != 0)
		return rc;
	l.policy = policy;
	rc = open_state(&l, &err);
	if (rc == 0)
		rc = lock_machine(&l, &err);
	if (rc == 0)
		rc = ls_cmd_load_policy(argv[0], l.path, &now) == LS_EXIT_HOLDS
			     ? is_approved(&l, now, &approved, &err)
			     : ls_fail(&err, -EINVAL, "lock.policy", "'%s' was changed meanwhile",
				       l.path);
	bool has_keys = rc == 0 && (ls_keyring_has(l.state_fd, LS_KEYS_AUTHORITY) ||
				    ls_keyring_has(l.state_fd, LS_KEYS_CERTIFICATE));
	if (l.state_lock >= 0)
		close(l.state_lock);
	if (l.state_fd >= 0)
		close(l.state_fd);
	fflush(stdout);
	if (rc < 0)
		return ls_cmd_fail(argv[0], &err);
	printf("locked%s\n", approved	? "; the state is approved"
			     : has_keys ? ""
					: "; what comes next is 'labseal provision'");
	fflush(stdout);
	return has_keys && !approved ? approve(&l) : LS_EXIT_HOLDS;
}
