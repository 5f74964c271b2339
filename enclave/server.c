/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/server.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>

#include "enclave/confinement.h"
#include "enclave/serving.h"
#include "lib/base/exit.h"
#include "lib/base/log.h"
#include "lib/proc/confine.h"

const char *const ls_server_peer_names[LS_PEER_COUNT] = { "the supervisor", "the publisher",
							  "the diode" };

/* What is half here stays in the diode's spool; what is whole here, and events, are sealed. */
int ls_server_on_stop(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	(void)m;
	int rc = ls_server_abandon_file(s, err);
	if (s->holds_results)
		ls_server_forget_batch(s);
	s->state = LS_STATE_STOP;
	return rc;
}

/* --- the start ---------------------------------------------------------------------------- */

static int copy_start(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	if (ls_buffer_add(&s->start_body, m->body, m->size) < 0)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for the start");
	/* it may hold a key: one copy is enough */
	explicit_bzero((void *)m->body, m->size);
	struct ls_message copy = { m->type, s->start_body.data, s->start_body.size };
	return ls_decode_start(&copy, &s->start, err);
}

static int check_confined(const struct ls_server *s, struct ls_error *err)
{
	char text[128];
	if (s->missing == 0 || s->start.development)
		return 0;
	return ls_fail(err, -EPERM, "enclave.unconfined",
		       "the enclave cannot confine itself on this machine: %s cannot be had; only "
		       "a policy with 'development: true' may go on without",
		       ls_confine_missing_text(s->missing, text, sizeof(text)));
}

/* The key beside it, if there is one: held to what the trust file names, and tried once. */
static int open_ed25519(struct ls_server *s, struct ls_error *err)
{
	static const char text[] = "labseal/key-check/v1\n";
	uint8_t signature[LS_ED25519_SIGNATURE_SIZE];
	struct ls_ed25519_signer signer;
	enum ls_key_kind kind = LS_KEY_FILE;
	const struct ls_bytes *named = &s->start.ed25519_public;
	if (s->start.ed25519.size == 0)
		return 0;
	int rc = s->backend->open_ed25519(s->key, &s->start, &signer, err);
	explicit_bzero((void *)s->start.ed25519.data, s->start.ed25519.size);
	if (rc == 0 && (named->size != LS_ED25519_KEY_SIZE ||
			memcmp(named->data, signer.key.bytes, LS_ED25519_KEY_SIZE) != 0))
		rc = ls_fail(err, -EKEYREJECTED, "enclave.start.ed25519",
			     "the Ed25519 key is not the one whose public half is in "
			     "state/keys/log-ed25519.pub: the state folder is mixed from two "
			     "provisionings; restore it from a backup");
	if (rc == 0)
		rc = ls_ed25519_signer_sign(&signer, text, strlen(text), signature, err);
	if (rc < 0)
		return rc;
	ls_key_kind_parse((const char *)s->start.key_kind.data, s->start.key_kind.size, &kind);
	ls_sealer_set_ed25519(s->sealer, &signer, ls_ed25519_kind_beside(kind));
	return 0;
}

