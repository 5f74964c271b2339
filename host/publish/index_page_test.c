/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/index_page.h"

#include "lib/base/test.h"
#include "lib/base/text.h"

static struct ls_item result_item(const char *label)
{
	struct ls_item item = { .seal = 42, .year = "2026" };
	snprintf(item.label, sizeof(item.label), "%s", label);
	return item;
}

/* The row of a result whose claimed name is this, escaped as records have it. */
static void row_of(const char *claimed, size_t n, struct ls_buffer *out)
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
	ls_buffer_init(out, LS_INDEX_ROW_SIZE_MAX);
	CHECK_INT_EQ(ls_index_row(&item, &record, out), 0);
}

TEST(a_row_says_what_where_and_when)
{
	_cleanup_buffer_ struct ls_buffer row;
	row_of("Plate 7.eds", 11, &row);
	const char *text = ls_buffer_str(&row);
	CHECK_STR_HAS(text, ">42</a>");
	CHECK_STR_HAS(text, "2026-03-04 14:22:19");
	CHECK_STR_HAS(text, ">Plate 7.eds</a>");
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
	_cleanup_buffer_ struct ls_buffer plain;
	row_of("x", 1, &plain);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		_cleanup_buffer_ struct ls_buffer row;
		row_of(names[i], sizes[i], &row);
		const char *text = ls_buffer_str(&row), *base = ls_buffer_str(&plain);
		CHECK_INT_EQ(count_of(text, "<"), count_of(base, "<"));
		CHECK_INT_EQ(count_of(text, ">"), count_of(base, ">"));
		CHECK_INT_EQ(count_of(text, "\""), count_of(base, "\""));
		CHECK_INT_EQ(count_of(text, "'"), 0);
		CHECK_INT_EQ(strlen(text), row.size); /* no NUL */
		CHECK(ls_utf8_valid(text, row.size));
		CHECK(!strstr(text, "\xe2\x80\xae"));
	}
}

TEST(an_ampersand_in_a_name_is_shown_as_itself)
{
	_cleanup_buffer_ struct ls_buffer row;
	row_of("&lt;b&gt;", 9, &row);
	CHECK_STR_HAS(ls_buffer_str(&row), ">&amp;lt;b&amp;gt;</a>");
}

TEST(an_event_is_a_row_without_a_file)
{
	struct ls_record record = { .kind = LS_SEAL_EVENT, .event = "vm-start" };
	struct ls_item item = result_item("vm-start");
	item.is_event = true;
	_cleanup_buffer_ struct ls_buffer row;
	ls_buffer_init(&row, LS_INDEX_ROW_SIZE_MAX);
	CHECK_INT_EQ(ls_index_row(&item, &record, &row), 0);
	CHECK_STR_HAS(ls_buffer_str(&row), "event: vm-start");
	CHECK_STR_HAS(ls_buffer_str(&row), "href=\"events/2026/000042-vm-start/record.json\"");
	CHECK(!strstr(ls_buffer_str(&row), "original/"));
}

TEST(a_seal_of_several_files_has_a_row_for_each)
{
	struct ls_record_file files[3] = { { .path = "original/a" },
					   { .path = "original/b" },
					   { .path = "original/c" } };
	struct ls_record record = { .kind = LS_SEAL_RESULT, .count = 3, .files = files };
	struct ls_item item = result_item("a");
	_cleanup_buffer_ struct ls_buffer row;
	ls_buffer_init(&row, LS_INDEX_ROW_SIZE_MAX);
	CHECK_INT_EQ(ls_index_row(&item, &record, &row), 0);
	CHECK_INT_EQ(count_of(ls_buffer_str(&row), "<tr"), 3);
}

static void page_of(const struct ls_index_state *state, uint64_t block, struct ls_buffer *out)
{
	_cleanup_buffer_ struct ls_buffer row;
	row_of("x.eds", 5, &row);
	const struct ls_buffer *rows[] = { &row };
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
	_cleanup_buffer_ struct ls_buffer all, some;
	ls_buffer_init(&all, 1u << 20);
	ls_buffer_init(&some, 1u << 20);
	for (size_t i = 0; i < LS_INDEX_FILES + 3; i++) {
		snprintf(files[i].path, sizeof(files[i].path), "original/file%zu.eds", i);
		snprintf(files[i].claimed.name, sizeof(files[i].claimed.name), "<file %zu>", i);
		files[i].size = 1000;
	}
	CHECK_INT_EQ(ls_index_row(&item, &record, &all), 0);
	CHECK_STR_HAS(ls_buffer_str(&all), "/original/file7.eds\">&lt;file 7&gt;</a></td>");
	record.count = LS_INDEX_FILES + 3;
	CHECK_INT_EQ(ls_index_row(&item, &record, &some), 0);
	const char *text = ls_buffer_str(&some);
	CHECK_STR_HAS(text,
		      "11 results: <a href=\"results/2026/000042-11-files/original/file0.eds\">");
	CHECK_STR_HAS(text,
		      "&lt;file 7&gt;</a>, <a href=\"results/2026/000042-11-files/original/\">"
		      "and 3 more</a></td><td class=n>11,000<");
	CHECK(!strstr(text, "file 8"));
}

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
	CHECK_STR_HAS(text, "default-src 'none'; style-src 'sha256-");
	CHECK_STR_HAS(text, "running, since");
	CHECK_STR_HAS(text, "<dd>2,400</dd>");
	CHECK_STR_HAS(text, "<dd>software TPM</dd>");
	CHECK_STR_HAS(text, "Development setup");
	CHECK_STR_HAS(text, "<a href=\"index/000001-001000.html\">");
	CHECK_STR_HAS(text, "<a href=\"index/001001-002000.html\">");
	CHECK(!strstr(text, "trust/"));
	CHECK(!strstr(text, "src="));
	CHECK(!strstr(text, "http:") && !strstr(text, "https:"));
	CHECK(!strstr(text, "<base"));
}

TEST(a_page_of_a_full_thousand_links_from_the_top)
{
	const struct ls_index_state state = { .instrument = "7500-01", .seals = 2000 };
	_cleanup_buffer_ struct ls_buffer page;
	page_of(&state, 2, &page);
	CHECK_STR_HAS(ls_buffer_str(&page), "<base href=\"../\">");
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
