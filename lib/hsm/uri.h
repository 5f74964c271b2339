/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A person's key in a PKCS#11 token that a URI names (RFC 7512):
 *
 *     pkcs11:token=LABEL;object=LABEL?module-path=/PATH     and, if need be, ;serial=NUMBER
 *
 * with no other attributes; the PIN is never in it, since process lists show it to everyone.
 */
#ifndef LABSEAL_LIB_HSM_URI_H
#define LABSEAL_LIB_HSM_URI_H

#include <stdbool.h>

#include "lib/base/ed25519.h"
#include "lib/base/error.h"
#include "lib/base/p256.h"
#include "lib/hsm/place.h"

/* Whether a key's name is a URI of a token, and not a file's path. */
bool ls_hsm_uri_is(const char *name);

/* -EINVAL ("key.uri"): malformed, incomplete, or with a PIN. */
int ls_hsm_uri_parse(const char *uri, struct ls_hsm_place *ret_place, struct ls_error *err);

/*
 * Log in, with the PIN of pin_file or (NULL) of the terminal, and open the key, or make it.
 * signer borrows the token.  A token that is open by this for another key is not logged in to
 * again, and no PIN is asked for.  Errors: the above, ls_pin_get, lib/hsm/token.h and key.h.
 */
struct ls_hsm_uri_key;
int ls_hsm_uri_open(const char *uri, const char *pin_file, bool make,
		    struct ls_hsm_uri_key **ret_token, struct ls_signer *ret_signer,
		    struct ls_error *err);
/* The same of an Ed25519 key. */
int ls_hsm_uri_open_ed25519(const char *uri, const char *pin_file, bool make,
			    struct ls_hsm_uri_key **ret_token, struct ls_ed25519_signer *ret_signer,
			    struct ls_error *err);
void ls_hsm_uri_close(struct ls_hsm_uri_key *token); /* NULL is fine */

#endif
