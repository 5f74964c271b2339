/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/sessions.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "diode/receive/listing.h"

#define SECOND	     1000000000ll
#define CHAIN_KEPT   256   /* chain hashes behind the newest that can still be compared */
#define ADVANCE_MAX  50000 /* numbers looked up at a time */
#define GAP_LOOKS    4096  /* numbers looked at for one gap event */
#define UNLISTED_MAX 16	   /* files named that the outbox does not know */
#define GAP_RANGES   64	   /* ranges named in one */

struct session {
	bool used;
	uint8_t id[LS_SESSION_SIZE];
	uint64_t heard; /* order of the last frame, for making place */
	bool framed;	/* the two that follow are set */
	uint32_t frame_run;
	uint64_t next_frame;
	bool on_record;			    /* the ledger has its run */
	bool save_due;			    /* it is to have it, when the event is durable */
	uint32_t run;			    /* of the last HELLO, 0 before */
	uint64_t run_mark;		    /* first bytes of its random name */
	uint64_t highest;		    /* number ever claimed or received */
	uint64_t sent;			    /* numbers up to this were sent whole, it says */
	uint64_t held;			    /* every number up to this is here */
	struct ls_digest chain[CHAIN_KEPT]; /* h(n) at n % CHAIN_KEPT, for n up to held ... */
	uint64_t chain_from;		    /* ... and not below this */
	bool behind;			    /* there may be more here than `held` says */
	uint64_t claimed_at;		    /* a claim ahead of what is here, or 0 */
	struct ls_digest claimed_chain;
	int64_t missing_since;			  /* ns, or 0 */
	bool gap_open;				  /* a gap was reported and is not closed */
	bool lower_told, fork_told, content_told; /* in this run */
	struct ls_listing listing;
};

struct ls_sessions {
	unsigned gap_after;
	struct ls_ledger *ledger;
	struct ls_events *events;
	const struct ls_assembler *assembler;
	uint64_t clock;
	bool heard;	     /* the last HELLO or BEAT was one ... */
	int64_t guest_clock; /* ... and said this */
	struct ls_session_counts counts;
	struct ls_listing_budget budget;
	struct session all[LS_SESSIONS_MAX];
};

int ls_sessions_new(unsigned gap_after, struct ls_sessions **ret_sessions, struct ls_error *err)
{
	struct ls_sessions *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "diode.session.memory", "out of memory for sessions");
	s->gap_after = gap_after;
	*ret_sessions = s;
	return 0;
}

struct ls_sessions *ls_sessions_free(struct ls_sessions *s)
{
	for (unsigned i = 0; s && i < LS_SESSIONS_MAX; i++)
		ls_listing_free(&s->all[i].listing);
	free(s);
	return NULL;
}

void ls_chain_next(struct ls_digest *chain, uint64_t number, const struct ls_digest *sha256)
{
	uint8_t bytes[2 * LS_DIGEST_SIZE + 8];
	memcpy(bytes, chain->bytes, LS_DIGEST_SIZE);
	for (int i = 7; i >= 0; i--, number >>= 8)
		bytes[LS_DIGEST_SIZE + i] = (uint8_t)number;
	memcpy(bytes + LS_DIGEST_SIZE + 8, sha256->bytes, LS_DIGEST_SIZE);
	ls_sha256_buffer(bytes, sizeof(bytes), chain);
}

static struct session *find(struct ls_sessions *s, const uint8_t *id)
{
	for (unsigned i = 0; i < LS_SESSIONS_MAX; i++)
		if (s->all[i].used && memcmp(s->all[i].id, id, LS_SESSION_SIZE) == 0)
			return &s->all[i];
	return NULL;
}

/* What the ledger has of it, unless the journal had newer. */
static void recall(struct ls_sessions *s, struct session *session)
{
	struct ls_ledger_record record;
	if (ls_ledger_state(s->ledger, LS_LEDGER_SESSION, session->id, 0, &record)) {
		session->on_record = true;
		session->run = (uint32_t)record.extra;
		session->run_mark = record.seal;
		if (record.key.number > session->highest)
			session->highest = record.key.number;
	}
	if (ls_ledger_state(s->ledger, LS_LEDGER_HELD, session->id, 0, &record)) {
		session->held = session->chain_from = record.key.number;
		session->chain[session->held % CHAIN_KEPT] = record.key.sha256;
		if (session->held > session->highest)
			session->highest = session->held;
	}
}

