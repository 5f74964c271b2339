/* SPDX-License-Identifier: Apache-2.0 */
/* The page, from text exports that this test writes. */
#include "audit/report/page.h"

#include <libxml/parser.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "audit/run/analysis.h"
#include "lib/base/test.h"
#include "lib/base/text.h"

#define EXPORT_MAX (64u << 20)
#define PAGE_MAX   (8u << 20)
#define CYCLES	   40
#define PLACE_SIZE 16

static struct ls_buffer page;

/* --- what is drawn ------------------------------------------------------------- */

struct plate {
	unsigned columns, wells;
	const char *sample; /* of each well */
	const char *target;
	bool melt;
};

static void add_head(const struct plate *p, struct ls_buffer *out)
{
	ls_buffer_printf(out,
			 "* Block Type = %u-Well Block\n"
			 "* Calibration Background is expired  = Yes\n"
			 "* Calibration Background performed on  = 2016-08-25 02:19:21 AM EDT\n"
			 "* Chemistry = TAQMAN\n"
			 "* Experiment Name = %s\n"
			 "* Experiment Run End Time = 2017-01-31 09:09:19 PM EST\n"
			 "* Experiment User Name = %s\n"
			 "* Instrument Type = ViiA 7\n"
			 "* Passive Reference = ROX\n\n",
			 p->columns > 12 ? 384 : 96, p->sample, p->sample);
}

/* A column of standards, a column of controls, the rest unknown. */
static const char *task_of(const struct plate *p, unsigned well)
{
	unsigned column = well % p->columns;
	return column == 0 ? "STANDARD" : column == 1 ? "NTC" : "UNKNOWN";
}

static double quantity_of(const struct plate *p, unsigned well)
{
	return pow(10, 1 + well / p->columns % 6);
}

static const char *position(const struct plate *p, unsigned well, char text[static PLACE_SIZE])
{
	snprintf(text, PLACE_SIZE, "%c%u", (char)('A' + well / p->columns % 26),
		 well % p->columns + 1);
	return text;
}

static double cq_of(const struct plate *p, unsigned well)
{
	return 38 - 3.32 * log10(quantity_of(p, well));
}

static void add_setup(const struct plate *p, struct ls_buffer *out)
{
	char place[PLACE_SIZE];
	ls_buffer_add_str(out,
			  "[Sample Setup]\nWell\tWell Position\tSample Name\tTarget Name\tTask\t"
			  "Reporter\tQuencher\tQuantity\n");
	for (unsigned w = 0; w < p->wells; w++) {
		bool standard = strcmp(task_of(p, w), "STANDARD") == 0;
		ls_buffer_printf(out, "%u\t%s\t%s\t%s\t%s\tFAM\tNone\t", w + 1,
				 position(p, w, place), p->sample, p->target, task_of(p, w));
		if (standard)
			ls_buffer_printf(out, "%.1f", quantity_of(p, w));
		ls_buffer_add_str(out, "\n");
	}
	ls_buffer_add_str(out, "\n");
}

static void add_curves(const struct plate *p, struct ls_buffer *out)
{
	char place[PLACE_SIZE];
	ls_buffer_add_str(out, "[Amplification Data]\nWell\tCycle\tTarget Name\tRn\tDelta Rn\n");
	for (unsigned w = 0; w < p->wells; w++)
		for (unsigned c = 1; c <= CYCLES; c++) {
			bool none = strcmp(task_of(p, w), "NTC") == 0;
			double d = none ? 0.001 : 4 / (1 + exp((cq_of(p, w) + 5 - c) / 1.6));
			d += (double)(w * c % 11) / 5000;
			ls_buffer_printf(out, "%u\t%u\t%s\t%.4f\t%.4f\n", w + 1, c, p->target,
					 d + 1, d);
		}
	ls_buffer_add_str(out, "\n[Multicomponent Data]\nWell\tWell Position\tCycle\tFAM\tROX\n");
	for (unsigned w = 0; w < p->wells; w++)
		for (unsigned c = 1; c <= CYCLES; c++)
			ls_buffer_printf(out, "%u\t%s\t%u\t%u.5\t%u.25\n", w + 1,
					 position(p, w, place), c, 100000 + w * c * 13 % 4001,
					 50000 + w * c % 301);
	ls_buffer_add_str(out, "\n");
}

