/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal deprovision: what `labseal provision` made of the host is taken away,
 * last first, and nothing else; results, keys and approvals stay.  Each thing
 * leaves the list after it is gone, so that an interrupted run is run again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/host.h"
#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"

#define WALK_FDS 32

struct deprovision {
	const struct ls_policy *policy;
	bool dry_run;
	int state_fd;
	struct ls_made made;
	bool has_others;     /* further instruments of this host */
	bool person_changed; /* a file that was left for that */
};

static void say(const struct deprovision *d, bool is_removed, const char *what, const char *why)
{
	printf("%-12s  %-34s  %s\n",
	       !is_removed  ? "kept"
	       : d->dry_run ? "would remove"
			    : "removed",
	       what, why);
}

/* --- what must stay ------------------------------------------------------------------- */

static int look_for_others(struct deprovision *d, struct ls_error *err)
{
	char path[LS_HOST_FULL_SIZE];
	int rc = ls_host_path(d->made.root, LS_HOST_INSTRUMENTS, path, sizeof(path), err);
	if (rc < 0)
		return rc;
	DIR *folder = opendir(path);
	if (!folder && errno != ENOENT)
		return ls_fail_errno(err, errno, "host.instruments", "cannot read '%s'", path);
	for (struct dirent *e; folder && (e = readdir(folder));)
		if (e->d_name[0] != '.' && strcmp(e->d_name, d->policy->instrument.id) != 0)
			d->has_others = true;
	if (folder)
		closedir(folder);
	return 0;
}

static uid_t wanted_owner; /* nftw(3) has no room for it */

static int is_owned(const char *path, const struct stat *st, int type, struct FTW *place)
{
	(void)path;
	(void)type;
	(void)place;
	return st->st_uid == wanted_owner;
}

/* A user whose files stay keeps its number: a later one would get them. */
static const char *owns(const struct deprovision *d, uid_t uid, char *buffer, size_t size)
{
	const char *folders[] = { d->policy->publish.share, d->policy->state,
				  d->policy->calibration.registry };
	wanted_owner = uid;
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		if (folders[i][0] && nftw(folders[i], is_owned, WALK_FDS, FTW_PHYS) == 1) {
			snprintf(buffer, size,
				 "has files in '%s', and its number is not to be another's",
				 folders[i]);
			return buffer;
		}
	}
	return NULL;
}

/* Whether there is nothing but "." and "..". */
static bool is_empty(const char *path)
{
	int names = 0;
	DIR *folder = opendir(path);
	while (folder && names < 3 && readdir(folder))
		names++;
	if (folder)
		closedir(folder);
	return folder && names == 2;
}

/* Where nothing was sealed yet, no file of the users' is left: the folders are root's again. */
static int give_back(const struct deprovision *d, struct ls_error *err)
{
	if (d->dry_run)
		return 0;
	if (unlinkat(d->state_fd, LS_STATE_SPOOL, AT_REMOVEDIR) < 0 && errno != ENOENT &&
	    errno != ENOTEMPTY && errno != EEXIST)
		return ls_fail_errno(err, errno, "host.folder", "cannot remove '%s'",
				     LS_STATE_SPOOL);
	if (geteuid() == 0 && is_empty(d->policy->publish.share) &&
	    lchown(d->policy->publish.share, 0, 0) < 0)
		return ls_fail_errno(err, errno, "host.folder", "cannot take '%s' back",
				     d->policy->publish.share);
	return 0;
}

static bool is_shared(const struct ls_made_thing *thing)
{
	if (thing->kind == LS_MADE_USER || thing->kind == LS_MADE_GROUP)
		return true;
	for (size_t i = 0; i < ls_host_file_count; i++)
		if (ls_host_files[i].is_shared && strcmp(ls_host_files[i].path, thing->name) == 0)
			return true;
	return strncmp(thing->name, "/etc/libvirt/", strlen("/etc/libvirt/")) == 0;
}

/* --- one thing -------------------------------------------------------------------------- */

static int forget(struct deprovision *d, const struct ls_made_thing *thing, const char *why,
		  struct ls_error *err)
{
	say(d, true, thing->name, why);
	return d->dry_run ? 0 : ls_made_forget(&d->made, thing->kind, thing->name, err);
}

static const struct ls_account *account_of(const char *name)
{
	for (size_t i = 0; i < ls_host_account_count; i++)
		if (strcmp(ls_host_accounts[i].name, name) == 0)
			return &ls_host_accounts[i];
	return NULL;
}

