/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/receive/link.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/text.h"
#include "lib/proc/message.h"

#define ANSWERS_MAX LS_LINK_WINDOW /* answers taken before they are made durable */

/* One answer of the enclave's to an entry. */
struct answer {
	struct ls_spool_entry *entry;
	uint64_t seal;
};

struct ls_link {
	int fd;
	struct ls_spool *spool;
	struct ls_ledger *ledger;
	struct ls_events *events;
	struct ls_message_stream in;
	struct ls_buffer out;		/* the message that is being written ... */
	size_t out_done;		/* ... and how much of it was */
	struct ls_spool_entry *current; /* file whose bytes are being handed on, or NULL */
	int file;			/* its descriptor, -1 when none */
	uint64_t left;			/* its bytes still to go */
	bool current_answered;
	struct answer current_answer;
	unsigned unanswered;
	struct answer answers[ANSWERS_MAX];
	unsigned answer_count;
};

int ls_link_new(int fd, struct ls_spool *spool, struct ls_ledger *ledger, struct ls_events *events,
		struct ls_link **ret_link, struct ls_error *err)
{
	int flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return ls_fail_errno(err, errno, "diode.link.open",
				     "descriptor %d is no socket to the enclave", fd);
	struct ls_link *l = calloc(1, sizeof(*l));
	if (!l)
		return ls_fail(err, -ENOMEM, "diode.link.memory", "out of memory for messages");
	l->fd = fd;
	l->spool = spool;
	l->ledger = ledger;
	l->events = events;
	l->file = -1;
	ls_message_stream_init(&l->in, fd);
	ls_buffer_init(&l->out, LS_MESSAGE_HEADER_SIZE + LS_DATA_MAX);
	*ret_link = l;
	return 0;
}

struct ls_link *ls_link_free(struct ls_link *l)
{
	if (!l)
		return NULL;
	if (l->file >= 0)
		close(l->file);
	ls_message_stream_free(&l->in);
	ls_buffer_free(&l->out);
	free(l);
	return NULL;
}

/* --- handing on ------------------------------------------------------------------ */

static int put_message(struct ls_link *l, uint32_t type, const void *body, size_t n)
{
	ls_buffer_add_be32(&l->out, type);
	ls_buffer_add_be32(&l->out, (uint32_t)n);
	return ls_buffer_add(&l->out, body, n);
}

/* The next entry's first message. */
static int start_entry(struct ls_link *l, struct ls_spool_entry *entry, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer body;
	ls_buffer_init(&body, LS_DATA_MAX);
	int rc = ls_spool_read(l->spool, entry, &body, &l->file, err);
	if (rc < 0)
		return rc;
	entry->state = LS_SPOOL_SENT;
	l->unanswered++;
	if (!entry->is_event) {
		l->current = entry;
		l->left = entry->size;
		l->current_answered = false;
	}
	return put_message(l, entry->is_event ? LS_MSG_EVENT : LS_MSG_DELIVERY_BEGIN, body.data,
			   body.size);
}

static int put_data(struct ls_link *l, struct ls_error *err)
{
	size_t n = l->left < LS_DATA_MAX ? (size_t)l->left : LS_DATA_MAX;
	ls_buffer_add_be32(&l->out, LS_MSG_DELIVERY_DATA);
	ls_buffer_add_be32(&l->out, (uint32_t)n);
	uint8_t *place = ls_buffer_reserve(&l->out, n);
	if (!place)
		return ls_fail(err, -ENOMEM, "diode.link.memory", "out of memory for messages");
	for (size_t have = 0; have < n;) {
		ssize_t got = read(l->file, place + have, n - have);
		if (got <= 0)
			return ls_fail_errno(err, got < 0 ? errno : EIO, "diode.spool.read",
					     "cannot read a file in the spool folder");
		have += (size_t)got;
	}
	ls_buffer_commit(&l->out, n);
	l->left -= n;
	return 0;
}

static void keep_answer(struct ls_link *l, struct answer answer)
{
	l->answers[l->answer_count++] = answer;
}

static int end_current(struct ls_link *l)
{
	close(l->file);
	l->file = -1;
	if (l->current_answered)
		keep_answer(l, l->current_answer);
	l->current = NULL;
	return put_message(l, LS_MSG_DELIVERY_END, NULL, 0);
}

/* The next message into the empty buffer; 0 also when there is none. */
static int fill(struct ls_link *l, struct ls_error *err)
{
	ls_buffer_clear(&l->out);
	l->out_done = 0;
	if (l->current)
		return l->left > 0 ? put_data(l, err) : end_current(l);
	struct ls_spool_entry *next = ls_spool_next(l->spool);
	if (!next || l->unanswered >= LS_LINK_WINDOW)
		return 0;
	return start_entry(l, next, err);
}

bool ls_link_wants_to_write(struct ls_link *l)
{
	return l->out_done < l->out.size || l->current ||
	       (l->unanswered < LS_LINK_WINDOW && ls_spool_next(l->spool));
}

