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

#include "diode/receive/assemble.h"
#include "diode/receive/events.h"
#include "diode/receive/hours.h"
#include "diode/receive/ledger.h"
#include "diode/receive/link.h"
#include "diode/receive/noise.h"
#include "diode/receive/sessions.h"
#include "diode/receive/silence.h"
#include "diode/receive/spool.h"
#include "diode/receive/waiting.h"
#include "diode/wire/frame.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"

#define SECOND		1000000000ll
#define READ_SIZE	(256u << 10)
#define PIPE_SIZE	(1 << 20)
#define BATCH_FILES	4096	     /* sync at the latest after so many files, ... */
#define BATCH_BYTES	(256u << 20) /* ... so many bytes, ... */
#define BATCH_TIME	(SECOND / 5) /* ... so long, or the longer, the longer a sync takes, ... */
#define BATCH_TIME_MAX	(2 * SECOND) /* ... up to this */
#define LINGER_MAX_MS	20 /* nothing comes: so long, or as long as a sync takes, for more */
#define TICK_MS		250
#define DRAIN_TIME	(10 * SECOND) /* for what is whole, when told to stop */
#define DRAIN_READ_TIME (2 * SECOND)  /* and for what the channel still holds */
#define FULL_NOTICE	(5 * SECOND)  /* a guest that waits so long is worth an event */
#define FOLD_RETRY	(60 * SECOND) /* when there was no room */
#define CONTENTS_MAX	16	      /* of one number: forks happen, floods must not */

struct ls_receiver {
	int channel, enclave;
	const struct ls_limits *limits;
	struct ls_sink sink;
	struct ls_spool *spool;
	struct ls_ledger *ledger;
	struct ls_events *events;
	struct ls_assembler *assembler;
	struct ls_sessions *sessions;
	struct ls_silence *silence;
	struct ls_link *link;
	struct ls_waiting waiting;

	int64_t now;	       /* host's clock, ns since 1970 */
	int64_t ticked;	       /* when the once-a-second work was last done */
	int64_t pending_since; /* first file that is not durable yet, or 0 */
	int64_t sync_time;     /* that the last sync took */
	bool ended;	       /* no writer is left */

	bool paused; /* the frame in hand has no room */
	int64_t paused_since;
	bool paused_told;
	size_t removed_at_pause; /* entries then in the spool */

	int64_t fold_after; /* folding the ledger is tried again not before this */
	struct ls_hours accepted;
	uint64_t no_session; /* frames of no session, which are not looked into */
	uint64_t unknown;    /* frames of a type that is not known */
	uint64_t faults;
	uint64_t faults_told;
	struct ls_noise *noise;

	struct ls_frame_stream stream;
	struct ls_frame frame; /* in hand while paused */
	size_t have, used;     /* of buffer */
	uint8_t buffer[READ_SIZE];
};

