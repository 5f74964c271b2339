/* SPDX-License-Identifier: Apache-2.0 */
/* The page of run files that instruments made (LABSEAL_DATA). */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/report/page.h"
#include "audit/run/analysis.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static struct ls_buffer page;

static bool draw_file(const char *name)
{
	char path[1024];
	const char *data = getenv("LABSEAL_DATA");
	_cleanup_buffer_ struct ls_buffer bytes;
	struct ls_run *run = NULL;
	struct ls_run_analysis *analysis = NULL;
	struct ls_error err = { 0 };
	ls_buffer_init(&bytes, 64u << 20);
	ls_buffer_free(&page);
	ls_buffer_init(&page, 8u << 20);
	snprintf(path, sizeof(path), "%s/instrument/%s", data ? data : "../shared/data", name);
	if (ls_file_read(AT_FDCWD, path, &bytes, NULL) < 0)
		return false;
	int rc = ls_run_read(bytes.data, bytes.size, &run, &err);
	if (rc == 0)
		rc = ls_run_analyse(run, &analysis, &err);
	const struct ls_page_content c = { .name = name, .run = run, .analysis = analysis };
	if (rc == 0)
		rc = ls_report_draw(&c, &page);
	if (rc < 0)
		TEST_FAIL("%s: %s", name, err.message);
	ls_run_analysis_free(analysis);
	ls_run_free(run);
	return rc == 0;
}

/* The vendor's file: dates of the plates, and nobody's name; no region of interest in it. */
TEST(a_7500s_calibrations_are_there_and_their_provenance_is_not)
{
	if (!draw_file("7500fast_sce.eds"))
		TEST_SKIP("no LABSEAL_DATA/instrument/7500fast_sce.eds");
	const char *html = ls_buffer_str(&page);
	const char *background = strstr(html, "<th scope=\"row\">background</th>");
	REQUIRE(background);
	CHECK_STR_HAS(background, "2007-10-10 19:20:39 UTC");
	CHECK_STR_HAS(background, "– present, provenance absent");
	CHECK_STR_HAS(html, "<th scope=\"row\">pure dye: <bdi>CY3</bdi>, <bdi>CY5</bdi>");
	const char *roi = strstr(html, "<th scope=\"row\">region of interest</th>");
	REQUIRE(roi);
	CHECK_STR_HAS(roi, "– not in the file");
	CHECK(!strstr(html, "✓ not expired"));
}

TEST(a_quantstudios_calibrations_have_a_provenance)
{
	if (!draw_file("quantstudio5_test.eds"))
		TEST_SKIP("no LABSEAL_DATA/instrument/quantstudio5_test.eds");
	const char *html = ls_buffer_str(&page);
	CHECK_STR_HAS(html, "2018-06-12 14:47:16 UTC");
	CHECK_STR_HAS(html, "✓ not expired at the run");
	CHECK(!strstr(html, "not in the file"));
}

TEST_MAIN()
