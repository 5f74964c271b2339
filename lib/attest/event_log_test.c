/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/attest/event_log.h"

#include <errno.h>

#include "lib/base/test.h"

/* The values were computed with Python's hashlib from the rule in the header. */
#define FIRST_DIGEST "28865defea6069e53c728aef335bce2b498fd1e59a0387796d2b57bf23fb7013"
#define REPLAYED     "83f315e99c142e1c15c296844671e0cc37a9a0cb12ac1698f695179afd9f8fba"
#define AA	     "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define FIRST_LINE                                                                                 \
	"{\"recnum\":0,\"pcr\":23,\"digests\":[{\"hashAlg\":\"sha256\",\"digest\":\"" FIRST_DIGEST \
	"\"}],\"content_type\":\"labseal\",\"content\":{\"event\":\"supervisor\",\"path\":"        \
	"\"labseald\",\"sha256\":\"" AA "\",\"size\":81234}}\n"

static int add(struct ls_event_log *log, enum ls_measured event, const char *path, int byte,
	       uint64_t size, struct ls_error *err)
{
	struct ls_measurement m = { .event = event, .size = size };
	snprintf(m.path, sizeof(m.path), "%s", path);
	memset(m.sha256.bytes, byte, LS_DIGEST_SIZE);
	return ls_event_log_add(log, &m, err);
}

static void fill(struct ls_event_log *log)
{
	CHECK_INT_EQ(add(log, LS_MEASURED_SUPERVISOR, "labseald", 0xaa, 81234, NULL), 0);
	CHECK_INT_EQ(add(log, LS_MEASURED_ENCLAVE_FILE, "/lib/libc.so.6", 0xbb, 1, NULL), 0);
	CHECK_INT_EQ(add(log, LS_MEASURED_ENCLAVE_FILE, "labseal \"x\"\\enclave", 0xcc, 2, NULL),
		     0);
	CHECK_INT_EQ(add(log, LS_MEASURED_POLICY, "policy.yaml", 0xdd, 3, NULL), 0);
	CHECK_INT_EQ(add(log, LS_MEASURED_DOMAIN_XML, "domain.xml", 0xee, 4, NULL), 0);
	CHECK_INT_EQ(add(log, LS_MEASURED_BASE_IMAGE, "xp base.qcow2", 0xff, 5, NULL), 0);
}

TEST(the_measured_string_is_as_documented)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	struct ls_digest digest;
	char hex[LS_DIGEST_HEX_SIZE];
	fill(&log);
	ls_measurement_digest(&log.records[0], &digest);
	CHECK_STR_EQ(ls_digest_hex(&digest, hex), FIRST_DIGEST);
	ls_event_log_replay(&log, &digest);
	CHECK_STR_EQ(ls_digest_hex(&digest, hex), REPLAYED);
}

TEST(a_log_has_one_spelling)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 }, again = { 0 };
	_cleanup_buffer_ struct ls_buffer text, text_again;
	struct ls_error err = { 0 };
	ls_buffer_init(&text, LS_EVENT_LOG_SIZE_MAX);
	ls_buffer_init(&text_again, LS_EVENT_LOG_SIZE_MAX);
	fill(&log);
	CHECK_INT_EQ(ls_event_log_format(&log, &text), 0);
	CHECK(strncmp(ls_buffer_str(&text), FIRST_LINE, strlen(FIRST_LINE)) == 0);
	CHECK_INT_EQ(ls_event_log_parse(text.data, text.size, &again, &err), 0);
	CHECK_STR_EQ(err.message, "");
	CHECK_INT_EQ(again.count, 6);
	CHECK_STR_EQ(again.records[2].path, "labseal \"x\"\\enclave");
	CHECK_INT_EQ(again.records[5].size, 5);
	CHECK_INT_EQ(ls_event_log_format(&again, &text_again), 0);
	CHECK_STR_EQ(ls_buffer_str(&text_again), ls_buffer_str(&text));
}

TEST(an_empty_log_parses_and_replays_to_zero)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	struct ls_digest pcr;
	CHECK_INT_EQ(ls_event_log_parse("", 0, &log, NULL), 0);
	ls_event_log_replay(&log, &pcr);
	CHECK(ls_digest_is_zero(&pcr));
	CHECK_INT_EQ(ls_event_log_check_complete(&log, NULL), -EINVAL);
}

TEST(what_is_missing_is_named)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	struct ls_error err = { 0 };
	add(&log, LS_MEASURED_SUPERVISOR, "labseald", 1, 1, NULL);
	add(&log, LS_MEASURED_ENCLAVE_FILE, "labseal-enclave", 2, 2, NULL);
	add(&log, LS_MEASURED_DOMAIN_XML, "domain.xml", 4, 4, NULL);
	CHECK_INT_EQ(ls_event_log_check_complete(&log, &err), -EINVAL);
	CHECK_STR_HAS(err.message, "'policy'");
	_cleanup_event_log_ struct ls_event_log whole = { 0 };
	fill(&whole);
	CHECK_INT_EQ(ls_event_log_check_complete(&whole, &err), 0);
}

