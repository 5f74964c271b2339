/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instruments' own files (LABSEAL_DATA).  The figures were taken out of them
 * by other means: Python's zipfile, ElementTree, re and statistics.
 */
#include <fcntl.h>
#include <math.h>
#include <stdlib.h>

#include "audit/run/analysis.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static struct ls_run *read_real(const char *name)
{
	const char *data = getenv("LABSEAL_DATA");
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_error err = { 0 };
	struct ls_run *run = NULL;
	char path[1000];
	snprintf(path, sizeof(path), "%s/instrument/%s", data ? data : "../shared/data", name);
	ls_buffer_init(&bytes, LS_RUN_FILE_MAX);
	if (ls_file_read(AT_FDCWD, path, &bytes, NULL) < 0)
		return NULL;
	if (ls_run_read(bytes.data, bytes.size, &run, &err) < 0)
		TEST_FAIL("%s: %s", name, err.message);
	return run;
}

#define OPEN(run, name)                       \
	struct ls_run *run = read_real(name); \
	if (!run && !ls_test_failures)        \
		TEST_SKIP("no LABSEAL_DATA"); \
	REQUIRE(run != NULL)

static void near(double seen, double wanted, double room)
{
	if (!(fabs(seen - wanted) <= room))
		TEST_FAIL("%.9g is not within %g of %.9g", seen, room, wanted);
}

TEST(a_7500_fast)
{
	OPEN(run, "7500fast_sce.eds");
	CHECK_STR_EQ(run->name, "Standard Curve Example");
	CHECK_STR_EQ(run->software, "7500 Software");
	CHECK_INT_EQ(run->started.seconds, 1194659214);
	CHECK_INT_EQ(run->well_count, 24);
	CHECK_INT_EQ(run->cycles, 40);
	size_t fam = ls_run_find_dye(run, "FAM"), rox = ls_run_find_dye(run, "ROX"),
	       tamra = ls_run_find_dye(run, "TAMRA");
	near(run->wells[0].multicomponent[fam].values[0], 842270.7, 0);
	near(run->wells[23].multicomponent[fam].values[39], 3788648.5, 0);
	near(run->wells[23].multicomponent[rox].values[39], 579636.5, 0);
	near(run->wells[11].multicomponent[tamra].values[20], 511243.47, 0);
	CHECK_STR_EQ(run->wells[9].sample, "10000");
	near(run->wells[9].reactions[0].quantity, 10000, 0);
	near(run->wells[9].reactions[0].threshold, 0.6053519973507173, 0);
	CHECK(run->wells[0].omitted && !run->wells[1].omitted);
	CHECK_INT_EQ(run->calibration_count, 13);
	for (size_t i = 0; i < run->calibration_count; i++)
		CHECK(run->calibrations[i].has_data && !run->calibrations[i].provenance);
	struct ls_run_analysis *a = NULL;
	REQUIRE(ls_run_analyse(run, &a, NULL) == 0);
	CHECK_INT_EQ(a->reactions[1].ntc_ours, LS_NTC_CLEAN);
	REQUIRE(a->curve_count == 1);
	near(a->curves[0].efficiency, 0.87, 0.01);
	CHECK(a->curves[0].r2 > 0.99);
	ls_run_analysis_free(a);
	ls_run_free(run);
}

TEST(a_quantstudio_5)
{
	OPEN(run, "quantstudio5_test.eds");
	CHECK_STR_EQ(run->instrument_type, "QuantStudio 5 - 96-Well 0.2-mL Block");
	CHECK_INT_EQ(run->well_count, 96);
	CHECK_INT_EQ(run->filter_count, 10);
	const struct ls_run_reaction *r = &run->wells[95].reactions[0];
	near(r->cq, 4, 0);
	near(r->rn.values[3], 4.5912547, 0);
	near(r->delta_rn.values[0], -0.2919917, 0);
	CHECK_STR_EQ(run->filters[9], "x5-m6");
	near(run->wells[95].raw[9].values[3], -261.41714, 0);
	size_t rox = ls_run_find_dye(run, "ROX");
	near(run->wells[95].multicomponent[rox].values[3], 507.56134, 0);
	CHECK_INT_EQ(run->calibration_count, 12);
	CHECK(run->calibrations[0].provenance);
	CHECK_INT_EQ(run->calibrations[0].performed.seconds, 1528814836);
	CHECK_INT_EQ(run->calibrations[0].expires.seconds, 1591022836);
	CHECK_STR_EQ(run->calibrations[0].instrument_serial, "272520134");
	CHECK_INT_EQ(run->warning_count, 0);
	ls_run_free(run);
}

