/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/sender.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diode/export/platform.h"
#include "diode/wire/frame.h"
#include "diode/wire/payload.h"

#define PORT_RETRY   1000 /* ms between two attempts to open the port */
#define WRITE_WAIT   100  /* ms that one write may wait for the host */
#define MANIFEST_GAP 10	  /* beats between two lists at the least */
#define STOP_WAIT    500  /* ms for the last word */

enum stage { STAGE_NONE, STAGE_DATA, STAGE_END };

struct ls_sender {
	const struct ls_settings *settings;
	struct ls_outbox *outbox;
	struct ls_port *port;
	uint64_t port_retry; /* ticks */
	bool port_said;
	uint64_t frame_number;
	bool hello_due;
	uint64_t next_beat; /* ticks */
	uint32_t flags;	    /* of the last beat */

	enum stage stage;
	uint64_t number; /* of the file under way */
	struct ls_store *store;
	uint64_t offset;
	uint64_t sent;	/* every number up to this was sent in this run, or is gone */
	uint64_t ended; /* the file whose END is in the wire buffer, or 0 */

	bool manifest_due;
	uint64_t manifest_first; /* index in the list of what is held */
	size_t manifest_at;	 /* index in the outbox */
	unsigned beats_since;	 /* the last list */
	struct ls_digest listed; /* its digest */

	size_t wire_size, wire_done;
	uint8_t wire[LS_FRAME_WIRE_MAX + 1]; /* a frame, and a 0x00 before the first */
	uint8_t data[LS_FRAME_PAYLOAD_MAX];
};

int ls_sender_new(const struct ls_settings *settings, struct ls_outbox *outbox,
		  struct ls_sender **ret_sender, struct ls_error *err)
{
	struct ls_sender *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	s->settings = settings;
	s->outbox = outbox;
	*ret_sender = s;
	return 0;
}

static void end_file(struct ls_sender *s)
{
	s->store = ls_platform_store_close(s->store);
	s->stage = STAGE_NONE;
}

struct ls_sender *ls_sender_free(struct ls_sender *s)
{
	if (!s)
		return NULL;
	end_file(s);
	ls_platform_port_close(s->port);
	free(s);
	return NULL;
}

static struct ls_outbox_file *current(const struct ls_sender *s)
{
	return s->stage == STAGE_NONE ? NULL : ls_outbox_at(s->outbox, s->number - 1);
}

const struct ls_outbox_file *ls_sender_sending(const struct ls_sender *s)
{
	return current(s);
}

/* --- frames ------------------------------------------------------------------------------ */

static void put_frame(struct ls_sender *s, enum ls_frame_type type, uint64_t record,
		      uint64_t offset, const void *payload, size_t n)
{
	struct ls_frame f = {
		.type = (uint8_t)type,
		.run = ls_outbox_run(s->outbox),
		.number = s->frame_number++,
		.record = record,
		.offset = offset,
		.payload = payload,
		.size = n,
	};
	memcpy(f.session, ls_outbox_session(s->outbox), sizeof(f.session));
	s->wire_size += ls_frame_encode(&f, s->wire + s->wire_size);
}

static int put_payload(struct ls_sender *s, enum ls_frame_type type, uint64_t record,
		       uint64_t offset, const struct ls_buffer *b, struct ls_error *err)
{
	if (ls_buffer_error(b) < 0)
		return ls_fail(err, -ENOMEM, "export.memory", "out of memory");
	put_frame(s, type, record, offset, b->data, b->size);
	return 0;
}

static struct ls_wire_text text_of(const char *text)
{
	return (struct ls_wire_text){ .data = text, .size = strlen(text) };
}

static void add_watch(struct ls_hello *hello, const struct ls_settings *settings)
{
	for (size_t i = 0; i < settings->watch.count; i++)
		hello->watch[hello->watch_count++] = text_of(settings->watch.items[i]);
}

/* The port was opened: what was half written before ends with a 0x00, then we say who we are. */
static int put_hello(struct ls_sender *s, struct ls_error *err)
{
	struct ls_hello hello = {
		.clock = ls_platform_clock(),
		.beat_interval = (uint32_t)s->settings->beat,
		.version = text_of(LABSEAL_VERSION),
	};
	memcpy(hello.run_id, ls_outbox_run_id(s->outbox), sizeof(hello.run_id));
	hello.last = ls_outbox_last(s->outbox, &hello.chain);
	add_watch(&hello, s->settings);
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	ls_encode_hello(&hello, &b);
	s->wire[s->wire_size++] = 0;
	s->hello_due = false;
	s->manifest_due = true;
	s->manifest_first = s->manifest_at = 0;
	return put_payload(s, LS_FRAME_HELLO, 0, 0, &b, err);
}

static void advance_sent(struct ls_sender *s)
{
	while (s->sent < ls_outbox_count(s->outbox)) {
		const struct ls_outbox_file *f = ls_outbox_at(s->outbox, s->sent);
		if (f->held && f->attempts == 0)
			return;
		s->sent++;
	}
}

