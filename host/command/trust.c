/* SPDX-License-Identifier: Apache-2.0 */
/* labseal trust: what an auditor has to know beforehand, in one file, and its fingerprint. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/keyring.h"
#include "host/command/trust.h"
#include "host/command/trust_persons.h"
#include "host/command/trust_third_parties.h"
#include "host/supervisor/approval.h"
#include "host/supervisor/key_material.h"
#include "host/supervisor/state.h"
#include "lib/attest/policy_digest.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/seal/trust.h"

/* What the trust file is made of; the arrays are owned. */
struct parts {
	struct ls_trust trust;
	struct ls_buffer ca;
	struct ls_der certificate;
	struct ls_trust_approved *approved;
};

static void parts_free(struct parts *parts)
{
	ls_buffer_free(&parts->ca);
	free(parts->approved);
	ls_persons_free(&parts->trust.persons);
	ls_third_parties_free(&parts->trust.third_parties);
}

static int add_approvals(int state_fd, struct parts *parts, struct ls_error *err)
{
	uint64_t last;
	int rc = ls_approvals_last(state_fd, &last, err);
	if (rc < 0)
		return rc;
	uint64_t first = last > LS_TRUST_APPROVED_MAX ? last - LS_TRUST_APPROVED_MAX + 1 : 1;
	parts->approved = calloc(LS_TRUST_APPROVED_MAX, sizeof(*parts->approved));
	if (!parts->approved)
		return ls_fail(err, -ENOMEM, "trust.memory",
			       "there is no memory for the approvals");
	for (uint64_t version = first; version <= last; version++) {
		struct ls_approval approval;
		rc = ls_approvals_read(state_fd, version, &approval, NULL, err);
		if (rc < 0)
			return rc;
		parts->approved[parts->trust.approved_count++] = (struct ls_trust_approved){
			.version = version,
			.pcr23 = approval.pcr23,
			.policy = approval.policy,
			.domain_xml = approval.domain_xml,
			.base_image = approval.base_image,
			.counter = approval.counter,
		};
	}
	parts->trust.approved = parts->approved;
	if (last == 0)
		return ls_fail(err, -ENOENT, "trust.approval",
			       "no state is approved yet: run 'labseal provision' first");
	return 0;
}

/* The key that signs checkpoints a second time. */
static int add_ed25519(int state_fd, const struct ls_policy *policy, struct ls_trust *trust,
		       struct ls_error *err)
{
	struct ls_ed25519_public key;
	if (!policy->signing.ed25519)
		return 0;
	int rc = ls_ed25519_public_read(state_fd, &key, err);
	if (rc < 0)
		return rc;
	ls_note_key_add_ed25519(&trust->log, &key);
	trust->ed25519_kind = ls_ed25519_kind_beside(trust->key_kind);
	return 0;
}

static int add_authority(int state_fd, const struct ls_policy *policy, struct ls_trust *trust,
			 struct ls_error *err)
{
	if (!ls_policy_has_tpm(policy))
		return 0;
	trust->has_authority = true;
	snprintf(trust->policy_ref, sizeof(trust->policy_ref), "%s", LS_POLICY_REF);
	return ls_keyring_public(state_fd, LS_KEYS_AUTHORITY, &trust->authority, err);
}

static int read_public_area(int state_fd, const char *path, uint8_t *area, size_t *ret_size,
			    struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_PUBLIC_AREA_MAX);
	int rc = ls_file_read(state_fd, path, &bytes, err);
	if (rc < 0)
		return rc;
	memcpy(area, bytes.data, bytes.size);
	*ret_size = bytes.size;
	return 0;
}

/* Which certificate auditors will find; none before it is enrolled. */
static int add_enrolment(int state_fd, struct ls_trust *trust, struct ls_error *err)
{
	struct ls_certificate certificate;
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	if (!ls_keyring_has(state_fd, LS_KEYS_ATTESTATION_CERTIFICATE))
		return 0;
	int rc = ls_keyring_certificate(state_fd, LS_KEYS_ATTESTATION_CERTIFICATE, &der,
					&certificate, err);
	if (rc == 0)
		trust->enrolled = certificate.sha256;
	return rc;
}

