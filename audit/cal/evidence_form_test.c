/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>

#include "audit/cal/evidence.h"
#include "lib/base/test.h"

#define ID   "6d56d2f4aa188d8d6f2f51abcfe89d5bd1d29ab5cc4c8fe59a23aa45234ae17c"
#define HEAD "labseal/calibration-evidence/v1\ndevice " ID "\nat 2026-06-01T00:00:00Z\n"

/* How many records it has; or the error. */
static int count_of(const char *text)
{
	struct ls_cal_evidence e;
	struct ls_error err = { 0 };
	const uint8_t *record, *proof;
	size_t size, proof_size;
	int count = 0;
	int rc = ls_cal_evidence_parse(text, strlen(text), &e, &err);
	if (rc < 0)
		return rc;
	while ((rc = ls_cal_evidence_next(&e, &record, &size, &proof, &proof_size, &err)) > 0) {
		CHECK((proof == NULL) == e.complete);
		count++;
	}
	return rc < 0 ? rc : count;
}

TEST(both_forms_are_read)
{
	CHECK_INT_EQ(count_of(HEAD "form proofs\ncheckpoint 3\nabc\n"), 0);
	CHECK_INT_EQ(count_of(HEAD "form proofs\ncheckpoint 3\nabc\nrecord 1\nx\nproof 2\ny\n\n"),
		     1);
	CHECK_INT_EQ(count_of(HEAD "form complete\ncheckpoint 3\nabc\nrecord 1\nx\nrecord 1\ny\n"),
		     2);
}

TEST(what_is_cut_or_changed_is_refused)
{
	static const char *const bad[] = {
		"",
		"labseal/calibration-evidence/v2\n",
		HEAD,
		HEAD "form other\ncheckpoint 3\nabc\n",
		HEAD "form proofs\n",
		HEAD "form proofs\ncheckpoint 4\nabc\n",
		HEAD "form proofs\ncheckpoint 3\nabcd",
		HEAD "form proofs\ncheckpoint 03\nabc\n",
		HEAD "form proofs\ncheckpoint 0\n\n",
		HEAD "form proofs\ncheckpoint 99999999999999999999\nabc\n",
		HEAD "form proofs\ncheckpoint 3\nabc\nrecord 1\nx\n",
		HEAD "form proofs\ncheckpoint 3\nabc\nproof 1\nx\n",
		HEAD "form proofs\ncheckpoint 3\nabc\nrecord 70000\nx\n",
		HEAD "form complete\ncheckpoint 3\nabc\nrecord 1\nx\nproof 1\ny\n",
		HEAD "form complete\ncheckpoint 3\nabc\n\n",
		"labseal/calibration-evidence/v1\ndevice 6d\nat 2026-06-01T00:00:00Z\nform "
		"proofs\n",
		"labseal/calibration-evidence/v1\ndevice " ID "\nat today\nform proofs\n",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK_INT_EQ(count_of(bad[i]), -EBADMSG);
}

TEST_MAIN()
