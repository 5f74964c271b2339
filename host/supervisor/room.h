/* SPDX-License-Identifier: Apache-2.0 */
/* How much room the disk of a folder has left. */
#ifndef LABSEAL_HOST_SUPERVISOR_ROOM_H
#define LABSEAL_HOST_SUPERVISOR_ROOM_H

#include <stdint.h>

#define LS_ROOM_SPARE \
	(UINT64_C(64) << 20)		 /* bytes, beside the largest file: records, logs, tables */
#define LS_ROOM_SEAL (UINT64_C(4) << 20) /* bytes: with less not even an event finds room */

enum ls_room_state {
	LS_ROOM_UNKNOWN, /* it cannot be asked, or was not yet */
	LS_ROOM_ENOUGH,
	LS_ROOM_LOW,  /* the largest file that the policy lets in may find none */
	LS_ROOM_FULL, /* nothing can be sealed; what comes waits */
};

struct ls_room {
	uint64_t free, size; /* bytes: for this user, and of the whole file system */
	enum ls_room_state state;
};

/* fd: of the folder, or -1.  largest: bytes of the largest file that may come. */
struct ls_room ls_room_look(int fd, uint64_t largest);

enum ls_room_state ls_room_judge(uint64_t free, uint64_t largest);

const char *ls_room_word(enum ls_room_state state); /* "unknown", "enough", "low", "full" */

#endif
