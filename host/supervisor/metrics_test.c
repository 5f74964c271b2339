/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/metrics.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/supervisor/status_sample_test.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define PAGE	  "docs/formats/metrics.md"
#define NAME_SIZE 128
#define LINES_MAX 256

static struct ls_status sample(void)
{
	struct ls_status s = status_sample();
	ls_status_process(&s, "labseald", getpid());
	return s;
}

/* --- the text format 0.0.4, read strictly --------------------------------------------------- */

/* What was seen of the file so far. */
struct reading {
	char family[NAME_SIZE]; /* the one that is open */
	bool has_type, has_sample;
	char seen[LINES_MAX][256]; /* names of families, and series */
	size_t seen_count;
	const char *wrong; /* NULL: nothing */
};

static void wrong(struct reading *r, const char *what)
{
	if (!r->wrong)
		r->wrong = what;
}

static void once(struct reading *r, const char *text, size_t n)
{
	char key[256];
	snprintf(key, sizeof(key), "%.*s", (int)n, text);
	for (size_t i = 0; i < r->seen_count; i++)
		if (strcmp(r->seen[i], key) == 0)
			wrong(r, "a family or series twice");
	if (r->seen_count < LINES_MAX)
		memcpy(r->seen[r->seen_count++], key, sizeof(key));
}

static size_t name_length(const char *text)
{
	size_t n = 0;
	while (isalnum((unsigned char)text[n]) || text[n] == '_' || text[n] == ':')
		n++;
	return isdigit((unsigned char)text[0]) ? 0 : n;
}

/* After the brace that opens; returns what is after the one that closes, or NULL. */
static const char *labels(const char *c)
{
	for (;;) {
		size_t n = name_length(c);
		if (n == 0 || memchr(c, ':', n) || c[n] != '=' || c[n + 1] != '"')
			return NULL;
		for (c += n + 2; *c && *c != '"'; c++)
			if (*c == '\\' && (c[1] == '\0' || !strchr("\\\"n", *++c)))
				return NULL;
		if (*c++ != '"')
			return NULL;
		if (*c == '}')
			return c + 1;
		if (*c++ != ',')
			return NULL;
	}
}

static void read_help(struct reading *r, const char *rest)
{
	size_t n = name_length(rest);
	if (n == 0 || rest[n] != ' ' || strlen(rest + n) < 8)
		wrong(r, "a HELP without a name or a text");
	if (r->family[0] && !r->has_sample)
		wrong(r, "a family without a sample");
	once(r, rest, n);
	snprintf(r->family, sizeof(r->family), "%.*s", (int)n, rest);
	r->has_type = r->has_sample = false;
}

static void read_type(struct reading *r, const char *rest)
{
	size_t n = name_length(rest);
	bool is_counter = strcmp(rest + n, " counter") == 0;
	bool is_total = n > 6 && strncmp(rest + n - 6, "_total", 6) == 0;
	if (strlen(r->family) != n || strncmp(r->family, rest, n) != 0 || r->has_type)
		wrong(r, "a TYPE that does not follow its HELP");
	if (!is_counter && strcmp(rest + n, " gauge") != 0)
		wrong(r, "an unknown type");
	if (is_counter != is_total)
		wrong(r, "a counter ends in _total, and nothing else does");
	r->has_type = true;
}

static void read_sample(struct reading *r, const char *line)
{
	size_t n = name_length(line);
	char *end;
	if (!r->has_type || strlen(r->family) != n || strncmp(line, r->family, n) != 0)
		wrong(r, "a sample outside of its family");
	const char *after = line[n] == '{' ? labels(line + n + 1) : NULL;
	if (!after || *after != ' ' || !isdigit((unsigned char)after[1])) {
		wrong(r, "a sample without labels or a number");
		return;
	}
	strtod(after + 1, &end);
	if (*end != '\0')
		wrong(r, "a value that is no number");
	if (!strstr(line, "instrument=\""))
		wrong(r, "a sample that does not name the instrument");
	once(r, line, (size_t)(after - line));
	r->has_sample = true;
}

