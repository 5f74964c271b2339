/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Quotes, honest and forged.  The names of the tests say which verifier of
 * another project once accepted what is refused here.
 */
#include "lib/attest/quote.h"

#include <errno.h>

#include "lib/attest/maker_test.h"

/* PCR 23 alone, at a value. */
static struct ls_pcr_values measured(void)
{
	struct ls_pcr_values v = { .pcrs = 0 };
	ls_pcr_values_set(&v, 23, &(struct ls_digest){ { 0xaa, 0x55 } });
	return v;
}

static void make(const struct maker *m, const struct recipe *r, const struct ls_pcr_values *values,
		 struct made *q)
{
	ls_buffer_clear(&q->attest);
	make_head(&q->attest, r);
	make_quote(&q->attest, values);
	make_signature(m, &q->attest, &q->signature);
}

/* Verify against PCR 23's value and the nonce; the id of the refusal, "" when accepted. */
static const char *verify(const struct maker *m, const struct made *q)
{
	static struct ls_error err;
	struct ls_attested attested = attested_of(q);
	struct ls_pcr_values expected = measured();
	struct ls_clock clock = { .milliseconds = 42 };
	memset(&err, 0, sizeof(err));
	int rc = ls_quote_verify(&attested, &m->attester, &nonce, &expected, &clock, &err);
	if (rc < 0 && clock.milliseconds != 42)
		TEST_FAIL("a refused quote left its clock behind");
	if (rc < 0 && (rc != err.code || !err.message[0]))
		TEST_FAIL("a refusal without a reason");
	return rc < 0 ? err.id : "";
}

/* An honest quote but for one thing, which the caller did to the recipe or the values. */
static const char *verify_made(const struct maker *m, const struct recipe *r,
			       const struct ls_pcr_values *values)
{
	MADE(q);
	make(m, r, values, &q);
	return verify(m, &q);
}

TEST(an_honest_quote_is_accepted)
{
	MAKER(m);
	MADE(q);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	struct ls_clock clock;
	make(&m, &r, &values, &q);
	struct ls_attested attested = attested_of(&q);
	CHECK_INT_EQ(ls_quote_verify(&attested, &m.attester, &nonce, &values, &clock, NULL), 0);
	CHECK_INT_EQ(clock.milliseconds, 123456789);
	CHECK_INT_EQ(clock.reset_count, 21);
	CHECK_INT_EQ(clock.restart_count, 3);
	CHECK(clock.safe);
}

/* CVE-2024-29038: a restricted key signs anything that does not begin with the magic. */
TEST(tpm2_tools_no_magic)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	r.magic = 0x00000000 + 1;
	CHECK_STR_EQ(verify_made(&m, &r, &values), "attest.magic");
	r.magic = 0; /* left out as a whole */
	CHECK_STR_EQ(verify_made(&m, &r, &values), "attest.magic");
	r.magic = 0x474354ff; /* the other byte order */
	CHECK_STR_EQ(verify_made(&m, &r, &values), "attest.magic");
}

/* CVE-2024-29039: the genuine quote of other PCRs, shown as the values of PCR 23. */
TEST(tpm2_tools_relabelled_pcr_list)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured(), other = { .pcrs = 0 };
	ls_pcr_values_set(&other, 16, &values.values[23]); /* the same digest */
	CHECK_STR_EQ(verify_made(&m, &r, &other), "quote.selection");
}

TEST(a_wrong_type)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	for (uint16_t type = 0x8014; type <= 0x801c; type++) {
		r.type = type;
		CHECK_STR_EQ(verify_made(&m, &r, &values),
			     type == LS_ST_ATTEST_QUOTE ? "" : "attest.type");
	}
}

/* kairos-io/kairos#4828: a quote made for no nonce. */
TEST(kairos_nil_nonce)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	r.qualifying_size = 0;
	CHECK_STR_EQ(verify_made(&m, &r, &values), "attest.qualifying");
	r.qualifying_size = LS_DIGEST_SIZE - 1; /* a beginning of it is not it */
	CHECK_STR_EQ(verify_made(&m, &r, &values), "attest.qualifying");
	r.qualifying_size = LS_DIGEST_SIZE + 1;
	CHECK_STR_EQ(verify_made(&m, &r, &values), "attest.qualifying");
}

