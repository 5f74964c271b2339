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
#include "lib/base/cleanup.h"
#include "lib/seal/ca.h"

#define DAY	    INT64_C(86400)
#define YEARS	    (INT64_C(365) * DAY)
#define CA_LIFE	    (30 * YEARS)
#define SIGNER_LIFE (20 * YEARS)
#define NAME_SIZE   65 /* a common name: 64 bytes and NUL */

/* --- the policy authority ---------------------------------------------------- */

int ls_provision_load_authority(struct ls_provision *p, struct ls_error *err)
{
	struct ls_p256_key *key;
	if (p->authority_place.name)
		return ls_private_key_load(&p->authority_place, &p->authority_key, err);
	if (!ls_keyring_has(p->state_fd, LS_KEYS_AUTHORITY_KEY))
		return 0;
	int rc = ls_keyring_private(p->state_fd, LS_KEYS_AUTHORITY_KEY, &key, err);
	return rc < 0 ? rc : ls_private_key_of(key, &p->authority_key, err);
}

static struct ls_p256_public public_of(const struct ls_private_key *key)
{
	struct ls_signer signer;
	ls_private_key_signer(key, &signer);
	return signer.key;
}

static int make_authority_key(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	if (!p->dry_run) {
		int rc = ls_p256_key_generate(&key, err);
		if (rc == 0)
			rc = ls_keyring_write_private(p->state_fd, LS_KEYS_AUTHORITY_KEY, key, err);
		if (rc == 0)
			rc = ls_private_key_of(ls_steal_ptr(&key), &p->authority_key, err);
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
	int rc = ls_provision_load_authority(p, err);
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
				       p->authority_place.name ? p->authority_place.name
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
