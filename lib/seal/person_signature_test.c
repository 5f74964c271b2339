/* SPDX-License-Identifier: Apache-2.0 */
/* Persons' keys and the CAs above them: what counts, and what must not. */
#include "lib/seal/person_signature.h"

#include <errno.h>
#include <openssl/cms.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"
#include "lib/base/text.h"
#include "lib/seal/cms.h"
#include "lib/seal/countersignature.h"
#include "lib/seal/der.h"

#define NOW  INT64_C(1772625600) /* 2026-03-04T12:00:00Z */
#define DAY  INT64_C(86400)
#define NAME "Ada Lovelace"
#define TOP  6 /* certificates of the longest path here, with the trust file's */

LS_DEFINE_CLEANUP(BIO *, BIO_free_all)

/* How a certificate is made; a test spoils one member of one of them. */
struct recipe {
	const char *key; /* "RSA-2048", "RSA-PSS", or a curve */
	const char *constraints, *usage, *purpose, *names,
		*alternative; /* extensions; NULL: none */
	int64_t from, until;  /* days from NOW; 0: 300 around it */
	const char *hash;     /* that its issuer signs it with */
};

/* A path: [0] the person's, then CAs upwards; the last is the trust file's. */
struct path {
	size_t length;
	struct recipe recipes[TOP];
	EVP_PKEY *keys[TOP];
	X509 *certificates[TOP];
	struct ls_buffer der[TOP];
	struct ls_persons persons;
	struct ls_countersign_request request;
	struct ls_error err;
};

static EVP_PKEY *make_key(const char *kind)
{
	if (strcmp(kind, "RSA-PSS") == 0) {
		EVP_PKEY *key = NULL;
		EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "RSA-PSS", NULL);
		CHECK(EVP_PKEY_keygen_init(ctx) == 1 &&
		      EVP_PKEY_CTX_set_rsa_keygen_bits(ctx, 2048) == 1 &&
		      EVP_PKEY_generate(ctx, &key) == 1);
		EVP_PKEY_CTX_free(ctx);
		return key;
	}
	uint64_t bits = 0;
	return strncmp(kind, "RSA-", 4) == 0 && ls_parse_u64(kind + 4, strlen(kind) - 4, &bits) == 0
		       ? EVP_RSA_gen((unsigned)bits)
		       : EVP_EC_gen(kind);
}

static void extend(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	X509_EXTENSION *e = value ? X509V3_EXT_conf_nid(NULL, &ctx, nid, value) : NULL;
	CHECK(!value || (e && X509_add_ext(x, e, -1) == 1));
	X509_EXTENSION_free(e);
}

static void make_certificate(struct path *p, size_t i)
{
	const struct recipe *r = &p->recipes[i];
	size_t issuer = i + 1 < p->length ? i + 1 : i;
	char name[32];
	unsigned char *der = NULL;
	X509 *x = p->certificates[i] = X509_new();
	snprintf(name, sizeof(name), i == 0 ? NAME : "CA %zu", i);
	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), (long)(100 + i));
	X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_UTF8,
				   (const unsigned char *)name, -1, -1, 0);
	X509_set_issuer_name(x, X509_get_subject_name(p->certificates[issuer]));
	X509_set_pubkey(x, p->keys[i]);
	ASN1_TIME_set(X509_getm_notBefore(x), NOW + (r->from ? r->from : -300) * DAY);
	ASN1_TIME_set(X509_getm_notAfter(x), NOW + (r->until ? r->until : 300) * DAY);
	extend(x, NID_basic_constraints, r->constraints);
	extend(x, NID_key_usage, r->usage);
	extend(x, NID_ext_key_usage, r->purpose);
	extend(x, NID_name_constraints, r->names);
	extend(x, NID_subject_alt_name, r->alternative);
	CHECK(X509_sign(x, p->keys[issuer],
			r->hash ? EVP_get_digestbyname(r->hash) : EVP_sha256()) > 0);
	int n = i2d_X509(x, &der);
	ls_buffer_init(&p->der[i], LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_add(&p->der[i], der, (size_t)n);
	OPENSSL_free(der);
}

static struct ls_der der_of(const struct ls_buffer *b)
{
	return (struct ls_der){ b->data, b->size };
}

