/* SPDX-License-Identifier: Apache-2.0 */
/* The paper profile through its program, and what is said where that is not. */
#include "audit/dna/scheme/paper_client.h"

#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <unistd.h>

#include "audit/dna/scheme/made_test.h"
#include "lib/proc/child.h"

static char beside[PATH_MAX]; /* where this test looks for the program */

/* The build's program, or another file in its place. */
static bool put_beside(const char *target)
{
	char self[PATH_MAX], built[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	if (n < 0)
		return false;
	self[n] = 0;
	const char *folder = dirname(self);
	snprintf(beside, sizeof(beside), "%.4000s/labseal-dna-paper", folder);
	snprintf(built, sizeof(built), "%.4000s/../../../labseal-dna-paper", folder);
	unlink(beside);
	if (!target && access(built, X_OK) < 0)
		return false;
	return symlink(target ? target : "../../../labseal-dna-paper", beside) == 0;
}

TEST(the_paper_profile_signs_and_verifies)
{
	if (!put_beside(NULL))
		TEST_SKIP("labseal-dna-paper is not built");
	_cleanup_dna_master_ struct ls_dna_master master = { 0 };
	REQUIRE(ls_dna_master_generate("One", true, &master, NULL) == 0);
	_cleanup_dna_trust_ struct ls_dna_trust *trust = made_trust(&master.params);
	_cleanup_dna_key_ struct ls_dna_key *alice = made_key(&master, ALICE), *back = NULL;
	_cleanup_secret_ struct ls_buffer pem;
	struct ls_digest digest = made_digest("a"), another = made_digest("b");
	uint8_t signature[LS_SIGNATURE_BYTES_MAX];
	struct ls_error err = { 0 };
	ls_buffer_init(&pem, 4096);
	REQUIRE(ls_dna_key_to_pem(alice, NULL, &pem, NULL) == 0);
	REQUIRE(ls_dna_key_from_pem(pem.data, pem.size, NULL, &back, NULL) == 0);
	REQUIRE(ls_dna_sign(back, LS_PROFILE_PAPER, &digest, signature, NULL) == 0);
	CHECK(ls_bits_zero(signature, sizeof(signature),
			   ls_profiles[LS_PROFILE_PAPER].signature_bits));
	CHECK_INT_EQ(made_check(trust, LS_PROFILE_PAPER, &master.params, ALICE, &digest, signature,
				NULL),
		     0);
	CHECK_INT_EQ(
		made_check(trust, LS_PROFILE_PAPER, &master.params, BOB, &digest, signature, &err),
		-EBADMSG);
	CHECK_INT_EQ(made_check(trust, LS_PROFILE_PAPER, &master.params, ALICE, &another, signature,
				&err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "dna.signature.wrong");
	signature[29] ^= 1; /* a bit after the 239th */
	CHECK_INT_EQ(made_check(trust, LS_PROFILE_PAPER, &master.params, ALICE, &digest, signature,
				&err),
		     -EBADMSG);
	CHECK_STR_EQ(err.id, "dna.signature.form");
	back->paper[0] ^= 1;
	CHECK_INT_EQ(ls_dna_sign(back, LS_PROFILE_PAPER, &digest, signature, &err), -EIO);
	CHECK_STR_HAS(err.message, "not this identity's");
	unlink(beside);
}

TEST(a_program_that_is_not_there_or_does_not_answer_is_said)
{
	struct ls_dna_master master;
	struct ls_error err = { 0 };
	if (put_beside("/bin/true")) {
		CHECK_INT_EQ(ls_dna_master_generate("One", true, &master, &err), -EIO);
		CHECK_STR_EQ(err.id, "dna.paper.failed");
		unlink(beside);
	}
	if (put_beside("/usr/bin/env")) { /* writes more or less than any answer */
		CHECK_INT_EQ(ls_dna_master_generate("One", true, &master, &err), -EIO);
		unlink(beside);
	}
	char path[PATH_MAX];
	if (ls_program_path("labseal-dna-paper", path, sizeof(path), NULL) == 0)
		TEST_SKIP("it is installed on this machine");
	CHECK_INT_EQ(ls_dna_master_generate("One", true, &master, &err), -ENOTSUP);
	CHECK_STR_EQ(err.id, "dna.paper.missing");
}

TEST_MAIN()