/* The TPM that vouches.  One of an earlier labseal that made no attestation key vouches for
 * nothing. */
static int add_attester(int state_fd, struct ls_trust *trust, struct ls_error *err)
{
	if (!trust->has_authority || !ls_keyring_has(state_fd, LS_KEYS_ATTESTATION))
		return 0;
	int rc = read_public_area(state_fd, LS_KEYS_ENDORSEMENT, trust->endorsement,
				  &trust->endorsement_size, err);
	if (rc == 0)
		rc = read_public_area(state_fd, LS_KEYS_ATTESTATION, trust->attestation,
				      &trust->attestation_size, err);
	return rc < 0 ? rc : add_enrolment(state_fd, trust, err);
}

static int collect(const struct ls_policy *policy, int state_fd, struct parts *parts,
		   struct ls_error *err)
{
	struct ls_trust *trust = &parts->trust;
	struct ls_certificate signer;
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	snprintf(trust->instrument, sizeof(trust->instrument), "%s", policy->instrument.id);
	trust->development = policy->development;
	int rc = ls_keyring_certificate(state_fd, LS_KEYS_CERTIFICATE, &der, &signer, err);
	if (rc == 0)
		rc = ls_keyring_certificate(state_fd, LS_KEYS_CA_CERTIFICATE, &parts->ca, NULL,
					    err);
	if (rc == 0)
		rc = ls_key_kind_read(state_fd, &trust->key_kind, err);
	if (rc == 0)
		rc = ls_note_key_init(&trust->log, policy->signing.origin, &signer.key, err);
	if (rc == 0)
		rc = add_ed25519(state_fd, policy, trust, err);
	if (rc == 0)
		rc = add_authority(state_fd, policy, trust, err);
	if (rc == 0)
		rc = add_attester(state_fd, trust, err);
	/* what nothing binds to a state was not sealed in one */
	if (rc == 0 && trust->has_authority)
		rc = add_approvals(state_fd, parts, err);
	if (rc == 0)
		rc = ls_trust_persons_load(state_fd, &trust->persons, err);
	if (rc == 0)
		rc = ls_trust_third_parties(policy, &trust->third_parties, err);
	if (rc < 0)
		return rc;
	parts->certificate = (struct ls_der){ parts->ca.data, parts->ca.size };
	trust->certificates = &parts->certificate;
	trust->certificate_count = 1;
	return 0;
}

/* SHA-256 of each certificate's DER, as openssl x509 -fingerprint has it. */
static json_t *fingerprints(const struct ls_der *certificates, size_t count)
{
	char hex[LS_DIGEST_HEX_SIZE];
	json_t *list = json_array();
	for (size_t i = 0; i < count; i++) {
		struct ls_digest digest;
		ls_sha256_buffer(certificates[i].bytes, certificates[i].size, &digest);
		json_array_append_new(list, json_string(ls_digest_hex(&digest, hex)));
	}
	return list;
}

/* Others than the laboratory, and persons, whom the file says to believe. */
static void add_whom(json_t *json, const struct ls_trust *trust)
{
	char key[LS_WITNESS_VKEY_SIZE];
	const struct ls_third_parties *p = &trust->third_parties;
	json_t *witnesses = json_array();
	for (size_t i = 0; i < p->witness_count; i++)
		json_array_append_new(witnesses,
				      json_string(ls_witness_vkey_format(&p->witnesses[i], key)));
	json_object_set_new(json, "time_stamp_cas", fingerprints(p->cas, p->ca_count));
	json_object_set_new(json, "witnesses", witnesses);
	json_object_set_new(json, "quorum", json_integer(p->quorum));
	json_object_set_new(json, "person_cas",
			    fingerprints(trust->persons.authorities, trust->persons.ca_count));
}

/* The log's second key; nulls without one. */
static void add_second_key(json_t *json, const struct ls_trust *trust)
{
	char key[LS_VKEY_SIZE];
	bool has = trust->log.has_ed25519;
	json_object_set_new(json, "ed25519",
			    has ? json_string(ls_vkey_format_ed25519(&trust->log, key))
				: json_null());
	json_object_set_new(json, "ed25519_key",
			    has ? json_string(ls_ed25519_kind_name(trust->ed25519_kind))
				: json_null());
}

