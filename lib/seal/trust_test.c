/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/trust.h"

#include <errno.h>

#include "lib/attest/maker_test.h"
#include "lib/base/test.h"
#include "lib/seal/ca.h"

static struct ls_p256_key *key;
static struct ls_signer signer;
static struct ls_buffer ca;
static struct ls_der ca_der;
static struct ls_trust_approved approved[2];

static struct ls_digest digest(uint8_t byte)
{
	struct ls_digest d;
	memset(d.bytes, byte, sizeof(d.bytes));
	return d;
}

static struct ls_trust example(void)
{
	struct ls_trust t = { .instrument = "7500-01",
			      .key_kind = LS_KEY_SOFTWARE_TPM,
			      .development = true,
			      .has_authority = true,
			      .policy_ref = "7500-01",
			      .approved_count = 2,
			      .approved = approved,
			      .certificate_count = 1,
			      .certificates = &ca_der };
	if (!key) {
		CHECK_INT_EQ(ls_p256_key_generate(&key, NULL), 0);
		ls_p256_key_signer(key, &signer);
		ls_buffer_init(&ca, LS_CERTIFICATE_SIZE_MAX);
		CHECK_INT_EQ(ls_ca_create(key, "Lab CA", 0, 4102444800, &ca, NULL), 0);
		ca_der = (struct ls_der){ ca.data, ca.size };
	}
	approved[0] = (struct ls_trust_approved){ .version = 1, .pcr23 = digest(1) };
	approved[1] = (struct ls_trust_approved){ .version = 3,
						  .pcr23 = digest(2),
						  .policy = digest(3),
						  .domain_xml = digest(4),
						  .base_image = digest(5),
						  .counter = 2 };
	t.authority = signer.key;
	CHECK_INT_EQ(ls_note_key_init(&t.log, "labseal/7500-01", &signer.key, NULL), 0);
	return t;
}

static void format(const struct ls_trust *t, struct ls_buffer *b)
{
	struct ls_error err = { 0 };
	ls_buffer_init(b, LS_TRUST_SIZE_MAX);
	if (ls_trust_format(t, b, &err) < 0)
		TEST_FAIL("%s", err.message);
}

static void set_attester(struct ls_trust *t, const struct maker *m)
{
	memcpy(t->endorsement, m->ek.data, m->ek.size);
	memcpy(t->attestation, m->ak.data, m->ak.size);
	t->endorsement_size = m->ek.size;
	t->attestation_size = m->ak.size;
}

TEST(the_tpm_goes_there_and_back)
{
	MAKER(m);
	_cleanup_buffer_ struct ls_buffer once, twice;
	_cleanup_trust_ struct ls_trust p = { 0 };
	struct ls_trust t = example();
	struct ls_error err = { 0 };
	set_attester(&t, &m);
	t.enrolled = digest(6);
	format(&t, &once);
	if (ls_trust_parse(once.data, once.size, &p, &err) < 0)
		TEST_FAIL("%s", err.message);
	REQUIRE(p.endorsement_size == m.ek.size && p.attestation_size == m.ak.size);
	CHECK_MEM_EQ(p.endorsement, m.ek.data, m.ek.size);
	CHECK_MEM_EQ(p.attestation, m.ak.data, m.ak.size);
	CHECK(ls_digest_equal(&p.enrolled, &t.enrolled));
	CHECK_INT_EQ(p.approved[0].counter, 0);
	CHECK_INT_EQ(p.approved[1].counter, 2);
	format(&p, &twice);
	CHECK_STR_EQ(ls_buffer_str(&twice), ls_buffer_str(&once));
	/* not a pair, or without an authority */
	t.attestation[5] ^= 1; /* restricted */
	CHECK_INT_EQ(ls_trust_format(&t, &twice, &err), -EINVAL);
	set_attester(&t, &m);
	t.has_authority = false;
	CHECK_INT_EQ(ls_trust_format(&t, &twice, &err), -EINVAL);
	/* enrolled, and no TPM that could be */
	t = example();
	t.enrolled = digest(6);
	CHECK_INT_EQ(ls_trust_format(&t, &twice, &err), -EINVAL);
	CHECK_STR_HAS(err.message, "no TPM is named");
}