static void path_init(struct path *p, size_t length, const char *key)
{
	memset(p, 0, sizeof(*p));
	p->length = length;
	p->recipes[0] = (struct recipe){ .key = key, .usage = "critical,nonRepudiation" };
	for (size_t i = 1; i < length; i++)
		p->recipes[i] = (struct recipe){ .key = "P-256",
						 .constraints = "critical,CA:TRUE",
						 .usage = "critical,keyCertSign" };
}

static void make_path(struct path *p)
{
	for (size_t i = p->length; i-- > 0;) {
		p->keys[i] = make_key(p->recipes[i].key);
		make_certificate(p, i);
	}
	CHECK_INT_EQ(ls_persons_add_authority(&p->persons, der_of(&p->der[p->length - 1]), &p->err),
		     0);
}

static void path_free(struct path *p)
{
	for (size_t i = 0; i < p->length; i++) {
		EVP_PKEY_free(p->keys[i]);
		X509_free(p->certificates[i]);
		ls_buffer_free(&p->der[i]);
	}
	ls_persons_free(&p->persons);
	ls_countersign_request_free(&p->request);
}

#define PATH(p, length, key)                               \
	__attribute__((cleanup(path_free))) struct path p; \
	path_init(&p, length, key)

static void write_text(struct path *p)
{
	struct ls_countersign_request *r = &p->request;
	ls_countersign_request_free(r);
	r->said = (struct ls_countersignature){ .instrument = "7500-01",
						.seal = 42,
						.meaning = LS_MEANING_REVIEW,
						.name = NAME,
						.signed_at = NOW };
	ls_buffer_init(&r->text, LS_COUNTERSIGNATURE_SIZE_MAX);
	ls_buffer_init(&r->signature, LS_CMS_SIZE_MAX);
	CHECK_INT_EQ(ls_countersignature_format(&r->said, &r->text, NULL), 0);
}

static struct ls_person_key *key_of(EVP_PKEY *pkey, struct ls_error *err)
{
	_cleanup_(BIO_free_all) BIO *bio = BIO_new(BIO_s_mem());
	struct ls_person_key *key = NULL;
	char *text;
	CHECK(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1);
	BIO_write(bio, "", 1);
	long n = BIO_get_mem_data(bio, &text);
	ls_person_key_from_pem(text, (size_t)n - 1, NULL, &key, err);
	return key;
}

/* The person signs, and carries so many certificates. */
static int sign(struct path *p, size_t carried)
{
	_cleanup_person_key_ struct ls_person_key *key = key_of(p->keys[0], &p->err);
	struct ls_person_certificates c = { .count = carried };
	for (size_t i = 0; i < carried; i++)
		c.all[i] = der_of(&p->der[i]);
	write_text(p);
	return key ? ls_person_sign(p->request.text.data, p->request.text.size, &c, NOW, key,
				    &p->request.signature, &p->err)
		   : -EBADMSG;
}

static int check(struct path *p, int64_t at)
{
	struct ls_countersigner signer;
	memset(&p->err, 0, sizeof(p->err));
	return ls_countersign_check(&p->request, &p->persons, at, &signer, &p->err);
}

static void expect(struct path *p, int64_t at, int rc, const char *id, const char *words)
{
	CHECK_INT_EQ(check(p, at), rc);
	CHECK_STR_EQ(p->err.id, id);
	CHECK_STR_HAS(p->err.message, words);
}

#define UNKNOWN	  -ENOKEY, "countersignature.unknown"
#define SIGNATURE -EBADMSG, "countersignature.signature"

/* OpenSSL's own signature, with a hash that labseal would not take. */
static void sign_with_openssl(struct path *p, const EVP_MD *md)
{
	unsigned flags = CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_CADES | CMS_PARTIAL;
	unsigned char *der = NULL;
	write_text(p);
	_cleanup_(BIO_free_all)
		BIO *text = BIO_new_mem_buf(p->request.text.data, (int)p->request.text.size);
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, NULL, flags);
	CMS_SignerInfo *si = CMS_add1_signer(cms, p->certificates[0], p->keys[0], md, flags);
	REQUIRE(si);
	ASN1_TIME *at = ASN1_TIME_set(NULL, NOW);
	CHECK(CMS_signed_add1_attr_by_NID(si, NID_pkcs9_signingTime, at->type, at, -1) == 1);
	ASN1_TIME_free(at);
	CHECK(CMS_final(cms, text, NULL, flags) == 1);
	int n = i2d_CMS_ContentInfo(cms, &der);
	ls_buffer_add(&p->request.signature, der, (size_t)n);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
}

