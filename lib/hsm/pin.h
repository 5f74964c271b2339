/* SPDX-License-Identifier: Apache-2.0 */
/* A token's user PIN: kept out of the swap while it is known, and wiped. */
#ifndef LABSEAL_LIB_HSM_PIN_H
#define LABSEAL_LIB_HSM_PIN_H

#include <stddef.h>

#include "lib/base/error.h"

#define LS_HSM_PIN_SIZE 65 /* bytes, with the final NUL */

struct ls_hsm_pin {
	char text[LS_HSM_PIN_SIZE];
};

/* Empty, and locked in memory where the limit allows (ulimit -l). */
void ls_hsm_pin_init(struct ls_hsm_pin *pin);
void ls_hsm_pin_wipe(struct ls_hsm_pin *pin);
#define _cleanup_pin_ __attribute__((cleanup(ls_hsm_pin_wipe)))

/* -EBADMSG ("hsm.pin.form"): empty, longer than 64 bytes, or with control characters. */
int ls_hsm_pin_set(struct ls_hsm_pin *pin, const void *bytes, size_t size, struct ls_error *err);

/*
 * The first line of a file that is its owner's alone: a regular file, no link, of root
 * or of who runs this, mode 0600 or stricter.  -EPERM ("hsm.pin.file"): it is not; the
 * errno of reading it; -EBADMSG as above.
 */
int ls_hsm_pin_read(const char *path, struct ls_hsm_pin *pin, struct ls_error *err);

#endif
