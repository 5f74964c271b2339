/* SPDX-License-Identifier: Apache-2.0 */
/* What is asked of the person at the terminal: a secret, or yes and no. */
#ifndef LABSEAL_LIB_HSM_TERMINAL_H
#define LABSEAL_LIB_HSM_TERMINAL_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/hsm/pin.h"

#define LS_PASSPHRASE_SIZE 1024 /* bytes, with the final NUL */

struct ls_passphrase {
	char text[LS_PASSPHRASE_SIZE];
};
void ls_passphrase_wipe(struct ls_passphrase *p);
#define _cleanup_passphrase_ __attribute__((cleanup(ls_passphrase_wipe)))

/*
 * The passphrase of what: the first line of file, or (NULL) asked for on the terminal, which
 * does not show it; twice: to be typed twice.  -EKEYREJECTED ("key.passphrase"): none was
 * given, not twice the same, or there is no terminal.
 */
int ls_passphrase_get(const char *what, const char *file, bool twice, struct ls_passphrase *p,
		      struct ls_error *err);

/*
 * The PIN of a token, from file (lib/hsm/pin.h: its owner's alone) or, NULL, asked for.
 * -EKEYREJECTED ("hsm.pin.none"): there is no file and no terminal.
 */
int ls_pin_get(const char *token, const char *file, struct ls_hsm_pin *pin, struct ls_error *err);

/*
 * Ask "QUESTION [y/N]" on the terminal.  0: yes (or yes is set); -ECANCELED: no;
 * -ENOTTY: there is nobody to ask and yes is not set.
 */
int ls_confirm(const char *question, bool yes, struct ls_error *err);

#endif
