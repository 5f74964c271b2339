/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/tpm/authorization.h"

#include "lib/tpm/keys.h"
#include "lib/tpm/rig_test.h"

TEST(what_is_written_is_read_and_nothing_else)
{
	struct ls_tpm_auths a, b;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_TPM_AUTH_FILE_MAX);
	REQUIRE(ls_tpm_auths_generate(&a, &err) == 0);
	CHECK(strcmp(a.owner, a.lockout) != 0 && strcmp(a.owner, a.endorsement) != 0);
	CHECK_INT_EQ(strlen(a.owner), 32);
	CHECK_INT_EQ(ls_tpm_auths_format(&a, &text), 0);
	CHECK_INT_EQ(ls_tpm_auths_parse(text.data, text.size, &b, &err), 0);
	CHECK_MEM_EQ(&a, &b, sizeof(a));
	for (size_t cut = 0; cut < text.size; cut++)
		CHECK_INT_EQ(ls_tpm_auths_parse(text.data, cut, &b, NULL), -EBADMSG);
	ls_buffer_add_u8(&text, '\n');
	CHECK_INT_EQ(ls_tpm_auths_parse(text.data, text.size, &b, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "tpm.auth.malformed");
	text.data[10] = 'X';
	CHECK_INT_EQ(ls_tpm_auths_parse(text.data, text.size - 1, &b, NULL), -EBADMSG);
}

TEST(all_three_are_set_once)
{
	TPM_RIG(r);
	_cleanup_auths_ struct ls_tpm_auths a;
	int set = -1, count = -1;
	REQUIRE(ls_tpm_auths_generate(&a, &r.err) == 0);
	CHECK_INT_EQ(ls_tpm_count_auths(r.tpm, &count, &r.err), 0);
	CHECK_INT_EQ(count, 0);
	CHECK_INT_EQ(ls_tpm_set_auths(r.tpm, &a, &set, &r.err), 0);
	CHECK_INT_EQ(set, 3);
	CHECK_INT_EQ(ls_tpm_set_auths(r.tpm, &a, &set, &r.err), 0);
	CHECK_INT_EQ(set, 0);
	CHECK_INT_EQ(ls_tpm_count_auths(r.tpm, &count, &r.err), 0);
	CHECK_INT_EQ(count, 3);
	/* and what needs the owner goes on */
	CHECK_INT_EQ(ls_tpm_ensure_srk(r.tpm, NULL, &r.err), 0);
	CHECK_STR_EQ(r.err.message, "");
}

/* Killed between the first and the second: the file is written, the TPM half changed. */
TEST(an_interruption_is_gone_on_from)
{
	TPM_RIG(r);
	struct ls_tpm_auths a;
	int set = -1;
	REQUIRE(ls_tpm_auths_generate(&a, &r.err) == 0);
	TPM2B_AUTH owner = { .size = 32 };
	memcpy(owner.buffer, a.owner, 32);
	REQUIRE(Esys_HierarchyChangeAuth(ls_tpm_esys(r.tpm), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
					 ESYS_TR_NONE, ESYS_TR_NONE, &owner) == 0);
	tpm_rig_stop(&r);
	REQUIRE(tpm_rig_start(&r) == 0);
	CHECK_INT_EQ(ls_tpm_set_auths(r.tpm, &a, &set, &r.err), 0);
	CHECK_INT_EQ(set, 2);
	CHECK_INT_EQ(ls_tpm_ensure_srk(r.tpm, NULL, &r.err), 0);
}

TEST(anothers_password_is_named_and_nothing_is_changed)
{
	TPM_RIG(r);
	struct ls_tpm_auths a, other;
	int count = -1;
	REQUIRE(ls_tpm_auths_generate(&a, &r.err) == 0 &&
		ls_tpm_auths_generate(&other, &r.err) == 0);
	TPM2B_AUTH auth = { .size = 32 };
	memcpy(auth.buffer, other.endorsement, 32);
	REQUIRE(Esys_HierarchyChangeAuth(ls_tpm_esys(r.tpm), ESYS_TR_RH_ENDORSEMENT,
					 ESYS_TR_PASSWORD, ESYS_TR_NONE, ESYS_TR_NONE, &auth) == 0);
	tpm_rig_stop(&r);
	REQUIRE(tpm_rig_start(&r) == 0);
	CHECK_INT_EQ(ls_tpm_set_auths(r.tpm, &a, NULL, &r.err), -EACCES);
	CHECK_STR_EQ(r.err.id, "tpm.auth.foreign");
	CHECK_STR_HAS(r.err.message, "endorsement password is not the one that labseal keeps");
	CHECK_STR_HAS(r.err.message, "0x9a2");
	CHECK_INT_EQ(ls_tpm_count_auths(r.tpm, &count, &r.err), 0);
	CHECK_INT_EQ(count, 1);
}

TEST(without_the_password_the_owner_does_nothing)
{
	TPM_RIG(r);
	struct ls_tpm_auths a;
	REQUIRE(ls_tpm_auths_generate(&a, &r.err) == 0);
	REQUIRE(ls_tpm_set_auths(r.tpm, &a, NULL, &r.err) == 0);
	tpm_rig_stop(&r);
	REQUIRE(tpm_rig_start(&r) == 0); /* a new client, which was told nothing */
	CHECK_INT_EQ(ls_tpm_ensure_srk(r.tpm, NULL, &r.err), -EACCES);
	CHECK_STR_HAS(r.err.message, "wrong authorisation");
	CHECK_STR_HAS(r.err.message, "0x9a2");
	/* with it the clock goes forward, and still not back */
	CHECK_INT_EQ(ls_tpm_use_auths(r.tpm, &a, &r.err), 0);
	TPMS_TIME_INFO *time = NULL;
	ESYS_CONTEXT *esys = ls_tpm_esys(r.tpm);
	REQUIRE(Esys_ReadClock(esys, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &time) == 0);
	UINT64 now = time->clockInfo.clock;
	Esys_Free(time);
	CHECK_INT_EQ(Esys_ClockSet(esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				   ESYS_TR_NONE, now + 100000),
		     0);
	TSS2_RC rc = Esys_ClockSet(esys, ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD, ESYS_TR_NONE,
				   ESYS_TR_NONE, now);
	CHECK_INT_EQ(rc, 0x1c4);
	CHECK_INT_EQ(ls_tpm_fail(r.tpm, rc, &r.err, "cannot set the clock back"), -EACCES);
	CHECK_STR_HAS(r.err.message, "a value is not the expected one (TPM response 0x1c4)");
}

TEST_MAIN()
