/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/enrolment_request.h"

#include <errno.h>
#include <string.h>

#include "lib/attest/field.h"
#include "lib/attest/tpm_constants.h"
#include "lib/seal/record.h"

#define MAGIC "labseal-enrolment-request/v1"
#define NONE  "none"

/* lib/tpm/attestation_key.c makes it so. */
#define ATTRIBUTES                                                                        \
	(LS_OBJECT_FIXED_TPM | LS_OBJECT_FIXED_PARENT | LS_OBJECT_SENSITIVE_DATA_ORIGIN | \
	 LS_OBJECT_USER_WITH_AUTH | LS_OBJECT_NO_DA | LS_OBJECT_RESTRICTED | LS_OBJECT_SIGN)

/* --- text ---------------------------------------------------------------------------- */

/* The lines that the AK's certificate of itself is for. */
static int format_body(const struct ls_enrolment_request *q, struct ls_buffer *out)
{
	ls_buffer_printf(out, MAGIC "\ninstrument %s\ntpm %s\n", q->instrument,
			 ls_key_kind_name(q->software ? LS_KEY_SOFTWARE_TPM : LS_KEY_TPM));
	ls_put_field_base64(out, "endorsement-key", q->endorsement, q->endorsement_size);
	if (q->certificate_size > 0)
		ls_put_field_base64(out, "endorsement-certificate", q->certificate,
				    q->certificate_size);
	else
		ls_buffer_add_str(out, "endorsement-certificate " NONE "\n");
	ls_put_field_base64(out, "attestation-key", q->attestation, q->attestation_size);
	return ls_buffer_error(out);
}

int ls_enrolment_request_qualifying(const struct ls_enrolment_request *request,
				    struct ls_digest *ret_digest)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_ENROLMENT_REQUEST_MAX);
	int rc = format_body(request, &body);
	if (rc == 0)
		ls_sha256_buffer(body.data, body.size, ret_digest);
	return rc;
}

int ls_enrolment_request_format(const struct ls_enrolment_request *request, struct ls_buffer *out)
{
	int rc = format_body(request, out);
	if (rc < 0)
		return rc;
	ls_put_field_base64(out, "certify", request->certify, request->certify_size);
	ls_put_field_base64(out, "signature", request->signature, sizeof(request->signature));
	return ls_buffer_error(out);
}

static int read_identity(struct ls_reader *r, struct ls_enrolment_request *q)
{
	const char *value;
	size_t length;
	enum ls_key_kind kind;
	if (ls_read_literal(r, MAGIC "\n") < 0 ||
	    ls_read_field(r, "instrument", &value, &length) < 0 ||
	    !ls_instrument_valid(value, length))
		return -EBADMSG;
	memcpy(q->instrument, value, length);
	if (ls_read_field(r, "tpm", &value, &length) < 0 ||
	    ls_key_kind_parse(value, length, &kind) < 0 ||
	    (kind != LS_KEY_TPM && kind != LS_KEY_SOFTWARE_TPM))
		return -EBADMSG;
	q->software = kind == LS_KEY_SOFTWARE_TPM;
	return 0;
}

static int read_keys(struct ls_reader *r, struct ls_enrolment_request *q)
{
	if (ls_read_field_base64(r, "endorsement-key", q->endorsement, sizeof(q->endorsement),
				 &q->endorsement_size) < 0)
		return -EBADMSG;
	if (ls_read_literal(r, "endorsement-certificate " NONE "\n") < 0 &&
	    ls_read_field_base64(r, "endorsement-certificate", q->certificate,
				 sizeof(q->certificate), &q->certificate_size) < 0)
		return -EBADMSG;
	return ls_read_field_base64(r, "attestation-key", q->attestation, sizeof(q->attestation),
				    &q->attestation_size);
}

