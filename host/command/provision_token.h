/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioning a signing key in a PKCS#11 token.  Written, in this order, each as one step:
 * the kind of key, the PIN sealed by the TPM (where there is one), the public key.  The token's
 * key is made before, and a run that goes on after an end in between adopts it by its label.
 */
#ifndef LABSEAL_HOST_COMMAND_PROVISION_TOKEN_H
#define LABSEAL_HOST_COMMAND_PROVISION_TOKEN_H

#include "host/command/provision.h"

/*
 * Make the key, or adopt the one with the policy's label if it is as strict as one that is made;
 * seal the PIN.  Errors: ls_pin_get, lib/hsm/token.h and key.h, lib/tpm/sealed.h.
 */
int ls_provision_make_token_key(struct ls_provision *p, struct ls_error *err);

/*
 * The public key that was written.  A sealed PIN that was removed (it was changed in the token)
 * is sealed anew, if the token's key still is this one: -EKEYREJECTED ("provision.token").
 */
int ls_provision_read_token_key(struct ls_provision *p, struct ls_error *err);

/* The Ed25519 key beside it, in the same token (ls_ed25519_label); one that is there is taken. */
int ls_provision_make_token_ed25519(struct ls_provision *p, struct ls_error *err);

#endif
