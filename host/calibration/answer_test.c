/* SPDX-License-Identifier: Apache-2.0 */
/* What is made of a trace's result. */
#include "host/calibration/answer.h"

#include <errno.h>

#include "lib/base/test.h"

#define NOW INT64_C(1772625600) /* 2026-03-04T12:00:00Z */
#define DAY INT64_C(86400)

static struct ls_cal_link leaf;
static struct ls_cal_check check;
static char words[] = "the report was due on 2026-03-01";

static struct ls_digest digest(uint8_t byte)
{
	struct ls_digest d;
	memset(d.bytes, byte, sizeof(d.bytes));
	return d;
}

static struct ls_cal_result traceable(void)
{
	leaf = (struct ls_cal_link){ .report = digest(2),
				     .performed = NOW - 30 * DAY,
				     .due = NOW + 30 * DAY };
	check = (struct ls_cal_check){ .check = LS_CAL_CHECK_IN_FORCE,
				       .outcome = LS_CAL_HOLDS,
				       .words = words };
	return (struct ls_cal_result){ .verdict = LS_CAL_TRACEABLE,
				       .device = digest(1),
				       .at = NOW,
				       .fresh = { .origin = "registry.example",
						  .size = 42,
						  .root = digest(3),
						  .time = NOW - DAY,
						  .clock = LS_CAL_CLOCK_WITNESSES },
				       .link_count = 1,
				       .links = &leaf,
				       .check_count = 1,
				       .checks = &check,
				       .first = 1 };
}

static const struct ls_calibration_question question = {
	.device = "7500-01", .quantity = "temperature", .max_age = 7 * DAY, .now = NOW
};

static struct ls_calibration_status answer(const struct ls_cal_result *r)
{
	struct ls_error err = { 0 };
	struct ls_calibration_status s;
	ls_calibration_answer(&question, r, &s);
	if (ls_calibration_status_check(&s, &err) < 0)
		TEST_FAIL("%s", err.message);
	CHECK_STR_EQ(s.device, "7500-01");
	CHECK_STR_EQ(s.quantity, "temperature");
	CHECK_INT_EQ(s.checked, NOW * 1000);
	return s;
}

TEST(a_device_that_is_traceable)
{
	const struct ls_cal_result r = traceable();
	const struct ls_calibration_status s = answer(&r);
	CHECK_INT_EQ(s.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK_STR_EQ(s.reason.id, "");
	CHECK(ls_digest_equal(&s.report, &leaf.report) && ls_digest_equal(&s.device_id, &r.device));
	CHECK_INT_EQ(s.performed, (NOW - 30 * DAY) * 1000);
	CHECK_INT_EQ(s.due, (NOW + 30 * DAY) * 1000);
	CHECK_STR_EQ(s.registry.origin, "registry.example");
	CHECK_INT_EQ(s.registry.size, 42);
	CHECK_INT_EQ(s.registry.time, (NOW - DAY) * 1000);
}

TEST(a_report_without_a_due_date_has_none)
{
	struct ls_cal_result r = traceable();
	leaf.due = LS_CAL_NO_END;
	CHECK_INT_EQ(answer(&r).due, 0);
}

TEST(what_fails_first_is_the_reason)
{
	struct ls_cal_result r = traceable();
	r.verdict = LS_CAL_NOT_TRACEABLE;
	r.first = 0;
	struct ls_calibration_status s = answer(&r);
	CHECK_INT_EQ(s.verdict, LS_CALIBRATION_NOT_TRACEABLE);
	CHECK_STR_EQ(s.reason.id, ls_cal_check_kind(LS_CAL_CHECK_IN_FORCE)->id);
	CHECK_STR_EQ(s.reason.text, words);
	r.verdict = LS_CAL_CANNOT_BE_SHOWN;
	r.link_count = 0; /* there is no such device */
	r.device = digest(0);
	s = answer(&r);
	CHECK_INT_EQ(s.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
	CHECK(ls_digest_is_zero(&s.report) && s.performed == 0);
}

TEST(a_registry_older_than_the_policy_allows_shows_nothing)
{
	struct ls_cal_result r = traceable();
	r.fresh.time = NOW - 7 * DAY;
	CHECK_INT_EQ(answer(&r).verdict, LS_CALIBRATION_TRACEABLE);
	r.fresh.time--;
	struct ls_calibration_status s = answer(&r);
	CHECK_INT_EQ(s.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
	CHECK_STR_EQ(s.reason.id, "calibration.max-age");
	CHECK_STR_HAS(s.reason.text, "2026-02-25T11:59:59Z");
	r.fresh.clock = LS_CAL_CLOCK_NONE;
	s = answer(&r);
	CHECK_INT_EQ(s.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
	CHECK_STR_HAS(s.reason.text, "nobody says");
	/* what is broken is not mended by its age */
	r.verdict = LS_CAL_NOT_TRACEABLE;
	r.first = 0;
	CHECK_INT_EQ(answer(&r).verdict, LS_CALIBRATION_NOT_TRACEABLE);
}

TEST(a_verdict_without_what_it_rests_on_is_none)
{
	struct ls_cal_result r = traceable();
	r.fresh.size = 0;
	CHECK_STR_EQ(answer(&r).reason.id, "calibration.incomplete");
	r = traceable();
	r.link_count = 0;
	CHECK_STR_EQ(answer(&r).reason.id, "calibration.incomplete");
}

TEST(what_cannot_be_read_is_an_answer)
{
	struct ls_error err = { 0 };
	struct ls_calibration_status s;
	ls_fail(&err, -ENOENT, "registry.open", "there is no '%s'", "/var/lib/x");
	ls_calibration_unable(&question, &err, &s);
	CHECK_INT_EQ(ls_calibration_status_check(&s, NULL), 0);
	CHECK_INT_EQ(s.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
	CHECK_STR_EQ(s.reason.id, "registry.open");
	CHECK_STR_EQ(s.reason.text, "there is no '/var/lib/x'");
}

TEST_MAIN()
