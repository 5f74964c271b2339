/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/time_stamp.h"

#include <errno.h>

#include "lib/base/pem.h"
#include "lib/base/text.h"
#include "lib/seal/tsa_test.h"

#define NOTE  "labseal/7500-01\n42\nzL9q3wqzvWgPRsXgiLT6zk5iUfQe6CpOWw8HQns12uA=\n"
#define NONCE UINT64_C(0x8123456789abcdef) /* the top bit: still a positive INTEGER */
#define TIME  INT64_C(1772634139)

struct rig {
	struct tsa tsa;
	struct ls_buffer reply;
	struct ls_digest imprint;
	uint64_t nonce;
};

static void rig_init(struct rig *r, const struct tsa_recipe *recipe, int64_t time)
{
	tsa_init(&r->tsa, recipe);
	ls_buffer_init(&r->reply, 65536);
	ls_sha256_buffer(NOTE, strlen(NOTE), &r->imprint);
	r->nonce = NONCE;
	tsa_stamp(&r->tsa, NOTE, strlen(NOTE), NONCE, time, &r->reply);
}

static void rig_free(struct rig *r)
{
	tsa_free(&r->tsa);
	ls_buffer_free(&r->reply);
}

static int check_rig(const struct rig *r, struct ls_time_stamp *stamp, struct ls_error *err)
{
	return ls_time_stamp_check(r->reply.data, r->reply.size, &r->imprint, &r->nonce, r->tsa.cas,
				   1, stamp, err);
}