/* labseal/trust/v1; tests/command/provision.tst pins it. */
static json_t *as_json(const struct ls_trust *trust, const char *text, const char *fingerprint)
{
	char hex[LS_DIGEST_HEX_SIZE];
	json_t *approved = json_array();
	for (size_t i = 0; i < trust->approved_count; i++)
		json_array_append_new(approved,
				      json_pack("{s:I, s:s}", "version",
						(json_int_t)trust->approved[i].version, "pcr23",
						ls_digest_hex(&trust->approved[i].pcr23, hex)));
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s, s:o, s:s}", "schema",
				 "labseal/trust/v1", "instrument", trust->instrument, "origin",
				 trust->log.name, "key", ls_key_kind_name(trust->key_kind),
				 "development", trust->development, "fingerprint", fingerprint,
				 "approved", approved, "text", text);
	if (json) {
		add_second_key(json, trust);
		add_whom(json, trust);
	}
	return json;
}

static int export(const struct ls_policy *policy, int state_fd, struct ls_buffer *text,
		  struct parts *parts, struct ls_error *err)
{
	int rc = collect(policy, state_fd, parts, err);
	if (rc == -ENOENT) {
		ls_error_prefix(err, "'%s' is not provisioned (labseal provision)", policy->state);
		return rc;
	}
	return rc < 0 ? rc : ls_trust_format(&parts->trust, text, err);
}

int ls_trust_export(const struct ls_policy *policy, int state_fd, struct ls_buffer *text,
		    struct ls_error *err)
{
	__attribute__((cleanup(parts_free))) struct parts parts = { 0 };
	ls_buffer_init(&parts.ca, LS_CERTIFICATE_SIZE_MAX);
	return export(policy, state_fd, text, &parts, err);
}

/* Whose countersignatures count from now on; the state folder's copy says so, too. */
static int change_persons(const struct ls_policy *policy, int state_fd, const char *ca,
			  const char *revoked, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	if (!ca && !revoked)
		return 0;
	int rc = ls_trust_persons_change(state_fd, ca, revoked, err);
	if (rc == 0)
		rc = ls_trust_export(policy, state_fd, &text, err);
	return rc < 0 ? rc
		      : ls_file_replace(state_fd, LS_STATE_TRUST, text.data, text.size, 0444, err);
}

int ls_cmd_trust(int argc, char **argv)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	__attribute__((cleanup(parts_free))) struct parts parts = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	struct ls_error err;
	const char *path, *output = NULL, *person_ca = NULL, *revoked = NULL;
	char fingerprint[LS_FINGERPRINT_SIZE];
	bool json = false;
	const struct ls_option options[] = { { "--json", &json, NULL },
					     { "--output", NULL, &output },
					     { "--person-ca", NULL, &person_ca },
					     { "--revoke", NULL, &revoked } };
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	ls_buffer_init(&parts.ca, LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 4, "policy", &path);
	if (rc == 0)
		rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != 0)
		return rc;
	_cleanup_close_ int state_fd = ls_state_open(policy, 0, &err);
	if (state_fd < 0 || change_persons(policy, state_fd, person_ca, revoked, &err) < 0 ||
	    export(policy, state_fd, &text, &parts, &err) < 0)
		return ls_cmd_fail(argv[0], &err);
	ls_trust_fingerprint(text.data, text.size, fingerprint);
	if (output && ls_file_replace(AT_FDCWD, output, text.data, text.size, 0644, &err) < 0) {
		ls_cmd_fail(argv[0], &err);
		return LS_EXIT_FAILED;
	}
	if (json)
		rc = ls_cmd_print_json(as_json(&parts.trust, ls_buffer_str(&text), fingerprint), 0);
	else if (!output)
		fputs(ls_buffer_str(&text), stdout);
	fprintf(stderr, "fingerprint of the trust file: %s\n", fingerprint);
	return rc;
}