static void add_results(const struct plate *p, struct ls_buffer *out)
{
	char place[PLACE_SIZE];
	ls_buffer_add_str(out,
			  "[Results]\nWell\tWell Position\tOmit\tSample Name\tTarget Name\tTask\t"
			  "Reporter\tQuencher\tCT\tCt Threshold\n");
	for (unsigned w = 0; w < p->wells; w++) {
		ls_buffer_printf(out, "%u\t%s\tfalse\t%s\t%s\t%s\tFAM\tNone\t", w + 1,
				 position(p, w, place), p->sample, p->target, task_of(p, w));
		if (strcmp(task_of(p, w), "NTC") == 0)
			ls_buffer_add_str(out, "Undetermined\t0.2\n");
		else
			ls_buffer_printf(out, "%.3f\t0.2\n", cq_of(p, w));
	}
	ls_buffer_add_str(out, "\n");
}

static void add_melt(const struct plate *p, struct ls_buffer *out)
{
	char place[PLACE_SIZE];
	ls_buffer_add_str(out, "[Melt Curve Raw Data]\nWell\tWell Position\tReading\tTemperature\t"
			       "Fluorescence\tDerivative\n");
	for (unsigned w = 0; w < p->wells; w++)
		for (unsigned i = 0; i < 300; i++) {
			double t = 60 + i / 8.0;
			ls_buffer_printf(out, "%u\t%s\t%u\t%.3f\t%.3f\t%.4f\n", w + 1,
					 position(p, w, place), i + 1, t,
					 5 / (1 + exp((t - 82) / 0.8)),
					 6 * exp(-(t - 82) * (t - 82)));
		}
}

static void make_export(const struct plate *p, struct ls_buffer *out)
{
	ls_buffer_init(out, EXPORT_MAX);
	add_head(p, out);
	add_setup(p, out);
	add_curves(p, out);
	add_results(p, out);
	if (p->melt)
		add_melt(p, out);
}

/* --- drawing it ---------------------------------------------------------------- */

static int draw(const struct ls_page_content *content)
{
	ls_buffer_free(&page);
	ls_buffer_init(&page, PAGE_MAX);
	return ls_report_draw(content, &page);
}

/* The page of a plate; false when the export cannot even be read. */
static bool draw_plate(const struct plate *p, struct ls_page_content *content)
{
	_cleanup_buffer_ struct ls_buffer export;
	struct ls_run *run = NULL;
	struct ls_run_analysis *analysis = NULL;
	struct ls_error err = { 0 };
	make_export(p, &export);
	int rc = ls_run_read(export.data, export.size, &run, &err);
	if (rc == 0)
		rc = ls_run_analyse(run, &analysis, &err);
	content->run = run;
	content->analysis = analysis;
	if (rc == 0)
		rc = draw(content);
	if (rc < 0)
		TEST_FAIL("%d: %s", rc, err.message);
	content->run = NULL;
	content->analysis = NULL;
	ls_run_analysis_free(analysis);
	ls_run_free(run);
	return rc == 0;
}

/* HTML that is XML, too: nothing was left open, nothing unescaped. */
static bool is_well_formed(void)
{
	xmlDoc *doc = xmlReadMemory((const char *)page.data, (int)page.size, "page.html", NULL,
				    XML_PARSE_NONET | XML_PARSE_HUGE);
	xmlFreeDoc(doc);
	return doc != NULL;
}

static size_t count_of(const char *what)
{
	size_t count = 0;
	for (const char *p = ls_buffer_str(&page); (p = strstr(p, what)); p++)
		count++;
	return count;
}

static struct ls_record_file file_of(const char *claimed)
{
	struct ls_record_file f = { .path = "original/plate7.eds",
				    .number = 7,
				    .size = 1234567,
				    .begun = 1772634139000,
				    .received = 1772634140500 };
	snprintf(f.claimed.name, sizeof(f.claimed.name), "%s", claimed);
	f.claimed.modified = 1772634120000;
	f.claimed.clock = 1772634130000;
	memset(f.sha256.bytes, 0xab, sizeof(f.sha256.bytes));
	return f;
}

