/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/person_signature.h"

#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/seal/certificate_internal.h"
#include "lib/seal/cms.h"
#include "lib/seal/cms_form.h"
#include "lib/seal/der.h"
#include "lib/seal/person_scheme.h"

LS_DEFINE_CLEANUP(X509 *, X509_free)
LS_DEFINE_CLEANUP(BIO *, BIO_free_all)

#define KEY_FILE_MAX 16384 /* bytes of PEM */

static int fail_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "person.memory", "out of memory for a person's signature");
}

static int fail_form(struct ls_error *err, const char *why)
{
	return ls_fail(err, -EBADMSG, "cms.form", "the signature is malformed: %s", why);
}

/* --- its certificates -------------------------------------------------------------- */

/* DER's order of a SET OF (X.690, 11.6). */
static int compare(const void *a, const void *b)
{
	const struct ls_der *x = a, *y = b;
	size_t n = x->size < y->size ? x->size : y->size;
	int c = memcmp(x->bytes, y->bytes, n);
	return c != 0 ? c : (x->size > y->size) - (x->size < y->size);
}

static int read_certificates(struct ls_der bytes, struct ls_person_certificates *c,
			     struct ls_error *err)
{
	struct ls_reader r, content;
	ls_reader_init(&r, bytes.bytes, bytes.size);
	while (ls_reader_left(&r) > 0) {
		size_t start = r.pos;
		if (c->count == LS_PERSON_CERTIFICATES_MAX)
			return fail_form(err, "it holds more than 4 certificates");
		if (ls_der_next(&r, LS_DER_SEQUENCE, &content) < 0)
			return fail_form(err, "what it holds is no certificate");
		c->all[c->count] = (struct ls_der){ r.data + start, r.pos - start };
		if (c->count > 0 && compare(&c->all[c->count - 1], &c->all[c->count]) >= 0)
			return fail_form(err, "its certificates are not in the order of DER");
		c->count++;
	}
	return 0;
}

static bool is_named(struct ls_der certificate, struct ls_der signer_id)
{
	_cleanup_buffer_ struct ls_buffer id;
	ls_buffer_init(&id, LS_CERTIFICATE_SIZE_MAX);
	return ls_cms_form_signer_id(certificate, &id, NULL) == 0 && id.size == signer_id.size &&
	       memcmp(id.data, signer_id.bytes, id.size) == 0;
}

static int find_signer(const struct ls_cms_parts *parts, struct ls_person_certificates *c,
		       struct ls_error *err)
{
	int rc = read_certificates(parts->certificates, c, err);
	size_t i = 0;
	while (rc == 0 && i < c->count && !is_named(c->all[i], parts->signer_id))
		i++;
	if (rc == 0 && i == c->count)
		return fail_form(err, "it does not hold its signer's certificate");
	if (rc == 0 && i > 0) {
		struct ls_der signer = c->all[i];
		c->all[i] = c->all[0];
		c->all[0] = signer;
	}
	return rc;
}

static int read_parts(const void *signature, size_t size, struct ls_cms_parts *parts,
		      struct ls_person_certificates *c, struct ls_error *err)
{
	c->count = 0;
	if (ls_cms_form_read(signature, size, parts) < 0)
		return fail_form(err, "it is no CMS signature in DER");
	return find_signer(parts, c, err);
}

int ls_person_signature_certificates(const void *signature, size_t signature_size,
				     struct ls_person_certificates *ret_certificates,
				     struct ls_error *err)
{
	struct ls_cms_parts parts;
	struct ls_person_certificates c;
	int rc = read_parts(signature, signature_size, &parts, &c, err);
	if (rc == 0)
		*ret_certificates = c;
	return rc;
}

/* --- verifying ---------------------------------------------------------------------- */

static int check_value(const struct ls_cms_form *form, const struct ls_person_scheme *scheme,
		       EVP_PKEY *key, struct ls_der signature, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer set;
	ls_buffer_init(&set, LS_CMS_ATTRIBUTES_MAX);
	int rc = ls_cms_form_attributes(form, &set, err);
	return rc < 0 ? rc
		      : ls_person_scheme_verify(scheme, key, set.data, set.size, signature, err);
}