void ls_sessions_use(struct ls_sessions *s, struct ls_ledger *ledger, struct ls_events *events,
		     const struct ls_assembler *assembler)
{
	s->ledger = ledger;
	s->events = events;
	s->assembler = assembler;
	for (unsigned i = 0; i < LS_SESSIONS_MAX; i++)
		if (s->all[i].used)
			recall(s, &s->all[i]);
}

/* The session's place; a new one takes that of the one unheard of for longest. */
static struct session *get(struct ls_sessions *s, const uint8_t *id)
{
	struct session *found = find(s, id);
	if (!found) {
		found = &s->all[0];
		for (unsigned i = 0; i < LS_SESSIONS_MAX && found->used; i++)
			if (!s->all[i].used || s->all[i].heard < found->heard)
				found = &s->all[i];
		ls_listing_free(&found->listing);
		*found = (struct session){ .used = true };
		memcpy(found->id, id, LS_SESSION_SIZE);
		if (s->ledger)
			recall(s, found);
	}
	found->heard = ++s->clock;
	return found;
}

static bool is_event_key(const struct ls_ledger_record *record)
{
	static const uint8_t none[LS_SESSION_SIZE];
	return memcmp(record->key.session, none, LS_SESSION_SIZE) == 0;
}

void ls_sessions_restore(void *sessions, const struct ls_ledger_record *record)
{
	if (is_event_key(record))
		return;
	struct session *session = get(sessions, record->key.session);
	if (record->key.number > session->highest)
		session->highest = record->key.number;
}

static struct ls_ledger_record state_of(const struct session *session, enum ls_ledger_kind kind,
					int64_t now)
{
	struct ls_ledger_record record = { .kind = kind, .time = now };
	memcpy(record.key.session, session->id, LS_SESSION_SIZE);
	return record;
}

/* The chain that was claimed with a run is not looked at again. */
static struct ls_ledger_record run_of(const struct session *session, int64_t now)
{
	struct ls_ledger_record record = state_of(session, LS_LEDGER_SESSION, now);
	record.key.number = session->highest;
	record.seal = session->run_mark;
	record.extra = session->run;
	return record;
}

size_t ls_sessions_states(const struct ls_sessions *s, int64_t now,
			  struct ls_ledger_record records[static LS_SESSION_STATES_MAX])
{
	size_t count = 0;
	for (unsigned i = 0; i < LS_SESSIONS_MAX; i++) {
		const struct session *session = &s->all[i];
		if (session->used && session->on_record)
			records[count++] = run_of(session, now);
		if (!session->used || session->held == 0)
			continue;
		struct ls_ledger_record held = state_of(session, LS_LEDGER_HELD, now);
		held.key.number = session->held;
		held.key.sha256 = session->chain[session->held % CHAIN_KEPT];
		records[count++] = held;
	}
	return count;
}

void ls_sessions_frame(struct ls_sessions *s, const struct ls_frame *frame)
{
	struct session *session = find(s, frame->session);
	if (!session)
		return;
	if (session->framed && session->frame_run == frame->run &&
	    frame->number > session->next_frame)
		s->counts.lost_frames += frame->number - session->next_frame;
	session->framed = true;
	session->frame_run = frame->run;
	session->next_frame = frame->number + 1;
}

/* --- events ------------------------------------------------------------------- */

static json_t *detail_of(const struct session *session, const char *what)
{
	return json_pack("{s:s, s:o, s:I}", "what", what, "session",
			 ls_json_hex(session->id, LS_SESSION_SIZE), "run",
			 (json_int_t)session->run);
}

static void set(json_t *detail, const char *name, json_t *value)
{
	json_object_set_new(detail, name, value); /* a NULL makes the dump fail: out of memory */
}

static int tell(struct ls_sessions *s, const char *kind, json_t *detail, int64_t now,
		struct ls_error *err)
{
	enum ls_event_outcome outcome;
	return ls_events_add(s->events, kind, detail, now, &outcome, err);
}

