/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/keyring.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "host/supervisor/state.h"
#include "lib/base/files.h"

#define KEY_FILE_MAX 16384 /* bytes */

bool ls_keyring_has(int state_fd, const char *path)
{
	struct stat st;
	if (state_fd < 0 && path[0] != '/')
		return false;
	return fstatat(state_fd, path, &st, 0) == 0 && S_ISREG(st.st_mode);
}

int ls_keyring_private(int state_fd, const char *path, struct ls_p256_key **ret_key,
		       struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_file_read(state_fd, path, &pem, err);
	if (rc == 0)
		rc = ls_p256_key_from_pem(ls_buffer_str(&pem), pem.size, ret_key, err);
	if (rc < 0)
		ls_error_prefix(err, "the private key '%s'", path);
	return rc;
}

int ls_keyring_write_private(int state_fd, const char *path, const struct ls_p256_key *key,
			     struct ls_error *err)
{
	_cleanup_secret_ struct ls_buffer pem;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_p256_key_to_pem(key, &pem, err);
	return rc < 0 ? rc : ls_file_replace(state_fd, path, pem.data, pem.size, 0600, err);
}

int ls_keyring_public(int state_fd, const char *path, struct ls_p256_public *ret_key,
		      struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_file_read(state_fd, path, &pem, err);
	if (rc == 0)
		rc = ls_p256_public_from_pem(ls_buffer_str(&pem), pem.size, ret_key, err);
	if (rc < 0)
		ls_error_prefix(err, "the public key '%s'", path);
	return rc;
}

int ls_keyring_write_public(int state_fd, const char *path, const struct ls_p256_public *key,
			    struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_p256_public_to_pem(key, &pem);
	if (rc < 0)
		return ls_fail(err, rc, "key.memory", "there is no memory for '%s'", path);
	return ls_file_replace(state_fd, path, pem.data, pem.size, 0644, err);
}

int ls_keyring_certificate(int state_fd, const char *path, struct ls_buffer *der,
			   struct ls_certificate *ret_certificate, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_file_read(state_fd, path, &pem, err);
	if (rc == 0)
		rc = ls_certificate_from_pem(ls_buffer_str(&pem), pem.size, der, err);
	if (rc == 0 && ret_certificate)
		rc = ls_certificate_read((struct ls_der){ der->data, der->size }, ret_certificate,
					 err);
	if (rc < 0)
		ls_error_prefix(err, "the certificate '%s'", path);
	return rc;
}

int ls_keyring_write_certificate(int state_fd, const char *path, const struct ls_buffer *der,
				 struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_certificate_to_pem((struct ls_der){ der->data, der->size }, &pem);
	if (rc < 0)
		return ls_fail(err, rc, "key.memory", "there is no memory for '%s'", path);
	return ls_file_replace(state_fd, path, pem.data, pem.size, 0644, err);
}

int ls_keyring_write_kind(int state_fd, enum ls_key_kind kind, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_KIND_NAME_SIZE);
	ls_buffer_printf(&text, "%s\n", ls_key_kind_name(kind));
	return ls_file_replace(state_fd, LS_KEYS_KIND, text.data, text.size, 0644, err);
}
