/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System users and groups of the host, made with the tools that every Debian has
 * (useradd, groupadd), so that its own rules for numbers hold.
 */
#ifndef LABSEAL_HOST_COMMAND_ACCOUNTS_H
#define LABSEAL_HOST_COMMAND_ACCOUNTS_H

#include <stdbool.h>
#include <sys/types.h>

#include "lib/base/error.h"

struct ls_account {
	const char *name;
	const char *purpose; /* a user's comment in /etc/passwd, by which it is known as ours */
	const char *group;   /* a further group that the user is in, or NULL */
	bool is_group;	     /* a group, and no user */
};

struct ls_account_state {
	bool is_there;
	bool is_ours; /* of a user: it has the comment; of a group: it is there */
	uid_t id;     /* user or group number */
};

/* root: "" for this host, or a folder that has etc/passwd.  0 or the errno of reading. */
int ls_account_look(const char *root, const struct ls_account *account,
		    struct ls_account_state *ret_state, struct ls_error *err);

/*
 * A process that runs as this user, of those on this host: its number, and its name
 * ("" when it does not tell).  0: none does.
 */
#define LS_PROCESS_NAME_SIZE 64
pid_t ls_account_process(uid_t uid, char ret_name[static LS_PROCESS_NAME_SIZE]);

/* -EIO ("account.make"): the tool refused, which has said why on standard error. */
int ls_account_make(const char *root, const struct ls_account *account, struct ls_error *err);
int ls_account_remove(const char *root, const struct ls_account *account, struct ls_error *err);

#endif
