/* SPDX-License-Identifier: Apache-2.0 */
/* Against what solc says of CalibrationRegistry.sol, and the examples of Solidity's ABI. */
#include "audit/chain/contract.h"

#include <errno.h>

#include "lib/base/test.h"
#include "lib/base/text.h"

#include "audit/chain/keccak.h"

static uint8_t account[LS_ETH_ADDRESS_SIZE] = { 0xf3, 0x9f, [19] = 0x66 };

static const char *hex_of(const struct ls_buffer *b, size_t from, size_t n)
{
	static char text[2 * 256 + 1];
	CHECK(from + n <= b->size && n <= 256);
	ls_hex_encode(b->data + from, n, text);
	return text;
}

/* "methodIdentifiers" of solc's output. */
TEST(functions_have_their_selectors)
{
	static const char *const SELECTORS[] = {
		[LS_CAL_ORGANISATION] = "d19c3ddd", [LS_CAL_TECHNICIAN] = "d84b0fb9",
		[LS_CAL_DEVICE] = "f86abfb2",	    [LS_CAL_REPORT] = "ccf282b6",
		[LS_CAL_REVOCATION] = "0b467b9b",   [LS_CAL_HEARTBEAT] = "2a3cab6d",
	};
	struct ls_buffer out;
	ls_buffer_init(&out, 1024);
	for (int kind = 1; kind <= LS_CAL_KINDS; kind++) {
		ls_buffer_clear(&out);
		CHECK_INT_EQ(ls_contract_put(kind, "x", 1, account, NULL, &out, NULL), 0);
		CHECK_STR_EQ(hex_of(&out, 0, 4), SELECTORS[kind]);
		CHECK_INT_EQ(out.size % 32, 4);
	}
	ls_buffer_free(&out);
}

#define WORD(hex) "00000000000000000000000000000000000000000000000000000000000000" hex

TEST(calls_are_encoded)
{
	struct ls_buffer out;
	struct ls_digest digest = { { 0xab } };
	ls_buffer_init(&out, 1024);
	CHECK_INT_EQ(ls_contract_put(LS_CAL_DEVICE, "abc", 3, account, NULL, &out, NULL), 0);
	CHECK_STR_EQ(
		hex_of(&out, 4, 128),
		WORD("40") "000000000000000000000000f39f000000000000000000000000000000000066" WORD(
			"03") "6162630000000000000000000000000000000000000000000000000000000000");
	ls_buffer_clear(&out);
	CHECK_INT_EQ(ls_contract_put(LS_CAL_REPORT, "abc", 3, NULL, NULL, &out, NULL), 0);
	CHECK_STR_EQ(hex_of(&out, 4, 160),
		     WORD("40") WORD("80")
			     WORD("03") "6162630000000000000000000000000000000000000000"
					"000000000000000000" WORD("00"));
	ls_buffer_clear(&out);
	CHECK_INT_EQ(ls_contract_put(LS_CAL_REVOCATION, "", 0, NULL, NULL, &out, NULL), 0);
	CHECK_STR_EQ(hex_of(&out, 4, 64), WORD("20") WORD("00"));
	ls_buffer_clear(&out);
	CHECK_INT_EQ(ls_contract_put_anchor(&digest, &out, NULL), 0);
	CHECK_STR_EQ(hex_of(&out, 0, 36),
		     "eecdf927ab00000000000000000000000000000000000000000000000000000000000000");
	ls_buffer_free(&out);
}

TEST(seals_follow_the_report)
{
	struct ls_buffer out, seals;
	uint8_t two[128];
	memset(two, 0x5e, sizeof(two));
	ls_buffer_init(&out, 1024);
	ls_buffer_init(&seals, 1024);
	CHECK_INT_EQ(ls_buffer_add(&seals, two, sizeof(two)), 0);
	CHECK_INT_EQ(ls_contract_put(LS_CAL_REPORT, "abc", 3, NULL, &seals, &out, NULL), 0);
	CHECK_INT_EQ(out.size, 4 + 4 * 32 + 32 + sizeof(two));
	CHECK_STR_EQ(hex_of(&out, 4 + 4 * 32, 32), WORD("02"));
	CHECK(memcmp(out.data + 4 + 5 * 32, two, sizeof(two)) == 0);
	ls_buffer_free(&out);
	ls_buffer_free(&seals);
}

