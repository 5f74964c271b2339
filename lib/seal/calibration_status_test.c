/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/calibration_status.h"

#include <errno.h>

#include <fcntl.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define NOON INT64_C(1772625600000) /* 2026-03-04T12:00:00Z, ms */
#define DAY  INT64_C(86400000)

static struct ls_digest digest(uint8_t byte)
{
	struct ls_digest d;
	memset(d.bytes, byte, sizeof(d.bytes));
	return d;
}

static struct ls_calibration_status traceable(void)
{
	return (struct ls_calibration_status){
		.verdict = LS_CALIBRATION_TRACEABLE,
		.device = "7500-01",
		.device_id = digest(0x11),
		.quantity = "temperature",
		.report = digest(0x22),
		.performed = NOON - 30 * DAY,
		.due = NOON + 30 * DAY,
		.registry = { .origin = "calibration.example/registry",
			      .size = 1204,
			      .root = digest(0x33),
			      .time = NOON - DAY },
		.checked = NOON,
	};
}

static void check_round_trip(const struct ls_calibration_status *status)
{
	struct ls_error err = { 0 };
	struct ls_calibration_status seen;
	_cleanup_buffer_ struct ls_buffer once, twice;
	ls_buffer_init(&once, 1 << 16);
	ls_buffer_init(&twice, 1 << 16);
	if (ls_calibration_status_format(status, &once, &err) < 0 ||
	    ls_calibration_status_parse(once.data, once.size, &seen, &err) < 0)
		TEST_FAIL("%s", err.message);
	CHECK_INT_EQ(ls_calibration_status_format(&seen, &twice, &err), 0);
	CHECK_STR_EQ(ls_buffer_str(&once), ls_buffer_str(&twice));
	CHECK_INT_EQ(seen.verdict, status->verdict);
	CHECK_INT_EQ(seen.due, status->due);
	CHECK(ls_digest_equal(&seen.report, &status->report));
	CHECK_STR_EQ(seen.reason.id, status->reason.id);
}

TEST(what_is_written_is_read)
{
	struct ls_calibration_status s = traceable();
	check_round_trip(&s);
	s.quantity[0] = '\0';
	s.due = 0;
	s.registry.time = 0;
	check_round_trip(&s);
	ls_calibration_unknown(&s, "7500-01", "", NOON, "registry.open", "no such folder");
	check_round_trip(&s);
}

