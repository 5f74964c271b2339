/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps that make keys and certificates.  Two may be carried away once
 * they did their work: the policy authority's private key and the CA's.  The
 * steps then go by what stays: the public key and the certificate.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "host/command/keyring.h"
#include "host/command/provision.h"
#include "host/supervisor/state.h"
#include "lib/attest/creation.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/seal/ca.h"
#include "lib/tpm/keys.h"

#define DAY	    INT64_C(86400)
#define YEARS	    (INT64_C(365) * DAY)
#define CA_LIFE	    (30 * YEARS)
#define SIGNER_LIFE (20 * YEARS)
#define NAME_SIZE   65 /* a common name: 64 bytes and NUL */

/* --- the policy authority ---------------------------------------------------- */

static int load_authority_key(struct ls_provision *p, struct ls_error *err)
{
	if (p->authority_path)
		return ls_keyring_private(AT_FDCWD, p->authority_path, &p->authority_key, err);
	if (!ls_keyring_has(p->state_fd, LS_KEYS_AUTHORITY_KEY))
		return 0;
	return ls_keyring_private(p->state_fd, LS_KEYS_AUTHORITY_KEY, &p->authority_key, err);
}

static struct ls_p256_public public_of(struct ls_p256_key *key)
{
	struct ls_signer signer;
	ls_p256_key_signer(key, &signer);
	return signer.key;
}

static int make_authority_key(struct ls_provision *p, struct ls_error *err)
{
	if (!p->dry_run) {
		int rc = ls_p256_key_generate(&p->authority_key, err);
		if (rc == 0)
			rc = ls_keyring_write_private(p->state_fd, LS_KEYS_AUTHORITY_KEY,
						      p->authority_key, err);
		if (rc < 0)
			return rc;
	}
	ls_provision_say(p, false, LS_KEYS_AUTHORITY_KEY,
			 "approves states; keep it offline and use it by --authority");
	return 0;
}

int ls_provision_authority(struct ls_provision *p, struct ls_error *err)
{
	bool has_public = ls_keyring_has(p->state_fd, LS_KEYS_AUTHORITY);
	int rc = load_authority_key(p, err);
	if (rc == 0 && has_public)
		rc = ls_keyring_public(p->state_fd, LS_KEYS_AUTHORITY, &p->authority, err);
	if (rc == 0 && !has_public && !p->authority_key)
		rc = make_authority_key(p, err);
	if (rc < 0)
		return rc;
	if (!has_public && p->authority_key) {
		p->authority = public_of(p->authority_key);
		if (!p->dry_run)
			rc = ls_keyring_write_public(p->state_fd, LS_KEYS_AUTHORITY, &p->authority,
						     err);
		if (rc < 0)
			return rc;
	}
	p->has_authority = has_public || p->authority_key;
	struct ls_p256_public seen;
	if (p->authority_key) {
		seen = public_of(p->authority_key);
		if (!ls_p256_public_equal(&seen, &p->authority))
			return ls_fail(err, -EKEYREJECTED, "provision.authority",
				       "'%s' is not the private key of '%s': it belongs to another "
				       "lab or instrument",
				       p->authority_path ? p->authority_path
							 : LS_KEYS_AUTHORITY_KEY,
				       LS_KEYS_AUTHORITY);
	}
	ls_provision_say(p, has_public, LS_KEYS_AUTHORITY, "the policy authority's public key");
	return 0;
}

/* --- the CA ------------------------------------------------------------------ */

static int make_ca_certificate(struct ls_provision *p, struct ls_p256_key *key,
			       struct ls_error *err)
{
	char name[NAME_SIZE];
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	snprintf(name, sizeof(name), "labseal CA %.53s", p->policy->instrument.id);
	int64_t now = time(NULL);
	int rc = ls_ca_create(key, name, now - DAY, now + CA_LIFE, &der, err);
	if (rc == 0)
		rc = ls_keyring_write_certificate(p->state_fd, LS_KEYS_CA_CERTIFICATE, &der, err);
	return rc;
}

int ls_provision_ca(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	bool has_certificate = ls_keyring_has(p->state_fd, LS_KEYS_CA_CERTIFICATE);
	bool has_key = ls_keyring_has(p->state_fd, LS_KEYS_CA_KEY);
	int rc = 0;
	if (!has_certificate && !p->dry_run) {
		if (has_key)
			rc = ls_keyring_private(p->state_fd, LS_KEYS_CA_KEY, &key, err);
		else
			rc = ls_p256_key_generate(&key, err);
		if (rc == 0 && !has_key)
			rc = ls_keyring_write_private(p->state_fd, LS_KEYS_CA_KEY, key, err);
		if (rc == 0)
			rc = make_ca_certificate(p, key, err);
	}
	if (rc < 0)
		return rc;
	ls_provision_say(p, has_certificate, LS_KEYS_CA_CERTIFICATE,
			 "certifies the signing key, for auditors' stock tools");
	return 0;
}

/* --- the signing key --------------------------------------------------------- */