static int check_parts(const struct ls_cms_parts *parts, const struct ls_person_scheme *scheme,
		       struct ls_der certificate, struct ls_der digest, struct ls_der whole,
		       int64_t *ret_signing_time, struct ls_error *err)
{
	struct ls_cms_form form = { .digest_algorithm = parts->digest_algorithm,
				    .signature_algorithm = parts->signature_algorithm,
				    .certificates = parts->certificates,
				    .signer = certificate,
				    .content = digest };
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(certificate);
	EVP_PKEY *key = x ? X509_get0_pubkey(x) : NULL;
	if (!x)
		return fail_form(err, "its signer's certificate is none in DER");
	int rc = ls_person_scheme_check(scheme, key, err);
	if (rc == 0)
		rc = ls_cms_form_read_attributes(parts, digest, &form.signing_time, err);
	if (rc == 0)
		rc = ls_cms_form_check(&form, parts->signature, whole.bytes, whole.size, err);
	if (rc == 0)
		rc = check_value(&form, scheme, key, parts->signature, err);
	if (rc == 0)
		*ret_signing_time = form.signing_time;
	return rc;
}

int ls_person_signature_check(const void *signature, size_t signature_size, const void *content,
			      size_t size, int64_t *ret_signing_time, struct ls_error *err)
{
	struct ls_cms_parts parts;
	struct ls_person_certificates c;
	struct ls_person_scheme scheme = { .hash = LS_PERSON_SHA256 };
	uint8_t digest[LS_CMS_DIGEST_MAX];
	size_t digest_size = 0;
	int rc = read_parts(signature, signature_size, &parts, &c, err);
	if (rc == 0)
		rc = ls_person_scheme_read(&parts, &scheme, err);
	if (rc < 0)
		return rc;
	if (ls_person_hash(scheme.hash, content, size, digest, &digest_size) < 0)
		return fail_memory(err);
	return check_parts(&parts, &scheme, c.all[0], (struct ls_der){ digest, digest_size },
			   (struct ls_der){ signature, signature_size }, ret_signing_time, err);
}

/* --- keys ---------------------------------------------------------------------------- */

struct ls_person_key {
	EVP_PKEY *file;		 /* or */
	struct ls_signer signer; /* of P-256 */
};

static int give_passphrase(char *buffer, int size, int writing, void *passphrase)
{
	size_t n = passphrase ? strlen(passphrase) : 0;
	(void)writing;
	if (!passphrase || n > (size_t)size)
		return -1;
	memcpy(buffer, passphrase, n); // NOLINT(bugprone-not-null-terminated-result): n is returned
	return (int)n;
}

static EVP_PKEY *read_pem(const char *text, size_t n, const char *passphrase)
{
	_cleanup_(BIO_free_all) BIO *bio = n <= KEY_FILE_MAX ? BIO_new_mem_buf(text, (int)n) : NULL;
	return bio ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, (void *)passphrase) : NULL;
}

int ls_person_key_from_pem(const char *text, size_t n, const char *passphrase,
			   struct ls_person_key **ret_key, struct ls_error *err)
{
	struct ls_person_scheme scheme;
	bool encrypted = strstr(text, "ENCRYPTED") != NULL;
	EVP_PKEY *pkey = read_pem(text, n, passphrase);
	if (!pkey && encrypted)
		return ls_fail(err, -EKEYREJECTED, "person.passphrase",
			       passphrase ? "the passphrase is not the private key's"
					  : "a private key is protected by a passphrase");
	if (!pkey)
		return ls_fail(err, -EBADMSG, "person.key", "it is no private key in PEM");
	int rc = ls_person_scheme_of(pkey, &scheme, err);
	struct ls_person_key *key = rc == 0 ? calloc(1, sizeof(*key)) : NULL;
	if (!key) {
		EVP_PKEY_free(pkey);
		return rc < 0 ? rc : fail_memory(err);
	}
	key->file = pkey;
	*ret_key = key;
	return 0;
}

int ls_person_key_of_signer(const struct ls_signer *signer, struct ls_person_key **ret_key,
			    struct ls_error *err)
{
	struct ls_person_key *key = calloc(1, sizeof(*key));
	if (!key)
		return fail_memory(err);
	key->signer = *signer;
	*ret_key = key;
	return 0;
}

void ls_person_key_free(struct ls_person_key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->file);
	free(key);
}

/* --- signing -------------------------------------------------------------------------- */