static int open_key(struct ls_server *s, struct ls_error *err)
{
	struct ls_key_channel channel = {
		.stream = &s->streams[LS_PEER_SUPERVISOR],
		.waiting = { .other = ls_server_take_other,
			     .wait = ls_server_work_meanwhile,
			     .context = s },
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
	rc = ls_sealer_new(&s->start, &signer, s->backend->measured, &s->sealer, err);
	return rc < 0 ? rc : open_ed25519(s, err);
}

/* One signature over a text of its own, so that a key that does not work shows at the start. */
static int try_key(struct ls_server *s, struct ls_error *err)
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

/* The key works and everything is loaded: what is left to do needs much less. */
static int confine_serving(struct ls_server *s, struct ls_error *err)
{
	unsigned missing = 0;
	int folder = s->backend->folder ? s->backend->folder(s->key) : -1;
	int rc = ls_enclave_confine_serving(folder, &missing, err);
	s->missing |= missing;
	return rc < 0 ? rc : check_confined(s, err);
}

/* In each record, for whoever reads it. */
static void say_what_is_missing(const struct ls_server *s)
{
	char text[LS_UNCONFINED_SIZE];
	if (s->missing != 0)
		ls_sealer_set_unconfined(s->sealer,
					 ls_confine_missing_text(s->missing, text, sizeof(text)));
}

static int on_start(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	int rc = copy_start(s, m, err);
	if (rc == 0)
		rc = check_confined(s, err);
	if (rc == 0)
		rc = open_key(s, err);
	if (rc == 0)
		rc = try_key(s, err);
	if (rc == 0)
		rc = confine_serving(s, err);
	if (rc == 0) {
		say_what_is_missing(s);
		ls_sealer_set_calibration(s->sealer, &s->calibration);
	}
	s->state = LS_STATE_KEY;
	return rc;
}

int ls_server_take_up(struct ls_server *s, struct ls_error *err)
{
	s->is_resumed = true;
	s->state = LS_STATE_IDLE;
	return ls_server_send_empty(s, LS_PEER_SUPERVISOR, LS_MSG_READY, err);
}

static int on_resume(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	struct ls_resume resume;
	int rc = ls_decode_resume(m, &resume, err);
	if (rc == 0)
		rc = ls_sealer_resume(s->sealer, &resume, err);
	if (rc < 0)
		return rc;
	s->published = ls_sealer_size(s->sealer);
	rc = ls_server_evidence_begin(s, &resume, err);
	return rc < 0 ? rc : ls_server_anchor(s, resume.checkpoint, err);
}

/* --- the table, and the loop ------------------------------------------------------------------ */

static const struct {
	enum ls_server_peer from;
	uint32_t type;
	unsigned states; /* in which it is allowed */
	int (*handle)(struct ls_server *s, const struct ls_message *m, struct ls_error *err);
} allowed[] = {
	{ LS_PEER_SUPERVISOR, LS_MSG_START, LS_STATE_NEW, on_start },
	{ LS_PEER_OUT, LS_MSG_RESUME, LS_STATE_KEY, on_resume },
	{ LS_PEER_IN, LS_MSG_DELIVERY_BEGIN, LS_STATE_IDLE, ls_server_on_begin },
	{ LS_PEER_IN, LS_MSG_DELIVERY_DATA, LS_STATE_FILE, ls_server_on_data },
	{ LS_PEER_IN, LS_MSG_DELIVERY_END, LS_STATE_FILE, ls_server_on_end },
	{ LS_PEER_IN, LS_MSG_EVENT, LS_STATE_IDLE, ls_server_on_diode_event },
	{ LS_PEER_OUT, LS_MSG_PUBLISHED, LS_STATE_SERVING | LS_STATE_STOP, ls_server_on_published },
	{ LS_PEER_OUT, LS_MSG_EVIDENCED, LS_STATE_SERVING | LS_STATE_STOP, ls_server_on_evidenced },
	{ LS_PEER_OUT, LS_MSG_PROOF, LS_STATE_PROOF, ls_server_on_proof },
	{ LS_PEER_OUT, LS_MSG_PUBLISHED, LS_STATE_ADOPTING, ls_server_on_adopted },
	{ LS_PEER_SUPERVISOR, LS_MSG_EVENT,
	  LS_STATE_KEY | LS_STATE_PROOF | LS_STATE_ADOPTING | LS_STATE_SERVING,
	  ls_server_on_supervisor_event },
	{ LS_PEER_SUPERVISOR, LS_MSG_CALIBRATION,
	  LS_STATE_KEY | LS_STATE_PROOF | LS_STATE_ADOPTING | LS_STATE_SERVING,
	  ls_server_on_calibration },
	{ LS_PEER_SUPERVISOR, LS_MSG_STOP,
	  LS_STATE_NEW | LS_STATE_KEY | LS_STATE_PROOF | LS_STATE_ADOPTING | LS_STATE_SERVING,
	  ls_server_on_stop },
};

static int dispatch(struct ls_server *s, enum ls_server_peer from, const struct ls_message *m,
		    struct ls_error *err)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
		if (allowed[i].from == from && allowed[i].type == m->type &&
		    (allowed[i].states & s->state))
			return allowed[i].handle(s, m, err);
	return ls_fail(err, -EPROTO, "enclave.protocol.unexpected",
		       "%s sent message 0x%04x, which is not allowed now (state %d)",
		       ls_server_peer_names[from], m->type, s->state);
}

bool ls_server_hears(const struct ls_server *s, enum ls_server_peer peer)
{
	if (s->closed[peer])
		return false;
	switch (peer) {
	case LS_PEER_SUPERVISOR: return s->held_count < LS_HELD_MAX;
	case LS_PEER_OUT: return s->state != LS_STATE_NEW;
	default:
		return (s->state & LS_STATE_SERVING) && !s->stop_asked && !s->file.waits &&
		       !s->holds_results && ls_server_may_take_work(s);
	}
}

/* -ECONNRESET when the peer is one that we cannot be without. */
static int on_closed(struct ls_server *s, enum ls_server_peer peer, struct ls_error *err)
{
	s->closed[peer] = true;
	if (peer == LS_PEER_IN)
		return ls_server_abandon_file(s, err);
	return ls_fail(err, -ECONNRESET, "enclave.closed", "%s went away",
		       ls_server_peer_names[peer]);
}

