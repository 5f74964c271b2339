/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/seal/record.h"

#include <errno.h>

#include "lib/base/test.h"

#define NOON INT64_C(1772625600000) /* 2026-03-04T12:00:00Z, ms */

static struct ls_digest digest(uint8_t byte)
{
	struct ls_digest d;
	memset(d.bytes, byte, sizeof(d.bytes));
	return d;
}

static struct ls_record_file file;

static struct ls_record result(void)
{
	file = (struct ls_record_file){
		.path = "original/plate7.eds",
		.number = 3,
		.size = 123456789,
		.sha256 = digest(0x11),
		.claimed = { .name = "plate%207 \xc3\xa4.eds",
			     .parent = digest(0x22),
			     .modified = NOON - 5000,
			     .clock = NOON - 4000 },
		.begun = NOON + 10,
		.received = NOON + 1123,
	};
	return (struct ls_record){
		.kind = LS_SEAL_RESULT,
		.instrument = "7500-01",
		.seal = 42,
		.session = "00112233445566778899aabbccddeeff",
		.received = NOON + 1123,
		.count = 1,
		.files = &file,
		.policy = digest(0x33),
		.domain_xml = digest(0x44),
		.base_image = digest(0x55),
		.pcr23 = digest(0x66),
		.approval_version = 7,
		.key_kind = LS_KEY_SOFTWARE_TPM,
		.development = true,
	};
}

static struct ls_record event(char *detail)
{
	return (struct ls_record){
		.kind = LS_SEAL_EVENT,
		.event = "vm-start",
		.event_key = digest(0x77),
		.instrument = "7500-01",
		.seal = 1,
		.received = NOON,
		.detail = detail,
		.key_kind = LS_KEY_FILE,
	};
}

#define H(n) n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n n

static const char RESULT[] =
	"{\n"
	" \"schema\": \"labseal/record/v1\",\n"
	" \"kind\": \"result\",\n"
	" \"instrument\": \"7500-01\",\n"
	" \"seal\": 42,\n"
	" \"received\": \"2026-03-04T12:00:01.123Z\",\n"
	" \"session\": \"00112233445566778899aabbccddeeff\",\n"
	" \"files\": [\n"
	"  {\n"
	"   \"path\": \"original/plate7.eds\",\n"
	"   \"number\": 3,\n"
	"   \"size\": 123456789,\n"
	"   \"sha256\": \"" H(
		"11") "\",\n"
		      "   \"claimed\": {\n"
		      "    \"name\": \"plate%207 \xc3\xa4.eds\",\n"
		      "    \"modified\": \"2026-03-04T11:59:55.000Z\",\n"
		      "    \"clock\": \"2026-03-04T11:59:56.000Z\",\n"
		      "    \"parent\": \"" H(
			      "22") "\"\n"
				    "   },\n"
				    "   \"begun\": \"2026-03-04T12:00:00.010Z\",\n"
				    "   \"received\": \"2026-03-04T12:00:01.123Z\",\n"
				    "   \"lag\": {\n"
				    "    \"waited_ms\": 1000,\n"
				    "    \"carried_ms\": 1113\n"
				    "   }\n"
				    "  }\n"
				    " ],\n"
				    " \"environment\": {\n"
				    "  \"policy\": \"" H(
					    "33") "\",\n"
						  "  \"domain_xml\": \"" H(
							  "44") "\",\n"
								"  \"base_image\": \"" H(
									"55") "\"\n"
									      " },\n"
									      " \"measurement\": "
									      "{\n"
									      "  \"pcr23\": \"" H(
										      "66") "\",\n"
											    "  "
											    "\"appr"
											    "oval\""
											    ": 7\n"
											    " },\n"
											    " \"key"
											    "\": "
											    "\"soft"
											    "ware "
											    "TPM\","
											    "\n"
											    " \"dev"
											    "elopme"
											    "nt\": "
											    "true,"
											    "\n"
											    " \"cal"
											    "ibrati"
											    "on\": "
											    "\"not "
											    "checke"
											    "d\"\n"
											    "}\n";