static int remove_account(struct deprovision *d, const struct ls_made_thing *thing,
			  struct ls_error *err)
{
	char why[LS_POLICY_PATH_SIZE + 64];
	const struct ls_account *account = account_of(thing->name);
	struct ls_account_state state;
	if (!account) {
		say(d, false, thing->name, "this labseal does not know it");
		return 0;
	}
	int rc = ls_account_look(d->made.root, account, &state, err);
	if (rc < 0)
		return rc;
	if (!state.is_there)
		return forget(d, thing, "is gone already", err);
	const char *files = account->is_group ? NULL : owns(d, state.id, why, sizeof(why));
	if (!state.is_ours || files) {
		say(d, false, thing->name, files ? files : "a person changed it");
		return 0;
	}
	rc = d->dry_run ? 0 : ls_account_remove(d->made.root, account, err);
	return rc < 0 ? rc : forget(d, thing, account->purpose, err);
}

static int remove_folder(struct deprovision *d, const struct ls_made_thing *thing,
			 struct ls_error *err)
{
	char path[LS_HOST_FULL_SIZE];
	int rc = ls_host_path(d->made.root, thing->name, path, sizeof(path), err);
	if (rc < 0)
		return rc;
	if (d->dry_run || rmdir(path) == 0 || errno == ENOENT)
		return forget(d, thing, "a folder that was made for it", err);
	if (errno != ENOTEMPTY && errno != EEXIST)
		return ls_fail_errno(err, errno, "host.folder", "cannot remove '%s'", path);
	say(d, false, thing->name, "there is something else in it");
	return 0;
}

static int keep_changed(struct deprovision *d, const char *name)
{
	say(d, false, name, "a person changed it since: it is yours to remove");
	d->person_changed = true;
	return 0;
}

/* The file leaves the list before its copy does: what is interrupted in between finds no copy. */
static int forget_both(struct deprovision *d, const struct ls_made_thing *thing,
		       const struct ls_made_thing *copy, struct ls_error *err)
{
	const struct ls_made_thing both[] = { *thing, *copy };
	int rc = forget(d, &both[0], "as it was before is back", err);
	return rc < 0 || d->dry_run ? rc
				    : ls_made_forget(&d->made, both[1].kind, both[1].name, err);
}

/* A file of the host that was changed: as it was before it comes back, as one step. */
static int restore_file(struct deprovision *d, const struct ls_made_thing *thing,
			const struct ls_made_thing *copy, struct ls_error *err)
{
	char path[LS_HOST_FULL_SIZE], copy_path[LS_HOST_FULL_SIZE];
	struct ls_digest now, before;
	int rc = ls_host_path(d->made.root, thing->name, path, sizeof(path), err);
	if (rc == 0)
		rc = ls_host_path(d->made.root, copy->name, copy_path, sizeof(copy_path), err);
	if (rc == 0)
		rc = ls_host_digest(d->made.root, thing->name, &now, err);
	if (rc < 0)
		return rc;
	int copied = ls_host_digest(d->made.root, copy->name, &before, err);
	if (copied == -ENOENT && ls_made_is_ours(copy, &now))
		return forget_both(d, thing, copy, err); /* by a run that was interrupted */
	if (!ls_made_is_ours(thing, &now))
		return keep_changed(d, thing->name);
	if (copied < 0 || !ls_made_is_ours(copy, &before))
		return ls_fail(err, -EBADMSG, "host.backup",
			       "'%s' was changed or is gone, so '%s' is not given back as it was; "
			       "take labseal's line out of it by hand",
			       copy_path, path);
	if (!d->dry_run && rename(copy_path, path) < 0)
		return ls_fail_errno(err, errno, "host.remove", "cannot give '%s' back", path);
	return forget_both(d, thing, copy, err);
}

static int unlink_file(struct deprovision *d, const struct ls_made_thing *thing,
		       struct ls_error *err)
{
	char path[LS_HOST_FULL_SIZE];
	struct ls_digest now;
	int rc = ls_host_digest(d->made.root, thing->name, &now, err);
	if (rc == -ENOENT)
		return forget(d, thing, "is gone already", err);
	/* a folder, a link or a device in its place is not ours either */
	if (rc < 0 && rc != -EINVAL && rc != -EFBIG && rc != -ELOOP && rc != -EISDIR)
		return rc;
	if (rc < 0 || !ls_made_is_ours(thing, &now))
		return keep_changed(d, thing->name);
	rc = ls_host_path(d->made.root, thing->name, path, sizeof(path), err);
	if (rc == 0 && !d->dry_run && unlink(path) < 0)
		rc = ls_fail_errno(err, errno, "host.remove", "cannot remove '%s'", path);
	return rc < 0 ? rc : forget(d, thing, "a file", err);
}