TEST(a_reason_of_any_bytes_becomes_one_plain_line_that_fits)
{
	char long_text[2 * LS_CALIBRATION_TEXT_SIZE];
	struct ls_calibration_status s;
	memset(long_text, 'x', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	memcpy(long_text, "line\none \xff \xe2\x80\xae", 14);
	ls_calibration_unknown(&s, "7500-01", "", NOON, "cal.x", long_text);
	CHECK_INT_EQ(ls_calibration_status_check(&s, NULL), 0);
	CHECK_STR_HAS(s.reason.text, "line one");
	check_round_trip(&s);
}

/* The time of receipt against the calibration's: {first, last} in days from noon. */
TEST(a_calibration_speaks_for_its_own_time)
{
	static const struct {
		int64_t first, last;
		enum ls_calibration_verdict verdict;
		const char *id;
	} cases[] = {
		{ 0, 0, LS_CALIBRATION_TRACEABLE, "" },
		{ -30, 30, LS_CALIBRATION_TRACEABLE, "" },
		{ 0, 31, LS_CALIBRATION_NOT_TRACEABLE, "calibration.due" },
		{ -31, 0, LS_CALIBRATION_CANNOT_BE_SHOWN, "calibration.performed" },
		{ -31, 31, LS_CALIBRATION_NOT_TRACEABLE, "calibration.due" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct ls_calibration_status s = traceable();
		ls_calibration_status_at(&s, NOON + cases[i].first * DAY,
					 NOON + cases[i].last * DAY);
		CHECK_INT_EQ(s.verdict, cases[i].verdict);
		CHECK_STR_EQ(s.reason.id, cases[i].id);
		check_round_trip(&s);
	}
}

TEST(what_was_not_traceable_stays_so)
{
	struct ls_calibration_status s = traceable(), nothing = { .checked = 0 };
	s.verdict = LS_CALIBRATION_NOT_TRACEABLE;
	snprintf(s.reason.id, sizeof(s.reason.id), "cal.revoked");
	snprintf(s.reason.text, sizeof(s.reason.text), "the technician was revoked");
	ls_calibration_status_at(&s, NOON, NOON);
	CHECK_STR_EQ(s.reason.id, "cal.revoked");
	ls_calibration_status_at(&nothing, NOON, NOON);
	CHECK_INT_EQ(nothing.verdict, LS_CALIBRATION_NOT_CHECKED);
}

#define REFUSED(change, why)                                                  \
	do {                                                                  \
		struct ls_calibration_status s = traceable();                 \
		struct ls_error err = { 0 };                                  \
		change;                                                       \
		CHECK_INT_EQ(ls_calibration_status_check(&s, &err), -EINVAL); \
		CHECK_STR_HAS(err.message, why);                              \
	} while (0)

TEST(what_contradicts_itself_is_not_written)
{
	REFUSED(s.verdict = 9, "no verdict");
	REFUSED(s.verdict = LS_CALIBRATION_NOT_CHECKED, "nothing was checked");
	REFUSED(s.verdict = LS_CALIBRATION_NOT_TRACEABLE, "no reason");
	REFUSED(s.report = digest(0), "no report");
	REFUSED(s.device_id = digest(0), "TRACEABLE without");
	REFUSED(s.registry.size = 0, "checkpoint");
	REFUSED(s.registry.root = digest(0), "checkpoint");
	REFUSED(s.registry.origin[0] = ' ', "checkpoint");
	REFUSED(s.checked = 0, "time");
	REFUSED(s.due = INT64_MAX, "time");
	REFUSED(s.device[0] = '\0', "text");
	REFUSED(s.device[0] = '\n', "text");
	REFUSED(s.reason.id[0] = 'X', "text");
	REFUSED(s.reason.text[0] = 'x', "text");
	REFUSED(memset(s.device, 'x', sizeof(s.device)), "text");
}

TEST(what_is_no_status_is_not_read)
{
	static const char *const bad[] = { "",
					   "{}",
					   "null",
					   "[]",
					   "\"not checked\"",
					   "{\"verdict\": \"TRACEABLE\"}",
					   "{\"a\":{\"b\":{\"c\":1}}}" };
	char large[LS_CALIBRATION_STATUS_MAX + 2];
	struct ls_calibration_status s;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_INT_EQ(ls_calibration_status_parse(bad[i], strlen(bad[i]), &s, NULL),
			     -EBADMSG);
	memset(large, ' ', sizeof(large));
	large[0] = '{';
	large[sizeof(large) - 1] = '}';
	CHECK_INT_EQ(ls_calibration_status_parse(large, sizeof(large), &s, NULL), -EBADMSG);
}

TEST(a_flipped_bit_or_a_cut_does_no_harm)
{
	struct ls_calibration_status s = traceable(), seen;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 1 << 16);
	REQUIRE(ls_calibration_status_format(&s, &b, NULL) == 0);
	for (size_t i = 0; i < b.size; i++)
		for (int bit = 1; bit < 256; bit <<= 1) {
			b.data[i] ^= (uint8_t)bit;
			if (ls_calibration_status_parse(b.data, b.size, &seen, NULL) == 0)
				CHECK_INT_EQ(ls_calibration_status_check(&seen, NULL), 0);
			b.data[i] ^= (uint8_t)bit;
		}
	for (size_t n = 0; n < b.size; n++)
		CHECK_INT_EQ(ls_calibration_status_parse(b.data, n, &seen, NULL), -EBADMSG);
}

/* The page shows one, as a member of a record. */
TEST(the_example_of_the_page_holds)
{
	static const char page[] = "docs/formats/manifest.md", begin[] = "    \"calibration\": ";
	struct ls_calibration_status s;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 20);
	if (ls_file_read(AT_FDCWD, page, &text, &err) < 0)
		TEST_SKIP("no docs/formats/ here");
	const char *from = strstr(ls_buffer_str(&text), "### calibration");
	from = from ? strstr(from, begin) : NULL;
	const char *end = from ? strstr(from, "\n    }\n") : NULL;
	REQUIRE(from && end);
	from += strlen(begin);
	if (ls_calibration_status_parse(from, (size_t)(end - from) + strlen("\n    }"), &s, &err) <
	    0)
		TEST_FAIL("%s", err.message);
	CHECK_INT_EQ(s.verdict, LS_CALIBRATION_TRACEABLE);
}

TEST_MAIN()
