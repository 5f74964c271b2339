/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/back_off.h"

#include <stddef.h>

#include "lib/base/test.h"

TEST(what_fails_at_once_waits_longer_each_time)
{
	static const int wanted[] = { 1000, 2000, 4000, 8000, 16000, 30000, 30000 };
	struct ls_back_off b = { 0 };
	int64_t now = 5000;
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		int ms = ls_back_off_next(&b, now);
		CHECK_INT_EQ(ms, wanted[i]);
		now += ms + 100; /* it fails soon after it was started */
	}
}

TEST(after_a_quiet_time_it_begins_anew)
{
	struct ls_back_off b = { 0 };
	CHECK_INT_EQ(ls_back_off_next(&b, 1000), 1000);
	CHECK_INT_EQ(ls_back_off_next(&b, 2000 + LS_BACK_OFF_QUIET_MS), 2000);
	CHECK_INT_EQ(ls_back_off_next(&b, 4001 + 2 * (int64_t)LS_BACK_OFF_QUIET_MS), 1000);
}

TEST_MAIN()
