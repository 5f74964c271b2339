/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One description a structure serves both directions: code_X() visits X's
 * fields with a coder that either writes or reads them, so that the two can
 * never disagree.
 */
#include "lib/proc/protocol.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/reader.h"

#define SEAL_PART_MAX  65535  /* bytes of each text or signature in a SEAL */
#define RECORD_MAX     524288 /* bytes of its record: LS_RECORD_SIZE_MAX */
#define RESULTS_MAX    511    /* in one seal */
#define REMEMBER_MAX   86400  /* seconds */
#define START_PART_MAX 16384  /* bytes of each key or certificate in a START */
#define EVENT_LOG_MAX  524288 /* bytes: LS_EVENT_LOG_SIZE_MAX */
#define TEXT_MAX       1024   /* bytes of a reason, message, origin, ... */
#define LABEL_MAX      100    /* bytes: LS_SAFE_NAME_MAX */

struct coder {
	struct ls_buffer *out; /* writing: here; NULL when reading */
	struct ls_reader in;   /* reading: from here */
	bool bad;	       /* reading: something did not fit */
};

static void code_u8(struct coder *c, uint8_t *value)
{
	if (c->out)
		ls_buffer_add_u8(c->out, *value);
	else if (ls_read_u8(&c->in, value) < 0)
		c->bad = true;
}

static void code_u32(struct coder *c, uint32_t *value, uint32_t max)
{
	if (c->out)
		ls_buffer_add_be32(c->out, *value);
	else if (ls_read_be32(&c->in, value) < 0 || *value > max) {
		c->bad = true;
		*value = 0;
	}
}

static void code_u64(struct coder *c, uint64_t *value)
{
	if (c->out)
		ls_buffer_add_be64(c->out, *value);
	else if (ls_read_be64(&c->in, value) < 0)
		c->bad = true;
}

static void code_i64(struct coder *c, int64_t *value)
{
	uint64_t bits = (uint64_t)*value;
	code_u64(c, &bits);
	*value = (int64_t)bits;
}

static void code_array(struct coder *c, void *bytes, size_t n)
{
	if (c->out)
		ls_buffer_add(c->out, bytes, n);
	else if (ls_read_into(&c->in, bytes, n) < 0)
		c->bad = true;
}

static void code_digest(struct coder *c, struct ls_digest *digest)
{
	code_array(c, digest->bytes, LS_DIGEST_SIZE);
}

/* A boolean is 0 or 1 and nothing else: one meaning, one spelling. */
static void code_flag(struct coder *c, uint8_t *flag)
{
	code_u8(c, flag);
	if (!c->out && *flag > 1)
		c->bad = true;
}

static void code_bytes(struct coder *c, struct ls_bytes *bytes, uint32_t max)
{
	if (c->out && bytes->size > max) {
		c->out->error = -EMSGSIZE;
		return;
	}
	uint32_t size = (uint32_t)bytes->size;
	code_u32(c, &size, max);
	if (c->out)
		ls_buffer_add(c->out, bytes->data, bytes->size);
	else if (ls_read_bytes(&c->in, size, &bytes->data) < 0)
		c->bad = true;
	bytes->size = size;
}

static void code_key(struct coder *c, struct ls_delivery_key *key)
{
	code_array(c, key->session, LS_SESSION_SIZE);
	code_u64(c, &key->number);
	code_digest(c, &key->sha256);
}

static void code_delivery(struct coder *c, struct ls_delivery *d)
{
	code_key(c, &d->key);
	code_u64(c, &d->size);
	code_bytes(c, &d->name, LS_NAME_MAX);
	code_digest(c, &d->parent);
	code_i64(c, &d->guest_mtime);
	code_i64(c, &d->guest_clock);
	code_i64(c, &d->host_began);
	code_i64(c, &d->host_received);
}

static void code_delivery_done(struct coder *c, struct ls_delivery_done *d)
{
	code_key(c, &d->key);
	code_u64(c, &d->seal);
}

static void code_delivery_refused(struct coder *c, struct ls_delivery_refused *d)
{
	code_key(c, &d->key);
	code_bytes(c, &d->reason, TEXT_MAX);
}

static void code_event(struct coder *c, struct ls_event *e)
{
	code_digest(c, &e->key);
	code_i64(c, &e->host_time);
	code_bytes(c, &e->kind, LS_EVENT_KIND_MAX);
	code_bytes(c, &e->detail, LS_DETAIL_MAX);
}

