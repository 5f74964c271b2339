/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/countersignature.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/seal/ca.h"
#include "lib/seal/cms.h"
#include "lib/seal/record.h"

#define NOW   INT64_C(1772625600) /* 2026-03-04T12:00:00Z */
#define DAY   INT64_C(86400)
#define YEAR  INT64_C(31557600)
#define NAME  "Ada Lovelace"
#define TEXT1 "# labseal/countersignature/v1\n# instrument 7500-01\n# seal 42\n# meaning review\n"
#define TEXT2 "# name " NAME "\n# signed 2026-03-04T12:00:00Z\n"
#define HASH  "0707070707070707070707070707070707070707070707070707070707070707"
#define TEXT3 HASH "  manifest.sha256\n"

/* A CA for persons, one for instruments, and a certificate of each. */
static struct world {
	struct ls_p256_key *ca_key, *key, *device_ca_key, *device_key;
	struct ls_signer signer, device;
	struct ls_buffer ca, certificate, device_ca, device_certificate;
} w;

static struct ls_der der_of(const struct ls_buffer *b)
{
	return (struct ls_der){ b->data, b->size };
}

static void make_pair(struct ls_p256_key **ca_key, struct ls_p256_key **key,
		      struct ls_signer *signer, struct ls_buffer *ca, struct ls_buffer *certificate,
		      const char *ca_name, const char *name)
{
	ls_buffer_init(ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(certificate, LS_CERTIFICATE_SIZE_MAX);
	CHECK_INT_EQ(ls_p256_key_generate(ca_key, NULL), 0);
	CHECK_INT_EQ(ls_p256_key_generate(key, NULL), 0);
	ls_p256_key_signer(*key, signer);
	CHECK_INT_EQ(ls_ca_create(*ca_key, ca_name, NOW - YEAR, NOW + 20 * YEAR, ca, NULL), 0);
	CHECK_INT_EQ(ls_ca_issue(*ca_key, der_of(ca), &signer->key, name, NOW - YEAR, NOW + YEAR,
				 certificate, NULL),
		     0);
}

static void make_world(void)
{
	if (w.key)
		return;
	make_pair(&w.ca_key, &w.key, &w.signer, &w.ca, &w.certificate, "Staff CA", NAME);
	make_pair(&w.device_ca_key, &w.device_key, &w.device, &w.device_ca, &w.device_certificate,
		  "Lab CA", "labseal 7500-01");
}

static struct ls_countersignature example(void)
{
	struct ls_countersignature c = { .instrument = "7500-01",
					 .seal = 42,
					 .meaning = LS_MEANING_REVIEW,
					 .name = NAME,
					 .signed_at = NOW };
	memset(c.manifest.bytes, 7, sizeof(c.manifest.bytes));
	return c;
}

/* A request for c, signed over its text by this key with this certificate at this time. */
static void make_request(const struct ls_countersignature *c, const struct ls_signer *signer,
			 const struct ls_buffer *certificate, int64_t at,
			 struct ls_countersign_request *r)
{
	memset(r, 0, sizeof(*r));
	r->said = *c;
	ls_buffer_init(&r->text, LS_COUNTERSIGNATURE_SIZE_MAX);
	ls_buffer_init(&r->signature, LS_CMS_SIZE_MAX);
	CHECK_INT_EQ(ls_countersignature_format(c, &r->text, NULL), 0);
	CHECK_INT_EQ(ls_cms_sign(r->text.data, r->text.size, der_of(certificate), at, signer,
				 &r->signature, NULL),
		     0);
}

static int check_with(const struct ls_countersign_request *r, const struct ls_persons *persons,
		      int64_t at, struct ls_error *err)
{
	struct ls_countersigner signer;
	memset(err, 0, sizeof(*err));
	return ls_countersign_check(r, persons, at, &signer, err);
}

#define WORLD(c, r, persons)                                                                      \
	_cleanup_countersign_request_ struct ls_countersign_request r = { .text = { .max = 0 } }; \
	_cleanup_persons_ struct ls_persons persons = { .ca_count = 0 };                          \
	struct ls_countersignature c = example();                                                 \
	__attribute__((unused)) struct ls_error err = { 0 };                                      \
	make_world();                                                                             \
	CHECK_INT_EQ(ls_persons_add_authority(&persons, der_of(&w.ca), NULL), 0)

TEST(the_text_goes_there_and_back)
{
	_cleanup_buffer_ struct ls_buffer text, again;
	struct ls_countersignature c = example(), p;
	ls_buffer_init(&text, LS_COUNTERSIGNATURE_SIZE_MAX);
	ls_buffer_init(&again, LS_COUNTERSIGNATURE_SIZE_MAX);
	REQUIRE(ls_countersignature_format(&c, &text, NULL) == 0);
	CHECK_STR_EQ(ls_buffer_str(&text), TEXT1 TEXT2 TEXT3);
	REQUIRE(ls_countersignature_parse(text.data, text.size, &p, NULL) == 0);
	CHECK_INT_EQ(p.seal, 42);
	CHECK_INT_EQ(p.meaning, LS_MEANING_REVIEW);
	CHECK_STR_EQ(p.name, NAME);
	CHECK_INT_EQ(p.signed_at, NOW);
	CHECK(ls_digest_equal(&p.manifest, &c.manifest));
	REQUIRE(ls_countersignature_format(&p, &again, NULL) == 0);
	CHECK_STR_EQ(ls_buffer_str(&again), ls_buffer_str(&text));
}

TEST(malformed_texts_are_refused)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "", "first line" },
		{ "# labseal/result/v1\n# instrument 7500-01\n# seal 42\n", "first line" },
		{ "# labseal/countersignature/v2\n", "first line" },
		{ "# labseal/countersignature/v1\n# instrument a/b\n", "instrument" },
		{ "# labseal/countersignature/v1\n# instrument a\n# seal 0\n", "seal" },
		{ "# labseal/countersignature/v1\n# instrument a\n# seal 042\n", "seal" },
		{ "# labseal/countersignature/v1\n# instrument a\n# seal 1\n# meaning Review\n",
		  "meaning" },
		{ TEXT1 "# name \n# signed 2026-03-04T12:00:00Z\n" TEXT3, "name" },
		{ TEXT1 "# name A\x1b[2J\n# signed 2026-03-04T12:00:00Z\n" TEXT3, "name" },
		{ TEXT1 "# name A\xff\n# signed 2026-03-04T12:00:00Z\n" TEXT3, "name" },
		{ TEXT1 "# name A\xe2\x80\xae\n# signed 2026-03-04T12:00:00Z\n" TEXT3, "name" },
		{ TEXT1 "# name 100%\n# signed 2026-03-04T12:00:00Z\n" TEXT3, "name" },
		{ TEXT1 "# name A\n# signed 2026-03-04\n" TEXT3, "signed" },
		{ TEXT1 TEXT2, "SHA-256" },
		{ TEXT1 TEXT2 "00  manifest.sha256\n", "SHA-256" },
		{ TEXT1 TEXT2 HASH " *manifest.sha256\n", "SHA-256" },
		{ TEXT1 TEXT2 HASH "  record.json\n", "SHA-256" },
		{ TEXT1 TEXT2 HASH "  manifest.sha256", "SHA-256" },
		{ TEXT1 TEXT2 TEXT3 "\n", "SHA-256" },
		{ TEXT1 TEXT2 TEXT3 TEXT3, "SHA-256" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_countersignature c;
		struct ls_error err = { 0 };
		if (ls_countersignature_parse(bad[i].text, strlen(bad[i].text), &c, &err) !=
		    -EBADMSG)
			TEST_FAIL("accepted: %s", bad[i].text);
		CHECK_STR_HAS(err.message, bad[i].why);
	}
}

