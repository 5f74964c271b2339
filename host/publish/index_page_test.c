/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/index_page.h"

#include "host/publish/index_timeline.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

static struct ls_item result_item(const char *label)
{
	struct ls_item item = { .seal = 42, .year = "2026" };
	snprintf(item.label, sizeof(item.label), "%s", label);
	return item;
}

static const char *text_of(const struct ls_index_row *row)
{
	return ls_buffer_str(&row->html);
}

/* The row of a result whose claimed name is this, escaped as records have it. */
static void row_of(const char *claimed, size_t n, struct ls_index_row *row)
{
	_cleanup_buffer_ struct ls_buffer escaped;
	ls_buffer_init(&escaped, LS_CLAIMED_NAME_SIZE - 1);
	ls_text_escape(claimed, n, &escaped);
	struct ls_record_file file = { .path = "original/plate7.eds", .size = 1234567 };
	snprintf(file.claimed.name, sizeof(file.claimed.name), "%s", ls_buffer_str(&escaped));
	struct ls_record record = {
		.kind = LS_SEAL_RESULT,
		.received = 1772634139000,
		.count = 1,
		.files = &file,
	};
	struct ls_item item = result_item("plate7.eds");
	CHECK_INT_EQ(ls_index_row(&item, &record, false, row), 0);
}

TEST(a_row_says_what_where_and_when)
{
	_cleanup_index_row_ struct ls_index_row row = { 0 };
	row_of("Plate 7.eds", 11, &row);
	const char *text = text_of(&row);
	CHECK_STR_HAS(text, ">42</a>");
	CHECK_STR_HAS(text, "2026-03-04 14:22:19");
	CHECK_STR_HAS(text, "><bdi>Plate 7.eds</bdi></a>");
	CHECK_STR_HAS(text, "1,234,567");
	CHECK_STR_HAS(text, "<code title=\"000000000000");
	CHECK_STR_HAS(text, "href=\"results/2026/000042-plate7.eds/original/plate7.eds\"");
	CHECK_STR_HAS(text, "href=\"results/2026/000042-plate7.eds/manifest.sha256.p7s\"");
}

/* Markup that a row has when the name is harmless: nothing may be added by a name. */
static size_t count_of(const char *text, const char *what)
{
	size_t n = 0;
	for (const char *p = text; (p = strstr(p, what)); p++)
		n++;
	return n;
}

TEST(names_from_the_guest_cannot_become_markup)
{
	static const char *const names[] = {
		"<script>alert(1)</script>",
		"\"><img src=x onerror=alert(1)>",
		"' onmouseover='alert(1)",
		"</td></tr></table><h1>VERIFIED</h1>",
		"&lt;b&gt;",
		"<!--",
		"]]>",
		"javascript:alert(1)",
		"a\x00"
		"b",
		"\xe2\x80\xae"
		"fdp.exe", /* right-to-left override */
		"\xff\xfe<\xc0\xbc",
		"{{7*7}}${7*7}`",
	};
	static const size_t sizes[] = { 25, 30, 23, 35, 9, 4, 3, 19, 3, 10, 5, 15 };
	_cleanup_index_row_ struct ls_index_row plain = { 0 };
	row_of("x", 1, &plain);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_index_row_ struct ls_index_row row = { 0 };
		row_of(names[i], sizes[i], &row);
		const char *text = text_of(&row), *base = text_of(&plain);
		CHECK_INT_EQ(count_of(text, "<"), count_of(base, "<"));
		CHECK_INT_EQ(count_of(text, ">"), count_of(base, ">"));
		CHECK_INT_EQ(count_of(text, "\""), count_of(base, "\""));
		CHECK_INT_EQ(count_of(text, "'"), 0);
		CHECK_INT_EQ(strlen(text), row.html.size); /* no NUL */
		CHECK(ls_utf8_valid(text, row.html.size));
		CHECK(!strstr(text, "\xe2\x80\xae"));
	}
}

TEST(an_ampersand_in_a_name_is_shown_as_itself)
{
	_cleanup_index_row_ struct ls_index_row row = { 0 };
	row_of("&lt;b&gt;", 9, &row);
	CHECK_STR_HAS(text_of(&row), "><bdi>&amp;lt;b&amp;gt;</bdi></a>");
}

TEST(an_event_is_a_row_without_a_file)
{
	struct ls_record record = { .kind = LS_SEAL_EVENT, .event = "vm-start" };
	struct ls_item item = result_item("vm-start");
	item.is_event = true;
	_cleanup_index_row_ struct ls_index_row row = { 0 };
	CHECK_INT_EQ(ls_index_row(&item, &record, false, &row), 0);
	CHECK_STR_HAS(text_of(&row), "event: vm-start");
	CHECK_STR_HAS(text_of(&row), "href=\"events/2026/000042-vm-start/record.json\"");
	CHECK(!strstr(text_of(&row), "original/"));
}