TEST(a_trust_file_goes_there_and_back)
{
	_cleanup_buffer_ struct ls_buffer once, twice;
	_cleanup_trust_ struct ls_trust p = { 0 };
	struct ls_trust t = example();
	struct ls_error err = { 0 };
	format(&t, &once);
	if (ls_trust_parse(once.data, once.size, &p, &err) < 0)
		TEST_FAIL("%s", err.message);
	CHECK_STR_EQ(p.instrument, "7500-01");
	CHECK_STR_EQ(p.log.name, "labseal/7500-01");
	CHECK(ls_p256_public_equal(&p.log.key, &signer.key));
	CHECK(p.has_authority && ls_p256_public_equal(&p.authority, &signer.key));
	CHECK_STR_EQ(p.policy_ref, "7500-01");
	CHECK_INT_EQ(p.approved_count, 2);
	CHECK(ls_trust_find_approved(&p, 3) == &p.approved[1]);
	CHECK(ls_trust_find_approved(&p, 2) == NULL);
	CHECK_INT_EQ(p.approved[1].base_image.bytes[0], 5);
	REQUIRE(p.certificate_count == 1);
	CHECK_INT_EQ(p.certificates[0].size, ca.size);
	format(&p, &twice);
	CHECK_STR_EQ(ls_buffer_str(&twice), ls_buffer_str(&once));
}

TEST(a_file_keys_trust_file_is_short)
{
	_cleanup_buffer_ struct ls_buffer b;
	_cleanup_trust_ struct ls_trust p = { 0 };
	struct ls_trust t = example();
	t.key_kind = LS_KEY_FILE;
	t.has_authority = false;
	t.approved_count = 0;
	t.development = false;
	format(&t, &b);
	REQUIRE(ls_trust_parse(b.data, b.size, &p, NULL) == 0);
	CHECK(!p.has_authority && !p.development && p.approved_count == 0);
	CHECK_STR_HAS(ls_buffer_str(&b), "\nkey-kind file\ndevelopment no\n-----BEGIN");
}

TEST(several_authorities_are_kept_apart)
{
	_cleanup_buffer_ struct ls_buffer b = { 0 }, second;
	_cleanup_trust_ struct ls_trust p = { 0 };
	struct ls_trust t = example();
	struct ls_der both[2] = { ca_der, { NULL, 0 } };
	ls_buffer_init(&second, LS_CERTIFICATE_SIZE_MAX);
	REQUIRE(ls_ca_create(key, "Second CA", 0, 4102444800, &second, NULL) == 0);
	both[1] = (struct ls_der){ second.data, second.size };
	t.certificates = both;
	t.certificate_count = 2;
	format(&t, &b);
	REQUIRE(ls_trust_parse(b.data, b.size, &p, NULL) == 0);
	REQUIRE(p.certificate_count == 2);
	CHECK_MEM_EQ(p.certificates[1].bytes, second.data, second.size);
}

/* The example with the first `from` replaced. */
static int parse_changed(const char *from, const char *to, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b, changed;
	_cleanup_trust_ struct ls_trust p = { 0 };
	struct ls_trust t = example();
	format(&t, &b);
	const char *text = ls_buffer_str(&b), *place = strstr(text, from);
	if (!place) {
		TEST_FAIL("the example has no %s", from);
		return 0;
	}
	ls_buffer_init(&changed, LS_TRUST_SIZE_MAX);
	ls_buffer_add(&changed, text, (size_t)(place - text));
	ls_buffer_add_str(&changed, to);
	ls_buffer_add_str(&changed, place + strlen(from));
	return ls_trust_parse(changed.data, changed.size, &p, err);
}

