/* SPDX-License-Identifier: Apache-2.0 */
/* Events, and the supervisor's messages that come at a moment at which they cannot be served. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enclave/serving.h"

/* Unless it is in the log already. */
static int seal_once(struct ls_server *s, enum ls_server_peer peer, const struct ls_event *event,
		     struct ls_error *err)
{
	struct ls_seal seal;
	int64_t now = ls_server_clock();
	struct ls_waiting w = { .seal = ls_sealer_find(s->sealer, &event->key),
				.event = true,
				.peer = peer };
	if (w.seal == 0) {
		int rc = ls_sealer_seal_event(s->sealer, event, now, &seal, err);
		if (rc == 0)
			rc = ls_server_send_seal(s, &seal, err);
		if (rc < 0)
			return rc;
		w = ls_server_waiting_for(&seal, peer, now);
	}
	w.event_key = event->key;
	return ls_server_answer_when_published(s, &w, err);
}

static int seal_event(struct ls_server *s, enum ls_server_peer peer, const struct ls_message *m,
		      struct ls_error *err)
{
	struct ls_event event;
	int rc = ls_decode_event(m, &event, err);
	return rc < 0 ? rc : seal_once(s, peer, &event, err);
}

/* The supervisor is told of it as of its own; it knows no such key and forgets that. */
int ls_server_seal_own_event(struct ls_server *s, const struct ls_event *event,
			     struct ls_error *err)
{
	return seal_once(s, LS_PEER_SUPERVISOR, event, err);
}

int ls_server_on_diode_event(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	return seal_event(s, LS_PEER_IN, m, err);
}

/* --- the supervisor ---------------------------------------------------------------------- */

/* Keep a copy for later. */
static int hold(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	if (s->held_count == LS_HELD_MAX)
		return ls_fail(err, -E2BIG, "enclave.held",
			       "the supervisor sent more than %d messages ahead", LS_HELD_MAX);
	uint8_t *copy = malloc(m->size + 1);
	if (!copy)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a message");
	if (m->size > 0)
		memcpy(copy, m->body, m->size);
	s->held[s->held_count++] = (struct ls_held){ m->type, m->size, copy };
	return 0;
}

int ls_server_on_supervisor_event(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	/* a payload under way would go into the event's seal; and what came first goes first */
	if (s->state != LS_STATE_IDLE || s->held_count > 0 || !ls_server_may_take_work(s))
		return hold(s, m, err);
	return seal_event(s, LS_PEER_SUPERVISOR, m, err);
}

/* What comes while the TPM works on something for us: only what may wait. */
int ls_server_hold_other(void *context, const struct ls_message *m, struct ls_error *err)
{
	if (m->type == LS_MSG_EVENT || m->type == LS_MSG_STOP)
		return hold(context, m, err);
	return ls_fail(err, -EPROTO, "enclave.protocol.unexpected",
		       "the supervisor sent message 0x%04x in place of a TPM response", m->type);
}

/* Serve what was held, oldest first, as far as the state allows. */
int ls_server_serve_held(struct ls_server *s, struct ls_error *err)
{
	int rc = 0;
	while (rc == 0 && s->held_count > 0) {
		struct ls_held h = s->held[0];
		if (h.type == LS_MSG_EVENT && (s->state != LS_STATE_IDLE || !ls_server_may_take_work(s)))
			break;
		s->held_count--;
		memmove(s->held, s->held + 1, s->held_count * sizeof(s->held[0]));
		struct ls_message m = { .type = h.type, .body = h.body, .size = h.size };
		rc = h.type == LS_MSG_STOP ? ls_server_on_stop(s, &m, err)
					   : seal_event(s, LS_PEER_SUPERVISOR, &m, err);
		free(h.body);
	}
	return rc;
}