TEST(a_seal_of_several_files_has_a_row_for_each)
{
	struct ls_record_file files[3] = { { .path = "original/a" },
					   { .path = "original/b" },
					   { .path = "original/c" } };
	struct ls_record record = { .kind = LS_SEAL_RESULT, .count = 3, .files = files };
	struct ls_item item = result_item("a");
	_cleanup_index_row_ struct ls_index_row row = { 0 };
	CHECK_INT_EQ(ls_index_row(&item, &record, false, &row), 0);
	CHECK_INT_EQ(count_of(text_of(&row), "<tr"), 3);
}

static void page_of(const struct ls_index_state *state, uint64_t block, struct ls_buffer *out)
{
	_cleanup_index_row_ struct ls_index_row row = { 0 };
	row_of("x.eds", 5, &row);
	const struct ls_index_row *rows[] = { &row };
	ls_buffer_init(out, LS_INDEX_SIZE_MAX);
	CHECK_INT_EQ(ls_index_page(state, rows, 1, block, out), 0);
}

TEST(many_results_of_a_seal_have_one_row)
{
	static struct ls_record_file files[LS_INDEX_FILES + 3];
	struct ls_record record = { .kind = LS_SEAL_RESULT,
				    .count = LS_INDEX_FILES,
				    .files = files };
	struct ls_item item = { .seal = 42, .year = "2026", .label = "11-files" };
	_cleanup_index_row_ struct ls_index_row all = { 0 }, some = { 0 };
	for (size_t i = 0; i < LS_INDEX_FILES + 3; i++) {
		snprintf(files[i].path, sizeof(files[i].path), "original/file%zu.eds", i);
		snprintf(files[i].claimed.name, sizeof(files[i].claimed.name), "<file %zu>", i);
		files[i].size = 1000;
	}
	CHECK_INT_EQ(ls_index_row(&item, &record, false, &all), 0);
	CHECK_STR_HAS(text_of(&all), "/original/file7.eds\"><bdi>&lt;file 7&gt;</bdi></a></td>");
	record.count = LS_INDEX_FILES + 3;
	CHECK_INT_EQ(ls_index_row(&item, &record, false, &some), 0);
	const char *text = text_of(&some);
	CHECK_STR_HAS(text,
		      "11 results: <a href=\"results/2026/000042-11-files/original/file0.eds\">");
	CHECK_STR_HAS(
		text,
		"&lt;file 7&gt;</bdi></a>, <a href=\"results/2026/000042-11-files/original/\">"
		"and 3 more</a></td><td class=\"n\">11,000<");
	CHECK(!strstr(text, "file 8"));
}

TEST(a_report_is_linked_where_there_is_one)
{
	struct ls_record_file file = { .path = "original/plate7.eds", .size = 1 };
	struct ls_record record = { .kind = LS_SEAL_RESULT, .count = 1, .files = &file };
	struct ls_item item = result_item("plate7.eds");
	_cleanup_index_row_ struct ls_index_row row = { 0 };
	CHECK_INT_EQ(ls_index_row(&item, &record, false, &row), 0);
	CHECK(!strstr(text_of(&row), "report.html"));
	CHECK_INT_EQ(ls_index_row(&item, &record, true, &row), 0);
	CHECK_STR_HAS(text_of(&row),
		      "<a href=\"results/2026/000042-plate7.eds/report.html\">report</a>");
}

/* --- the time line -------------------------------------------------------------- */

static struct ls_index_row mark(uint64_t seal, enum ls_index_kind kind, const char *event,
				int64_t at)
{
	struct ls_index_row row = { .seal = seal,
				    .kind = kind,
				    .received = 1772582400 + at, /* 2026-03-04T00:00:00Z */
				    .results = kind == LS_INDEX_RESULT };
	snprintf(row.event, sizeof(row.event), "%s", event);
	return row;
}

/* Of rows that are given in the order of their seals. */
static void timeline_of(const struct ls_index_row *marks, size_t count, const char *page,
			struct ls_buffer *out)
{
	const struct ls_index_row *newest_first[2000];
	for (size_t i = 0; i < count; i++)
		newest_first[i] = &marks[count - 1 - i];
	struct ls_html h;
	ls_buffer_init(out, 1u << 20);
	ls_html_init(&h, out);
	ls_index_timeline(newest_first, count, page, &h);
	CHECK_INT_EQ(ls_buffer_error(out), 0);
}

