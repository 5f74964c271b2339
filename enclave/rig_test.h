/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A rig for tests of the real program: the test plays the diode, the publisher
 * and the supervisor (with a TPM of its own behind the filter, when it has one)
 * and checks every seal as an auditor would.
 */
#ifndef LABSEAL_ENCLAVE_RIG_TEST_H
#define LABSEAL_ENCLAVE_RIG_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "enclave/server.h"
#include "lib/base/p256.h"
#include "lib/base/test.h"
#include "lib/log/merkle.h"
#include "lib/log/proof.h"
#include "lib/proc/child.h"
#include "lib/proc/protocol.h"
#include "lib/seal/ca.h"
#include "lib/seal/cms.h"
#include "lib/seal/manifest.h"
#include "lib/seal/record.h"
#include "lib/tpm/command_filter.h"
#include "lib/tpm/transport.h"

#define RIG_ORIGIN   "labseal/test-01"
#define RIG_WAIT_MS  10000
#define RIG_KEPT     64
#define RIG_PAYLOADS 1400

enum rig_peer { RIG_IN, RIG_OUT, RIG_SUPERVISOR, RIG_PEERS };

struct rig_payload {
	char name[LS_SAFE_NAME_SIZE];
	struct ls_digest sha256;
	uint64_t size;
};

struct rig {
	/* what outlives one run of the program: keys and the share */
	struct ls_p256_key *ca, *file_key;
	struct ls_signer signer; /* its key is the signing key, whatever holds it */
	struct ls_buffer ca_certificate, certificate, pem;
	const struct ls_ed25519_public *ed25519; /* checkpoints must have its line; NULL: none */
	struct ls_merkle_frontier frontier;
	struct ls_sha256 hash;
	struct ls_buffer checkpoint;
	struct ls_resume resume;

	/* one run */
	pid_t pid;
	int fds[RIG_PEERS];
	struct ls_message_stream streams[RIG_PEERS];
	struct ls_buffer body;
	int tpm_fd;	       /* -1: none */
	unsigned tpm_answers;  /* so many commands are still answered, then failure */
	unsigned tpm_commands; /* seen */
	bool tpm_silent;       /* a command is kept, and answered when this ends */
	struct ls_buffer tpm_pending;
	bool tpm_may_die;		      /* when it fails, the enclave is let go of */
	struct ls_buffer kept_body[RIG_KEPT]; /* the supervisor's messages that came in between */
	uint32_t kept_type[RIG_KEPT];
	unsigned kept;
	bool over; /* the supervisor's channel is at its end */

	/* the last seal, copied */
	struct ls_record record;
	uint64_t payload_size; /* of its first */
	char label[128];
	uint32_t sealed_count; /* of the SEALED message looked at last */

	/* payloads that came and are not sealed yet; the first so many are closed */
	struct rig_payload payloads[RIG_PAYLOADS];
	size_t payload_count, closed_count;
	uint64_t streaming; /* bytes of the one under way */
	struct ls_sha256 payload_hash;
};

static inline void rig_keys(struct rig *r)
{
	memset(r, 0, sizeof(*r));
	r->tpm_fd = -1;
	for (int p = 0; p < RIG_PEERS; p++)
		r->fds[p] = -1;
	r->tpm_answers = ~0u;
	ls_buffer_init(&r->ca_certificate, 8192);
	ls_buffer_init(&r->certificate, 8192);
	ls_buffer_init(&r->pem, 8192);
	ls_buffer_init(&r->checkpoint, 65536);
	ls_buffer_init(&r->body, LS_MESSAGE_MAX);
	ls_buffer_init(&r->tpm_pending, LS_TPM_BUFFER_SIZE);
	ls_merkle_frontier_init(&r->frontier);
	CHECK_INT_EQ(ls_p256_key_generate(&r->ca, NULL), 0);
	CHECK_INT_EQ(ls_p256_key_generate(&r->file_key, NULL), 0);
	ls_p256_key_signer(r->file_key, &r->signer);
	CHECK_INT_EQ(ls_p256_key_to_pem(r->file_key, &r->pem, NULL), 0);
	CHECK_INT_EQ(
		ls_ca_create(r->ca, "Test CA", 1000000000, 4000000000, &r->ca_certificate, NULL),
		0);
}

