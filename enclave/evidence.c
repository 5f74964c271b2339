/* SPDX-License-Identifier: Apache-2.0 */
/* What the TPM says of what is published: made when there is time, and never in a result's way. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "enclave/serving.h"
#include "lib/attest/event_log.h"
#include "lib/attest/evidence.h"
#include "lib/base/log.h"
#include "lib/log/checkpoint.h"

#define QUIET_MS 1000  /* nothing was published for so long: there is time */
#define LATE_MS	 10000 /* under load it is made at the latest after this */

_Static_assert((int)LS_EVIDENCE_COUNT == (int)LS_EVIDENCE_PARTS, "one message, one folder");
_Static_assert(LS_ATTEST_MAX <= LS_EVIDENCE_PART_SIZE, "an attestation fits its file");

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000 + 1; /* never 0 */
}

/* That the log is the state that the key is bound to: the share will show it. */
static int check_event_log(const struct ls_start *start, struct ls_error *err)
{
	_cleanup_event_log_ struct ls_event_log log = { 0 };
	struct ls_digest pcr;
	int rc = ls_event_log_parse(start->event_log.data, start->event_log.size, &log, err);
	if (rc < 0)
		return rc;
	ls_event_log_replay(&log, &pcr);
	return ls_digest_equal(&pcr, &start->pcr23)
		       ? 0
		       : ls_fail(err, -EINVAL, "enclave.start.event-log",
				 "the event log is not that of the measured state");
}

static int keep(struct ls_sent_checkpoint *c, uint64_t size, struct ls_bytes note,
		struct ls_error *err)
{
	ls_buffer_clear(&c->note);
	if (ls_buffer_add(&c->note, note.data, note.size) < 0)
		return ls_fail(err, -ENOMEM, "enclave.memory", "out of memory for a checkpoint");
	c->size = size;
	return 0;
}

int ls_server_evidence_begin(struct ls_server *s, const struct ls_resume *resume,
			     struct ls_error *err)
{
	struct ls_evidence_due *e = &s->evidence;
	ls_buffer_init(&e->newest.note, LS_EVIDENCE_PART_SIZE);
	ls_buffer_init(&e->kept.note, LS_EVIDENCE_PART_SIZE);
	if (!s->backend->attest || s->start.event_log.size == 0)
		return 0;
	int rc = check_event_log(&s->start, err);
	if (rc < 0)
		return rc;
	e->wanted = true;
	if (resume->evidence <= s->published)
		ls_sealer_set_evidence(s->sealer, resume->evidence);
	/* what was published last may have had no evidence yet */
	if (s->published > 0)
		rc = keep(&e->newest, s->published, resume->checkpoint, err);
	if (rc == 0)
		ls_server_evidence_published(s);
	return rc;
}

int ls_server_evidence_sent(struct ls_server *s, const struct ls_seal *seal, struct ls_error *err)
{
	struct ls_evidence_due *e = &s->evidence;
	if (!e->wanted)
		return 0;
	int rc = keep(&e->newest, seal->seal, seal->checkpoint, err);
	/* one that is published and not due yet gives way to a newer one */
	if (rc == 0 && (e->kept.size == 0 ||
			(e->kept.size <= s->published && ls_server_evidence_wait(s) != 0)))
		rc = keep(&e->kept, seal->seal, seal->checkpoint, err);
	return rc;
}

/* The checkpoint that can be vouched for now, or NULL. */
static const struct ls_sent_checkpoint *published(const struct ls_server *s)
{
	const struct ls_evidence_due *e = &s->evidence;
	if (e->newest.size > e->attested && e->newest.size <= s->published)
		return &e->newest;
	if (e->kept.size > e->attested && e->kept.size <= s->published)
		return &e->kept;
	return NULL;
}

void ls_server_evidence_published(struct ls_server *s)
{
	struct ls_evidence_due *e = &s->evidence;
	e->active = now_ms();
	if (e->since == 0 && published(s))
		e->since = e->active;
}

int ls_server_on_evidenced(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	uint64_t size = 0;
	int rc = ls_decode_published(m, &size, err);
	if (rc < 0)
		return rc;
	if (!s->evidence.wanted || size == 0 || size > s->evidence.attested)
		return ls_fail(err, -EPROTO, "enclave.protocol.evidence",
			       "the publisher has evidence for size %llu, which was not made",
			       (unsigned long long)size);
	ls_sealer_set_evidence(s->sealer, size);
	return 0;
}

