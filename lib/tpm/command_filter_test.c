/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/command_filter.h"

#include <errno.h>
#include <stdbool.h>

#include "lib/base/test.h"

static void make(uint8_t *c, uint16_t tag, uint32_t size, uint32_t code)
{
	const uint8_t bytes[10] = { (uint8_t)(tag >> 8),   (uint8_t)tag,
				    (uint8_t)(size >> 24), (uint8_t)(size >> 16),
				    (uint8_t)(size >> 8),  (uint8_t)size,
				    (uint8_t)(code >> 24), (uint8_t)(code >> 16),
				    (uint8_t)(code >> 8),  (uint8_t)code };
	memcpy(c, bytes, sizeof(bytes));
}

/* Every command code of TPM 2.0, 0x11f to 0x19f: these pass and no more. */
TEST(exactly_these_commands_pass)
{
	static const uint32_t wanted[] = { 0x137, 0x149, 0x14e, 0x157, 0x158, 0x15d,
					   0x15e, 0x165, 0x167, 0x169, 0x16a, 0x173,
					   0x176, 0x177, 0x17b, 0x17f, 0x184 };
	const size_t count = sizeof(wanted) / sizeof(wanted[0]);
	size_t passed = 0;
	for (uint32_t code = 0; code < 0x400; code++) {
		uint8_t c[10];
		uint32_t rc = 0;
		struct ls_error err = { 0 };
		make(c, 0x8001, 10, code);
		int verdict = ls_tpm_command_check(c, 10, &rc, &err);
		bool on_index = strcmp(err.id, "tpm.filter.handle") == 0;
		if (verdict == 0 || on_index) {
			CHECK(passed < count && code == wanted[passed]);
			passed++;
			continue;
		}
		CHECK_INT_EQ(verdict, -EPERM);
		CHECK_INT_EQ(rc, 0x143);
		CHECK_STR_EQ(err.id, "tpm.filter.command");
	}
	CHECK_INT_EQ(passed, count);
}

static int check_on(uint32_t code, const uint32_t *handles, size_t count)
{
	uint8_t c[10 + 4 * 3] = { 0 };
	uint32_t rc = 0;
	struct ls_error err = { 0 };
	size_t size = 10 + 4 * count;
	make(c, 0x8002, (uint32_t)size, code);
	for (size_t i = 0; i < 4 * count; i++)
		c[10 + i] = (uint8_t)(handles[i / 4] >> (24 - 8 * (i % 4)));
	int verdict = ls_tpm_command_check(c, size, &rc, &err);
	CHECK_INT_EQ(rc, verdict == 0 ? 0 : 0x8b);
	CHECK_STR_EQ(err.id, verdict == 0 ? "" : "tpm.filter.handle");
	return verdict;
}