TEST(a_request_goes_there_and_back)
{
	WORLD(c, r, persons);
	_cleanup_countersign_request_ struct ls_countersign_request p = { .text = { .max = 0 } };
	_cleanup_buffer_ struct ls_buffer json;
	make_request(&c, &w.signer, &w.certificate, NOW, &r);
	ls_buffer_init(&json, LS_COUNTERSIGN_REQUEST_MAX);
	REQUIRE(ls_countersign_request_format(&r.text, &r.signature, &json, NULL) == 0);
	if (ls_countersign_request_parse(json.data, json.size, &p, &err) < 0)
		TEST_FAIL("%s", err.message);
	CHECK_STR_EQ(ls_buffer_str(&p.text), ls_buffer_str(&r.text));
	CHECK_INT_EQ(p.signature.size, r.signature.size);
	CHECK_INT_EQ(check_with(&p, &persons, NOW + 60, &err), 0);
	/* it is what an event may carry */
	CHECK_INT_EQ(ls_record_detail_check(ls_buffer_str(&json), json.size, NULL), 0);
}

TEST(requests_that_are_none_are_refused)
{
	static const char *const bad[] = {
		"",
		"[]",
		"{",
		"{}",
		"{\"statement\":\"\"}",
		"{\"statement\":\"\",\"signature\":\"\"}",
		"{\"statement\":1,\"signature\":\"AAAA\"}",
		"{\"statement\":\"x\",\"signature\":\"AAAA\",\"more\":1}",
		"{\"statement\":\"" HASH "\",\"signature\":\"AAAA\"}",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_countersign_request r;
		CHECK_INT_EQ(ls_countersign_request_parse(bad[i], strlen(bad[i]), &r, NULL),
			     -EBADMSG);
	}
	static char large[LS_COUNTERSIGN_REQUEST_MAX + 1];
	struct ls_countersign_request r;
	memset(large, ' ', sizeof(large));
	CHECK_INT_EQ(ls_countersign_request_parse(large, sizeof(large), &r, NULL), -EBADMSG);
}

