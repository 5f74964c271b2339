/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/accounts.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/proc/child.h"

#define PATH_SIZE     1024
#define WORDS_MAX     20
#define TOOL_MS	      60000
#define PROC_FILE_MAX 65536

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

/* Real or effective, by the kernel's word: of a process that hides, its files are root's. */
static bool runs_as(const char *pid, uid_t uid)
{
	char path[PATH_SIZE];
	uint64_t ids[2] = { UINT64_MAX, UINT64_MAX };
	_cleanup_buffer_ struct ls_buffer status;
	ls_buffer_init(&status, PROC_FILE_MAX);
	snprintf(path, sizeof(path), "/proc/%s/status", pid);
	if (ls_file_read(AT_FDCWD, path, &status, NULL) < 0)
		return false;
	const char *at = strstr(ls_buffer_str(&status), "\nUid:");
	at = at ? at + strlen("\nUid:") : "";
	for (size_t i = 0; i < 2; i++) {
		at += strspn(at, "\t ");
		size_t digits = strspn(at, "0123456789");
		ls_parse_u64(at, digits, &ids[i]);
		at += digits;
	}
	return ids[0] == uid || ids[1] == uid;
}

static void read_name(const char *pid, char name[static LS_PROCESS_NAME_SIZE])
{
	char path[PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_PROCESS_NAME_SIZE);
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	bool is = ls_file_read(AT_FDCWD, path, &text, NULL) == 0;
	snprintf(name, LS_PROCESS_NAME_SIZE, "%.*s",
		 is ? (int)strcspn(ls_buffer_str(&text), "\n") : 0, is ? ls_buffer_str(&text) : "");
}

pid_t ls_account_process(uid_t uid, char ret_name[static LS_PROCESS_NAME_SIZE])
{
	uint64_t pid = 0, number;
	DIR *proc = opendir("/proc");
	for (struct dirent *e; pid == 0 && proc && (e = readdir(proc));) {
		if (ls_parse_u64(e->d_name, strlen(e->d_name), &number) < 0 || number > INT32_MAX ||
		    !runs_as(e->d_name, uid))
			continue;
		pid = number;
		read_name(e->d_name, ret_name);
	}
	if (proc)
		closedir(proc);
	return (pid_t)pid;
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
