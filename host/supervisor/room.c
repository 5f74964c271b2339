/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/room.h"

#include <sys/statvfs.h>

enum ls_room_state ls_room_judge(uint64_t free, uint64_t largest)
{
	return free < LS_ROOM_SEAL		? LS_ROOM_FULL
	       : free < largest + LS_ROOM_SPARE ? LS_ROOM_LOW
						: LS_ROOM_ENOUGH;
}

struct ls_room ls_room_look(int fd, uint64_t largest)
{
	struct statvfs fs;
	if (fd < 0 || fstatvfs(fd, &fs) < 0 || fs.f_blocks == 0)
		return (struct ls_room){ .state = LS_ROOM_UNKNOWN };
	struct ls_room room = {
		.free = (uint64_t)fs.f_bavail * fs.f_frsize,
		.size = (uint64_t)fs.f_blocks * fs.f_frsize,
	};
	room.state = ls_room_judge(room.free, largest);
	return room;
}

const char *ls_room_word(enum ls_room_state state)
{
	static const char *const words[] = { "unknown", "enough", "low", "full" };
	return words[state];
}
