/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/hsm/private_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/hsm/terminal.h"
#include "lib/hsm/uri.h"

#define KEY_FILE_MAX 16384 /* bytes */

struct ls_private_key {
	struct ls_p256_key *file;
	struct ls_hsm_uri_key *token; /* one of the two */
	struct ls_signer signer;
};

int ls_private_key_of(struct ls_p256_key *taken, struct ls_private_key **ret_key,
		      struct ls_error *err)
{
	struct ls_private_key *key = calloc(1, sizeof(*key));
	if (!key) {
		ls_p256_key_free(taken);
		return ls_fail(err, -ENOMEM, "key.memory", "out of memory for a key");
	}
	key->file = taken;
	ls_p256_key_signer(taken, &key->signer);
	*ret_key = key;
	return 0;
}

void ls_private_key_signer(const struct ls_private_key *key, struct ls_signer *ret_signer)
{
	*ret_signer = key->signer;
}

void ls_private_key_free(struct ls_private_key *key)
{
	if (!key)
		return;
	ls_p256_key_free(key->file);
	ls_hsm_uri_close(key->token);
	free(key);
}

/* --- in a file --------------------------------------------------------------------------- */

static int load_file(const struct ls_key_place *place, struct ls_private_key **ret_key,
		     struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	_cleanup_passphrase_ struct ls_passphrase p = { "" };
	struct ls_p256_key *key = NULL;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, place->name, &pem, err);
	bool encrypted = rc == 0 && strstr(ls_buffer_str(&pem), "ENCRYPTED");
	if (encrypted)
		rc = ls_passphrase_get(place->name, place->passphrase_file, false, &p, err);
	if (rc == 0)
		rc = ls_p256_key_from_encrypted_pem(ls_buffer_str(&pem), pem.size,
						    encrypted ? p.text : NULL, &key, err);
	if (rc < 0) {
		ls_error_prefix(err, "the private key '%s'", place->name);
		return rc;
	}
	return ls_private_key_of(key, ret_key, err);
}

static int make_file(const struct ls_key_place *place, bool ask_passphrase,
		     struct ls_private_key **ret_key, struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	_cleanup_passphrase_ struct ls_passphrase p = { "" };
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	bool encrypted = place->passphrase_file || ask_passphrase;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = encrypted ? ls_passphrase_get(place->name, place->passphrase_file, true, &p, err)
			   : 0;
	if (rc == 0)
		rc = ls_p256_key_generate(&key, err);
	if (rc == 0)
		rc = encrypted ? ls_p256_key_to_encrypted_pem(key, p.text, &pem, err)
			       : ls_p256_key_to_pem(key, &pem, err);
	if (rc == 0)
		rc = ls_file_write_new(AT_FDCWD, place->name, pem.data, pem.size, 0600, err);
	return rc < 0 ? rc : ls_private_key_of(ls_steal_ptr(&key), ret_key, err);
}

/* --- in a token ---------------------------------------------------------------------------- */

static int open_token(const struct ls_key_place *place, bool make, struct ls_private_key **ret_key,
		      struct ls_error *err)
{
	struct ls_private_key *key = calloc(1, sizeof(*key));
	if (!key)
		return ls_fail(err, -ENOMEM, "key.memory", "out of memory for a key");
	int rc = ls_hsm_uri_open(place->name, place->pin_file, make, &key->token, &key->signer,
				 err);
	if (rc < 0)
		ls_private_key_free(key);
	else
		*ret_key = key;
	return rc;
}

int ls_private_key_load(const struct ls_key_place *place, struct ls_private_key **ret_key,
			struct ls_error *err)
{
	return ls_hsm_uri_is(place->name) ? open_token(place, /* make= */ false, ret_key, err)
					  : load_file(place, ret_key, err);
}

int ls_private_key_make(const struct ls_key_place *place, bool ask_passphrase,
			struct ls_private_key **ret_key, struct ls_error *err)
{
	return ls_hsm_uri_is(place->name) ? open_token(place, /* make= */ true, ret_key, err)
					  : make_file(place, ask_passphrase, ret_key, err);
}