/*
 * The kind and the creation certificate are written first: where there is a key,
 * it is said where it lives, and its TPM has vouched for it.
 */
static int make_tpm_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer blob, creation;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	ls_buffer_init(&creation, LS_CREATION_MAX);
	int rc = ls_provision_open_tpm(p, err);
	if (rc == 0)
		rc = ls_tpm_create_signing_key(p->tpm, &p->authority, LS_POLICY_REF,
					       strlen(LS_POLICY_REF), &blob, &creation,
					       &p->signing_key, err);
	if (rc == 0)
		rc = ls_keyring_write_kind(p->state_fd, p->tpm_kind, err);
	if (rc == 0)
		rc = ls_file_replace(p->state_fd, LS_KEYS_CREATION, creation.data, creation.size,
				     0644, err);
	if (rc == 0)
		rc = ls_file_replace(p->state_fd, LS_KEYS_SIGNING_BLOB, blob.data, blob.size, 0600,
				     err);
	return rc;
}

static int read_tpm_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer blob;
	ls_buffer_init(&blob, LS_TPM_KEY_BLOB_MAX);
	int rc = ls_file_read(p->state_fd, LS_KEYS_SIGNING_BLOB, &blob, err);
	if (rc == 0)
		rc = ls_tpm_check_signing_key(blob.data, blob.size, &p->authority, LS_POLICY_REF,
					      strlen(LS_POLICY_REF), &p->signing_key, err);
	if (rc < 0)
		ls_error_prefix(err, "the signing key '%s'", LS_KEYS_SIGNING_BLOB);
	return rc;
}

static int make_file_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	int rc = ls_p256_key_generate(&key, err);
	if (rc == 0)
		rc = ls_keyring_write_kind(p->state_fd, LS_KEY_FILE, err);
	if (rc == 0)
		rc = ls_keyring_write_private(p->state_fd, LS_KEYS_SIGNING_PEM, key, err);
	if (rc == 0)
		p->signing_key = public_of(key);
	return rc;
}

static int read_file_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	int rc = ls_keyring_private(p->state_fd, LS_KEYS_SIGNING_PEM, &key, err);
	if (rc == 0)
		p->signing_key = public_of(key);
	return rc;
}

int ls_provision_signing_key(struct ls_provision *p, struct ls_error *err)
{
	bool file = p->policy->signing.key == LS_SIGN_FILE;
	const char *path = file ? LS_KEYS_SIGNING_PEM : LS_KEYS_SIGNING_BLOB;
	bool there = ls_keyring_has(p->state_fd, path);
	int rc = 0;
	if (there)
		rc = file ? read_file_key(p, err) : read_tpm_key(p, err);
	else if (!p->dry_run)
		rc = file ? make_file_key(p, err) : make_tpm_key(p, err);
	if (rc < 0)
		return rc;
	p->has_signing_key = there || !p->dry_run;
	ls_provision_say(
		p, there, path,
		file ? "the signing key, in a plain file"
		     : "the signing key, which works in its TPM in an approved state only");
	return 0;
}

/* --- its certificate --------------------------------------------------------- */

static int issue(struct ls_provision *p, struct ls_error *err)
{
	char name[NAME_SIZE];
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer ca, der;
	ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	snprintf(name, sizeof(name), "labseal %.56s", p->policy->instrument.id);
	int64_t now = time(NULL);
	int rc = ls_keyring_private(p->state_fd, LS_KEYS_CA_KEY, &key, err);
	if (rc == 0)
		rc = ls_keyring_certificate(p->state_fd, LS_KEYS_CA_CERTIFICATE, &ca, NULL, err);
	if (rc == 0)
		rc = ls_ca_issue(key, (struct ls_der){ ca.data, ca.size }, &p->signing_key, name,
				 now - DAY, now + SIGNER_LIFE, &der, err);
	if (rc == 0)
		rc = ls_keyring_write_certificate(p->state_fd, LS_KEYS_CERTIFICATE, &der, err);
	return rc;
}

static int check_certificate(struct ls_provision *p, struct ls_error *err)
{
	struct ls_certificate certificate;
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_keyring_certificate(p->state_fd, LS_KEYS_CERTIFICATE, &der, &certificate, err);
	if (rc < 0)
		return rc;
	if (p->has_signing_key && !ls_p256_public_equal(&certificate.key, &p->signing_key))
		return ls_fail(err, -EKEYREJECTED, "provision.certificate",
			       "'%s' is for another key than the signing key: the state folder is "
			       "mixed from two provisionings; restore it from a backup, or move it "
			       "away and start a new log",
			       LS_KEYS_CERTIFICATE);
	return 0;
}

int ls_provision_certificate(struct ls_provision *p, struct ls_error *err)
{
	bool there = ls_keyring_has(p->state_fd, LS_KEYS_CERTIFICATE);
	int rc = 0;
	if (there)
		rc = check_certificate(p, err);
	else if (!p->dry_run)
		rc = issue(p, err);
	if (rc < 0)
		return rc;
	ls_provision_say(p, there, LS_KEYS_CERTIFICATE, "the signing key's certificate");
	return 0;
}
