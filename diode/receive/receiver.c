/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/receiver.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "diode/receive/receiver_state.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"

#define PIPE_SIZE	(1 << 20)
#define DRAIN_TIME	(10 * SECOND) /* for what is whole, when told to stop */
#define DRAIN_READ_TIME (2 * SECOND)  /* and for what the channel still holds */
#define FULL_NOTICE	(5 * SECOND)  /* a guest that waits so long is worth an event */

static int64_t read_clock(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

int64_t ls_receiver_clock(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t ls_receiver_uptime(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

bool ls_receiver_is_session(const uint8_t session[static LS_SESSION_SIZE])
{
	static const uint8_t none[LS_SESSION_SIZE];
	return memcmp(session, none, sizeof(none)) != 0;
}

/* --- starting ---------------------------------------------------------------------------- */

static int open_channel(int channel, struct ls_error *err)
{
	int flags = fcntl(channel, F_GETFL);
	if (flags < 0 || fcntl(channel, F_SETFL, flags | O_NONBLOCK) < 0)
		return ls_fail_errno(err, errno, "diode.channel.open",
				     "descriptor %d is no channel", channel);
	fcntl(channel, F_SETPIPE_SZ, PIPE_SIZE); /* fewer changes of process; not all may */
	return 0;
}

LS_DEFINE_CLEANUP(struct ls_receiver *, ls_receiver_free)

int ls_receiver_new(int channel, int enclave, int spool_dir, const struct ls_limits *limits,
		    struct ls_receiver **ret_receiver, struct ls_error *err)
{
	_cleanup_(ls_receiver_free) struct ls_receiver *r = calloc(1, sizeof(*r));
	if (!r)
		return ls_fail(err, -ENOMEM, "diode.memory", "out of memory for the receiver");
	r->channel = channel;
	r->enclave = enclave;
	r->limits = limits;
	r->now = ls_receiver_clock();
	ls_hours_init(&r->accepted, r->now);
	ls_frame_stream_init(&r->stream);
	ls_receiver_set_sink(r);
	int rc = open_channel(channel, err);
	rc = rc ? rc : ls_receiver_open_stores(r, spool_dir, err);
	rc = rc ? rc : ls_events_new(r->spool, r->ledger, &r->events, err);
	rc = rc ? rc : ls_noise_new(r->events, &r->noise, err);
	rc = rc ? rc
		: ls_silence_new(spool_dir, r->events, limits->silence_after, ls_receiver_uptime(),
				 &r->silence, err);
	rc = rc ? rc : ls_assembler_new(limits, &r->sink, &r->assembler, err);
	rc = rc ? rc : ls_link_new(enclave, r->spool, r->ledger, r->events, &r->link, err);
	if (rc < 0)
		return rc;
	ls_sessions_use(r->sessions, r->ledger, r->events, r->assembler);
	*ret_receiver = ls_steal_ptr(&r);
	return 0;
}

struct ls_receiver *ls_receiver_free(struct ls_receiver *r)
{
	if (!r)
		return NULL;
	ls_link_free(r->link);
	ls_assembler_free(r->assembler);
	ls_sessions_free(r->sessions);
	ls_silence_free(r->silence);
	ls_noise_free(r->noise);
	ls_events_free(r->events);
	ls_spool_free(r->spool);
	ls_ledger_free(r->ledger);
	ls_waiting_close(&r->waiting);
	free(r);
	return NULL;
}

/* --- frames ---------------------------------------------------------------------------------- */

/* HELLO or BEAT: a sign of life when it is one at all. */
static int take_sign(struct ls_receiver *r, const struct ls_frame *frame, struct ls_error *err)
{
	int64_t guest_clock;
	int rc = frame->type == LS_FRAME_HELLO ? ls_sessions_hello(r->sessions, frame, r->now, err)
					       : ls_sessions_beat(r->sessions, frame, r->now, err);
	if (rc < 0 || !ls_sessions_heard(r->sessions, &guest_clock))
		return rc;
	return ls_silence_heard(r->silence, frame->session, guest_clock, r->now,
				ls_receiver_uptime(), err);
}

static int take_frame(struct ls_receiver *r, const struct ls_frame *frame, struct ls_error *err)
{
	if (!ls_receiver_is_session(frame->session)) {
		r->no_session++;
		return 0;
	}
	ls_sessions_frame(r->sessions, frame);
	switch (frame->type) {
	case LS_FRAME_HELLO:
	case LS_FRAME_BEAT: return take_sign(r, frame, err);
	case LS_FRAME_BEGIN:
	case LS_FRAME_DATA:
	case LS_FRAME_END:
	case LS_FRAME_ABORT: return ls_assembler_take(r->assembler, frame, err);
	case LS_FRAME_MANIFEST: return ls_sessions_manifest(r->sessions, frame, r->now, err);
	default: r->unknown++; return 0;
	}
}

/*
 * No room, and nothing waits for its seal, which would give some: files that
 * were begun and not ended hold it.  A guest that begins and never ends must
 * not make those wait that come after.
 */
static bool make_room(struct ls_receiver *r)
{
	uint64_t bytes;
	return ls_spool_count(r->spool) == 0 && ls_spool_pending(r->spool, &bytes) == 0 &&
	       ls_assembler_give_up_oldest(r->assembler, &r->frame);
}

static void pause_channel(struct ls_receiver *r)
{
	if (!r->paused) {
		r->paused_since = r->now;
		r->paused_told = false;
	}
	r->paused = true;
	r->removed_at_pause = ls_spool_count(r->spool);
}

/* Give the frame in hand; when there is no room for its file, keep it and stop reading. */
static int give_frame(struct ls_receiver *r, struct ls_error *err)
{
	int rc = take_frame(r, &r->frame, err);
	while (rc == -EAGAIN && make_room(r))
		rc = take_frame(r, &r->frame, err);
	if (rc == -EAGAIN) {
		pause_channel(r);
		return 0;
	}
	r->paused = false;
	return rc;
}

static int take_bytes(struct ls_receiver *r, struct ls_error *err)
{
	while (!r->paused && r->used < r->have) {
		size_t used;
		int rc = ls_frame_stream_take(&r->stream, r->buffer + r->used, r->have - r->used,
					      &used, &r->frame, NULL);
		r->used += used;
		if (rc == 1)
			rc = give_frame(r, err);
		else if (rc == -EBADMSG)
			r->faults++, rc = 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_channel(struct ls_receiver *r, struct ls_error *err)
{
	ssize_t n = read(r->channel, r->buffer, sizeof(r->buffer));
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		return ls_fail_errno(err, errno, "diode.channel.read", "cannot read the channel");
	if (n == 0) {
		r->ended = true;
		ls_log(LS_LOG_WARNING, "diode.channel.end", "nobody holds the channel open");
	}
	if (n <= 0)
		return 0;
	r->have = (size_t)n;
	r->used = 0;
	return take_bytes(r, err);
}

/* Something left the spool, or time passed: the frame in hand, then what came after it. */
static int try_again(struct ls_receiver *r, struct ls_error *err)
{
	int rc = ls_receiver_sync(r, err);
	if (rc == 0)
		rc = give_frame(r, err);
	return rc ? rc : take_bytes(r, err);
}

/* --- the loop ----------------------------------------------------------------------------------
 */

static int tell_full(struct ls_receiver *r, struct ls_error *err)
{
	if (!r->paused || r->paused_told || r->now - r->paused_since < FULL_NOTICE)
		return 0;
	r->paused_told = true;
	ls_log(LS_LOG_WARNING, "diode.spool.full",
	       "the spool or its disk is full; the guest waits until files are sealed");
	enum ls_event_outcome outcome;
	json_t *detail = json_pack("{s:s, s:I, s:I}", "what", "spool-full", "since",
				   (json_int_t)(r->paused_since / SECOND), "entries",
				   (json_int_t)ls_spool_count(r->spool));
	return ls_events_add(r->events, "backpressure", detail, r->now, &outcome, err);
}

static void tell_faults(struct ls_receiver *r)
{
	if (r->faults == r->faults_told)
		return;
	r->faults_told = r->faults;
	ls_log(LS_LOG_WARNING, "diode.wire", "%" PRIu64 " stretches of bytes were no frame",
	       r->faults);
}

static int tell_noise(struct ls_receiver *r, bool at_end, struct ls_error *err)
{
	struct ls_noise_counts seen = {
		.bad_frames = r->faults,
		.malformed = ls_assembler_counts(r->assembler)->malformed +
			     ls_sessions_counts(r->sessions)->malformed,
		.disordered = ls_assembler_counts(r->assembler)->disordered,
		.unknown = r->unknown,
		.no_session = r->no_session,
		.lost_frames = ls_sessions_counts(r->sessions)->lost_frames,
	};
	return ls_noise_tick(r->noise, &seen, r->now, at_end, err);
}

static int tick(struct ls_receiver *r, struct ls_error *err)
{
	if (r->now >= r->ticked && r->now - r->ticked < SECOND)
		return 0;
	r->ticked = r->now;
	tell_faults(r);
	int rc = ls_receiver_tend_ledger(r, err);
	rc = rc ? rc : ls_sessions_tick(r->sessions, r->now, err);
	if (r->paused)
		ls_silence_excuse(r->silence, ls_receiver_uptime()); /* a sign may be waiting */
	rc = rc ? rc : ls_silence_tick(r->silence, r->now, ls_receiver_uptime(), err);
	rc = rc ? rc : tell_noise(r, false, err);
	rc = rc ? rc : ls_events_tick(r->events, r->now, err);
	rc = rc ? rc : tell_full(r, err);
	return rc || !r->paused ? rc : try_again(r, err);
}

static void tell_waiting(struct ls_receiver *r)
{
	uint64_t bytes;
	size_t pending = ls_spool_pending(r->spool, &bytes);
	ls_waiting_tell(&r->waiting, ls_spool_count(r->spool) + pending, r->now);
}

/* One turn; 1: the enclave closed.  stopping: read no more than is there. */
static int turn(struct ls_receiver *r, bool reading, struct ls_error *err)
{
	struct pollfd fds[2] = {
		{ .fd = reading && !r->paused ? r->channel : -1, .events = POLLIN },
		{ .fd = r->enclave, .events = POLLIN },
	};
	if (ls_link_wants_to_write(r->link))
		fds[1].events |= POLLOUT;
	int ready = poll(fds, 2, ls_receiver_patience_ms(r));
	if (ready < 0 && errno != EINTR)
		return ls_fail_errno(err, errno, "diode.poll", "cannot wait for input");
	r->now = ls_receiver_clock();
	int rc = 0;
	if (fds[0].revents)
		rc = read_channel(r, err);
	rc = rc ? rc : ls_receiver_sync_if_due(r, ready == 0 || fds[0].fd < 0, err);
	if (rc == 0 && (fds[1].revents & (POLLIN | POLLHUP | POLLERR)))
		rc = ls_link_read(r->link, r->now, err);
	if (rc == 0 && r->paused && ls_spool_count(r->spool) != r->removed_at_pause)
		rc = try_again(r, err);
	if (rc == 0)
		rc = ls_link_write(r->link, err);
	tell_waiting(r);
	return rc ? rc : tick(r, err);
}

static bool idle(struct ls_receiver *r)
{
	uint64_t bytes;
	return ls_spool_count(r->spool) == 0 && ls_spool_pending(r->spool, &bytes) == 0;
}

/* Told to stop: what the channel still holds, for a while; then until the spool is empty. */
static int drain(struct ls_receiver *r, struct ls_error *err)
{
	int64_t began = ls_receiver_clock();
	bool reading = !r->ended;
	for (;;) {
		struct pollfd p = { .fd = r->channel, .events = POLLIN };
		reading = reading && !r->ended && poll(&p, 1, 0) > 0 &&
			  r->now - began < DRAIN_READ_TIME;
		if ((!reading && !r->paused && idle(r)) || r->now - began > DRAIN_TIME)
			return ls_receiver_sync(r, err);
		int rc = turn(r, reading, err);
		if (rc != 0)
			return rc < 0 ? rc : 0;
	}
}

int ls_receiver_run(struct ls_receiver *r, struct ls_receiver_signals *signals,
		    struct ls_error *err)
{
	while (!signals->stop && !r->ended) {
		if (signals->machine_off) {
			signals->machine_off = 0;
			ls_silence_excuse(r->silence, ls_receiver_uptime());
		}
		int rc = turn(r, true, err);
		if (rc != 0)
			return rc < 0 ? rc : ls_receiver_sync(r, err);
	}
	int rc = tell_noise(r, true, err);
	rc = rc ? rc : drain(r, err);
	const struct ls_assemble_counts *c = ls_assembler_counts(r->assembler);
	ls_log(LS_LOG_INFO, "diode.stop",
	       "%" PRIu64 " files received, %" PRIu64 " known already, %" PRIu64
	       " refused, %" PRIu64 " dropped, %" PRIu64 " bad frames",
	       c->finished, c->known, c->refused, c->dropped, r->faults);
	return rc;
}
