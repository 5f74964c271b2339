/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/uri.h"

#include <errno.h>
#include <p11-kit/uri.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hsm/hsm_internal.h"
#include "lib/hsm/key.h"
#include "lib/hsm/terminal.h"

#define SCHEME "pkcs11:"

bool ls_hsm_uri_is(const char *name)
{
	return strncmp(name, SCHEME, strlen(SCHEME)) == 0;
}

/* --- the URI --------------------------------------------------------------------------- */

static void uri_free(P11KitUri **uri)
{
	p11_kit_uri_free(*uri);
}

static int bad_uri(const char *why, struct ls_error *err)
{
	return ls_fail(err, -EINVAL, "key.uri",
		       "%s; write 'pkcs11:token=LABEL;object=LABEL?module-path=/PATH' in quotes",
		       why);
}

/* A fixed field of PKCS#11: padded with blanks, or (by the URI's parser) with NUL. */
static int take_fixed(const void *field, size_t size, char *target, size_t target_size)
{
	const char *text = field;
	size_t n = strnlen(text, size);
	while (n > 0 && text[n - 1] == ' ')
		n--;
	if (n >= target_size)
		return -EINVAL;
	memcpy(target, text, n);
	target[n] = '\0';
	return 0;
}

static int take(P11KitUri *uri, struct ls_hsm_place *place, struct ls_error *err)
{
	const CK_TOKEN_INFO *token = p11_kit_uri_get_token_info(uri);
	const CK_ATTRIBUTE *object = p11_kit_uri_get_attribute(uri, CKA_LABEL);
	const char *module = p11_kit_uri_get_module_path(uri);
	if (p11_kit_uri_get_pin_value(uri) || p11_kit_uri_get_pin_source(uri))
		return bad_uri(
			"the PIN does not belong into the URI, which process lists show: say "
			"--pin-file FILE, or be asked",
			err);
	if (p11_kit_uri_any_unrecognized(uri))
		return bad_uri("the URI has an attribute that nothing here knows", err);
	if (!module || module[0] != '/')
		return bad_uri("the URI has no 'module-path' that is absolute", err);
	if (!object || object->ulValueLen == 0 ||
	    take_fixed(object->pValue, object->ulValueLen, place->label, sizeof(place->label)) < 0)
		return bad_uri("the URI has no 'object', or one that is too long", err);
	if (take_fixed(token->label, sizeof(token->label), place->token, sizeof(place->token)) <
		    0 ||
	    !place->token[0])
		return bad_uri("the URI has no 'token'", err);
	take_fixed(token->serialNumber, sizeof(token->serialNumber), place->serial,
		   sizeof(place->serial));
	int n = snprintf(place->module, sizeof(place->module), "%s", module);
	return n < 0 || (size_t)n >= sizeof(place->module) ? bad_uri("its path is too long", err)
							   : 0;
}

int ls_hsm_uri_parse(const char *uri, struct ls_hsm_place *ret_place, struct ls_error *err)
{
	__attribute__((cleanup(uri_free))) P11KitUri *parsed = p11_kit_uri_new();
	struct ls_hsm_place place = { .module = "" };
	if (!parsed)
		return ls_fail(err, -ENOMEM, "key.memory", "out of memory for a URI");
	int rc = p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, parsed);
	if (rc != P11_KIT_URI_OK)
		return bad_uri("this is no PKCS#11 URI (RFC 7512)", err);
	rc = take(parsed, &place, err);
	if (rc == 0)
		*ret_place = place;
	return rc;
}

/* --- the token --------------------------------------------------------------------------- */

/* A login is of a whole process, and of the token: so all keys of one token share it. */
struct login {
	struct ls_hsm *hsm;
	bool writable;
	unsigned users;
	struct login *next;
};
static struct login *logins; /* this room is for one thread */

static void let_go(struct login *l)
{
	if (!l || --l->users > 0)
		return;
	struct login **place = &logins;
	while (*place && *place != l)
		place = &(*place)->next;
	if (*place)
		*place = l->next;
	ls_hsm_close(l->hsm);
	free(l);
}

