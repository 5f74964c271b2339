/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/silence.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diode/receive/own_file.h"
#include "lib/base/log.h"
#include "lib/proc/protocol.h"

#define SECOND 1000000000ll

struct ls_silence {
	struct ls_events *events;
	unsigned after;
	int file;      /* "heard" */
	bool is_known; /* a guest was heard, now or in an earlier life */
	int64_t since; /* uptime from which silence counts */
	int64_t last;  /* when the last sign came, ns since 1970; 0: not known */
	int64_t noted; /* when the file was last written, uptime */
	bool told;     /* the silence is an event and goes on */
	bool has_sign; /* the two that follow are set */
	int64_t clock; /* the guest's, at the last sign */
	uint8_t session[LS_SESSION_SIZE];
};

static int open_file(struct ls_silence *s, int dirfd, struct ls_error *err)
{
	struct stat st;
	s->file = -1;
	int odd = ls_own_file_check(dirfd, LS_SPOOL_HEARD, err);
	if (odd < 0)
		return odd;
	s->file = openat(dirfd, LS_SPOOL_HEARD, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->file < 0 || fstat(s->file, &st) < 0)
		return ls_fail_errno(err, errno, "diode.silence.open",
				     "cannot open '%s' in the spool folder", LS_SPOOL_HEARD);
	s->is_known = st.st_size > 0;
	if (s->is_known)
		s->last = (int64_t)st.st_mtim.tv_sec * SECOND + st.st_mtim.tv_nsec;
	return 0;
}

int ls_silence_new(int dirfd, struct ls_events *events, unsigned after, int64_t uptime,
		   struct ls_silence **ret_silence, struct ls_error *err)
{
	struct ls_silence *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "diode.silence.memory", "out of memory for a clock");
	*s = (struct ls_silence){ .events = events, .after = after, .since = uptime };
	int rc = open_file(s, dirfd, err);
	if (rc < 0)
		s = ls_silence_free(s);
	*ret_silence = s;
	return rc;
}

struct ls_silence *ls_silence_free(struct ls_silence *s)
{
	if (s && s->file >= 0)
		close(s->file);
	free(s);
	return NULL;
}

/* Its time is what others see; that it cannot be written on a full disk is no fault. */
static void note(struct ls_silence *s, int64_t uptime)
{
	if (s->noted != 0 && uptime - s->noted < SECOND)
		return;
	s->noted = uptime;
	if (pwrite(s->file, "\n", 1, 0) < 0)
		ls_log(LS_LOG_DEBUG, "diode.silence.note", "cannot note a sign of life");
}

static int tell(struct ls_silence *s, json_t *detail, int64_t now, struct ls_error *err)
{
	enum ls_event_outcome outcome;
	return ls_events_add(s->events, "silence", detail, now, &outcome, err);
}

static json_t *last_heard(const struct ls_silence *s)
{
	return s->last ? json_integer(s->last / SECOND) : json_null();
}

/* How the guest's clock went while nothing was heard: with the host's, if all is well. */
static json_t *clock_gone(const struct ls_silence *s, int64_t guest_clock)
{
	return s->has_sign ? json_integer(guest_clock / SECOND - s->clock / SECOND) : json_null();
}

static int tell_end(struct ls_silence *s, const uint8_t *session, int64_t guest_clock, int64_t now,
		    struct ls_error *err)
{
	bool same = s->has_sign && memcmp(session, s->session, LS_SESSION_SIZE) == 0;
	json_t *detail = json_pack(
		"{s:s, s:o, s:b, s:o, s:I, s:I, s:o}", "what", "heard", "session",
		ls_json_hex(session, LS_SESSION_SIZE), "same-session", same, "last-heard",
		last_heard(s), "heard", (json_int_t)(now / SECOND), "guest-clock",
		(json_int_t)(guest_clock / SECOND), "guest-clock-gone", clock_gone(s, guest_clock));
	ls_log(LS_LOG_INFO, "diode.heard", "the guest is heard again");
	return tell(s, detail, now, err);
}

int ls_silence_heard(struct ls_silence *s, const uint8_t session[static LS_SESSION_SIZE],
		     int64_t guest_clock, int64_t now, int64_t uptime, struct ls_error *err)
{
	int rc = s->told ? tell_end(s, session, guest_clock, now, err) : 0;
	s->told = false;
	s->is_known = s->has_sign = true;
	s->since = uptime;
	s->last = now;
	s->clock = guest_clock;
	memcpy(s->session, session, LS_SESSION_SIZE);
	note(s, uptime);
	return rc;
}

void ls_silence_excuse(struct ls_silence *s, int64_t uptime)
{
	s->since = uptime;
}

int ls_silence_tick(struct ls_silence *s, int64_t now, int64_t uptime, struct ls_error *err)
{
	if (!s->is_known || s->told || uptime - s->since < s->after * SECOND)
		return 0;
	s->told = true;
	json_t *session = s->has_sign ? ls_json_hex(s->session, LS_SESSION_SIZE) : json_null();
	json_t *detail = json_pack("{s:s, s:o, s:o, s:I, s:I}", "what", "silent", "session",
				   session, "last-heard", last_heard(s), "limit",
				   (json_int_t)s->after, "noticed", (json_int_t)(now / SECOND));
	ls_log(LS_LOG_WARNING, "diode.silence", "no sign of life from the guest for %u s",
	       s->after);
	return tell(s, detail, now, err);
}
