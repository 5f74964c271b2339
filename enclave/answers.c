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

int ls_server_send_empty(struct ls_server *s, enum ls_server_peer to, uint32_t type,
			 struct ls_error *err)
{
	return ls_message_send(s->streams[to].fd, type, NULL, 0, err);
}

/* What was encoded into s->out (rc: how that went). */
int ls_server_send(struct ls_server *s, enum ls_server_peer to, uint32_t type, int rc,
		   struct ls_error *err)
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
	return ls_server_send(s, LS_PEER_IN, LS_MSG_DELIVERY_DONE,
			      ls_encode_delivery_done(&done, &s->out), err);
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

static int send_sealed(struct ls_server *s, const struct ls_unpublished *u, struct ls_error *err)
{
	struct ls_sealed sealed = {
		.seal = u->seal,
		.is_event = u->event,
		.count = u->count,
		.label = { (const uint8_t *)u->label, strlen(u->label) },
		.host_time = u->sealed,
	};
	ls_buffer_clear(&s->out);
	return ls_server_send(s, LS_PEER_SUPERVISOR, LS_MSG_SEALED,
			      ls_encode_sealed(&sealed, &s->out), err);
}

/* --- the publisher ---------------------------------------------------------------------- */

int ls_server_hand_over(struct ls_server *s, const struct ls_seal *seal, size_t count, int64_t now,
			struct ls_error *err)
{
	struct ls_unpublished *u = &s->unpublished[s->unpublished_count++];
	*u = (struct ls_unpublished){
		.seal = seal->seal,
		.event = seal->is_event,
		.count = (uint32_t)count,
		.sealed = now,
	};
	memcpy(u->label, seal->label.data, seal->label.size); /* a safe name: it fits */
	ls_buffer_clear(&s->out);
	int rc = ls_server_send(s, LS_PEER_OUT, LS_MSG_SEAL, ls_encode_seal(seal, &s->out), err);
	return rc < 0 ? rc : ls_server_evidence_sent(s, seal, err);
}

static int answer(struct ls_server *s, const struct ls_waiting *w, struct ls_error *err)
{
	if (s->closed[w->peer]) /* it will ask again under the same key */
		return 0;
	if (w->event)
		return send_event_done(s, w->peer, &w->event_key, w->seal, err);
	return send_delivery_done(s, &w->delivery, w->seal, err);
}

int ls_server_answer(struct ls_server *s, const struct ls_waiting *w, struct ls_error *err)
{
	if (w->seal != 0 && w->seal <= s->published)
		return answer(s, w, err);
	if (s->waiting_count == LS_WAITING_MAX)
		return ls_fail(err, -E2BIG, "enclave.waiting", "more than %d answers wait",
			       LS_WAITING_MAX);
	s->waiting[s->waiting_count++] = *w;
	return 0;
}

/* The supervisor's events keep their room. */
bool ls_server_may_take_work(const struct ls_server *s)
{
	return s->waiting_count + s->held_count < LS_WAITING_MAX - LS_HELD_MAX &&
	       s->held_count < LS_DIODE_HELD_MAX;
}

static int answer_all(struct ls_server *s, uint64_t seal, struct ls_error *err)
{
	int rc = 0;
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

int ls_server_on_published(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	uint64_t seal;
	int rc = ls_decode_published(m, &seal, err);
	if (rc < 0)
		return rc;
	if (s->unpublished_count == 0 || seal != s->unpublished[0].seal)
		return ls_fail(err, -EPROTO, "enclave.published",
			       "the publisher says it published seal %llu; it has %llu of %llu",
			       (unsigned long long)seal, (unsigned long long)s->published,
			       (unsigned long long)ls_sealer_size(s->sealer));
	s->published = seal;
	ls_server_evidence_published(s);
	rc = send_sealed(s, &s->unpublished[0], err);
	s->unpublished_count--;
	memmove(s->unpublished, s->unpublished + 1,
		s->unpublished_count * sizeof(s->unpublished[0]));
	return rc == 0 ? answer_all(s, seal, err) : rc;
}
