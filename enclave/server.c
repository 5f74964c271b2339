/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "enclave/keys/key.h"
#include "enclave/sealer.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"
#include "lib/proc/confine.h"

#define WAITING_MAX 256 /* answers that are due when the publisher has published */
#define HELD_MAX    64	/* supervisor's messages that came at a moment they could not be served */

enum state {
	STATE_NEW = 1,	/* no START yet */
	STATE_KEY = 2,	/* the key works, no RESUME yet */
	STATE_IDLE = 4, /* between deliveries */
	STATE_FILE = 8, /* within a delivery */
	STATE_STOP = 16 /* STOP came: only what was sealed is waited for */
};
#define STATE_SERVING (STATE_IDLE | STATE_FILE)

enum peer { PEER_SUPERVISOR, PEER_OUT, PEER_IN, PEER_COUNT };

static const char *const peer_names[PEER_COUNT] = { "the supervisor", "the publisher",
						    "the diode" };

/* Someone who is told when a seal is published. */
struct waiting {
	uint64_t seal;
	bool event;
	enum peer peer;
	bool fresh;	/* not a duplicate: the supervisor is told too, and what follows is set */
	int64_t sealed; /* when, nanoseconds since 1970 */
	char label[LS_SAFE_NAME_SIZE];
	struct ls_delivery_key delivery;
	struct ls_digest event_key;
};

/* A message that must wait, copied. */
struct held {
	uint32_t type;
	size_t size;
	uint8_t *body; /* owned */
};

/* The delivery under way. */
struct file {
	struct ls_delivery d;
	uint8_t name[LS_NAME_MAX]; /* d.name points here */
	uint64_t seen;		   /* bytes so far */
	uint64_t sealed_as;	   /* not 0: a duplicate, its bytes are dropped */
	bool refused;		   /* longer than announced: the rest is dropped */
};

struct server {
	enum state state;
	unsigned missing;
	struct ls_message_stream streams[PEER_COUNT];
	bool closed[PEER_COUNT];

	struct ls_buffer start_body; /* START's bytes, which start and key borrow */
	struct ls_start start;
	const struct ls_key_backend *backend;
	struct ls_key *key;
	struct ls_sealer *sealer;
	uint64_t published; /* the last seal that is */

	struct ls_sha256 hash;
	struct file file;
	struct waiting waiting[WAITING_MAX];
	size_t waiting_count;
	struct held held[HELD_MAX]; /* oldest first */
	size_t held_count;
	struct ls_buffer out; /* a message that is being made */
};

static int64_t clock_now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* --- sending ------------------------------------------------------------------------ */

static int send_empty(struct server *s, enum peer to, uint32_t type, struct ls_error *err)
{
	return ls_message_send(s->streams[to].fd, type, NULL, 0, err);
}

/* What was encoded into s->out (rc: how that went). */
static int send_out(struct server *s, enum peer to, uint32_t type, int rc, struct ls_error *err)
{
	if (rc < 0)
		return ls_fail(err, rc, "enclave.encode", "cannot make a message of type 0x%04x",
			       type);
	struct ls_error why = { 0 };
	rc = ls_message_send(s->streams[to].fd, type, s->out.data, s->out.size, &why);
	/* a diode that went asks again under the same key; that it went shows when it is read */
	if (rc == 0 || (to == PEER_IN && (rc == -EPIPE || rc == -ECONNRESET)))
		return 0;
	return ls_fail(err, rc, why.id, "%s: %s", peer_names[to], why.message);
}

static int send_delivery_done(struct server *s, const struct ls_delivery_key *key, uint64_t seal,
			      struct ls_error *err)
{
	struct ls_delivery_done done = { .key = *key, .seal = seal };
	ls_buffer_clear(&s->out);
	return send_out(s, PEER_IN, LS_MSG_DELIVERY_DONE, ls_encode_delivery_done(&done, &s->out),
			err);
}

