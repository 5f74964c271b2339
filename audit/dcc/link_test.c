/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dcc/link.h"

#include "lib/base/test.h"

#define HEX "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F"
#define B64 "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

static struct ls_dcc_target target(const char *procedure, const char *value)
{
	const struct ls_dcc_link link = { .named = true, .procedure = procedure, .value = value };
	return ls_dcc_link_target(&link);
}

TEST(procedures_and_values_are_read_in_each_spelling)
{
	static const char *const procedures[] = { "SHA256", "sha-256", "SHA2-256", "Sha_256",
						  "http://www.w3.org/2001/04/xmlenc#sha256" };
	for (size_t i = 0; i < sizeof(procedures) / sizeof(procedures[0]); i++) {
		CHECK_INT_EQ(target(procedures[i], HEX).form, LS_DCC_LINK_FILE);
		CHECK_INT_EQ(target(procedures[i], B64).form, LS_DCC_LINK_FILE);
		CHECK_INT_EQ(target(procedures[i], B64).hash[31], 31);
	}
	CHECK_INT_EQ(target("c14n-sha256", B64).form, LS_DCC_LINK_SIGNED);
	CHECK_INT_EQ(target("exc-c14n-sha256", B64).form, LS_DCC_LINK_SIGNED);
	CHECK_INT_EQ(target("SHA512", HEX HEX).form, LS_DCC_LINK_FILE);
	CHECK_INT_EQ(target("SHA512", HEX HEX).size, 64);
}

TEST(what_is_no_hash_is_no_link)
{
	CHECK_INT_EQ(target("analogue", "analogue").form, LS_DCC_LINK_ANALOGUE);
	CHECK_INT_EQ(target("SHA256", "analogue").form, LS_DCC_LINK_ANALOGUE);
	CHECK_INT_EQ(target("SHA256", "SHA256-value").form, LS_DCC_LINK_PLACEHOLDER);
	CHECK_INT_EQ(target("SHA256", HEX "00").form, LS_DCC_LINK_PLACEHOLDER);
	CHECK_INT_EQ(target("SHA512", HEX).form, LS_DCC_LINK_PLACEHOLDER);
	CHECK_INT_EQ(target("SHA256", "").form, LS_DCC_LINK_PLACEHOLDER);
	CHECK_INT_EQ(target("SHA256", NULL).form, LS_DCC_LINK_PLACEHOLDER);
	CHECK_INT_EQ(target("MD5", "d41d8cd98f00b204e9800998ecf8427e").form, LS_DCC_LINK_WEAK);
	CHECK_INT_EQ(target("http://www.w3.org/2000/09/xmldsig#sha1", "x").form, LS_DCC_LINK_WEAK);
	CHECK_INT_EQ(target("-GP-Procedure-", HEX).form, LS_DCC_LINK_UNKNOWN);
	CHECK_INT_EQ(target(NULL, HEX).form, LS_DCC_LINK_UNKNOWN);
}

static enum ls_cal_outcome follow(const char *procedure, const char *value, const char *id,
				  size_t *ret_found)
{
	static struct ls_dcc_candidate all[] = {
		{ .unique_identifier = "A" },
		{ .unique_identifier = "B", .proven = true, .digest_size = 32 },
		{ .unique_identifier = "C", .proven = false, .digest_size = 32 },
	};
	char words[LS_CAL_WORDS_SIZE] = "";
	for (uint8_t i = 0; i < 32; i++)
		all[0].sha256.bytes[i] = all[1].digest[i] = all[2].digest[i] = i;
	all[2].digest[0] = 9;
	const struct ls_dcc_link link = {
		.named = true, .procedure = procedure, .value = value, .referral_id = id
	};
	struct ls_dcc_hash_index *index = ls_dcc_hash_index_new(all, 3);
	enum ls_cal_outcome outcome = ls_dcc_link_follow(&link, index, ret_found, words);
	CHECK((outcome == LS_CAL_HOLDS) == (words[0] == '\0'));
	ls_dcc_hash_index_free(index);
	return outcome;
}

TEST(links_lead_by_hash_and_never_by_name)
{
	size_t found = 99;
	CHECK_INT_EQ(follow("sha256", HEX, "another", &found), LS_CAL_HOLDS);
	CHECK_INT_EQ(found, 0);
	CHECK_INT_EQ(follow("c14n-sha256", B64, NULL, &found), LS_CAL_HOLDS);
	CHECK_INT_EQ(found, 1);
	/* C says that digest of itself, and its signature does not prove it */
	CHECK_INT_EQ(
		follow("c14n-sha256", "CQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "C", &found),
		LS_CAL_FAILS);
	CHECK_INT_EQ(follow("sha256", HEX "", "A", &found), LS_CAL_HOLDS);
	/* all of the hash counts: another last byte, another first one */
	CHECK_INT_EQ(follow("sha256", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh4=", "A", &found),
		     LS_CAL_FAILS);
	CHECK_INT_EQ(follow("sha256", "AQECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "A", &found),
		     LS_CAL_FAILS);
	CHECK_INT_EQ(follow("sha256", "SHA256-value", "A", &found), LS_CAL_CANNOT);
}

TEST(standards_are_parents_and_previous_reports_are_not)
{
	struct ls_dcc_link link = { .kind = LS_DCC_EQUIPMENT };
	CHECK(!ls_dcc_link_is_parent(&link)); /* a thing on the bench */
	link.ref_type = "gp_x basic_normalUsed";
	CHECK(ls_dcc_link_is_parent(&link));
	link.ref_type = NULL;
	link.named = true;
	CHECK(ls_dcc_link_is_parent(&link));
	link.kind = LS_DCC_PREVIOUS;
	CHECK(!ls_dcc_link_is_parent(&link));
	link.kind = LS_DCC_LINKED;
	CHECK(!ls_dcc_link_is_parent(&link));
}

TEST_MAIN()