/* Takes hsm, also when it fails. */
static int log_in(struct ls_hsm *hsm, const char *pin_file, bool writable, struct login **ret_login,
		  struct ls_error *err)
{
	_cleanup_pin_ struct ls_hsm_pin pin;
	struct login *l = calloc(1, sizeof(*l));
	ls_hsm_pin_init(&pin);
	if (!l) {
		ls_hsm_close(hsm);
		return ls_fail(err, -ENOMEM, "key.memory", "out of memory for a token");
	}
	*l = (struct login){ .hsm = hsm, .writable = writable, .users = 1 };
	int rc = ls_pin_get(hsm->place.token, pin_file, &pin, err);
	if (rc == 0)
		rc = ls_hsm_login(hsm, &pin, writable, err);
	if (rc < 0) {
		let_go(l);
		return rc;
	}
	l->next = logins;
	*ret_login = logins = l;
	return 0;
}

static int join_login(struct login *l, bool writable, struct login **ret_login,
		      struct ls_error *err)
{
	int rc = writable && !l->writable ? ls_hsm_make_writable(l->hsm, err) : 0;
	if (rc < 0)
		return rc;
	l->writable |= writable;
	l->users++;
	*ret_login = l;
	return 0;
}

/* First whether the token is there: nobody types a PIN in vain. */
static int take_login(const struct ls_hsm_place *place, const char *pin_file, bool writable,
		      struct login **ret_login, struct ls_error *err)
{
	struct ls_hsm *hsm = NULL;
	int rc = ls_hsm_open(place, &hsm, err);
	if (rc < 0)
		return rc;
	struct login *l = logins;
	while (l && l->hsm->slot != hsm->slot) /* those of a module share its list */
		l = l->next;
	if (!l)
		return log_in(hsm, pin_file, writable, ret_login, err);
	ls_hsm_close(hsm);
	return join_login(l, writable, ret_login, err);
}

/* --- its keys ---------------------------------------------------------------------------- */

struct ls_hsm_uri_key {
	struct login *login;
	struct ls_hsm_key *key;
};

void ls_hsm_uri_close(struct ls_hsm_uri_key *token)
{
	if (!token)
		return;
	ls_hsm_key_free(token->key);
	let_go(token->login);
	free(token);
}

typedef int open_key(struct ls_hsm *hsm, const char *label, struct ls_hsm_key **ret_key,
		     struct ls_error *err);

static int open_with(open_key *open, const char *uri, const char *pin_file, bool make,
		     struct ls_hsm_uri_key **ret_token, struct ls_error *err)
{
	struct ls_hsm_place place;
	int rc = ls_hsm_uri_parse(uri, &place, err);
	if (rc < 0)
		return rc;
	struct ls_hsm_uri_key *t = calloc(1, sizeof(*t));
	if (!t)
		return ls_fail(err, -ENOMEM, "key.memory", "out of memory for a token");
	rc = take_login(&place, pin_file, make, &t->login, err);
	if (rc == 0)
		rc = open(t->login->hsm, place.label, &t->key, err);
	if (rc < 0) {
		ls_hsm_uri_close(t);
		return rc;
	}
	*ret_token = t;
	return 0;
}

int ls_hsm_uri_open(const char *uri, const char *pin_file, bool make,
		    struct ls_hsm_uri_key **ret_token, struct ls_signer *ret_signer,
		    struct ls_error *err)
{
	int rc = open_with(make ? ls_hsm_p256_make : ls_hsm_p256_open, uri, pin_file, make,
			   ret_token, err);
	if (rc == 0)
		ls_hsm_key_signer((*ret_token)->key, ret_signer);
	return rc;
}

int ls_hsm_uri_open_ed25519(const char *uri, const char *pin_file, bool make,
			    struct ls_hsm_uri_key **ret_token, struct ls_ed25519_signer *ret_signer,
			    struct ls_error *err)
{
	int rc = open_with(make ? ls_hsm_ed25519_make : ls_hsm_ed25519_open, uri, pin_file, make,
			   ret_token, err);
	if (rc == 0)
		ls_hsm_ed25519_signer((*ret_token)->key, ret_signer);
	return rc;
}
