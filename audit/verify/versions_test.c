/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/versions.h"

#include "lib/base/test.h"

static struct ls_versions versions;
static struct ls_report report;

/* A record of one file; parent 0: it claims none. */
static void tell(uint64_t seal, uint8_t file, uint8_t parent)
{
	static struct ls_record_file f;
	struct ls_record record = { .seal = seal, .count = 1, .files = &f };
	memset(&f, 0, sizeof(f));
	f.sha256.bytes[0] = file;
	f.claimed.parent.bytes[0] = parent;
	ls_versions_tell(&versions, &record);
}

static void begin(void)
{
	ls_versions_init(&versions);
	ls_report_init(&report);
}

static void end(uint64_t linked, uint64_t warned)
{
	CHECK_INT_EQ(ls_versions_check(&versions, &report), 0);
	CHECK_INT_EQ(report.passed[LS_CHECK_VERSIONS], linked);
	CHECK_INT_EQ(report.findings[LS_FINDING_WARNING].total, warned);
	ls_versions_free(&versions);
	ls_report_free(&report);
}

TEST(a_version_after_its_original)
{
	begin();
	tell(3, 2, 1); /* told in any order */
	tell(1, 1, 0);
	tell(4, 3, 2);
	tell(4, 4, 3); /* both under one seal */
	end(3, 0);
}

TEST(an_original_that_is_not_there)
{
	begin();
	tell(1, 1, 0);
	tell(2, 2, 9);
	end(0, 1);
}

TEST(an_original_that_came_later)
{
	begin();
	tell(2, 2, 1);
	tell(3, 1, 0);
	end(0, 1);
}

TEST(no_versions)
{
	begin();
	tell(1, 1, 0);
	ls_versions_tell(NULL, NULL);
	end(0, 0);
}

TEST_MAIN()