static inline void rig_certify(struct rig *r, const struct ls_p256_public *key)
{
	struct ls_der ca = { r->ca_certificate.data, r->ca_certificate.size };
	r->signer.key = *key;
	ls_buffer_clear(&r->certificate);
	CHECK_INT_EQ(ls_ca_issue(r->ca, ca, key, "test-01", 1000000000, 4000000000, &r->certificate,
				 NULL),
		     0);
}

/* --- one run ------------------------------------------------------------------------ */

/* build/labseal-enclave, from build/enclave/..._test or a bench. */
static inline const char *rig_program(char *buffer, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buffer, size - 1);
	buffer[n > 0 ? n : 0] = '\0';
	char *at = strstr(buffer, "/tests/bench/");
	for (char *next = buffer; (next = strstr(next, "/enclave/")); next++)
		at = next;
	if (at)
		snprintf(at, size - (size_t)(at - buffer), "/labseal-enclave");
	return buffer;
}

static inline int rig_spawn(struct rig *r)
{
	static const int numbers[RIG_PEERS] = { LS_ENCLAVE_IN, LS_ENCLAVE_OUT,
						LS_ENCLAVE_SUPERVISOR };
	char path[512];
	const char *argv[] = { rig_program(path, sizeof(path)), NULL };
	struct ls_child_fd fds[RIG_PEERS];
	int theirs[RIG_PEERS];
	for (int p = 0; p < RIG_PEERS; p++) {
		int pair[2];
		ls_socket_pair(pair, NULL);
		r->fds[p] = pair[0];
		theirs[p] = pair[1];
		fcntl(pair[0], F_SETFL, O_NONBLOCK);
		fds[p] = (struct ls_child_fd){ pair[1], numbers[p] };
		ls_message_stream_init(&r->streams[p], pair[0]);
	}
	struct ls_child_spec spec = { .path = path,
				      .argv = argv,
				      .fds = fds,
				      .fd_count = RIG_PEERS,
				      .death_signal = SIGKILL };
	struct ls_error err = { 0 };
	int rc = ls_child_spawn(&spec, &r->pid, &err);
	for (int p = 0; p < RIG_PEERS; p++)
		close(theirs[p]);
	if (rc < 0)
		TEST_FAIL("%s", err.message);
	return rc;
}

static inline void rig_close(struct rig *r, enum rig_peer p)
{
	if (r->fds[p] >= 0)
		close(r->fds[p]);
	r->fds[p] = -1;
	ls_message_stream_free(&r->streams[p]);
}