/* veraison/services#427 and #432: the nonce that was never compared. */
TEST(veraison_other_nonce)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	r.qualifying[31] ^= 1;
	CHECK_STR_EQ(verify_made(&m, &r, &values), "attest.qualifying");
}

/* GHSA-99cg-575x-774p (go-attestation): a quote over no PCRs, or only some of them. */
TEST(go_attestation_no_or_some_pcrs)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values none = { .pcrs = 0 };
	CHECK_STR_EQ(verify_made(&m, &r, &none), "quote.selection");
	/* the expectation "nothing" is refused, too, whatever the quote says */
	MADE(q);
	struct ls_error err = { 0 };
	struct ls_clock clock;
	make(&m, &r, &none, &q);
	struct ls_attested attested = attested_of(&q);
	CHECK_INT_EQ(ls_quote_verify(&attested, &m.attester, &nonce, &none, &clock, &err), -EINVAL);
	/* some: 7 and 23 are expected, 23 is quoted */
	struct ls_pcr_values values = measured(), both = measured();
	ls_pcr_values_set(&both, 7, &(struct ls_digest){ { 7 } });
	make(&m, &r, &values, &q);
	attested = attested_of(&q);
	CHECK_INT_EQ(ls_quote_verify(&attested, &m.attester, &nonce, &both, &clock, &err),
		     -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "quote.selection");
}

/* No bank, two banks, the right PCR of another bank. */
TEST(other_banks)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	struct ls_digest digest;
	ls_pcr_values_digest(&values, &digest);
	static const struct {
		uint32_t count;
		uint16_t banks[2];
		uint32_t pcrs[2];
		const char *refusal;
	} cases[] = {
		{ 1, { LS_ALG_SHA256 }, { 1u << 23 }, "" },
		{ 0, { 0 }, { 0 }, "quote.selection" },
		{ 1, { 0x0004 /* SHA-1 */ }, { 1u << 23 }, "quote.selection" },
		{ 1, { 0x000c /* SHA-384 */ }, { 1u << 23 }, "quote.selection" },
		{ 2, { LS_ALG_SHA256, 0x0004 }, { 1u << 23, 0 }, "quote.selection" },
		{ 2, { 0x0004, LS_ALG_SHA256 }, { 0, 1u << 23 }, "quote.selection" },
		{ 2, { LS_ALG_SHA256, LS_ALG_SHA256 }, { 1u << 23, 1u << 23 }, "quote.selection" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		MADE(q);
		make_head(&q.attest, &r);
		ls_buffer_add_be32(&q.attest, cases[i].count);
		for (uint32_t bank = 0; bank < cases[i].count; bank++)
			make_selection(&q.attest, cases[i].banks[bank], cases[i].pcrs[bank]);
		put_tpm2b(&q.attest, digest.bytes, LS_DIGEST_SIZE);
		make_signature(&m, &q.attest, &q.signature);
		CHECK_STR_EQ(verify(&m, &q), cases[i].refusal);
	}
}

/* attestation-rs#69: a value is given for a PCR that the quote is not over. */
TEST(attestation_rs_pcr_outside_the_selection)
{
	MAKER(m);
	MADE(q);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured(), more = measured();
	struct ls_error err = { 0 };
	struct ls_clock clock;
	ls_pcr_values_set(&more, 0, &(struct ls_digest){ { 0 } });
	make(&m, &r, &values, &q);
	struct ls_attested attested = attested_of(&q);
	CHECK_INT_EQ(ls_quote_verify(&attested, &m.attester, &nonce, &more, &clock, &err),
		     -EKEYREJECTED);
	CHECK_STR_EQ(err.id, "quote.selection");
}

/* safeboot#53: wrong values of the right PCRs. */
TEST(safeboot_wrong_values)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	values.values[23].bytes[31] ^= 0x80;
	CHECK_STR_EQ(verify_made(&m, &r, &values), "quote.digest");
}

