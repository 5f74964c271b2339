/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps outside labseal's own folders: users, groups, files of the system.
 * Only where the policy's libvirt is the host's own: the embedded one of a
 * development policy needs none of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/command/host.h"
#include "host/command/provision.h"
#include "host/supervisor/calibration_watch.h"
#include "host/supervisor/children.h"
#include "host/supervisor/host_checks.h"
#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

const struct ls_account ls_host_accounts[] = {
	{ LS_OPERATORS_GROUP, "who may see the machine's screen", NULL, true },
	{ "_labseal-diode", "labseal receiver", NULL, false },
	{ LS_ENCLAVE_USER, "labseal enclave", NULL, false },
	{ "_labseal-publish", "labseal publisher", NULL, false },
	{ "_labseal-notary", "labseal notary", NULL, false },
	{ LS_REPORTER_USER, "labseal report drawer", NULL, false },
	{ LS_CALIBRATION_USER, "labseal reader of calibrations", NULL, false },
	{ "_labseal-sync", "labseal keeper of the mirror of calibrations", NULL, false },
};
const size_t ls_host_account_count = sizeof(ls_host_accounts) / sizeof(ls_host_accounts[0]);

bool ls_host_is_needed(const struct ls_policy *policy)
{
	return policy->vm.connection == LS_CONNECT_SYSTEM;
}

int ls_host_may_change(const char *root, struct ls_error *err)
{
	if (root[0] || geteuid() == 0)
		return 0;
	return ls_fail(err, -EPERM, "host.rights",
		       "users, groups and files of the system are root's: run it as root "
		       "(--dry-run says what it would make)");
}

int ls_host_path(const char *root, const char *path, char *buffer, size_t size,
		 struct ls_error *err)
{
	if (snprintf(buffer, size, "%s%s", root, path) < (int)size)
		return 0;
	return ls_fail(err, -ENAMETOOLONG, "host.path", "the path '%s%s' is too long", root, path);
}

/* --- users and groups ------------------------------------------------------------------ */

static int make_account(struct ls_provision *p, const struct ls_account *account,
			struct ls_error *err)
{
	struct ls_made_thing thing = { .kind = account->is_group ? LS_MADE_GROUP : LS_MADE_USER };
	snprintf(thing.name, sizeof(thing.name), "%s", account->name);
	int rc = ls_host_may_change(p->made_things.root, err);
	if (rc == 0)
		rc = ls_made_add(&p->made_things, &thing, err);
	return rc < 0 ? rc : ls_account_make(p->made_things.root, account, err);
}

int ls_provision_accounts(struct ls_provision *p, struct ls_error *err)
{
	const char *root;
	if (!ls_host_is_needed(p->policy))
		return 0;
	int rc = ls_host_root(&root, err);
	if (rc == 0)
		rc = ls_made_read(p->state_fd, root, &p->made_things, err);
	for (size_t i = 0; rc == 0 && i < ls_host_account_count; i++) {
		const struct ls_account *account = &ls_host_accounts[i];
		struct ls_account_state state;
		rc = ls_account_look(root, account, &state, err);
		if (rc == 0 && !state.is_there && !p->dry_run)
			rc = make_account(p, account, err);
		if (rc == 0)
			ls_provision_say(p, state.is_there, account->name,
					 account->is_group ? "the group of operators"
							   : account->purpose);
	}
	return rc;
}

/* --- files ------------------------------------------------------------------------------- */

/* Each folder above a path that is not there, one by one, on the list first. */
static int make_folders(struct ls_provision *p, const char *path, struct ls_error *err)
{
	struct ls_made_thing thing = { .kind = LS_MADE_FOLDER };
	char full[LS_HOST_FULL_SIZE];
	struct stat st;
	int rc = 0;
	for (const char *slash = strchr(path + 1, '/'); rc == 0 && slash;
	     slash = strchr(slash + 1, '/')) {
		snprintf(thing.name, sizeof(thing.name), "%.*s", (int)(slash - path), path);
		rc = ls_host_path(p->made_things.root, thing.name, full, sizeof(full), err);
		if (rc < 0 || stat(full, &st) == 0)
			continue;
		rc = ls_made_add(&p->made_things, &thing, err);
		if (rc == 0)
			rc = ls_make_dirs(AT_FDCWD, full, 0755, err);
	}
	return rc;
}

