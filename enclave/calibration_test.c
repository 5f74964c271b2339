/* SPDX-License-Identifier: Apache-2.0 */
/* What the real program does with the word on the instrument's calibration. */
#include <errno.h>

#include "enclave/rig_test.h"
#include "enclave/serving.h"
#include "lib/base/exit.h"

#define RECEIVED INT64_C(1700000003000) /* ms: when rig_delivery's files were received */
#define DAY	 INT64_C(86400000)

#define RUNNING_RIG(r)                                   \
	__attribute__((cleanup(rig_free))) struct rig r; \
	rig_keys(&r);                                    \
	rig_certify(&r, &r.signer.key);                  \
	struct ls_start start = rig_start(&r);           \
	REQUIRE(rig_run(&r, &start))

static struct ls_calibration_status traceable(int64_t performed, int64_t due)
{
	struct ls_calibration_status s = { .verdict = LS_CALIBRATION_TRACEABLE,
					   .device = "7500-01",
					   .performed = performed,
					   .due = due,
					   .registry = { .origin = "registry.example", .size = 3 },
					   .checked = RECEIVED };
	memset(s.device_id.bytes, 1, sizeof(s.device_id.bytes));
	memset(s.report.bytes, 2, sizeof(s.report.bytes));
	memset(s.registry.root.bytes, 3, sizeof(s.registry.root.bytes));
	return s;
}

static void send_status(struct rig *r, const struct ls_calibration_status *status, bool hold)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_CALIBRATION_STATUS_MAX);
	REQUIRE(ls_calibration_status_format(status, &text, NULL) == 0);
	struct ls_calibration calibration = { hold, { text.data, text.size } };
	RIG_SEND(r, RIG_SUPERVISOR, LS_MSG_CALIBRATION, calibration, &calibration);
}

/* Tells it, and an event after which it is known to have heard; number: the event's seal. */
static void tell(struct rig *r, const struct ls_calibration_status *status, bool hold,
		 uint64_t number)
{
	send_status(r, status, hold);
	struct ls_event e = rig_event((uint8_t)number, "calibration", "{}");
	RIG_SEND(r, RIG_SUPERVISOR, LS_MSG_EVENT, event, &e);
	REQUIRE(rig_take_seal(r, number, true));
	CHECK_STR_EQ(r->label, "calibration");
}

static void deliver(struct rig *r, struct ls_delivery *d, uint64_t number)
{
	*d = rig_delivery(number, "plate.eds", "content");
	rig_deliver(r, d, "content");
}

