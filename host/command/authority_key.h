/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The policy authority's private key, which is at hand only when something is
 * approved, and the person who is asked before it signs.
 */
#ifndef LABSEAL_HOST_COMMAND_AUTHORITY_KEY_H
#define LABSEAL_HOST_COMMAND_AUTHORITY_KEY_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/base/p256.h"

#define LS_PASSPHRASE_SIZE 1024 /* bytes, with the final NUL */

/*
 * Load a private key (PEM) whose file is named from the working folder.  A
 * passphrase, where it needs one, is the first line of passphrase_file, or (NULL)
 * is asked for on the terminal.  -EKEYREJECTED: it is not the passphrase, or
 * there is none and no terminal; else as ls_keyring_private.
 */
int ls_authority_key_load(const char *path, const char *passphrase_file,
			  struct ls_p256_key **ret_key, struct ls_error *err);

/* Make a new key in a new file, mode 0600.  -EEXIST: there is a file. */
int ls_authority_key_make(const char *path, const char *passphrase_file, bool ask_passphrase,
			  struct ls_p256_key **ret_key, struct ls_error *err);

/*
 * Ask "QUESTION [y/N]" on the terminal.  0: yes (or yes is set); -ECANCELED: no;
 * -ENOTTY ("confirm.terminal"): nobody can be asked.
 */
int ls_confirm(const char *question, bool yes, struct ls_error *err);

#endif