TEST(order_is_kept)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(add(&log, LS_MEASURED_POLICY, "policy.yaml", 1, 1, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "event-log.order");
	add(&log, LS_MEASURED_SUPERVISOR, "labseald", 1, 1, NULL);
	CHECK_INT_EQ(add(&log, LS_MEASURED_SUPERVISOR, "other", 1, 1, NULL), -EINVAL);
	CHECK_INT_EQ(add(&log, LS_MEASURED_ENCLAVE_FILE, "b", 1, 1, NULL), 0);
	CHECK_INT_EQ(add(&log, LS_MEASURED_ENCLAVE_FILE, "a", 1, 1, NULL), -EINVAL);
	CHECK_INT_EQ(add(&log, LS_MEASURED_ENCLAVE_FILE, "b", 1, 1, NULL), -EINVAL);
	CHECK_INT_EQ(add(&log, LS_MEASURED_POLICY, "policy.yaml", 1, 1, NULL), 0);
	CHECK_INT_EQ(add(&log, LS_MEASURED_ENCLAVE_FILE, "c", 1, 1, NULL), -EINVAL);
	CHECK_INT_EQ(log.count, 3);
}

TEST(bad_paths_are_refused)
{
	static const char *const bad[] = { "", "a\nb", "a\x7f", "a\xff", "\xed\xa0\x80" };
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		_cleanup_event_log_ struct ls_event_log log = { 0 };
		struct ls_error err = { 0 };
		CHECK_INT_EQ(add(&log, LS_MEASURED_SUPERVISOR, bad[i], 1, 1, &err), -EINVAL);
		CHECK_STR_EQ(err.id, "event-log.path");
	}
}

TEST(a_log_has_a_most)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	char path[16];
	add(&log, LS_MEASURED_SUPERVISOR, "labseald", 1, 1, NULL);
	for (int i = 1; i < LS_EVENT_LOG_RECORDS_MAX; i++) {
		snprintf(path, sizeof(path), "%04d", i);
		CHECK_INT_EQ(add(&log, LS_MEASURED_ENCLAVE_FILE, path, 1, 1, NULL), 0);
	}
	CHECK_INT_EQ(add(&log, LS_MEASURED_POLICY, "policy.yaml", 1, 1, NULL), -E2BIG);
}

/* One text exchanged in a good line, and the refusal's id. */
TEST(altered_lines_are_refused)
{
	static const struct {
		const char *from, *to, *id;
	} cases[] = {
		{ "\"recnum\":0", "\"recnum\":1", "event-log.number" },
		{ "\"recnum\":0", "\"recnum\":00", "event-log.malformed" },
		{ "\"recnum\":0", "\"recnum\":-0", "event-log.malformed" },
		{ "\"recnum\":0", "\"recnum\":99999999999999999999999", "event-log.malformed" },
		{ "\"pcr\":23", "\"pcr\":16", "event-log.malformed" },
		{ "\"hashAlg\":\"sha256\"", "\"hashAlg\":\"sha1\"", "event-log.malformed" },
		{ "28865d", "28865e", "event-log.digest" },
		{ "28865d", "28865D", "event-log.malformed" },
		{ "\"labseald\"", "\"labsealx\"", "event-log.digest" },
		{ "\"labseald\"", "\"labseald\\\"", "event-log.malformed" },
		{ "\"labseald\"", "\"\\labseald\"", "event-log.malformed" },
		{ "\"supervisor\"", "\"superviser\"", "event-log.malformed" },
		{ "\"supervisor\"", "\"policy\"", "event-log.digest" },
		{ "81234", "81235", "event-log.digest" },
		{ "81234}}\n", "81234}}", "event-log.malformed" },
		{ "81234}}\n", "81234}}\r\n", "event-log.malformed" },
		{ "81234}}\n", "81234}} \n", "event-log.malformed" },
		{ "81234}}\n", "81234}}\n\n", "event-log.malformed" },
		{ "{\"recnum\"", " {\"recnum\"", "event-log.malformed" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[1024];
		struct ls_error err = { 0 };
		const char *at = strstr(FIRST_LINE, cases[i].from);
		REQUIRE(at);
		snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - FIRST_LINE), FIRST_LINE,
			 cases[i].to, at + strlen(cases[i].from));
		_cleanup_event_log_ struct ls_event_log log = { 0 };
		CHECK_INT_EQ(ls_event_log_parse(text, strlen(text), &log, &err), -EBADMSG);
		CHECK_STR_EQ(err.id, cases[i].id);
		CHECK_INT_EQ(log.count, 0);
	}
}

TEST(every_cut_is_refused)
{
	for (size_t n = 1; n < strlen(FIRST_LINE); n++) {
		_cleanup_event_log_ struct ls_event_log log = { 0 };
		CHECK_INT_EQ(ls_event_log_parse(FIRST_LINE, n, &log, NULL), -EBADMSG);
	}
}

TEST(the_line_is_named)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	struct ls_error err = { 0 };
	const char *text = FIRST_LINE "x\n";
	CHECK_INT_EQ(ls_event_log_parse(text, strlen(text), &log, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "line 2 of the event log");
}

TEST_MAIN()
