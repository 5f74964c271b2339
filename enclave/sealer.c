/* SPDX-License-Identifier: Apache-2.0 */
#include "enclave/sealer.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/log/checkpoint.h"
#include "lib/log/merkle.h"
#include "lib/log/proof.h"
#include "lib/seal/ca.h"
#include "lib/seal/cms.h"
#include "lib/seal/manifest.h"
#include "lib/seal/record.h"

#define NS_PER_MS	 INT64_C(1000000)
#define NS_PER_S	 INT64_C(1000000000)
#define EVENT_RECORD_MAX 65535 /* bytes of an event's record */

struct ls_sealer {
	struct ls_signer signer;
	struct ls_ed25519_signer ed25519; /* sign: NULL when there is none */
	char origin[LS_NOTE_NAME_SIZE];
	uint8_t certificate[LS_CERTIFICATE_SIZE_MAX];
	size_t certificate_size;
	struct ls_record common;   /* what every record says */
	struct ls_samples samples; /* and those of results */
	/* The newest status that was TRACEABLE, and that of the report before: for what waited. */
	struct ls_calibration_status calibrated, calibrated_before;

	struct ls_sha256 hash;
	struct ls_merkle_frontier frontier;
	int64_t last_received; /* of the newest seal, seconds; 0: not known */

	size_t recent_next, recent_count; /* a ring */
	struct ls_digest recent[LS_RECENT_MAX];
	uint64_t recent_seals[LS_RECENT_MAX];

	/* the seal handed out last */
	char label[LS_SAFE_NAME_SIZE];
	struct ls_manifest_file files[LS_MANIFEST_FILES_MAX];
	struct ls_buffer record, manifest, signature, checkpoint, proof;
};

/* --- set-up ---------------------------------------------------------------------- */

static int copy_text(struct ls_bytes from, char *to, size_t size)
{
	if (from.size >= size || memchr(from.data, '\0', from.size))
		return -EINVAL;
	memcpy(to, from.data, from.size);
	to[from.size] = '\0';
	return 0;
}

static int take_names(struct ls_sealer *s, const struct ls_start *start, struct ls_error *err)
{
	struct ls_bytes instrument = start->instrument, origin = start->origin;
	if (!ls_instrument_valid((const char *)instrument.data, instrument.size) ||
	    copy_text(instrument, s->common.instrument, sizeof(s->common.instrument)) < 0)
		return ls_fail(err, -EINVAL, "enclave.start.instrument",
			       "the instrument's name is not allowed");
	if (!ls_note_name_valid((const char *)origin.data, origin.size) ||
	    copy_text(origin, s->origin, sizeof(s->origin)) < 0)
		return ls_fail(err, -EINVAL, "enclave.start.origin",
			       "the log's origin is not allowed as a key's name");
	if (ls_key_kind_parse((const char *)start->key_kind.data, start->key_kind.size,
			      &s->common.key_kind) < 0)
		return ls_fail(err, -EINVAL, "enclave.start.kind",
			       "the kind of the signing key is not known");
	return 0;
}

static int take_certificate(struct ls_sealer *s, struct ls_bytes der, struct ls_error *err)
{
	struct ls_certificate certificate;
	int rc = ls_certificate_read((struct ls_der){ der.data, der.size }, &certificate, err);
	if (rc < 0)
		return rc;
	if (der.size > sizeof(s->certificate) ||
	    !ls_p256_public_equal(&certificate.key, &s->signer.key))
		return ls_fail(err, -EINVAL, "enclave.start.certificate",
			       "the signer's certificate is not of the signing key; provision "
			       "again");
	memcpy(s->certificate, der.data, der.size);
	s->certificate_size = der.size;
	return 0;
}

static int take_state(struct ls_sealer *s, const struct ls_start *start, int measured,
		      struct ls_error *err)
{
	bool named = !ls_digest_is_zero(&start->pcr23) || start->approval_version != 0;
	if (named && !measured)
		return ls_fail(err, -EINVAL, "enclave.start.measured",
			       "this kind of key is bound to no measured state, so none may be "
			       "recorded");
	s->common.policy = start->policy;
	s->common.domain_xml = start->domain_xml;
	s->common.base_image = start->base_image;
	s->common.pcr23 = start->pcr23;
	s->common.approval_version = start->approval_version;
	s->common.development = start->development;
	return 0;
}