static int64_t read_clock(clockid_t clock)
{
	struct timespec t;
	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t clock_now(void)
{
	return read_clock(CLOCK_REALTIME);
}

static int64_t uptime(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

static const uint8_t no_session[LS_SESSION_SIZE];

/* --- the assembler's sink ------------------------------------------------------------- */

/*
 * It is here or sealed already.  That the ledger says it was received is not
 * enough: a disk may have lost it from the spool, and now it comes again.
 */
static bool is_known(struct ls_receiver *r, const struct ls_delivery_key *key)
{
	return ls_spool_has(r->spool, false, key) ||
	       ls_ledger_kind_of(r->ledger, key) == LS_LEDGER_SEALED;
}

static int sink_judge(void *context, const struct ls_delivery *d)
{
	struct ls_receiver *r = context;
	unsigned contents;
	struct ls_digest first;
	if (is_known(r, &d->key))
		return LS_KNOWN;
	ls_ledger_number(r->ledger, d->key.session, d->key.number, &contents, &first);
	if (contents + ls_spool_pending_contents(r->spool, &d->key) >= CONTENTS_MAX)
		return LS_REFUSED_NUMBER;
	if (ls_hours_sum(&r->accepted, r->now) >= r->limits->files_per_day)
		return LS_REFUSED_RATE;
	return LS_TAKE_IT;
}

static int sink_begin(void *context, unsigned slot, uint64_t size, struct ls_error *err)
{
	struct ls_receiver *r = context;
	int rc = ls_ledger_reserve(r->ledger);
	return rc ? rc : ls_spool_begin(r->spool, slot, size, err);
}

static int sink_write(void *context, unsigned slot, const void *bytes, size_t n,
		      struct ls_error *err)
{
	struct ls_receiver *r = context;
	return ls_spool_write(r->spool, slot, bytes, n, err);
}

static int sink_finish(void *context, unsigned slot, const struct ls_delivery *d,
		       struct ls_error *err)
{
	struct ls_receiver *r = context;
	int rc = ls_spool_finish(r->spool, slot, d, err);
	if (rc == 0) {
		ls_hours_sum(&r->accepted, r->now);
		ls_hours_add(&r->accepted, r->now);
		r->pending_since = r->pending_since ? r->pending_since : r->now;
	}
	return rc;
}

static void sink_drop(void *context, unsigned slot)
{
	struct ls_receiver *r = context;
	ls_spool_drop(r->spool, slot);
}

/* What is not known of its number yet, up to so many contents: more would only cost time. */
static bool may_note(struct ls_receiver *r, const struct ls_delivery *d)
{
	unsigned contents;
	struct ls_digest first;
	ls_ledger_number(r->ledger, d->key.session, d->key.number, &contents, &first);
	return d->key.number > 0 && d->key.number <= LS_NUMBER_MAX && contents < CONTENTS_MAX &&
	       ls_ledger_kind_of(r->ledger, &d->key) == 0;
}

/*
 * On record: an event, and in the ledger, so that its number is accounted for.
 * A refusal that failed to be recorded comes again with the file.
 */
static void sink_refused(void *context, const struct ls_delivery *d, enum ls_refusal why)
{
	struct ls_receiver *r = context;
	enum ls_event_outcome outcome = LS_EVENT_COUNTED;
	int rc = ls_events_refused(r->events, d, ls_refusal_name(why), r->now, &outcome, NULL);
	if (rc < 0 || outcome == LS_EVENT_COUNTED)
		return;
	if (outcome == LS_EVENT_ADDED) {
		r->pending_since = r->pending_since ? r->pending_since : r->now;
		ls_log(LS_LOG_WARNING, "diode.refused",
		       "file %" PRIu64 " of %" PRIu64 " bytes refused: %s", d->key.number, d->size,
		       ls_refusal_name(why));
	}
	/* also when the event is known: we may have died between it and this */
	if (why == LS_REFUSED_NUMBER || why == LS_REFUSED_OPEN || !may_note(r, d))
		return;
	struct ls_ledger_record record = { .kind = LS_LEDGER_REFUSED,
					   .key = d->key,
					   .time = r->now };
	ls_ledger_append(r->ledger, &record, NULL);
}

static int64_t sink_now(void *context)
{
	struct ls_receiver *r = context;
	r->now = clock_now();
	return r->now;
}

/* --- starting ---------------------------------------------------------------------------- */

static void restore(void *context, const struct ls_ledger_record *record)
{
	struct ls_receiver *r = context;
	ls_sessions_restore(r->sessions, record);
	if (record->kind == LS_LEDGER_RECEIVED &&
	    memcmp(record->key.session, no_session, sizeof(no_session)) != 0)
		ls_hours_add(&r->accepted, record->time);
}

static int note_received(struct ls_receiver *r, const struct ls_spool_entry *entry,
			 struct ls_error *err)
{
	struct ls_ledger_record record = { .kind = LS_LEDGER_RECEIVED,
					   .key = entry->key,
					   .time = r->now };
	if (entry->is_event)
		ls_ledger_event_key(&entry->key.sha256, &record.key);
	if (ls_ledger_kind_of(r->ledger, &record.key) >= LS_LEDGER_RECEIVED)
		return 0;
	return ls_ledger_append(r->ledger, &record, err);
}

static bool is_sealed(struct ls_receiver *r, const struct ls_spool_entry *entry)
{
	struct ls_delivery_key key = entry->key;
	if (entry->is_event)
		ls_ledger_event_key(&entry->key.sha256, &key);
	return ls_ledger_kind_of(r->ledger, &key) == LS_LEDGER_SEALED;
}

/* After a crash the spool may hold what the ledger says is sealed, or not yet know what is here. */
static int reconcile(struct ls_receiver *r, struct ls_error *err)
{
	int rc = 0;
	struct ls_spool_entry *entry = ls_spool_after(r->spool, NULL), *after;
	for (; rc == 0 && entry; entry = after) {
		after = ls_spool_after(r->spool, entry);
		if (is_sealed(r, entry))
			rc = ls_spool_remove(r->spool, entry, err);
		else
			rc = note_received(r, entry, err);
	}
	return rc;
}

static int open_stores(struct ls_receiver *r, int spool_dir, struct ls_error *err)
{
	size_t removed = 0;
	int rc = ls_sessions_new(r->limits->gap_after, &r->sessions, err);
	rc = rc ? rc : ls_ledger_open(spool_dir, restore, r, &r->ledger, err);
	rc = rc ? rc : ls_spool_open(spool_dir, r->limits->spool_size, &r->spool, &removed, err);
	if (rc == 0)
		ls_hours_recall(&r->accepted, r->ledger);
	rc = rc ? rc : reconcile(r, err);
	rc = rc ? rc : ls_waiting_open(&r->waiting, spool_dir, ls_spool_count(r->spool), err);
	if (rc == 0)
		ls_log(LS_LOG_INFO, "diode.start", "%zu files and events wait in the spool",
		       ls_spool_count(r->spool));
	if (removed > 0)
		ls_log(LS_LOG_WARNING, "diode.spool.torn",
		       "%zu files in the spool were not whole and are removed; the guest sends "
		       "them again",
		       removed);
	return rc;
}

static void set_sink(struct ls_receiver *r)
{
	r->sink = (struct ls_sink){
		.context = r,
		.judge = sink_judge,
		.begin = sink_begin,
		.write = sink_write,
		.finish = sink_finish,
		.drop = sink_drop,
		.refused = sink_refused,
		.now = sink_now,
	};
}

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
	r->now = clock_now();
	ls_hours_init(&r->accepted, r->now);
	ls_frame_stream_init(&r->stream);
	set_sink(r);
	int rc = open_channel(channel, err);
	rc = rc ? rc : open_stores(r, spool_dir, err);
	rc = rc ? rc : ls_events_new(r->spool, r->ledger, &r->events, err);
	rc = rc ? rc : ls_noise_new(r->events, &r->noise, err);
	rc = rc ? rc
		: ls_silence_new(spool_dir, r->events, limits->silence_after, uptime(), &r->silence,
				 err);
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

/* --- durability ---------------------------------------------------------------------------- */

struct counting {
	struct ls_receiver *r;
	int rc;
	struct ls_error *err;
};

static void counted(void *context, const struct ls_spool_entry *entry)
{
	struct counting *c = context;
	if (c->rc == 0)
		c->rc = note_received(c->r, entry, c->err);
}

/*
 * The ledger's "received" need not be durable: it is made again from the spool.
 */
static int sync_spool(struct ls_receiver *r, struct ls_error *err)
{
	struct counting c = { .r = r, .err = err };
	int64_t began = clock_now();
	int rc = ls_spool_sync(r->spool, counted, &c, err);
	int64_t took = clock_now() - began;
	r->sync_time = took > 0 ? took : 0; /* the clock may have been set back */
	r->pending_since = 0;
	rc = rc ? rc : c.rc;
	return rc ? rc : ls_sessions_synced(r->sessions, r->now, err);
}

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/*
 * Many files that come together share one sync: on a slow disk more of them, so
 * that most of the time is left for receiving.
 */
static bool is_due(const struct ls_receiver *r)
{
	uint64_t bytes;
	size_t files = ls_spool_pending(r->spool, &bytes);
	int64_t time = BATCH_TIME + least(4 * r->sync_time, BATCH_TIME_MAX - BATCH_TIME);
	return files >= BATCH_FILES || bytes >= BATCH_BYTES || r->pending_since == 0 ||
	       r->now - r->pending_since >= time || r->now < r->pending_since;
}

/* idle: nothing more comes. */
static int sync_if_due(struct ls_receiver *r, bool idle, struct ls_error *err)
{
	uint64_t bytes;
	if (ls_spool_pending(r->spool, &bytes) == 0)
		return 0;
	return idle || is_due(r) ? sync_spool(r, err) : 0;
}

/* A file that comes alone waits only for a moment. */
static int patience_ms(const struct ls_receiver *r)
{
	uint64_t bytes;
	if (ls_spool_pending(r->spool, &bytes) == 0)
		return TICK_MS;
	return 1 + (int)least(r->sync_time / 1000000, LINGER_MAX_MS);
}

/* --- frames ---------------------------------------------------------------------------------- */

/* A session of zeros is no session: the ledger has the events under it. */
static bool has_session(const struct ls_frame *frame)
{
	return memcmp(frame->session, no_session, sizeof(no_session)) != 0;
}

/* HELLO or BEAT: a sign of life when it is one at all. */
static int take_sign(struct ls_receiver *r, const struct ls_frame *frame, struct ls_error *err)
{
	int64_t guest_clock;
	int rc = frame->type == LS_FRAME_HELLO ? ls_sessions_hello(r->sessions, frame, r->now, err)
					       : ls_sessions_beat(r->sessions, frame, r->now, err);
	if (rc < 0 || !ls_sessions_heard(r->sessions, &guest_clock))
		return rc;
	return ls_silence_heard(r->silence, frame->session, guest_clock, r->now, uptime(), err);
}

static int take_frame(struct ls_receiver *r, const struct ls_frame *frame, struct ls_error *err)
{
	if (!has_session(frame)) {
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
	int rc = sync_spool(r, err);
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

/* What was received and is not in the ledger yet comes first: it is among the hour's files. */
static int fold(struct ls_receiver *r, struct ls_error *err)
{
	struct ls_ledger_record states[LS_SESSION_STATES_MAX + LS_HOURS];
	int rc = sync_spool(r, err);
	if (rc < 0)
		return rc;
	size_t count = ls_sessions_states(r->sessions, r->now, states);
	count += ls_hours_states(&r->accepted, r->now, states + count);
	rc = ls_ledger_fold(r->ledger, states, count, err);
	if (rc != -EAGAIN)
		return rc;
	r->fold_after = r->now + FOLD_RETRY;
	ls_log(LS_LOG_WARNING, "diode.ledger.full",
	       "no room on the disk of the spool folder to fold the ledger; it is tried again");
	return 0;
}

static int tend_ledger(struct ls_receiver *r, struct ls_error *err)
{
	int rc = ls_ledger_check(r->ledger, err);
	bool due = r->now >= r->fold_after || r->now < r->fold_after - FOLD_RETRY;
	return rc || !ls_ledger_is_long(r->ledger) || !due ? rc : fold(r, err);
}

static int tick(struct ls_receiver *r, struct ls_error *err)
{
	if (r->now >= r->ticked && r->now - r->ticked < SECOND)
		return 0;
	r->ticked = r->now;
	tell_faults(r);
	int rc = tend_ledger(r, err);
	rc = rc ? rc : ls_sessions_tick(r->sessions, r->now, err);
	if (r->paused)
		ls_silence_excuse(r->silence, uptime()); /* a sign may be waiting */
	rc = rc ? rc : ls_silence_tick(r->silence, r->now, uptime(), err);
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
	int ready = poll(fds, 2, patience_ms(r));
	if (ready < 0 && errno != EINTR)
		return ls_fail_errno(err, errno, "diode.poll", "cannot wait for input");
	r->now = clock_now();
	int rc = 0;
	if (fds[0].revents)
		rc = read_channel(r, err);
	rc = rc ? rc : sync_if_due(r, ready == 0 || fds[0].fd < 0, err);
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
	int64_t began = clock_now();
	bool reading = !r->ended;
	for (;;) {
		struct pollfd p = { .fd = r->channel, .events = POLLIN };
		reading = reading && !r->ended && poll(&p, 1, 0) > 0 &&
			  r->now - began < DRAIN_READ_TIME;
		if ((!reading && !r->paused && idle(r)) || r->now - began > DRAIN_TIME)
			return sync_spool(r, err);
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
			ls_silence_excuse(r->silence, uptime());
		}
		int rc = turn(r, true, err);
		if (rc != 0)
			return rc < 0 ? rc : sync_spool(r, err);
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