static int put_beat(struct ls_sender *s, struct ls_error *err)
{
	struct ls_beat beat = { .clock = ls_platform_clock(), .flags = s->flags };
	advance_sent(s);
	beat.last = ls_outbox_last(s->outbox, &beat.chain);
	beat.sent = s->sent;
	ls_outbox_held(s->outbox, &beat.held, &beat.held_bytes, &beat.outbox);
	if (++s->beats_since >= MANIFEST_GAP &&
	    memcmp(&beat.outbox, &s->listed, sizeof(s->listed)) != 0) {
		s->manifest_due = true;
		s->manifest_first = s->manifest_at = 0;
	}
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	ls_encode_beat(&beat, &b);
	s->next_beat = ls_platform_ticks() + s->settings->beat;
	return put_payload(s, LS_FRAME_BEAT, 0, 0, &b, err);
}

/* One part of the list of what is held. */
static int put_manifest(struct ls_sender *s, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer entries, b;
	ls_buffer_init(&entries, LS_FRAME_PAYLOAD_MAX);
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	struct ls_manifest m = { .first = s->manifest_first };
	uint64_t bytes;
	ls_outbox_held(s->outbox, &m.total, &bytes, &m.outbox);
	for (; s->manifest_at < ls_outbox_count(s->outbox) && m.count < LS_WIRE_ENTRIES_MAX;
	     s->manifest_at++) {
		const struct ls_outbox_file *f = ls_outbox_at(s->outbox, s->manifest_at);
		struct ls_manifest_entry entry = { f->number, f->size, f->sha256 };
		if (!f->held)
			continue;
		ls_encode_manifest_entry(&entry, &entries);
		m.count++;
	}
	m.entries = entries.data;
	s->manifest_first += m.count;
	s->manifest_due = s->manifest_at < ls_outbox_count(s->outbox);
	s->listed = m.outbox;
	s->beats_since = 0;
	if (ls_buffer_error(&entries) < 0 || s->manifest_first > m.total) {
		s->manifest_due = false; /* the outbox changed: the next list is right again */
		return 0;
	}
	ls_encode_manifest(&m, &b);
	return put_payload(s, LS_FRAME_MANIFEST, 0, 0, &b, err);
}

/* --- files --------------------------------------------------------------------------------------
 */

/* First what this run took, by number; then what is due for longest, by number. */
static struct ls_outbox_file *choose(const struct ls_sender *s)
{
	uint64_t now = ls_platform_ticks();
	struct ls_outbox_file *due = NULL;
	for (size_t i = 0; i < ls_outbox_count(s->outbox); i++) {
		struct ls_outbox_file *f = ls_outbox_at(s->outbox, i);
		if (!f->held || f->next_send > now)
			continue;
		if (f->attempts == 0 && !f->old)
			return f;
		if (!due || f->next_send < due->next_send)
			due = f;
	}
	return due;
}

static void schedule(const struct ls_sender *s, struct ls_outbox_file *f)
{
	uint64_t wait = s->settings->resend;
	for (uint32_t i = 0; i < f->attempts && wait < s->settings->resend_max; i++)
		wait *= 4;
	f->attempts++;
	f->next_send = ls_platform_ticks() +
		       (wait < s->settings->resend_max ? wait : s->settings->resend_max);
}

static int put_begin(struct ls_sender *s, const struct ls_outbox_file *f, struct ls_error *err)
{
	struct ls_begin begin = {
		.size = f->size,
		.mtime = f->mtime,
		.clock = ls_platform_clock(),
		.sha256 = f->sha256,
		.parent = f->parent,
		.attempt = f->attempts + 1,
		.name = text_of(f->name),
	};
	char name[LS_PATH_MAX];
	snprintf(name, sizeof(name), "%s", f->name);
	for (char *p = name; *p; p++)
		*p = *p == ls_platform_separator ? '/' : *p;
	begin.name.data = name;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	ls_encode_begin(&begin, &b);
	return put_payload(s, LS_FRAME_BEGIN, f->number, 0, &b, err);
}

static int put_abort(struct ls_sender *s, uint64_t number, enum ls_abort_reason reason,
		     const char *text, struct ls_error *err)
{
	struct ls_abort abort = { .reason = (uint8_t)reason, .text = text_of(text) };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	ls_encode_abort(&abort, &b);
	return put_payload(s, LS_FRAME_ABORT, number, 0, &b, err);
}

/* The copy cannot be read: say so here and there, and try again when it is due. */
static int give_up(struct ls_sender *s, struct ls_outbox_file *f, const struct ls_error *why,
		   struct ls_error *err)
{
	ls_platform_say(why->message);
	schedule(s, f);
	end_file(s);
	return put_abort(s, f->number, LS_ABORT_UNREADABLE, why->message, err);
}

