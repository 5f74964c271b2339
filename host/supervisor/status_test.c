/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/status.h"

#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "host/supervisor/status_sample_test.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define PAGE "docs/formats/status-json.md"

/* What others read is pinned: the names of all members, in order. */
TEST(the_members_are_these)
{
	static const char members[] =
		"schema state written started instrument development vm "
		"channel signer queue sealed last_seal last_result time_stamp cosigned notary "
		"calibration calibrated disk append_only measurement approval audit next_try "
		"problem "
		"processes ";
	char place[] = "/tmp/labseal-test-XXXXXX", seen[512] = "";
	struct ls_error err = { 0 };
	struct ls_buffer text;
	const struct ls_status s = status_sample();
	REQUIRE(mkdtemp(place));
	int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT_EQ(ls_status_write(fd, &s, &err), 0);
	ls_buffer_init(&text, 65536);
	REQUIRE(ls_file_read(fd, LS_STATE_STATUS, &text, &err) == 0);
	json_t *json = json_loads(ls_buffer_str(&text), 0, NULL);
	REQUIRE(json_is_object(json));
	const char *key;
	json_t *value;
	json_object_foreach(json, key, value)
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%s ", key);
	CHECK_STR_EQ(seen, members);
	const json_t *seal = json_object_get(json, "last_seal");
	CHECK_STR_EQ(json_string_value(json_object_get(seal, "time")), "2026-03-04T14:22:20Z");
	CHECK_STR_EQ(json_string_value(json_object_get(json_object_get(json, "signer"), "ed25519")),
		     "sealed by a TPM, software-held");
	CHECK_STR_EQ(json_string_value(
			     json_object_get(json_object_get(json, "channel"), "qemu_descriptor")),
		     "write-only");
	CHECK_STR_EQ(
		json_string_value(json_object_get(json_object_get(json, "channel"), "last_heard")),
		"2026-03-04T14:22:21Z");
	json_decref(json);
	ls_buffer_free(&text);
	close(fd);
	ls_remove_tree(AT_FDCWD, place, NULL);
}

static json_t *written(const struct ls_status *s)
{
	char place[] = "/tmp/labseal-test-XXXXXX";
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 65536);
	int fd = mkdtemp(place) ? open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	CHECK_INT_EQ(ls_status_write(fd, s, &err), 0);
	CHECK_INT_EQ(ls_file_read(fd, LS_STATE_STATUS, &text, &err), 0);
	close(fd);
	ls_remove_tree(AT_FDCWD, place, NULL);
	return json_loads(ls_buffer_str(&text), 0, NULL);
}

/* Each member has a row on the page, by its dotted name; returns how many there are. */
static size_t check_rows(const char *page, const char *prefix, const json_t *value)
{
	char row[256];
	const char *key;
	json_t *member;
	size_t count = 0;
	if (json_array_size(value) > 0) {
		snprintf(row, sizeof(row), "%s[]", prefix);
		return check_rows(page, row, json_array_get(value, 0));
	}
	if (!json_is_object(value)) {
		snprintf(row, sizeof(row), "\n| `%s` | ", prefix);
		if (!strstr(page, row))
			CHECK_STR_EQ(row, "a row of " PAGE);
		return 1;
	}
	json_object_foreach((json_t *)value, key, member)
	{
		snprintf(row, sizeof(row), "%s%s%s", prefix, prefix[0] ? "." : "", key);
		count += check_rows(page, row, member);
	}
	return count;
}

TEST(the_page_has_each_member_and_no_other)
{
	struct ls_error err;
	struct ls_buffer page;
	struct ls_status s = status_sample();
	size_t rows = 0;
	ls_status_process(&s, "self", getpid());
	json_t *json = written(&s);
	ls_buffer_init(&page, 65536);
	REQUIRE(json_is_object(json) && ls_file_read(AT_FDCWD, PAGE, &page, &err) == 0);
	const char *table = strstr(ls_buffer_str(&page), "\n| member |");
	REQUIRE(table);
	for (const char *c = strstr(table, "\n| `"); c; c = strstr(c + 1, "\n| `"))
		rows++;
	CHECK_INT_EQ(check_rows(table, "", json), rows);
	json_decref(json);
	ls_buffer_free(&page);
}

TEST(what_is_silent_low_or_waits_is_said)
{
	struct ls_status s = status_sample();
	s.is_silent = true;
	s.next_try = 1772634142;
	json_t *json = written(&s);
	const char *room = "", *next = "", *label = "";
	int silent = 0;
	json_int_t free_bytes = 0;
	CHECK_INT_EQ(json_unpack(json, "{s:{s:b}, s:s, s:{s:{s:s, s:I}}, s:{s:s}}", "channel",
				 "silent", &silent, "next_try", &next, "disk", "spool", "room",
				 &room, "free", &free_bytes, "last_result", "label", &label),
		     0);
	CHECK(silent);
	CHECK_STR_EQ(next, "2026-03-04T14:22:22Z");
	CHECK_STR_EQ(room, "low");
	CHECK_INT_EQ(free_bytes, 1000);
	CHECK_STR_EQ(label, "plate6.eds");
	json_decref(json);
}

TEST(the_calibration_is_said_or_that_there_is_none)
{
	struct ls_status s = status_sample();
	const char *verdict = "", *due = "", *reason = "", *results = "";
	json_t *json = written(&s);
	CHECK_INT_EQ(json_unpack(json, "{s:s, s:{s:s, s:s, s:s}}", "calibration", &verdict,
				 "calibrated", "due", &due, "reason", &reason, "results", &results),
		     0);
	CHECK_STR_EQ(verdict, "NOT TRACEABLE");
	CHECK_STR_EQ(due, "2026-03-04T13:13:20Z");
	CHECK_STR_EQ(reason, "cal.time.due: it was due");
	CHECK_STR_EQ(results, "kept");
	json_decref(json);
	s.calibration = NULL;
	json = written(&s);
	CHECK_STR_EQ(json_string_value(json_object_get(json, "calibration")), "off");
	CHECK_INT_EQ(json_object_size(json_object_get(json, "calibrated")), 0);
	json_decref(json);
}

TEST(one_way_is_what_kernel_and_libvirt_say)
{
	struct ls_status s = status_sample();
	CHECK(ls_status_is_one_way(&s));
	s.vm.facts.other_ways = 1;
	CHECK(!ls_status_is_one_way(&s));
	s = status_sample();
	s.qemu_descriptor = "readable";
	CHECK(!ls_status_is_one_way(&s));
	s = status_sample();
	snprintf(s.vm.facts.channel, sizeof(s.vm.facts.channel), "unix");
	CHECK(!ls_status_is_one_way(&s));
}

TEST(a_process_that_ended_keeps_its_peak)
{
	struct ls_status s = status_sample();
	ls_status_process(&s, "nobody", 0);
	CHECK_INT_EQ(s.process_count, 0);
	ls_status_process(&s, "self", getpid());
	CHECK_INT_EQ(s.process_count, 1);
	uint64_t peak = s.processes[0].peak_kib;
	CHECK(peak > 100);
	ls_status_process(&s, "self", 0);
	CHECK_INT_EQ(s.process_count, 1);
	CHECK_INT_EQ(s.processes[0].pid, 0);
	CHECK(s.processes[0].peak_kib == peak);
	CHECK_INT_EQ(ls_process_peak_kib(0x3fffffff), 0);
}

TEST_MAIN()