/* Files that are here and that it says nothing of; the first of them. */
static json_t *received_beyond(struct ls_sessions *s, const struct session *session, uint64_t last)
{
	json_t *list = json_array();
	for (uint64_t n = last + 1; n > last && n <= session->highest &&
				    json_array_size(list) < UNLISTED_MAX && n - last <= GAP_LOOKS;
	     n++) {
		unsigned count;
		struct ls_digest sha256;
		ls_ledger_number(s->ledger, session->id, n, &count, &sha256);
		if (count > 0)
			json_array_append_new(
				list, json_pack("{s:o, s:o}", "number", ls_json_u64(n), "sha256",
						ls_json_hex(sha256.bytes, LS_DIGEST_SIZE)));
	}
	return list;
}

/* The outbox says less than it said before: it went back in time. */
static int tell_lower(struct ls_sessions *s, struct session *session, uint64_t last, int64_t now,
		      struct ls_error *err)
{
	if (session->lower_told)
		return 0;
	session->lower_told = true;
	json_t *detail = detail_of(session, "number-lower");
	set(detail, "last", ls_json_u64(last));
	set(detail, "seen", ls_json_u64(session->highest));
	set(detail, "unlisted", received_beyond(s, session, last));
	return tell(s, "session", detail, now, err);
}

static int tell_fork(struct ls_sessions *s, struct session *session, uint64_t number,
		     const struct ls_digest *claimed, int64_t now, struct ls_error *err)
{
	if (session->fork_told)
		return 0;
	session->fork_told = true;
	json_t *detail = detail_of(session, "fork");
	set(detail, "number", ls_json_u64(number));
	set(detail, "claimed", ls_json_hex(claimed->bytes, LS_DIGEST_SIZE));
	set(detail, "held", ls_json_hex(session->chain[number % CHAIN_KEPT].bytes, LS_DIGEST_SIZE));
	return tell(s, "session", detail, now, err);
}

/* The outbox has another file under a number than the one that came. */
static int tell_content(struct ls_sessions *s, struct session *session,
			const struct ls_manifest_entry *listed, int64_t now, struct ls_error *err)
{
	unsigned count;
	struct ls_digest held = { { 0 } };
	if (session->content_told)
		return 0;
	session->content_told = true;
	ls_ledger_number(s->ledger, session->id, listed->number, &count, &held);
	json_t *detail = detail_of(session, "other-content");
	set(detail, "number", ls_json_u64(listed->number));
	set(detail, "size", ls_json_u64(listed->size));
	set(detail, "listed", ls_json_hex(listed->sha256.bytes, LS_DIGEST_SIZE));
	set(detail, "held", ls_json_hex(held.bytes, LS_DIGEST_SIZE));
	return tell(s, "session", detail, now, err);
}

/* --- the chain ------------------------------------------------------------------ */

static int compare_chain(struct ls_sessions *s, struct session *session, uint64_t number,
			 const struct ls_digest *claimed, int64_t now, struct ls_error *err)
{
	if (ls_digest_equal(&session->chain[number % CHAIN_KEPT], claimed))
		return 0;
	return tell_fork(s, session, number, claimed, now, err);
}

/* Follow the numbers that are here; compare a claim that was ahead when its number comes. */
static int advance(struct ls_sessions *s, struct session *session, int64_t now,
		   struct ls_error *err)
{
	int rc = 0;
	session->behind = true;
	for (int i = 0; rc == 0 && i < ADVANCE_MAX; i++) {
		unsigned count;
		struct ls_digest sha256;
		uint64_t next = session->held + 1;
		ls_ledger_number(s->ledger, session->id, next, &count, &sha256);
		if (count == 0) {
			session->behind = false;
			return 0;
		}
		struct ls_digest chain = session->chain[session->held % CHAIN_KEPT];
		ls_chain_next(&chain, next, &sha256);
		session->held = next;
		session->chain[next % CHAIN_KEPT] = chain;
		if (session->claimed_at == next)
			rc = compare_chain(s, session, next, &session->claimed_chain, now, err);
	}
	return rc;
}

/* `last` files were numbered, it says, and their chain is `chain`. */
static int take_claim(struct ls_sessions *s, struct session *session, uint64_t last,
		      const struct ls_digest *chain, int64_t now, struct ls_error *err)
{
	int rc = advance(s, session, now, err);
	if (rc == 0 && last < session->highest)
		rc = tell_lower(s, session, last, now, err);
	if (rc < 0)
		return rc;
	if (last > session->highest)
		session->highest = last;
	if (last > session->held) {
		session->claimed_at = last;
		session->claimed_chain = *chain;
		return 0;
	}
	if (session->held - last >= CHAIN_KEPT || last < session->chain_from)
		return 0;
	return compare_chain(s, session, last, chain, now, err);
}

