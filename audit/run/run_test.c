/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Run files that tests/report/make_run.py made, with the figures that it puts into them, and
 * the corpus: good-* must be read, bad-WHY__ID be refused with that id.  Run from the top of
 * the tree.
 */
#include "audit/run/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>

#include "audit/run/analysis.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define CORPUS "tests/corpus/run/"
#define TARGET "made up \"gene\" <1>"

static int read_file(const char *name, struct ls_run **ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	char path[300];
	snprintf(path, sizeof(path), CORPUS "%s", name);
	ls_buffer_init(&bytes, LS_RUN_FILE_MAX);
	if (ls_file_read(AT_FDCWD, path, &bytes, NULL) < 0)
		return ls_fail(err, -ENOENT, "test", "no file '%s'", path);
	return ls_run_read(bytes.data, bytes.size, ret, err);
}

static struct ls_run *good(const char *name)
{
	struct ls_run *run = NULL;
	struct ls_error err = { 0 };
	if (read_file(name, &run, &err) < 0)
		TEST_FAIL("%s: %s", name, err.message);
	return run;
}

/* make_run.py's figures */
static double cq_of(size_t well)
{
	return well < 2 ? NAN : 20 + (double)((well < 12 ? (well - 2) / 2 : 2)) / log10(2);
}

static double delta(size_t well, size_t cycle)
{
	return well < 2 ? 0 : 3.3 / (1 + exp2(cq_of(well) + 5 - (double)cycle));
}

static double rn(size_t well, size_t cycle)
{
	return 1.5 + 0.002 * (double)cycle + delta(well, cycle);
}

static void near(double seen, double wanted, double room)
{
	if (!(fabs(seen - wanted) <= room) && !(isnan(seen) && isnan(wanted)))
		TEST_FAIL("%.9g is not within %g of %.9g", seen, room, wanted);
}

static void check_series(const struct ls_run_series *s, double (*value)(size_t, size_t),
			 size_t well, double room)
{
	CHECK_INT_EQ(s->count, 40);
	for (size_t i = 0; i < s->count; i++)
		near(s->values[i], value(well, i + 1), room);
}

/* What all of the made-up files say of their wells. */
static void check_plate(const struct ls_run *run, size_t wells)
{
	static const enum ls_run_task tasks[] = { LS_TASK_NTC, LS_TASK_NTC, LS_TASK_STANDARD };
	CHECK_INT_EQ(run->well_count, wells);
	CHECK_INT_EQ(run->target_count, 1);
	CHECK_STR_EQ(run->targets[0].name, TARGET);
	CHECK_STR_EQ(run->targets[0].reporter, "FAM");
	for (size_t w = 0; w < run->well_count; w++) {
		REQUIRE(run->wells[w].reaction_count == 1);
		const struct ls_run_reaction *r = &run->wells[w].reactions[0];
		CHECK_INT_EQ(run->wells[w].index, w);
		CHECK_INT_EQ(r->task, w < 3    ? tasks[w]
				      : w < 12 ? LS_TASK_STANDARD
					       : LS_TASK_UNKNOWN);
		near(r->quantity,
		     r->task == LS_TASK_STANDARD ? pow(10, 5 - (double)((w - 2) / 2)) : NAN, 1e-6);
	}
	CHECK_STR_EQ(run->wells[0].position, "A1");
}

static void check_stored_cq(const struct ls_run *run, double room)
{
	for (size_t w = 0; w < run->well_count; w++) {
		const struct ls_run_reaction *r = &run->wells[w].reactions[0];
		near(r->cq, cq_of(w), room);
		CHECK_INT_EQ(r->undetermined, w < 2);
	}
}

TEST(run_file_of_a_7500)
{
	struct ls_run *run = good("good-7500");
	REQUIRE(run != NULL);
	CHECK_INT_EQ(run->source, LS_RUN_EDS);
	CHECK_STR_EQ(run->maker, "Applied Biosystems");
	CHECK_STR_EQ(run->software, "7500 Software");
	CHECK_STR_EQ(run->software_version, "2.3");
	CHECK_STR_EQ(run->instrument_type, "sds7500fast");
	CHECK_STR_EQ(run->operator_name, "Ada");
	CHECK_STR_EQ(run->file_name, "D:\\made.eds");
	CHECK_STR_EQ(run->passive_reference, "ROX");
	CHECK(run->started.known && run->started.seconds == 1772634130);
	check_plate(run, 14);
	CHECK(run->wells[0].omitted && !run->wells[1].omitted);
	CHECK_INT_EQ(run->cycles, 40);
	size_t fam = ls_run_find_dye(run, "fam"), rox = ls_run_find_dye(run, "ROX");
	for (size_t w = 0; w < run->well_count; w++) {
		const struct ls_run_reaction *r = &run->wells[w].reactions[0];
		for (size_t c = 0; c < 40; c++) {
			near(run->wells[w].multicomponent[fam].values[c], 5e4 * rn(w, c + 1), 1e-6);
			near(run->wells[w].multicomponent[rox].values[c], 5e4, 0);
		}
		near(r->threshold, 0.1, 1e-12);
		near(r->baseline.end, 9, 0);
		CHECK(isnan(r->cq) && !r->undetermined); /* it stores none */
	}
	ls_run_free(run);
}

