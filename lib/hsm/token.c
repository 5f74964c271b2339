/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/token.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/hsm/hsm_internal.h"

/* --- the module ------------------------------------------------------------------ */

static int set_up(const struct ls_hsm_place *place, struct ls_error *err)
{
	if (access(place->module, R_OK) < 0)
		return ls_fail_errno(err, errno, "hsm.module",
				     "cannot read the PKCS#11 module '%s'", place->module);
	if (!place->variable[0])
		return 0;
	if (access(place->configuration, R_OK) < 0)
		return ls_fail_errno(err, errno, "hsm.configuration",
				     "cannot read the PKCS#11 module's configuration '%s'",
				     place->configuration);
	if (setenv(place->variable, place->configuration, 1) < 0)
		return ls_fail_errno(err, errno, "hsm.configuration",
				     "cannot name the PKCS#11 module's configuration");
	return 0;
}

/* --- the token --------------------------------------------------------------------- */

static bool is_wanted(const struct ls_hsm *hsm, const PKCS11_TOKEN *token)
{
	return token && token->initialized && token->label &&
	       strcmp(token->label, hsm->place.token) == 0 &&
	       (!hsm->place.serial[0] ||
		(token->serialnr && strcmp(token->serialnr, hsm->place.serial) == 0));
}

/* "'a' (serial 1), 'b' (serial 2)" */
static void list_tokens(const struct ls_hsm *hsm, struct ls_buffer *out)
{
	for (unsigned i = 0; i < hsm->module->slot_count; i++) {
		const PKCS11_TOKEN *t = hsm->module->slots[i].token;
		if (t && t->initialized)
			ls_buffer_printf(out, "%s'%s' (serial %s)", out->size ? ", " : "",
					 t->label ? t->label : "", t->serialnr ? t->serialnr : "");
	}
}

static int find_token(struct ls_hsm *hsm, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer names;
	ls_buffer_init(&names, 512);
	for (unsigned i = 0; i < hsm->module->slot_count; i++) {
		if (!is_wanted(hsm, hsm->module->slots[i].token))
			continue;
		if (hsm->slot)
			return ls_fail(err, -EEXIST, "hsm.token.twice",
				       "there are two tokens '%s'; say which by its serial number",
				       hsm->place.token);
		hsm->slot = &hsm->module->slots[i];
	}
	if (hsm->slot)
		return 0;
	list_tokens(hsm, &names);
	return ls_fail(err, -ENOENT, "hsm.token.missing",
		       "the module '%s' has no token '%s'%s%s: %s%s; plug it in, or correct the "
		       "label (or the serial number)",
		       hsm->place.module, hsm->place.token,
		       hsm->place.serial[0] ? " with serial " : "", hsm->place.serial,
		       names.size ? "there is " : "it has none that is set up",
		       ls_buffer_str(&names));
}

int ls_hsm_open(const struct ls_hsm_place *place, struct ls_hsm **ret_hsm, struct ls_error *err)
{
	int rc = set_up(place, err);
	if (rc < 0)
		return rc;
	struct ls_hsm *hsm = calloc(1, sizeof(*hsm));
	if (!hsm)
		return ls_fail(err, -ENOMEM, "hsm.memory", "out of memory for a token");
	hsm->place = *place;
	hsm->session = CK_INVALID_HANDLE;
	rc = ls_hsm_module_take(place->module, &hsm->module, err);
	if (rc == 0) {
		hsm->functions = hsm->module->functions;
		rc = find_token(hsm, err);
	}
	if (rc < 0)
		ls_hsm_close(hsm);
	else
		*ret_hsm = hsm;
	return rc;
}

void ls_hsm_close(struct ls_hsm *hsm)
{
	if (!hsm)
		return;
	if (hsm->session != CK_INVALID_HANDLE)
		hsm->functions->C_CloseSession(hsm->session);
	ls_hsm_module_let_go(hsm->module);
	free(hsm);
}