static int send_event_done(struct server *s, enum peer to, const struct ls_digest *key,
			   uint64_t seal, struct ls_error *err)
{
	struct ls_event_done done = { .key = *key, .seal = seal };
	ls_buffer_clear(&s->out);
	return send_out(s, to, LS_MSG_EVENT_DONE, ls_encode_event_done(&done, &s->out), err);
}

static int send_refused(struct server *s, const char *reason, struct ls_error *err)
{
	struct ls_delivery_refused refused = {
		.key = s->file.d.key,
		.reason = { (const uint8_t *)reason, strlen(reason) },
	};
	ls_log(LS_LOG_WARNING, "enclave.delivery.refused", "file %llu of a session: %s",
	       (unsigned long long)refused.key.number, reason);
	ls_buffer_clear(&s->out);
	return send_out(s, PEER_IN, LS_MSG_DELIVERY_REFUSED,
			ls_encode_delivery_refused(&refused, &s->out), err);
}

static int send_seal(struct server *s, const struct ls_seal *seal, struct ls_error *err)
{
	ls_buffer_clear(&s->out);
	return send_out(s, PEER_OUT, LS_MSG_SEAL, ls_encode_seal(seal, &s->out), err);
}

static int send_sealed(struct server *s, const struct waiting *w, struct ls_error *err)
{
	struct ls_sealed sealed = {
		.seal = w->seal,
		.is_event = w->event,
		.label = { (const uint8_t *)w->label, strlen(w->label) },
		.host_time = w->sealed,
	};
	ls_buffer_clear(&s->out);
	return send_out(s, PEER_SUPERVISOR, LS_MSG_SEALED, ls_encode_sealed(&sealed, &s->out), err);
}

/* --- answers that wait for the publisher ------------------------------------------------ */

static int answer(struct server *s, const struct waiting *w, struct ls_error *err)
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

static int answer_when_published(struct server *s, const struct waiting *w, struct ls_error *err)
{
	if (w->seal <= s->published)
		return answer(s, w, err);
	/* the loop reads no new work when there is no room */
	s->waiting[s->waiting_count++] = *w;
	return 0;
}

/* For a seal that was just handed to the publisher. */
static struct waiting waiting_for(const struct ls_seal *seal, enum peer peer, int64_t now)
{
	struct waiting w = {
		.seal = seal->seal,
		.event = seal->is_event,
		.peer = peer,
		.fresh = true,
		.sealed = now,
	};
	memcpy(w.label, seal->label.data, seal->label.size); /* a safe name: it fits */
	return w;
}

static bool may_take_work(const struct server *s)
{
	return s->waiting_count < WAITING_MAX;
}

static int on_published(struct server *s, const struct ls_message *m, struct ls_error *err)
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

/* --- deliveries ------------------------------------------------------------------------- */

static bool is_dropped(const struct file *f)
{
	return f->sealed_as != 0 || f->refused;
}

static int on_begin(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	struct file *f = &s->file;
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
	s->state = STATE_FILE;
	if (is_dropped(f))
		return 0;
	ls_sealer_file_name(&f->d, name);
	struct ls_payload payload = { .name = { (const uint8_t *)name, strlen(name) },
				      .size = f->d.size };
	if (ls_sha256_init(&s->hash) < 0)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a hash");
	ls_buffer_clear(&s->out);
	return send_out(s, PEER_OUT, LS_MSG_PAYLOAD_BEGIN, ls_encode_payload(&payload, &s->out),
			err);
}

/* The publisher forgets its bytes; the diode's are dropped until END. */
static int refuse(struct server *s, struct ls_error *err)
{
	s->file.refused = true;
	return send_empty(s, PEER_OUT, LS_MSG_PAYLOAD_DROP, err);
}

static int on_data(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	struct file *f = &s->file;
	if (m->size > LS_DATA_MAX)
		return ls_fail(err, -EBADMSG, "enclave.data.size",
			       "the diode sent %zu bytes in one message", m->size);
	if (is_dropped(f))
		return 0;
	if (m->size > f->d.size - f->seen)
		return refuse(s, err);
	f->seen += m->size;
	ls_sha256_update(&s->hash, m->body, m->size);
	return ls_message_send(s->streams[PEER_OUT].fd, LS_MSG_PAYLOAD_DATA, m->body, m->size, err);
}