static struct ls_record record_of(struct ls_record_file *files, size_t count)
{
	struct ls_record r = { .kind = LS_SEAL_RESULT,
			       .instrument = "7500-01",
			       .seal = 42,
			       .received = 1772634140500,
			       .count = count,
			       .files = files,
			       .approval_version = 3,
			       .key_kind = LS_KEY_SOFTWARE_TPM };
	memset(r.pcr23.bytes, 0x23, sizeof(r.pcr23.bytes));
	return r;
}

static struct ls_page_seal seal_of(const struct ls_record *record)
{
	struct ls_page_seal s = { .record = record, .index = 41, .checkpoint.size = 42 };
	snprintf(s.checkpoint.origin, sizeof(s.checkpoint.origin), "labseal/7500-01");
	return s;
}

TEST(a_sealed_run_is_told_whole)
{
	static const struct plate plate = {
		.columns = 12, .wells = 96, .sample = "S", .target = "T"
	};
	struct ls_record_file file = file_of("D:\\runs\\plate 7.eds");
	const struct ls_record record = record_of(&file, 1);
	const struct ls_page_seal seal = seal_of(&record);
	struct ls_page_content c = { .seal = &seal, .is_hashed = true, .sha256 = file.sha256 };
	REQUIRE(draw_plate(&plate, &c));
	const char *html = ls_buffer_str(&page);
	CHECK(is_well_formed());
	CHECK_STR_HAS(html, "Sealed as number 42 of 7500-01");
	CHECK_STR_HAS(html, "2026-03-04 14:22:20 UTC");
	CHECK_STR_HAS(html, "labseal verify --trust trust.txt 000042-plate7.eds</pre>");
	CHECK_STR_HAS(html, "This page is not the seal, and it is not covered by it");
	CHECK_STR_HAS(html, "signed with a key in: software TPM");
	CHECK_STR_HAS(html, "<dd>1,234,567 bytes</dd>");
	CHECK_STR_HAS(html, "<dt>Entry in the log</dt><dd>41 (counted from 0) of labseal/7500-01");
	CHECK_STR_HAS(html, "<dt>Measurement (PCR 23)</dt><dd><code>2323");
	CHECK_STR_HAS(html, "not checked by this page; labseal verify does");
	CHECK_STR_HAS(html, "computed anew for this page");
	CHECK_STR_HAS(html, ">Amplification, logarithmic</title>");
	CHECK_STR_HAS(html, ">Multicomponent</title>");
	CHECK_STR_HAS(html, "expired at the run");
	CHECK_STR_HAS(html, "What this does not prove");
	CHECK(!strstr(html, "VERIFIED"));
	CHECK_INT_EQ(count_of("<script"), 0);
	/* of the first colour: two amplification plots, one dye; two keys, and the fitted line */
	CHECK_INT_EQ(count_of("<path class=\"c1"), 2 * 96 + 96 + 3);
}

static struct ls_calibration_status calibrated(void)
{
	struct ls_calibration_status s = {
		.verdict = LS_CALIBRATION_TRACEABLE,
		.device = "7500-01 <x>",
		.quantity = "temperature",
		.performed = 1767951000000,
		.due = 1799487000000,
		.registry = { .origin = "registry.example", .size = 1204, .time = 1772604011000 },
		.checked = 1772634100000
	};
	memset(s.device_id.bytes, 1, sizeof(s.device_id.bytes));
	memset(s.report.bytes, 0xcd, sizeof(s.report.bytes));
	memset(s.registry.root.bytes, 3, sizeof(s.registry.root.bytes));
	return s;
}