static int take_samples(struct ls_sealer *s, const struct ls_start *start, struct ls_error *err)
{
	struct ls_error why = { 0 };
	if (start->samples.size == 0)
		return 0;
	int rc = ls_samples_parse(start->samples.data, start->samples.size, &s->samples, &why);
	return rc < 0 ? ls_fail(err, rc == -ENOMEM ? rc : -EINVAL, "enclave.start.samples", "%s",
				why.message)
		      : 0;
}

int ls_sealer_new(const struct ls_start *start, const struct ls_signer *signer, int measured,
		  struct ls_sealer **ret_sealer, struct ls_error *err)
{
	_cleanup_sealer_ struct ls_sealer *s = calloc(1, sizeof(*s));
	if (!s)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for the sealer");
	s->signer = *signer;
	ls_merkle_frontier_init(&s->frontier);
	ls_buffer_init(&s->record, LS_RECORD_SIZE_MAX + 1);
	ls_buffer_init(&s->manifest, LS_MANIFEST_SIZE_MAX);
	ls_buffer_init(&s->signature, LS_CMS_SIZE_MAX);
	ls_buffer_init(&s->checkpoint, LS_NOTE_SIZE_MAX);
	ls_buffer_init(&s->proof, LS_PROOF_SIZE_MAX);
	int rc = take_names(s, start, err);
	if (rc == 0)
		rc = take_certificate(s, start->certificate, err);
	if (rc == 0)
		rc = take_state(s, start, measured, err);
	if (rc == 0)
		rc = take_samples(s, start, err);
	if (rc < 0)
		return rc;
	*ret_sealer = s;
	s = NULL; /* handed over */
	return 0;
}

void ls_sealer_set_ed25519(struct ls_sealer *sealer, const struct ls_ed25519_signer *signer,
			   enum ls_ed25519_kind kind)
{
	sealer->ed25519 = *signer;
	sealer->common.ed25519 = kind;
}

void ls_sealer_set_unconfined(struct ls_sealer *sealer, const char *text)
{
	snprintf(sealer->common.unconfined, sizeof(sealer->common.unconfined), "%s", text);
}

void ls_sealer_set_evidence(struct ls_sealer *sealer, uint64_t size)
{
	sealer->common.evidence = size;
}

void ls_sealer_set_calibration(struct ls_sealer *sealer, const struct ls_calibration_status *status)
{
	struct ls_calibration_status *last = &sealer->calibrated;
	sealer->common.calibration = *status;
	if (status->verdict != LS_CALIBRATION_TRACEABLE)
		return;
	if (last->verdict == LS_CALIBRATION_TRACEABLE &&
	    !ls_digest_equal(&last->report, &status->report))
		sealer->calibrated_before = *last;
	*last = *status;
}

void ls_sealer_free(struct ls_sealer *sealer)
{
	if (!sealer)
		return;
	ls_sha256_free(&sealer->hash);
	ls_buffer_free(&sealer->record);
	ls_buffer_free(&sealer->manifest);
	ls_buffer_free(&sealer->signature);
	ls_buffer_free(&sealer->checkpoint);
	ls_buffer_free(&sealer->proof);
	free(sealer);
}

/* --- what was sealed before ---------------------------------------------------------- */

static void remember(struct ls_sealer *s, const struct ls_digest *key, uint64_t seal)
{
	s->recent[s->recent_next] = *key;
	s->recent_seals[s->recent_next] = seal;
	s->recent_next = (s->recent_next + 1) % LS_RECENT_MAX;
	if (s->recent_count < LS_RECENT_MAX)
		s->recent_count++;
}

int ls_sealer_log_state(struct ls_sealer *sealer, struct ls_log_state *ret_state,
			struct ls_error *err)
{
	ret_state->size = sealer->frontier.size;
	return ls_merkle_frontier_root(&sealer->frontier, &sealer->hash, &ret_state->root) == 0
		       ? 0
		       : ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a root");
}

