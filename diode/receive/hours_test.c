/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/hours.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define HOUR (3600 * 1000000000ll)

TEST(hours_count_for_a_day)
{
	struct ls_hours h;
	int64_t now = 500000 * HOUR;
	ls_hours_init(&h, now);
	ls_hours_add(&h, now);
	ls_hours_add(&h, now - 23 * HOUR);
	ls_hours_add(&h, now - 24 * HOUR);
	ls_hours_add(&h, now + HOUR);
	CHECK_INT_EQ(ls_hours_sum(&h, now), 2);
	CHECK_INT_EQ(ls_hours_sum(&h, now + HOUR), 1);
	CHECK_INT_EQ(ls_hours_sum(&h, now + 23 * HOUR), 1);
	CHECK_INT_EQ(ls_hours_sum(&h, now + 24 * HOUR), 0);
	ls_hours_add(&h, now + 24 * HOUR);
	CHECK_INT_EQ(ls_hours_sum(&h, now + 100 * HOUR), 0);
	ls_hours_add(&h, now + 100 * HOUR);
	CHECK_INT_EQ(ls_hours_sum(&h, now), 0); /* the clock was set back */
}

TEST(hours_are_known_after_the_ledger_was_folded)
{
	char dir[] = "/tmp/hours-test-XXXXXX";
	REQUIRE(mkdtemp(dir) != NULL);
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ls_ledger *ledger = NULL;
	struct ls_ledger_record states[LS_HOURS];
	struct ls_hours h, after;
	int64_t now = 500000 * HOUR;
	REQUIRE(ls_ledger_open(dirfd, NULL, NULL, &ledger, NULL) == 0);
	ls_hours_init(&h, now);
	for (int round = 1; round <= 3; round++) {
		ls_hours_add(&h, now);
		ls_hours_add(&h, now - round * HOUR);
		size_t count = ls_hours_states(&h, now, states);
		CHECK_INT_EQ(count, 1 + round);
		CHECK_INT_EQ(ls_ledger_fold(ledger, states, count, NULL), 0);
		ls_hours_init(&after, now);
		ls_hours_recall(&after, ledger);
		CHECK_INT_EQ(ls_hours_sum(&after, now), 2 * round);
	}
	CHECK_INT_EQ(ls_hours_sum(&after, now + 21 * HOUR), 5);
	ls_ledger_free(ledger);
	close(dirfd);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

TEST_MAIN()
