/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/hsm/private_key.h"

#define PUBLIC_MAX 4096 /* bytes of a PEM file */

struct ls_held_key {
	char *name;
	struct ls_private_key *key;
};

void ls_keys_free(struct ls_keys *keys)
{
	for (size_t i = 0; i < keys->count; i++) {
		free(keys->held[i].name);
		ls_private_key_free(keys->held[i].key);
	}
	ls_private_ed25519_free(keys->ed25519);
	free(keys->held);
	keys->ed25519 = NULL;
	keys->held = NULL;
	keys->count = 0;
}

static int hold(struct ls_keys *keys, const char *name, struct ls_private_key *key,
		struct ls_signer *ret_signer, struct ls_error *err)
{
	struct ls_held_key *grown = reallocarray(keys->held, keys->count + 1, sizeof(*keys->held));
	char *copy = strdup(name);
	if (grown)
		keys->held = grown;
	if (!grown || !copy) {
		free(copy);
		ls_private_key_free(key);
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for a key");
	}
	keys->held[keys->count++] = (struct ls_held_key){ copy, key };
	ls_private_key_signer(key, ret_signer);
	return 0;
}

static struct ls_key_place place_of(const struct ls_keys *keys, const char *name)
{
	return (struct ls_key_place){ .name = name,
				      .passphrase_file = keys->passphrase_file,
				      .pin_file = keys->pin_file };
}

int ls_keys_get(struct ls_keys *keys, const char *name, struct ls_signer *ret_signer,
		struct ls_error *err)
{
	struct ls_private_key *key = NULL;
	const struct ls_key_place place = place_of(keys, name);
	for (size_t i = 0; i < keys->count; i++)
		if (strcmp(keys->held[i].name, name) == 0) {
			ls_private_key_signer(keys->held[i].key, ret_signer);
			return 0;
		}
	int rc = ls_private_key_load(&place, &key, err);
	return rc < 0 ? rc : hold(keys, name, key, ret_signer, err);
}

int ls_keys_make(struct ls_keys *keys, const char *name, struct ls_signer *ret_signer,
		 struct ls_error *err)
{
	struct ls_private_key *key = NULL;
	const struct ls_key_place place = place_of(keys, name);
	int rc = ls_private_key_make(&place, /* ask_passphrase= */ false, &key, err);
	return rc < 0 ? rc : hold(keys, name, key, ret_signer, err);
}

static int take_ed25519(struct ls_keys *keys, const char *name, bool make,
			struct ls_ed25519_signer *ret_signer, struct ls_error *err)
{
	const struct ls_key_place place = place_of(keys, name);
	if (!keys->ed25519) {
		int rc = make ? ls_private_ed25519_make(&place, &keys->ed25519, err)
			      : ls_private_ed25519_load(&place, &keys->ed25519, err);
		if (rc < 0)
			return rc;
	}
	ls_private_ed25519_signer(keys->ed25519, ret_signer);
	return 0;
}

int ls_keys_get_ed25519(struct ls_keys *keys, const char *name,
			struct ls_ed25519_signer *ret_signer, struct ls_error *err)
{
	return take_ed25519(keys, name, /* make= */ false, ret_signer, err);
}

int ls_keys_make_ed25519(struct ls_keys *keys, const char *name,
			 struct ls_ed25519_signer *ret_signer, struct ls_error *err)
{
	return take_ed25519(keys, name, /* make= */ true, ret_signer, err);
}

int ls_public_key_read(const char *path, struct ls_p256_public *ret_key, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, PUBLIC_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &pem, err);
	if (rc == 0)
		rc = ls_p256_public_from_pem(ls_buffer_str(&pem), pem.size, ret_key, err);
	if (rc < 0)
		ls_error_prefix(err, "the public key '%s'", path);
	return rc;
}