void ls_sealer_note_digest(const struct ls_sealer *sealer, struct ls_digest *ret_digest)
{
	ls_sha256_buffer(sealer->checkpoint.data, sealer->checkpoint.size, ret_digest);
}

uint64_t ls_sealer_size(const struct ls_sealer *sealer)
{
	return sealer->frontier.size;
}

int64_t ls_sealer_last_received(const struct ls_sealer *sealer)
{
	return sealer->last_received;
}

uint64_t ls_sealer_find(const struct ls_sealer *sealer, const struct ls_digest *key)
{
	for (size_t i = 0; i < sealer->recent_count; i++)
		if (ls_digest_equal(&sealer->recent[i], key))
			return sealer->recent_seals[i];
	return 0;
}

/* A checkpoint that is there: ours, and with a frontier that hashes to its root. */
static int resume_log(struct ls_sealer *s, const struct ls_resume *resume, struct ls_error *err)
{
	struct ls_note_key key;
	struct ls_checkpoint checkpoint;
	struct ls_merkle_frontier frontier;
	struct ls_digest root;
	int rc = ls_note_key_init(&key, s->origin, &s->signer.key, err);
	if (rc == 0)
		rc = ls_checkpoint_open(resume->checkpoint.data, resume->checkpoint.size, &key,
					&checkpoint, err);
	if (rc == 0)
		rc = ls_merkle_frontier_load(&frontier, checkpoint.size, resume->frontier,
					     resume->frontier_count, err);
	if (rc == 0)
		rc = ls_merkle_frontier_root(&frontier, &s->hash, &root);
	if (rc == 0 && !ls_digest_equal(&root, &checkpoint.root))
		rc = ls_fail(err, -EBADMSG, "enclave.resume.root",
			     "the tiles do not hash to the root of the checkpoint");
	if (rc == 0)
		s->frontier = frontier;
	return rc;
}

int ls_sealer_resume(struct ls_sealer *sealer, const struct ls_resume *resume, struct ls_error *err)
{
	int rc = 0;
	if (resume->checkpoint.size > 0)
		rc = resume_log(sealer, resume, err);
	else if (resume->frontier_count > 0 || resume->recent_count > 0)
		rc = ls_fail(err, -EBADMSG, "enclave.resume.checkpoint",
			     "there are results and no checkpoint");
	for (uint32_t i = 0; rc == 0 && i < resume->recent_count; i++)
		if (resume->recent_seals[i] == 0 || resume->recent_seals[i] > sealer->frontier.size)
			rc = ls_fail(err, -EBADMSG, "enclave.resume.recent",
				     "a recent result has a number that the log does not hold");
	if (rc < 0) {
		ls_error_prefix(err, "the log on the share is not one that this key can go on "
				     "with; nothing is sealed");
		return rc;
	}
	sealer->last_received = resume->last_received;
	for (uint32_t i = 0; i < resume->recent_count; i++)
		remember(sealer, &resume->recent[i], resume->recent_seals[i]);
	return 0;
}

/* --- sealing ------------------------------------------------------------------------- */

/* Whatever is wrong with what is to be sealed has one code: trying again is of no use. */
static int cannot_be_written(int rc)
{
	return rc < 0 && rc != -ENOMEM ? -EINVAL : rc;
}

static int write_record(struct ls_sealer *s, const struct ls_record *record, struct ls_error *err)
{
	ls_buffer_clear(&s->record);
	int rc = ls_record_format(record, &s->record, err);
	if (rc == 0 && record->kind == LS_SEAL_EVENT && s->record.size > EVENT_RECORD_MAX)
		rc = ls_fail(err, -EFBIG, "enclave.record.size", "a record is too large");
	return cannot_be_written(rc);
}