TEST(the_time_line_shows_results_runs_and_what_needs_attention)
{
	const struct ls_index_row marks[] = {
		mark(1, LS_INDEX_MACHINE_ON, "vm-start", 0),
		mark(2, LS_INDEX_RESULT, "", 3600),
		mark(3, LS_INDEX_PROBLEM, "gap", 7200),
		mark(4, LS_INDEX_MACHINE_OFF, "vm-stop", 18000),
		mark(5, LS_INDEX_EVENT, "approval", 36000),
	};
	_cleanup_buffer_ struct ls_buffer svg;
	timeline_of(marks, 5, "", &svg);
	const char *text = ls_buffer_str(&svg);
	CHECK_STR_HAS(text, "<a href=\"#s2\"><rect class=\"r\" x=\"10.00%\"");
	CHECK_STR_HAS(text, "<title>1 result</title>");
	CHECK_STR_HAS(text, "<rect class=\"m\" x=\"0.00%\" y=\"82.0\" width=\"50.00%\"");
	CHECK_STR_HAS(text, "<a href=\"#s3\"><circle class=\"p\" cx=\"20.31%\"");
	CHECK_STR_HAS(text, "<title>gap</title>");
	CHECK_STR_HAS(text, "<a href=\"#s5\"><circle class=\"e\"");
	CHECK_STR_HAS(text, ">03:00</text>");
	CHECK_INT_EQ(count_of(text, "<circle"), 2);
	CHECK_INT_EQ(count_of(text, "class=\"m\""), 1);
}

TEST(drift_ends_a_run_and_needs_attention)
{
	const struct ls_index_row marks[] = {
		mark(8, LS_INDEX_RESULT, "", 0), /* it ran when the page begins */
		mark(9, LS_INDEX_PROBLEM, "drift", 100),
		mark(10, LS_INDEX_MACHINE_ON, "vm-start", 300),
		mark(11, LS_INDEX_RESULT, "", 400),
	};
	_cleanup_buffer_ struct ls_buffer svg;
	timeline_of(marks, 4, "index/000001-001000.html", &svg);
	const char *text = ls_buffer_str(&svg);
	CHECK_STR_HAS(text, "<rect class=\"m\" x=\"0.00%\" y=\"82.0\" width=\"25.00%\"");
	CHECK_STR_HAS(text, "<rect class=\"m\" x=\"75.00%\" y=\"82.0\" width=\"25.00%\"");
	CHECK_STR_HAS(text, "<a href=\"index/000001-001000.html#s9\">");
	CHECK_INT_EQ(count_of(text, "class=\"m\""), 2);
}

TEST(a_time_line_is_as_long_however_many_seals_there_are)
{
	static struct ls_index_row marks[2000];
	_cleanup_buffer_ struct ls_buffer svg;
	for (size_t i = 0; i < 2000; i++)
		marks[i] = mark(i + 1, i % 2 ? LS_INDEX_PROBLEM : LS_INDEX_RESULT,
				i % 2 ? "refused" : "", (int64_t)i * 60);
	timeline_of(marks, 2000, "", &svg);
	CHECK_INT_EQ(count_of(ls_buffer_str(&svg), "<circle"), LS_TIMELINE_BINS);
	CHECK_INT_EQ(count_of(ls_buffer_str(&svg), "class=\"r\""), LS_TIMELINE_BINS);
	CHECK_STR_HAS(ls_buffer_str(&svg), "refused and 5 more");
}

TEST(a_time_line_needs_two_times_and_passes_over_what_is_missing)
{
	const struct ls_index_row same[] = { mark(1, LS_INDEX_RESULT, "", 5),
					     mark(2, LS_INDEX_RESULT, "", 5) };
	const struct ls_index_row back[] = { mark(1, LS_INDEX_RESULT, "", 500),
					     { 0 },
					     mark(3, LS_INDEX_PROBLEM, "clock-back", 100) };
	_cleanup_buffer_ struct ls_buffer none, svg;
	timeline_of(same, 2, "", &none);
	CHECK_INT_EQ(none.size, 0);
	timeline_of(back, 3, "", &svg);
	CHECK_STR_HAS(ls_buffer_str(&svg), "2026-03-04 00:01:40</time> to");
	CHECK_STR_HAS(ls_buffer_str(&svg), "<circle class=\"p\" cx=\"0.31%\"");
}

/* --- pages ---------------------------------------------------------------------- */

