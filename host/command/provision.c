/* SPDX-License-Identifier: Apache-2.0 */
/* labseal provision: all that has to be there before the first start. */
#include "host/command/provision.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/host.h"
#include "host/command/trust.h"
#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/seal/trust.h"

void ls_provision_say(struct ls_provision *p, bool is_there, const char *what, const char *purpose)
{
	if (!is_there)
		p->made = true;
	printf("%-10s  %-34s  %s\n",
	       is_there	    ? "is there"
	       : p->dry_run ? "would make"
			    : "made",
	       what, purpose);
}

static bool is_folder(int dirfd, const char *path)
{
	struct stat st;
	return fstatat(dirfd, path, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static int one_folder(struct ls_provision *p, int dirfd, const char *path, mode_t mode,
		      const char *purpose, struct ls_error *err)
{
	bool there = (dirfd >= 0 || path[0] == '/') && is_folder(dirfd, path);
	if (!there && !p->dry_run) {
		int rc = ls_make_dirs(dirfd, path, mode, err);
		if (rc < 0)
			return rc;
	}
	ls_provision_say(p, there, path, purpose);
	return 0;
}

int ls_provision_folders(struct ls_provision *p, struct ls_error *err)
{
	const struct {
		const char *path;
		mode_t mode;
		const char *purpose;
	} folders[] = {
		{ p->policy->publish.share, 0755, "the share" },
		{ LS_STATE_KEYS, 0700, "keys and certificates" },
		{ LS_STATE_APPROVALS, 0700, "the authority's approvals" },
		{ LS_STATE_TPM, 0700, "the software TPM's memory" },
	};
	size_t count = sizeof(folders) / sizeof(folders[0]);
	bool embedded = ls_policy_has_tpm(p->policy) &&
			strcmp(p->policy->signing.tpm, LS_POLICY_TPM_EMBEDDED) == 0;
	for (size_t i = 0; i < (embedded ? count : count - 1); i++) {
		int rc = one_folder(p, p->state_fd, folders[i].path, folders[i].mode,
				    folders[i].purpose, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static bool is_file_of(int dirfd, const char *path, const struct ls_buffer *bytes)
{
	_cleanup_buffer_ struct ls_buffer old;
	ls_buffer_init(&old, LS_TRUST_SIZE_MAX);
	return ls_file_read(dirfd, path, &old, NULL) == 0 && old.size == bytes->size &&
	       memcmp(old.data, bytes->data, old.size) == 0;
}

int ls_provision_trust(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	bool there = false;
	if (!p->dry_run || !p->made) {
		int rc = ls_trust_export(p->policy, p->state_fd, &text, err);
		if (rc < 0)
			return rc;
		there = is_file_of(p->state_fd, LS_STATE_TRUST, &text);
	}
	if (!there && !p->dry_run) {
		int rc = ls_file_replace(p->state_fd, LS_STATE_TRUST, text.data, text.size, 0444,
					 err);
		if (rc < 0)
			return rc;
	}
	ls_provision_say(p, there, LS_STATE_TRUST, "the trust file, for its copy on the share");
	return 0;
}

/* The state folder comes first: its lock keeps a second provision, and labseald, out. */
static int open_state(struct ls_provision *p, int *ret_lock, struct ls_error *err)
{
	bool there = is_folder(AT_FDCWD, p->policy->state);
	if (p->dry_run && !there) {
		ls_provision_say(p, false, p->policy->state, "the state folder");
		return 0;
	}
	p->state_fd = ls_state_open(p->policy, !p->dry_run, err);
	if (p->state_fd < 0)
		return p->state_fd;
	ls_provision_say(p, there, p->policy->state, "the state folder");
	if (p->dry_run)
		return 0;
	*ret_lock = ls_state_lock(p->state_fd, p->policy->state, err);
	return *ret_lock < 0 ? *ret_lock : 0;
}

static int run_steps(struct ls_provision *p, struct ls_error *err)
{
	int (*const steps[])(struct ls_provision *, struct ls_error *) = {
		ls_provision_accounts,	  ls_provision_folders,	 ls_provision_owners,
		ls_provision_files,	  ls_provision_libvirt,	 ls_provision_authority,
		ls_provision_ca,	  ls_provision_tpm,	 ls_provision_attestation,
		ls_provision_signing_key, ls_provision_ed25519,	 ls_provision_certificate,
		ls_provision_enrolment,	  ls_provision_approval, ls_provision_trust,
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int rc = steps[i](p, err);
		fflush(stdout);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Before anything is changed. */
static int check_host(const struct ls_provision *p, struct ls_error *err)
{
	const char *root;
	int rc = ls_host_root(&root, err);
	if (rc == 0)
		rc = ls_host_facts_check(&p->host, err);
	return rc < 0 || p->dry_run ? rc : ls_host_may_change(root, err);
}

int ls_cmd_provision(int argc, char **argv)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	_cleanup_close_ int lock = -1;
	struct ls_provision p = { .state_fd = -1, .tpm_device = -1 };
	struct ls_error err;
	const char *path;
	char full[PATH_MAX];
	const struct ls_option options[] = {
		{ "--dry-run", &p.dry_run, NULL },
		{ "--authority", NULL, &p.authority_place.name },
		{ "--authority-pin-file", NULL, &p.authority_place.pin_file },
		{ "--pin-file", NULL, &p.pin_file },
		{ "--nfs", NULL, &p.host.nfs_clients },
		{ "--write-qemu-conf", &p.write_qemu_conf, NULL },
	};
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 6, "policy", &path);
	if (rc == 0)
		rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != 0)
		return rc;
	p.policy = p.host.policy = policy;
	p.host.policy_path = realpath(path, full) ? full : path;
	if (ls_host_is_needed(policy))
		rc = check_host(&p, &err);
	if (rc == 0)
		rc = open_state(&p, &lock, &err);
	if (rc == 0)
		rc = run_steps(&p, &err);
	ls_provision_close_tpm(&p);
	ls_private_key_free(p.authority_key);
	if (p.state_fd >= 0)
		close(p.state_fd);
	if (rc < 0)
		return ls_cmd_fail(argv[0], &err);
	printf("%s\n", p.dry_run && p.made ? "dry run: nothing was changed"
		       : p.made		   ? "provisioned"
					   : "provisioned already; nothing was changed");
	return LS_EXIT_HOLDS;
}