TEST(a_stepone_in_rdml)
{
	OPEN(run, "stepone_std.rdml");
	CHECK_INT_EQ(run->well_count, 24);
	const struct ls_run_well *c8 = ls_run_find_well(run, 2 * 12 + 7);
	REQUIRE(c8 != NULL);
	near(c8->reactions[0].cq, 31.035166, 0);
	near(c8->reactions[0].amplitude.values[39], 2.379217, 0);
	near(run->curves[0].efficiency, 0.9391181, 1e-9);
	struct ls_run_analysis *a = NULL;
	REQUIRE(ls_run_analyse(run, &a, NULL) == 0);
	REQUIRE(a->curve_count == 2);
	/* the instrument's Cq give the instrument's efficiency, and ours give nearly it */
	near(a->curves[0].slope, -3.4770424268, 1e-9);
	near(a->curves[0].intercept, 40.7680719072, 1e-9);
	near(a->curves[0].r2, 0.9994983184, 1e-9);
	near(a->curves[0].efficiency, 0.9391, 0.0001);
	near(a->curves[1].efficiency, 0.9391, 0.005);
	for (size_t i = 0; i < 3; i++)
		CHECK(a->reactions[i].ntc_stored == LS_NTC_CLEAN &&
		      a->reactions[i].ntc_ours == LS_NTC_CLEAN);
	ls_run_analysis_free(a);
	ls_run_free(run);
}

TEST(a_viia_7_in_text)
{
	OPEN(run, "quantstudio_example01.txt");
	CHECK_INT_EQ(run->rows, 16);
	CHECK_STR_EQ(run->instrument_type, "ViiA 7");
	const struct ls_run_well *a16 = ls_run_find_well(run, 15);
	REQUIRE(a16 && a16->reaction_count == 1);
	CHECK_STR_EQ(a16->position, "A16");
	near(a16->reactions[0].cq, 18.106, 0);
	near(a16->reactions[0].threshold, 0.277, 0);
	near(a16->reactions[0].tm[0], 78.122, 0);
	near(run->wells[0].raw[3].values[0], 56089.960, 0);
	CHECK_INT_EQ(run->calibrations[0].expired, LS_SAID_YES);
	CHECK(!run->ended.known);
	CHECK_STR_EQ(run->ended.text, "2001-12-31 09:09:19 PM EST");
	ls_run_free(run);
}

TEST(a_quantstudio_7_genotyping_in_text)
{
	OPEN(run, "quantstudio_example03.txt");
	const struct ls_run_well *b4 = ls_run_find_well(run, 15);
	REQUIRE(b4 && b4->reaction_count == 2);
	CHECK_STR_EQ(run->targets[b4->reactions[0].target].name, "CYP19_2-Allele 1");
	near(b4->reactions[0].cq, 27.582, 0);
	near(b4->reactions[1].cq, 29.206, 0);
	near(b4->reactions[1].threshold, 0.132, 0);
	CHECK_STR_EQ(b4->reactions[0].call, "Homozygous Allele 1/Allele 1");
	ls_run_free(run);
}

TEST(a_quantstudio_6_in_text_with_both_controls)
{
	OPEN(run, "quantstudio_minimal_test01.txt");
	REQUIRE(run->well_count == 1 && run->wells[0].reaction_count == 2);
	const struct ls_run_reaction *r = run->wells[0].reactions;
	CHECK(r[0].task == LS_TASK_BLOCKED_IPC && r[1].task == LS_TASK_NTC);
	CHECK(r[0].undetermined && isnan(r[0].cq));
	near(r[0].delta_rn.values[0], -0.002, 0);
	near(run->wells[0].multicomponent[1].values[0], 1591197.5, 0);
	ls_run_free(run);
}

TEST_MAIN()