/* --- HELLO ------------------------------------------------------------------------ */

static uint64_t mark_of(const struct ls_hello *hello)
{
	uint64_t mark;
	memcpy(&mark, hello->run_id, sizeof(mark));
	return mark;
}

static json_t *watch_list(const struct ls_hello *hello)
{
	json_t *list = json_array();
	for (uint32_t i = 0; i < hello->watch_count; i++)
		json_array_append_new(list,
				      ls_json_claim(hello->watch[i].data, hello->watch[i].size));
	return list;
}

static int tell_run(struct ls_sessions *s, const struct session *session, const char *what,
		    const struct ls_hello *hello, int64_t now, enum ls_event_outcome *ret_outcome,
		    struct ls_error *err)
{
	json_t *detail = detail_of(session, what);
	set(detail, "run-id", ls_json_hex(hello->run_id, LS_WIRE_RUN_ID_SIZE));
	set(detail, "last", ls_json_u64(hello->last));
	set(detail, "guest-clock", json_integer(hello->clock / SECOND));
	set(detail, "exporter", ls_json_claim(hello->version.data, hello->version.size));
	set(detail, "watches", watch_list(hello));
	return ls_events_add(s->events, "session", detail, now, ret_outcome, err);
}

/* Not before: a later start that knows the run does not tell it again. */
int ls_sessions_synced(struct ls_sessions *s, int64_t now, struct ls_error *err)
{
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < LS_SESSIONS_MAX; i++) {
		struct session *session = &s->all[i];
		if (!session->used || !session->save_due)
			continue;
		struct ls_ledger_record record = run_of(session, now);
		session->save_due = false;
		session->on_record = true;
		rc = ls_ledger_append(s->ledger, &record, err);
	}
	return rc;
}

static int new_run(struct ls_sessions *s, struct session *session, const struct ls_frame *frame,
		   const struct ls_hello *hello, int64_t now, struct ls_error *err)
{
	const char *what = session->run == 0	       ? "new-session"
			   : frame->run > session->run ? "new-run"
						       : "run-lower";
	session->run = frame->run;
	session->run_mark = mark_of(hello);
	session->lower_told = session->fork_told = session->content_told = false;
	enum ls_event_outcome outcome = LS_EVENT_COUNTED;
	int rc = tell_run(s, session, what, hello, now, &outcome, err);
	/* a guest can start runs and sessions at will: the ledger grows with what is on record */
	if (outcome == LS_EVENT_ADDED || (outcome == LS_EVENT_KNOWN && !session->on_record))
		session->save_due = true;
	return rc;
}

int ls_sessions_hello(struct ls_sessions *s, const struct ls_frame *frame, int64_t now,
		      struct ls_error *err)
{
	struct ls_hello hello;
	s->heard = ls_decode_hello(frame->payload, frame->size, &hello, NULL) == 0;
	if (!s->heard) {
		s->counts.malformed++;
		return 0;
	}
	s->guest_clock = hello.clock;
	struct session *session = get(s, frame->session);
	int rc = 0;
	if (session->run != frame->run || session->run_mark != mark_of(&hello))
		rc = new_run(s, session, frame, &hello, now, err);
	return rc ? rc : take_claim(s, session, hello.last, &hello.chain, now, err);
}

int ls_sessions_beat(struct ls_sessions *s, const struct ls_frame *frame, int64_t now,
		     struct ls_error *err)
{
	struct ls_beat beat;
	s->heard = ls_decode_beat(frame->payload, frame->size, &beat, NULL) == 0 &&
		   beat.sent <= beat.last;
	if (!s->heard) {
		s->counts.malformed++;
		return 0;
	}
	s->guest_clock = beat.clock;
	s->counts.beats++;
	struct session *session = get(s, frame->session);
	session->sent = beat.sent;
	return take_claim(s, session, beat.last, &beat.chain, now, err);
}

