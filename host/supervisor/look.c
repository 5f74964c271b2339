/* SPDX-License-Identifier: Apache-2.0 */
/* What labseald sees for itself each time that it writes its status. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/supervisor/supervisor.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/proc/protocol.h"

uint64_t ls_spool_waiting(int spool_fd)
{
	_cleanup_close_ int fd = openat(spool_fd, LS_SPOOL_QUEUE,
					O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	char text[32];
	uint64_t count = 0;
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text));
	const char *end = n > 0 ? memchr(text, '\n', (size_t)n) : NULL;
	if (!end || ls_parse_u64(text, (size_t)(end - text), &count) < 0 || count > INT64_MAX)
		return 0; /* there is no receiver yet */
	return count;
}

/* When the receiver last heard the guest; its file is empty before the first time. */
static int64_t last_heard(const struct ls_supervisor *s)
{
	struct stat st;
	return s->spool_fd >= 0 &&
			       fstatat(s->spool_fd, LS_SPOOL_HEARD, &st, AT_SYMLINK_NOFOLLOW) ==
				       0 &&
			       st.st_size > 0
		       ? st.st_mtim.tv_sec
		       : 0;
}

static bool is_silent(const struct ls_supervisor *s)
{
	int64_t since = s->status.last_heard > s->running_since ? s->status.last_heard
								: s->running_since;
	return s->was_running && strcmp(s->status.vm.state, "running") == 0 &&
	       time(NULL) - since > (int64_t)s->policy->channel.silence_after;
}

/* Once, each time that it becomes another state. */
static void tell_room(const char *what, const char *path, const struct ls_room *room,
		      enum ls_room_state before)
{
	unsigned long long mib = (unsigned long long)(room->free >> 20);
	if (room->state == before)
		return;
	if (room->state == LS_ROOM_FULL)
		ls_log(LS_LOG_ERROR, "disk.full",
		       "the disk of the %s '%s' is full: nothing is lost, but results wait and the "
		       "guest does, until there is room",
		       what, path);
	else if (room->state == LS_ROOM_LOW)
		ls_log(LS_LOG_WARNING, "disk.low",
		       "the disk of the %s '%s' has %llu MiB left: the largest file that the "
		       "policy lets in may find no room",
		       what, path, mib);
	else if (before > LS_ROOM_ENOUGH)
		ls_log(LS_LOG_INFO, "disk.enough", "the disk of the %s '%s' has %llu MiB left",
		       what, path, mib);
}

static void look_at_room(const struct ls_supervisor *s, int fd, const char *what, const char *path,
			 struct ls_room *room)
{
	enum ls_room_state before = room->state;
	*room = ls_room_look(fd, s->policy->channel.max_file_size);
	tell_room(what, path, room, before);
}

void ls_look_around(struct ls_supervisor *s)
{
	struct ls_status *status = &s->status;
	for (size_t i = 0; i < status->process_count; i++)
		ls_status_process(status, status->processes[i].name, status->processes[i].pid);
	status->queue = s->spool_fd < 0 ? 0 : ls_spool_waiting(s->spool_fd);
	status->last_heard = last_heard(s);
	status->is_silent = is_silent(s);
	look_at_room(s, s->spool_fd, "spool in", s->policy->state, &status->spool_room);
	status->cosigned = ls_stamps_cosigned(&s->stamps);
	ls_stamps_trouble(&s->stamps, time(NULL), status->notary);
	look_at_room(s, s->share_fd, "share", s->policy->publish.share, &status->share_room);
}
