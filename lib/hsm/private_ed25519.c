/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/hsm/private_key.h"
#include "lib/hsm/terminal.h"
#include "lib/hsm/uri.h"

#define KEY_FILE_MAX 16384 /* bytes */

struct ls_private_ed25519 {
	struct ls_ed25519_key *file;
	struct ls_hsm_uri_key *token; /* one of the two */
	struct ls_ed25519_signer signer;
};

void ls_private_ed25519_signer(const struct ls_private_ed25519 *key,
			       struct ls_ed25519_signer *ret_signer)
{
	*ret_signer = key->signer;
}

void ls_private_ed25519_free(struct ls_private_ed25519 *key)
{
	if (!key)
		return;
	ls_ed25519_key_free(key->file);
	ls_hsm_uri_close(key->token);
	free(key);
}

static int load_file(const struct ls_key_place *place, struct ls_private_ed25519 *key,
		     struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	_cleanup_passphrase_ struct ls_passphrase p = { "" };
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, place->name, &pem, err);
	bool encrypted = rc == 0 && strstr(ls_buffer_str(&pem), "ENCRYPTED");
	if (encrypted)
		rc = ls_passphrase_get(place->name, place->passphrase_file, false, &p, err);
	if (rc == 0)
		rc = ls_ed25519_key_from_pem(ls_buffer_str(&pem), pem.size,
					     encrypted ? p.text : NULL, &key->file, err);
	if (rc < 0)
		ls_error_prefix(err, "the private key '%s'", place->name);
	return rc;
}

static int make_file(const struct ls_key_place *place, struct ls_private_ed25519 *key,
		     struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	_cleanup_passphrase_ struct ls_passphrase p = { "" };
	bool encrypted = place->passphrase_file;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = encrypted ? ls_passphrase_get(place->name, place->passphrase_file, true, &p, err)
			   : 0;
	if (rc == 0)
		rc = ls_ed25519_key_generate(&key->file, err);
	if (rc == 0)
		rc = ls_ed25519_key_to_pem(key->file, encrypted ? p.text : NULL, &pem, err);
	return rc == 0 ? ls_file_write_new(AT_FDCWD, place->name, pem.data, pem.size, 0600, err)
		       : rc;
}

static int open_key(const struct ls_key_place *place, bool make,
		    struct ls_private_ed25519 **ret_key, struct ls_error *err)
{
	struct ls_private_ed25519 *key = calloc(1, sizeof(*key));
	if (!key)
		return ls_fail(err, -ENOMEM, "key.memory", "out of memory for a key");
	int rc = ls_hsm_uri_is(place->name)
			 ? ls_hsm_uri_open_ed25519(place->name, place->pin_file, make, &key->token,
						   &key->signer, err)
		 : make ? make_file(place, key, err)
			: load_file(place, key, err);
	if (rc < 0) {
		ls_private_ed25519_free(key);
		return rc;
	}
	if (key->file)
		ls_ed25519_key_signer(key->file, &key->signer);
	*ret_key = key;
	return 0;
}

int ls_private_ed25519_load(const struct ls_key_place *place, struct ls_private_ed25519 **ret_key,
			    struct ls_error *err)
{
	return open_key(place, /* make= */ false, ret_key, err);
}

int ls_private_ed25519_make(const struct ls_key_place *place, struct ls_private_ed25519 **ret_key,
			    struct ls_error *err)
{
	return open_key(place, /* make= */ true, ret_key, err);
}
