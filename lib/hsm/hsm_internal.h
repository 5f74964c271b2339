/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share; for this room only. */
#ifndef LABSEAL_LIB_HSM_HSM_INTERNAL_H
#define LABSEAL_LIB_HSM_HSM_INTERNAL_H

#include <libp11.h>
#include <p11-kit/pkcs11.h>

#include "lib/hsm/token.h"

struct ls_hsm {
	struct ls_hsm_place place;
	PKCS11_CTX *libp11;
	PKCS11_SLOT *slots, *slot; /* slot: borrowed of slots */
	unsigned slot_count;
	void *library; /* a second reference to the module that libp11 loaded */
	CK_FUNCTION_LIST *functions;
	CK_SESSION_HANDLE session; /* CK_INVALID_HANDLE: none */
};

/* A return value in words: "the PIN is wrong (CKR_PIN_INCORRECT)".  Returns buffer. */
#define LS_HSM_RV_SIZE 160
const char *ls_hsm_rv_text(CK_RV rv, char buffer[static LS_HSM_RV_SIZE]);

/*
 * Fill err in from a return value: "WHAT of the token 'LABEL': WORDS".  -EACCES ("hsm.pin.wrong",
 * "hsm.pin.locked", "hsm.pin.unset", "hsm.refused"), -ENOENT ("hsm.token.missing": it was taken
 * out), -ENOSPC, -EIO ("hsm.failed").
 */
int ls_hsm_fail(const struct ls_hsm *hsm, CK_RV rv, struct ls_error *err, const char *what);

#endif
