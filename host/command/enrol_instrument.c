/* SPDX-License-Identifier: Apache-2.0 */
/* labseal enrol, on the instrument's machine: what its TPM says, and what is kept of it. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/command/enrol.h"
#include "host/command/keyring.h"
#include "host/supervisor/state.h"
#include "lib/attest/enrolment_challenge.h"
#include "lib/attest/enrolment_request.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/seal/endorsement_certificate.h"
#include "lib/tpm/attestation_key.h"

/* --- the request ------------------------------------------------------------------------ */

/* The public area that the state folder has, when the TPM has it, too. */
static int read_key(struct ls_provision *p, uint32_t handle, const char *file, uint8_t *area,
		    size_t *ret_size, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer kept, held;
	ls_buffer_init(&kept, LS_PUBLIC_AREA_MAX);
	ls_buffer_init(&held, LS_PUBLIC_AREA_MAX);
	int rc = ls_file_read(p->state_fd, file, &kept, err);
	if (rc == -ENOENT)
		return ls_fail(
			err, rc, "enrol.keys",
			"there is no '%s' in the state folder: run 'labseal provision' first",
			file);
	if (rc == 0)
		rc = ls_tpm_read_public_area(p->tpm, handle, &held, err);
	if (rc < 0)
		return rc;
	if (kept.size != held.size || memcmp(kept.data, held.data, kept.size) != 0)
		return ls_fail(err, -EKEYREJECTED, "enrol.keys",
			       "the TPM has another key at 0x%08x than '%s' says: the state folder "
			       "is another machine's, or the TPM was cleared",
			       handle, file);
	memcpy(area, kept.data, kept.size);
	*ret_size = kept.size;
	return 0;
}

/* Most TPMs that are hardware have one, and what follows it in their memory is left out. */
static int read_certificate(struct ls_provision *p, struct ls_enrolment_request *q,
			    struct ls_error *err)
{
	struct ls_error why = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_TPM_EK_CERTIFICATE_MAX);
	int rc = ls_tpm_read_endorsement_certificate(p->tpm, &bytes, &why);
	if (rc == -ENOENT)
		return 0;
	if (rc < 0)
		return ls_fail(err, rc, why.id, "%s", why.message);
	q->certificate_size = ls_endorsement_certificate_size(bytes.data, bytes.size);
	if (q->certificate_size == 0)
		return ls_fail(err, -EBADMSG, "tpm.ek.certificate",
			       "what is at 0x%08x in the TPM is no certificate of its endorsement "
			       "key",
			       LS_TPM_EK_CERTIFICATE);
	memcpy(q->certificate, bytes.data, q->certificate_size);
	return 0;
}

static int certify(struct ls_provision *p, struct ls_enrolment_request *q, struct ls_error *err)
{
	struct ls_tpm_attested attested;
	struct ls_digest qualifying;
	int rc = ls_enrolment_request_qualifying(q, &qualifying);
	if (rc < 0)
		return ls_fail(err, rc, "enrol.memory", "out of memory for a request");
	rc = ls_tpm_certify_attestation_key(p->tpm, &qualifying, &attested, err);
	if (rc < 0)
		return rc;
	memcpy(q->certify, attested.attest, attested.attest_size);
	memcpy(q->signature, attested.signature, sizeof(q->signature));
	q->certify_size = attested.attest_size;
	return 0;
}

static int make_request(struct ls_provision *p, struct ls_enrolment_request *q,
			struct ls_error *err)
{
	const char *instrument = p->policy->instrument.id;
	memcpy(q->instrument, instrument, strnlen(instrument, sizeof(q->instrument) - 1));
	if (!ls_policy_has_tpm(p->policy))
		return ls_fail(err, -EINVAL, "enrol.tpm",
			       "the policy's key is used without a TPM: there is no TPM to enrol");
	int rc = ls_provision_open_tpm(p, err);
	q->software = rc == 0 && p->tpm_kind == LS_KEY_SOFTWARE_TPM;
	if (rc == 0)
		rc = read_key(p, LS_TPM_EK_HANDLE, LS_KEYS_ENDORSEMENT, q->endorsement,
			      &q->endorsement_size, err);
	if (rc == 0)
		rc = read_key(p, LS_TPM_AK_HANDLE, LS_KEYS_ATTESTATION, q->attestation,
			      &q->attestation_size, err);
	if (rc == 0)
		rc = read_certificate(p, q, err);
	return rc < 0 ? rc : certify(p, q, err);
}