static int write_manifest(struct ls_sealer *s, const struct ls_record *record, struct ls_error *err)
{
	struct ls_manifest manifest = {
		.kind = record->kind,
		.seal = record->seal,
		.received = record->received / 1000,
		.count = 1 + record->count,
		.files = s->files,
	};
	memcpy(manifest.instrument, record->instrument, sizeof(manifest.instrument));
	ls_sha256_buffer(s->record.data, s->record.size, &s->files[0].sha256);
	snprintf(s->files[0].path, sizeof(s->files[0].path), "%s", LS_FILE_RECORD);
	for (size_t i = 0; i < record->count; i++) {
		s->files[1 + i].sha256 = record->files[i].sha256;
		memcpy(s->files[1 + i].path, record->files[i].path, sizeof(s->files[1 + i].path));
	}
	ls_buffer_clear(&s->manifest);
	return cannot_be_written(ls_manifest_format(&manifest, &s->manifest, err));
}

/* Append the manifest to a copy of the log and sign where that leads. */
static int write_log(struct ls_sealer *s, struct ls_merkle_frontier *frontier, struct ls_error *err)
{
	struct ls_proof proof = { .index = frontier->size };
	struct ls_checkpoint checkpoint;
	struct ls_digest leaf;
	ls_merkle_frontier_prove_next(frontier, proof.hashes, &proof.count);
	if (ls_merkle_leaf(&s->hash, s->manifest.data, s->manifest.size, &leaf) < 0 ||
	    ls_merkle_frontier_append(frontier, &s->hash, &leaf) < 0 ||
	    ls_merkle_frontier_root(frontier, &s->hash, &checkpoint.root) < 0)
		return ls_fail(err, -ENOMEM, "enclave.log", "cannot append to the log");
	checkpoint.size = frontier->size;
	memcpy(checkpoint.origin, s->origin, sizeof(checkpoint.origin));
	ls_buffer_clear(&s->checkpoint);
	int rc = ls_checkpoint_sign(&checkpoint, &s->signer, s->ed25519.sign ? &s->ed25519 : NULL,
				    &s->checkpoint, err);
	if (rc < 0)
		return rc;
	proof.checkpoint = s->checkpoint.data;
	proof.checkpoint_size = s->checkpoint.size;
	ls_buffer_clear(&s->proof);
	return ls_proof_format(&proof, &s->proof) == 0
		       ? 0
		       : ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a proof");
}

static int write_signature(struct ls_sealer *s, int64_t seconds, struct ls_error *err)
{
	struct ls_der certificate = { s->certificate, s->certificate_size };
	ls_buffer_clear(&s->signature);
	return ls_cms_sign(s->manifest.data, s->manifest.size, certificate, seconds, &s->signer,
			   &s->signature, err);
}

static struct ls_bytes bytes_of(const struct ls_buffer *b)
{
	return (struct ls_bytes){ b->data, b->size };
}

static struct ls_seal result_of(const struct ls_sealer *s, const struct ls_record *record)
{
	return (struct ls_seal){
		.seal = record->seal,
		.is_event = record->kind == LS_SEAL_EVENT,
		.label = { (const uint8_t *)s->label, strlen(s->label) },
		.manifest = bytes_of(&s->manifest),
		.signature = bytes_of(&s->signature),
		.proof = bytes_of(&s->proof),
		.record = bytes_of(&s->record),
		.checkpoint = bytes_of(&s->checkpoint),
	};
}

/* The record is written; only when all is signed does the sealer take the step. */
static int seal(struct ls_sealer *s, const struct ls_record *record, const struct ls_digest *keys,
		size_t key_count, struct ls_seal *ret_seal, struct ls_error *err)
{
	struct ls_merkle_frontier frontier = s->frontier;
	int rc = write_manifest(s, record, err);
	if (rc == 0)
		rc = write_signature(s, record->received / 1000, err);
	if (rc == 0)
		rc = write_log(s, &frontier, err);
	if (rc < 0)
		return rc;
	s->frontier = frontier;
	s->last_received = record->received / 1000;
	for (size_t i = 0; i < key_count; i++)
		remember(s, &keys[i], record->seal);
	*ret_seal = result_of(s, record);
	return 0;
}

/* Whatever the next record is about, this is how it begins. */
static struct ls_record next_record(const struct ls_sealer *s, enum ls_seal_kind kind, int64_t now)
{
	struct ls_record record = s->common;
	record.kind = kind;
	record.seal = s->frontier.size + 1;
	record.received = now / NS_PER_MS;
	return record;
}