int ls_host_write(struct ls_provision *p, const char *path, mode_t mode,
		  const struct ls_buffer *text, const struct ls_digest *old, struct ls_error *err)
{
	struct ls_made_thing thing = { .kind = LS_MADE_FILE, .digest_count = 1 };
	char full[LS_HOST_FULL_SIZE];
	snprintf(thing.name, sizeof(thing.name), "%s", path);
	ls_sha256_buffer(text->data, text->size, &thing.digests[0]);
	if (old)
		thing.digests[thing.digest_count++] = *old;
	int rc = ls_host_may_change(p->made_things.root, err);
	if (rc == 0)
		rc = ls_host_path(p->made_things.root, path, full, sizeof(full), err);
	if (rc == 0)
		rc = make_folders(p, path, err);
	if (rc == 0)
		rc = ls_made_add(&p->made_things, &thing, err);
	return rc < 0 ? rc : ls_file_replace(AT_FDCWD, full, text->data, text->size, mode, err);
}

int ls_host_digest(const char *root, const char *path, struct ls_digest *ret_digest,
		   struct ls_error *err)
{
	char full[LS_HOST_FULL_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_HOST_FILE_MAX);
	int rc = ls_host_path(root, path, full, sizeof(full), err);
	if (rc == 0)
		rc = ls_file_read(AT_FDCWD, full, &bytes, err);
	if (rc == 0)
		ls_sha256_buffer(bytes.data, bytes.size, ret_digest);
	return rc;
}

static void say_kept(const char *path)
{
	printf("%-10s  %-34s  %s\n", "kept", path,
	       "a person wrote or changed it; move it away to have labseal's");
}

static int one_file(struct ls_provision *p, const char *path, const struct ls_host_file *file,
		    const struct ls_buffer *text, struct ls_error *err)
{
	struct ls_digest wanted, now;
	const struct ls_made_thing *thing = ls_made_find(&p->made_things, LS_MADE_FILE, path);
	int rc = ls_host_digest(p->made_things.root, path, &now, err);
	bool is_there = rc == 0;
	if (rc < 0 && rc != -ENOENT)
		return rc;
	ls_sha256_buffer(text->data, text->size, &wanted);
	bool is_same = is_there && ls_digest_equal(&now, &wanted);
	if (is_there && !is_same && !(thing && ls_made_is_ours(thing, &now))) {
		say_kept(path);
		return 0;
	}
	rc = is_same || p->dry_run
		     ? 0
		     : ls_host_write(p, path, file->mode, text, is_there ? &now : NULL, err);
	if (rc == 0)
		ls_provision_say(p, is_same, path, file->purpose);
	return rc;
}

static bool is_folder_there(const char *root, const char *path)
{
	char full[LS_HOST_FULL_SIZE];
	struct stat st;
	return ls_host_path(root, path, full, sizeof(full), NULL) == 0 && stat(full, &st) == 0 &&
	       S_ISDIR(st.st_mode);
}

/* None is made for these facts; one of an earlier run stays. */
static void say_none(struct ls_provision *p, const char *path, const struct ls_host_file *file)
{
	if (ls_made_find(&p->made_things, LS_MADE_FILE, path))
		ls_provision_say(p, true, path, file->purpose);
}

int ls_provision_files(struct ls_provision *p, struct ls_error *err)
{
	int rc = 0;
	if (!ls_host_is_needed(p->policy))
		return 0;
	for (size_t i = 0; rc == 0 && i < ls_host_file_count; i++) {
		const struct ls_host_file *file = &ls_host_files[i];
		char path[LS_HOST_PATH_SIZE];
		_cleanup_buffer_ struct ls_buffer text;
		ls_buffer_init(&text, LS_HOST_FILE_MAX);
		ls_host_file_path(file, p->policy, path);
		if (file->needs && !is_folder_there(p->made_things.root, file->needs))
			continue;
		rc = file->write(&p->host, &text);
		if (rc == 1) {
			say_none(p, path, file);
			rc = 0;
		} else if (rc < 0) {
			rc = ls_fail(err, rc, "host.memory", "there is no memory for '%s'", path);
		} else {
			rc = one_file(p, path, file, &text, err);
		}
	}
	return rc;
}

/* --- the folders' owners ------------------------------------------------------------------ */

/* As labseald has them at its start; made here, so that a share can be given out before. */
int ls_provision_owners(struct ls_provision *p, struct ls_error *err)
{
	if (!ls_host_is_needed(p->policy))
		return 0;
	struct stat st;
	bool is_there = p->state_fd >= 0 && fstatat(p->state_fd, LS_STATE_SPOOL, &st, 0) == 0;
	if (!p->dry_run) {
		_cleanup_close_ int spool = ls_children_folder(p->state_fd, LS_STATE_SPOOL, 0700,
							       LS_CHILD_DIODE, err);
		if (spool < 0)
			return spool;
		_cleanup_close_ int share = ls_children_folder(AT_FDCWD, p->policy->publish.share,
							       0755, LS_CHILD_PUBLISH, err);
		if (share < 0)
			return share;
	}
	ls_provision_say(p, is_there, LS_STATE_SPOOL, "where results wait for their seal");
	return 0;
}
