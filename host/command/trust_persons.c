/* SPDX-License-Identifier: Apache-2.0 */
#include "host/command/trust_persons.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "host/command/keyring.h"
#include "host/supervisor/state.h"
#include "lib/base/files.h"

int ls_trust_persons_load(int state_fd, struct ls_persons *ret_persons, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_PERSONS_SIZE_MAX);
	*ret_persons = (struct ls_persons){ .ca_count = 0 };
	if (!ls_keyring_has(state_fd, LS_STATE_PERSONS))
		return 0;
	int rc = ls_file_read(state_fd, LS_STATE_PERSONS, &text, err);
	if (rc == 0)
		rc = ls_persons_parse(text.data, text.size, ret_persons, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s' of the state folder", LS_STATE_PERSONS);
	return rc;
}

static int read_certificate(const char *path, struct ls_buffer *der, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 2 * LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(der, LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &pem, err);
	if (rc == 0)
		rc = ls_certificate_from_pem(ls_buffer_str(&pem), pem.size, der, err);
	if (rc < 0)
		ls_error_prefix(err, "the certificate '%s'", path);
	return rc;
}

/* A CA of both would make a person's signature one of the instrument's, to whoever looks less well.
 */
static int refuse_own(int state_fd, struct ls_der ca, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer own;
	ls_buffer_init(&own, LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_keyring_certificate(state_fd, LS_KEYS_CA_CERTIFICATE, &own, NULL, err);
	if (rc == 0 && own.size == ca.size && memcmp(own.data, ca.bytes, ca.size) == 0)
		rc = ls_fail(err, -EBADMSG, "trust.person-ca",
			     "this is the CA that certifies the instrument; persons need one of "
			     "their own");
	return rc;
}

static int add_ca(int state_fd, struct ls_persons *persons, const char *path, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer der;
	int rc = read_certificate(path, &der, err);
	if (rc < 0)
		return rc;
	struct ls_der ca = { der.data, der.size };
	rc = refuse_own(state_fd, ca, err);
	if (rc == 0)
		rc = ls_persons_add_authority(persons, ca, err);
	if (rc < 0)
		ls_error_prefix(err, "the certificate '%s'", path);
	return rc;
}

static int revoke(struct ls_persons *persons, const char *path, struct ls_error *err)
{
	struct ls_digest digest;
	_cleanup_buffer_ struct ls_buffer der;
	int rc = read_certificate(path, &der, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(der.data, der.size, &digest);
	rc = ls_persons_revoke(persons, &digest, (int64_t)time(NULL), err);
	if (rc < 0)
		ls_error_prefix(err, "the certificate '%s'", path);
	return rc;
}

int ls_trust_persons_change(int state_fd, const char *ca, const char *revoked, struct ls_error *err)
{
	_cleanup_persons_ struct ls_persons persons;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_PERSONS_SIZE_MAX);
	int rc = ls_trust_persons_load(state_fd, &persons, err);
	if (rc == 0 && ca)
		rc = add_ca(state_fd, &persons, ca, err);
	if (rc == 0 && revoked)
		rc = revoke(&persons, revoked, err);
	if (rc == 0 && ls_persons_format(&persons, &text) < 0)
		rc = ls_fail(err, -EFBIG, "trust.persons",
			     "the persons' certificates are too many");
	return rc < 0 ? rc
		      : ls_file_replace(state_fd, LS_STATE_PERSONS, text.data, text.size, 0644,
					err);
}
