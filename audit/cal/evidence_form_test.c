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

#define COMPLETE HEAD "form complete\ncheckpoint 3\nabc\nrecord 1\nx\n"
#define LOW	 "document 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 1\nx\n"
#define HIGH	 "document a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa 1\ny\n"

/* How many certificates are behind its records; or the error. */
static int documents_of(const char *text, const char **ret_id)
{
	struct ls_cal_evidence e;
	static struct ls_error err;
	const uint8_t *bytes, *proof;
	size_t size, proof_size;
	int count = 0, rc = ls_cal_evidence_parse(text, strlen(text), &e, &err);
	while (rc == 0 &&
	       (rc = ls_cal_evidence_next(&e, &bytes, &size, &proof, &proof_size, &err)) > 0)
		rc = 0;
	while (rc == 0 && (rc = ls_cal_evidence_document(&e, &bytes, &size, &err)) > 0) {
		count++;
		rc = 0;
	}
	*ret_id = err.id;
	return rc < 0 ? rc : count;
}

TEST(certificates_stand_behind_the_records)
{
	const char *id;
	CHECK_INT_EQ(documents_of(COMPLETE, &id), 0);
	CHECK_INT_EQ(documents_of(COMPLETE LOW, &id), 1);
	CHECK_INT_EQ(documents_of(COMPLETE LOW HIGH, &id), 2);
	CHECK_INT_EQ(count_of(COMPLETE LOW HIGH), 1);
}

TEST(certificates_that_are_cut_altered_or_out_of_order_are_refused)
{
	static const char *const bad[] = {
		COMPLETE HIGH LOW,
		COMPLETE LOW LOW,
		COMPLETE LOW "record 1\nx\n",
		COMPLETE LOW "\n",
		COMPLETE
		"document 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 2\nx\n",
		COMPLETE
		"document 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 0\n\n",
		COMPLETE
		"document 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 01\nx\n",
		COMPLETE
		"document 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 "
		"99999999\nx\n",
		COMPLETE
		"document 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881\nx\n",
		COMPLETE "document abcd 1\nx\n",
		COMPLETE "document 1\nx\n",
	};
	const char *id;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		CHECK_INT_EQ(documents_of(bad[i], &id), -EBADMSG);
		CHECK_STR_EQ(id, "cal.evidence.form");
	}
	CHECK_INT_EQ(
		documents_of(
			COMPLETE
			"document 2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881 "
			"1\nz\n",
			&id),
		-EBADMSG);
	CHECK_STR_EQ(id, "cal.evidence.document");
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