TEST(a_persons_signature_holds_as_of_its_time)
{
	WORLD(c, r, persons);
	struct ls_countersigner signer;
	make_request(&c, &w.signer, &w.certificate, NOW, &r);
	CHECK_INT_EQ(ls_countersign_check(&r, &persons, NOW + 60, &signer, &err), 0);
	CHECK_STR_EQ(signer.subject, "CN=" NAME);
	CHECK_INT_EQ(signer.not_after, NOW + YEAR);
	/* its certificate expires: what was sealed before goes on to hold, what is sealed after not
	 */
	CHECK_INT_EQ(check_with(&r, &persons, NOW + YEAR, &err), 0);
	CHECK_INT_EQ(check_with(&r, &persons, NOW + YEAR + 1, &err), -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "countersignature.expired");
	/* it is revoked */
	CHECK_INT_EQ(ls_persons_revoke(&persons, &signer.certificate, NOW + DAY, NULL), 0);
	CHECK_INT_EQ(check_with(&r, &persons, NOW + DAY - 1, &err), 0);
	CHECK_INT_EQ(check_with(&r, &persons, NOW + DAY, &err), -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "countersignature.revoked");
}

TEST(another_ca_is_not_known)
{
	WORLD(c, r, persons);
	_cleanup_persons_ struct ls_persons none = { .ca_count = 0 }, device = { .ca_count = 0 };
	make_request(&c, &w.signer, &w.certificate, NOW, &r);
	CHECK_INT_EQ(check_with(&r, &none, NOW, &err), -ENOKEY);
	CHECK_INT_EQ(ls_persons_add_authority(&device, der_of(&w.device_ca), NULL), 0);
	CHECK_INT_EQ(check_with(&r, &device, NOW, &err), -ENOKEY);
	CHECK_STR_EQ(err.id, "countersignature.unknown");
}

TEST(nothing_of_it_can_be_changed)
{
	WORLD(c, r, persons);
	make_request(&c, &w.signer, &w.certificate, NOW, &r);
	for (size_t i = 0; i < r.text.size; i++) {
		r.text.data[i] ^= 1;
		CHECK_INT_EQ(check_with(&r, &persons, NOW, &err), -EBADMSG);
		r.text.data[i] ^= 1;
	}
	size_t unnoticed = 0;
	for (size_t i = 0; i < r.signature.size; i++) {
		r.signature.data[i] ^= 1;
		unnoticed += check_with(&r, &persons, NOW, &err) == 0;
		r.signature.data[i] ^= 1;
	}
	CHECK_INT_EQ(unnoticed, 0);
	CHECK_INT_EQ(check_with(&r, &persons, NOW, &err), 0);
}