int ls_server_evidence_wait(const struct ls_server *s)
{
	const struct ls_evidence_due *e = &s->evidence;
	if (!e->wanted || e->since == 0 || !(s->state & (LS_STATE_SERVING | LS_STATE_STOP)))
		return -1;
	int64_t now = now_ms(), quiet = e->active + QUIET_MS - now, late = e->since + LATE_MS - now;
	if (s->state == LS_STATE_FILE) /* a result is under way: it goes first */
		quiet = late;
	int64_t left = quiet < late ? quiet : late;
	int64_t spared = e->made + INT64_C(1000) * s->start.remember_every - now;
	if (e->made > 0 && left < spared)
		left = spared;
	return left > 0 ? (int)left : 0;
}

static struct ls_bytes attest_of(const struct ls_tpm_attested *a)
{
	return (struct ls_bytes){ a->attest, a->attest_size };
}

static struct ls_bytes signature_of(const struct ls_tpm_attested *a)
{
	return (struct ls_bytes){ a->signature, LS_TPM_SIGNATURE_SIZE };
}

static int send_evidence(struct ls_server *s, const struct ls_sent_checkpoint *c,
			 const struct ls_key_attestation *a, struct ls_error *err)
{
	char pcrs[128], hex[LS_DIGEST_HEX_SIZE];
	struct ls_signer signer;
	struct ls_evidence evidence = { .size = c->size,
					.pcr23 = s->start.pcr23,
					.event_log = s->start.event_log,
					.creation = s->start.creation,
					.enrolment = s->start.enrolment };
	int n = snprintf(pcrs, sizeof(pcrs), "sha256:%d %s\n", LS_MEASURED_PCR,
			 ls_digest_hex(&s->start.pcr23, hex));
	s->backend->signer(s->key, &signer);
	ls_p256_public_digest(&signer.key, &evidence.key);
	evidence.parts[LS_EVIDENCE_CHECKPOINT] = (struct ls_bytes){ c->note.data, c->note.size };
	evidence.parts[LS_EVIDENCE_PCRS] = (struct ls_bytes){ (const uint8_t *)pcrs, (size_t)n };
	evidence.parts[LS_EVIDENCE_QUOTE] = attest_of(&a->quote);
	evidence.parts[LS_EVIDENCE_QUOTE_SIGNATURE] = signature_of(&a->quote);
	evidence.parts[LS_EVIDENCE_COUNTER] = attest_of(&a->counter);
	evidence.parts[LS_EVIDENCE_COUNTER_SIGNATURE] = signature_of(&a->counter);
	evidence.parts[LS_EVIDENCE_NV_CHECKPOINT] = attest_of(&a->checkpoint);
	evidence.parts[LS_EVIDENCE_NV_CHECKPOINT_SIGNATURE] = signature_of(&a->checkpoint);
	ls_buffer_clear(&s->out);
	return ls_server_send(s, LS_PEER_OUT, LS_MSG_EVIDENCE,
			      ls_encode_evidence(&evidence, &s->out), err);
}

/* What the TPM is to remember of it: size, root, and the hash of the note. */
static int read_checkpoint(const struct ls_sent_checkpoint *c, struct ls_nv_checkpoint *ret,
			   struct ls_error *err)
{
	struct ls_checkpoint checkpoint;
	struct ls_note note;
	int rc = ls_note_parse(c->note.data, c->note.size, &note, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(note.text, note.text_size, &checkpoint, err);
	if (rc != 0)
		return rc;
	ret->size = checkpoint.size;
	ret->root = checkpoint.root;
	ls_sha256_buffer(c->note.data, c->note.size, &ret->note);
	return 0;
}

/* Whatever comes of it, the next is made for a later checkpoint: no TPM is pressed. */
static void settle(struct ls_server *s, uint64_t size)
{
	struct ls_evidence_due *e = &s->evidence;
	e->attested = size;
	e->kept.size = 0;
	e->since = 0;
	e->made = now_ms();
}

int ls_server_evidence_make(struct ls_server *s, bool last, struct ls_error *err)
{
	const struct ls_sent_checkpoint *c = published(s);
	struct ls_key_attestation attestation;
	struct ls_nv_checkpoint checkpoint;
	struct ls_error why = { 0 };
	if (!s->evidence.wanted || !c || (!last && ls_server_evidence_wait(s) != 0))
		return 0;
	int rc = read_checkpoint(c, &checkpoint, &why);
	if (rc == 0)
		rc = s->backend->attest(s->key, &checkpoint, &attestation, &why);
	if (s->failure.code) { /* of a peer that was served meanwhile */
		*err = s->failure;
		return err->code;
	}
	if (rc < 0)
		ls_log(LS_LOG_WARNING, "enclave.evidence",
		       "there is no evidence for the log at size %llu: %s",
		       (unsigned long long)c->size, why.message);
	uint64_t size = c->size; /* the publisher may answer at once */
	rc = rc < 0 ? 0 : send_evidence(s, c, &attestation, err);
	settle(s, size);
	return rc;
}
