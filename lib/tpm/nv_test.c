/* SPDX-License-Identifier: Apache-2.0 */
/* Against a real software TPM.  Writing the checkpoint needs the key: lib/tpm/keys_test.c. */
#include "lib/tpm/nv.h"

#include "lib/tpm/authorization.h"
#include "lib/tpm/rig_test.h"

static const struct ls_digest policy = { { 1, 2, 3 } };

static void check_name(struct tpm_rig *r, uint32_t handle, const struct ls_tpm_name *wanted)
{
	ESYS_TR index = ESYS_TR_NONE;
	TPM2B_NV_PUBLIC *public = NULL;
	TPM2B_NAME *name = NULL;
	ESYS_CONTEXT *esys = ls_tpm_esys(r->tpm);
	REQUIRE(Esys_TR_FromTPMPublic(esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
				      &index) == 0);
	REQUIRE(Esys_NV_ReadPublic(esys, index, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE, &public,
				   &name) == 0);
	CHECK_INT_EQ(name->size, LS_TPM_NAME_SIZE);
	CHECK_MEM_EQ(name->name, wanted->bytes, LS_TPM_NAME_SIZE);
	Esys_Free(public);
	Esys_Free(name);
	Esys_TR_Close(esys, &index);
}

TEST(the_counter_is_made_once_and_counts)
{
	TPM_RIG(r);
	int created = -1;
	uint64_t first = 0, next = 0;
	struct ls_tpm_name name;
	CHECK_INT_EQ(ls_tpm_counter_read(r.tpm, &first, &r.err), -ENOENT);
	CHECK_STR_EQ(r.err.id, "tpm.nv.missing");
	CHECK_STR_HAS(r.err.message, "0x01804c01");
	CHECK_INT_EQ(ls_tpm_ensure_counter(r.tpm, &created, &r.err), 0);
	CHECK_INT_EQ(created, 1);
	CHECK_INT_EQ(ls_tpm_ensure_counter(r.tpm, &created, &r.err), 0);
	CHECK_INT_EQ(created, 0);
	CHECK_INT_EQ(ls_tpm_counter_read(r.tpm, &first, &r.err), 0);
	CHECK_INT_EQ(first, 1);
	CHECK_INT_EQ(ls_tpm_counter_step(r.tpm, &r.err), 0);
	CHECK_INT_EQ(ls_tpm_counter_read(r.tpm, &next, &r.err), 0);
	CHECK_INT_EQ(next, first + 1);
	/* what the pure functions say it is called */
	ls_nv_counter_name(&name);
	check_name(&r, LS_NV_COUNTER, &name);
	tpm_rig_stop(&r);
	REQUIRE(tpm_rig_start(&r) == 0);
	CHECK_INT_EQ(ls_tpm_counter_read(r.tpm, &next, &r.err), 0);
	CHECK_INT_EQ(next, first + 1);
}

/* Killed after it was defined and before its first step. */
TEST(a_counter_without_a_value_gets_one)
{
	TPM_RIG(r);
	ESYS_TR index = ESYS_TR_NONE;
	uint64_t value = 0;
	int created = 0;
	TPM2B_AUTH empty = { 0 };
	TPM2B_NV_PUBLIC public = { .nvPublic = { .nvIndex = LS_NV_COUNTER,
						 .nameAlg = TPM2_ALG_SHA256,
						 .attributes = LS_NV_COUNTER_ATTRIBUTES,
						 .dataSize = 8 } };
	REQUIRE(Esys_NV_DefineSpace(ls_tpm_esys(r.tpm), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
				    ESYS_TR_NONE, ESYS_TR_NONE, &empty, &public, &index) == 0);
	CHECK_INT_EQ(ls_tpm_counter_read(r.tpm, &value, &r.err), -ENODATA);
	CHECK_STR_EQ(r.err.id, "tpm.nv.unwritten");
	CHECK_INT_EQ(ls_tpm_ensure_counter(r.tpm, &created, &r.err), 0);
	CHECK_INT_EQ(created, 1);
	CHECK_INT_EQ(ls_tpm_counter_read(r.tpm, &value, &r.err), 0);
}

/* Removing the counter and making it again does not take it back. */
TEST(a_counter_made_anew_is_not_younger)
{
	TPM_RIG(r);
	ESYS_TR index = ESYS_TR_NONE;
	uint64_t before = 0, after = 0;
	REQUIRE(ls_tpm_ensure_counter(r.tpm, NULL, &r.err) == 0);
	REQUIRE(ls_tpm_counter_step(r.tpm, &r.err) == 0);
	REQUIRE(ls_tpm_counter_read(r.tpm, &before, &r.err) == 0);
	REQUIRE(ls_tpm_nv_open(r.tpm, LS_NV_COUNTER, NULL, &index, &r.err) == 0);
	REQUIRE(Esys_NV_UndefineSpace(ls_tpm_esys(r.tpm), ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
				      ESYS_TR_NONE, ESYS_TR_NONE) == 0);
	CHECK_INT_EQ(ls_tpm_ensure_counter(r.tpm, NULL, &r.err), 0);
	CHECK_INT_EQ(ls_tpm_counter_read(r.tpm, &after, &r.err), 0);
	CHECK(after > before);
}