TEST(each_record_says_it)
{
	RUNNING_RIG(r);
	struct ls_delivery d;
	struct ls_calibration_status s = traceable(RECEIVED - DAY, RECEIVED + DAY);
	deliver(&r, &d, 1);
	REQUIRE(rig_take_seal(&r, 1, true));
	CHECK_INT_EQ(r.record.calibration.verdict, LS_CALIBRATION_NOT_CHECKED);
	tell(&r, &s, false, 2);
	deliver(&r, &d, 2);
	REQUIRE(rig_take_seal(&r, 3, true));
	CHECK_INT_EQ(r.record.calibration.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK_STR_EQ(r.record.calibration.device, "7500-01");
	CHECK_INT_EQ(r.record.calibration.due, RECEIVED + DAY);
	CHECK_INT_EQ(r.record.calibration.registry.size, 3);
	rig_stop(&r);
}

/* The time of receipt counts, not that of the seal, which is years later here. */
TEST(a_record_says_what_holds_of_the_time_of_receipt)
{
	RUNNING_RIG(r);
	struct ls_delivery d;
	struct ls_calibration_status before = traceable(RECEIVED + DAY, RECEIVED + 2 * DAY),
				     after = traceable(RECEIVED - 2 * DAY, RECEIVED - DAY);
	tell(&r, &before, false, 1);
	/* of an event it is the time of its seal */
	CHECK_INT_EQ(r.record.calibration.verdict, LS_CALIBRATION_NOT_TRACEABLE);
	deliver(&r, &d, 1);
	REQUIRE(rig_take_seal(&r, 2, true));
	CHECK_INT_EQ(r.record.calibration.verdict, LS_CALIBRATION_CANNOT_BE_SHOWN);
	CHECK_STR_EQ(r.record.calibration.reason.id, "calibration.performed");
	tell(&r, &after, false, 3);
	deliver(&r, &d, 2);
	REQUIRE(rig_take_seal(&r, 4, true));
	CHECK_INT_EQ(r.record.calibration.verdict, LS_CALIBRATION_NOT_TRACEABLE);
	CHECK_STR_EQ(r.record.calibration.reason.id, "calibration.due");
	rig_stop(&r);
}

/* What waited while the instrument was calibrated anew is for the report before to speak of. */
TEST(a_report_before_speaks_for_what_waited)
{
	RUNNING_RIG(r);
	struct ls_delivery d;
	struct ls_calibration_status old = traceable(RECEIVED - DAY, RECEIVED + DAY),
				     new = traceable(RECEIVED + DAY, RECEIVED + 9 * DAY);
	memset(new.report.bytes, 9, sizeof(new.report.bytes));
	tell(&r, &old, false, 1);
	tell(&r, &new, false, 2);
	deliver(&r, &d, 1);
	REQUIRE(rig_take_seal(&r, 3, true));
	CHECK_INT_EQ(r.record.calibration.verdict, LS_CALIBRATION_TRACEABLE);
	CHECK(ls_digest_equal(&r.record.calibration.report, &old.report));
	/* ... which was over by then */
	old.due = RECEIVED - 1;
	old.report.bytes[0] = 7;
	tell(&r, &old, false, 4);
	tell(&r, &new, false, 5);
	deliver(&r, &d, 2);
	REQUIRE(rig_take_seal(&r, 6, true));
	CHECK_INT_EQ(r.record.calibration.verdict, LS_CALIBRATION_NOT_TRACEABLE);
	CHECK_STR_EQ(r.record.calibration.reason.id, "calibration.due");
	rig_stop(&r);
}

static bool is_quiet(struct rig *r, enum rig_peer p)
{
	struct pollfd fd = { r->fds[p], POLLIN, 0 };
	return poll(&fd, 1, 0) == 0;
}

TEST(results_wait_and_events_do_not)
{
	RUNNING_RIG(r);
	struct ls_delivery d;
	struct ls_calibration_status s = traceable(RECEIVED - 2 * DAY, RECEIVED - DAY);
	tell(&r, &s, true, 1);
	deliver(&r, &d, 1);
	tell(&r, &s, true, 2); /* it has had its turn, and the file had none */
	CHECK(is_quiet(&r, RIG_OUT) && is_quiet(&r, RIG_IN));
	s = traceable(RECEIVED - DAY, RECEIVED + DAY);
	send_status(&r, &s, false);
	REQUIRE(rig_take_seal(&r, 3, true));
	CHECK_STR_EQ(r.label, "plate.eds");
	CHECK_INT_EQ(r.record.calibration.verdict, LS_CALIBRATION_TRACEABLE);
	rig_expect_done(&r, &d, 3);
	rig_stop(&r);
}

/* What had gathered when it was told to wait stays with the diode, which sends it again. */
TEST(a_stop_while_results_wait_seals_none_of_them)
{
	RUNNING_RIG(r);
	struct ls_delivery d[LS_UNPUBLISHED_MAX + 1];
	struct ls_calibration_status s = traceable(RECEIVED - 2 * DAY, RECEIVED - DAY);
	for (uint64_t n = 0; n < LS_UNPUBLISHED_MAX; n++) {
		deliver(&r, &d[n], n + 1);
		REQUIRE(rig_take_seal(&r, n + 1, false));
	}
	deliver(&r, &d[LS_UNPUBLISHED_MAX], 99);
	rig_take_count(&r, 1); /* gathered: the publisher has enough to do */
	send_status(&r, &s, true);
	rig_send(&r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	for (uint64_t n = 0; n < LS_UNPUBLISHED_MAX; n++) {
		rig_publish(&r, n + 1);
		rig_expect_done(&r, &d[n], n + 1);
	}
	CHECK_INT_EQ(rig_wait(&r), 0);
	CHECK_INT_EQ(r.frontier.size, LS_UNPUBLISHED_MAX);
}

TEST(what_is_no_status_ends_it)
{
	static const struct {
		const char *text, *id;
	} bad[] = { { "", "record.json" },
		    { "{}", "record.form" },
		    { "\"TRACEABLE\"", "record.json" },
		    { "{\"verdict\": \"x\"}", "record.form" } };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		RUNNING_RIG(r);
		struct ls_calibration c = { 0, rig_text(bad[i].text) };
		RIG_SEND(&r, RIG_SUPERVISOR, LS_MSG_CALIBRATION, calibration, &c);
		rig_expect_failed(&r, bad[i].id, "record", LS_EXIT_FAILED);
	}
	RUNNING_RIG(r);
	rig_send(&r, RIG_IN, LS_MSG_CALIBRATION, NULL, 0);
	rig_expect_failed(&r, "enclave.protocol.unexpected", "not allowed now", LS_EXIT_FAILED);
}

TEST_MAIN()
