/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/room.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

#define MIB (UINT64_C(1) << 20)

TEST(the_largest_file_has_to_find_room)
{
	CHECK_STR_EQ(ls_room_word(ls_room_judge(1000 * MIB, 100 * MIB)), "enough");
	CHECK_STR_EQ(ls_room_word(ls_room_judge(164 * MIB, 100 * MIB)), "enough");
	CHECK_STR_EQ(ls_room_word(ls_room_judge(164 * MIB - 1, 100 * MIB)), "low");
	CHECK_STR_EQ(ls_room_word(ls_room_judge(4 * MIB, 100 * MIB)), "low");
	CHECK_STR_EQ(ls_room_word(ls_room_judge(4 * MIB - 1, 1)), "full");
}

TEST(what_cannot_be_asked_is_unknown)
{
	CHECK_INT_EQ(ls_room_look(-1, 1).state, LS_ROOM_UNKNOWN);
	CHECK_INT_EQ(ls_room_look(0x3fffffff, 1).state, LS_ROOM_UNKNOWN);
}

/* A disk of 2 MiB is never enough; one of 128 MiB is, until it is filled. */
TEST(a_disk_is_asked)
{
	char place[] = "/tmp/labseal-test-XXXXXX";
	REQUIRE(mkdtemp(place));
	if (mount("tmpfs", place, "tmpfs", 0, "size=128m") < 0) {
		rmdir(place);
		TEST_SKIP("cannot mount a small disk");
	}
	int fd = open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct ls_room room = ls_room_look(fd, MIB);
	CHECK_INT_EQ(room.state, LS_ROOM_ENOUGH);
	CHECK(room.size == 128 * MIB && room.free <= room.size && room.free > 120 * MIB);
	CHECK_INT_EQ(ls_room_look(fd, 100 * MIB).state, LS_ROOM_LOW);
	CHECK(mount("tmpfs", place, "tmpfs", MS_REMOUNT, "size=2m") == 0);
	CHECK_INT_EQ(ls_room_look(fd, 1).state, LS_ROOM_FULL);
	close(fd);
	umount2(place, MNT_DETACH);
	rmdir(place);
}

TEST_MAIN()