TEST(calibrations_of_a_run_file_and_where_they_are_from)
{
	struct ls_run *run = good("good-7500");
	REQUIRE(run && run->calibration_count == 3);
	const struct ls_run_calibration *c = run->calibrations;
	CHECK_INT_EQ(c[0].kind, LS_CALIBRATION_BACKGROUND);
	CHECK_STR_EQ(c[0].entry, "APLDBIO\\SDS\\CALIBRATIONS/background.ini");
	CHECK(c[0].has_data && !c[0].provenance && !c[0].operator_name);
	CHECK_INT_EQ(c[0].passed, LS_SAID_NOTHING);
	CHECK_INT_EQ(c[1].kind, LS_CALIBRATION_PURE_DYE);
	CHECK_STR_EQ(c[1].name, "FAM");
	CHECK(c[1].performed.known && c[1].performed.seconds == 1754000000);
	CHECK(c[1].expires.known && c[1].expires.seconds == 1785536000);
	CHECK(c[1].provenance && c[1].passed == LS_SAID_YES);
	CHECK_STR_EQ(c[1].instrument_serial, "42");
	CHECK_STR_EQ(c[2].name, "ROX");
	CHECK(!c[2].performed.known && !c[2].provenance);
	ls_run_free(run);
}

TEST(serialized_java_is_named_and_left_alone)
{
	struct ls_run *run = good("good-7500");
	REQUIRE(run && run->warning_count == 1);
	CHECK_STR_EQ(run->warnings[0].id, "report.eds.serialized");
	ls_run_free(run);
}

TEST(run_file_of_a_quantstudio_with_its_melt_curve)
{
	struct ls_run *run = good("good-quantstudio");
	REQUIRE(run != NULL);
	check_plate(run, 4);
	check_stored_cq(run, 1e-12);
	CHECK_STR_EQ(run->instrument_serial, "42");
	CHECK_STR_EQ(run->instrument_type, "QuantStudio 5");
	CHECK_INT_EQ(run->filter_count, 2);
	size_t fam = ls_run_find_dye(run, "FAM");
	for (size_t w = 0; w < run->well_count; w++) {
		const struct ls_run_reaction *r = &run->wells[w].reactions[0];
		check_series(&r->rn, rn, w, 1e-12);
		check_series(&r->delta_rn, delta, w, 1e-12);
		CHECK_INT_EQ(run->wells[w].multicomponent[fam].count, 40);
		near(run->wells[w].raw[1].values[7], 1000 * (double)w + 7, 0);
		CHECK_INT_EQ(run->wells[w].melt[fam].count, 71);
		near(run->wells[w].melt[fam].temperature[10], 65, 0);
		near(r->cq_confidence, 0.97, 0);
	}
	struct ls_run_analysis *a = NULL;
	REQUIRE(ls_run_analyse(run, &a, NULL) == 0);
	near(a->reactions[2].peaks[0].tm, 82, 0.02);
	ls_run_analysis_free(a);
	ls_run_free(run);
}

TEST(the_protocol_of_a_run_file)
{
	struct ls_run *run = good("good-quantstudio");
	REQUIRE(run && run->protocol.stage_count == 3);
	const struct ls_run_stage *s = run->protocol.stages;
	CHECK_INT_EQ(s[0].kind, LS_STAGE_HOLD);
	CHECK_INT_EQ(s[1].kind, LS_STAGE_CYCLING);
	CHECK_INT_EQ(s[1].repeats, 40);
	REQUIRE(s[1].step_count == 2);
	near(s[1].steps[1].temperature, 60, 0);
	near(s[1].steps[1].hold, 60, 0);
	CHECK(s[1].steps[1].collects && !s[1].steps[0].collects);
	CHECK_INT_EQ(s[1].steps[0].ramp_unit, LS_RAMP_PERCENT);
	CHECK_INT_EQ(s[2].kind, LS_STAGE_MELT);
	near(run->protocol.cover, 105, 0);
	near(run->protocol.volume, 20, 0);
	ls_run_free(run);
}