static int read_certify(struct ls_reader *r, struct ls_enrolment_request *q)
{
	size_t size = 0;
	if (ls_read_field_base64(r, "certify", q->certify, sizeof(q->certify), &q->certify_size) <
		    0 ||
	    ls_read_field_base64(r, "signature", q->signature, sizeof(q->signature), &size) < 0)
		return -EBADMSG;
	return size == sizeof(q->signature) ? ls_reader_end(r) : -EBADMSG;
}

int ls_enrolment_request_parse(const void *bytes, size_t size,
			       struct ls_enrolment_request *ret_request, struct ls_error *err)
{
	struct ls_enrolment_request q = { .software = false };
	struct ls_reader r;
	ls_reader_init(&r, bytes, size <= LS_ENROLMENT_REQUEST_MAX ? size : 0);
	if (read_identity(&r, &q) < 0 || read_keys(&r, &q) < 0 || read_certify(&r, &q) < 0)
		return ls_fail(err, -EBADMSG, "enrolment.request.malformed",
			       "it is no whole enrolment request, or something follows it (read "
			       "well up to byte %zu); make it anew on the instrument's machine, "
			       "'labseal enrol request'",
			       r.pos);
	*ret_request = q;
	return 0;
}

/* --- what it says ----------------------------------------------------------------------- */

/* Exactly the key that labseal makes: nothing is certified that it would not have made. */
static int check_attestation_key(const struct ls_enrolment_request *q,
				 struct ls_public_area *ret_area, struct ls_error *err)
{
	int rc = ls_public_area_parse(q->attestation, q->attestation_size, ret_area, err);
	if (rc == 0)
		rc = ls_attestation_key_check(ret_area, err);
	if (rc < 0)
		return rc;
	if (ret_area->attributes == ATTRIBUTES && ret_area->policy_size == 0)
		return 0;
	return ls_fail(err, -EBADMSG, "enrolment.attestation-key",
		       "the attestation key is not one that labseal makes: its attributes are "
		       "0x%08x, not 0x%08x, or it has a policy",
		       ret_area->attributes, ATTRIBUTES);
}

static int check_certify(const struct ls_enrolment_request *q, const struct ls_attester *attester,
			 struct ls_error *err)
{
	struct ls_attest a;
	struct ls_digest qualifying;
	struct ls_attested attested = { q->certify, q->certify_size, q->signature,
					sizeof(q->signature) };
	if (ls_enrolment_request_qualifying(q, &qualifying) < 0)
		return ls_fail(err, -ENOMEM, "enrolment.memory",
			       "out of memory for an enrolment request");
	int rc = ls_attest_verify(&attested, LS_ST_ATTEST_CERTIFY, attester, &qualifying, &a, err);
	if (rc < 0) {
		ls_error_prefix(err, "the attestation key's certificate of itself");
		return rc;
	}
	if (memcmp(&a.certify.name, &attester->name, LS_TPM_NAME_SIZE) == 0 &&
	    memcmp(&a.certify.qualified_name, &attester->qualified_name, LS_TPM_NAME_SIZE) == 0)
		return 0;
	return ls_fail(err, -EKEYREJECTED, "enrolment.certify",
		       "the attestation key certifies another key than itself under this "
		       "endorsement key");
}

int ls_enrolment_request_check(const struct ls_enrolment_request *request,
			       struct ls_public_area *ret_endorsement,
			       struct ls_attester *ret_attester, struct ls_error *err)
{
	struct ls_public_area ak, ek;
	int rc = check_attestation_key(request, &ak, err);
	if (rc == 0)
		rc = ls_attester_init(request->endorsement, request->endorsement_size,
				      request->attestation, request->attestation_size, ret_attester,
				      err);
	if (rc == 0)
		rc = ls_public_area_parse(request->endorsement, request->endorsement_size, &ek,
					  err);
	if (rc == 0)
		rc = check_certify(request, ret_attester, err);
	if (rc == 0)
		*ret_endorsement = ek;
	return rc;
}