TEST(malformed_trust_files_are_refused)
{
	static const struct {
		const char *from, *to, *why;
	} bad[] = {
		{ "labseal-trust/v1", "labseal-trust/v2", "first line" },
		{ "labseal-trust/v1\n", "labseal-trust/v1\r\n", "first line" },
		{ "instrument 7500-01\n", "", "instrument" },
		{ "instrument 7500-01", "instrument  7500-01", "instrument" },
		{ "instrument 7500-01", "instrument 7500/01", "instrument" },
		{ "origin labseal/7500-01", "origin labseal/7500-02", "origin" },
		{ "log labseal/7500-01+", "log labseal/7500-01", "verifier key" },
		{ "log labseal/7500-01+", "log labseal/7500-01+0", "verifier key" },
		{ "key-kind software TPM", "key-kind soft", "key-kind" },
		{ "development yes", "development maybe", "development" },
		{ "development yes\n", "", "development" },
		{ "authority ", "authority 0", "authority" },
		{ "policy-ref 7500-01\n", "", "policy-ref" },
		{ "policy-ref 7500-01", "policy-ref a b", "policy-ref" },
		{ "approved 3", "approved 1", "increase" },
		{ "approved 1", "approved 0", "approval" },
		{ "approved 1 pcr23:", "approved 1 pcr22:", "approval" },
		{ "pcr23:0101", "pcr23:01", "approval" },
		{ " policy:", " polity:", "approval" },
		{ " policy:", "  policy:", "approval" },
		{ "approved 1", "unknown 1", "PEM" },
		{ "\n-----BEGIN", "\n\n-----BEGIN", "PEM" },
		{ "-----END", "----END", "PEM" },
		{ "-----BEGIN CERTIFICATE-----\n", "-----BEGIN CERTIFICATE-----\nAAAA\n", "PEM" },
		{ "-----BEGIN CERTIFICATE-----\nMII", "-----BEGIN CERTIFICATE-----\nMIJ",
		  "certificate" },
		{ "-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----", "PEM" },
		{ "-----END CERTIFICATE-----\n", "-----END CERTIFICATE-----\n\n", "PEM" },
		{ "# What", "# \x01What", "instrument" },
		{ "# What", "# \xffWhat", "instrument" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_error err = { 0 };
		if (parse_changed(bad[i].from, bad[i].to, &err) != -EBADMSG)
			TEST_FAIL("accepted with %s for %s", bad[i].to, bad[i].from);
		CHECK_STR_HAS(err.message, bad[i].why);
	}
}

TEST(comments_may_stand_between_lines)
{
	CHECK_INT_EQ(parse_changed("approved 3", "# retired in spring\n#\napproved 3", NULL), 0);
	CHECK_INT_EQ(parse_changed("-----BEGIN", "# the CA\n-----BEGIN", NULL), 0);
}

TEST(every_flipped_bit_is_seen_or_changes_what_is_said)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_trust t = example();
	format(&t, &b);
	for (size_t bit = 0; bit < 8 * b.size; bit++) {
		struct ls_trust p = { 0 };
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (ls_trust_parse(b.data, b.size, &p, NULL) == 0) {
			_cleanup_buffer_ struct ls_buffer again;
			format(&p, &again);
			/* but for its comments, the text is the one spelling of what was read */
			const char *seen = strstr(ls_buffer_str(&b), "\ninstrument ");
			const char *wanted = strstr(ls_buffer_str(&again), "\ninstrument ");
			CHECK(seen && strcmp(seen, wanted) == 0);
			ls_trust_free(&p);
		}
		b.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t n = 0; n < b.size; n++) {
		struct ls_trust p;
		CHECK_INT_EQ(ls_trust_parse(b.data, n, &p, NULL), -EBADMSG);
	}
}

TEST(what_would_not_parse_is_not_written)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_trust t;
	ls_buffer_init(&b, LS_TRUST_SIZE_MAX);
#define CHECK_NOT_WRITTEN(change)                                     \
	do {                                                          \
		t = example();                                        \
		change;                                               \
		CHECK_INT_EQ(ls_trust_format(&t, &b, NULL), -EINVAL); \
	} while (0)
	CHECK_NOT_WRITTEN(t.instrument[0] = '\0');
	CHECK_NOT_WRITTEN(t.log.name[0] = ' ');
	CHECK_NOT_WRITTEN(t.key_kind = 0);
	CHECK_NOT_WRITTEN(t.policy_ref[0] = '\0');
	CHECK_NOT_WRITTEN(t.policy_ref[0] = ' ');
	CHECK_NOT_WRITTEN(t.approved_count = LS_TRUST_APPROVED_MAX + 1);
	CHECK_NOT_WRITTEN(t.certificate_count = 0);
	struct ls_der cut = { ca.data, ca.size - 1 };
	CHECK_NOT_WRITTEN(t.certificates = &cut);
	CHECK_NOT_WRITTEN(approved[1].version = 1);
	CHECK_NOT_WRITTEN(approved[0].pcr23 = digest(0));
	CHECK_INT_EQ(b.size, 0);
}

