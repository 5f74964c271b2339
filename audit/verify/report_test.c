/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/report.h"

#include "audit/verify/pool.h"
#include "lib/base/exit.h"
#include "lib/base/test.h"

static void start(struct ls_report *r)
{
	ls_report_init(r);
	r->facts.trusted = true;
	r->results = 1;
}

TEST(nothing_found_is_verified)
{
	struct ls_report r;
	start(&r);
	CHECK_INT_EQ(ls_report_verdict(&r), LS_VERIFIED);
	CHECK_INT_EQ(ls_verdict_exit(LS_VERIFIED), LS_EXIT_HOLDS);
	ls_report_warn(&r, "a.warning", 0, "", "mind this");
	ls_report_skip(&r, "a.skip", "not made");
	CHECK_INT_EQ(ls_report_verdict(&r), LS_VERIFIED);
	ls_report_free(&r);
}

TEST(without_trust_or_seals_nothing_is_verified)
{
	struct ls_report r;
	start(&r);
	r.facts.trusted = false;
	CHECK_INT_EQ(ls_report_verdict(&r), LS_COULD_NOT_CHECK);
	r.facts.trusted = true;
	r.results = 0;
	CHECK_INT_EQ(ls_report_verdict(&r), LS_COULD_NOT_CHECK);
	r.events = 1;
	CHECK_INT_EQ(ls_report_verdict(&r), LS_VERIFIED);
	ls_report_free(&r);
}

TEST(what_is_proven_wins)
{
	struct ls_report r;
	start(&r);
	ls_report_unable(&r, LS_CHECK_PAYLOAD, "x.unable", 3, "f", "why");
	CHECK_INT_EQ(ls_report_verdict(&r), LS_COULD_NOT_CHECK);
	CHECK_INT_EQ(r.first_failing_seal, 0);
	ls_report_fail(&r, LS_CHECK_PAYLOAD, "x.failed", 9, "g", "why");
	ls_report_fail(&r, LS_CHECK_PAYLOAD, "x.failed", 5, "g", "why");
	CHECK_INT_EQ(ls_report_verdict(&r), LS_NOT_VERIFIED);
	CHECK_INT_EQ(r.first_failing_seal, 5);
	CHECK_INT_EQ(r.failed[LS_CHECK_PAYLOAD], 2);
	CHECK_INT_EQ(r.unable[LS_CHECK_PAYLOAD], 1);
	CHECK_STR_EQ(ls_verdict_word(LS_NOT_VERIFIED), "NOT VERIFIED");
	ls_report_free(&r);
}

TEST(names_are_escaped)
{
	struct ls_report r;
	char sentence[LS_SENTENCE_SIZE];
	start(&r);
	ls_report_fail(&r, LS_CHECK_FILES, "x.y", 1, "a\x1b[2Jb", "says '%s'", "\xe2\x80\xae");
	CHECK_STR_EQ(r.findings[LS_FINDING_FAILED].items[0].file, "a%1B[2Jb");
	CHECK_STR_EQ(r.findings[LS_FINDING_FAILED].items[0].message, "says '%E2%80%AE'");
	CHECK_STR_HAS(ls_report_sentence(&r, sentence), "1 thing does not hold; first: a%1B[2Jb");
	ls_report_free(&r);
}

TEST(findings_are_sorted)
{
	struct ls_report r;
	start(&r);
	ls_report_fail(&r, LS_CHECK_FILES, "b", 2, "z", "-");
	ls_report_fail(&r, LS_CHECK_FILES, "b", 2, "a", "-");
	ls_report_fail(&r, LS_CHECK_FILES, "a", 2, "a", "-");
	ls_report_fail(&r, LS_CHECK_FILES, "c", 1, "z", "-");
	ls_report_sort(&r);
	const struct ls_finding *f = r.findings[LS_FINDING_FAILED].items;
	REQUIRE(f && r.findings[LS_FINDING_FAILED].count == 4);
	CHECK_STR_EQ(f[0].id, "c");
	CHECK_STR_EQ(f[1].id, "a");
	CHECK_STR_EQ(f[2].file, "a");
	CHECK_STR_EQ(f[3].file, "z");
	ls_report_free(&r);
}

static void add_many(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	(void)worker;
	for (uint64_t i = first; i < end; i++) {
		ls_report_fail(context, LS_CHECK_FILES, "x", i + 1, "f", "number %d", (int)i);
		ls_report_pass(context, LS_CHECK_PAYLOAD, 2);
	}
}

TEST(all_are_counted_and_some_are_kept)
{
	struct ls_report r;
	start(&r);
	ls_pool_run(8, 5000, 7, add_many, &r);
	CHECK_INT_EQ(r.findings[LS_FINDING_FAILED].total, 5000);
	CHECK_INT_EQ(r.findings[LS_FINDING_FAILED].count, LS_REPORT_KEPT_MAX);
	CHECK_INT_EQ(r.failed[LS_CHECK_FILES], 5000);
	CHECK_INT_EQ(r.passed[LS_CHECK_PAYLOAD], 10000);
	CHECK_INT_EQ(r.first_failing_seal, 1);
	ls_report_free(&r);
}

TEST(every_check_has_its_name)
{
	for (int i = 0; i < LS_CHECK_COUNT; i++) {
		CHECK(ls_check_name((enum ls_check)i)->key != NULL);
		CHECK(ls_check_name((enum ls_check)i)->unit != NULL);
		CHECK(ls_check_name((enum ls_check)i)->sentence != NULL);
	}
}

TEST_MAIN()
