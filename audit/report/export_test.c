/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/report/export.h"

#include <jansson.h>
#include <math.h>

#include "audit/run/rdml.h"
#include "audit/run/run_build.h"
#include "lib/base/test.h"

/* A run of four wells: a control, two standards of one name, an unknown with a formula's name. */
static struct ls_run *make(const char *sample)
{
	static const enum ls_run_task tasks[] = { LS_TASK_NTC, LS_TASK_STANDARD, LS_TASK_STANDARD,
						  LS_TASK_UNKNOWN };
	struct ls_run *run = ls_run_new(LS_RUN_TEXT);
	size_t target;
	ls_run_set(run, &ls_run_target(run, "g&<ene>", 7, &target)->reporter, "FAM", 3);
	ls_run_set(run, &run->operator_name, "Ada \"A\"", 7);
	ls_run_set(run, &run->name, "Name", 4);
	for (uint64_t w = 0; w < 4; w++) {
		struct ls_run_well *well = ls_run_well(run, w);
		struct ls_run_reaction *r = ls_run_reaction(run, well, target);
		const char *name = w == 0 ? "NTC" : w < 3 ? "STD" : sample;
		ls_run_set(run, &well->sample, name, strlen(name));
		r->task = tasks[w];
		r->cq = w == 0 ? NAN : 20 + (double)w;
		r->undetermined = w == 0;
		if (w == 1 || w == 2)
			r->quantity = 1000.0 / (double)w;
		for (uint64_t c = 0; c < 12; c++) {
			ls_run_series_set(run, &r->rn, c, 1 + 0.1 * (double)c);
			ls_run_series_set(run, &r->delta_rn, c, 0.1 * (double)c);
		}
		static const double temperatures[] = { 60, 61, 60.5, 61, 62 }; /* as real ones do */
		for (size_t i = 0; i < 5; i++)
			ls_run_melt_add(run, &r->melt, temperatures[i], 3 - 0.1 * (double)i, NAN);
	}
	return run;
}

typedef int (*form)(const struct ls_run *, const struct ls_run_analysis *, struct ls_buffer *,
		    struct ls_error *);

static void write_as(form write, struct ls_run *run, struct ls_buffer *out)
{
	struct ls_error err = { 0 };
	struct ls_run_analysis *a = NULL;
	ls_buffer_init(out, LS_EXPORT_MAX);
	if (ls_run_finish(run, &err) < 0 || ls_run_analyse(run, &a, &err) < 0 ||
	    write(run, a, out, &err) < 0)
		TEST_FAIL("%s", err.message);
	ls_run_analysis_free(a);
}

static void check_sample(const char *sample, const char *cell)
{
	struct ls_run *run = make(sample);
	_cleanup_buffer_ struct ls_buffer out;
	char row[300];
	write_as(ls_export_csv, run, &out);
	snprintf(row, sizeof(row), "\r\nA4,%s,unknown,g&<ene>,FAM,stored,cq,,,23\r\n", cell);
	CHECK_STR_HAS(ls_buffer_str(&out), row);
	ls_run_free(run);
}

TEST(no_cell_of_csv_is_a_formula)
{
	check_sample("plain", "plain");
	check_sample("a,b", "\"a,b\"");
	check_sample("say \"x\"", "\"say \"\"x\"\"\"");
	check_sample("=1+1", "\"'=1+1\"");
	check_sample("+1", "\"'+1\"");
	check_sample("-2", "\"'-2\"");
	check_sample("@SUM(A1)", "\"'@SUM(A1)\"");
	check_sample("|calc", "\"'|calc\"");
	check_sample("\xef\xbc\x9d"
		     "1",
		     "\"'\xef\xbc\x9d"
		     "1\"");
	check_sample("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"");
}

TEST(csv_has_a_row_for_each_value_and_says_whose_it_is)
{
	struct ls_run *run = make("x");
	_cleanup_buffer_ struct ls_buffer out;
	write_as(ls_export_csv, run, &out);
	const char *text = ls_buffer_str(&out);
	CHECK(strncmp(text, "well,sample,task,target,dye,origin,curve,cycle,temperature,value\r\n",
		      65) == 0);
	CHECK_STR_HAS(text, "A2,STD,standard,g&<ene>,FAM,stored,delta_rn,12,,1.1\r\n");
	CHECK_STR_HAS(text, "A2,STD,standard,g&<ene>,FAM,stored,melt,,60.5,2.8\r\n");
	CHECK_STR_HAS(text, ",computed,melt_derivative,,");
	CHECK(strstr(text, "nan") == NULL);
	size_t rows = 0;
	for (const char *c = text; (c = strstr(c, "\r\n")); c += 2)
		rows++;
	/* heading; 3 stored Cq and ours; 24 points, 5 melting, 5 derivatives, in 4 wells */
	CHECK(rows >= 1 + 3 + 4 * 34 && rows <= 1 + 3 + 4 + 4 * 34);
	ls_run_free(run);
}

TEST(rdml_comes_back_as_it_went)
{
	struct ls_run *run = make("x"), *back = NULL;
	_cleanup_buffer_ struct ls_buffer out;
	struct ls_error err = { 0 };
	write_as(ls_export_rdml, run, &out);
	if (ls_run_read(out.data, out.size, &back, &err) < 0)
		TEST_FAIL("%s", err.message);
	REQUIRE(back != NULL);
	CHECK_INT_EQ(back->source, LS_RUN_RDML);
	CHECK_STR_EQ(back->format_version, "1.3");
	CHECK_STR_EQ(back->operator_name, "Ada \"A\"");
	CHECK_STR_EQ(back->targets[0].name, "g&<ene>");
	CHECK_INT_EQ(back->well_count, 4);
	for (size_t w = 0; w < 4 && w < back->well_count; w++) {
		const struct ls_run_reaction *was = &run->wells[w].reactions[0],
					     *is = &back->wells[w].reactions[0];
		CHECK_INT_EQ(is->task, was->task);
		CHECK_INT_EQ(is->undetermined, was->undetermined);
		CHECK(is->cq == was->cq || isnan(was->cq));
		CHECK(is->quantity == was->quantity || isnan(was->quantity));
		CHECK_INT_EQ(is->amplitude.count, 12);
		CHECK(is->amplitude.values[11] == was->rn.values[11]);
		CHECK_INT_EQ(is->melt.count, 3); /* the schema has each temperature once */
	}
	/* one name, two quantities: two samples */
	CHECK_STR_EQ(back->wells[1].sample, "STD");
	CHECK_STR_EQ(back->wells[2].sample, "STD (2)");
	ls_run_free(back);
	ls_run_free(run);
}

TEST(json_holds_null_where_nothing_is_known)
{
	struct ls_run *run = make("x");
	_cleanup_buffer_ struct ls_buffer out;
	write_as(ls_export_json, run, &out);
	json_t *root = json_loadb((char *)out.data, out.size, 0, NULL);
	REQUIRE(root != NULL);
	const char *format = "", *sample = "";
	json_t *well = json_array_get(json_object_get(root, "wells"), 0), *cq = NULL;
	CHECK_INT_EQ(json_unpack(root, "{s:s}", "format", &format), 0);
	CHECK_STR_EQ(format, "labseal/report/v1");
	CHECK_INT_EQ(json_unpack(well, "{s:s, s:[{s:{s:o}}]}", "sample", &sample, "reactions",
				 "stored", "cq", &cq),
		     0);
	CHECK_STR_EQ(sample, "NTC");
	CHECK(json_is_null(cq));
	json_decref(root);
	ls_run_free(run);
}

TEST_MAIN()
