/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/accounts.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/proc/child.h"

#define PATH_SIZE 1024
#define WORDS_MAX 20
#define TOOL_MS	  60000

/* --- looking ------------------------------------------------------------------ */

static int open_list(const char *root, const char *list, FILE **ret_file, struct ls_error *err)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "%s/etc/%s", root, list);
	*ret_file = fopen(path, "re");
	return *ret_file || errno == ENOENT
		       ? 0
		       : ls_fail_errno(err, errno, "account.read", "cannot read '%s'", path);
}

static int look_for_group(const char *root, const char *name, struct ls_account_state *state,
			  struct ls_error *err)
{
	_cleanup_file_ FILE *file = NULL;
	const struct group *g = root[0] ? NULL : getgrnam(name);
	int rc = root[0] ? open_list(root, "group", &file, err) : 0;
	while (file && (g = fgetgrent(file)) && strcmp(g->gr_name, name) != 0)
		;
	if (g)
		*state = (struct ls_account_state){ true, true, g->gr_gid };
	return rc;
}

static int look_for_user(const char *root, const struct ls_account *account,
			 struct ls_account_state *state, struct ls_error *err)
{
	_cleanup_file_ FILE *file = NULL;
	const struct passwd *p = root[0] ? NULL : getpwnam(account->name);
	int rc = root[0] ? open_list(root, "passwd", &file, err) : 0;
	while (file && (p = fgetpwent(file)) && strcmp(p->pw_name, account->name) != 0)
		;
	if (p)
		*state = (struct ls_account_state){ true,
						    strcmp(p->pw_gecos, account->purpose) == 0,
						    p->pw_uid };
	return rc;
}

int ls_account_look(const char *root, const struct ls_account *account,
		    struct ls_account_state *ret_state, struct ls_error *err)
{
	*ret_state = (struct ls_account_state){ 0 };
	return account->is_group ? look_for_group(root, account->name, ret_state, err)
				 : look_for_user(root, account, ret_state, err);
}

/* --- changing ----------------------------------------------------------------- */

struct words {
	const char *argv[WORDS_MAX + 1];
	size_t count;
};

static void add(struct words *w, const char *word)
{
	if (w->count < WORDS_MAX)
		w->argv[w->count++] = word;
}

static int run_tool(const struct words *w, const char *what, const char *name, struct ls_error *err)
{
	static const char *const envp[] = { "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C",
					    NULL };
	struct ls_child_spec spec = {
		.path = w->argv[0], .argv = w->argv, .envp = envp, .death_signal = SIGTERM
	};
	pid_t pid;
	int status = 0;
	char how[64];
	int rc = ls_child_spawn(&spec, &pid, err);
	if (rc < 0) {
		ls_error_prefix(err, "cannot %s '%s'", what, name);
		return rc;
	}
	rc = ls_child_wait(pid, TOOL_MS, &status);
	if (rc == 0)
		ls_child_stop(pid, 0);
	return rc == 1 && status == 0
		       ? 0
		       : ls_fail(err, -EIO, "account.tool", "cannot %s '%s': '%s' %s", what, name,
				 w->argv[0],
				 rc == 1 ? ls_child_describe(status, how, sizeof(how))
					 : "does not end");
}

static void begin(struct words *w, const char *tool, const char *root)
{
	add(w, tool);
	if (root[0]) {
		add(w, "--prefix");
		add(w, root);
	}
}

int ls_account_make(const char *root, const struct ls_account *account, struct ls_error *err)
{
	struct words w = { .count = 0 };
	begin(&w, account->is_group ? "/usr/sbin/groupadd" : "/usr/sbin/useradd", root);
	add(&w, "--system");
	if (!account->is_group) {
		static const char *const user[] = { "--user-group", "--no-create-home",
						    "--home-dir",   "/nonexistent",
						    "--shell",	    "/usr/sbin/nologin",
						    "--comment" };
		for (size_t i = 0; i < sizeof(user) / sizeof(user[0]); i++)
			add(&w, user[i]);
		add(&w, account->purpose);
	}
	if (account->group) {
		add(&w, "--groups");
		add(&w, account->group);
	}
	add(&w, account->name);
	return run_tool(&w, account->is_group ? "make the group" : "make the user", account->name,
			err);
}

static int remove_one(const char *root, const char *tool, const char *what, const char *name,
		      struct ls_error *err)
{
	struct words w = { .count = 0 };
	begin(&w, tool, root);
	add(&w, name);
	return run_tool(&w, what, name, err);
}

int ls_account_remove(const char *root, const struct ls_account *account, struct ls_error *err)
{
	struct ls_account_state group = { .is_there = account->is_group };
	int rc = 0;
	if (!account->is_group) {
		rc = remove_one(root, "/usr/sbin/userdel", "remove the user", account->name, err);
		/* its own group goes along only where login.defs says so */
		if (rc == 0)
			rc = look_for_group(root, account->name, &group, err);
	}
	if (rc == 0 && group.is_there)
		rc = remove_one(root, "/usr/sbin/groupdel", "remove the group", account->name, err);
	return rc;
}