int ls_server_serve_one(struct ls_server *s, enum ls_server_peer peer, bool readable,
			struct ls_error *err)
{
	struct ls_message m;
	int rc = ls_message_next(&s->streams[peer], &m, err);
	if (rc == -EAGAIN && readable)
		rc = ls_message_receive(&s->streams[peer], &m, err);
	if (rc == -EAGAIN)
		return 0;
	if (rc == 0 || rc == -ECONNRESET)
		rc = on_closed(s, peer, err);
	else if (rc > 0)
		rc = dispatch(s, peer, &m, err);
	return rc < 0 ? rc : 1;
}

int ls_server_wait(const struct ls_server *s, unsigned peers, int timeout_ms,
		   unsigned *ret_readable, struct ls_error *err)
{
	struct pollfd fds[LS_PEER_COUNT];
	for (unsigned p = 0; p < LS_PEER_COUNT; p++)
		fds[p] = (struct pollfd){ .fd = peers >> p & 1 ? s->streams[p].fd : -1,
					  .events = POLLIN };
	*ret_readable = 0;
	if (poll(fds, LS_PEER_COUNT, timeout_ms) < 0)
		return errno == EINTR ? 0
				      : ls_fail_errno(err, errno, "enclave.poll", "cannot wait");
	for (unsigned p = 0; p < LS_PEER_COUNT; p++)
		if (fds[p].revents)
			*ret_readable |= 1u << p;
	return 0;
}

static unsigned heard(const struct ls_server *s)
{
	unsigned peers = 0;
	for (unsigned p = 0; p < LS_PEER_COUNT; p++)
		if (ls_server_hears(s, p))
			peers |= 1u << p;
	return peers;
}

/* All messages that are here already, the supervisor's first; then wait for more. */
static int serve_round(struct ls_server *s, unsigned *readable, struct ls_error *err)
{
	bool served = false;
	for (int p = 0; p < LS_PEER_COUNT; p++) {
		if (!ls_server_hears(s, p))
			continue;
		int rc = ls_server_serve_one(s, p, *readable >> p & 1, err);
		if (rc < 0)
			return rc;
		*readable &= ~(1u << p);
		served = served || rc > 0;
		rc = ls_server_seal_what_waits(s, err);
		if (rc < 0)
			return rc;
	}
	if (served)
		return 0;
	return ls_server_wait(s, heard(s), ls_server_evidence_wait(s), readable, err);
}

static bool is_finished(const struct ls_server *s)
{
	return s->state == LS_STATE_STOP && s->waiting_count == 0 && s->unpublished_count == 0 &&
	       (!s->is_resumed || (s->held_count == 0 && s->gathering->count == 0));
}

static int serve(struct ls_server *s, struct ls_error *err)
{
	unsigned readable = 0;
	int rc = 0;
	while (rc == 0 && !is_finished(s)) {
		rc = serve_round(s, &readable, err);
		if (rc == 0)
			rc = ls_server_evidence_make(s, false, err);
	}
	return rc < 0 ? rc : ls_server_evidence_make(s, true, err);
}

/* The last message; the log gets it too, for when nobody reads the channel any more. */
static void say_failed(struct ls_server *s, const struct ls_error *why)
{
	struct ls_failed failed = {
		.id = { (const uint8_t *)why->id, strlen(why->id) },
		.message = { (const uint8_t *)why->message, strlen(why->message) },
	};
	ls_log_error(why);
	ls_buffer_clear(&s->out);
	if (ls_encode_failed(&failed, &s->out) == 0)
		ls_message_send(s->streams[LS_PEER_SUPERVISOR].fd, LS_MSG_FAILED, s->out.data,
				s->out.size, NULL);
}

static const int channels[LS_PEER_COUNT] = {
	[LS_PEER_SUPERVISOR] = LS_ENCLAVE_SUPERVISOR,
	[LS_PEER_OUT] = LS_ENCLAVE_OUT,
	[LS_PEER_IN] = LS_ENCLAVE_IN,
};

int ls_enclave_open_channels(struct ls_error *err)
{
	for (int p = 0; p < LS_PEER_COUNT; p++) {
		int flags = fcntl(channels[p], F_GETFL);
		if (flags < 0 || fcntl(channels[p], F_SETFL, flags | O_NONBLOCK) < 0)
			return ls_fail_errno(err, errno, "enclave.channels",
					     "descriptor %d is not a channel to %s; "
					     "labseal-enclave is started by labseald",
					     channels[p], ls_server_peer_names[p]);
	}
	return 0;
}

int ls_enclave_serve(unsigned missing)
{
	struct ls_error err = { 0 };
	static struct ls_server s; /* too large for a stack; one a process */
	s.state = LS_STATE_NEW;
	s.missing = missing;
	s.gathering = &s.batches[0];
	ls_buffer_init(&s.start_body, LS_MESSAGE_MAX);
	ls_buffer_init(&s.out, LS_MESSAGE_MAX);
	for (int p = 0; p < LS_PEER_COUNT; p++)
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