static int seal_delivery(struct server *s, struct ls_error *err)
{
	struct file *f = &s->file;
	int64_t now = clock_now();
	struct ls_seal seal;
	int rc = ls_sealer_seal_result(s->sealer, &f->d, now, &seal, err);
	if (rc == -EINVAL) {
		struct ls_error why = *err;
		rc = refuse(s, err);
		return rc < 0 ? rc : send_refused(s, why.message, err);
	}
	if (rc == 0)
		rc = send_empty(s, PEER_OUT, LS_MSG_PAYLOAD_END, err);
	if (rc == 0)
		rc = send_seal(s, &seal, err);
	if (rc < 0)
		return rc;
	struct waiting w = waiting_for(&seal, PEER_IN, now);
	w.delivery = f->d.key;
	return answer_when_published(s, &w, err);
}

static int on_end(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	(void)m;
	struct file *f = &s->file;
	struct ls_digest digest;
	s->state = STATE_IDLE;
	if (f->sealed_as != 0) {
		struct waiting w = { .seal = f->sealed_as, .peer = PEER_IN, .delivery = f->d.key };
		return answer_when_published(s, &w, err);
	}
	if (f->refused)
		return send_refused(s, "it is longer than announced", err);
	ls_sha256_final(&s->hash, &digest);
	const char *reason = f->seen != f->d.size ? "it is shorter than announced"
			     : !ls_digest_equal(&digest, &f->d.key.sha256)
				     ? "its bytes do not have the announced SHA-256"
				     : NULL;
	if (!reason)
		return seal_delivery(s, err);
	int rc = refuse(s, err);
	return rc < 0 ? rc : send_refused(s, reason, err);
}

/* The rest of a delivery will not come: the publisher forgets what it got of it. */
static int abandon_file(struct server *s, struct ls_error *err)
{
	if (s->state != STATE_FILE)
		return 0;
	s->state = STATE_IDLE;
	return is_dropped(&s->file) ? 0 : refuse(s, err);
}

/* --- events ----------------------------------------------------------------------------- */

static int seal_event(struct server *s, enum peer peer, const struct ls_message *m,
		      struct ls_error *err)
{
	struct ls_event event;
	struct ls_seal seal;
	int64_t now = clock_now();
	int rc = ls_decode_event(m, &event, err);
	if (rc < 0)
		return rc;
	struct waiting w = { .seal = ls_sealer_find(s->sealer, &event.key),
			     .event = true,
			     .peer = peer };
	if (w.seal == 0) {
		rc = ls_sealer_seal_event(s->sealer, &event, now, &seal, err);
		if (rc == 0)
			rc = send_seal(s, &seal, err);
		if (rc < 0)
			return rc;
		w = waiting_for(&seal, peer, now);
	}
	w.event_key = event.key;
	return answer_when_published(s, &w, err);
}

static int on_diode_event(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	return seal_event(s, PEER_IN, m, err);
}

/* --- the supervisor ---------------------------------------------------------------------- */

/* Keep a copy for later. */
static int hold(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	if (s->held_count == HELD_MAX)
		return ls_fail(err, -E2BIG, "enclave.held",
			       "the supervisor sent more than %d messages ahead", HELD_MAX);
	uint8_t *copy = malloc(m->size + 1);
	if (!copy)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a message");
	if (m->size > 0)
		memcpy(copy, m->body, m->size);
	s->held[s->held_count++] = (struct held){ m->type, m->size, copy };
	return 0;
}

static int on_supervisor_event(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	/* a payload under way would go into the event's seal; and what came first goes first */
	if (s->state != STATE_IDLE || s->held_count > 0 || !may_take_work(s))
		return hold(s, m, err);
	return seal_event(s, PEER_SUPERVISOR, m, err);
}

