/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share; for this room only. */
#ifndef LABSEAL_LIB_HSM_HSM_INTERNAL_H
#define LABSEAL_LIB_HSM_HSM_INTERNAL_H

#include <libp11.h>
#include <p11-kit/pkcs11.h>

#include "lib/hsm/token.h"

/*
 * A module is initialised and finalised for the whole process, and libp11 lets go of all of its
 * sessions with its slots: so all tokens of a module share one of these (module.c).
 */
struct ls_hsm_module {
	char path[LS_HSM_PATH_SIZE];
	unsigned users;
	void *library; /* a reference beside libp11's */
	CK_FUNCTION_LIST *functions;
	PKCS11_CTX *libp11;
	PKCS11_SLOT *slots;
	unsigned slot_count;
};
int ls_hsm_module_take(const char *path, struct ls_hsm_module **ret_module, struct ls_error *err);
void ls_hsm_module_let_go(struct ls_hsm_module *module);

struct ls_hsm {
	struct ls_hsm_place place;
	struct ls_hsm_module *module;
	PKCS11_SLOT *slot; /* borrowed of the module */
	CK_FUNCTION_LIST *functions;
	CK_SESSION_HANDLE session; /* CK_INVALID_HANDLE: none */
};

/* The reason of the newest error that libp11 left, cleared: a PKCS#11 return value. */
CK_RV ls_hsm_libp11_reason(void);

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
