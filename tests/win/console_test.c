/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Windows tells a program of its user's doings: Ctrl-C, a closed window,
 * log-off and shutdown.  The handler is called as Windows would call it.
 */
#include "diode/export/win32.h"

#include <stdlib.h>

#include "lib/base/test.h"

static PHANDLER_ROUTINE handler;
static DWORD slept;

static BOOL WINAPI played_set_handler(PHANDLER_ROUTINE routine, BOOL add)
{
	CHECK_INT_EQ(add, TRUE);
	handler = routine;
	return TRUE;
}

static void WINAPI played_sleep(DWORD ms)
{
	slept = ms;
}

#define SetConsoleCtrlHandler played_set_handler
#define Sleep		      played_sleep

#include "diode/export/system_win32.c"

static void start(const wchar_t *log)
{
	handler = NULL;
	slept = 0;
	ls_win32_init();
	ls_win32_log_to(log);
	ls_platform_catch_stop();
	REQUIRE(handler != NULL);
	CHECK(!ls_platform_stopping());
}

TEST(console_a_service_survives_log_off)
{
	start(L"labseal-export.log");
	CHECK_INT_EQ(handler(CTRL_LOGOFF_EVENT), TRUE);
	CHECK(!ls_platform_stopping());
	CHECK_INT_EQ(slept, 0);
	/* of the next user, too */
	CHECK_INT_EQ(handler(CTRL_LOGOFF_EVENT), TRUE);
	CHECK(!ls_platform_stopping());
}

TEST(console_a_service_ends_when_windows_does)
{
	start(L"labseal-export.log");
	CHECK_INT_EQ(handler(CTRL_SHUTDOWN_EVENT), TRUE);
	CHECK(ls_platform_stopping());
}

TEST(console_log_off_ends_a_program_in_the_foreground_in_order)
{
	start(NULL);
	CHECK_INT_EQ(handler(CTRL_LOGOFF_EVENT), TRUE);
	CHECK(ls_platform_stopping());
	/* Windows ends the program when the handler returns: there must be time to end in order */
	CHECK_INT_EQ(slept, CLOSE_WAIT);
}

TEST(console_ctrl_c_ends_it_at_once)
{
	const DWORD events[] = { CTRL_C_EVENT, CTRL_BREAK_EVENT };
	for (size_t i = 0; i < 2; i++) {
		start(NULL);
		CHECK_INT_EQ(handler(events[i]), TRUE);
		CHECK(ls_platform_stopping());
		CHECK_INT_EQ(slept, 0);
	}
}

TEST_MAIN()