/* What comes while the TPM works on something for us: only what may wait. */
static int hold_other(void *context, const struct ls_message *m, struct ls_error *err)
{
	if (m->type == LS_MSG_EVENT || m->type == LS_MSG_STOP)
		return hold(context, m, err);
	return ls_fail(err, -EPROTO, "enclave.protocol.unexpected",
		       "the supervisor sent message 0x%04x in place of a TPM response", m->type);
}

static int on_stop(struct server *s, const struct ls_message *m, struct ls_error *err);

/* Serve what was held, oldest first, as far as the state allows. */
static int serve_held(struct server *s, struct ls_error *err)
{
	int rc = 0;
	while (rc == 0 && s->held_count > 0) {
		struct held h = s->held[0];
		if (h.type == LS_MSG_EVENT && (s->state != STATE_IDLE || !may_take_work(s)))
			break;
		s->held_count--;
		memmove(s->held, s->held + 1, s->held_count * sizeof(s->held[0]));
		struct ls_message m = { .type = h.type, .body = h.body, .size = h.size };
		rc = h.type == LS_MSG_STOP ? on_stop(s, &m, err)
					   : seal_event(s, PEER_SUPERVISOR, &m, err);
		free(h.body);
	}
	return rc;
}

/* What is half here stays in the diode's spool; events that were told before STOP are sealed. */
static int on_stop(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	(void)m;
	int rc = abandon_file(s, err);
	if (rc == 0)
		rc = serve_held(s, err);
	s->state = STATE_STOP;
	return rc;
}

/* --- the start ---------------------------------------------------------------------------- */

static int copy_start(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	if (ls_buffer_add(&s->start_body, m->body, m->size) < 0)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for the start");
	/* it may hold a key: one copy is enough */
	explicit_bzero((void *)m->body, m->size);
	struct ls_message copy = { m->type, s->start_body.data, s->start_body.size };
	return ls_decode_start(&copy, &s->start, err);
}

static int check_confined(const struct server *s, struct ls_error *err)
{
	char text[128];
	if (s->missing == 0 || s->start.development)
		return 0;
	return ls_fail(err, -EPERM, "enclave.unconfined",
		       "the enclave cannot confine itself on this machine: %s cannot be had; only "
		       "a policy with 'development: true' may go on without",
		       ls_confine_missing_text(s->missing, text, sizeof(text)));
}

static int open_key(struct server *s, struct ls_error *err)
{
	struct ls_key_channel channel = {
		.stream = &s->streams[PEER_SUPERVISOR],
		.other = hold_other,
		.context = s,
	};
	struct ls_signer signer;
	s->backend = ls_key_backend_find(s->start.backend);
	if (!s->backend)
		return ls_fail(err, -EINVAL, "enclave.start.backend",
			       "there is no key backend '%.*s'", (int)s->start.backend.size,
			       (const char *)s->start.backend.data);
	if (!ls_key_backend_may_be(s->backend, s->start.key_kind))
		return ls_fail(err, -EINVAL, "enclave.start.kind",
			       "a key of the backend '%s' cannot be called '%.*s'",
			       s->backend->name, (int)s->start.key_kind.size,
			       (const char *)s->start.key_kind.data);
	int rc = s->backend->open(&s->start, &channel, &s->key, err);
	explicit_bzero((void *)s->start.key.data, s->start.key.size);
	if (rc < 0)
		return rc;
	s->backend->signer(s->key, &signer);
	return ls_sealer_new(&s->start, &signer, s->backend->measured, &s->sealer, err);
}

/* One signature over a text of its own, so that a key that does not work shows at the start. */
static int try_key(struct server *s, struct ls_error *err)
{
	static const char text[] = "labseal/key-check/v1\n";
	uint8_t der[LS_P256_SIGNATURE_MAX];
	size_t size;
	struct ls_digest digest;
	struct ls_signer signer;
	ls_sha256_buffer(text, strlen(text), &digest);
	s->backend->signer(s->key, &signer);
	return ls_signer_sign(&signer, &digest, der, &size, err);
}