TEST(a_page_is_whole_and_loads_nothing)
{
	const struct ls_index_state state = {
		.instrument = "7500-01",
		.key_kind = LS_KEY_SOFTWARE_TPM,
		.development = true,
		.seals = 2413,
		.results = 2400,
		.events = 13,
		.gaps = 1,
		.vm = "vm-start",
		.vm_since = 1772634139,
		.last = 1772634139,
	};
	_cleanup_buffer_ struct ls_buffer page;
	page_of(&state, 0, &page);
	const char *text = ls_buffer_str(&page);
	CHECK_STR_HAS(text, "<title>Results of 7500-01</title>");
	CHECK_STR_HAS(text, "; frame-src 'self' file:; base-uri 'none'");
	CHECK_STR_HAS(text, "<dd>running<small>since <time");
	CHECK_STR_HAS(text, "<dt>Results</dt><dd>2,400</dd>");
	CHECK_STR_HAS(text, "<div class=\"bad\"><dt>Gaps</dt><dd>1</dd>");
	CHECK_STR_HAS(text, "<div class=\"\"><dt>Refused</dt><dd>none</dd>");
	CHECK_STR_HAS(text, "Signing key: <b>software TPM</b>.");
	CHECK_STR_HAS(text, "Development setup");
	CHECK_STR_HAS(text, "<a href=\"index/000001-001000.html\">");
	CHECK_STR_HAS(text, "<a href=\"index/001001-002000.html\">");
	CHECK(!strstr(text, "trust/"));
	CHECK(!strstr(text, " src="));
	CHECK(!strstr(text, "http:") && !strstr(text, "https:"));
	CHECK(!strstr(text, "<base"));
}

TEST(a_page_tells_of_the_calibration_where_it_is_watched)
{
	struct ls_index_state state = { .instrument = "7500-01",
					.calibration = LS_CALIBRATION_NOT_TRACEABLE,
					.calibration_due = 1772634139 };
	_cleanup_buffer_ struct ls_buffer page;
	page_of(&state, 0, &page);
	CHECK_STR_HAS(ls_buffer_str(&page),
		      "<div class=\"wide bad\"><dt>Calibration</dt><dd>NOT TRACEABLE<small>at the "
		      "last seal, due <time datetime=\"2026-03-04T14:22:19Z\"");
	state.calibration = LS_CALIBRATION_NOT_CHECKED;
	ls_buffer_free(&page);
	page_of(&state, 0, &page);
	CHECK(!strstr(ls_buffer_str(&page), "Calibration"));
}

TEST(a_row_tells_of_a_calibration_that_is_not_as_it_should_be)
{
	_cleanup_index_row_ struct ls_index_row row = { 0 };
	struct ls_record_file file = { .path = "original/plate7.eds", .size = 1 };
	struct ls_record record = { .kind = LS_SEAL_RESULT, .count = 1, .files = &file };
	struct ls_item item = result_item("plate7.eds");
	record.calibration.verdict = LS_CALIBRATION_TRACEABLE;
	CHECK_INT_EQ(ls_index_row(&item, &record, false, &row), 0);
	CHECK(!strstr(text_of(&row), "calibration"));
	record.calibration.verdict = LS_CALIBRATION_CANNOT_BE_SHOWN;
	CHECK_INT_EQ(ls_index_row(&item, &record, false, &row), 0);
	CHECK_STR_HAS(text_of(&row), "<b>calibration: CANNOT BE SHOWN</b>");
	record = (struct ls_record){ .kind = LS_SEAL_EVENT, .event = "calibration" };
	record.calibration.verdict = LS_CALIBRATION_NOT_TRACEABLE;
	item = (struct ls_item){
		.seal = 43, .is_event = true, .year = "2026", .label = "calibration"
	};
	CHECK_INT_EQ(ls_index_row(&item, &record, false, &row), 0);
	CHECK_INT_EQ(row.kind, LS_INDEX_PROBLEM);
	CHECK_STR_HAS(text_of(&row), "calibration changed <b>calibration: NOT TRACEABLE</b>");
}

TEST(a_page_of_a_full_thousand_links_from_the_top)
{
	const struct ls_index_state state = { .instrument = "7500-01", .seals = 2000 };
	_cleanup_buffer_ struct ls_buffer page;
	page_of(&state, 2, &page);
	CHECK_STR_HAS(ls_buffer_str(&page), "<base href=\"../\" target=\"_top\"/>");
	CHECK_STR_HAS(ls_buffer_str(&page), "Seals 1001 to 2000");
	CHECK_STR_HAS(ls_buffer_str(&page), "<a href=\"index/000001-001000.html\">");
	CHECK(!strstr(ls_buffer_str(&page), "<a href=\"index/001001-002000.html\">"));
}

TEST(a_page_of_a_new_share_says_so)
{
	const struct ls_index_state state = { .has_trust_copies = true };
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, LS_INDEX_SIZE_MAX);
	CHECK_INT_EQ(ls_index_page(&state, NULL, 0, 0, &page), 0);
	CHECK_STR_HAS(ls_buffer_str(&page), "none yet");
	CHECK_STR_HAS(ls_buffer_str(&page), "not known");
	CHECK_STR_HAS(ls_buffer_str(&page), "<a href=\"trust/\">");
}

TEST_MAIN()