TEST(the_instruments_calibration_is_a_strip_of_its_own)
{
	struct ls_record_file file = file_of("a.eds");
	struct ls_record record = record_of(&file, 1);
	const struct ls_page_seal seal = seal_of(&record);
	struct ls_page_content c = { .seal = &seal, .problem = "it is no run file" };
	const char *html;
	REQUIRE(draw(&c) == 0);
	html = ls_buffer_str(&page);
	CHECK_STR_HAS(html, "<td>–</td><th scope=\"row\">Calibration</th><td>not checked</td>");
	CHECK_STR_HAS(html, "Not checked: the laboratory&#39;s policy names no device.");
	record.calibration = calibrated();
	REQUIRE(draw(&c) == 0 && is_well_formed());
	html = ls_buffer_str(&page);
	CHECK_STR_HAS(html,
		      "<td>TRACEABLE by the record, due 2027-01-09T09:30:00Z; labseal verify");
	CHECK_STR_HAS(html, "<dd class=\"good\"><strong>✓ TRACEABLE</strong></dd>");
	CHECK_STR_HAS(html, "<dt>Device</dt><dd>7500-01 &lt;x&gt;</dd>");
	CHECK_STR_HAS(html, "<dt>Report</dt><dd><code>cdcd");
	CHECK_STR_HAS(html, "<dt>Registry</dt><dd>registry.example, of 1204 entries</dd>");
	record.calibration.verdict = LS_CALIBRATION_NOT_TRACEABLE;
	snprintf(record.calibration.reason.id, LS_CALIBRATION_REASON_SIZE, "cal.in-force");
	snprintf(record.calibration.reason.text, LS_CALIBRATION_TEXT_SIZE, "it was due");
	REQUIRE(draw(&c) == 0 && is_well_formed());
	html = ls_buffer_str(&page);
	CHECK_STR_HAS(html, "<td>✗</td><th scope=\"row\">Calibration</th><td>NOT TRACEABLE by the "
			    "record: it was due</td>");
	CHECK_STR_HAS(html, "<dt>Because</dt><dd>it was due (cal.in-force)</dd>");
}

TEST(samples_are_beside_the_wells_that_have_their_name)
{
	static const struct plate plate = {
		.columns = 12, .wells = 96, .sample = "control <1>", .target = "T"
	};
	struct ls_record_file file = file_of("a.txt");
	struct ls_record record = record_of(&file, 1);
	record.samples.count = 2;
	struct ls_sample *s = record.samples.list;
	snprintf(s[0].name, sizeof(s[0].name), "control <1>");
	snprintf(s[0].signer.text, sizeof(s[0].signer.text), "0000-0002-1825-0097");
	snprintf(s[1].name, sizeof(s[1].name), "control 2");
	memset(&s[0].sha256, 0xab, sizeof(s[0].sha256));
	s[1].sha256 = s[0].sha256;
	const struct ls_page_seal seal = seal_of(&record);
	struct ls_page_content c = { .seal = &seal };
	REQUIRE(draw_plate(&plate, &c));
	CHECK(is_well_formed());
	const char *html = ls_buffer_str(&page);
	CHECK_STR_HAS(html, "<bdi>control &lt;1&gt;</bdi></th><td>A1, A2, A3,");
	CHECK_STR_HAS(html, " and 72 more</td><td class=\"hash\">sequences/abababab");
	CHECK_STR_HAS(html,
		      "<td>0000-0002-1825-0097</td><td class=\"unsure\">– not checked by this "
		      "page</td>");
	CHECK_STR_HAS(html, "<bdi>control 2</bdi></th><td>– none has that name</td>");
	CHECK_STR_HAS(html, "not of what was in the well");
	record.samples.count = 0;
	REQUIRE(draw_plate(&plate, &c));
	CHECK_INT_EQ(count_of("Samples whose sequence is known"), 0);
}

TEST(a_standard_curve_has_its_figures_and_controls_their_verdict)
{
	static const struct plate plate = {
		.columns = 12, .wells = 96, .sample = "S", .target = "T"
	};
	struct ls_page_content c = { .name = "plate.txt" };
	REQUIRE(draw_plate(&plate, &c));
	const char *html = ls_buffer_str(&page);
	CHECK_STR_HAS(html, "T: slope -3.320, efficiency 100.1 %, R² 1.0000");
	CHECK_STR_HAS(html, "computed from the stored Cq");
	CHECK_STR_HAS(html, "No seal was looked at.");
	CHECK_INT_EQ(count_of("<strong>✓ no Cq</strong>"), 16);
	CHECK_INT_EQ(count_of("<strong>✗ a Cq</strong>"), 0);
	CHECK_INT_EQ(count_of(">undetermined</td>"), 16);
	CHECK_STR_HAS(html, "unknown: 80");
	CHECK_STR_HAS(html, "no-template control: 8");
}