TEST(it_says_what_its_certificate_and_its_signature_say)
{
	WORLD(c, r, persons);
	_cleanup_countersign_request_ struct ls_countersign_request other, late;
	snprintf(c.name, sizeof(c.name), "Charles Babbage");
	make_request(&c, &w.signer, &w.certificate, NOW, &r);
	CHECK_INT_EQ(check_with(&r, &persons, NOW, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "countersignature.name");
	c = example();
	make_request(&c, &w.signer, &w.certificate, NOW - 5, &other);
	CHECK_INT_EQ(check_with(&other, &persons, NOW, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "countersignature.time");
	/* a clock that is a little ahead is no matter, one that is far is */
	make_request(&c, &w.signer, &w.certificate, NOW, &late);
	CHECK_INT_EQ(check_with(&late, &persons, NOW - LS_COUNTERSIGN_AHEAD, &err), 0);
	CHECK_INT_EQ(check_with(&late, &persons, NOW - LS_COUNTERSIGN_AHEAD - 1, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "countersignature.time");
}

/* --- a seal is no countersignature, and the other way round ------------------------- */

TEST(what_a_person_signed_is_no_manifest_and_no_manifest_is_countersigned)
{
	WORLD(c, r, persons);
	static const char manifest[] = "# labseal/event/v1\n# instrument 7500-01\n# seal 43\n"
				       "# received 2026-03-04T12:00:00Z\n" HASH "  record.json\n";
	struct ls_manifest m;
	struct ls_countersignature p;
	make_request(&c, &w.signer, &w.certificate, NOW, &r);
	CHECK_INT_EQ(ls_manifest_parse(r.text.data, r.text.size, &m, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_countersignature_parse(manifest, strlen(manifest), &p, NULL), -EBADMSG);
	REQUIRE(ls_manifest_parse(manifest, strlen(manifest), &m, NULL) == 0);
	ls_manifest_free(&m);
}

TEST(a_persons_certificate_makes_no_seal)
{
	static const char manifest[] = "# labseal/event/v1\n";
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_cms_signature s;
	make_world();
	ls_buffer_init(&b, LS_CMS_SIZE_MAX);
	CHECK_INT_EQ(ls_cms_sign(manifest, strlen(manifest), der_of(&w.certificate), NOW, &w.signer,
				 &b, NULL),
		     0);
	struct ls_der ca = der_of(&w.device_ca);
	CHECK_INT_EQ(
		ls_cms_verify(b.data, b.size, manifest, strlen(manifest), &ca, 1, NOW, &s, NULL),
		-EKEYREJECTED);
}

TEST(the_instruments_certificate_makes_no_countersignature)
{
	WORLD(c, r, persons);
	_cleanup_countersign_request_ struct ls_countersign_request seal;
	snprintf(c.name, sizeof(c.name), "labseal 7500-01");
	make_request(&c, &w.device, &w.device_certificate, NOW, &r);
	CHECK_INT_EQ(check_with(&r, &persons, NOW, &err), -ENOKEY);
	/* nor does a signature over a manifest, put under a countersignature's text */
	c = example();
	make_request(&c, &w.signer, &w.certificate, NOW, &seal);
	ls_buffer_clear(&seal.signature);
	CHECK_INT_EQ(ls_cms_sign("# labseal/event/v1\n", 19, der_of(&w.certificate), NOW, &w.signer,
				 &seal.signature, NULL),
		     0);
	CHECK_INT_EQ(check_with(&seal, &persons, NOW, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "countersignature.signature");
}

/* --- who counts ------------------------------------------------------------------- */

TEST(what_is_said_of_persons_goes_there_and_back)
{
	WORLD(c, r, persons);
	_cleanup_persons_ struct ls_persons p = { .ca_count = 0 };
	_cleanup_buffer_ struct ls_buffer text, again;
	(void)c;
	(void)r;
	CHECK_INT_EQ(ls_persons_add_authority(&persons, der_of(&w.device_ca), NULL), 0);
	CHECK_INT_EQ(ls_persons_add_authority(&persons, der_of(&w.ca), NULL), -EEXIST);
	CHECK_INT_EQ(ls_persons_add_authority(&persons, der_of(&w.certificate), &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "no CA's");
	struct ls_digest d = example().manifest;
	CHECK_INT_EQ(ls_persons_revoke(&persons, &d, NOW, NULL), 0);
	CHECK_INT_EQ(ls_persons_revoke(&persons, &d, NOW + 1, NULL), -EEXIST);
	ls_buffer_init(&text, LS_PERSONS_SIZE_MAX);
	ls_buffer_init(&again, LS_PERSONS_SIZE_MAX);
	REQUIRE(ls_persons_format(&persons, &text) == 0);
	CHECK_STR_HAS(ls_buffer_str(&text), "\nperson-revoked " HASH " 2026-03-04T12:00:00Z\n");
	if (ls_persons_parse(text.data, text.size, &p, &err) < 0)
		TEST_FAIL("%s", err.message);
	CHECK_INT_EQ(p.ca_count, 2);
	CHECK_INT_EQ(p.revoked_count, 1);
	REQUIRE(ls_persons_format(&p, &again) == 0);
	CHECK_STR_EQ(ls_buffer_str(&again), ls_buffer_str(&text));
	for (size_t n = 1; n < text.size; n++) {
		struct ls_persons cut;
		if (text.data[n - 1] != '\n')
			CHECK_INT_EQ(ls_persons_parse(text.data, n, &cut, NULL), -EBADMSG);
	}
}

TEST_MAIN()
