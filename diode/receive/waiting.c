/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/waiting.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

#include "diode/receive/own_file.h"
#include "lib/proc/protocol.h"

#define NAME   "waiting"
#define PERIOD 250000000ll /* ns */
#define DIGITS 21	   /* of a u64, and the newline */

static bool say(struct ls_waiting *w, uint64_t count)
{
	char text[DIGITS + 1];
	int n = snprintf(text, sizeof(text), "%" PRIu64 "\n", count);
	return pwrite(w->fd, text, (size_t)n, 0) == n && ftruncate(w->fd, n) == 0;
}

int ls_waiting_open(struct ls_waiting *w, int spool_dir, uint64_t count, struct ls_error *err)
{
	*w = (struct ls_waiting){ .fd = -1 };
	int odd = ls_own_file_check(spool_dir, LS_SPOOL_QUEUE, err);
	if (odd < 0)
		return odd;
	*w = (struct ls_waiting){ .fd = openat(spool_dir, LS_SPOOL_QUEUE,
					       O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) };
	if (w->fd < 0)
		return ls_fail_errno(err, errno, "diode.waiting.open",
				     "cannot open '" LS_SPOOL_QUEUE "' in the spool folder");
	if (say(w, count))
		w->told = count;
	return 0;
}

void ls_waiting_close(struct ls_waiting *w)
{
	if (w->fd > 0)
		close(w->fd);
	w->fd = -1;
}

void ls_waiting_tell(struct ls_waiting *w, uint64_t count, int64_t now)
{
	bool is_early = now >= w->when && now - w->when < PERIOD;
	if (count == w->told || (is_early && count > 0 && w->told > 0))
		return;
	w->when = now;
	if (say(w, count))
		w->told = count;
}