int ls_sessions_manifest(struct ls_sessions *s, const struct ls_frame *frame, int64_t now,
			 struct ls_error *err)
{
	struct ls_manifest part;
	struct ls_manifest_entry other;
	struct session *session = find(s, frame->session);
	if (ls_decode_manifest(frame->payload, frame->size, &part, NULL) < 0) {
		s->counts.malformed++;
		return 0;
	}
	if (!session)
		return 0; /* who never said HELLO or BEAT has nothing that could be missing */
	ls_listing_refill(&s->budget, now);
	switch (ls_listing_take(&session->listing, &part, session->id, session->highest, s->ledger,
				&s->budget, &other)) {
	case LS_LISTING_MALFORMED: s->counts.malformed++; return 0;
	case LS_LISTING_OTHER: return tell_content(s, session, &other, now, err);
	default: return 0;
	}
}

bool ls_sessions_heard(const struct ls_sessions *s, int64_t *ret_clock)
{
	*ret_clock = s->guest_clock;
	return s->heard;
}

/* --- gaps --------------------------------------------------------------------------- */

static bool is_here(struct ls_sessions *s, const struct session *session, uint64_t number)
{
	unsigned count;
	struct ls_digest sha256;
	ls_ledger_number(s->ledger, session->id, number, &count, &sha256);
	return count > 0 || ls_assembler_has_open(s->assembler, session->id, number);
}

static int add_range(json_t *list, uint64_t first, uint64_t last)
{
	return json_array_append_new(list,
				     json_pack("[o, o]", ls_json_u64(first), ls_json_u64(last)));
}

/*
 * Ranges of missing numbers, [[first, last], ...].  The guest chooses how far
 * `sent` is: what lies beyond what was looked at is one range.
 */
static json_t *missing_ranges(struct ls_sessions *s, const struct session *session)
{
	json_t *list = json_array();
	uint64_t first = 0, n = session->held;
	for (int looks = 0; looks < GAP_LOOKS && json_array_size(list) < GAP_RANGES; looks++) {
		if (n++ == session->sent)
			break;
		if (!is_here(s, session, n)) {
			first = first ? first : n;
		} else if (first) {
			add_range(list, first, n - 1);
			first = 0;
		}
	}
	uint64_t looked = n <= session->sent ? n : session->sent;
	if (looked < session->sent)
		add_range(list, first ? first : looked + 1, session->sent);
	else if (first)
		add_range(list, first, session->sent);
	return list;
}

/*
 * No time in it: the same numbers missing are the same event, told once.  With
 * what the outbox lists: what may still come, and what never will.
 */
static int tell_gap(struct ls_sessions *s, struct session *session, int64_t now,
		    struct ls_error *err)
{
	json_t *missing = missing_ranges(s, session);
	if (json_array_size(missing) == 0) {
		json_decref(missing);
		return 0;
	}
	json_t *detail = json_pack("{s:s, s:o, s:o, s:o*, s:o*}", "what", "missing", "session",
				   ls_json_hex(session->id, LS_SESSION_SIZE), "missing", missing,
				   "held", ls_listing_held(&session->listing, missing), "gone",
				   ls_listing_gone(&session->listing, missing));
	session->gap_open = true;
	return tell(s, "gap", detail, now, err);
}

static int close_gap(struct ls_sessions *s, struct session *session, int64_t now,
		     struct ls_error *err)
{
	session->missing_since = 0;
	if (!session->gap_open)
		return 0;
	session->gap_open = false;
	json_t *detail = json_pack("{s:s, s:o, s:o}", "what", "closed", "session",
				   ls_json_hex(session->id, LS_SESSION_SIZE), "complete-to",
				   ls_json_u64(session->held));
	return tell(s, "gap", detail, now, err);
}

static int look_for_gap(struct ls_sessions *s, struct session *session, int64_t now,
			struct ls_error *err)
{
	int rc = advance(s, session, now, err);
	if (rc < 0)
		return rc;
	if (session->held >= session->sent)
		return close_gap(s, session, now, err);
	if (session->behind)
		return 0;
	if (session->missing_since == 0 || now < session->missing_since)
		session->missing_since = now;
	if (now - session->missing_since < s->gap_after * SECOND)
		return 0;
	session->missing_since = now;
	return tell_gap(s, session, now, err);
}

int ls_sessions_tick(struct ls_sessions *s, int64_t now, struct ls_error *err)
{
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < LS_SESSIONS_MAX; i++)
		if (s->all[i].used && s->all[i].sent > 0)
			rc = look_for_gap(s, &s->all[i], now, err);
	return rc;
}

const struct ls_session_counts *ls_sessions_counts(const struct ls_sessions *s)
{
	return &s->counts;
}
