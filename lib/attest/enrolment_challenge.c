/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/enrolment_challenge.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "lib/attest/field.h"

#define CHALLENGE_MAGIC "labseal-enrolment-challenge/v1"
#define RESPONSE_MAGIC	"labseal-enrolment-response/v1"

int ls_enrolment_challenge_format(const struct ls_enrolment_challenge *challenge,
				  struct ls_buffer *out)
{
	char utc[LS_UTC_SIZE];
	ls_buffer_add_str(out, CHALLENGE_MAGIC "\n");
	ls_put_field_digest(out, "request", &challenge->request);
	ls_buffer_printf(out, "expires %s\n", ls_utc_format(challenge->expires, utc));
	ls_put_field_base64(out, "credential", challenge->credential, LS_CREDENTIAL_BLOB_SIZE);
	ls_put_field_base64(out, "secret", challenge->secret, LS_CREDENTIAL_ENCRYPTED_SIZE);
	return ls_buffer_error(out);
}

static int read_expires(struct ls_reader *r, int64_t *ret_expires)
{
	const char *value;
	size_t length;
	if (ls_read_field(r, "expires", &value, &length) < 0)
		return -EBADMSG;
	return ls_utc_parse(value, length, ret_expires);
}

int ls_enrolment_challenge_parse(const void *bytes, size_t size,
				 struct ls_enrolment_challenge *ret_challenge, struct ls_error *err)
{
	struct ls_enrolment_challenge c = { .expires = 0 };
	struct ls_reader r;
	size_t credential = 0, secret = 0;
	ls_reader_init(&r, bytes, size <= LS_ENROLMENT_CHALLENGE_MAX ? size : 0);
	if (ls_read_literal(&r, CHALLENGE_MAGIC "\n") < 0 ||
	    ls_read_field_digest(&r, "request", &c.request) < 0 ||
	    read_expires(&r, &c.expires) < 0 ||
	    ls_read_field_base64(&r, "credential", c.credential, sizeof(c.credential),
				 &credential) < 0 ||
	    ls_read_field_base64(&r, "secret", c.secret, sizeof(c.secret), &secret) < 0 ||
	    credential != sizeof(c.credential) || secret != sizeof(c.secret) ||
	    ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "enrolment.challenge.malformed",
			       "it is no whole enrolment challenge, or something follows it; take "
			       "the file as 'labseal enrol challenge' wrote it");
	*ret_challenge = c;
	return 0;
}

int ls_enrolment_response_format(const struct ls_enrolment_response *response,
				 struct ls_buffer *out)
{
	ls_buffer_add_str(out, RESPONSE_MAGIC "\n");
	ls_put_field_digest(out, "request", &response->request);
	ls_put_field_digest(out, "proof", &response->proof);
	return ls_buffer_error(out);
}

int ls_enrolment_response_parse(const void *bytes, size_t size,
				struct ls_enrolment_response *ret_response, struct ls_error *err)
{
	struct ls_enrolment_response p;
	struct ls_reader r;
	ls_reader_init(&r, bytes, size);
	if (ls_read_literal(&r, RESPONSE_MAGIC "\n") < 0 ||
	    ls_read_field_digest(&r, "request", &p.request) < 0 ||
	    ls_read_field_digest(&r, "proof", &p.proof) < 0 || ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "enrolment.response.malformed",
			       "it is no whole enrolment response, or something follows it; take "
			       "the file as 'labseal enrol activate' wrote it");
	*ret_response = p;
	return 0;
}

int ls_enrolment_prove(const struct ls_digest *secret, const void *challenge, size_t size,
		       struct ls_digest *ret_proof, struct ls_error *err)
{
	unsigned length = 0;
	if (!HMAC(EVP_sha256(), secret->bytes, LS_DIGEST_SIZE, challenge, size, ret_proof->bytes,
		  &length) ||
	    length != LS_DIGEST_SIZE)
		return ls_fail(err, -ENOMEM, "enrolment.memory",
			       "out of memory for an enrolment's proof");
	return 0;
}

int ls_enrolment_check_proof(const struct ls_enrolment_response *response,
			     const struct ls_digest *secret, const void *challenge, size_t size,
			     struct ls_error *err)
{
	struct ls_digest wanted;
	int rc = ls_enrolment_prove(secret, challenge, size, &wanted, err);
	if (rc < 0)
		return rc;
	rc = CRYPTO_memcmp(wanted.bytes, response->proof.bytes, LS_DIGEST_SIZE);
	OPENSSL_cleanse(&wanted, sizeof(wanted));
	return rc == 0 ? 0
		       : ls_fail(err, -EKEYREJECTED, "enrolment.proof",
				 "it does not show the challenge's secret: another TPM answered, "
				 "or "
				 "another challenge, or the challenge was altered on its way");
}