static const char EVENT[] =
	"{\n"
	" \"schema\": \"labseal/record/v1\",\n"
	" \"kind\": \"event\",\n"
	" \"event\": \"vm-start\",\n"
	" \"event_key\": \"" H("77") "\",\n"
				     " \"instrument\": \"7500-01\",\n"
				     " \"seal\": 1,\n"
				     " \"received\": \"2026-03-04T12:00:00.000Z\",\n"
				     " \"session\": null,\n"
				     " \"detail\": {\n"
				     "  \"accelerator\": \"tcg\",\n"
				     "  \"n\": [\n"
				     "   1,\n"
				     "   2\n"
				     "  ]\n"
				     " },\n"
				     " \"environment\": {\n"
				     "  \"policy\": null,\n"
				     "  \"domain_xml\": null,\n"
				     "  \"base_image\": null\n"
				     " },\n"
				     " \"measurement\": {\n"
				     "  \"pcr23\": null,\n"
				     "  \"approval\": null\n"
				     " },\n"
				     " \"key\": \"file\",\n"
				     " \"development\": false,\n"
				     " \"calibration\": \"not checked\"\n"
				     "}\n";

/* Format, compare with the text, parse, format again. */
static void check_text(const struct ls_record *record, const char *wanted)
{
	_cleanup_buffer_ struct ls_buffer once, twice;
	_cleanup_record_ struct ls_record parsed = { 0 };
	struct ls_error err = { 0 };
	ls_buffer_init(&once, LS_RECORD_SIZE_MAX);
	ls_buffer_init(&twice, LS_RECORD_SIZE_MAX);
	REQUIRE(ls_record_format(record, &once, &err) == 0);
	CHECK_STR_EQ(ls_buffer_str(&once), wanted);
	if (ls_record_parse(once.data, once.size, &parsed, &err) < 0)
		TEST_FAIL("%s", err.message);
	REQUIRE(ls_record_format(&parsed, &twice, &err) == 0);
	CHECK_STR_EQ(ls_buffer_str(&twice), wanted);
}

TEST(a_result_is_this_text)
{
	struct ls_record r = result();
	check_text(&r, RESULT);
}

TEST(an_event_is_this_text)
{
	char detail[] = "{\"accelerator\":\"tcg\",\"n\":[1,2]}";
	struct ls_record r = event(detail);
	check_text(&r, EVENT);
}

TEST(a_result_is_read_as_it_was_written)
{
	_cleanup_record_ struct ls_record p = { 0 };
	REQUIRE(ls_record_parse(RESULT, strlen(RESULT), &p, NULL) == 0);
	CHECK_INT_EQ(p.kind, LS_SEAL_RESULT);
	CHECK_INT_EQ(p.count, 1);
	CHECK_INT_EQ(p.files[0].number, 3);
	CHECK_INT_EQ(p.files[0].claimed.modified, NOON - 5000);
	CHECK_INT_EQ(p.received, NOON + 1123);
	CHECK_INT_EQ(p.pcr23.bytes[0], 0x66);
	CHECK_INT_EQ(p.key_kind, LS_KEY_SOFTWARE_TPM);
	CHECK(p.development);
	CHECK(p.detail == NULL);
}

TEST(times_out_of_range_are_not_known)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_record r = result();
	ls_buffer_init(&b, LS_RECORD_SIZE_MAX);
	file.claimed.modified = INT64_MIN;
	file.claimed.clock = INT64_MAX;
	file.begun = 0;
	REQUIRE(ls_record_format(&r, &b, NULL) == 0);
	CHECK_STR_HAS(ls_buffer_str(&b), "\"modified\": null");
	CHECK_STR_HAS(ls_buffer_str(&b), "\"clock\": null");
	CHECK_STR_HAS(ls_buffer_str(&b), "\"waited_ms\": null");
	CHECK_STR_HAS(ls_buffer_str(&b), "\"carried_ms\": null");
	ls_buffer_clear(&b);
	file.claimed.modified = -1; /* the millisecond before 1970 */
	REQUIRE(ls_record_format(&r, &b, NULL) == 0);
	CHECK_STR_HAS(ls_buffer_str(&b), "\"modified\": \"1969-12-31T23:59:59.999Z\"");
}

/* RESULT or EVENT with the first `from` replaced. */
static void check_refused(const char *text, const char *from, const char *to, const char *why)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_record r = { 0 };
	struct ls_error err = { 0 };
	const char *place = strstr(text, from);
	REQUIRE(place != NULL);
	ls_buffer_init(&b, LS_RECORD_SIZE_MAX);
	ls_buffer_add(&b, text, (size_t)(place - text));
	ls_buffer_add_str(&b, to);
	ls_buffer_add_str(&b, place + strlen(from));
	if (ls_record_parse(b.data, b.size, &r, &err) != -EBADMSG)
		TEST_FAIL("accepted with %s for %s", to, from);
	CHECK_STR_HAS(err.message, why);
	CHECK(r.files == NULL && r.detail == NULL);
}

