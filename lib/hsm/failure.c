/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>

#include "lib/hsm/hsm_internal.h"

#define FAILED "hsm.failed"

/* Those that a person can do something about. */
static const struct {
	CK_RV rv;
	int code;
	const char *id, *name, *words;
} values[] = {
	{ CKR_PIN_INCORRECT, -EACCES, "hsm.pin.wrong", "CKR_PIN_INCORRECT",
	  "the PIN is wrong; it was tried once, and some tokens lock after three" },
	{ CKR_PIN_INVALID, -EACCES, "hsm.pin.wrong", "CKR_PIN_INVALID",
	  "the PIN has characters that the token does not take" },
	{ CKR_PIN_LEN_RANGE, -EACCES, "hsm.pin.wrong", "CKR_PIN_LEN_RANGE",
	  "the PIN is too short or too long for the token" },
	{ CKR_PIN_EXPIRED, -EACCES, "hsm.pin.wrong", "CKR_PIN_EXPIRED",
	  "the PIN has expired; set a new one with the token's own tool" },
	{ CKR_PIN_LOCKED, -EACCES, "hsm.pin.locked", "CKR_PIN_LOCKED",
	  "the PIN is locked after wrong tries; the token's security officer can set a new one" },
	{ CKR_USER_PIN_NOT_INITIALIZED, -EACCES, "hsm.pin.unset", "CKR_USER_PIN_NOT_INITIALIZED",
	  "the token has no user PIN yet; set one with the token's own tool" },
	{ CKR_USER_ALREADY_LOGGED_IN, -EBUSY, "hsm.token.busy", "CKR_USER_ALREADY_LOGGED_IN",
	  "this command is logged in to it already" },
	{ CKR_USER_NOT_LOGGED_IN, -EACCES, "hsm.refused", "CKR_USER_NOT_LOGGED_IN",
	  "the login is gone" },
	{ CKR_TOKEN_WRITE_PROTECTED, -EACCES, "hsm.refused", "CKR_TOKEN_WRITE_PROTECTED",
	  "the token is write-protected" },
	{ CKR_KEY_FUNCTION_NOT_PERMITTED, -EACCES, "hsm.refused", "CKR_KEY_FUNCTION_NOT_PERMITTED",
	  "the key may not sign" },
	{ CKR_MECHANISM_INVALID, -EIO, FAILED, "CKR_MECHANISM_INVALID",
	  "the token has no ECDSA (CKM_ECDSA, CKM_EC_KEY_PAIR_GEN)" },
	{ CKR_CURVE_NOT_SUPPORTED, -EIO, FAILED, "CKR_CURVE_NOT_SUPPORTED",
	  "the token does not have the curve P-256" },
	{ CKR_ATTRIBUTE_TYPE_INVALID, -EIO, FAILED, "CKR_ATTRIBUTE_TYPE_INVALID",
	  "the module does not know an attribute that a strict key needs" },
	{ CKR_TEMPLATE_INCONSISTENT, -EIO, FAILED, "CKR_TEMPLATE_INCONSISTENT",
	  "the module does not make keys that can only sign and never leave" },
	{ CKR_DEVICE_REMOVED, -ENOENT, "hsm.token.missing", "CKR_DEVICE_REMOVED",
	  "the token was taken out" },
	{ CKR_TOKEN_NOT_PRESENT, -ENOENT, "hsm.token.missing", "CKR_TOKEN_NOT_PRESENT",
	  "the token was taken out" },
	{ CKR_DEVICE_MEMORY, -ENOSPC, FAILED, "CKR_DEVICE_MEMORY", "the token is full" },
	{ CKR_DEVICE_ERROR, -EIO, FAILED, "CKR_DEVICE_ERROR", "the device failed" },
	{ CKR_GENERAL_ERROR, -EIO, FAILED, "CKR_GENERAL_ERROR",
	  "the module failed and does not say why; look at its configuration and its log" },
	{ CKR_OBJECT_HANDLE_INVALID, -EIO, FAILED, "CKR_OBJECT_HANDLE_INVALID",
	  "the key is not there any more" },
	{ CKR_KEY_HANDLE_INVALID, -EIO, FAILED, "CKR_KEY_HANDLE_INVALID",
	  "the key is not there any more" },
};
#define VALUE_COUNT (sizeof(values) / sizeof(values[0]))

static size_t find(CK_RV rv)
{
	size_t i = 0;
	while (i < VALUE_COUNT && values[i].rv != rv)
		i++;
	return i;
}

const char *ls_hsm_rv_text(CK_RV rv, char buffer[static LS_HSM_RV_SIZE])
{
	size_t i = find(rv);
	if (i < VALUE_COUNT)
		snprintf(buffer, LS_HSM_RV_SIZE, "%s (%s)", values[i].words, values[i].name);
	else
		snprintf(buffer, LS_HSM_RV_SIZE, "the module refused (PKCS#11 return value 0x%lx)",
			 rv);
	return buffer;
}

int ls_hsm_fail(const struct ls_hsm *hsm, CK_RV rv, struct ls_error *err, const char *what)
{
	char words[LS_HSM_RV_SIZE];
	size_t i = find(rv);
	return ls_fail(err, i < VALUE_COUNT ? values[i].code : -EIO,
		       i < VALUE_COUNT ? values[i].id : FAILED, "%s the token '%s': %s", what,
		       hsm->place.token, ls_hsm_rv_text(rv, words));
}