static int on_start(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	int rc = copy_start(s, m, err);
	if (rc == 0)
		rc = check_confined(s, err);
	if (rc == 0)
		rc = open_key(s, err);
	if (rc == 0)
		rc = try_key(s, err);
	s->state = STATE_KEY;
	return rc;
}

static int on_resume(struct server *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_resume resume;
	int rc = ls_decode_resume(m, &resume, err);
	if (rc == 0)
		rc = ls_sealer_resume(s->sealer, &resume, err);
	if (rc < 0)
		return rc;
	s->published = ls_sealer_size(s->sealer);
	s->state = STATE_IDLE;
	return send_empty(s, PEER_SUPERVISOR, LS_MSG_READY, err);
}

/* --- the table, and the loop ------------------------------------------------------------------ */

static const struct {
	enum peer from;
	uint32_t type;
	unsigned states; /* in which it is allowed */
	int (*handle)(struct server *s, const struct ls_message *m, struct ls_error *err);
} allowed[] = {
	{ PEER_SUPERVISOR, LS_MSG_START, STATE_NEW, on_start },
	{ PEER_OUT, LS_MSG_RESUME, STATE_KEY, on_resume },
	{ PEER_IN, LS_MSG_DELIVERY_BEGIN, STATE_IDLE, on_begin },
	{ PEER_IN, LS_MSG_DELIVERY_DATA, STATE_FILE, on_data },
	{ PEER_IN, LS_MSG_DELIVERY_END, STATE_FILE, on_end },
	{ PEER_IN, LS_MSG_EVENT, STATE_IDLE, on_diode_event },
	{ PEER_OUT, LS_MSG_PUBLISHED, STATE_SERVING | STATE_STOP, on_published },
	{ PEER_SUPERVISOR, LS_MSG_EVENT, STATE_KEY | STATE_SERVING, on_supervisor_event },
	{ PEER_SUPERVISOR, LS_MSG_STOP, STATE_NEW | STATE_KEY | STATE_SERVING, on_stop },
};

static int dispatch(struct server *s, enum peer from, const struct ls_message *m,
		    struct ls_error *err)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i].from == from && allowed[i].type == m->type &&
		    (allowed[i].states & s->state))
			return allowed[i].handle(s, m, err);
	return ls_fail(err, -EPROTO, "enclave.protocol.unexpected",
		       "%s sent message 0x%04x, which is not allowed now (state %d)",
		       peer_names[from], m->type, s->state);
}

/* Whether to look at this peer's messages now.  What is not looked at waits in its socket. */
static bool is_heard(const struct server *s, enum peer peer)
{
	if (s->closed[peer])
		return false;
	switch (peer) {
	case PEER_SUPERVISOR: return s->held_count < HELD_MAX;
	case PEER_OUT: return s->state != STATE_NEW;
	default: return (s->state & STATE_SERVING) && may_take_work(s);
	}
}

/* -ECONNRESET when the peer is one that we cannot be without. */
static int on_closed(struct server *s, enum peer peer, struct ls_error *err)
{
	s->closed[peer] = true;
	if (peer == PEER_IN)
		return abandon_file(s, err);
	return ls_fail(err, -ECONNRESET, "enclave.closed", "%s went away", peer_names[peer]);
}

/* Serve one message of this peer if it is here or can be read: 1, 0 (none), or an error. */
static int serve_one(struct server *s, enum peer peer, bool readable, struct ls_error *err)
{
	struct ls_message m;
	int rc = ls_message_next(&s->streams[peer], &m, err);
	if (rc == -EAGAIN && readable)
		rc = ls_message_receive(&s->streams[peer], &m, err);
	if (rc == -EAGAIN)
		return 0;
	if (rc == 0 || rc == -ECONNRESET)
		return on_closed(s, peer, err);
	if (rc > 0)
		rc = dispatch(s, peer, &m, err);
	return rc < 0 ? rc : 1;
}