static int put_data(struct ls_sender *s, struct ls_outbox_file *f, struct ls_error *err)
{
	struct ls_error why = { 0 };
	uint64_t left = f->size - s->offset;
	size_t n = left < sizeof(s->data) ? (size_t)left : sizeof(s->data);
	if (ls_platform_store_read(s->store, s->offset, s->data, n, &why) < 0)
		return give_up(s, f, &why, err);
	put_frame(s, LS_FRAME_DATA, f->number, s->offset, s->data, n);
	s->offset += n;
	if (s->offset == f->size)
		s->stage = STAGE_END;
	return 0;
}

static int put_end(struct ls_sender *s, struct ls_outbox_file *f, struct ls_error *err)
{
	struct ls_end end = { .sha256 = f->sha256 };
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_FRAME_PAYLOAD_MAX);
	ls_encode_end(&end, &b);
	schedule(s, f);
	end_file(s);
	s->ended = f->number;
	return put_payload(s, LS_FRAME_END, f->number, f->size, &b, err);
}

static int begin_file(struct ls_sender *s, struct ls_outbox_file *f, struct ls_error *err)
{
	struct ls_error why = { 0 };
	s->number = f->number;
	s->offset = 0;
	if (ls_outbox_read(s->outbox, f, &s->store, &why) < 0)
		return give_up(s, f, &why, err);
	s->stage = f->size > 0 ? STAGE_DATA : STAGE_END;
	return put_begin(s, f, err);
}

/* Put the next frame into the empty wire buffer, if there is one to send. */
static int put_next(struct ls_sender *s, struct ls_error *err)
{
	s->wire_size = s->wire_done = 0;
	s->ended = 0;
	if (s->hello_due)
		return put_hello(s, err);
	if (ls_platform_ticks() >= s->next_beat)
		return put_beat(s, err);
	struct ls_outbox_file *f = current(s);
	if (f)
		return s->stage == STAGE_END ? put_end(s, f, err) : put_data(s, f, err);
	if (s->manifest_due)
		return put_manifest(s, err);
	f = choose(s);
	return f ? begin_file(s, f, err) : 0;
}

/* --- the port
 * ---------------------------------------------------------------------------------------- */

static bool open_port(struct ls_sender *s)
{
	uint64_t now = ls_platform_ticks();
	if (s->port)
		return true;
	if (now < s->port_retry)
		return false;
	s->port_retry = now + PORT_RETRY;
	struct ls_error why = { 0 };
	if (ls_platform_port_open(s->settings->port, &s->port, &why) < 0) {
		if (!s->port_said)
			ls_platform_say(why.message);
		s->port_said = true;
		return false;
	}
	if (s->settings->verbose || s->port_said)
		ls_platform_say("the port is open");
	s->port_said = false;
	s->hello_due = true;
	s->wire_size = s->wire_done = 0;
	return true;
}

/* What was under way is begun anew: how much of it arrived is not known. */
static void lose_port(struct ls_sender *s, const struct ls_error *why)
{
	ls_platform_say(why->message);
	s->port = ls_platform_port_close(s->port);
	end_file(s);
}

static void say_sent(struct ls_sender *s)
{
	if (s->ended == 0 || !s->settings->verbose)
		return;
	const struct ls_outbox_file *f = ls_outbox_at(s->outbox, s->ended - 1);
	char text[LS_PATH_MAX + 96];
	snprintf(text, sizeof(text), "sent '%s' (file %llu, attempt %u)", f->path,
		 (unsigned long long)f->number, f->attempts);
	ls_platform_say(text);
}

/* 1: the frame is out; 0: the host takes no more now. */
static int write_out(struct ls_sender *s, unsigned wait)
{
	while (s->wire_done < s->wire_size) {
		struct ls_error why = { 0 };
		int64_t n = ls_platform_port_write(s->port, s->wire + s->wire_done,
						   s->wire_size - s->wire_done, wait, &why);
		if (n < 0)
			lose_port(s, &why);
		if (n <= 0)
			return 0;
		s->wire_done += (size_t)n;
	}
	return 1;
}

int ls_sender_pump(struct ls_sender *s, uint32_t flags, unsigned budget_ms, bool *ret_idle,
		   struct ls_error *err)
{
	uint64_t began = ls_platform_ticks();
	s->flags = flags;
	*ret_idle = false;
	do {
		if (!open_port(s)) {
			*ret_idle = true;
			return 0;
		}
		if (s->wire_done == s->wire_size) {
			int rc = put_next(s, err);
			if (rc < 0)
				return rc;
			if (s->wire_size == 0) {
				*ret_idle = true;
				return 0;
			}
		}
		if (!write_out(s, WRITE_WAIT))
			return 0;
		say_sent(s);
	} while (ls_platform_ticks() - began < budget_ms);
	return 0;
}

void ls_sender_stop(struct ls_sender *s)
{
	uint64_t began = ls_platform_ticks();
	bool told = s->stage == STAGE_NONE;
	while (s->port && ls_platform_ticks() - began < STOP_WAIT) {
		if (!write_out(s, WRITE_WAIT))
			continue;
		if (told)
			return;
		told = true;
		s->wire_size = s->wire_done = 0;
		put_abort(s, s->number, LS_ABORT_STOPPING, "", NULL);
	}
}