/* OpenSSL says rsaEncryption of a signature, labseal sha256WithRSAEncryption. */
static void relabel_rsa(struct path *p)
{
	static const uint8_t pkcs1[] = { 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01 };
	uint8_t *last = NULL, *data = p->request.signature.data;
	for (size_t i = 0; i + sizeof(pkcs1) < p->request.signature.size; i++)
		if (memcmp(data + i, pkcs1, sizeof(pkcs1)) == 0)
			last = data + i;
	REQUIRE(last);
	last[sizeof(pkcs1) - 1] = 0x0b;
}

/* What OpenSSL says to ours; partly: the CA that ends the path is no root. */
static bool openssl_agrees(const struct path *p)
{
	const unsigned char *der = p->request.signature.data;
	_cleanup_(BIO_free_all)
		BIO *text = BIO_new_mem_buf(p->request.text.data, (int)p->request.text.size);
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &der, (long)p->request.signature.size);
	X509_STORE *store = X509_STORE_new();
	X509_STORE_add_cert(store, p->certificates[p->length - 1]);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), NOW);
	X509_VERIFY_PARAM_set_purpose(X509_STORE_get0_param(store), X509_PURPOSE_ANY);
	bool agrees = cms && CMS_verify(cms, NULL, store, text, NULL,
					CMS_BINARY | CMS_DETACHED | CMS_CADES) == 1;
	X509_STORE_free(store);
	CMS_ContentInfo_free(cms);
	return agrees;
}

/* --- what counts -------------------------------------------------------------------- */

TEST(keys_of_all_kinds_sign_below_an_intermediate)
{
	static const char *const kinds[] = { "RSA-2048", "RSA-3072", "RSA-PSS",
					     "P-256",	 "P-384",    "P-521" };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		PATH(p, 3, kinds[i]);
		make_path(&p);
		if (sign(&p, 2) < 0 || check(&p, NOW + 60) < 0)
			TEST_FAIL("%s: %s", kinds[i], p.err.message);
		if (!openssl_agrees(&p))
			TEST_FAIL("%s: OpenSSL does not agree", kinds[i]);
		p.request.text.data[5] ^= 1;
		CHECK_INT_EQ(check(&p, NOW + 60), -EBADMSG);
	}
}

TEST(the_order_and_the_number_of_certificates_are_no_matter_up_to_four)
{
	for (size_t n = 1; n <= LS_PERSON_CERTIFICATES_MAX; n++) {
		PATH(p, n + 1, "P-384");
		make_path(&p);
		if (sign(&p, n) < 0 || check(&p, NOW) < 0)
			TEST_FAIL("%zu: %s", n, p.err.message);
	}
}

TEST(a_ca_below_a_root_may_be_the_one_that_is_named)
{
	PATH(p, 3, "P-384");
	make_path(&p);
	ls_persons_free(&p.persons);
	memset(&p.persons, 0, sizeof(p.persons));
	CHECK_INT_EQ(ls_persons_add_authority(&p.persons, der_of(&p.der[1]), NULL), 0);
	CHECK_INT_EQ(sign(&p, 1), 0);
	CHECK_INT_EQ(check(&p, NOW), 0);
}

TEST(a_purpose_of_persons_is_enough)
{
	PATH(p, 2, "P-256");
	p.recipes[0].purpose = "codeSigning,emailProtection";
	make_path(&p);
	CHECK_INT_EQ(sign(&p, 1), 0);
	CHECK_INT_EQ(check(&p, NOW), 0);
}

/* --- what must not ------------------------------------------------------------------- */

TEST(a_signature_of_another_form_is_refused_though_openssl_made_it)
{
	PATH(p, 2, "RSA-2048");
	make_path(&p);
	sign_with_openssl(&p, EVP_sha256());
	expect(&p, NOW, SIGNATURE, "its algorithm is not RSA");
}

