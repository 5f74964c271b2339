/* SPDX-License-Identifier: Apache-2.0 */
/* PTB's good-practice certificates, and the certificates that signed them (LABSEAL_DATA/dcc). */
#include <errno.h>
#include <fcntl.h>

#include "audit/dcc/signature.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

#define SEEN 1766793600 /* 2025-12-27: when they are looked at */

/* A file of the real data, or an empty buffer. */
static void load(const char *name, struct ls_buffer *b)
{
	char path[4096];
	const char *data = getenv("LABSEAL_DATA");
	struct ls_error err = { 0 };
	ls_buffer_init(b, 1 << 20);
	if (!data)
		return;
	snprintf(path, sizeof(path), "%s/dcc/%s", data, name);
	if (ls_file_read(AT_FDCWD, path, b, &err) < 0)
		TEST_FAIL("%s: %s", path, err.message);
}

static struct ls_dcc_file *read_real(const char *name)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_dcc_file *file = NULL;
	struct ls_error err = { 0 };
	load(name, &b);
	if (b.size && ls_dcc_read(b.data, b.size, &file, &err) < 0)
		TEST_FAIL("%s: %s", name, err.message);
	return file;
}

/* Its signatures, believing the given CA certificates (NULL-terminated names). */
static struct ls_dcc_signatures check(const char *name, const char *const *authorities)
{
	struct ls_dcc_file *file = read_real(name);
	struct ls_buffer pem[4], der[4];
	struct ls_der cas[4];
	struct ls_dcc_trust trust = { .authorities = cas };
	struct ls_dcc_signatures all = { 0 };
	struct ls_error err = { 0 };
	for (; authorities[trust.authority_count]; trust.authority_count++) {
		size_t i = trust.authority_count;
		load(authorities[i], &pem[i]);
		ls_buffer_init(&der[i], 65536);
		if (ls_certificate_from_pem((const char *)pem[i].data, pem[i].size, &der[i], &err) <
		    0)
			TEST_FAIL("%s: %s", authorities[i], err.message);
		cas[i] = (struct ls_der){ der[i].data, der[i].size };
	}
	if (file && ls_dcc_signature_check(file, &trust, SEEN, &all, &err) < 0)
		TEST_FAIL("%s: %s", name, err.message);
	for (size_t i = 0; i < trust.authority_count; i++) {
		ls_buffer_free(&pem[i]);
		ls_buffer_free(&der[i]);
	}
	ls_dcc_file_free(file);
	return all;
}

#define NEED_DATA()                  \
	if (!getenv("LABSEAL_DATA")) \
	TEST_SKIP("LABSEAL_DATA does not say where the real data is")

static const char *const both[] = { "certs/root.crt", "certs/sub.crt", NULL };
static const char *const root[] = { "certs/root.crt", NULL };
static const char *const none[] = { NULL };

TEST(a_signed_certificate_holds_as_of_its_signing)
{
	NEED_DATA();
	struct ls_dcc_signatures all = check("dcc_gp_temperature_typical_v12_signed.xml", both);
	CHECK_STR_EQ(all.words, "");
	REQUIRE(all.count == 1);
	CHECK_INT_EQ(all.outcome, LS_DCC_HOLDS);
	const struct ls_dcc_signature *s = &all.items[0];
	CHECK_STR_EQ(s->signer, "CN=Calibration Lab A1,O=Calibration A GmbH,C=DE");
	CHECK_STR_EQ(s->organisation, "Calibration A GmbH");
	CHECK_INT_EQ(s->time, 1666338441); /* 2022-10-21T07:47:21Z; it expired in 2024 */
	CHECK_INT_EQ(s->time_source, LS_DCC_TIME_SIGNER);
	CHECK(!s->revocation_known);
	CHECK_STR_HAS(s->notes[0], "signer's own word");
	CHECK_STR_HAS(s->notes[1], "Nothing says that the signer's certificate was not revoked");
}

TEST(without_the_authority_between_it_cannot_be_checked)
{
	NEED_DATA();
	struct ls_dcc_signatures all = check("dcc_gp_temperature_typical_v12_signed.xml", root);
	CHECK_INT_EQ(all.outcome, LS_DCC_CANNOT_BE_CHECKED);
	CHECK_STR_EQ(all.id, "cal.dcc.signature.authority");
	all = check("dcc_gp_temperature_typical_v12_signed.xml", none);
	CHECK_STR_EQ(all.id, "cal.dcc.signature.authority");
}

TEST(a_manipulated_certificate_does_not_hold)
{
	NEED_DATA();
	struct ls_dcc_signatures all =
		check("dcc_gp_temperature_typical_v12_signed_manipulated.xml", both);
	CHECK_INT_EQ(all.outcome, LS_DCC_DOES_NOT_HOLD);
	CHECK_STR_EQ(all.id, "cal.dcc.signature.digest");
}

TEST(long_term_data_says_that_nothing_was_revoked)
{
	NEED_DATA();
	struct ls_dcc_signatures all = check("dcc_gp_temperature_typical_v12_v3.2.0_signed_lt.xml",
					     root);
	CHECK_STR_EQ(all.words, "");
	CHECK_INT_EQ(all.outcome, LS_DCC_HOLDS);
	CHECK(all.items[0].revocation_known);
	CHECK_INT_EQ(all.items[0].revoked_since, -1);
	CHECK_INT_EQ(all.items[0].time_source, LS_DCC_TIME_SIGNER);
	CHECK_STR_HAS(all.items[0].notes[0], "A time stamp in it does not count");
}

TEST(what_is_not_signed_cannot_be_checked)
{
	NEED_DATA();
	struct ls_dcc_signatures all = check("dcc_gp_humidity_v1.0.xml", both);
	CHECK_INT_EQ(all.outcome, LS_DCC_CANNOT_BE_CHECKED);
	CHECK_STR_EQ(all.id, "cal.dcc.signature.none");
}

