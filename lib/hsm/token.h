/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A PKCS#11 token: libp11 loads the module and lists the tokens; what is done with one goes
 * through the module's own functions, for two reasons (libp11 0.4.12).  It lists all of a token's
 * keys or none, and none when one is of a kind that it does not know (Ed25519): so keys are
 * found by their template (lib/hsm/key.h).  And it keeps a copy of the PIN: so the login is ours.
 */
#ifndef LABSEAL_LIB_HSM_TOKEN_H
#define LABSEAL_LIB_HSM_TOKEN_H

#include <stdbool.h>

#include "lib/base/error.h"
#include "lib/hsm/pin.h"
#include "lib/hsm/place.h"

struct ls_hsm;

/*
 * Load the module and find the token; nobody is logged in.  Sets place->variable in this
 * process's environment: a module is set up once, so its tokens that are open at one time are
 * those of one configuration.  For one thread.
 *   hsm.module          -ENOENT, -ENOEXEC: not there, or no PKCS#11 module, or its set-up fails
 *   hsm.configuration   -ENOENT: the module's configuration is not there
 *   hsm.token.missing   -ENOENT; names the tokens that there are
 *   hsm.token.twice     -EEXIST: two tokens with this label; say the serial number
 */
int ls_hsm_open(const struct ls_hsm_place *place, struct ls_hsm **ret_hsm, struct ls_error *err);
void ls_hsm_close(struct ls_hsm *hsm); /* logs out; NULL is fine */

static inline void ls_hsm_cleanup(struct ls_hsm **hsm)
{
	ls_hsm_close(*hsm);
}
#define _cleanup_hsm_ __attribute__((cleanup(ls_hsm_cleanup)))

/* A token of SoftHSM: a file that can be copied. */
bool ls_hsm_is_software(const struct ls_hsm *hsm);

/*
 * Log in as the token's user; writable: to make a key.  Tried once, and not at all when
 * one more wrong PIN would lock the token.
 *   hsm.pin.wrong       -EACCES
 *   hsm.pin.final-try   -EACCES: not tried
 *   hsm.pin.locked      -EACCES
 *   hsm.pin.unset       -EACCES: the token has no user PIN yet
 *   hsm.token.busy      -EBUSY: this process is logged in already, and the PIN was not looked at
 */
int ls_hsm_login(struct ls_hsm *hsm, const struct ls_hsm_pin *pin, bool writable,
		 struct ls_error *err);

/* A login that was not writable becomes one: keys that were opened in it go on. */
int ls_hsm_make_writable(struct ls_hsm *hsm, struct ls_error *err);

/* Whether a PIN may be tried, by what the token says of itself; as ls_hsm_login.  For tests. */
struct ls_hsm_pin_state {
	bool set, final_try, locked;
};
int ls_hsm_pin_check(const struct ls_hsm_pin_state *state, const char *token, struct ls_error *err);

#endif