TEST(the_fingerprint_is_the_files_sha256_in_groups)
{
	char buffer[LS_FINGERPRINT_SIZE];
	CHECK_STR_EQ(ls_trust_fingerprint("abc", 3, buffer),
		     "ba78 16bf 8f01 cfea 4141 40de 5dae 2223 b003 61a3 9617 7a9c b410 ff61 f200 "
		     "15ad");
}

TEST(the_ed25519_key_goes_there_and_back)
{
	_cleanup_buffer_ struct ls_buffer once, twice, bad;
	_cleanup_trust_ struct ls_trust p = { 0 };
	struct ls_trust t = example();
	struct ls_ed25519_public small = { { 7, 8, 9 } };
	struct ls_error err = { 0 };
	ls_note_key_add_ed25519(&t.log, &small);
	ls_buffer_init(&bad, LS_TRUST_SIZE_MAX);
	CHECK_INT_EQ(ls_trust_format(&t, &bad, &err), -EINVAL); /* and where does it live? */
	for (t.ed25519_kind = LS_ED25519_FILE; t.ed25519_kind <= LS_ED25519_KIND_LAST;
	     t.ed25519_kind++) {
		format(&t, &once);
		if (ls_trust_parse(once.data, once.size, &p, &err) < 0)
			TEST_FAIL("%s", err.message);
		CHECK(p.log.has_ed25519);
		CHECK_MEM_EQ(p.log.ed25519.bytes, small.bytes, LS_ED25519_KEY_SIZE);
		CHECK_INT_EQ(p.ed25519_kind, t.ed25519_kind);
		format(&p, &twice);
		CHECK_STR_EQ(ls_buffer_str(&twice), ls_buffer_str(&once));
		ls_trust_free(&p);
		ls_buffer_free(&once);
		ls_buffer_free(&twice);
	}
	t.ed25519_kind = LS_ED25519_TPM;
	t.log.has_ed25519 = false;
	CHECK_INT_EQ(ls_trust_format(&t, &bad, &err), -EINVAL);
}

TEST(the_instruments_ca_is_none_of_persons_with_another_certificate_either)
{
	_cleanup_buffer_ struct ls_buffer renewed, other, text;
	_cleanup_p256_key_ struct ls_p256_key *apart = NULL;
	_cleanup_trust_ struct ls_trust p = { 0 };
	struct ls_trust t = example();
	struct ls_error err = { 0 };
	ls_buffer_init(&renewed, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&other, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	CHECK_INT_EQ(ls_p256_key_generate(&apart, NULL), 0);
	CHECK_INT_EQ(ls_ca_create(apart, "Persons", 0, 4102444800, &other, NULL), 0);
	CHECK_INT_EQ(ls_ca_create(key, "Persons", 0, 4102444801, &renewed, NULL), 0);
	struct ls_der der = { other.data, other.size };
	CHECK_INT_EQ(ls_persons_add_authority(&t.persons, der, NULL), 0);
	CHECK_INT_EQ(ls_trust_format(&t, &text, NULL), 0);
	CHECK_INT_EQ(ls_trust_parse(text.data, text.size, &p, NULL), 0);
	der = (struct ls_der){ renewed.data, renewed.size };
	CHECK_INT_EQ(ls_persons_add_authority(&t.persons, der, NULL), 0);
	ls_buffer_clear(&text);
	CHECK_INT_EQ(ls_trust_format(&t, &text, &err), -EINVAL);
	CHECK(strstr(err.message, "person CA"));
	ls_persons_free(&t.persons);
}

TEST_MAIN()
