/* SPDX-License-Identifier: Apache-2.0 */
/* What the enclave says to its peers, and the answers that wait for the publisher. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "enclave/serving.h"
#include "lib/base/log.h"

int64_t ls_server_clock(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- sending ------------------------------------------------------------------------ */

int ls_server_send_empty(struct ls_server *s, enum ls_server_peer to, uint32_t type, struct ls_error *err)
{
	return ls_message_send(s->streams[to].fd, type, NULL, 0, err);
}

/* What was encoded into s->out (rc: how that went). */
int ls_server_send(struct ls_server *s, enum ls_server_peer to, uint32_t type, int rc, struct ls_error *err)
{
	if (rc < 0)
		return ls_fail(err, rc, "enclave.encode", "cannot make a message of type 0x%04x",
			       type);
	struct ls_error why = { 0 };
	rc = ls_message_send(s->streams[to].fd, type, s->out.data, s->out.size, &why);
	/* a diode that went asks again under the same key; that it went shows when it is read */
	if (rc == 0 || (to == LS_PEER_IN && (rc == -EPIPE || rc == -ECONNRESET)))
		return 0;
	return ls_fail(err, rc, why.id, "%s: %s", ls_server_peer_names[to], why.message);
}

static int send_delivery_done(struct ls_server *s, const struct ls_delivery_key *key, uint64_t seal,
			      struct ls_error *err)
{
	struct ls_delivery_done done = { .key = *key, .seal = seal };
	ls_buffer_clear(&s->out);
	return ls_server_send(s, LS_PEER_IN, LS_MSG_DELIVERY_DONE, ls_encode_delivery_done(&done, &s->out),
			err);
}

static int send_event_done(struct ls_server *s, enum ls_server_peer to, const struct ls_digest *key,
			   uint64_t seal, struct ls_error *err)
{
	struct ls_event_done done = { .key = *key, .seal = seal };
	ls_buffer_clear(&s->out);
	return ls_server_send(s, to, LS_MSG_EVENT_DONE, ls_encode_event_done(&done, &s->out), err);
}

int ls_server_send_refused(struct ls_server *s, const char *reason, struct ls_error *err)
{
	struct ls_delivery_refused refused = {
		.key = s->file.d.key,
		.reason = { (const uint8_t *)reason, strlen(reason) },
	};
	ls_log(LS_LOG_WARNING, "enclave.delivery.refused", "file %llu of a session: %s",
	       (unsigned long long)refused.key.number, reason);
	ls_buffer_clear(&s->out);
	return ls_server_send(s, LS_PEER_IN, LS_MSG_DELIVERY_REFUSED,
			ls_encode_delivery_refused(&refused, &s->out), err);
}

int ls_server_send_seal(struct ls_server *s, const struct ls_seal *seal, struct ls_error *err)
{
	ls_buffer_clear(&s->out);
	return ls_server_send(s, LS_PEER_OUT, LS_MSG_SEAL, ls_encode_seal(seal, &s->out), err);
}

static int send_sealed(struct ls_server *s, const struct ls_waiting *w, struct ls_error *err)
{
	struct ls_sealed sealed = {
		.seal = w->seal,
		.is_event = w->event,
		.label = { (const uint8_t *)w->label, strlen(w->label) },
		.host_time = w->sealed,
	};
	ls_buffer_clear(&s->out);
	return ls_server_send(s, LS_PEER_SUPERVISOR, LS_MSG_SEALED, ls_encode_sealed(&sealed, &s->out), err);
}

/* --- answers that wait for the publisher ------------------------------------------------ */

static int answer(struct ls_server *s, const struct ls_waiting *w, struct ls_error *err)
{
	if (w->fresh) {
		int rc = send_sealed(s, w, err);
		if (rc < 0)
			return rc;
	}
	if (s->closed[w->peer]) /* it will ask again under the same key */
		return 0;
	if (w->event)
		return send_event_done(s, w->peer, &w->event_key, w->seal, err);
	return send_delivery_done(s, &w->delivery, w->seal, err);
}

int ls_server_answer_when_published(struct ls_server *s, const struct ls_waiting *w, struct ls_error *err)
{
	if (w->seal <= s->published)
		return answer(s, w, err);
	/* the loop reads no new work when there is no room */
	s->waiting[s->waiting_count++] = *w;
	return 0;
}

/* For a seal that was just handed to the publisher. */
struct ls_waiting ls_server_waiting_for(const struct ls_seal *seal, enum ls_server_peer peer, int64_t now)
{
	struct ls_waiting w = {
		.seal = seal->seal,
		.event = seal->is_event,
		.peer = peer,
		.fresh = true,
		.sealed = now,
	};
	memcpy(w.label, seal->label.data, seal->label.size); /* a safe name: it fits */
	return w;
}

bool ls_server_may_take_work(const struct ls_server *s)
{
	return s->waiting_count < LS_WAITING_MAX;
}

int ls_server_on_published(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	uint64_t seal;
	int rc = ls_decode_published(m, &seal, err);
	if (rc < 0)
		return rc;
	if (seal != s->published + 1 || seal > ls_sealer_size(s->sealer))
		return ls_fail(err, -EPROTO, "enclave.published",
			       "the publisher says it published seal %llu; it has %llu of %llu",
			       (unsigned long long)seal, (unsigned long long)s->published,
			       (unsigned long long)ls_sealer_size(s->sealer));
	s->published = seal;
	size_t kept = 0;
	for (size_t i = 0; rc == 0 && i < s->waiting_count; i++) {
		if (s->waiting[i].seal == seal)
			rc = answer(s, &s->waiting[i], err);
		else
			s->waiting[kept++] = s->waiting[i];
	}
	s->waiting_count = kept;
	return rc;
}