int ls_enrol_request(struct ls_provision *p, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_enrolment_request q = { .software = false };
	size_t before = out->size;
	int rc = make_request(p, &q, err);
	if (rc < 0)
		return rc;
	rc = ls_enrolment_request_format(&q, out);
	if (rc < 0)
		return ls_fail(err, rc, "enrol.memory", "out of memory for a request");
	return ls_file_replace(p->state_fd, LS_KEYS_ENROLMENT_REQUEST, out->data + before,
			       out->size - before, 0644, err);
}

/* --- the answer --------------------------------------------------------------------------- */

static int check_challenge(struct ls_provision *p, const struct ls_enrolment_challenge *c,
			   struct ls_error *err)
{
	char utc[LS_UTC_SIZE];
	struct ls_digest digest;
	_cleanup_buffer_ struct ls_buffer request;
	ls_buffer_init(&request, LS_ENROLMENT_REQUEST_MAX);
	int rc = ls_file_read(p->state_fd, LS_KEYS_ENROLMENT_REQUEST, &request, err);
	if (rc == -ENOENT)
		return ls_fail(err, rc, "enrol.request",
			       "no request is open here: make one, 'labseal enrol request'");
	if (rc < 0)
		return rc;
	ls_sha256_buffer(request.data, request.size, &digest);
	if (!ls_digest_equal(&digest, &c->request))
		return ls_fail(err, -EKEYREJECTED, "enrol.challenge.other",
			       "the challenge is for another request than the one that was made "
			       "here last");
	if (c->expires < time(NULL))
		return ls_fail(err, -EKEYREJECTED, "enrol.expired",
			       "the challenge held until %s: make a new request, 'labseal enrol "
			       "request'",
			       ls_utc_format(c->expires, utc));
	return 0;
}

static int answer(struct ls_provision *p, const struct ls_enrolment_challenge *c,
		  const struct ls_buffer *challenge, struct ls_enrolment_response *ret_response,
		  struct ls_error *err)
{
	struct ls_digest secret;
	ret_response->request = c->request;
	int rc = ls_tpm_activate_credential(p->tpm, c->credential, sizeof(c->credential), c->secret,
					    sizeof(c->secret), secret.bytes, err);
	if (rc == 0)
		rc = ls_enrolment_prove(&secret, challenge->data, challenge->size,
					&ret_response->proof, err);
	explicit_bzero(&secret, sizeof(secret));
	return rc;
}

int ls_enrol_activate(struct ls_provision *p, const struct ls_buffer *challenge,
		      struct ls_buffer *out, struct ls_error *err)
{
	struct ls_enrolment_challenge c;
	struct ls_enrolment_response response;
	int rc = ls_enrolment_challenge_parse(challenge->data, challenge->size, &c, err);
	if (rc == 0)
		rc = check_challenge(p, &c, err);
	if (rc == 0)
		rc = ls_provision_open_tpm(p, err);
	if (rc == 0)
		rc = answer(p, &c, challenge, &response, err);
	if (rc < 0)
		return rc;
	rc = ls_enrolment_response_format(&response, out);
	return rc < 0 ? ls_fail(err, rc, "enrol.memory", "out of memory for a response") : 0;
}

/* --- the certificate ----------------------------------------------------------------------- */

