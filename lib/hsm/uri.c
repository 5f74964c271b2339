/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/uri.h"

#include <errno.h>
#include <p11-kit/uri.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/hsm/key.h"
#include "lib/hsm/terminal.h"

#define SCHEME "pkcs11:"

struct ls_hsm_uri_key {
	struct ls_hsm *hsm;
	struct ls_hsm_key *key;
};

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

void ls_hsm_uri_close(struct ls_hsm_uri_key *token)
{
	if (!token)
		return;
	ls_hsm_key_free(token->key);
	ls_hsm_close(token->hsm);
	free(token);
}

static int log_in(struct ls_hsm_uri_key *t, const struct ls_hsm_place *place, const char *pin_file,
		  bool writable, struct ls_error *err)
{
	_cleanup_pin_ struct ls_hsm_pin pin;
	ls_hsm_pin_init(&pin);
	/* first whether the token is there: nobody types a PIN in vain */
	int rc = ls_hsm_open(place, &t->hsm, err);
	if (rc == 0)
		rc = ls_pin_get(place->token, pin_file, &pin, err);
	return rc < 0 ? rc : ls_hsm_login(t->hsm, &pin, writable, err);
}

int ls_hsm_uri_open(const char *uri, const char *pin_file, bool make,
		    struct ls_hsm_uri_key **ret_token, struct ls_signer *ret_signer,
		    struct ls_error *err)
{
	struct ls_hsm_place place;
	int rc = ls_hsm_uri_parse(uri, &place, err);
	if (rc < 0)
		return rc;
	struct ls_hsm_uri_key *t = calloc(1, sizeof(*t));
	if (!t)
		return ls_fail(err, -ENOMEM, "key.memory", "out of memory for a token");
	rc = log_in(t, &place, pin_file, make, err);
	if (rc == 0)
		rc = make ? ls_hsm_key_make(t->hsm, &t->key, err)
			  : ls_hsm_key_open(t->hsm, &t->key, err);
	if (rc < 0) {
		ls_hsm_uri_close(t);
		return rc;
	}
	ls_hsm_key_signer(t->key, ret_signer);
	*ret_token = t;
	return 0;
}