TEST(a_registrys_name_is_deployed_with_it)
{
	struct ls_buffer out, code;
	struct ls_error err = { 0 };
	char long_name[200];
	memset(long_name, 'a', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	ls_buffer_init(&out, 65536);
	ls_buffer_init(&code, 65536);
	REQUIRE(ls_contract_creation_code(&code, NULL) == 0);
	REQUIRE(ls_contract_deploy("a.b/c", &out, NULL) == 0);
	CHECK_INT_EQ(out.size, code.size + 96);
	CHECK_STR_EQ(hex_of(&out, code.size, 96),
		     WORD("20")
			     WORD("05") "612e622f63000000000000000000000000000000000000000000000000"
					"000000");
	CHECK_INT_EQ(ls_contract_deploy("a b", &out, &err), -EINVAL);
	CHECK_INT_EQ(ls_contract_deploy("", &out, &err), -EINVAL);
	CHECK_INT_EQ(ls_contract_deploy(long_name, &out, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "chain.registry");
	ls_buffer_free(&out);
	ls_buffer_free(&code);
}

extern const char ls_text_CalibrationRegistry_hex[];

/* What stands on the chain is the end of what deploys it. */
TEST(the_code_that_stands_there)
{
	struct ls_buffer code;
	struct ls_digest seen, wanted;
	const char *second = strchr(ls_text_CalibrationRegistry_hex, '\n') + 1;
	size_t n = strcspn(second, "\n") / 2;
	ls_buffer_init(&code, 65536);
	REQUIRE(ls_contract_creation_code(&code, NULL) == 0);
	REQUIRE(ls_contract_code_hash(&wanted, NULL) == 0);
	REQUIRE(n > 1000 && n < code.size);
	ls_keccak256(code.data + code.size - n, n, &seen);
	CHECK(ls_digest_equal(&seen, &wanted));
	ls_buffer_free(&code);
}

TEST(slots)
{
	struct ls_digest slot, element, seen[2], id = { { 0 } };
	char hex[LS_DIGEST_HEX_SIZE];
	/* Solidity's manual: data of the dynamic array in slot 0 begin at Keccak-256(0) */
	ls_contract_slot(0, &slot);
	ls_contract_element(&slot, 0, &element);
	CHECK_STR_EQ(ls_digest_hex(&element, hex),
		     "290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563");
	ls_contract_element(&slot, 0x100, &element);
	CHECK_STR_EQ(ls_digest_hex(&element, hex),
		     "290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e663");
	/* mapping(0, 3) */
	ls_contract_entry(&id, seen);
	CHECK_STR_EQ(ls_digest_hex(&seen[0], hex),
		     "3617319a054d772f909f7c479a2cebe5066e836a939412e32403c99029b92eff");
	CHECK_STR_EQ(ls_digest_hex(&seen[1], hex),
		     "3617319a054d772f909f7c479a2cebe5066e836a939412e32403c99029b92f00");
}

static struct ls_digest word_of(const char *hex)
{
	struct ls_digest word = { { 0 } };
	CHECK_INT_EQ(ls_digest_parse(hex, 64, &word), 0);
	return word;
}

TEST(words)
{
	struct ls_contract_place place;
	uint64_t number;
	struct ls_digest word =
		word_of("0000000000000104000000000000000a000000006b08aa680000000000000003");
	CHECK_INT_EQ(ls_contract_place(&word, &place, NULL), 0);
	CHECK(place.present && place.index == 2 && place.time == 0x6b08aa68 && place.number == 10 &&
	      place.kind == LS_CAL_REPORT && place.since == 0);
	word = word_of("006b08aa69000105000000000000000a000000006b08aa680000000000000003");
	CHECK_INT_EQ(ls_contract_place(&word, &place, NULL), 0);
	CHECK(place.kind == LS_CAL_REVOCATION && place.since == 0x6b08aa69);
	memset(word.bytes, 0, 5); /* a revocation from no day on */
	CHECK_INT_EQ(ls_contract_place(&word, &place, NULL), -EBADMSG);
	word.bytes[7] = 7;
	CHECK_INT_EQ(ls_contract_place(&word, &place, NULL), -EBADMSG);
	word.bytes[7] = 0;
	CHECK_INT_EQ(ls_contract_place(&word, &place, NULL), -EBADMSG);
	word = word_of("0000000000000104000000000000000a800000006b08aa680000000000000003");
	CHECK_INT_EQ(ls_contract_place(&word, &place, NULL), -EBADMSG);
	word = (struct ls_digest){ { 0 } };
	CHECK_INT_EQ(ls_contract_place(&word, &place, NULL), 0);
	CHECK(!place.present);

	word.bytes[31] = 9;
	CHECK_INT_EQ(ls_contract_number(&word, 9, &number, NULL), 0);
	CHECK_INT_EQ(number, 9);
	CHECK_INT_EQ(ls_contract_number(&word, 8, &number, NULL), -EBADMSG);
	word.bytes[0] = 1;
	CHECK_INT_EQ(ls_contract_number(&word, UINT64_MAX, &number, NULL), -EBADMSG);
}

/* Whoever deploys a contract writes its first words as he likes. */
TEST(a_strings_length_has_one_form)
{
	static const struct {
		unsigned last; /* byte of the word */
		int rc;
		uint64_t length;
	} CASES[] = { { 0, 0, 0 },	  { 62, 0, 31 },       { 65, 0, 32 },
		      { 255, 0, 127 },	  { 64, -EBADMSG, 0 }, { 254, -EBADMSG, 0 },
		      { 1, -EBADMSG, 0 }, { 63, -EBADMSG, 0 } };
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct ls_digest word = { { 0 } };
		uint64_t length = 0;
		word.bytes[31] = (uint8_t)CASES[i].last;
		CHECK_INT_EQ(ls_contract_string_length(&word, 127, &length, NULL), CASES[i].rc);
		CHECK_INT_EQ(length, CASES[i].length);
	}
	struct ls_digest large = { { 0 } };
	uint64_t length = 0;
	large.bytes[31] = 1;
	large.bytes[30] = 1;
	CHECK_INT_EQ(ls_contract_string_length(&large, 127, &length, NULL), -EBADMSG);
}

#define ENTRY "6162630000000000000000000000000000000000000000000000000000000000"

TEST(events)
{
	static const char *const BAD[] = {
		"",
		WORD("20"),
		WORD("20") WORD("03"),
		WORD("40") WORD("03") ENTRY,
		WORD("20") WORD("21") ENTRY,
		WORD("20") WORD("03") ENTRY ENTRY,
		WORD("20") "ff00000000000000000000000000000000000000000000000000000000000003" ENTRY,
	};
	uint8_t bytes[256];
	const uint8_t *entry = NULL;
	size_t size = 0, n;
	const char *good = WORD("20") WORD("03") ENTRY;
	n = strlen(good) / 2;
	REQUIRE(ls_hex_decode(good, 2 * n, bytes) == 0);
	CHECK_INT_EQ(ls_contract_recorded_entry(bytes, n, &entry, &size, NULL), 0);
	CHECK(size == 3 && entry && memcmp(entry, "abc", 3) == 0);
	for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
		struct ls_error err = { 0 };
		n = strlen(BAD[i]) / 2;
		REQUIRE(ls_hex_decode(BAD[i], 2 * n, bytes) == 0);
		if (ls_contract_recorded_entry(bytes, n, &entry, &size, &err) != -EBADMSG)
			TEST_FAIL("event %zu was taken", i);
		CHECK_STR_EQ(err.id, "chain.event");
	}
}

TEST_MAIN()
