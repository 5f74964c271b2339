/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/readers.h"

#include <errno.h>

#include "audit/dna/scheme/made_test.h"

static const char text[] = "     CDS             join(1..10,20..30)\n";

static int unseal(const struct ls_dna_key *key, const struct ls_buffer *sealed,
		  struct ls_buffer *out, struct ls_error *err)
{
	ls_buffer_clear(out);
	return ls_dna_unseal(key, sealed->data, sealed->size, out, err);
}

TEST(each_reader_reads_and_nobody_else)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One"),
						  other = made_master("Other");
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE),
					    *bob = made_key(&master, BOB),
					    *carol = made_key(&master, CAROL),
					    *false_bob = made_key(&other, BOB);
	struct ls_orcid readers[] = { made_orcid(ALICE), made_orcid(BOB) };
	_cleanup_buffer_ struct ls_buffer sealed, out;
	struct ls_error err = { 0 };
	ls_buffer_init(&sealed, 1 << 16);
	ls_buffer_init(&out, 1 << 16);
	for (size_t n = 0; n <= sizeof(text); n += sizeof(text) / 4) {
		ls_buffer_clear(&sealed);
		REQUIRE(ls_dna_seal(carol, readers, 2, text, n, &sealed, NULL) == 0);
		CHECK_INT_EQ(sealed.size, LS_DNA_SEALED_SIZE(2, n));
		CHECK_INT_EQ(unseal(alice, &sealed, &out, NULL), 0);
		CHECK_INT_EQ(unseal(bob, &sealed, &out, NULL), 0);
		CHECK_INT_EQ(out.size, n);
		CHECK(n == 0 || memcmp(out.data, text, n) == 0);
		CHECK_INT_EQ(unseal(carol, &sealed, &out, &err), -ENOKEY);
		CHECK_INT_EQ(out.size, 0);
		CHECK_INT_EQ(unseal(false_bob, &sealed, &out, NULL), -ENOKEY);
	}
}

TEST(the_same_text_twice_is_not_seen_to_be)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE);
	struct ls_orcid reader = made_orcid(BOB);
	_cleanup_buffer_ struct ls_buffer a, b;
	ls_buffer_init(&a, 1 << 16);
	ls_buffer_init(&b, 1 << 16);
	REQUIRE(ls_dna_seal(alice, &reader, 1, text, sizeof(text), &a, NULL) == 0);
	REQUIRE(ls_dna_seal(alice, &reader, 1, text, sizeof(text), &b, NULL) == 0);
	CHECK(memcmp(a.data + 65, b.data + 65, sizeof(text)) != 0);
}

/* What is not the other readers' slots: a change there is theirs to find. */
TEST(a_changed_bit_is_found)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE);
	struct ls_orcid reader = made_orcid(ALICE);
	_cleanup_buffer_ struct ls_buffer sealed, out;
	ls_buffer_init(&sealed, 1 << 16);
	ls_buffer_init(&out, 1 << 16);
	REQUIRE(ls_dna_seal(alice, &reader, 1, text, 20, &sealed, NULL) == 0);
	for (size_t i = 0; i < 8 * sealed.size; i += 3) {
		sealed.data[i / 8] ^= (uint8_t)(1 << i % 8);
		CHECK(unseal(alice, &sealed, &out, NULL) < 0);
		CHECK_INT_EQ(out.size, 0);
		sealed.data[i / 8] ^= (uint8_t)(1 << i % 8);
	}
	for (size_t n = 0; n < sealed.size; n++)
		CHECK(ls_dna_unseal(alice, sealed.data, n, &out, NULL) < 0);
	CHECK_INT_EQ(unseal(alice, &sealed, &out, NULL), 0);
}

TEST(what_cannot_be_sealed_is_said)
{
	_cleanup_dna_master_ struct ls_dna_master master = made_master("One");
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE),
					    *own = made_own_key(&master.params, ALICE);
	struct ls_orcid twice[] = { made_orcid(BOB), made_orcid(BOB) };
	_cleanup_buffer_ struct ls_buffer out;
	struct ls_error err = { 0 };
	ls_buffer_init(&out, 100);
	CHECK_INT_EQ(ls_dna_seal(alice, twice, 0, text, 1, &out, &err), -EINVAL);
	CHECK_INT_EQ(ls_dna_seal(alice, twice, 2, text, 1, &out, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "dna.readers.twice");
	CHECK_INT_EQ(ls_dna_seal(own, twice, 1, text, 1, &out, &err), -EINVAL);
	CHECK_INT_EQ(ls_dna_unseal(own, (const uint8_t *)text, 10, &out, &err), -EINVAL);
	CHECK_INT_EQ(ls_dna_seal(alice, twice, 1, text, 41, &out, &err), -EFBIG);
	CHECK_INT_EQ(out.size, 0);
}

TEST_MAIN()
