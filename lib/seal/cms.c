/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/cms.h"

#include <errno.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/seal/ca.h"
#include "lib/seal/cms_form.h"

/* The form of an instrument's signature. */
static struct ls_cms_form form_of(struct ls_der certificate, const struct ls_digest *content,
				  int64_t signing_time)
{
	return (struct ls_cms_form){
		.digest_algorithm = ls_cms_sha256,
		.signature_algorithm = ls_cms_ecdsa_sha256,
		.certificates = certificate,
		.signer = certificate,
		.content = { content->bytes, LS_DIGEST_SIZE },
		.signing_time = signing_time,
	};
}

static int attributes_digest(const struct ls_cms_form *form, struct ls_digest *ret_digest,
			     struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer set;
	ls_buffer_init(&set, LS_CMS_ATTRIBUTES_MAX);
	int rc = ls_cms_form_attributes(form, &set, err);
	if (rc == 0)
		ls_sha256_buffer(set.data, set.size, ret_digest);
	return rc;
}

int ls_cms_sign(const void *content, size_t size, struct ls_der certificate, int64_t signing_time,
		const struct ls_signer *signer, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_certificate c;
	struct ls_digest content_digest, digest;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t signature_size = 0;
	int rc = ls_certificate_read(certificate, &c, err);
	if (rc < 0)
		return rc;
	if (!ls_p256_public_equal(&c.key, &signer->key))
		return ls_fail(err, -EINVAL, "cms.key",
			       "the certificate '%s' is not of the signing key", c.subject);
	ls_sha256_buffer(content, size, &content_digest);
	struct ls_cms_form form = form_of(certificate, &content_digest, signing_time);
	rc = attributes_digest(&form, &digest, err);
	if (rc == 0)
		rc = ls_signer_sign(signer, &digest, signature, &signature_size, err);
	return rc < 0 ? rc
		      : ls_cms_form_build(&form, (struct ls_der){ signature, signature_size }, out,
					  err);
}

/* --- reading -------------------------------------------------------------------- */

/* What the certificate says: known from the last signature when it is the same one. */
static int read_certificate(struct ls_cms_verifier *v, struct ls_der der, struct ls_error *err)
{
	struct ls_digest digest;
	ls_sha256_buffer(der.bytes, der.size, &digest);
	if (ls_digest_equal(&digest, &v->certificate.sha256))
		return 0;
	struct ls_certificate c;
	int rc = ls_certificate_read(der, &c, err);
	if (rc < 0)
		return rc;
	v->certificate = c;
	v->from = 0;
	v->until = -1;
	return 0;
}

/* Form and content: everything but the certificate's trust. */
static int open_signature(struct ls_cms_verifier *v, const void *signature, size_t signature_size,
			  const struct ls_digest *content, struct ls_cms_parts *parts,
			  struct ls_cms_signature *s, struct ls_error *err)
{
	struct ls_digest digest;
	if (ls_cms_form_read(signature, signature_size, parts) < 0)
		return ls_fail(err, -EBADMSG, "cms.form",
			       "the signature is malformed: it is no CMS signature in DER");
	int rc = read_certificate(v, parts->certificates, err);
	if (rc < 0)
		return rc;
	const struct ls_certificate *c = &v->certificate;
	rc = ls_cms_form_read_attributes(parts, (struct ls_der){ content->bytes, LS_DIGEST_SIZE },
					 &s->signing_time, err);
	if (rc < 0)
		return rc;
	struct ls_cms_form form = form_of(parts->certificates, content, s->signing_time);
	rc = ls_cms_form_check(&form, parts->signature, signature, signature_size, err);
	if (rc == 0)
		rc = attributes_digest(&form, &digest, err);
	if (rc == 0)
		rc = ls_p256_verifier_check(&v->p256, &c->key, &digest, parts->signature.bytes,
					    parts->signature.size, err);
	if (rc < 0)
		return rc;
	s->key = c->key;
	s->certificate = c->sha256;
	s->not_before = c->not_before;
	s->not_after = c->not_after;
	memcpy(s->subject, c->subject, sizeof(s->subject));
	if (c->is_ca || !c->may_sign)
		return ls_fail(err, -EKEYREJECTED, "cms.usage",
			       "the certificate '%s' is not for signing results", c->subject);
	return 0;
}

static int chains(struct ls_cms_verifier *v, struct ls_der certificate,
		  const struct ls_der *authorities, size_t count, int64_t at, struct ls_error *err)
{
	if (v->from <= at && at <= v->until)
		return 0;
	return ls_certificate_verify_period(certificate, authorities, count, at, &v->from,
					    &v->until, err);
}

int ls_cms_verifier_check(struct ls_cms_verifier *verifier, const void *signature,
			  size_t signature_size, const void *content, size_t size,
			  const struct ls_der *authorities, size_t count, int64_t at,
			  struct ls_cms_signature *ret_signature, struct ls_error *err)
{
	struct ls_cms_parts parts = { .certificates = { NULL, 0 } };
	struct ls_cms_signature s = { .signing_time = 0 };
	struct ls_digest digest;
	ls_sha256_buffer(content, size, &digest);
	int rc = open_signature(verifier, signature, signature_size, &digest, &parts, &s, err);
	if (rc == 0)
		rc = chains(verifier, parts.certificates, authorities, count, at, err);
	if (rc < 0)
		return rc;
	*ret_signature = s;
	return 0;
}

void ls_cms_verifier_free(struct ls_cms_verifier *verifier)
{
	ls_p256_verifier_free(&verifier->p256);
}

int ls_cms_verify(const void *signature, size_t signature_size, const void *content, size_t size,
		  const struct ls_der *authorities, size_t count, int64_t at,
		  struct ls_cms_signature *ret_signature, struct ls_error *err)
{
	struct ls_cms_verifier verifier = { .until = -1 };
	int rc = ls_cms_verifier_check(&verifier, signature, signature_size, content, size,
				       authorities, count, at, ret_signature, err);
	ls_cms_verifier_free(&verifier);
	return rc;
}

/* --- before confinement ------------------------------------------------------------ */

void ls_cms_warm_up(void)
{
	static const char content[] = "warm up";
	_cleanup_p256_key_ struct ls_p256_key *key = NULL;
	_cleanup_buffer_ struct ls_buffer certificate, signature;
	struct ls_signer signer;
	struct ls_cms_signature s;
	ls_buffer_init(&certificate, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&signature, LS_CMS_SIZE_MAX);
	if (ls_p256_key_generate(&key, NULL) < 0 ||
	    ls_ca_create(key, "warm up", 0, 1, &certificate, NULL) < 0)
		return;
	struct ls_der der = { certificate.data, certificate.size };
	ls_p256_key_signer(key, &signer);
	if (ls_cms_sign(content, sizeof(content), der, 0, &signer, &signature, NULL) == 0)
		ls_cms_verify(signature.data, signature.size, content, sizeof(content), &der, 1, 0,
			      &s, NULL);
}