/* Of what was received then; the time of the seal may be much later. */
static void set_calibration_at(const struct ls_sealer *s, struct ls_record *record, int64_t first,
			       int64_t last)
{
	struct ls_calibration_status *c = &record->calibration;
	/* it waited while the instrument was calibrated anew: the report before speaks for it */
	if (c->verdict == LS_CALIBRATION_TRACEABLE && first < c->performed &&
	    s->calibrated_before.verdict == LS_CALIBRATION_TRACEABLE)
		*c = s->calibrated_before;
	ls_calibration_status_at(c, first, last);
}

static void date_calibration(const struct ls_sealer *s, struct ls_record *record)
{
	int64_t first = record->files[0].received, last = first;
	for (size_t i = 1; i < record->count; i++) {
		int64_t received = record->files[i].received;
		first = received < first ? received : first;
		last = received > last ? received : last;
	}
	set_calibration_at(s, record, first, last);
}

int ls_sealer_seal_results(struct ls_sealer *sealer, const struct ls_batch *batch, int64_t now,
			   struct ls_seal *ret_seal, struct ls_error *err)
{
	struct ls_record record = next_record(sealer, LS_SEAL_RESULT, now);
	ls_results_label(batch->count, ls_batch_last_name(batch), sealer->label);
	ls_hex_encode(batch->session, LS_SESSION_SIZE, record.session);
	record.count = batch->count;
	record.files = (struct ls_record_file *)batch->files; /* read only */
	record.samples = sealer->samples;
	date_calibration(sealer, &record);
	int rc = write_record(sealer, &record, err);
	return rc < 0 ? rc : seal(sealer, &record, batch->keys, batch->count, ret_seal, err);
}

/* --- events ------------------------------------------------------------------------------ */

/* The detail with the time at which it happened put in; "occurred" is ours. */
static char *complete_detail(const struct ls_event *event)
{
	char utc[LS_UTC_SIZE];
	json_t *o = json_loadb((const char *)event->detail.data, event->detail.size,
			       JSON_REJECT_DUPLICATES, NULL);
	char *text = NULL;
	ls_utc_format(event->host_time / NS_PER_S, utc);
	if (json_object_set_new(o, "occurred", json_string(utc)) == 0)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

/* A detail that fits no record: its digest stands for it. */
static char *short_detail(const struct ls_event *event)
{
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	ls_sha256_buffer(event->detail.data, event->detail.size, &digest);
	json_t *o = json_pack("{s:s, s:s}", "left_out", "the detail is too large for a record",
			      "sha256", ls_digest_hex(&digest, hex));
	char *text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

static int write_event_record(struct ls_sealer *s, struct ls_record *record,
			      char *(*make_detail)(const struct ls_event *),
			      const struct ls_event *event, struct ls_error *err)
{
	record->detail = make_detail(event);
	int rc = record->detail
			 ? write_record(s, record, err)
			 : ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for an event");
	free(record->detail);
	record->detail = NULL;
	return rc;
}

int ls_sealer_seal_event(struct ls_sealer *sealer, const struct ls_event *event, int64_t now,
			 struct ls_seal *ret_seal, struct ls_error *err)
{
	struct ls_record record = next_record(sealer, LS_SEAL_EVENT, now);
	record.event_key = event->key;
	set_calibration_at(sealer, &record, record.received, record.received);
	int rc = ls_record_detail_check((const char *)event->detail.data, event->detail.size, err);
	if (rc < 0)
		return rc;
	if (copy_text(event->kind, record.event, sizeof(record.event)) < 0)
		return ls_fail(err, -EINVAL, "enclave.event.kind",
			       "an event's kind is not allowed");
	ls_safe_name(record.event, strlen(record.event), sealer->label);
	rc = write_event_record(sealer, &record, complete_detail, event, err);
	if (rc == -EINVAL) /* it grew by what was put in, or by its indentation */
		rc = write_event_record(sealer, &record, short_detail, event, err);
	return rc < 0 ? rc : seal(sealer, &record, &event->key, 1, ret_seal, err);
}