TEST(weak_keys_and_other_curves_do_not_sign)
{
	static const struct {
		const char *key, *why;
	} bad[] = {
		{ "RSA-1024", "RSA key has 1024 bits, and 2048" },
		{ "brainpoolP384r1", "on the curve brainpoolP384r1" },
		{ "secp256k1", "on the curve secp256k1" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		PATH(p, 2, bad[i].key);
		make_path(&p);
		CHECK_INT_EQ(sign(&p, 1), -EBADMSG);
		CHECK_STR_HAS(p.err.message, bad[i].why);
		/* whoever signs without labseal */
		sign_with_openssl(&p, EVP_sha256());
		if (i == 0)
			relabel_rsa(&p);
		expect(&p, NOW, SIGNATURE, bad[i].why);
	}
}

TEST(sha1_is_refused_in_signature_and_certificates)
{
	PATH(p, 3, "RSA-2048");
	p.recipes[1].hash = "SHA1";
	make_path(&p);
	sign_with_openssl(&p, EVP_sha1());
	expect(&p, NOW, SIGNATURE, "not SHA-256, SHA-384 or SHA-512");
	CHECK_INT_EQ(sign(&p, 2), 0);
	expect(&p, NOW, UNKNOWN, "too weak");
}

TEST(a_curve_has_its_hash)
{
	PATH(p, 2, "P-384");
	make_path(&p);
	sign_with_openssl(&p, EVP_sha256());
	expect(&p, NOW, SIGNATURE, "P-384 with SHA-384");
	/* the certificate is P-384, and the key that signed is on another curve */
	_cleanup_person_key_ struct ls_person_key *key = NULL;
	EVP_PKEY *other = EVP_EC_gen("P-256");
	key = key_of(other, &p.err);
	struct ls_person_certificates c = { .all = { der_of(&p.der[0]) }, .count = 1 };
	CHECK_INT_EQ(ls_person_sign("x", 1, &c, NOW, key, &p.request.signature, &p.err), -EINVAL);
	CHECK_STR_HAS(p.err.message, "is not of the signing key");
	EVP_PKEY_free(other);
}

TEST(the_certificate_of_another_curve_does_not_verify)
{
	PATH(other, 2, "P-521");
	make_path(&other);
	/* under a P-521 certificate, a signature that says it is P-384's */
	sign_with_openssl(&other, EVP_sha384());
	expect(&other, NOW, SIGNATURE, "P-521 with");
}

TEST(a_missing_intermediate_is_named)
{
	PATH(p, 4, "RSA-2048");
	make_path(&p);
	CHECK_INT_EQ(sign(&p, 1), 0);
	expect(&p, NOW, UNKNOWN, "the certificate of the issuer 'CN=CA 1' is neither in the");
	CHECK_INT_EQ(sign(&p, 2), 0);
	expect(&p, NOW, UNKNOWN, "the certificate of the issuer 'CN=CA 2' is neither in the");
}

TEST(an_intermediate_says_that_it_is_a_ca)
{
	static const char *const constraints[] = { "critical,CA:FALSE", NULL };
	for (size_t i = 0; i < 2; i++) {
		PATH(p, 3, "P-384");
		p.recipes[1].constraints = constraints[i];
		make_path(&p);
		CHECK_INT_EQ(sign(&p, 2), 0);
		expect(&p, NOW, UNKNOWN, "");
	}
	PATH(p, 3, "P-384");
	p.recipes[1].usage = "critical,digitalSignature";
	make_path(&p);
	CHECK_INT_EQ(sign(&p, 2), 0);
	expect(&p, NOW, UNKNOWN, "");
}

TEST(constraints_of_names_and_lengths_hold)
{
	PATH(p, 3, "P-384");
	PATH(q, 4, "P-384");
	PATH(r, 3, "P-384");
	q.recipes[2].constraints = "critical,CA:TRUE,pathlen:0";
	make_path(&q);
	CHECK_INT_EQ(sign(&q, 3), 0);
	expect(&q, NOW, UNKNOWN, "path length");
	p.recipes[1].names = "critical,permitted;email:lab.example";
	p.recipes[0].alternative = "email:ada@lab.example";
	make_path(&p);
	CHECK_INT_EQ(sign(&p, 2), 0);
	CHECK_INT_EQ(check(&p, NOW), 0);
	r.recipes[1].names = "critical,permitted;email:lab.example";
	r.recipes[0].alternative = "email:ada@other.example";
	make_path(&r);
	CHECK_INT_EQ(sign(&r, 2), 0);
	expect(&r, NOW, UNKNOWN, "permitted subtree");
}

TEST(an_intermediate_is_valid_at_the_time)
{
	PATH(p, 3, "P-384");
	p.recipes[1].until = 10;
	make_path(&p);
	CHECK_INT_EQ(sign(&p, 2), 0);
	CHECK_INT_EQ(check(&p, NOW + 9 * DAY), 0);
	expect(&p, NOW + 11 * DAY, -EKEYREJECTED, "countersignature.expired", "'CN=CA 1'");
}

static void end(struct path *p, size_t i, int64_t at)
{
	struct ls_digest digest;
	ls_sha256_buffer(p->der[i].data, p->der[i].size, &digest);
	CHECK_INT_EQ(ls_persons_revoke(&p->persons, &digest, at, NULL), 0);
}

TEST(whoever_is_revoked_on_the_path_ends_it)
{
	static const char *const names[] = { "'CN=" NAME "'", "'CN=CA 1'", "'CN=CA 2'" };
	for (size_t i = 0; i < 3; i++) {
		PATH(p, 3, "P-384");
		make_path(&p);
		CHECK_INT_EQ(sign(&p, 2), 0);
		end(&p, i, NOW + DAY);
		CHECK_INT_EQ(check(&p, NOW + DAY - 1), 0);
		expect(&p, NOW + DAY, -EKEYREJECTED, "countersignature.revoked", names[i]);
	}
}

TEST(a_path_of_six_is_too_long)
{
	PATH(p, 6, "P-256");
	make_path(&p);
	CHECK_INT_EQ(sign(&p, 4), 0);
	expect(&p, NOW, UNKNOWN, "the certificate of the issuer 'CN=CA 4'");
	/* nor with five in the signature */
	CMS_ContentInfo *cms;
	unsigned char *der = NULL;
	const unsigned char *at = p.request.signature.data;
	cms = d2i_CMS_ContentInfo(NULL, &at, (long)p.request.signature.size);
	REQUIRE(cms && CMS_add1_cert(cms, p.certificates[4]) == 1);
	int n = i2d_CMS_ContentInfo(cms, &der);
	ls_buffer_clear(&p.request.signature);
	ls_buffer_add(&p.request.signature, der, (size_t)n);
	OPENSSL_free(der);
	CMS_ContentInfo_free(cms);
	expect(&p, NOW, SIGNATURE, "more than 4 certificates");
}

TEST(a_certificate_for_machines_is_no_persons)
{
	PATH(p, 2, "RSA-2048");
	p.recipes[0].purpose = "serverAuth,codeSigning";
	make_path(&p);
	CHECK_INT_EQ(ls_person_certificate_check(der_of(&p.der[0]), &p.err), -EINVAL);
	CHECK_INT_EQ(sign(&p, 1), 0);
	expect(&p, NOW, UNKNOWN, "extended key usage");
}

TEST(a_key_that_encrypts_only_signs_nothing)
{
	PATH(p, 2, "RSA-2048");
	p.recipes[0].usage = "critical,keyEncipherment";
	make_path(&p);
	CHECK_INT_EQ(sign(&p, 1), 0);
	expect(&p, NOW, UNKNOWN, "key usage allows no signatures");
}

TEST(nothing_of_it_can_be_changed_added_or_cut)
{
	PATH(p, 3, "RSA-2048");
	make_path(&p);
	CHECK_INT_EQ(sign(&p, 2), 0);
	struct ls_buffer *s = &p.request.signature;
	size_t unnoticed = 0, whole = s->size;
	for (size_t i = 0; i < s->size; i++) {
		s->data[i] ^= 1;
		unnoticed += check(&p, NOW) == 0;
		s->data[i] ^= 1;
	}
	CHECK_INT_EQ(unnoticed, 0);
	ls_buffer_add(s, "x", 1);
	expect(&p, NOW, SIGNATURE, "the one form");
	s->size = whole - 1;
	expect(&p, NOW, SIGNATURE, "");
	s->size = whole;
	CHECK_INT_EQ(check(&p, NOW), 0);
}

TEST_MAIN()