static void check_text(const char *name, size_t wells, const char *title)
{
	struct ls_run *run = good(name);
	REQUIRE(run != NULL);
	CHECK_INT_EQ(run->source, LS_RUN_TEXT);
	CHECK_STR_EQ(run->name, title);
	CHECK(run->ended.known && run->ended.seconds == 1772634130);
	check_plate(run, wells);
	check_stored_cq(run, 1e-6);
	for (size_t w = 0; w < wells; w++) {
		const struct ls_run_reaction *r = &run->wells[w].reactions[0];
		check_series(&r->rn, rn, w, 1e-6);
		check_series(&r->delta_rn, delta, w, 1e-6);
		near(run->wells[w].multicomponent[0].values[39], 5e4 * rn(w, 40), 1e-3);
		near(r->threshold, 0.1, 1e-9);
		CHECK_INT_EQ(r->omitted, w == 0);
		CHECK_INT_EQ(r->flag_count, w < 2);
		CHECK_INT_EQ(r->tm_count, 1);
		near(r->tm[0], 81.98, 1e-9);
	}
	REQUIRE(run->curve_count == 1);
	near(run->curves[0].slope, -1 / log10(2), 1e-6);
	near(run->curves[0].efficiency, 1, 1e-9);
	near(run->curves[0].r2, 1, 1e-9);
	CHECK_INT_EQ(run->warning_count, 0);
	CHECK_INT_EQ(run->calibration_count, 2);
	CHECK_INT_EQ(run->calibrations[0].expired, LS_SAID_NO);
	CHECK_STR_EQ(run->calibrations[0].performed.text, "09-27-2025");
	CHECK_INT_EQ(run->calibrations[1].kind, LS_CALIBRATION_PURE_DYE);
	CHECK_INT_EQ(run->calibrations[1].expired, LS_SAID_YES);
	ls_run_free(run);
}

TEST(text_exports_in_each_encoding_and_number_form)
{
	check_text("good-text", 14, "Made \xc3\xbcp");
	check_text("good-text-utf16", 4, "Made \xc3\xbcp");
	check_text("good-text-windows-1252", 4, "Made \xc3\xbcp");
	check_text("good-text-comma", 4, "Made \xc3\xbcp");
}

TEST(melt_curves_of_text_exports)
{
	struct ls_run *run = good("good-text-melt");
	REQUIRE(run != NULL);
	const struct ls_run_melt *m = &run->wells[2].reactions[0].melt;
	REQUIRE(m->count == 71 && m->derivative);
	near(m->temperature[70], 95, 0);
	near(m->derivative[3], 0.5, 0);
	ls_run_free(run);
	run = good("good-text-7500-melt-region");
	REQUIRE(run != NULL);
	m = &run->wells[0].reactions[0].melt;
	REQUIRE(m->count == 3 && !m->derivative);
	near(m->temperature[1], 61, 0);
	near(m->signal[2], 0.5, 0);
	ls_run_free(run);
}

TEST(hostile_rows_are_left_out_with_a_warning_each)
{
	struct ls_run *run = good("good-text-hostile");
	REQUIRE(run != NULL);
	static const char *const ids[] = { "report.text.well", "report.text.cycle",
					   "report.text.section", "report.well.outside" };
	CHECK_INT_EQ(run->warning_count, 4);
	for (size_t i = 0; i < 4 && i < run->warning_count; i++)
		CHECK_STR_EQ(run->warnings[i].id, ids[i]);
	CHECK(run->warning_total > run->warning_count); /* the like of the first are counted */
	for (size_t w = 0; w < run->well_count; w++)
		CHECK(isnan(run->wells[w].reactions[0].cq));
	CHECK(ls_run_find_well(run, 0) && !ls_run_find_well(run, 998));
	ls_run_free(run);
}

TEST(a_broken_part_is_a_warning)
{
	struct ls_run *run = good("good-eds-part-broken");
	REQUIRE(run != NULL);
	CHECK_STR_EQ(run->warnings[0].id, "report.eds.experiment");
	CHECK_STR_HAS(run->warnings[0].message, "apldbio/sds/experiment.xml could not be read: ");
	CHECK_INT_EQ(run->well_count, 2);
	ls_run_free(run);
}