static int sign_value(const struct ls_person_key *key, const struct ls_person_scheme *scheme,
		      const struct ls_buffer *set, struct ls_buffer *value, struct ls_error *err)
{
	struct ls_digest digest;
	uint8_t signature[LS_P256_SIGNATURE_MAX];
	size_t size = 0;
	if (key->file)
		return ls_person_scheme_sign(scheme, key->file, set->data, set->size, value, err);
	ls_sha256_buffer(set->data, set->size, &digest);
	int rc = ls_signer_sign(&key->signer, &digest, signature, &size, err);
	return rc < 0 ? rc : ls_buffer_add(value, signature, size) < 0 ? fail_memory(err) : 0;
}

/* The key is the certificate's: told before it signs. */
static int check_same(const struct ls_person_key *key, struct ls_der certificate, X509 *x,
		      struct ls_error *err)
{
	struct ls_certificate c;
	int rc = ls_certificate_read_any(certificate, &c, err);
	if (rc < 0)
		return rc;
	bool same = key->file ? EVP_PKEY_eq(X509_get0_pubkey(x), key->file) == 1
			      : ls_p256_public_equal(&c.key, &key->signer.key);
	return same ? 0
		    : ls_fail(err, -EINVAL, "cms.key",
			      "the certificate '%s' is not of the signing key", c.subject);
}

/* The certificates as a SET OF: in DER's order, each once. */
static int join(const struct ls_person_certificates *c, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_person_certificates sorted = *c;
	qsort(sorted.all, sorted.count, sizeof(sorted.all[0]), compare);
	for (size_t i = 0; i < sorted.count; i++)
		if (i == 0 || compare(&sorted.all[i - 1], &sorted.all[i]) != 0)
			ls_buffer_add(out, sorted.all[i].bytes, sorted.all[i].size);
	return ls_buffer_error(out) < 0
		       ? ls_fail(err, ls_buffer_error(out), "cms.size",
				 "with these certificates the signature is larger than %d bytes",
				 LS_CMS_SIZE_MAX)
		       : 0;
}

static int sign_form(const struct ls_person_key *key, const struct ls_person_scheme *scheme,
		     const struct ls_cms_form *form, struct ls_buffer *out, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer set, value;
	ls_buffer_init(&set, LS_CMS_ATTRIBUTES_MAX);
	ls_buffer_init(&value, LS_PERSON_RSA_MAX / 8);
	int rc = ls_cms_form_attributes(form, &set, err);
	if (rc == 0)
		rc = sign_value(key, scheme, &set, &value, err);
	return rc < 0 ? rc
		      : ls_cms_form_build(form, (struct ls_der){ value.data, value.size }, out,
					  err);
}

int ls_person_sign(const void *content, size_t size,
		   const struct ls_person_certificates *certificates, int64_t signing_time,
		   const struct ls_person_key *key, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_person_scheme scheme;
	uint8_t digest[LS_CMS_DIGEST_MAX];
	size_t digest_size = 0;
	_cleanup_buffer_ struct ls_buffer joined, algorithm;
	_cleanup_(X509_free) X509 *x = ls_certificate_decode(certificates->all[0]);
	ls_buffer_init(&joined, LS_CMS_SIZE_MAX - 2048); /* what else is in it */
	ls_buffer_init(&algorithm, LS_CMS_ATTRIBUTES_MAX);
	int rc = x ? ls_person_scheme_of(X509_get0_pubkey(x), &scheme, err)
		   : fail_form(err, "its signer's certificate is none in DER");
	if (rc == 0)
		rc = check_same(key, certificates->all[0], x, err);
	if (rc == 0)
		rc = join(certificates, &joined, err);
	if (rc < 0)
		return rc;
	if (ls_person_scheme_put(&scheme, &algorithm) < 0 ||
	    ls_person_hash(scheme.hash, content, size, digest, &digest_size) < 0)
		return fail_memory(err);
	struct ls_cms_form form = { .digest_algorithm = ls_person_hash_oid(scheme.hash),
				    .signature_algorithm = { algorithm.data, algorithm.size },
				    .certificates = { joined.data, joined.size },
				    .signer = certificates->all[0],
				    .content = { digest, digest_size },
				    .signing_time = signing_time };
	return sign_form(key, &scheme, &form, out, err);
}
