/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/chain/pin.h"

#include <errno.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"

#define ADDRESS	 "5fbdb2315678afecb367f032d93f642f64180aa3"
#define HASH	 "d4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3"
#define TITLE	 "labseal/calibration-block/v1\n"
#define NAME	 "registry example.org/calibration\n"
#define CONTRACT "contract 31337 " ADDRESS "\n"
#define BLOCK	 "block 1204 " HASH "\n"

TEST(there_and_back)
{
	struct ls_chain_pin pin;
	struct ls_buffer again;
	static const char TEXT[] = TITLE NAME CONTRACT BLOCK;
	REQUIRE(ls_chain_pin_parse(TEXT, strlen(TEXT), &pin, NULL) == 0);
	CHECK_INT_EQ(pin.block.chain, 31337);
	CHECK_INT_EQ(pin.block.number, 1204);
	ls_buffer_init(&again, LS_CHAIN_PIN_MAX);
	CHECK_INT_EQ(ls_chain_pin_format(&pin, &again), 0);
	CHECK_STR_EQ(ls_buffer_str(&again), TEXT);
	ls_buffer_free(&again);
}

TEST(what_is_no_pin_is_refused)
{
	static const char *const CASES[] = {
		"",
		"labseal/calibration-block/v2\n" NAME CONTRACT BLOCK,
		TITLE CONTRACT BLOCK,
		TITLE "registry a b\n" CONTRACT BLOCK,
		TITLE NAME BLOCK,
		TITLE NAME "contract 31337 0x" ADDRESS "\n" BLOCK,
		TITLE NAME "contract 031337 " ADDRESS "\n" BLOCK,
		TITLE NAME "contract 31337  " ADDRESS "\n" BLOCK,
		TITLE NAME CONTRACT,
		TITLE NAME CONTRACT "block 1204 " HASH,
		TITLE NAME CONTRACT "block 1204 " HASH "00\n",
		TITLE NAME CONTRACT "block latest " HASH "\n",
		TITLE NAME CONTRACT BLOCK "\n",
		TITLE NAME CONTRACT BLOCK BLOCK,
	};
	for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
		struct ls_chain_pin pin;
		struct ls_error err = { 0 };
		if (ls_chain_pin_parse(CASES[i], strlen(CASES[i]), &pin, &err) != -EBADMSG)
			TEST_FAIL("taken: %s", CASES[i]);
		CHECK_STR_EQ(err.id, "chain.pin");
	}
}

/* --- which block is believed ---------------------------------------------------------- */

static struct ls_p256_key *key;
static struct ls_cal_trust trust;

static void set_up(void)
{
	struct ls_signer signer;
	if (!key)
		CHECK_INT_EQ(ls_p256_key_generate(&key, NULL), 0);
	ls_p256_key_signer(key, &signer);
	trust = (struct ls_cal_trust){ .has_registry = true };
	ls_note_key_init(&trust.registry, "example.org/calibration", &signer.key, NULL);
}

static void make_note(const char *registry, uint64_t chain, struct ls_p256_key *by,
		      struct ls_buffer *note)
{
	struct ls_chain_pin pin = { .block = { .chain = chain, .number = 7 } };
	struct ls_signer signer;
	ls_p256_key_signer(by, &signer);
	snprintf(pin.registry, sizeof(pin.registry), "%s", registry);
	ls_buffer_clear(note);
	CHECK_INT_EQ(ls_chain_pin_sign(&pin, &signer, note, NULL), 0);
}

TEST(the_trust_files_block)
{
	struct ls_chain_block block;
	struct ls_error err = { 0 };
	set_up();
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, NULL, &block, &err), -EINVAL);
	CHECK_STR_HAS(err.message, "names no contract");
	trust.has_contract = true;
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, NULL, &block, &err), -EINVAL);
	trust.has_block = true;
	trust.chain = 5;
	trust.block_number = 9;
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, NULL, &block, NULL), 0);
	CHECK_INT_EQ(block.chain, 5);
	CHECK_INT_EQ(block.number, 9);
}

TEST(the_registrys_note)
{
	struct ls_chain_block block;
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_CHAIN_PIN_MAX);
	set_up();
	make_note("example.org/calibration", 31337, key, &note);
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, &note, &block, NULL), 0);
	CHECK_INT_EQ(block.number, 7);
	trust.has_contract = true;
	trust.chain = 31337;
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, &note, &block, NULL), 0);
}

TEST(a_note_that_is_not_believed)
{
	struct ls_chain_block block;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer note;
	_cleanup_p256_key_ struct ls_p256_key *other = NULL;
	ls_buffer_init(&note, LS_CHAIN_PIN_MAX);
	set_up();
	REQUIRE(ls_p256_key_generate(&other, NULL) == 0);
	make_note("example.org/calibration", 31337, other, &note);
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, &note, &block, &err), -ENOKEY);
	CHECK_STR_HAS(err.message, "the pinned block: ");

	make_note("example.org/calibration", 31337, key, &note);
	trust.has_contract = true; /* of another chain */
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, &note, &block, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "another contract");
	trust.has_contract = false;

	note.data[60] ^= 1;
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, &note, &block, &err), -EBADMSG);
	note.data[60] ^= 1;

	trust.has_registry = false;
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, &note, &block, &err), -EINVAL);
	CHECK_STR_HAS(err.message, "no registry");
}

/* A checkpoint is signed by the same key, and is no pin. */
TEST(another_note_of_the_registrys)
{
	static const char TEXT[] = "example.org/calibration\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
				   "AAAAAAAA=\n";
	struct ls_chain_block block;
	struct ls_signer signer;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_CHAIN_PIN_MAX);
	set_up();
	ls_p256_key_signer(key, &signer);
	REQUIRE(ls_note_sign(TEXT, strlen(TEXT), "example.org/calibration", &signer, &note, NULL) ==
		0);
	CHECK_INT_EQ(ls_chain_pin_choose(&trust, &note, &block, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "cal chain pin");
}

TEST_MAIN()