TEST(a_token_says_when)
{
	struct rig r;
	struct ls_time_stamp stamp = { 0 };
	struct ls_error err = { 0 };
	rig_init(&r, &good_tsa, TIME);
	CHECK_INT_EQ(check_rig(&r, &stamp, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(stamp.time, TIME);
	CHECK_INT_EQ(stamp.accuracy, 1);
	CHECK_STR_EQ(stamp.serial, "1234");
	CHECK_STR_EQ(stamp.authority, "CN=Example TSA");
	/* an auditor knows no nonce */
	CHECK_INT_EQ(ls_time_stamp_check(r.reply.data, r.reply.size, &r.imprint, NULL, r.tsa.cas, 1,
					 &stamp, &err),
		     0);
	rig_free(&r);
}

TEST(every_flipped_byte_is_seen)
{
	struct rig r;
	struct ls_time_stamp stamp = { 0 };
	rig_init(&r, &good_tsa, TIME);
	for (size_t i = 0; i < r.reply.size; i++) {
		r.reply.data[i] ^= 0x01;
		if (check_rig(&r, &stamp, NULL) == 0 && stamp.time != TIME)
			TEST_FAIL("byte %zu changed the time, and nobody noticed", i);
		r.reply.data[i] ^= 0x01;
	}
	for (size_t n = 0; n < r.reply.size; n++)
		CHECK(ls_time_stamp_check(r.reply.data, n, &r.imprint, NULL, r.tsa.cas, 1, &stamp,
					  NULL) == -EBADMSG);
	ls_buffer_add_u8(&r.reply, 0);
	CHECK_INT_EQ(check_rig(&r, &stamp, NULL), -EBADMSG);
	rig_free(&r);
}

static void expect(const struct rig *r, int code, const char *id, const char *words)
{
	struct ls_time_stamp stamp = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(check_rig(r, &stamp, &err), code);
	CHECK_STR_EQ(err.id, id);
	CHECK_STR_HAS(err.message, words);
}

TEST(a_token_of_something_else_is_refused)
{
	struct rig r;
	rig_init(&r, &good_tsa, TIME);
	r.imprint.bytes[31] ^= 1;
	expect(&r, -EBADMSG, "time-stamp.token", "imprint");
	r.imprint.bytes[31] ^= 1;
	r.nonce++;
	expect(&r, -EBADMSG, "time-stamp.token", "nonce");
	rig_free(&r);
}

TEST(another_ca_is_refused)
{
	struct rig r;
	struct tsa other;
	rig_init(&r, &good_tsa, TIME);
	tsa_init(&other, &good_tsa);
	struct ls_der own = r.tsa.cas[0];
	r.tsa.cas[0] = other.cas[0];
	expect(&r, -EKEYREJECTED, "time-stamp.certificate", "verify error");
	r.tsa.cas[0] = (struct ls_der){ own.bytes, own.size - 1 };
	expect(&r, -EINVAL, "time-stamp.ca", "malformed");
	tsa_free(&other);
	rig_free(&r);
}

TEST(a_certificate_that_is_not_for_it_is_refused)
{
	static const struct tsa_recipe wrong[] = {
		{ "critical,codeSigning", 1000000000, 4000000000 },
		{ "critical,timeStamping,codeSigning", 1000000000, 4000000000 },
		{ NULL, 1000000000, 4000000000 },
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct rig r;
		rig_init(&r, &wrong[i], TIME);
		expect(&r, -EKEYREJECTED, "time-stamp.certificate", "purpose");
		rig_free(&r);
	}
}

TEST(a_certificate_counts_at_the_tokens_time)
{
	static const struct tsa_recipe past = { "critical,timeStamping", TIME - 1000, TIME + 1000 };
	struct rig r;
	struct ls_time_stamp stamp = { 0 };
	rig_init(&r, &past, TIME); /* expired long ago, and valid then */
	CHECK_INT_EQ(check_rig(&r, &stamp, NULL), 0);
	rig_free(&r);
	rig_init(&r, &past, TIME + 1001);
	expect(&r, -EKEYREJECTED, "time-stamp.certificate", "expired");
	rig_free(&r);
	rig_init(&r, &past, TIME - 1001);
	expect(&r, -EKEYREJECTED, "time-stamp.certificate", "not yet valid");
	rig_free(&r);
}

TEST(a_refusal_is_told)
{
	/* TimeStampResp { status { 2, "go away" } } */
	static const uint8_t refusal[] = { 0x30, 0x10, 0x30, 0x0e, 0x02, 0x01, 0x02, 0x30, 0x09,
					   0x0c, 0x07, 'g',  'o',  ' ',	 'a',  'w',  'a',  'y' };
	struct rig r;
	rig_init(&r, &good_tsa, TIME);
	ls_buffer_clear(&r.reply);
	ls_buffer_add(&r.reply, refusal, sizeof(refusal));
	expect(&r, -EBADMSG, "time-stamp.refused", "(status 2): go away");
	/* granted, and no token */
	r.reply.data[6] = 0;
	expect(&r, -EBADMSG, "time-stamp.form", "no TimeStampResp");
	ls_buffer_clear(&r.reply);
	ls_buffer_add_str(&r.reply, "<html>502 Bad Gateway</html>");
	expect(&r, -EBADMSG, "time-stamp.form", "no TimeStampResp");
	rig_free(&r);
}

TEST(a_file_of_cas_is_read)
{
	struct tsa t;
	struct ls_der der[LS_TIME_STAMP_CAS_MAX];
	size_t count = 0;
	_cleanup_buffer_ struct ls_buffer pem, bytes;
	struct ls_error err = { 0 };
	ls_buffer_init(&pem, 65536);
	ls_buffer_init(&bytes, 65536);
	tsa_init(&t, &good_tsa);
	for (int i = 0; i < LS_TIME_STAMP_CAS_MAX; i++)
		ls_pem_encode(LS_PEM_CERTIFICATE, t.ca_der.data, t.ca_der.size, &pem);
	CHECK_INT_EQ(ls_time_stamp_cas_from_pem(pem.data, pem.size, &bytes, der, &count, &err), 0);
	CHECK_INT_EQ(count, LS_TIME_STAMP_CAS_MAX);
	CHECK_INT_EQ(der[7].size, t.ca_der.size);
	ls_pem_encode(LS_PEM_CERTIFICATE, t.ca_der.data, t.ca_der.size, &pem);
	ls_buffer_clear(&bytes);
	CHECK_INT_EQ(ls_time_stamp_cas_from_pem(pem.data, pem.size, &bytes, der, &count, &err),
		     -EBADMSG);
	CHECK_STR_HAS(err.message, "more than 8");
	/* the signer's own certificate is no CA's */
	unsigned char *own = NULL;
	int n = i2d_X509(t.certificate, &own);
	CHECK_INT_EQ(ls_time_stamp_ca_check((struct ls_der){ own, (size_t)n }, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "no CA's");
	OPENSSL_free(own);
	tsa_free(&t);
}

TEST_MAIN()