static int remove_file(struct deprovision *d, const struct ls_made_thing *thing,
		       struct ls_error *err)
{
	char name[LS_MADE_NAME_SIZE + sizeof(LS_HOST_BACKUP)];
	size_t length = strlen(thing->name), tail = strlen(LS_HOST_BACKUP);
	snprintf(name, sizeof(name), "%s" LS_HOST_BACKUP, thing->name);
	const struct ls_made_thing *copy = ls_made_find(&d->made, LS_MADE_FILE, name);
	if (copy)
		return restore_file(d, thing, copy, err);
	/* a copy goes with what it is a copy of */
	if (length > tail && strcmp(thing->name + length - tail, LS_HOST_BACKUP) == 0) {
		name[length - tail] = '\0';
		if (ls_made_find(&d->made, LS_MADE_FILE, name))
			return 0;
	}
	return unlink_file(d, thing, err);
}

static int remove_thing(struct deprovision *d, const struct ls_made_thing *thing,
			struct ls_error *err)
{
	if (d->has_others && is_shared(thing)) {
		say(d, false, thing->name, "another instrument of this host needs it");
		return 0;
	}
	switch (thing->kind) {
	case LS_MADE_FILE: return remove_file(d, thing, err);
	case LS_MADE_FOLDER: return remove_folder(d, thing, err);
	default: return remove_account(d, thing, err);
	}
}

/* Whose processes run keeps its name: userdel(8) would say so in the middle of it all. */
static int check_unused(const struct deprovision *d, const struct ls_made_thing *thing,
			struct ls_error *err)
{
	char name[LS_PROCESS_NAME_SIZE];
	struct ls_account_state state;
	const struct ls_account *account = account_of(thing->name);
	if (thing->kind != LS_MADE_USER || !account || d->has_others || d->made.root[0])
		return 0;
	int rc = ls_account_look("", account, &state, err);
	pid_t pid = rc == 0 && state.is_there ? ls_account_process(state.id, name) : 0;
	return pid > 0 ? ls_fail(err, -EBUSY, "account.busy",
				 "process %d (%s) runs as the user '%s': stop labseald first "
				 "(systemctl stop 'labseald@%s'), then run this again; nothing was "
				 "taken away",
				 (int)pid, name, thing->name, d->policy->instrument.id)
		       : rc;
}

/* --- the command -------------------------------------------------------------------------- */

/* Taking a restored file's copy off the list moves what is behind it: the list is walked by name.
 */
static int remove_all(struct deprovision *d, struct ls_error *err)
{
	int rc = look_for_others(d, err);
	if (rc == 0 && d->made.count > 0 && !d->dry_run)
		rc = ls_host_may_change(d->made.root, err);
	for (size_t i = 0; rc == 0 && !d->dry_run && i < d->made.count; i++)
		rc = check_unused(d, &d->made.things[i], err);
	if (rc == 0 && d->made.count > 0)
		rc = give_back(d, err);
	static struct ls_made all;
	all = d->made;
	for (size_t i = all.count; rc == 0 && i-- > 0;) {
		const struct ls_made_thing *thing = &all.things[i];
		if (ls_made_find(&d->made, thing->kind, thing->name))
			rc = remove_thing(d, thing, err);
		fflush(stdout);
	}
	return rc;
}

static int open_all(struct deprovision *d, int *ret_lock, struct ls_error *err)
{
	const char *root;
	int rc = ls_host_root(&root, err);
	if (rc < 0)
		return rc;
	d->state_fd = ls_state_open(d->policy, 0, err);
	if (d->state_fd < 0)
		return d->state_fd;
	*ret_lock = ls_state_lock(d->state_fd, d->policy->state, err);
	return *ret_lock < 0 ? *ret_lock : ls_made_read(d->state_fd, root, &d->made, err);
}

static int say_end(const struct deprovision *d, bool was_empty)
{
	say(d, false, d->policy->publish.share, "the results and their log");
	say(d, false, d->policy->state, "keys, approvals, what waits for its seal");
	printf("%s\n", d->dry_run	   ? "dry run: nothing was changed"
		       : was_empty	   ? "there was nothing to take away"
		       : d->person_changed ? "deprovisioned, but for what a person changed"
					   : "deprovisioned");
	return d->person_changed ? LS_EXIT_DOES_NOT_HOLD : LS_EXIT_HOLDS;
}

int ls_cmd_deprovision(int argc, char **argv)
{
	static struct deprovision d;
	_cleanup_policy_ struct ls_policy *policy = NULL;
	_cleanup_close_ int lock = -1;
	struct ls_error err;
	const char *path;
	const struct ls_option options[] = { { "--dry-run", &d.dry_run, NULL } };
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 1, "policy", &path);
	if (rc == 0)
		rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != 0)
		return rc;
	d.policy = policy;
	d.state_fd = -1;
	rc = open_all(&d, &lock, &err);
	bool was_empty = d.made.count == 0;
	if (rc == 0)
		rc = remove_all(&d, &err);
	if (d.state_fd >= 0)
		close(d.state_fd);
	fflush(stdout);
	if (rc < 0)
		return ls_cmd_fail(argv[0], &err);
	return say_end(&d, was_empty);
}