static int read_area(struct ls_provision *p, const char *file, struct ls_buffer *bytes,
		     struct ls_public_area *ret_area, struct ls_error *err)
{
	ls_buffer_init(bytes, LS_PUBLIC_AREA_MAX);
	int rc = ls_file_read(p->state_fd, file, bytes, err);
	return rc < 0 ? rc : ls_public_area_parse(bytes->data, bytes->size, ret_area, err);
}

/* That it says just this key and just this TPM. */
static int check_keys(struct ls_provision *p, const struct ls_attestation_certificate *c,
		      struct ls_error *err)
{
	struct ls_public_area ak, ek;
	_cleanup_buffer_ struct ls_buffer ak_bytes = { 0 }, ek_bytes = { 0 };
	int rc = read_area(p, LS_KEYS_ATTESTATION, &ak_bytes, &ak, err);
	if (rc == 0)
		rc = read_area(p, LS_KEYS_ENDORSEMENT, &ek_bytes, &ek, err);
	if (rc < 0)
		return rc;
	if (!ls_p256_public_equal(&c->certificate.key, &ak.ecc))
		return ls_fail(err, -EKEYREJECTED, "enrol.certificate.key",
			       "the certificate is for another attestation key than this TPM's");
	if (memcmp(c->enrolment.endorsement.bytes, ek.name.bytes + 2, LS_DIGEST_SIZE) != 0)
		return ls_fail(err, -EKEYREJECTED, "enrol.certificate.tpm",
			       "the certificate says that the key is in another TPM than this");
	return 0;
}

static int check_certificate(struct ls_provision *p, const struct ls_buffer *der,
			     struct ls_error *err)
{
	struct ls_attestation_certificate c;
	_cleanup_buffer_ struct ls_buffer ca;
	ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
	struct ls_der bytes = { der->data, der->size };
	int rc = ls_attestation_certificate_read(bytes, &c, err);
	if (rc == 0)
		rc = check_keys(p, &c, err);
	if (rc == 0)
		rc = ls_keyring_certificate(p->state_fd, LS_KEYS_CA_CERTIFICATE, &ca, NULL, err);
	if (rc < 0)
		return rc;
	struct ls_der authority = { ca.data, ca.size };
	return ls_certificate_verify(bytes, &authority, 1, time(NULL), err);
}

int ls_enrol_check_installed(struct ls_provision *p, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer der;
	ls_buffer_init(&der, LS_CERTIFICATE_SIZE_MAX);
	int rc = ls_keyring_certificate(p->state_fd, LS_KEYS_ATTESTATION_CERTIFICATE, &der, NULL,
					err);
	if (rc == 0)
		rc = check_certificate(p, &der, err);
	if (rc < 0 && rc != -ENOENT)
		ls_error_prefix(err, "'%s'", LS_KEYS_ATTESTATION_CERTIFICATE);
	return rc;
}

/* A certificate of another key there means that two machines' folders were mixed. */
static int check_before(struct ls_provision *p, struct ls_error *err)
{
	struct ls_error why = { 0 };
	int rc = ls_enrol_check_installed(p, &why);
	if (strcmp(why.id, "enrol.certificate.key") != 0 &&
	    strcmp(why.id, "enrol.certificate.tpm") != 0)
		return 0; /* none, this key's, or one that is no more good: it is replaced */
	return ls_fail(err, rc, "enrol.certificate.installed",
		       "there is a certificate already, and not this key's: %s; move it away if "
		       "the TPM was changed on purpose",
		       why.message);
}

int ls_enrol_install(struct ls_provision *p, const struct ls_buffer *der, struct ls_error *err)
{
	int rc = check_certificate(p, der, err);
	if (rc == 0)
		rc = check_before(p, err);
	if (rc == 0)
		rc = ls_keyring_write_certificate(p->state_fd, LS_KEYS_ATTESTATION_CERTIFICATE, der,
						  err);
	if (rc == 0)
		unlinkat(p->state_fd, LS_KEYS_ENROLMENT_REQUEST, 0); /* answered */
	return rc;
}
