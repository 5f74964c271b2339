/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/reporter.h"

#include <errno.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/test.h"
#include "lib/proc/child.h"
#include "lib/proc/confine.h"
#include "lib/report/ask.h"

#define PATIENT_MS 60000

/* The program lies two folders above the tests: BUILD/labseal-report. */
static const char *program_path(void)
{
	static char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);
	for (int up = 0; up < 3 && n > 0; up++) {
		path[n] = '\0';
		n = strrchr(path, '/') - path;
	}
	snprintf(path + n, sizeof(path) - (size_t)n, "/labseal-report");
	return path;
}

static bool begin(struct ls_reporter *r, int *asker)
{
	struct ls_error err = { 0 };
	ls_log_init("reporter_test", LS_LOG_ERROR);
	CHECK_INT_EQ(ls_reporter_open(r, program_path(), true, asker, &err), 0);
	return r->pid > 0;
}

static bool is_answered(int asker, uint64_t number)
{
	struct ls_report_page page;
	struct ls_error err = { 0 };
	int file = memfd_create("file", MFD_CLOEXEC);
	ls_report_page_init(&page);
	int rc = ls_write_all(file, "no run", 6);
	if (rc == 0)
		rc = ls_report_ask_file(asker, number, file, "x.txt", &err);
	do
		rc = rc < 0 ? rc : ls_report_take(asker, &page, &err);
	while (rc == 1 && page.number == LS_REPORT_BEGUN);
	bool good = rc == 1 && page.number == number && page.has_page;
	if (err.code)
		printf("  %s\n", err.message);
	ls_report_page_free(&page);
	close(file);
	return good;
}

TEST(one_that_was_killed_is_replaced_at_the_same_socket)
{
	struct ls_reporter r = { .is_open = false };
	int asker = -1, status = 0;
	REQUIRE(begin(&r, &asker));
	CHECK(is_answered(asker, 1));
	kill(r.pid, SIGKILL);
	CHECK_INT_EQ(ls_child_wait(r.pid, PATIENT_MS, &status), 1);
	ls_reporter_ended(&r, status, 1000);
	CHECK_INT_EQ(r.pid, 0);
	CHECK_INT_EQ(r.due, 1000 + LS_BACK_OFF_FIRST_MS);
	ls_reporter_look(&r, 1000);
	CHECK_INT_EQ(r.pid, 0);
	ls_reporter_look(&r, 1000 + LS_BACK_OFF_FIRST_MS);
	CHECK(r.pid > 0);
	CHECK(is_answered(asker, 2));
	pid_t last = r.pid;
	ls_reporter_close(&r);
	CHECK_INT_EQ(kill(last, 0), -1);
	ls_reporter_close(&r);
	close(asker);
}

TEST(one_that_cannot_be_confined_is_not_started_again)
{
	struct ls_reporter r = { .is_open = false };
	int asker = -1, status = 0;
	REQUIRE(begin(&r, &asker));
	kill(r.pid, SIGKILL);
	CHECK_INT_EQ(ls_child_wait(r.pid, PATIENT_MS, &status), 1);
	ls_reporter_ended(&r, W_EXITCODE(LS_EXIT_UNCONFINED, 0), 1000);
	CHECK_INT_EQ(r.due, 0);
	ls_reporter_look(&r, INT64_MAX);
	CHECK_INT_EQ(r.pid, 0);
	ls_reporter_close(&r);
	close(asker);
}

TEST_MAIN()