/* As xmlsec1 alone would not see: the time stamp's authority is one of the certificates in it. */
TEST(a_time_stamp_counts_when_its_authority_is_believed)
{
	NEED_DATA();
	static const char name[] = "dcc_gp_temperature_typical_v12_v3.2.0_signed_lt.xml";
	_cleanup_buffer_ struct ls_buffer text, pem, ca;
	struct ls_dcc_file *file = read_real(name);
	struct ls_dcc_signatures all;
	struct ls_error err = { 0 };
	uint8_t telesec[4096];
	size_t size = 0;
	load(name, &text);
	load("certs/root.crt", &pem);
	ls_buffer_init(&ca, 65536);
	REQUIRE(file && ls_certificate_from_pem((const char *)pem.data, pem.size, &ca, &err) == 0);
	/* the root of T-TeleSec, by how its base64 begins */
	const char *begin = strstr(ls_buffer_str(&text), ">MIIDwzCCAqugAwIBAgIBATANBgkqhk");
	REQUIRE(begin != NULL);
	char plain[4096] = "";
	begin++;
	for (size_t n = 0; *begin && *begin != '<' && n < sizeof(plain) - 1; begin++)
		if (!strchr(" \r\n", *begin))
			plain[n++] = *begin;
	REQUIRE(ls_base64_decode(plain, strlen(plain), telesec, sizeof(telesec), &size) == 0);
	const struct ls_der cas[] = { { ca.data, ca.size }, { telesec, size } };
	const struct ls_dcc_trust trust = { .authorities = cas, .authority_count = 2 };
	CHECK_INT_EQ(ls_dcc_signature_check(file, &trust, SEEN, &all, &err), 0);
	CHECK_INT_EQ(all.outcome, LS_DCC_HOLDS);
	CHECK_INT_EQ(all.items[0].time_source, LS_DCC_TIME_STAMP);
	CHECK_INT_EQ(all.items[0].time, 1687263157);	/* 2023-06-20T12:12:37Z */
	CHECK_INT_EQ(all.items[0].claimed, 1687263162); /* the signer's clock was ahead */
	CHECK_STR_HAS(all.items[0].stamp_authority, "CN=PN: Zeitstempel 2022");
	CHECK_INT_EQ(all.items[0].note_count, 0);
	CHECK_STR_EQ(all.items[0].authority_name,
		     "CN=Calibration Community Root CA 01,O=Calibration Community,C=DE");
	ls_dcc_file_free(file);
}

static double number(const struct ls_decimal *d)
{
	return d ? ls_decimal_double(*d) : -1;
}

TEST(the_temperature_certificate_is_read)
{
	NEED_DATA();
	struct ls_dcc_file *file = read_real("dcc_gp_temperature_typical_v12.xml");
	REQUIRE(file != NULL);
	const struct ls_dcc *d = ls_dcc_of(file);
	CHECK_STR_EQ(d->version, "3.1.1");
	CHECK_STR_EQ(d->unique_identifier, "GP_DCC_temperature_typical_1.2");
	CHECK_STR_EQ(d->laboratory, "Kalibrierfirma GmbH");
	CHECK_STR_EQ(d->begin, "1957-08-13");
	CHECK_INT_EQ(d->due, -321667201); /* the end of 1959-10-22 */
	REQUIRE(d->item_count == 1 && d->person_count == 2 && d->statement_count == 4);
	CHECK_STR_EQ(d->items[0].name, "Temperature sensor");
	CHECK_STR_EQ(d->items[0].ids.items[0].value, "string-manufacturer-item");
	CHECK(d->persons[0].main_signer && !d->persons[1].main_signer);
	CHECK_STR_EQ(d->statements[2].conformity, "pass");
	REQUIRE(d->link_count == 1);
	CHECK(!d->links[0].named);
	CHECK_STR_EQ(d->links[0].of, "Pt 100 thermometer");
	REQUIRE(d->quantity_count == 3 && d->condition_count == 3 && d->method_count == 2);
	const struct ls_dcc_quantity *q = &d->quantities[2];
	CHECK_STR_EQ(q->ref_type, "basic_measurementError");
	CHECK_STR_EQ(q->unit, "\\kelvin");
	REQUIRE(q->count == 5 && q->lower && q->upper);
	CHECK(number(ls_dcc_at(q->u, q->u_count, 4)) == 0.061); /* one U for all points */
	CHECK(number(ls_dcc_at(q->k, q->k_count, 4)) == 2);
	CHECK(number(&q->values[3]) == -0.009);
	CHECK(number(&q->lower->values[4]) == -0.30 && !q->limits_are_tolerance);
	CHECK(q->problem == NULL);
	ls_dcc_file_free(file);
}

TEST(the_humidity_certificate_names_its_standards_with_placeholders)
{
	NEED_DATA();
	struct ls_dcc_file *file = read_real("dcc_gp_humidity_v1.0.xml");
	REQUIRE(file != NULL);
	const struct ls_dcc *d = ls_dcc_of(file);
	REQUIRE(d->link_count == 2 && d->item_count == 2 && d->quantity_count == 3);
	CHECK_STR_EQ(d->links[0].value, "analogue");
	CHECK_STR_EQ(d->links[1].procedure, "SHA256");
	CHECK_STR_EQ(d->links[1].value, "SHA256-value");
	CHECK_STR_EQ(d->links[1].referral_id, "GP-mE-Certificate-y");
	CHECK_INT_EQ(d->quantities[2].u_count, 7);
	CHECK_INT_EQ(d->quantities[2].k_count, 1);
	ls_dcc_file_free(file);
}

TEST_MAIN()
