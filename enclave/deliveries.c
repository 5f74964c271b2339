/* SPDX-License-Identifier: Apache-2.0 */
/* Files from the diode: hashed while they pass to the publisher, then sealed. */
#include <errno.h>
#include <string.h>

#include "enclave/serving.h"

static bool is_dropped(const struct ls_file_under_way *f)
{
	return f->sealed_as != 0 || f->refused;
}

int ls_server_on_begin(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_file_under_way *f = &s->file;
	char name[LS_SAFE_NAME_SIZE];
	struct ls_digest key;
	int rc = ls_decode_delivery(m, &f->d, err);
	if (rc < 0)
		return rc;
	memcpy(f->name, f->d.name.data, f->d.name.size); /* at most LS_NAME_MAX: the codec's */
	f->d.name.data = f->name;
	f->seen = 0;
	f->refused = false;
	ls_delivery_key_digest(&f->d.key, &key);
	f->sealed_as = ls_sealer_find(s->sealer, &key);
	s->state = LS_STATE_FILE;
	if (is_dropped(f))
		return 0;
	ls_sealer_file_name(&f->d, name);
	struct ls_payload payload = { .name = { (const uint8_t *)name, strlen(name) },
				      .size = f->d.size };
	if (ls_sha256_init(&s->hash) < 0)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a hash");
	ls_buffer_clear(&s->out);
	return ls_server_send(s, LS_PEER_OUT, LS_MSG_PAYLOAD_BEGIN, ls_encode_payload(&payload, &s->out),
			err);
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
	return ls_message_send(s->streams[LS_PEER_OUT].fd, LS_MSG_PAYLOAD_DATA, m->body, m->size, err);
}

static int seal_delivery(struct ls_server *s, struct ls_error *err)
{
	struct ls_file_under_way *f = &s->file;
	int64_t now = ls_server_clock();
	struct ls_seal seal;
	int rc = ls_sealer_seal_result(s->sealer, &f->d, now, &seal, err);
	if (rc == -EINVAL) {
		struct ls_error why = *err;
		rc = refuse(s, err);
		return rc < 0 ? rc : ls_server_send_refused(s, why.message, err);
	}
	if (rc == 0)
		rc = ls_server_send_empty(s, LS_PEER_OUT, LS_MSG_PAYLOAD_END, err);
	if (rc == 0)
		rc = ls_server_send_seal(s, &seal, err);
	if (rc < 0)
		return rc;
	struct ls_waiting w = ls_server_waiting_for(&seal, LS_PEER_IN, now);
	w.delivery = f->d.key;
	return ls_server_answer_when_published(s, &w, err);
}

int ls_server_on_end(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	(void)m;
	struct ls_file_under_way *f = &s->file;
	struct ls_digest digest;
	s->state = LS_STATE_IDLE;
	if (f->sealed_as != 0) {
		struct ls_waiting w = { .seal = f->sealed_as, .peer = LS_PEER_IN, .delivery = f->d.key };
		return ls_server_answer_when_published(s, &w, err);
	}
	if (f->refused)
		return ls_server_send_refused(s, "it is longer than announced", err);
	ls_sha256_final(&s->hash, &digest);
	const char *reason = f->seen != f->d.size ? "it is shorter than announced"
			     : !ls_digest_equal(&digest, &f->d.key.sha256)
				     ? "its bytes do not have the announced SHA-256"
				     : NULL;
	if (!reason)
		return seal_delivery(s, err);
	int rc = refuse(s, err);
	return rc < 0 ? rc : ls_server_send_refused(s, reason, err);
}

/* The rest of a delivery will not come: the publisher forgets what it got of it. */
int ls_server_abandon_file(struct ls_server *s, struct ls_error *err)
{
	if (s->state != LS_STATE_FILE)
		return 0;
	s->state = LS_STATE_IDLE;
	return is_dropped(&s->file) ? 0 : refuse(s, err);
}