/* Each command on an index: by handle (first, second) and whether it passes. */
TEST(only_our_indices_and_each_in_its_own_way)
{
	enum { C = 0x01804c01, P = 0x01804c02, OTHER = 0x01804c03, OWNER = 0x40000001 };
	static const struct {
		uint32_t code, first, second;
		bool passes;
	} cases[] = {
		{ 0x169, C, 0, true },	    { 0x169, P, 0, true },
		{ 0x169, OTHER, 0, false }, { 0x169, OWNER, 0, false },
		{ 0x14e, C, C, true },	    { 0x14e, P, P, true },
		{ 0x14e, OWNER, C, false }, { 0x14e, C, P, false },
		{ 0x14e, C, OTHER, false }, { 0x14e, OTHER, OTHER, false },
		{ 0x149, C, C, true },	    { 0x149, P, P, false },
		{ 0x149, OWNER, C, false }, { 0x149, C, P, false },
		{ 0x137, P, P, true },	    { 0x137, C, C, false },
		{ 0x137, OWNER, P, false }, { 0x137, P, C, false },
		{ 0x137, P, OTHER, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint32_t h[] = { cases[i].first, cases[i].second, 0x03000000 };
		CHECK_INT_EQ(check_on(cases[i].code, h, 3), cases[i].passes ? 0 : -EPERM);
		if (cases[i].code != 0x169) /* the second handle is missing */
			CHECK_INT_EQ(check_on(cases[i].code, h, 1), -EPERM);
		CHECK_INT_EQ(check_on(cases[i].code, h, 0), -EPERM);
	}
}

/* The attestation key alone vouches, and for our indices alone. */
TEST(only_the_attestation_key_is_asked_to_attest)
{
	enum { AK = 0x81010023, SRK = 0x81000001, EK = 0x81010001, OTHER = 0x80000000 };
	enum { C = 0x01804c01, P = 0x01804c02, FOREIGN = 0x01c00002 };
	static const struct {
		uint32_t code, handles[3];
		bool passes;
	} cases[] = {
		{ 0x158, { AK }, true },	   { 0x158, { SRK }, false },
		{ 0x158, { OTHER }, false },	   { 0x158, { EK }, false },
		{ 0x184, { AK, C, C }, true },	   { 0x184, { AK, P, P }, true },
		{ 0x184, { AK, C, P }, false },	   { 0x184, { AK, FOREIGN, FOREIGN }, false },
		{ 0x184, { OTHER, C, C }, false }, { 0x184, { AK, 0x40000001, C }, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		CHECK_INT_EQ(check_on(cases[i].code, cases[i].handles, 3),
			     cases[i].passes ? 0 : -EPERM);
	const uint32_t cut[] = { AK, C };
	CHECK_INT_EQ(check_on(0x184, cut, 2), -EPERM);
	CHECK_INT_EQ(check_on(0x158, cut, 0), -EPERM);
}

/* What others keep in the TPM (keys, a disk's sealed secret) stays theirs, whatever it asks for. */
TEST(only_what_it_loaded_itself_is_used)
{
	enum { SRK = 0x81000001, AK = 0x81010023, FOREIGN = 0x81000100, LOADED = 0x80000002 };
	enum { LOAD = 0x157, SIGN = 0x15d, UNSEAL = 0x15e, SESSION = 0x03000000 };
	static const struct {
		uint32_t code, handle;
		bool passes;
	} cases[] = {
		{ SIGN, LOADED, true },	    { SIGN, FOREIGN, false },	 { SIGN, SRK, false },
		{ SIGN, AK, false },	    { SIGN, SESSION, false },	 { UNSEAL, LOADED, true },
		{ UNSEAL, FOREIGN, false }, { UNSEAL, SRK, false },	 { LOAD, SRK, true },
		{ LOAD, FOREIGN, false },   { LOAD, 0x40000001, false }, { LOAD, LOADED, false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_INT_EQ(check_on(cases[i].code, &cases[i].handle, 1),
			     cases[i].passes ? 0 : -EPERM);
		CHECK_INT_EQ(check_on(cases[i].code, NULL, 0), -EPERM);
	}
}

TEST(a_vendor_bit_does_not_hide_a_command)
{
	uint8_t c[10];
	uint32_t rc = 0;
	make(c, 0x8001, 10, 0x2000015d);
	CHECK_INT_EQ(ls_tpm_command_check(c, 10, &rc, NULL), -EPERM);
}

TEST(malformed_headers_are_refused)
{
	static const struct {
		uint16_t tag;
		uint32_t claimed;
		size_t size;
		uint32_t rc;
	} cases[] = {
		{ 0x8001, 10, 9, 0x142 },      { 0x8001, 11, 10, 0x142 },
		{ 0x8001, 9, 10, 0x142 },      { 0x8001, 10, 0, 0x142 },
		{ 0x8001, 5000, 5000, 0x142 }, { 0x8001, 0xffffffff, 10, 0x142 },
		{ 0x00c1, 10, 10, 0x1e },      { 0x8003, 10, 10, 0x1e },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t c[5000] = { 0 };
		uint32_t rc = 0;
		make(c, cases[i].tag, cases[i].claimed, 0x17b);
		CHECK_INT_EQ(ls_tpm_command_check(c, cases[i].size, &rc, NULL), -EBADMSG);
		CHECK_INT_EQ(rc, cases[i].rc);
	}
}

TEST(a_refusal_is_a_tpm_response)
{
	static const uint8_t wanted[] = { 0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x43 };
	uint8_t response[LS_TPM_ERROR_RESPONSE_SIZE];
	ls_tpm_error_response(0x143, response);
	CHECK_MEM_EQ(response, wanted, sizeof(wanted));
}

TEST_MAIN()
