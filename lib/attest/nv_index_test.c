/* SPDX-License-Identifier: Apache-2.0 */
/* The names' constants were computed with Python's hashlib; lib/tpm/nv_test.c shows that a TPM
 * agrees. */
#include "lib/attest/nv_index.h"

#include <errno.h>

#include "lib/base/test.h"

static void check_name(const struct ls_tpm_name *name, const char *wanted)
{
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE];
	CHECK_INT_EQ(name->bytes[0], 0x00);
	CHECK_INT_EQ(name->bytes[1], 0x0b);
	memcpy(digest.bytes, name->bytes + 2, LS_DIGEST_SIZE);
	CHECK_STR_EQ(ls_digest_hex(&digest, hex), wanted);
}

TEST(names)
{
	static const struct ls_digest policy = { { [0 ... 31] = 0x22 } };
	struct ls_tpm_name name;
	ls_nv_counter_name(&name);
	check_name(&name, "eaf9f3faeb32106761d985e8f9302332ef86fd8176d602c6af6e8696c101580e");
	ls_nv_checkpoint_name(&policy, &name);
	check_name(&name, "5ab277c8541afa41cb690f526e289492c084a7cac12baff60f82ac07700861a3");
}

TEST(a_checkpoint_is_72_bytes)
{
	struct ls_nv_checkpoint c = { .size = 0x0102030405060708,
				      .root = { { 9 } },
				      .note = { { 10 } } };
	struct ls_nv_checkpoint seen;
	struct ls_error err = { 0 };
	uint8_t bytes[LS_NV_CHECKPOINT_SIZE + 1];
	ls_nv_checkpoint_encode(&c, bytes);
	CHECK_INT_EQ(bytes[0], 1);
	CHECK_INT_EQ(bytes[7], 8);
	CHECK_INT_EQ(bytes[8], 9);
	CHECK_INT_EQ(bytes[40], 10);
	CHECK_INT_EQ(ls_nv_checkpoint_decode(bytes, LS_NV_CHECKPOINT_SIZE, &seen, &err), 0);
	CHECK_MEM_EQ(&seen, &c, sizeof(c));
	CHECK_INT_EQ(ls_nv_checkpoint_decode(bytes, LS_NV_CHECKPOINT_SIZE - 1, &seen, NULL),
		     -EBADMSG);
	CHECK_INT_EQ(ls_nv_checkpoint_decode(bytes, LS_NV_CHECKPOINT_SIZE + 1, &seen, &err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "nv.checkpoint");
}

TEST_MAIN()