static void code_event_done(struct coder *c, struct ls_event_done *d)
{
	code_digest(c, &d->key);
	code_u64(c, &d->seal);
}

static void code_payload(struct coder *c, struct ls_payload *p)
{
	code_bytes(c, &p->name, LABEL_MAX);
	code_u64(c, &p->size);
}

static void code_seal(struct coder *c, struct ls_seal *s)
{
	code_u64(c, &s->seal);
	code_flag(c, &s->is_event);
	code_bytes(c, &s->label, LABEL_MAX);
	code_bytes(c, &s->manifest, SEAL_PART_MAX);
	code_bytes(c, &s->signature, SEAL_PART_MAX);
	code_bytes(c, &s->proof, SEAL_PART_MAX);
	code_bytes(c, &s->record, RECORD_MAX);
	code_bytes(c, &s->checkpoint, SEAL_PART_MAX);
}

static void code_evidence(struct coder *c, struct ls_evidence *e)
{
	code_u64(c, &e->size);
	for (int i = 0; i < LS_EVIDENCE_COUNT; i++)
		code_bytes(c, &e->parts[i], SEAL_PART_MAX);
	code_digest(c, &e->pcr23);
	code_digest(c, &e->key);
	code_bytes(c, &e->event_log, EVENT_LOG_MAX);
	code_bytes(c, &e->creation, START_PART_MAX);
	code_bytes(c, &e->enrolment, START_PART_MAX);
}

static void code_resume(struct coder *c, struct ls_resume *r)
{
	code_bytes(c, &r->checkpoint, SEAL_PART_MAX);
	code_i64(c, &r->last_received);
	code_u64(c, &r->evidence);
	code_u32(c, &r->frontier_count, LS_FRONTIER_MAX);
	for (uint32_t i = 0; i < r->frontier_count; i++)
		code_digest(c, &r->frontier[i]);
	code_u32(c, &r->recent_count, LS_RECENT_MAX);
	for (uint32_t i = 0; i < r->recent_count; i++) {
		code_digest(c, &r->recent[i]);
		code_u64(c, &r->recent_seals[i]);
	}
}

static void code_log_proof(struct coder *c, struct ls_log_proof *p)
{
	code_u64(c, &p->old_size);
	code_u32(c, &p->count, LS_LOG_PROOF_MAX);
	for (uint32_t i = 0; i < p->count; i++)
		code_digest(c, &p->hashes[i]);
}

static void code_start(struct coder *c, struct ls_start *s)
{
	code_bytes(c, &s->instrument, TEXT_MAX);
	code_bytes(c, &s->origin, TEXT_MAX);
	code_bytes(c, &s->backend, TEXT_MAX);
	code_bytes(c, &s->key, START_PART_MAX);
	code_bytes(c, &s->certificate, START_PART_MAX);
	code_bytes(c, &s->authority, START_PART_MAX);
	code_bytes(c, &s->policy_ref, TEXT_MAX);
	code_bytes(c, &s->approval, TEXT_MAX);
	code_bytes(c, &s->approval_signature, TEXT_MAX);
	code_bytes(c, &s->adoption, TEXT_MAX);
	code_u64(c, &s->approval_version);
	code_u64(c, &s->approval_counter);
	code_bytes(c, &s->key_kind, TEXT_MAX);
	code_digest(c, &s->policy);
	code_digest(c, &s->domain_xml);
	code_digest(c, &s->base_image);
	code_digest(c, &s->pcr23);
	code_bytes(c, &s->event_log, EVENT_LOG_MAX);
	code_bytes(c, &s->creation, START_PART_MAX);
	code_bytes(c, &s->enrolment, START_PART_MAX);
	code_bytes(c, &s->ed25519, START_PART_MAX);
	code_bytes(c, &s->ed25519_public, TEXT_MAX);
	code_flag(c, &s->development);
	code_u32(c, &s->remember_every, REMEMBER_MAX);
	code_bytes(c, &s->samples, START_PART_MAX);
}

static void code_sealed(struct coder *c, struct ls_sealed *s)
{
	code_u64(c, &s->seal);
	code_flag(c, &s->is_event);
	code_u32(c, &s->count, RESULTS_MAX);
	code_bytes(c, &s->label, LABEL_MAX);
	code_i64(c, &s->host_time);
}

static void code_failed(struct coder *c, struct ls_failed *f)
{
	code_bytes(c, &f->id, LS_ERROR_ID_SIZE);
	code_bytes(c, &f->message, TEXT_MAX);
}