TEST(nobody_writes_the_counter_directly)
{
	TPM_RIG(r);
	ESYS_TR index = ESYS_TR_NONE;
	TPM2B_MAX_NV_BUFFER data = { .size = 8 };
	REQUIRE(ls_tpm_ensure_counter(r.tpm, NULL, &r.err) == 0);
	REQUIRE(ls_tpm_nv_open(r.tpm, LS_NV_COUNTER, NULL, &index, &r.err) == 0);
	TSS2_RC rc = Esys_NV_Write(ls_tpm_esys(r.tpm), ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
				   ESYS_TR_NONE, ESYS_TR_NONE, &data, 0);
	CHECK_INT_EQ(rc, 0x082);
	CHECK_INT_EQ(ls_tpm_fail(r.tpm, rc, &r.err, "cannot write"), -EACCES);
	CHECK_STR_HAS(r.err.message, "does not allow it (TPM response 0x82)");
}

TEST(stepping_the_counter_needs_the_owners_password)
{
	TPM_RIG(r);
	struct ls_tpm_auths a;
	uint64_t value = 0;
	REQUIRE(ls_tpm_auths_generate(&a, &r.err) == 0);
	REQUIRE(ls_tpm_set_auths(r.tpm, &a, NULL, &r.err) == 0);
	REQUIRE(ls_tpm_ensure_counter(r.tpm, NULL, &r.err) == 0);
	a.owner[0] = a.owner[0] == '0' ? '1' : '0';
	REQUIRE(ls_tpm_use_auths(r.tpm, &a, &r.err) == 0);
	CHECK_INT_EQ(ls_tpm_counter_step(r.tpm, &r.err), -EACCES);
	CHECK_STR_HAS(r.err.message, "wrong authorisation");
	CHECK_STR_HAS(r.err.message, "0x9a2");
	CHECK_INT_EQ(ls_tpm_counter_read(r.tpm, &value, &r.err), 0); /* reading needs none */
	CHECK_INT_EQ(value, 1);
}

TEST(the_checkpoint_index_is_made_once)
{
	TPM_RIG(r);
	int created = -1;
	struct ls_nv_checkpoint seen;
	CHECK_INT_EQ(ls_tpm_checkpoint_read(r.tpm, &policy, &seen, &r.err), -ENOENT);
	CHECK_INT_EQ(ls_tpm_ensure_checkpoint(r.tpm, &policy, &created, &r.err), 0);
	CHECK_INT_EQ(created, 1);
	CHECK_INT_EQ(ls_tpm_ensure_checkpoint(r.tpm, &policy, &created, &r.err), 0);
	CHECK_INT_EQ(created, 0);
	CHECK_INT_EQ(ls_tpm_checkpoint_read(r.tpm, &policy, &seen, &r.err), -ENODATA);
	CHECK_STR_HAS(r.err.message, "was never written");
}

/* The owner makes and removes it; writing takes the key's policy. */
TEST(the_owner_cannot_write_the_checkpoint)
{
	TPM_RIG(r);
	ESYS_TR index = ESYS_TR_NONE;
	TPM2B_MAX_NV_BUFFER data = { .size = LS_NV_CHECKPOINT_SIZE };
	REQUIRE(ls_tpm_ensure_checkpoint(r.tpm, &policy, NULL, &r.err) == 0);
	REQUIRE(ls_tpm_nv_open(r.tpm, LS_NV_CHECKPOINT, &policy, &index, &r.err) == 0);
	TSS2_RC rc = Esys_NV_Write(ls_tpm_esys(r.tpm), ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
				   ESYS_TR_NONE, ESYS_TR_NONE, &data, 0);
	CHECK_INT_EQ(rc, 0x149); /* TPM_RC_NV_AUTHORIZATION */
	rc = Esys_NV_Write(ls_tpm_esys(r.tpm), index, index, ESYS_TR_PASSWORD, ESYS_TR_NONE,
			   ESYS_TR_NONE, &data, 0);
	CHECK_INT_EQ(rc, 0x12f); /* works only through its policy */
}

static void expect_foreign(struct tpm_rig *r, int rc, const char *handle, const char *what)
{
	CHECK_INT_EQ(rc, -EEXIST);
	CHECK_STR_EQ(r->err.id, "tpm.nv.foreign");
	CHECK_STR_HAS(r->err.message, handle);
	CHECK_STR_HAS(r->err.message, what);
}

