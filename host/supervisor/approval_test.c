/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/approval.h"

#include <errno.h>

#include "lib/base/test.h"

#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define MEMBERS(version, accelerator, pcr, signature)                                             \
	"{\"version\": " version                                                                  \
	", \"counter\": 9, \"approved\": \"2026-03-04T14:22:19Z\", \"accelerator\": " accelerator \
	", \"policy_ref\": \"labseal-enclave/v1\", \"pcr23\": \"" pcr "\", \"policy\": \"" HEX    \
	"\", \"domain_xml\": \"" HEX "\", \"base_image\": \"" HEX                                 \
	"\", \"signature\": \"" signature "\"}"

static int parse(const char *text, struct ls_approval *a, struct ls_error *err)
{
	return ls_approval_parse(text, strlen(text), a, err);
}

TEST(what_is_written_is_read)
{
	struct ls_error err = { 0 };
	struct ls_approval a, b;
	struct ls_buffer text;
	CHECK_INT_EQ(parse(MEMBERS("7", "\"tcg\"", HEX, "AQID"), &a, &err), 0);
	CHECK_INT_EQ(a.version, 7);
	CHECK(!a.kvm);
	CHECK_INT_EQ(a.signature_size, 3);
	ls_buffer_init(&text, LS_APPROVAL_SIZE_MAX);
	CHECK_INT_EQ(ls_approval_format(&a, &text, &err), 0);
	CHECK_INT_EQ(parse(ls_buffer_str(&text), &b, &err), 0);
	CHECK_INT_EQ(b.approved, a.approved);
	CHECK_INT_EQ(b.counter, 9);
	CHECK(ls_digest_equal(&a.pcr23, &b.pcr23));
	ls_buffer_free(&text);
}

TEST(a_malformed_one_is_refused)
{
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		MEMBERS("0", "\"tcg\"", HEX, "AQID"),
		MEMBERS("10000", "\"tcg\"", HEX, "AQID"),
		MEMBERS("\"7\"", "\"tcg\"", HEX, "AQID"),
		MEMBERS("7", "\"xen\"", HEX, "AQID"),
		MEMBERS("7", "\"tcg\"", "ABCD", "AQID"),
		MEMBERS("7", "\"tcg\"", HEX "00", "AQID"),
		MEMBERS("7", "\"tcg\"", HEX, "AQI"),
		MEMBERS("7", "\"tcg\", \"more\": 1", HEX, "AQID"),
		MEMBERS("7", "\"tcg\", \"version\": 7", HEX, "AQID"),
		MEMBERS("7", "\"tcg\"", HEX, "AQID") " x",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_error err = { 0 };
		struct ls_approval a = { .version = 99 };
		CHECK_INT_EQ(parse(bad[i], &a, &err), -EBADMSG);
		CHECK_INT_EQ(a.version, 99);
		CHECK(err.message[0]);
	}
}

TEST(one_of_an_earlier_version_is_told_apart)
{
	struct ls_error err = { 0 };
	struct ls_approval a;
	CHECK_INT_EQ(parse("{\"version\": 1, \"approved\": \"2026-03-04T14:22:19Z\"}", &a, &err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "approval.old");
	CHECK_STR_HAS(err.message, "approve the state anew");
}

TEST(a_key_in_a_file_has_no_signature)
{
	struct ls_error err = { 0 };
	struct ls_approval a;
	CHECK_INT_EQ(parse(MEMBERS("7", "\"kvm\"", HEX, ""), &a, &err), 0);
	CHECK(a.kvm);
	CHECK_INT_EQ(a.signature_size, 0);
}

TEST_MAIN()