TEST(what_is_not_known_or_missing_is_refused)
{
	static const struct {
		const char *from, *to, *why;
	} bad[] = {
		{ "record/v1", "record/v2", "'schema'" },
		{ "\"result\"", "\"verdict\"", "'kind'" },
		{ "\"result\"", "\"event\"", "'event' is missing" },
		{ "\"seal\": 42", "\"seal\": -42", "'seal'" },
		{ "\"seal\": 42", "\"seal\": 42.0", "'seal'" },
		{ "\"seal\": 42", "\"seal\": \"42\"", "'seal'" },
		{ "\"seal\": 42", "\"seal\": null", "number" },
		{ "\"seal\": 42", "\"seal\": 42, \"seal\": 42", "duplicate" },
		{ "\"seal\": 42", "\"seal\": 42, \"other\": 1", "not known" },
		{ "\"seal\": 42,", "", "'seal' is missing" },
		{ "\"7500-01\"", "\"../x\"", "instrument" },
		{ "T12:00:01.123Z", "T12:00:01Z", "'received'" },
		{ "T12:00:01.123Z", "T12:00:61.123Z", "'received'" },
		{ "2026-03-04T12:00:01.123Z", "1960-03-04T12:00:01.123Z", "time of receipt" },
		{ "\"00112233", "\"0011223", "session" },
		{ "\"00112233", "\"0011223X", "session" },
		{ "\"sha256\": \"11", "\"sha256\": \"1", "'sha256'" },
		{ "\"sha256\": \"11", "\"sha256\": \"1g", "'sha256'" },
		{ "\"waited_ms\": 1000", "\"waited_ms\": 999", "'waited_ms'" },
		{ "\"carried_ms\": 1113", "\"carried_ms\": null", "'carried_ms'" },
		{ "\"approval\": 7", "\"approval\": true", "'approval'" },
		{ "software TPM", "Software TPM", "'key'" },
		{ "\"development\": true", "\"development\": 1", "'development'" },
		{ "not checked", "valid", "'calibration'" },
		{ "\"pcr23\"", "\"pcr22\"", "'pcr23' is missing" },
		{ "}\n", "} x\n", "JSON" },
		{ "{\n", "[\n", "JSON" },
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_refused(RESULT, bad[i].from, bad[i].to, bad[i].why);
	check_refused(RESULT, "\"not checked\"\n}", "\"not checked\"\n} x", "JSON");
	check_refused(EVENT, "vm-start", "VM start", "kind");
	check_refused(EVENT, "\"detail\": {", "\"detail\": 7, \"x-detail\": {", "'detail'");
	check_refused(RESULT, "original/plate7.eds", "original/plate7.eds\\u0000", "JSON");
}

TEST(extensions_are_let_through)
{
	_cleanup_buffer_ struct ls_buffer b;
	_cleanup_record_ struct ls_record r = { 0 };
	ls_buffer_init(&b, LS_RECORD_SIZE_MAX);
	ls_buffer_printf(&b, "{ \"x-note\": [1, {\"a\": null}], %s", RESULT + 1);
	CHECK_INT_EQ(ls_record_parse(b.data, b.size, &r, NULL), 0);
}

TEST(nesting_is_bounded)
{
	static char deep[200000];
	char detail[64] = "{\"a\":[[[[[[1]]]]]]}";
	struct ls_record r = { 0 };
	memset(deep, '[', sizeof(deep));
	CHECK_INT_EQ(ls_record_parse(deep, sizeof(deep), &r, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_record_detail_check(detail, strlen(detail), NULL), 0);
	memcpy(detail, "{\"a\":[[[[[[[1]]]]]]]}", 22);
	CHECK_INT_EQ(ls_record_detail_check(detail, strlen(detail), NULL), -EBADMSG);
	CHECK_INT_EQ(ls_record_detail_check("{\"a\":\"[[[[[[[[[[[\"}", 19, NULL), 0);
	CHECK_INT_EQ(ls_record_detail_check("{\"a\":\"\\\"[[[[[[[[[[[\"}", 21, NULL), 0);
	CHECK_INT_EQ(ls_record_detail_check("[1]", 3, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_record_detail_check("}", 1, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_record_detail_check("", 0, NULL), -EBADMSG);
	CHECK_INT_EQ(ls_record_detail_check("{\"a\":\"\xff\"}", 9, NULL), -EBADMSG);
}

TEST(what_would_not_parse_is_not_written)
{
	_cleanup_buffer_ struct ls_buffer b;
	struct ls_record r;
	char detail[] = "{}";
	ls_buffer_init(&b, LS_RECORD_SIZE_MAX);
#define CHECK_NOT_WRITTEN(change)                                      \
	do {                                                           \
		r = result();                                          \
		change;                                                \
		CHECK_INT_EQ(ls_record_format(&r, &b, NULL), -EINVAL); \
	} while (0)
	CHECK_NOT_WRITTEN(r.count = 0);
	CHECK_NOT_WRITTEN(r.kind = 0);
	CHECK_NOT_WRITTEN(r.seal = 0);
	CHECK_NOT_WRITTEN(r.received = 0);
	CHECK_NOT_WRITTEN(r.key_kind = LS_KEY_KIND_LAST + 1);
	CHECK_NOT_WRITTEN(r.detail = detail);
	CHECK_NOT_WRITTEN(r.event_key = digest(1));
	CHECK_NOT_WRITTEN(r.session[5] = 'X');
	CHECK_NOT_WRITTEN(r.instrument[0] = '\0');
	CHECK_NOT_WRITTEN(file.size = UINT64_MAX);
	CHECK_NOT_WRITTEN(file.sha256 = digest(0));
	CHECK_NOT_WRITTEN(memcpy(file.claimed.name, "\xff", 2));
	char bad_detail[] = "{\"a\":}";
	r = event(bad_detail);
	CHECK_INT_EQ(ls_record_format(&r, &b, NULL), -EBADMSG);
	r = event(detail);
	memcpy(r.event, "Gap", 4);
	CHECK_INT_EQ(ls_record_format(&r, &b, NULL), -EINVAL);
}

TEST(a_record_must_say_what_the_manifest_says)
{
	struct ls_record r = result();
	struct ls_manifest_file files[2] = {
		{ .path = "record.json" }, { .sha256 = digest(0x11), .path = "original/plate7.eds" }
	};
	const struct ls_manifest good = { .kind = LS_SEAL_RESULT,
					  .instrument = "7500-01",
					  .seal = 42,
					  .received = NOON / 1000 + 1,
					  .count = 2,
					  .files = files };
	struct ls_manifest m = good;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_record_matches(&r, &m, &err), 0);
	m.seal = 43;
	CHECK_INT_EQ(ls_record_matches(&r, &m, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "seal number");
	m = good;
	m.received++;
	CHECK_INT_EQ(ls_record_matches(&r, &m, &err), -EBADMSG);
	m = good;
	m.kind = LS_SEAL_EVENT;
	CHECK_INT_EQ(ls_record_matches(&r, &m, &err), -EBADMSG);
	m = good;
	m.count = 1;
	CHECK_INT_EQ(ls_record_matches(&r, &m, &err), -EBADMSG);
	m = good;
	m.instrument[0] = '8';
	CHECK_INT_EQ(ls_record_matches(&r, &m, &err), -EBADMSG);
	files[1].sha256.bytes[0] ^= 1;
	CHECK_INT_EQ(ls_record_matches(&r, &good, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "files");
}

TEST(key_kinds_go_there_and_back)
{
	for (int k = LS_KEY_FILE; k <= LS_KEY_KIND_LAST; k++) {
		enum ls_key_kind again = 0;
		const char *name = ls_key_kind_name((enum ls_key_kind)k);
		CHECK_INT_EQ(ls_key_kind_parse(name, strlen(name), &again), 0);
		CHECK_INT_EQ(again, k);
	}
	enum ls_key_kind kind;
	CHECK_INT_EQ(ls_key_kind_parse("tpm", 3, &kind), -EBADMSG);
	CHECK_STR_EQ(ls_key_kind_name(0), "unknown");
	CHECK_STR_EQ(ls_key_kind_name(LS_KEY_HSM_TPM),
		     "HSM, PIN sealed to the approved state by a TPM");
	for (int software = 0; software < 2; software++)
		for (int tpm = LS_KEY_FILE; tpm <= LS_KEY_TPM; tpm++) {
			kind = ls_key_kind_of_token(software, (enum ls_key_kind)tpm);
			CHECK(ls_key_kind_is_token(kind));
			CHECK_INT_EQ(ls_key_kind_is_software_token(kind), software);
			CHECK_INT_EQ(ls_key_kind_tpm(kind), tpm);
			CHECK(strlen(ls_key_kind_name(kind)) < LS_KEY_KIND_NAME_SIZE);
		}
}

TEST(mutations_do_no_harm)
{
	char text[sizeof(RESULT)];
	memcpy(text, RESULT, sizeof(text));
	for (size_t i = 0; i < strlen(RESULT); i++)
		for (int flip = 1; flip < 256; flip <<= 1) {
			struct ls_record r = { 0 };
			text[i] ^= (char)flip;
			if (ls_record_parse(text, strlen(RESULT), &r, NULL) == 0)
				ls_record_free(&r);
			text[i] ^= (char)flip;
		}
	for (size_t n = 0; n < strlen(RESULT) - 1; n++) {
		struct ls_record r;
		CHECK_INT_EQ(ls_record_parse(text, n, &r, NULL), -EBADMSG);
	}
}

/* What says nothing is not there, so that records of before have the same spelling. */
TEST(members_that_say_nothing_are_left_out)
{
	struct ls_record r = result(), seen = { 0 };
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_RECORD_SIZE_MAX);
	REQUIRE(ls_record_format(&r, &b, &err) == 0);
	CHECK(!strstr(ls_buffer_str(&b), "evidence") && !strstr(ls_buffer_str(&b), "unconfined"));
	CHECK(!strstr(ls_buffer_str(&b), "ed25519"));
	r.ed25519 = LS_ED25519_TPM;
	r.evidence = 41;
	snprintf(r.unconfined, sizeof(r.unconfined), "own user, Landlock");
	ls_buffer_clear(&b);
	REQUIRE(ls_record_format(&r, &b, &err) == 0);
	REQUIRE(ls_record_parse(b.data, b.size, &seen, &err) == 0);
	CHECK_INT_EQ(seen.evidence, 41);
	CHECK_INT_EQ(seen.ed25519, LS_ED25519_TPM);
	CHECK_STR_EQ(seen.unconfined, "own user, Landlock");
	ls_record_free(&seen);
}

TEST(evidence_is_of_an_earlier_seal_and_words_are_words)
{
	struct ls_record r = result();
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_RECORD_SIZE_MAX);
	r.evidence = 42; /* its own */
	CHECK_INT_EQ(ls_record_format(&r, &b, &err), -EINVAL);
	CHECK_STR_HAS(err.message, "not of an earlier seal");
	r.evidence = 0;
	snprintf(r.unconfined, sizeof(r.unconfined), "a\nb");
	CHECK_INT_EQ(ls_record_format(&r, &b, &err), -EINVAL);
}

TEST(samples_are_a_results_and_read_as_written)
{
	struct ls_error err;
	struct ls_record r = result(), back = { .count = 0 };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_RECORD_SIZE_MAX);
	r.samples.count = LS_SAMPLES_MAX;
	for (size_t i = 0; i < LS_SAMPLES_MAX; i++) {
		struct ls_sample *k = &r.samples.list[i];
		memset(k->name, '"', LS_SAMPLE_NAME_SIZE - 1); /* doubled in JSON */
		k->name[0] = (char)('a' + i);
		k->sha256 = digest(0x11);
		k->size = LS_SEQUENCE_SIZE_MAX;
		snprintf(k->signer.text, sizeof(k->signer.text), "0000-0002-1825-0097");
	}
	REQUIRE(ls_record_format(&r, &b, &err) == 0);
	CHECK(b.size <= LS_RECORD_HEAD_ROOM + ls_record_file_room(&file));
	REQUIRE(ls_record_parse(b.data, b.size, &back, &err) == 0);
	CHECK(memcmp(&back.samples, &r.samples, sizeof(r.samples)) == 0);
	ls_record_free(&back);

	char detail[] = "{}";
	struct ls_record e = event(detail);
	e.samples = r.samples;
	CHECK_INT_EQ(ls_record_format(&e, &b, &err), -EINVAL);
}

TEST_MAIN()