TEST(anothers_index_is_named_and_left_alone)
{
	TPM_RIG(r);
	ESYS_TR index = ESYS_TR_NONE;
	struct ls_digest another = { { 9 } };
	struct ls_nv_checkpoint seen;
	TPM2B_AUTH empty = { 0 };
	TPM2B_NV_PUBLIC public = { .nvPublic = { .nvIndex = LS_NV_COUNTER,
						 .nameAlg = TPM2_ALG_SHA256,
						 .attributes = TPMA_NV_OWNERWRITE |
							       TPMA_NV_AUTHREAD,
						 .dataSize = 8 } };
	REQUIRE(Esys_NV_DefineSpace(ls_tpm_esys(r.tpm), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
				    ESYS_TR_NONE, ESYS_TR_NONE, &empty, &public, &index) == 0);
	expect_foreign(&r, ls_tpm_ensure_counter(r.tpm, NULL, &r.err), "0x01804c01", "attributes");
	expect_foreign(&r, ls_tpm_counter_step(r.tpm, &r.err), "0x01804c01", "attributes");
	/* the checkpoint of another authority's key */
	REQUIRE(ls_tpm_ensure_checkpoint(r.tpm, &another, NULL, &r.err) == 0);
	expect_foreign(&r, ls_tpm_ensure_checkpoint(r.tpm, &policy, NULL, &r.err), "0x01804c02",
		       "another policy");
	expect_foreign(&r, ls_tpm_checkpoint_read(r.tpm, &policy, &seen, &r.err), "0x01804c02",
		       "another policy");
	CHECK_INT_EQ(ls_tpm_checkpoint_read(r.tpm, &another, &seen, &r.err), -ENODATA);
}

/* Fill the TPM's memory with indices of somebody else's, of this type and size. */
static void fill(struct tpm_rig *r, uint32_t first, TPMA_NV type, uint16_t size)
{
	TSS2_RC rc = TSS2_RC_SUCCESS;
	for (uint32_t n = 0; rc == TSS2_RC_SUCCESS && n < 4096; n++) {
		ESYS_TR index = ESYS_TR_NONE;
		TPM2B_AUTH empty = { 0 };
		TPM2B_NV_PUBLIC public = { .nvPublic = { .nvIndex = first + n,
							 .nameAlg = TPM2_ALG_SHA256,
							 .attributes = type | TPMA_NV_OWNERWRITE |
								       TPMA_NV_OWNERREAD,
							 .dataSize = size } };
		rc = Esys_NV_DefineSpace(ls_tpm_esys(r->tpm), ESYS_TR_RH_OWNER, ESYS_TR_PASSWORD,
					 ESYS_TR_NONE, ESYS_TR_NONE, &empty, &public, &index);
		if (rc == TSS2_RC_SUCCESS)
			Esys_TR_Close(ls_tpm_esys(r->tpm), &index);
	}
	CHECK_INT_EQ(rc, TPM2_RC_NV_SPACE);
}

TEST(a_full_tpm_is_said_and_nothing_is_half_made)
{
	TPM_RIG(r);
	ESYS_TR index = ESYS_TR_NONE;
	fill(&r, 0x01800000, 0, 2048);
	fill(&r, 0x01810000, 0, 1);
	fill(&r, 0x01820000, TPM2_NT_COUNTER << TPMA_NV_TPM2_NT_SHIFT,
	     8); /* it keeps room for them */
	CHECK_INT_EQ(ls_tpm_ensure_checkpoint(r.tpm, &policy, NULL, &r.err), -ENOSPC);
	CHECK_STR_EQ(r.err.id, "tpm.nv.full");
	CHECK_STR_HAS(r.err.message, "no room for the checkpoint (index 0x01804c02)");
	CHECK_STR_HAS(r.err.message, "tpm2_nvundefine");
	CHECK_INT_EQ(ls_tpm_ensure_counter(r.tpm, NULL, &r.err), -ENOSPC);
	CHECK_STR_HAS(r.err.message, "no room for the version counter");
	CHECK_INT_EQ(ls_tpm_nv_open(r.tpm, LS_NV_COUNTER, NULL, &index, &r.err), -ENOENT);
	CHECK_INT_EQ(ls_tpm_nv_open(r.tpm, LS_NV_CHECKPOINT, &policy, &index, &r.err), -ENOENT);
	/* room again: it goes on */
	REQUIRE(Esys_TR_FromTPMPublic(ls_tpm_esys(r.tpm), 0x01800000, ESYS_TR_NONE, ESYS_TR_NONE,
				      ESYS_TR_NONE, &index) == 0);
	REQUIRE(Esys_NV_UndefineSpace(ls_tpm_esys(r.tpm), ESYS_TR_RH_OWNER, index, ESYS_TR_PASSWORD,
				      ESYS_TR_NONE, ESYS_TR_NONE) == 0);
	CHECK_INT_EQ(ls_tpm_ensure_counter(r.tpm, NULL, &r.err), 0);
	CHECK_INT_EQ(ls_tpm_ensure_checkpoint(r.tpm, &policy, NULL, &r.err), 0);
}

TEST_MAIN()
