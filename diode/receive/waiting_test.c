/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/waiting.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define SECOND 1000000000ll

static char dir[64];
static int dirfd_;

static void check_said(const char *wanted)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 64);
	CHECK_INT_EQ(ls_file_read(dirfd_, "waiting", &b, NULL), 0);
	CHECK_STR_EQ(ls_buffer_str(&b), wanted);
}

TEST(waiting_says_how_many)
{
	snprintf(dir, sizeof(dir), "/tmp/waiting-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	dirfd_ = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ls_waiting w;
	CHECK_INT_EQ(ls_waiting_open(&w, dirfd_, 0, NULL), 0);
	check_said("0\n");
	ls_waiting_tell(&w, 12, SECOND);
	check_said("12\n"); /* at once */
	ls_waiting_tell(&w, 13, SECOND + 1);
	check_said("12\n"); /* not yet */
	ls_waiting_tell(&w, 13, 2 * SECOND);
	check_said("13\n");
	ls_waiting_tell(&w, 9, SECOND / 2); /* the clock was set back */
	check_said("9\n");
	ls_waiting_tell(&w, 0, SECOND / 2 + 1);
	check_said("0\n");
	ls_waiting_close(&w);
	/* what an ended receiver said is no news */
	CHECK_INT_EQ(ls_file_replace(dirfd_, "waiting", "77\n", 3, 0600, NULL), 0);
	CHECK_INT_EQ(ls_waiting_open(&w, dirfd_, 5, NULL), 0);
	check_said("5\n");
	ls_waiting_close(&w);
	struct ls_error err = { 0 };
	CHECK(ls_waiting_open(&w, -1, 0, &err) < 0);
	CHECK_STR_EQ(err.id, "diode.waiting.open");
	ls_waiting_close(&w);
	close(dirfd_);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

TEST_MAIN()