TEST(rdml_of_each_version)
{
	static const char *const names[] = { "good-rdml-1.0", "good-rdml-1.1", "good-rdml-1.2",
					     "good-rdml-1.3" };
	for (size_t i = 0; i < 4; i++) {
		struct ls_run *run = good(names[i]);
		REQUIRE(run != NULL);
		CHECK_INT_EQ(run->source, LS_RUN_RDML);
		CHECK_STR_EQ(run->format_version, names[i] + strlen("good-rdml-"));
		check_plate(run, 4);
		check_stored_cq(run, 1e-12);
		CHECK_STR_EQ(run->wells[3].sample, "STD 3");
		CHECK_STR_EQ(run->wells[3].reactions[0].unit, "cop");
		for (size_t w = 0; w < 4; w++)
			check_series(&run->wells[w].reactions[0].amplitude, rn, w, 1e-12);
		CHECK(run->wells[0].reactions[0].omitted);
		REQUIRE(run->protocol.stage_count == 2);
		CHECK_INT_EQ(run->protocol.stages[1].repeats, 40);
		CHECK_INT_EQ(run->protocol.stages[1].step_count, 2);
		near(run->curves[0].efficiency, 1, 0);
		CHECK(run->started.known && run->started.seconds == 1772634130);
		ls_run_free(run);
	}
}

TEST(limits_are_named)
{
	struct ls_run *run = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(read_file("bad-text-wells__report.run.limit", &run, &err), -EFBIG);
	CHECK_STR_HAS(err.message, "more than 3072 wells");
	CHECK_INT_EQ(ls_run_read("x", LS_RUN_FILE_MAX + 1, &run, &err), -EFBIG);
	CHECK_STR_EQ(err.id, "report.run.size");
	CHECK(run == NULL);
}

static void check_bad(const char *name)
{
	struct ls_run *run = NULL;
	struct ls_error err = { 0 };
	const char *id = strstr(name, "__");
	int rc = read_file(name, &run, &err);
	if (rc >= 0 || run)
		TEST_FAIL("%s was read", name);
	else if (!id || strcmp(err.id, id + 2) != 0)
		TEST_FAIL("%s: refused with %s: %s", name, err.id, err.message);
	ls_run_free(run);
}

TEST(the_corpus_is_read_or_refused)
{
	DIR *folder = opendir(CORPUS);
	REQUIRE(folder != NULL);
	unsigned seen[2] = { 0, 0 };
	for (struct dirent *e; (e = readdir(folder));) {
		if (strncmp(e->d_name, "good-", 5) == 0) {
			seen[1]++;
			ls_run_free(good(e->d_name));
		} else if (strncmp(e->d_name, "bad-", 4) == 0) {
			seen[0]++;
			check_bad(e->d_name);
		}
	}
	closedir(folder);
	CHECK(seen[0] >= 24 && seen[1] >= 16);
}

TEST(every_cut_of_a_run_file_is_refused_or_read_in_part)
{
	static const char *const names[] = { "good-text-melt", "good-rdml-plain-melt",
					     "good-eds-part-broken" };
	for (size_t i = 0; i < 3; i++) {
		_cleanup_buffer_ struct ls_buffer bytes;
		char path[100];
		snprintf(path, sizeof(path), CORPUS "%s", names[i]);
		ls_buffer_init(&bytes, LS_RUN_FILE_MAX);
		REQUIRE(ls_file_read(AT_FDCWD, path, &bytes, NULL) == 0);
		for (size_t n = 0; n < bytes.size; n += 1 + bytes.size / 500) {
			struct ls_run *run = NULL;
			struct ls_error err = { 0 };
			int rc = ls_run_read(bytes.data, n, &run, &err);
			CHECK(rc == 0 ? run != NULL : run == NULL && err.id[0] && err.message[0]);
			CHECK(rc != 0 || i == 0); /* only text can be cut between two rows */
			ls_run_free(run);
		}
	}
}

TEST(what_a_file_is_its_content_says)
{
	enum ls_run_source source;
	CHECK_INT_EQ(ls_run_sniff("", 0, &source), -ENOTSUP);
	CHECK_INT_EQ(ls_run_sniff("PK\3\4", 4, &source), -ENOTSUP);
	CHECK_INT_EQ(ls_run_sniff("* Key = 1\n", 10, &source), 0);
	CHECK_INT_EQ(source, LS_RUN_TEXT);
	CHECK_INT_EQ(ls_run_sniff("* Key\n", 6, &source), -ENOTSUP);
	CHECK_INT_EQ(ls_run_sniff("\n[Results]\n", 11, &source), 0);
	CHECK_INT_EQ(ls_run_sniff("[Result]\n", 9, &source), -ENOTSUP);
	CHECK_INT_EQ(ls_run_sniff("<?xml?><rdml>", 13, &source), 0);
	CHECK_INT_EQ(source, LS_RUN_RDML);
	CHECK_INT_EQ(ls_run_sniff("<html>", 6, &source), -ENOTSUP);
}

TEST_MAIN()
