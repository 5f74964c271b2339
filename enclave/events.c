/* SPDX-License-Identifier: Apache-2.0 */
/* Events: each has a seal of its own, and waits for its turn in a copy. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "enclave/serving.h"
#include "lib/base/log.h"
#include "lib/proc/handover.h"
#include "lib/seal/record.h"

static int hold(struct ls_server *s, enum ls_server_peer peer, const struct ls_message *m,
		struct ls_error *err)
{
	if (s->held_count == LS_HELD_MAX)
		return ls_fail(err, -E2BIG, "enclave.held", "%s sent more than %d messages ahead",
			       ls_server_peer_names[peer], LS_HELD_MAX);
	uint8_t *copy = malloc(m->size + 1);
	if (!copy)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a message");
	if (m->size > 0)
		memcpy(copy, m->body, m->size);
	s->held[s->held_count++] = (struct ls_held){ peer, m->size, copy };
	return 0;
}

/*
 * All that a receiver has to tell.  Other kinds are the supervisor's word or our own, and an
 * auditor goes by them: whoever took the receiver over is not to approve, retire or adopt anything.
 */
static bool is_receivers(struct ls_bytes kind)
{
	static const char *const kinds[] = { "backpressure", "gap", "refused", "session",
					     "silence" };
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kind.size == strlen(kinds[i]) && memcmp(kind.data, kinds[i], kind.size) == 0)
			return true;
	return false;
}

int ls_server_on_diode_event(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_event event;
	char name[LS_SAFE_NAME_SIZE];
	int rc = ls_decode_event(m, &event, err);
	if (rc < 0)
		return rc;
	if (is_receivers(event.kind))
		return hold(s, LS_PEER_IN, m, err);
	return ls_fail(
		err, -EPERM, "enclave.event.kind",
		"%s told of an event '%s', which is not the receiver's to tell: it was taken "
		"over, or it is of another version",
		ls_server_peer_names[LS_PEER_IN],
		ls_safe_name((const char *)event.kind.data, event.kind.size, name));
}

int ls_server_on_supervisor_event(struct ls_server *s, const struct ls_message *m,
				  struct ls_error *err)
{
	return hold(s, LS_PEER_SUPERVISOR, m, err);
}

/* What the receiver calls an event in the log: no key that it thinks of is another's. */
static void receivers_key(const struct ls_digest *key, struct ls_digest *ret_key)
{
	static const char domain[] = "labseal/receiver-event/v1\n";
	uint8_t bytes[sizeof(domain) - 1 + LS_DIGEST_SIZE];
	memcpy(bytes, domain, sizeof(domain) - 1);
	memcpy(bytes + sizeof(domain) - 1, key->bytes, LS_DIGEST_SIZE);
	ls_sha256_buffer(bytes, sizeof(bytes), ret_key);
}

/* Made by a process that has a network: what breaks a rule is its fault, and no reason to end. */
static bool is_outsiders(struct ls_bytes kind)
{
	return kind.size == strlen(LS_TIME_STAMP_EVENT) &&
	       memcmp(kind.data, LS_TIME_STAMP_EVENT, kind.size) == 0;
}

/* Seal 0: it never will be. */
static int answer_refused(struct ls_server *s, enum ls_server_peer peer,
			  const struct ls_digest *told, struct ls_error *err)
{
	const struct ls_event_done done = { .key = *told, .seal = 0 };
	ls_log(LS_LOG_WARNING, err->id, "%s", err->message);
	*err = (struct ls_error){ 0 };
	ls_buffer_clear(&s->out);
	return ls_server_send(s, peer, LS_MSG_EVENT_DONE, ls_encode_event_done(&done, &s->out),
			      err);
}

/* Unless it is in the log already.  told: the key that its peer knows it by. */
static int seal_once(struct ls_server *s, enum ls_server_peer peer, const struct ls_event *event,
		     const struct ls_digest *told, struct ls_error *err)
{
	struct ls_seal seal;
	int64_t now = ls_server_clock();
	struct ls_waiting w = { .seal = ls_sealer_find(s->sealer, &event->key),
				.event = true,
				.peer = peer,
				.event_key = *told };
	if (w.seal == 0 && is_outsiders(event->kind) &&
	    ls_record_detail_check((const char *)event->detail.data, event->detail.size, err) < 0)
		return answer_refused(s, peer, told, err);
	if (w.seal == 0) {
		int rc = ls_sealer_seal_event(s->sealer, event, now, &seal, err);
		if (rc == 0)
			rc = ls_server_hand_over(s, &seal, 0, now, err);
		if (rc < 0)
			return rc;
		w.seal = seal.seal;
	}
	return ls_server_answer(s, &w, err);
}

/* The supervisor is told of it as of its own; it knows no such key and forgets that. */
int ls_server_seal_own_event(struct ls_server *s, const struct ls_event *event,
			     struct ls_error *err)
{
	return seal_once(s, LS_PEER_SUPERVISOR, event, &event->key, err);
}

static int seal_held(struct ls_server *s, const struct ls_held *h, struct ls_error *err)
{
	const struct ls_message m = { .type = LS_MSG_EVENT, .body = h->body, .size = h->size };
	struct ls_event event;
	int rc = ls_decode_event(&m, &event, err);
	if (rc < 0)
		return rc;
	struct ls_digest told = event.key;
	if (h->peer == LS_PEER_IN)
		receivers_key(&told, &event.key);
	return seal_once(s, h->peer, &event, &told, err);
}

int ls_server_seal_event(struct ls_server *s, struct ls_error *err)
{
	struct ls_held h = s->held[0]; /* more may be held while it is signed */
	s->held_count--;
	memmove(s->held, s->held + 1, s->held_count * sizeof(s->held[0]));
	int rc = seal_held(s, &h, err);
	free(h.body);
	return rc;
}