int ls_link_write(struct ls_link *l, struct ls_error *err)
{
	for (;;) {
		if (l->out_done == l->out.size) {
			int rc = fill(l, err);
			if (rc < 0 || l->out.size == 0)
				return rc;
		}
		ssize_t n = send(l->fd, l->out.data + l->out_done, l->out.size - l->out_done,
				 MSG_NOSIGNAL);
		if (n < 0 && errno == EAGAIN)
			return 0;
		if (n < 0 && errno != EINTR)
			return ls_fail_errno(err, errno, "diode.link.write",
					     "cannot send to the enclave");
		l->out_done += n > 0 ? (size_t)n : 0;
	}
}

/* --- answers ----------------------------------------------------------------------- */

static int not_asked(struct ls_error *err)
{
	return ls_fail(err, -EPROTO, "diode.link.answer",
		       "the enclave answered what it was not asked");
}

/* An answer may come while the file is still being handed on; it then waits for the end. */
static int take_answer(struct ls_link *l, bool is_event, const struct ls_delivery_key *key,
		       uint64_t seal, struct ls_error *err)
{
	struct ls_spool_entry *entry = ls_spool_sent(l->spool, is_event, key);
	if (!entry || l->answer_count == ANSWERS_MAX)
		return not_asked(err);
	entry->state = LS_SPOOL_ANSWERED;
	struct answer answer = { .entry = entry, .seal = seal };
	l->unanswered--;
	if (entry == l->current) {
		l->current_answered = true;
		l->current_answer = answer;
	} else {
		keep_answer(l, answer);
	}
	return 0;
}

static int take_refused(struct ls_link *l, const struct ls_message *m, int64_t now,
			struct ls_error *err)
{
	struct ls_delivery_refused refused;
	int rc = ls_decode_delivery_refused(m, &refused, err);
	if (rc < 0)
		return rc;
	const struct ls_spool_entry *entry = ls_spool_sent(l->spool, false, &refused.key);
	if (!entry)
		return not_asked(err);
	enum ls_event_outcome outcome;
	json_t *detail = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "reason", "enclave", "text",
				   ls_json_claim(refused.reason.data, refused.reason.size),
				   "session", ls_json_hex(refused.key.session, LS_SESSION_SIZE),
				   "number", ls_json_u64(refused.key.number), "sha256",
				   ls_json_hex(refused.key.sha256.bytes, LS_DIGEST_SIZE), "size",
				   ls_json_u64(entry->size));
	rc = ls_events_add(l->events, "refused", detail, now, &outcome, err);
	return rc ? rc : take_answer(l, false, &refused.key, 0, err);
}

static int take_message(struct ls_link *l, const struct ls_message *m, int64_t now,
			struct ls_error *err)
{
	struct ls_delivery_done done;
	struct ls_event_done event;
	int rc;
	switch (m->type) {
	case LS_MSG_DELIVERY_DONE:
		rc = ls_decode_delivery_done(m, &done, err);
		return rc ? rc : take_answer(l, false, &done.key, done.seal, err);
	case LS_MSG_EVENT_DONE:
		rc = ls_decode_event_done(m, &event, err);
		if (rc < 0)
			return rc;
		done.key = (struct ls_delivery_key){ .sha256 = event.key };
		return take_answer(l, true, &done.key, event.seal, err);
	case LS_MSG_DELIVERY_REFUSED: return take_refused(l, m, now, err);
	default:
		return ls_fail(err, -EPROTO, "diode.link.type",
			       "the enclave sent a message of type %#" PRIx32
			       ", which it never sends here",
			       m->type);
	}
}

/* Into the ledger, durable, and only then out of the spool. */
static int settle(struct ls_link *l, int64_t now, struct ls_error *err)
{
	int rc = 0;
	for (unsigned i = 0; rc == 0 && i < l->answer_count; i++) {
		const struct ls_spool_entry *entry = l->answers[i].entry;
		struct ls_ledger_record record = { .kind = LS_LEDGER_SEALED,
						   .key = entry->key,
						   .seal = l->answers[i].seal,
						   .time = now };
		if (entry->is_event)
			ls_ledger_event_key(&entry->key.sha256, &record.key);
		rc = ls_ledger_append(l->ledger, &record, err);
	}
	if (rc == 0 && l->answer_count > 0)
		rc = ls_ledger_sync(l->ledger, err);
	for (unsigned i = 0; rc == 0 && i < l->answer_count; i++)
		rc = ls_spool_remove(l->spool, l->answers[i].entry, err);
	if (rc == 0)
		l->answer_count = 0;
	return rc;
}

int ls_link_read(struct ls_link *l, int64_t now, struct ls_error *err)
{
	for (;;) {
		struct ls_message message;
		int rc = ls_message_receive(&l->in, &message, err);
		if (rc == -EAGAIN)
			return settle(l, now, err);
		if (rc == 0 || rc == -ECONNRESET) {
			rc = settle(l, now, err);
			return rc < 0 ? rc : 1;
		}
		if (rc == 1)
			rc = take_message(l, &message, now, err);
		if (rc == 0 && l->answer_count == ANSWERS_MAX)
			rc = settle(l, now, err);
		if (rc < 0)
			return rc;
	}
}
