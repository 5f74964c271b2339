/* SPDX-License-Identifier: Apache-2.0 */
/* Authorities, keys and digests for tests. */
#ifndef LABSEAL_AUDIT_DNA_SCHEME_MADE_TEST_H
#define LABSEAL_AUDIT_DNA_SCHEME_MADE_TEST_H

#include "audit/dna/scheme/trust.h"
#include "lib/base/test.h"

#define ALICE "0000-0002-1825-0097"
#define BOB   "0000-0002-1694-233X"
#define CAROL "0000-0001-5109-3700"

__attribute__((unused)) static struct ls_orcid made_orcid(const char *text)
{
	struct ls_orcid orcid = { { 0 } };
	if (ls_orcid_parse(text, &orcid, NULL) < 0)
		TEST_FAIL("no ORCID iD: %s", text);
	return orcid;
}

__attribute__((unused)) static struct ls_digest made_digest(const char *message)
{
	struct ls_digest digest;
	ls_sha256_buffer(message, strlen(message), &digest);
	return digest;
}

__attribute__((unused)) static struct ls_dna_master made_master(const char *name)
{
	struct ls_dna_master master = { 0 };
	if (ls_dna_master_generate(name, false, &master, NULL) < 0)
		TEST_FAIL("no authority");
	return master;
}

/* One that this hint, of 12 bits, does not take for its own. */
__attribute__((unused)) static struct ls_dna_master made_stranger(const char *name, uint16_t hint)
{
	struct ls_dna_master master = made_master(name);
	while (ls_params_hint(&master.params) == hint) {
		ls_dna_master_wipe(&master);
		master = made_master(name);
	}
	return master;
}

__attribute__((unused)) static struct ls_dna_key *made_key(const struct ls_dna_master *master,
							   const char *orcid)
{
	struct ls_orcid who = made_orcid(orcid);
	struct ls_dna_key *key = NULL;
	if (ls_dna_extract(master, &who, &key, NULL) < 0)
		TEST_FAIL("no key");
	return key;
}

__attribute__((unused)) static struct ls_dna_key *made_own_key(const struct ls_dna_params *params,
							       const char *orcid)
{
	struct ls_orcid who = made_orcid(orcid);
	struct ls_dna_key *key = NULL;
	if (ls_dna_own_generate(params, &who, &key, NULL) < 0)
		TEST_FAIL("no key");
	return key;
}

__attribute__((unused)) static void made_trust_add(struct ls_dna_trust *trust,
						   const struct ls_dna_params *params)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 1 << 20);
	if (ls_params_to_pem(params, &pem) < 0 ||
	    ls_dna_trust_add_bytes(trust, pem.data, pem.size, NULL) < 0)
		TEST_FAIL("no trust");
}

/* An authority that is trusted. */
__attribute__((unused)) static struct ls_dna_trust *made_trust(const struct ls_dna_params *params)
{
	struct ls_dna_trust *trust = NULL;
	if (ls_dna_trust_new(&trust) < 0)
		TEST_FAIL("no memory");
	made_trust_add(trust, params);
	return trust;
}

/* The entry that a signer's request leads to. */
__attribute__((unused)) static struct ls_directory_entry made_entry(const struct ls_dna_key *key)
{
	_cleanup_buffer_ struct ls_buffer pem;
	struct ls_directory_entry entry = { 0 };
	ls_buffer_init(&pem, 1 << 16);
	if (ls_request_to_pem(key, &pem) < 0 ||
	    ls_request_from_pem(pem.data, pem.size, &key->params, &entry, NULL) < 0)
		TEST_FAIL("no request");
	return entry;
}

/* A directory of these keys, signed, added to trust. */
__attribute__((unused)) static int made_directory(const struct ls_dna_master *master,
						  uint64_t number,
						  const struct ls_directory_entry *entries,
						  size_t count, struct ls_dna_trust *trust,
						  struct ls_error *err)
{
	_cleanup_directory_ struct ls_dna_directory d = { .number = number, .made = 1772000000 };
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, 1 << 20);
	for (size_t i = 0; i < count; i++)
		if (ls_directory_add(&d, &entries[i], err) < 0)
			return -1;
	if (ls_directory_to_pem(&d, master, &pem, err) < 0)
		return -1;
	return ls_dna_trust_add_bytes(trust, pem.data, pem.size, err);
}

/* One signer's signature, checked once. */
__attribute__((unused)) static int made_check(const struct ls_dna_trust *trust,
					      enum ls_profile profile,
					      const struct ls_dna_params *params, const char *orcid,
					      const struct ls_digest *digest,
					      const uint8_t *signature, struct ls_error *err)
{
	_cleanup_dna_verifier_ struct ls_dna_verifier *verifier = NULL;
	struct ls_orcid who = made_orcid(orcid);
	int rc = ls_dna_verifier_new(trust, profile, ls_params_hint(params), &who, 1, &verifier,
				     err);
	return rc < 0 ? rc : ls_dna_verifier_check(verifier, digest, signature, NULL, err);
}

#endif