static void code_calibration(struct coder *c, struct ls_calibration *k)
{
	code_flag(c, &k->hold);
	code_bytes(c, &k->status, LS_CALIBRATION_MAX);
}

static void code_report_request(struct coder *c, struct ls_report_request *r)
{
	code_u64(c, &r->number);
	code_flag(c, &r->is_sealed);
	code_bytes(c, &r->name, LS_NAME_MAX);
	code_u32(c, &r->count, LS_REPORT_FILES_MAX);
	for (uint32_t i = 0; i < r->count; i++)
		code_u32(c, &r->files[i], RESULTS_MAX);
}

static void code_report_answer(struct coder *c, struct ls_report_answer *a)
{
	code_u64(c, &a->number);
	code_flag(c, &a->has_page);
	code_flag(c, &a->has_run);
	code_bytes(c, &a->problem, LS_REPORT_TEXT_MAX);
}

static int decoded(const struct coder *c, const char *what, const struct ls_message *message,
		   struct ls_error *err)
{
	if (!c->bad && ls_reader_end(&c->in) == 0)
		return 0;
	return ls_fail(err, -EBADMSG, "protocol.malformed",
		       "a peer sent a malformed %s (message type 0x%04x, %zu bytes)", what,
		       message->type, message->size);
}

/* The structure is copied because one visitor both reads and writes its fields. */
#define DEFINE_CODEC(name)                                                                  \
	int ls_encode_##name(const struct ls_##name *value, struct ls_buffer *body)         \
	{                                                                                   \
		struct ls_##name copy = *value;                                             \
		struct coder c = { .out = body };                                           \
		code_##name(&c, &copy);                                                     \
		return ls_buffer_error(body);                                               \
	}                                                                                   \
	int ls_decode_##name(const struct ls_message *message, struct ls_##name *ret_value, \
			     struct ls_error *err)                                          \
	{                                                                                   \
		struct ls_##name value = { 0 };                                             \
		struct coder c = { 0 };                                                     \
		ls_reader_init(&c.in, message->body, message->size);                        \
		code_##name(&c, &value);                                                    \
		int rc = decoded(&c, #name, message, err);                                  \
		if (rc == 0)                                                                \
			*ret_value = value;                                                 \
		return rc;                                                                  \
	}

DEFINE_CODEC(delivery)
DEFINE_CODEC(delivery_done)
DEFINE_CODEC(delivery_refused)
DEFINE_CODEC(event)
DEFINE_CODEC(event_done)
DEFINE_CODEC(payload)
DEFINE_CODEC(seal)
DEFINE_CODEC(evidence)
DEFINE_CODEC(resume)
DEFINE_CODEC(log_proof)
DEFINE_CODEC(start)
DEFINE_CODEC(calibration)
DEFINE_CODEC(sealed)
DEFINE_CODEC(failed)
DEFINE_CODEC(report_request)
DEFINE_CODEC(report_answer)

static int decode_number(const struct ls_message *message, const char *what, uint64_t *ret_number,
			 struct ls_error *err)
{
	uint64_t number = 0;
	struct coder c = { 0 };
	ls_reader_init(&c.in, message->body, message->size);
	code_u64(&c, &number);
	int rc = decoded(&c, what, message, err);
	if (rc == 0)
		*ret_number = number;
	return rc;
}

int ls_encode_published(uint64_t seal, struct ls_buffer *body)
{
	return ls_buffer_add_be64(body, seal);
}

int ls_decode_published(const struct ls_message *message, uint64_t *ret_seal, struct ls_error *err)
{
	return decode_number(message, "published", ret_seal, err);
}

int ls_encode_prove(uint64_t old_size, struct ls_buffer *body)
{
	return ls_buffer_add_be64(body, old_size);
}

int ls_decode_prove(const struct ls_message *message, uint64_t *ret_old_size, struct ls_error *err)
{
	return decode_number(message, "prove", ret_old_size, err);
}

void ls_delivery_key_digest(const struct ls_delivery_key *key, struct ls_digest *ret_digest)
{
	uint8_t bytes[LS_SESSION_SIZE + 8 + LS_DIGEST_SIZE];
	memcpy(bytes, key->session, LS_SESSION_SIZE);
	for (int i = 0; i < 8; i++)
		bytes[LS_SESSION_SIZE + i] = (uint8_t)(key->number >> (56 - 8 * i));
	memcpy(bytes + LS_SESSION_SIZE + 8, key->sha256.bytes, LS_DIGEST_SIZE);
	ls_sha256_buffer(bytes, sizeof(bytes), ret_digest);
}