TEST(melt_curves_and_their_peaks)
{
	static const struct plate plate = {
		.columns = 12, .wells = 12, .sample = "S", .target = "T", .melt = true
	};
	struct ls_page_content c = { .name = "melt.txt" };
	REQUIRE(draw_plate(&plate, &c));
	const char *html = ls_buffer_str(&page);
	CHECK(is_well_formed());
	CHECK_STR_HAS(html, ">Melt curves</title>");
	CHECK_STR_HAS(html, "Temperature, °C</text>");
	CHECK_STR_HAS(html, ">82.0</td>");
}

#define HOSTILE                                                   \
	"</title></svg><script>alert(1)</script>&\"'\xe2\x80\xae" \
	"fdp"

TEST(hostile_names_are_text)
{
	static const struct plate plate = {
		.columns = 12, .wells = 96, .sample = HOSTILE, .target = HOSTILE, .melt = true
	};
	_cleanup_buffer_ struct ls_buffer claimed;
	ls_buffer_init(&claimed, 4096);
	ls_text_escape(HOSTILE "\x01", strlen(HOSTILE) + 1, &claimed);
	struct ls_record_file file = file_of(ls_buffer_str(&claimed));
	const struct ls_record record = record_of(&file, 1);
	const struct ls_page_seal seal = seal_of(&record);
	struct ls_page_content c = { .seal = &seal };
	REQUIRE(draw_plate(&plate, &c));
	CHECK(is_well_formed());
	CHECK_INT_EQ(count_of("<script"), 0);
	CHECK_INT_EQ(count_of("\xe2\x80\xae"), 0);
	CHECK(count_of("&lt;script&gt;") > 96);
	CHECK(count_of("</svg>") < 100);
	c = (struct ls_page_content){ .name = ls_buffer_str(&claimed), .problem = HOSTILE };
	CHECK_INT_EQ(draw(&c), 0);
	CHECK(is_well_formed());
	CHECK_INT_EQ(count_of("<script"), 0);
	CHECK_INT_EQ(count_of("\xe2\x80\xae"), 0);
}

TEST(a_page_without_a_run_says_why)
{
	struct ls_record_file files[2] = { file_of("a.eds"), file_of("b.eds") };
	snprintf(files[1].path, sizeof(files[1].path), "original/b.eds");
	const struct ls_record record = record_of(files, 2);
	struct ls_page_seal seal = seal_of(&record);
	seal.shown = 1;
	const struct ls_page_content c = { .seal = &seal,
					   .is_hashed = true,
					   .sha256 = files[1].sha256,
					   .problem = "the file is cut short" };
	CHECK_INT_EQ(draw(&c), 0);
	const char *html = ls_buffer_str(&page);
	CHECK(is_well_formed());
	CHECK_STR_HAS(html, "No curves are shown: <bdi>the file is cut short</bdi>.");
	CHECK_STR_HAS(html, "The seal does not depend on it");
	CHECK_STR_HAS(html, "Sealed together: 2 files");
	CHECK_STR_HAS(html, "<a href=\"original/b.eds\"><bdi>b.eds</bdi></a> (shown here)");
	CHECK_STR_HAS(html, "labseal verify --trust trust.txt 000042-2-files</pre>");
}

TEST(a_file_that_is_not_the_sealed_one_is_said_so_first)
{
	struct ls_record_file file = file_of("plate 7.eds");
	const struct ls_record record = record_of(&file, 1);
	const struct ls_page_seal seal = seal_of(&record);
	const struct ls_page_content c = { .seal = &seal, .is_hashed = true };
	CHECK_INT_EQ(draw(&c), 0);
	CHECK_STR_HAS(ls_buffer_str(&page), "class=\"verdict bad\"");
	CHECK_STR_HAS(ls_buffer_str(&page), "This is not the file that was sealed.");
}

TEST(a_plate_of_384_wells_stays_small)
{
	static const struct plate plate = {
		.columns = 24, .wells = 384, .sample = "sample 1", .target = "GAPDH", .melt = true
	};
	struct ls_page_content c = { .name = "plate384.txt" };
	REQUIRE(draw_plate(&plate, &c));
	CHECK(is_well_formed());
	printf("  %zu bytes\n", page.size);
	CHECK(page.size < 1500000);
}

TEST_MAIN()