static const char *read_all(char *text, struct reading *r)
{
	size_t size = strlen(text);
	*r = (struct reading){ .wrong = NULL };
	if (size == 0 || text[size - 1] != '\n')
		wrong(r, "no line feed at the end");
	char *rest = NULL;
	for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		if (strncmp(line, "# HELP ", 7) == 0)
			read_help(r, line + 7);
		else if (strncmp(line, "# TYPE ", 7) == 0)
			read_type(r, line + 7);
		else
			read_sample(r, line);
	}
	if (!r->has_sample)
		wrong(r, "a family without a sample");
	return r->wrong ? r->wrong : "nothing";
}

static struct reading reading;

TEST(the_reader_finds_what_is_wrong)
{
	static const struct {
		const char *text, *wrong;
	} cases[] = {
		{ "# HELP a Some help.\n# TYPE a gauge\na{instrument=\"i\"} 1\n", "nothing" },
		{ "# HELP a Some help.\n# TYPE a gauge\na{instrument=\"i\"} 1",
		  "no line feed at the end" },
		{ "# HELP a Some help.\n# TYPE a gauge\na{instrument=\"i\"} one\n",
		  "a sample without labels or a number" },
		{ "# HELP a Some help.\n# TYPE a gauge\na{instrument=\"i\"} 1 x\n",
		  "a value that is no number" },
		{ "# HELP a Some help.\n# TYPE a gauge\na{instrument=\"i\\x\"} 1\n",
		  "a sample without labels or a number" },
		{ "# HELP a Some help.\n# TYPE a gauge\na{x=\"i\"} 1\n",
		  "a sample that does not name the instrument" },
		{ "# HELP a Some help.\n# TYPE a counter\na{instrument=\"i\"} 1\n",
		  "a counter ends in _total, and nothing else does" },
		{ "# HELP a Some help.\n# TYPE b gauge\n", "a TYPE that does not follow its HELP" },
		{ "# HELP a Some help.\n# TYPE a gauge\n", "a family without a sample" },
		{ "# HELP a Some help.\n# TYPE a gauge\na{instrument=\"i\"} 1\na{instrument=\"i\"} "
		  "2\n",
		  "a family or series twice" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[256];
		snprintf(text, sizeof(text), "%s", cases[i].text);
		CHECK_STR_EQ(read_all(text, &reading), cases[i].wrong);
	}
}

/* --- what is written -------------------------------------------------------------------------- */

static void format(const struct ls_status *s, struct ls_buffer *text)
{
	ls_buffer_init(text, LS_METRICS_MAX);
	CHECK_INT_EQ(ls_metrics_format(s, 1772634150, text), 0);
}

static bool has_line(const struct ls_buffer *text, const char *line)
{
	const char *at = strstr(ls_buffer_str(text), line);
	return at && (at == ls_buffer_str(text) || at[-1] == '\n') && at[strlen(line)] == '\n';
}

TEST(it_is_well_formed_and_says_what_is)
{
	struct ls_buffer text;
	const struct ls_status s = sample();
	format(&s, &text);
	CHECK(has_line(&text, "labseal_running{instrument=\"7500-01\"} 1"));
	CHECK(has_line(&text, "labseal_signer_ready{instrument=\"7500-01\"} 1"));
	CHECK_STR_HAS(ls_buffer_str(&text), ",ed25519=\"sealed by a TPM, software-held\",");
	CHECK(has_line(&text, "labseal_signer_restarts_total{instrument=\"7500-01\"} 3"));
	CHECK(has_line(&text, "labseal_channel_one_way{instrument=\"7500-01\"} 1"));
	CHECK(has_line(&text, "labseal_queue_entries{instrument=\"7500-01\"} 5"));
	CHECK(has_line(&text, "labseal_last_result_timestamp_seconds{instrument=\"7500-01\"} "
			      "1772634138"));
	CHECK(has_line(&text, "labseal_calibration_traceable{instrument=\"7500-01\"} 0"));
	CHECK(has_line(&text, "labseal_calibration_due_timestamp_seconds{instrument=\"7500-01\"} "
			      "1772630000"));
	CHECK(has_line(&text, "labseal_results_kept{instrument=\"7500-01\"} 1"));
	CHECK(has_line(&text,
		       "labseal_disk_free_bytes{instrument=\"7500-01\",place=\"share\"} 3000"));
	CHECK(has_line(&text,
		       "labseal_status_timestamp_seconds{instrument=\"7500-01\"} 1772634150"));
	CHECK_STR_EQ(read_all((char *)text.data, &reading), "nothing");
	ls_buffer_free(&text);
}

TEST(without_a_device_nothing_is_said_of_its_calibration)
{
	struct ls_buffer text;
	struct ls_status s = sample();
	s.calibration = NULL;
	s.holds_results = false;
	format(&s, &text);
	CHECK(!strstr(ls_buffer_str(&text), "calibration"));
	CHECK_STR_EQ(read_all((char *)text.data, &reading), "nothing");
	ls_buffer_free(&text);
}

TEST(what_is_not_well_is_0)
{
	struct ls_buffer text;
	struct ls_status s = sample();
	snprintf(s.problem, sizeof(s.problem), "the TPM does not answer");
	s.signer_state = "waiting for the TPM";
	s.signer_kind = "a \"quoted\\\n one";
	s.qemu_descriptor = "readable";
	format(&s, &text);
	CHECK(has_line(&text, "labseal_running{instrument=\"7500-01\"} 0"));
	CHECK(has_line(&text, "labseal_signer_ready{instrument=\"7500-01\"} 0"));
	CHECK(has_line(&text, "labseal_channel_one_way{instrument=\"7500-01\"} 0"));
	CHECK(strstr(ls_buffer_str(&text), "signer=\"a \\\"quoted\\\\\\n one\""));
	CHECK_STR_EQ(read_all((char *)text.data, &reading), "nothing");
	ls_buffer_free(&text);
}

/* The page has a line for each family, `| \`NAME\` | TYPE | ...`, and for no other. */
TEST(the_page_lists_each_family_and_no_other)
{
	struct ls_buffer text, page;
	struct ls_error err;
	const struct ls_status s = sample();
	size_t listed = 0, families = 0;
	format(&s, &text);
	ls_buffer_init(&page, 65536);
	REQUIRE(ls_file_read(AT_FDCWD, PAGE, &page, &err) == 0);
	for (const char *c = strstr(ls_buffer_str(&page), "\n| `"); c; c = strstr(c + 1, "\n| `"))
		listed++;
	for (const char *c = strstr(ls_buffer_str(&text), "# TYPE "); c;
	     c = strstr(c + 1, "# TYPE ")) {
		char row[256];
		size_t name = strcspn(c + 7, " "), type = strcspn(c + 8 + name, "\n");
		snprintf(row, sizeof(row), "\n| `%.*s` | %.*s | ", (int)name, c + 7, (int)type,
			 c + 8 + name);
		families++;
		if (!strstr(ls_buffer_str(&page), row))
			CHECK_STR_EQ(row, "listed in " PAGE);
	}
	CHECK_INT_EQ(listed, families);
	ls_buffer_free(&text);
	ls_buffer_free(&page);
}

TEST(the_file_is_replaced_and_for_all_to_read)
{
	char place[] = "/tmp/labseal-test-XXXXXX", path[64];
	struct ls_error err = { 0 };
	struct stat st;
	const struct ls_status s = sample();
	REQUIRE(mkdtemp(place));
	snprintf(path, sizeof(path), "%s/labseal.prom", place);
	CHECK_INT_EQ(ls_metrics_write(path, &s, &err), 0);
	CHECK_INT_EQ(ls_metrics_write(path, &s, &err), 0);
	CHECK(stat(path, &st) == 0 && (st.st_mode & 07777) == 0644);
	snprintf(path, sizeof(path), "%s/none/labseal.prom", place);
	CHECK(ls_metrics_write(path, &s, &err) < 0);
	CHECK(strstr(err.message, "publish.metrics"));
	ls_remove_tree(AT_FDCWD, place, NULL);
}

TEST_MAIN()
