/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files from the diode: hashed while they pass to the publisher, and gathered.  A lone
 * one is sealed at once; what comes while a seal is being signed, or while the publisher
 * is behind, is sealed together.
 */
#include <errno.h>
#include <string.h>

#include "enclave/serving.h"

static bool is_dropped(const struct ls_file_under_way *f)
{
	return f->duplicate || f->refused;
}

/* Where a delivery with this key is, as someone who waits for it: the seal, or the batch. */
static bool find(const struct ls_server *s, const struct ls_delivery_key *key,
		 struct ls_waiting *ret)
{
	struct ls_digest digest;
	ls_delivery_key_digest(key, &digest);
	*ret = (struct ls_waiting){ .peer = LS_PEER_IN, .delivery = *key };
	ret->seal = ls_sealer_find(s->sealer, &digest);
	if (ret->seal == 0 && s->sealing && ls_batch_has(s->sealing, &digest))
		ret->batch = s->sealing;
	else if (ret->seal == 0 && ls_batch_has(s->gathering, &digest))
		ret->batch = s->gathering;
	return ret->seal != 0 || ret->batch;
}

int ls_server_on_begin(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_file_under_way *f = &s->file;
	struct ls_waiting known;
	int rc = ls_decode_delivery(m, &f->d, err);
	if (rc < 0)
		return rc;
	memcpy(f->name, f->d.name.data, f->d.name.size); /* at most LS_NAME_MAX: the codec's */
	f->d.name.data = f->name;
	f->seen = 0;
	f->refused = false;
	f->duplicate = find(s, &f->d.key, &known);
	f->waits = !f->duplicate && !ls_batch_has_room(s->gathering, &f->d);
	s->state = LS_STATE_FILE;
	if (is_dropped(f))
		return 0;
	if (ls_sha256_init(&s->hash) < 0)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a hash");
	return ls_server_send_empty(s, LS_PEER_OUT, LS_MSG_PAYLOAD_BEGIN, err);
}

/* The publisher forgets its bytes; the diode's are dropped until END. */
static int refuse(struct ls_server *s, struct ls_error *err)
{
	s->file.refused = true;
	return ls_server_send_empty(s, LS_PEER_OUT, LS_MSG_PAYLOAD_DROP, err);
}

int ls_server_on_data(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_file_under_way *f = &s->file;
	if (m->size > LS_DATA_MAX)
		return ls_fail(err, -EBADMSG, "enclave.data.size",
			       "the diode sent %zu bytes in one message", m->size);
	if (is_dropped(f))
		return 0;
	if (m->size > f->d.size - f->seen)
		return refuse(s, err);
	f->seen += m->size;
	ls_sha256_update(&s->hash, m->body, m->size);
	return ls_message_send(s->streams[LS_PEER_OUT].fd, LS_MSG_PAYLOAD_DATA, m->body, m->size,
			       err);
}

/* The file under way is whole and as announced. */
static int gather(struct ls_server *s, struct ls_error *err)
{
	struct ls_file_under_way *f = &s->file;
	int rc = ls_batch_add(s->gathering, &f->d, err);
	if (rc == -EINVAL) {
		struct ls_error why = *err;
		rc = refuse(s, err);
		return rc < 0 ? rc : ls_server_send_refused(s, why.message, err);
	}
	if (rc < 0)
		return rc;
	const char *name = ls_batch_last_name(s->gathering);
	struct ls_payload payload = { .name = { (const uint8_t *)name, strlen(name) },
				      .size = f->d.size };
	ls_buffer_clear(&s->out);
	rc = ls_server_send(s, LS_PEER_OUT, LS_MSG_PAYLOAD_END,
			    ls_encode_payload(&payload, &s->out), err);
	struct ls_waiting w = { .peer = LS_PEER_IN, .delivery = f->d.key, .batch = s->gathering };
	return rc < 0 ? rc : ls_server_answer(s, &w, err);
}

int ls_server_on_end(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	(void)m;
	struct ls_file_under_way *f = &s->file;
	struct ls_digest digest;
	struct ls_waiting known;
	s->state = LS_STATE_IDLE;
	if (f->duplicate && find(s, &f->d.key, &known)) /* numbered meanwhile, perhaps */
		return ls_server_answer(s, &known, err);
	if (f->refused)
		return ls_server_send_refused(s, "it is longer than announced", err);
	ls_sha256_final(&s->hash, &digest);
	const char *reason = f->seen != f->d.size ? "it is shorter than announced"
			     : !ls_digest_equal(&digest, &f->d.key.sha256)
				     ? "its bytes do not have the announced SHA-256"
				     : NULL;
	if (!reason)
		return gather(s, err);
	int rc = refuse(s, err);
	return rc < 0 ? rc : ls_server_send_refused(s, reason, err);
}

int ls_server_abandon_file(struct ls_server *s, struct ls_error *err)
{
	if (s->state != LS_STATE_FILE)
		return 0;
	s->state = LS_STATE_IDLE;
	s->file.waits = false;
	return is_dropped(&s->file) ? 0 : refuse(s, err);
}

/* --- sealing ---------------------------------------------------------------------------- */

/* From here on a batch of its own takes what comes. */
static struct ls_batch *close_batch(struct ls_server *s)
{
	s->sealing = s->gathering;
	s->gathering = s->sealing == &s->batches[0] ? &s->batches[1] : &s->batches[0];
	s->file.waits = false;
	return s->sealing;
}

/* Who waits for the batch waits for this seal now. */
static void number_waiting(struct ls_server *s, const struct ls_batch *batch, uint64_t seal)
{
	for (size_t i = 0; i < s->waiting_count; i++)
		if (s->waiting[i].batch == batch) {
			s->waiting[i].batch = NULL;
			s->waiting[i].seal = seal;
		}
}

void ls_server_forget_batch(struct ls_server *s)
{
	size_t kept = 0;
	for (size_t i = 0; i < s->waiting_count; i++)
		if (s->waiting[i].batch != s->gathering)
			s->waiting[kept++] = s->waiting[i];
	s->waiting_count = kept;
	ls_batch_clear(s->gathering);
}

int ls_server_seal_batch(struct ls_server *s, struct ls_error *err)
{
	struct ls_seal seal;
	int64_t now = ls_server_clock();
	struct ls_batch *batch = close_batch(s);
	int rc = ls_server_send_empty(s, LS_PEER_OUT, LS_MSG_PAYLOAD_CLOSE, err);
	if (rc == 0)
		rc = ls_sealer_seal_results(s->sealer, batch, now, &seal, err);
	if (rc == 0)
		rc = ls_server_hand_over(s, &seal, batch->count, now, err);
	if (rc != 0)
		return rc;
	number_waiting(s, batch, seal.seal);
	ls_batch_clear(batch);
	s->sealing = NULL;
	return 0;
}
