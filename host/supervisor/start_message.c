/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/start_message.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/supervisor/key_material.h"
#include "host/supervisor/state.h"
#include "lib/attest/adoption.h"
#include "lib/attest/creation.h"
#include "lib/attest/event_log.h"
#include "lib/base/files.h"
#include "lib/proc/protocol.h"
#include "lib/seal/ca.h"

#define KEY_FILE_MAX 16384

/* The files of state/keys that a START is made of; wiped after use. */
struct material {
	struct ls_buffer key, certificate, adoption, event_log, creation, enrolment;
	struct ls_buffer ed25519, ed25519_public;
	struct ls_buffer samples;
	struct ls_p256_public authority;
	bool has_authority;
	const char *backend;
};

static void material_free(struct material *m)
{
	if (m->key.data)
		explicit_bzero(m->key.data, m->key.size);
	ls_buffer_free(&m->key);
	ls_buffer_free(&m->certificate);
	ls_buffer_free(&m->adoption);
	ls_buffer_free(&m->event_log);
	ls_buffer_free(&m->creation);
	ls_buffer_free(&m->enrolment);
	if (m->ed25519.data)
		explicit_bzero(m->ed25519.data, m->ed25519.size);
	ls_buffer_free(&m->ed25519);
	ls_buffer_free(&m->ed25519_public);
	ls_buffer_free(&m->samples);
}
#define _cleanup_material_ __attribute__((cleanup(material_free)))

static int read_certificate(int state_fd, const char *path, struct ls_buffer *der,
			    struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_key_file_read(state_fd, path, &pem, err);
	if (rc == 0)
		rc = ls_certificate_from_pem(ls_buffer_str(&pem), pem.size, der, err);
	return rc;
}

static int read_authority(int state_fd, struct material *m, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, KEY_FILE_MAX);
	int rc = ls_key_file_read(state_fd, LS_KEYS_AUTHORITY, &pem, err);
	if (rc == 0)
		rc = ls_p256_public_from_pem(ls_buffer_str(&pem), pem.size, &m->authority, err);
	m->has_authority = rc == 0;
	return rc;
}

/* Most states have none. */
static int read_adoption(int state_fd, struct material *m, struct ls_error *err)
{
	struct ls_error why = { 0 };
	int rc = ls_file_read(state_fd, LS_STATE_ADOPTION, &m->adoption, &why);
	return rc == 0 || rc == -ENOENT ? 0 : ls_fail(err, rc, why.id, "%s", why.message);
}

/*
 * What evidence needs beside the TPM: nothing when it has no attestation key, as one
 * that an earlier labseal provisioned.
 */
static int read_for_evidence(int state_fd, const struct ls_measured_state *state,
			     struct material *m, struct ls_error *err)
{
	if (faccessat(state_fd, LS_KEYS_ATTESTATION, F_OK, 0) < 0)
		return 0;
	int rc = ls_event_log_format(&state->log, &m->event_log);
	if (rc < 0)
		return ls_fail(err, rc, "start.memory", "out of memory for the event log");
	rc = ls_file_read(state_fd, LS_KEYS_CREATION, &m->creation, err);
	if (rc < 0 && rc != -ENOENT)
		return rc;
	if (faccessat(state_fd, LS_KEYS_ATTESTATION_CERTIFICATE, F_OK, 0) < 0)
		return 0; /* not enrolled */
	return read_certificate(state_fd, LS_KEYS_ATTESTATION_CERTIFICATE, &m->enrolment, err);
}

static int read_material(const struct ls_policy *policy, int state_fd,
			 const struct ls_measured_state *state, struct material *m,
			 struct ls_error *err)
{
	bool tpm = ls_policy_has_tpm(policy);
	int rc = ls_key_material_read(policy, state_fd, &m->key, &m->backend, err);
	if (rc == 0)
		rc = ls_ed25519_material_read(policy, state_fd, &m->ed25519, &m->ed25519_public,
					      err);
	if (rc == 0)
		rc = read_certificate(state_fd, LS_KEYS_CERTIFICATE, &m->certificate, err);
	if (rc == 0 && tpm)
		rc = read_authority(state_fd, m, err);
	if (rc == 0 && tpm)
		rc = read_adoption(state_fd, m, err);
	if (rc == 0 && tpm)
		rc = read_for_evidence(state_fd, state, m, err);
	return rc;
}

static struct ls_bytes text(const char *string)
{
	return (struct ls_bytes){ (const uint8_t *)string, strlen(string) };
}

static struct ls_bytes bytes(const struct ls_buffer *b)
{
	return (struct ls_bytes){ b->data, b->size };
}

int ls_start_message(const struct ls_policy *policy, int state_fd,
		     const struct ls_measured_state *state, const struct ls_approval *approval,
		     enum ls_key_kind kind, const struct ls_samples *samples,
		     struct ls_buffer *body, struct ls_error *err)
{
	struct ls_digest approved;
	_cleanup_material_ struct material m = { 0 };
	ls_buffer_init(&m.key, LS_KEY_MATERIAL_MAX);
	ls_buffer_init(&m.certificate, KEY_FILE_MAX);
	ls_buffer_init(&m.adoption, LS_ADOPTION_SIZE_MAX);
	ls_buffer_init(&m.event_log, LS_EVENT_LOG_SIZE_MAX);
	ls_buffer_init(&m.creation, LS_CREATION_MAX);
	ls_buffer_init(&m.enrolment, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&m.ed25519, LS_KEY_MATERIAL_MAX);
	ls_buffer_init(&m.ed25519_public, LS_ED25519_KEY_SIZE);
	ls_buffer_init(&m.samples, LS_SAMPLES_TEXT_MAX);
	int rc = read_material(policy, state_fd, state, &m, err);
	if (rc == 0 && samples->count > 0)
		rc = ls_samples_format(samples, &m.samples, err);
	if (rc < 0)
		return rc;
	ls_policy_approved_digest(&state->pcr23, approval->counter, &approved);
	struct ls_start start = {
		.instrument = text(policy->instrument.id),
		.origin = text(policy->signing.origin),
		.backend = text(m.backend),
		.key = bytes(&m.key),
		.certificate = bytes(&m.certificate),
		.adoption = bytes(&m.adoption),
		.key_kind = text(ls_key_kind_name(kind)),
		.policy = state->policy,
		.domain_xml = state->domain_xml,
		.base_image = state->base_image,
		.event_log = bytes(&m.event_log),
		.creation = bytes(&m.creation),
		.enrolment = bytes(&m.enrolment),
		.ed25519 = bytes(&m.ed25519),
		.ed25519_public = bytes(&m.ed25519_public),
		.development = policy->development,
		.remember_every = (uint32_t)policy->signing.remember_every,
		.samples = bytes(&m.samples),
	};
	/* a key that no TPM binds to the state must not be said to be */
	if (m.has_authority) {
		start.pcr23 = state->pcr23;
		start.approval_version = approval->version;
		start.approval_counter = approval->counter;
		start.authority = (struct ls_bytes){ m.authority.spki, sizeof(m.authority.spki) };
		start.policy_ref = text(approval->policy_ref);
		start.approval = (struct ls_bytes){ approved.bytes, sizeof(approved.bytes) };
		start.approval_signature = (struct ls_bytes){ approval->signature,
							      approval->signature_size };
	}
	rc = ls_encode_start(&start, body);
	return rc < 0 ? ls_fail(err, rc, "start.encode", "cannot tell the enclave how to start")
		      : 0;
}