bool ls_hsm_is_software(const struct ls_hsm *hsm)
{
	const PKCS11_TOKEN *t = hsm->slot->token;
	return (t->model && strncmp(t->model, "SoftHSM", 7) == 0) ||
	       (t->manufacturer && strncmp(t->manufacturer, "SoftHSM", 7) == 0);
}

/* --- the login ----------------------------------------------------------------------- */

int ls_hsm_pin_check(const struct ls_hsm_pin_state *state, const char *token, struct ls_error *err)
{
	if (state->locked)
		return ls_fail(
			err, -EACCES, "hsm.pin.locked",
			"the PIN of the token '%s' is locked after wrong tries; its security "
			"officer can set a new one",
			token);
	if (!state->set)
		return ls_fail(err, -EACCES, "hsm.pin.unset",
			       "the token '%s' has no user PIN yet; set one with the token's own "
			       "tool",
			       token);
	if (state->final_try)
		return ls_fail(err, -EACCES, "hsm.pin.final-try",
			       "one more wrong PIN would lock the token '%s', so labseal does not "
			       "try; log in once with the right PIN by the token's own tool, then "
			       "start again",
			       token);
	return 0;
}

/* As it is now: libp11's own copy is of when the token was found. */
static int read_pin_state(const struct ls_hsm *hsm, struct ls_hsm_pin_state *ret,
			  struct ls_error *err)
{
	CK_TOKEN_INFO info;
	CK_RV rv = hsm->functions->C_GetTokenInfo(PKCS11_get_slotid_from_slot(hsm->slot), &info);
	if (rv != CKR_OK)
		return ls_hsm_fail(hsm, rv, err, "cannot look at");
	*ret = (struct ls_hsm_pin_state){
		.set = info.flags & CKF_USER_PIN_INITIALIZED,
		.final_try = info.flags & CKF_USER_PIN_FINAL_TRY,
		.locked = info.flags & CKF_USER_PIN_LOCKED,
	};
	return 0;
}

static int open_session(const struct ls_hsm *hsm, bool writable, CK_SESSION_HANDLE *ret_session,
			struct ls_error *err)
{
	CK_SESSION_HANDLE session;
	CK_RV rv = hsm->functions->C_OpenSession(
		PKCS11_get_slotid_from_slot(hsm->slot),
		CKF_SERIAL_SESSION | (writable ? CKF_RW_SESSION : 0), NULL, NULL, &session);
	if (rv != CKR_OK)
		return ls_hsm_fail(hsm, rv, err, "cannot open");
	*ret_session = session;
	return 0;
}

int ls_hsm_login(struct ls_hsm *hsm, const struct ls_hsm_pin *pin, bool writable,
		 struct ls_error *err)
{
	struct ls_hsm_pin_state state = { .set = false };
	int rc = read_pin_state(hsm, &state, err);
	if (rc == 0)
		rc = ls_hsm_pin_check(&state, hsm->place.token, err);
	if (rc < 0)
		return rc;
	rc = open_session(hsm, writable, &hsm->session, err);
	if (rc < 0)
		return rc;
	/* not by libp11, which keeps a copy of the PIN as long as it has the slot */
	CK_RV rv = hsm->functions->C_Login(hsm->session, CKU_USER, (CK_UTF8CHAR *)pin->text,
					   strlen(pin->text));
	return rv == CKR_OK ? 0 : ls_hsm_fail(hsm, rv, err, "cannot log in to");
}

/* The token's login is of all sessions; it ends with the last one, so the new one comes first. */
int ls_hsm_make_writable(struct ls_hsm *hsm, struct ls_error *err)
{
	CK_SESSION_HANDLE before = hsm->session;
	int rc = open_session(hsm, /* writable= */ true, &hsm->session, err);
	if (rc == 0)
		hsm->functions->C_CloseSession(before);
	return rc;
}