/* Wait until a peer that is heard can be read; bit set of peers. */
static int wait_readable(const struct server *s, unsigned *ret_readable, struct ls_error *err)
{
	struct pollfd fds[PEER_COUNT];
	for (int p = 0; p < PEER_COUNT; p++)
		fds[p] = (struct pollfd){ .fd = is_heard(s, p) ? s->streams[p].fd : -1,
					  .events = POLLIN };
	*ret_readable = 0;
	if (poll(fds, PEER_COUNT, -1) < 0)
		return errno == EINTR ? 0
				      : ls_fail_errno(err, errno, "enclave.poll", "cannot wait");
	for (unsigned p = 0; p < PEER_COUNT; p++)
		if (fds[p].revents)
			*ret_readable |= 1u << p;
	return 0;
}

/* All messages that are here already, the supervisor's first; then wait for more. */
static int serve_round(struct server *s, unsigned *readable, struct ls_error *err)
{
	bool served = false;
	for (int p = 0; p < PEER_COUNT; p++) {
		if (!is_heard(s, p))
			continue;
		int rc = serve_one(s, p, *readable >> p & 1, err);
		if (rc < 0)
			return rc;
		*readable &= ~(1u << p);
		served = served || rc > 0;
		rc = serve_held(s, err);
		if (rc < 0)
			return rc;
	}
	return served ? 0 : wait_readable(s, readable, err);
}

static bool is_finished(const struct server *s)
{
	return s->state == STATE_STOP && s->waiting_count == 0;
}

static int serve(struct server *s, struct ls_error *err)
{
	unsigned readable = 0;
	int rc = 0;
	while (rc == 0 && !is_finished(s))
		rc = serve_round(s, &readable, err);
	return rc;
}

/* The last message; the log gets it too, for when nobody reads the channel any more. */
static void say_failed(struct server *s, const struct ls_error *why)
{
	struct ls_failed failed = {
		.id = { (const uint8_t *)why->id, strlen(why->id) },
		.message = { (const uint8_t *)why->message, strlen(why->message) },
	};
	ls_log_error(why);
	ls_buffer_clear(&s->out);
	if (ls_encode_failed(&failed, &s->out) == 0)
		ls_message_send(s->streams[PEER_SUPERVISOR].fd, LS_MSG_FAILED, s->out.data,
				s->out.size, NULL);
}

static const int channels[PEER_COUNT] = {
	[PEER_SUPERVISOR] = LS_ENCLAVE_SUPERVISOR,
	[PEER_OUT] = LS_ENCLAVE_OUT,
	[PEER_IN] = LS_ENCLAVE_IN,
};

int ls_enclave_open_channels(struct ls_error *err)
{
	for (int p = 0; p < PEER_COUNT; p++) {
		int flags = fcntl(channels[p], F_GETFL);
		if (flags < 0 || fcntl(channels[p], F_SETFL, flags | O_NONBLOCK) < 0)
			return ls_fail_errno(err, errno, "enclave.channels",
					     "descriptor %d is not a channel to %s; "
					     "labseal-enclave is started by labseald",
					     channels[p], peer_names[p]);
	}
	return 0;
}

int ls_enclave_serve(unsigned missing)
{
	struct ls_error err = { 0 };
	static struct server s; /* too large for a stack; one a process */
	s.state = STATE_NEW;
	s.missing = missing;
	ls_buffer_init(&s.start_body, LS_MESSAGE_MAX);
	ls_buffer_init(&s.out, LS_MESSAGE_MAX);
	for (int p = 0; p < PEER_COUNT; p++)
		ls_message_stream_init(&s.streams[p], channels[p]);
	if (serve(&s, &err) < 0) {
		say_failed(&s, &err);
		return strcmp(err.id, "enclave.unconfined") == 0 ? LS_EXIT_UNCONFINED
								 : LS_EXIT_FAILED;
	}
	if (s.key)
		s.backend->close(s.key);
	return LS_EXIT_HOLDS;
}