/* tpm2-tools#3542: with eight PCRs and more, values went astray. */
TEST(tpm2_tools_many_pcrs)
{
	MAKER(m);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = { .pcrs = 0 };
	for (unsigned pcr = 0; pcr < LS_PCR_COUNT; pcr++) {
		ls_pcr_values_set(&values, pcr, &(struct ls_digest){ { (uint8_t)(pcr + 1) } });
		MADE(q);
		struct ls_error err = { 0 };
		struct ls_clock clock;
		make(&m, &r, &values, &q);
		struct ls_attested attested = attested_of(&q);
		CHECK_INT_EQ(ls_quote_verify(&attested, &m.attester, &nonce, &values, &clock, &err),
			     0);
		for (unsigned altered = 0; altered <= pcr; altered++) {
			struct ls_pcr_values other = values;
			other.values[altered].bytes[0] ^= 0x40;
			CHECK_INT_EQ(ls_quote_verify(&attested, &m.attester, &nonce, &other, &clock,
						     &err),
				     -EKEYREJECTED);
			CHECK_STR_EQ(err.id, "quote.digest");
		}
	}
}

/* CVE-2023-3674 (Keylime): a bad signature was logged and nothing more. */
TEST(keylime_bad_signature)
{
	MAKER(m);
	MADE(q);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	make(&m, &r, &values, &q);
	CHECK_STR_EQ(verify(&m, &q), "");
	for (size_t i = 0; i < q.signature.size; i++) {
		q.signature.data[i] ^= 1;
		bool head = i < 6 || i == 38 || i == 39; /* algorithms and lengths */
		CHECK_STR_EQ(verify(&m, &q),
			     head ? "attest.signature.malformed" : "attest.signature");
		q.signature.data[i] ^= 1;
	}
	q.signature.size = 0;
	CHECK_STR_EQ(verify(&m, &q), "attest.signature.malformed");
}

/* CVE-2022-1053 (Keylime): the key that was checked was not the one that signed. */
TEST(keylime_swapped_attestation_key)
{
	MAKER(m);
	__attribute__((cleanup(maker_free))) struct maker other;
	maker_init(&other, 2);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct recipe others = recipe_of(&other, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	MADE(q);
	make(&other, &others, &values, &q); /* another TPM's */
	CHECK_STR_EQ(verify(&m, &q), "attest.signature");
	make(&other, &r, &values, &q); /* that claims to be this one */
	CHECK_STR_EQ(verify(&m, &q), "attest.signature");
	/* the same key under another endorsement key: another Qualified Name */
	make(&m, &others, &values, &q);
	CHECK_STR_EQ(verify(&m, &q), "attest.signer");
}

/* CVE-2022-3500 (Keylime): an unexpected failure left the machine "attested". */
TEST(keylime_what_cannot_be_read_is_refused)
{
	MAKER(m);
	MADE(q);
	MADE(cut);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	make(&m, &r, &values, &q);
	for (size_t n = 0; n < q.attest.size; n++) { /* with a good signature over what is left */
		ls_buffer_clear(&cut.attest);
		ls_buffer_add(&cut.attest, q.attest.data, n);
		make_signature(&m, &cut.attest, &cut.signature);
		const char *id = verify(&m, &cut);
		CHECK_STR_EQ(id, n < 4	 ? "attest.magic"
				 : n < 6 ? "attest.type"
					 : "attest.malformed");
	}
	ls_buffer_clear(&cut.attest);
	ls_buffer_add(&cut.attest, q.attest.data, q.attest.size);
	ls_buffer_add_u8(&cut.attest, 0); /* trailing */
	make_signature(&m, &cut.attest, &cut.signature);
	CHECK_STR_EQ(verify(&m, &cut), "attest.malformed");
}

/* Every bit of the structure is signed. */
TEST(every_bit_counts)
{
	MAKER(m);
	MADE(q);
	struct recipe r = recipe_of(&m, LS_ST_ATTEST_QUOTE);
	struct ls_pcr_values values = measured();
	make(&m, &r, &values, &q);
	for (size_t bit = 0; bit < 8 * q.attest.size; bit++) {
		q.attest.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		CHECK(verify(&m, &q)[0] != '\0');
		q.attest.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	CHECK_STR_EQ(verify(&m, &q), "");
}

TEST_MAIN()