/* The exit status, or -1 (by a signal) or -2 (still there, and killed now). */
static inline int rig_wait(struct rig *r)
{
	int status;
	if (r->pid <= 0)
		return -1;
	if (ls_child_wait(r->pid, RIG_WAIT_MS, &status) != 1) {
		ls_child_stop(r->pid, 0);
		r->pid = 0;
		return -2;
	}
	r->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* End a run, whatever state it is in; keys and share stay. */
static inline void rig_end(struct rig *r)
{
	for (int p = 0; p < RIG_PEERS; p++)
		rig_close(r, p);
	ls_child_stop(r->pid, 0);
	r->pid = 0;
	for (unsigned i = 0; i < r->kept; i++)
		ls_buffer_free(&r->kept_body[i]);
	r->kept = 0;
	r->payload_count = r->closed_count = 0;
	r->over = false;
}

static inline void rig_free(struct rig *r)
{
	rig_end(r);
	ls_p256_key_free(r->ca);
	ls_p256_key_free(r->file_key);
	ls_record_free(&r->record);
	ls_sha256_free(&r->hash);
	ls_sha256_free(&r->payload_hash);
	ls_buffer_free(&r->ca_certificate);
	ls_buffer_free(&r->certificate);
	ls_buffer_free(&r->pem);
	ls_buffer_free(&r->checkpoint);
	ls_buffer_free(&r->body);
	ls_buffer_free(&r->tpm_pending);
}

/* --- messages ------------------------------------------------------------------------- */

static inline void rig_send(struct rig *r, enum rig_peer p, uint32_t type, const void *body,
			    size_t n)
{
	struct ls_error err = { 0 };
	if (ls_message_send(r->fds[p], type, body, n, &err) < 0)
		TEST_FAIL("sending 0x%04x: %s", type, err.message);
}

#define RIG_SEND(r, peer, type, name, value)                             \
	do {                                                             \
		ls_buffer_clear(&(r)->body);                             \
		CHECK_INT_EQ(ls_encode_##name(value, &(r)->body), 0);    \
		rig_send(r, peer, type, (r)->body.data, (r)->body.size); \
	} while (0)

/* As the supervisor does it: what the filter allows goes to the TPM. */
static inline void rig_broker(struct rig *r, const struct ls_message *m)
{
	uint8_t response[LS_TPM_BUFFER_SIZE];
	size_t n = LS_TPM_ERROR_RESPONSE_SIZE;
	uint32_t rc = 0x101; /* TPM_RC_FAILURE */
	struct ls_error err = { 0 };
	r->tpm_commands++;
	if (ls_tpm_command_check(m->body, m->size, &rc, &err) < 0) {
		TEST_FAIL("%s", err.message);
		ls_tpm_error_response(rc, response);
	} else if (r->tpm_answers == 0 || r->tpm_fd < 0) {
		ls_tpm_error_response(rc, response);
	} else if (ls_tpm_exchange(r->tpm_fd, r->tpm_may_die ? 300 : RIG_WAIT_MS, m->body, m->size,
				   response, &n, &err) < 0) {
		if (r->tpm_may_die) /* as labseald: the enclave goes, and is started anew */
			rig_close(r, RIG_SUPERVISOR);
		else
			TEST_FAIL("%s", err.message);
		return;
	}
	if (r->tpm_answers != 0 && r->tpm_answers != ~0u)
		r->tpm_answers--;
	rig_send(r, RIG_SUPERVISOR, LS_MSG_TPM_RESPONSE, response, n);
}

static inline void rig_keep(struct rig *r, const struct ls_message *m)
{
	if (r->kept == RIG_KEPT)
		return;
	ls_buffer_init(&r->kept_body[r->kept], LS_MESSAGE_MAX);
	ls_buffer_add(&r->kept_body[r->kept], m->body, m->size);
	r->kept_type[r->kept++] = m->type;
}

/* A message of the supervisor's that was kept; its body is valid until the next one. */
static inline bool rig_take_kept(struct rig *r, struct ls_message *m)
{
	if (r->kept == 0)
		return false;
	ls_buffer_clear(&r->body);
	ls_buffer_add(&r->body, r->kept_body[0].data, r->kept_body[0].size);
	*m = (struct ls_message){ r->kept_type[0], r->body.data, r->body.size };
	ls_buffer_free(&r->kept_body[0]);
	r->kept--;
	memmove(r->kept_body, r->kept_body + 1, r->kept * sizeof(r->kept_body[0]));
	memmove(r->kept_type, r->kept_type + 1, r->kept * sizeof(r->kept_type[0]));
	return true;
}

/* Serve the TPM and keep the supervisor's other messages, as long as there are any here. */
static inline void rig_serve_supervisor(struct rig *r)
{
	struct ls_message m;
	int rc = -EAGAIN;
	if (r->tpm_pending.size > 0 && !r->tpm_silent) {
		m = (struct ls_message){ LS_MSG_TPM_COMMAND, r->tpm_pending.data,
					 r->tpm_pending.size };
		rig_broker(r, &m);
		ls_buffer_clear(&r->tpm_pending);
	}
	while (r->fds[RIG_SUPERVISOR] >= 0 && !r->over &&
	       (rc = ls_message_receive(&r->streams[RIG_SUPERVISOR], &m, NULL)) > 0) {
		if (m.type == LS_MSG_TPM_COMMAND && r->tpm_silent)
			ls_buffer_add(&r->tpm_pending, m.body, m.size);
		else if (m.type == LS_MSG_TPM_COMMAND)
			rig_broker(r, &m);
		else
			rig_keep(r, &m);
	}
	r->over = r->over || rc != -EAGAIN;
}

/* The next message of a peer: 1, 0 at its end, -ETIMEDOUT. */
static inline int rig_next(struct rig *r, enum rig_peer p, struct ls_message *m)
{
	for (int waited = 0; waited < RIG_WAIT_MS; waited += 1) {
		rig_serve_supervisor(r);
		if (p == RIG_SUPERVISOR) {
			if (rig_take_kept(r, m))
				return 1;
			if (r->over)
				return 0;
		} else {
			int rc = ls_message_receive(&r->streams[p], m, NULL);
			if (rc != -EAGAIN)
				return rc > 0 ? 1 : 0;
		}
		struct pollfd fds[2] = { { r->fds[RIG_SUPERVISOR], POLLIN, 0 },
					 { r->fds[p], POLLIN, 0 } };
		poll(fds, 2, 1);
		if (p == RIG_SUPERVISOR && (fds[1].revents & POLLHUP) && !(fds[1].revents & POLLIN))
			return 0;
	}
	return -ETIMEDOUT;
}

static inline bool rig_expect(struct rig *r, enum rig_peer p, uint32_t type, struct ls_message *m)
{
	static const char *const names[] = { "in", "out", "supervisor" };
	int rc = rig_next(r, p, m);
	if (rc == 1 && m->type == type)
		return true;
	struct ls_failed failed;
	if (rc == 1 && m->type == LS_MSG_FAILED && ls_decode_failed(m, &failed, NULL) == 0)
		TEST_FAIL("FAILED: %.*s", (int)failed.message.size,
			  (const char *)failed.message.data);
	else
		TEST_FAIL("%s: wanted 0x%04x, got %d 0x%04x", names[p], type, rc,
			  rc == 1 ? m->type : 0);
	return false;
}

/* The program ends with this status after a FAILED with this id and these words. */
static inline void rig_expect_failed(struct rig *r, const char *id, const char *words, int status)
{
	struct ls_message m;
	struct ls_failed failed;
	char text[1100];
	if (!rig_expect(r, RIG_SUPERVISOR, LS_MSG_FAILED, &m))
		return;
	CHECK_INT_EQ(ls_decode_failed(&m, &failed, NULL), 0);
	snprintf(text, sizeof(text), "%.*s", (int)failed.id.size, (const char *)failed.id.data);
	CHECK_STR_EQ(text, id);
	snprintf(text, sizeof(text), "%.*s", (int)failed.message.size,
		 (const char *)failed.message.data);
	CHECK_STR_HAS(text, words);
	CHECK_INT_EQ(rig_wait(r), status);
}

/* --- the supervisor's part ---------------------------------------------------------------- */

static inline struct ls_bytes rig_bytes(const void *data, size_t n)
{
	return (struct ls_bytes){ data, n };
}

static inline struct ls_bytes rig_text(const char *text)
{
	return rig_bytes(text, strlen(text));
}

static inline struct ls_start rig_start(const struct rig *r)
{
	return (struct ls_start){
		.instrument = rig_text("test-01"),
		.origin = rig_text(RIG_ORIGIN),
		.backend = rig_text("file"),
		.key = rig_bytes(r->pem.data, r->pem.size),
		.certificate = rig_bytes(r->certificate.data, r->certificate.size),
		.key_kind = rig_text("file"),
		.policy = { { 1 } },
		.domain_xml = { { 2 } },
		.base_image = { { 3 } },
		.development = 1,
	};
}

static inline void rig_resume(struct rig *r)
{
	r->resume.checkpoint = rig_bytes(r->checkpoint.data, r->checkpoint.size);
	r->resume.frontier_count = ls_merkle_frontier_count(r->frontier.size);
	memcpy(r->resume.frontier, r->frontier.hashes,
	       r->resume.frontier_count * sizeof(struct ls_digest));
}

/* START, RESUME, READY. */
static inline bool rig_run(struct rig *r, const struct ls_start *start)
{
	struct ls_message m;
	if (rig_spawn(r) < 0)
		return false;
	RIG_SEND(r, RIG_SUPERVISOR, LS_MSG_START, start, start);
	rig_resume(r);
	RIG_SEND(r, RIG_OUT, LS_MSG_RESUME, resume, &r->resume);
	return rig_expect(r, RIG_SUPERVISOR, LS_MSG_READY, &m);
}

/* The enclave, which was told to stop, does; its TPM commands are answered meanwhile. */
static inline void rig_stops(struct rig *r)
{
	for (int i = 0; i < RIG_WAIT_MS / 20 && r->pid > 0; i++) {
		int status;
		rig_serve_supervisor(r);
		if (ls_child_wait(r->pid, 20, &status) == 1) {
			CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
			r->pid = 0;
		}
	}
	CHECK_INT_EQ(r->pid, 0);
}

static inline void rig_stop(struct rig *r)
{
	rig_send(r, RIG_SUPERVISOR, LS_MSG_STOP, NULL, 0);
	rig_stops(r);
}

/* --- the diode's part ---------------------------------------------------------------------- */

static inline struct ls_delivery rig_delivery(uint64_t number, const char *name,
					      const char *content)
{
	struct ls_delivery d = { .size = strlen(content), .name = rig_text(name) };
	memset(d.key.session, 0x5e, sizeof(d.key.session));
	d.key.number = number;
	ls_sha256_buffer(content, strlen(content), &d.key.sha256);
	d.guest_mtime = 1700000000000000000;
	d.guest_clock = 1700000001000000000;
	d.host_began = 1700000002000000000;
	d.host_received = 1700000003000000000;
	return d;
}

static inline void rig_deliver(struct rig *r, const struct ls_delivery *d, const char *content)
{
	RIG_SEND(r, RIG_IN, LS_MSG_DELIVERY_BEGIN, delivery, d);
	size_t n = strlen(content), half = n / 2;
	rig_send(r, RIG_IN, LS_MSG_DELIVERY_DATA, content, half);
	rig_send(r, RIG_IN, LS_MSG_DELIVERY_DATA, content + half, n - half);
	rig_send(r, RIG_IN, LS_MSG_DELIVERY_END, NULL, 0);
}

static inline void rig_expect_done(struct rig *r, const struct ls_delivery *d, uint64_t seal)
{
	struct ls_message m;
	struct ls_delivery_done done;
	if (!rig_expect(r, RIG_IN, LS_MSG_DELIVERY_DONE, &m))
		return;
	CHECK_INT_EQ(ls_decode_delivery_done(&m, &done, NULL), 0);
	CHECK_INT_EQ(done.seal, seal);
	CHECK_INT_EQ(done.key.number, d->key.number);
	CHECK(ls_digest_equal(&done.key.sha256, &d->key.sha256));
}

static inline void rig_expect_sealed(struct rig *r, uint64_t seal)
{
	struct ls_message m;
	struct ls_sealed sealed;
	if (!rig_expect(r, RIG_SUPERVISOR, LS_MSG_SEALED, &m))
		return;
	CHECK_INT_EQ(ls_decode_sealed(&m, &sealed, NULL), 0);
	CHECK_INT_EQ(sealed.seal, seal);
	CHECK_INT_EQ(sealed.label.size, strlen(r->label));
	r->sealed_count = sealed.count;
}

static inline struct ls_event rig_event(uint8_t key, const char *kind, const char *detail)
{
	return (struct ls_event){
		.key = { { key } },
		.host_time = 1700000000000000000,
		.kind = rig_text(kind),
		.detail = rig_text(detail),
	};
}

/* --- the publisher's part -------------------------------------------------------------------- */

/* The seal that came is published: its payloads are the closed ones. */
static inline void rig_drop_payloads(struct rig *r)
{
	r->payload_count -= r->closed_count;
	memmove(r->payloads, r->payloads + r->closed_count,
		r->payload_count * sizeof(r->payloads[0]));
	r->closed_count = 0;
}

/* Both lines, where there is an Ed25519 key; else the one. */
static inline void rig_check_ed25519(const struct rig *r, const struct ls_seal *s,
				     struct ls_note_key *key)
{
	struct ls_note note;
	if (r->ed25519)
		ls_note_key_add_ed25519(key, r->ed25519);
	CHECK_INT_EQ(ls_note_parse(s->checkpoint.data, s->checkpoint.size, &note, NULL), 0);
	CHECK_INT_EQ(note.count, r->ed25519 ? 2 : 1);
	CHECK_INT_EQ(ls_note_verify(&note, key, NULL), 0);
	CHECK(ls_note_has_ed25519(&note, key) == (r->ed25519 != NULL));
	CHECK((r->record.ed25519 != LS_ED25519_NONE) == (r->ed25519 != NULL));
}

/* Everything that an auditor checks, on one SEAL. */
static inline void rig_check_seal(struct rig *r, const struct ls_seal *s)
{
	struct ls_error err = { 0 };
	_cleanup_manifest_ struct ls_manifest manifest = { 0 };
	struct ls_cms_signature signature;
	struct ls_note_key key;
	struct ls_checkpoint checkpoint;
	struct ls_digest leaf, root, record;
	uint64_t index = 99;
	struct ls_der ca = { r->ca_certificate.data, r->ca_certificate.size };

	ls_record_free(&r->record);
	CHECK_INT_EQ(ls_manifest_parse(s->manifest.data, s->manifest.size, &manifest, &err), 0);
	CHECK_INT_EQ(ls_record_parse(s->record.data, s->record.size, &r->record, &err), 0);
	CHECK_INT_EQ(ls_record_matches(&r->record, &manifest, &err), 0);
	ls_sha256_buffer(s->record.data, s->record.size, &record);
	CHECK(manifest.count > 0 && ls_digest_equal(&manifest.files[0].sha256, &record));
	CHECK(llabs(manifest.received - (long long)time(NULL)) < 60);
	CHECK_INT_EQ(ls_cms_verify(s->signature.data, s->signature.size, s->manifest.data,
				   s->manifest.size, &ca, 1, manifest.received, &signature, &err),
		     0);
	CHECK(ls_p256_public_equal(&signature.key, &r->signer.key));
	CHECK_INT_EQ(ls_note_key_init(&key, RIG_ORIGIN, &r->signer.key, &err), 0);
	rig_check_ed25519(r, s, &key);
	CHECK_INT_EQ(ls_proof_verify(s->proof.data, s->proof.size, s->manifest.data,
				     s->manifest.size, &key, &index, &checkpoint, &err),
		     0);
	CHECK_INT_EQ(index, s->seal - 1);
	CHECK_INT_EQ(checkpoint.size, s->seal);
	CHECK_INT_EQ(r->frontier.size, s->seal - 1);
	ls_merkle_leaf(&r->hash, s->manifest.data, s->manifest.size, &leaf);
	CHECK_INT_EQ(ls_merkle_frontier_append(&r->frontier, &r->hash, &leaf), 0);
	CHECK_INT_EQ(ls_merkle_frontier_root(&r->frontier, &r->hash, &root), 0);
	CHECK(ls_digest_equal(&root, &checkpoint.root));
	CHECK_INT_EQ(manifest.count, s->is_event ? 1 : r->closed_count + 1);
	for (size_t i = 1; i < manifest.count && i <= r->closed_count; i++) {
		CHECK(ls_digest_equal(&manifest.files[i].sha256, &r->payloads[i - 1].sha256));
		CHECK_STR_EQ(manifest.files[i].path + strlen(LS_ORIGINAL_PREFIX),
			     r->payloads[i - 1].name);
	}
	if (!s->is_event) {
		r->payload_size = r->payloads[0].size;
		rig_drop_payloads(r);
	}
	CHECK_STR_EQ(err.message, "");
	ls_buffer_clear(&r->checkpoint);
	ls_buffer_add(&r->checkpoint, s->checkpoint.data, s->checkpoint.size);
	snprintf(r->label, sizeof(r->label), "%.*s", (int)s->label.size,
		 (const char *)s->label.data);
}

static inline void rig_take_close(struct rig *r)
{
	CHECK_INT_EQ(r->closed_count, 0);
	CHECK(r->payload_count > 0);
	r->closed_count = r->payload_count;
}

static inline void rig_end_payload(struct rig *r, const struct ls_message *m)
{
	struct ls_payload payload = { .size = ~0ull };
	struct rig_payload *p = &r->payloads[r->payload_count];
	CHECK_INT_EQ(ls_decode_payload(m, &payload, NULL), 0);
	CHECK_INT_EQ(payload.size, r->streaming);
	CHECK(ls_is_safe_name((const char *)payload.name.data, payload.name.size));
	p->size = payload.size;
	ls_sha256_final(&r->payload_hash, &p->sha256);
	snprintf(p->name, sizeof(p->name), "%.*s", (int)payload.name.size,
		 (const char *)payload.name.data);
	r->payload_count += r->payload_count < RIG_PAYLOADS - 1;
}

/* A message about payloads: taken; false when it is about something else. */
static inline bool rig_take_payload(struct rig *r, const struct ls_message *m)
{
	switch (m->type) {
	case LS_MSG_PAYLOAD_BEGIN:
		ls_sha256_init(&r->payload_hash);
		r->streaming = 0;
		return true;
	case LS_MSG_PAYLOAD_DATA:
		ls_sha256_update(&r->payload_hash, m->body, m->size);
		r->streaming += m->size;
		return true;
	case LS_MSG_PAYLOAD_END: rig_end_payload(r, m); return true;
	case LS_MSG_PAYLOAD_DROP: return true;
	case LS_MSG_PAYLOAD_CLOSE: rig_take_close(r); return true;
	default: return false;
	}
}

/* Take so many payloads that end. */
static inline void rig_take_count(struct rig *r, size_t count)
{
	struct ls_message m;
	size_t wanted = r->payload_count + count;
	while (r->payload_count < wanted && rig_next(r, RIG_OUT, &m) == 1)
		if (!rig_take_payload(r, &m))
			TEST_FAIL("0x%04x among the payloads", m.type);
	CHECK_INT_EQ(r->payload_count, wanted);
}

static inline void rig_publish(struct rig *r, uint64_t seal)
{
	ls_buffer_clear(&r->body);
	ls_encode_published(seal, &r->body);
	rig_send(r, RIG_OUT, LS_MSG_PUBLISHED, r->body.data, r->body.size);
}

/* What a publisher says when evidence is on the share. */
static inline void rig_evidenced(struct rig *r, uint64_t size)
{
	ls_buffer_clear(&r->body);
	ls_encode_published(size, &r->body);
	rig_send(r, RIG_OUT, LS_MSG_EVIDENCED, r->body.data, r->body.size);
}

/* Take payloads until what comes next is about something else: *m. */
static inline bool rig_take_payloads(struct rig *r, struct ls_message *m)
{
	while (rig_next(r, RIG_OUT, m) == 1)
		if (!rig_take_payload(r, m))
			return true;
	return false;
}

/* Take the next seal with its payload, check it; publish it when told to. */
static inline bool rig_take_seal(struct rig *r, uint64_t number, bool publish)
{
	struct ls_message m;
	struct ls_seal seal;
	if (!rig_take_payloads(r, &m))
		return false;
	if (m.type != LS_MSG_SEAL) {
		TEST_FAIL("out: wanted a SEAL, got 0x%04x", m.type);
		return false;
	}
	CHECK_INT_EQ(ls_decode_seal(&m, &seal, NULL), 0);
	CHECK_INT_EQ(seal.seal, number);
	rig_check_seal(r, &seal);
	if (publish)
		rig_publish(r, number);
	return true;
}

#endif
