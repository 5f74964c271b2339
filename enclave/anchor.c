/* SPDX-License-Identifier: Apache-2.0 */
/*
 * No rollback: the log on the share must be the one that the TPM remembers, or
 * go on from it.  What is remembered lags a little behind what is published
 * (enclave/evidence.h), so a log that is longer is no fault; one that is shorter,
 * or another, is, unless the policy authority adopted exactly that
 * (lib/attest/adoption.h).  A key without a memory (in a file) is not held to it.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "enclave/serving.h"
#include "lib/base/log.h"
#include "lib/log/merkle.h"

#define WAY_OUT                                                                     \
	"nothing is sealed; put the newest copy of the share back, or, if what is " \
	"missing is lost, let the policy authority adopt what is there: 'labseal "  \
	"approve --adopt-log'"

static bool is_same(const struct ls_log_state *a, const struct ls_log_state *b)
{
	return a->size == b->size && ls_digest_equal(&a->root, &b->root);
}

/* --- an adoption --------------------------------------------------------------------- */

static json_t *state_json(const struct ls_log_state *state)
{
	char hex[LS_DIGEST_HEX_SIZE];
	return json_pack("{s:I, s:s}", "size", (json_int_t)state->size, "root",
			 ls_digest_hex(&state->root, hex));
}

static char *adoption_detail(const struct ls_adoption *a)
{
	_cleanup_buffer_ struct ls_buffer signature;
	ls_buffer_init(&signature, 4 * LS_P256_SIGNATURE_MAX);
	bool shorter = a->remembers && a->remembered.size > a->log.size;
	if (ls_base64_encode(a->signature, a->signature_size, &signature) < 0)
		return NULL;
	json_t *json = json_pack("{s:o, s:o, s:o, s:s}", "remembered",
				 a->remembers ? state_json(&a->remembered) : json_null(), "adopted",
				 state_json(&a->log), "lost",
				 shorter ? json_pack("{s:I, s:I}", "from",
						     (json_int_t)a->log.size + 1, "to",
						     (json_int_t)a->remembered.size)
					 : json_null(),
				 "signature", ls_buffer_str(&signature));
	char *text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

static int seal_adoption(struct ls_server *s, struct ls_error *err)
{
	static const char kind[] = "log-adopted";
	char *detail = adoption_detail(&s->anchor.adoption);
	struct ls_event event = { .host_time = ls_server_clock(),
				  .kind = { (const uint8_t *)kind, strlen(kind) } };
	int rc = -ENOMEM;
	if (detail && ls_adoption_digest(&s->anchor.adoption, &event.key) == 0) {
		event.detail = (struct ls_bytes){ (const uint8_t *)detail, strlen(detail) };
		rc = ls_server_seal_own_event(s, &event, err);
	} else {
		ls_fail(err, rc, "enclave.memory", "out of memory for an event");
	}
	free(detail);
	return rc;
}

/* Its event is published: now the TPM remembers the log that goes on. */
static int remember_and_take_up(struct ls_server *s, struct ls_error *err)
{
	struct ls_log_state log;
	int rc = ls_sealer_log_state(s->sealer, &log, err);
	struct ls_nv_checkpoint c = { .size = log.size, .root = log.root, .note = s->anchor.note };
	if (rc == 0)
		rc = s->backend->write_checkpoint(s->key, &c, err);
	return rc < 0 ? rc : ls_server_take_up(s, err);
}

int ls_server_on_adopted(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	int rc = ls_server_on_published(s, m, err);
	ls_sealer_note_digest(s->sealer, &s->anchor.note);
	return rc < 0 ? rc : remember_and_take_up(s, err);
}

static int ask_for_proof(struct ls_server *s, const struct ls_log_state *from, struct ls_error *err)
{
	s->anchor.proving = *from;
	s->state = LS_STATE_PROOF;
	ls_buffer_clear(&s->out);
	return ls_server_send(s, LS_PEER_OUT, LS_MSG_PROVE, ls_encode_prove(from->size, &s->out),
			      err);
}

/* The adoption in START, when it is the authority's and speaks of what is remembered. */
static int read_adoption(struct ls_server *s, struct ls_error *err)
{
	struct ls_anchor *anchor = &s->anchor;
	struct ls_adoption a;
	struct ls_p256_public authority;
	int rc = ls_adoption_parse(s->start.adoption.data, s->start.adoption.size, &a, err);
	if (rc == 0)
		rc = ls_p256_public_parse(s->start.authority.data, s->start.authority.size,
					  &authority, err);
	if (rc == 0)
		rc = ls_adoption_verify(&a, &authority, err);
	if (rc < 0)
		return rc;
	if (strlen(a.origin) != s->start.origin.size ||
	    memcmp(a.origin, s->start.origin.data, s->start.origin.size) != 0 ||
	    a.remembers != anchor->remembers || !is_same(&a.remembered, &anchor->memory))
		return ls_fail(err, -ESTALE, "enclave.log.adoption",
			       "there is an adoption, but for another log or of an earlier time");
	anchor->adoption = a;
	return 0;
}

/*
 * Adopt the log if that is what the adoption says.  The TPM still remembers what
 * it remembered, so this comes again when an earlier start sealed the event and
 * was ended before the TPM heard of it: then exactly that one entry follows.
 */
static int adopt(struct ls_server *s, struct ls_error *err)
{
	struct ls_digest key;
	int rc = read_adoption(s, err);
	if (rc < 0)
		return rc;
	const struct ls_log_state *adopted = &s->anchor.adoption.log;
	if (is_same(adopted, &s->anchor.log)) {
		s->state = LS_STATE_ADOPTING;
		return seal_adoption(s, err);
	}
	if (s->anchor.log.size == adopted->size + 1 &&
	    ls_adoption_digest(&s->anchor.adoption, &key) == 0 &&
	    ls_sealer_find(s->sealer, &key) == s->anchor.log.size)
		return adopted->size == 0 ? remember_and_take_up(s, err)
					  : ask_for_proof(s, adopted, err);
	return ls_fail(err, -ESTALE, "enclave.log.adoption",
		       "there is an adoption, but not of the log that the share holds now");
}

/* why: what is wrong with the log, unless it was adopted as it is. */
static int adopt_or_refuse(struct ls_server *s, const struct ls_error *why, struct ls_error *err)
{
	struct ls_error not_adopted = { 0 };
	int rc = -ENOENT;
	if (s->start.adoption.size > 0)
		rc = adopt(s, &not_adopted);
	if (rc == 0)
		ls_log(LS_LOG_WARNING, "enclave.log.adopted", "%s; but it was adopted",
		       why->message);
	if (rc == 0)
		return 0;
	if (rc != -ENOENT && rc != -ESTALE && rc != -EBADMSG)
		return ls_fail(err, rc, not_adopted.id, "%s", not_adopted.message);
	return ls_fail(err, -EACCES, why->id, "%s; " WAY_OUT "%s%s", why->message,
		       rc == -ENOENT ? "" : "; ", not_adopted.message);
}

/* --- the comparison ---------------------------------------------------------------------- */

static int refuse_nothing_remembered(struct ls_server *s, struct ls_error *err)
{
	struct ls_error why = { 0 };
	ls_fail(&why, -EACCES, "enclave.log.unknown",
		"the share holds a log of %llu entries and this TPM remembers none: the TPM's "
		"index was made anew, or the share is another machine's or from a backup",
		(unsigned long long)s->anchor.log.size);
	return adopt_or_refuse(s, &why, err);
}

static int refuse_shorter(struct ls_server *s, struct ls_error *err)
{
	struct ls_error why = { 0 };
	ls_fail(&why, -EACCES, "enclave.log.older",
		"the share holds %llu entries of the log and the TPM remembers %llu: an older "
		"state of the share was put back (a backup? another disk?), and %llu entries are "
		"missing",
		(unsigned long long)s->anchor.log.size, (unsigned long long)s->anchor.memory.size,
		(unsigned long long)(s->anchor.memory.size - s->anchor.log.size));
	return adopt_or_refuse(s, &why, err);
}

static int refuse_fork(struct ls_server *s, struct ls_error *err)
{
	struct ls_error why = { 0 };
	ls_fail(&why, -EACCES, "enclave.log.forked",
		"the share's log of %llu entries is not the one that the TPM remembers, nor does "
		"it begin with those %llu entries: an older state was put back and went on (on "
		"another machine? with another copy of the software TPM?)",
		(unsigned long long)s->anchor.log.size, (unsigned long long)s->anchor.memory.size);
	return adopt_or_refuse(s, &why, err);
}

int ls_server_on_proof(struct ls_server *s, const struct ls_message *m, struct ls_error *err)
{
	static struct ls_log_proof proof;
	struct ls_anchor *a = &s->anchor;
	struct ls_error why = { 0 };
	bool adopting = a->adoption.signature_size > 0;
	int rc = ls_decode_log_proof(m, &proof, err);
	if (rc < 0)
		return rc;
	rc = ls_merkle_verify_consistency(a->proving.size, &a->proving.root, a->log.size,
					  &a->log.root, proof.hashes, proof.count, &why);
	if (rc == 0)
		return adopting ? remember_and_take_up(s, err) : ls_server_take_up(s, err);
	if (rc != -EBADMSG || adopting)
		return ls_fail(err, rc, why.id, "%s", why.message);
	return refuse_fork(s, err);
}

static int read_memory(struct ls_server *s, struct ls_error *err)
{
	struct ls_nv_checkpoint c = { 0 };
	int rc = s->backend->read_checkpoint(s->key, &c, err);
	s->anchor.remembers = rc == 0;
	s->anchor.memory = (struct ls_log_state){ c.size, c.root };
	return rc == -ENODATA ? 0 : rc;
}

int ls_server_anchor(struct ls_server *s, struct ls_bytes checkpoint, struct ls_error *err)
{
	struct ls_anchor *a = &s->anchor;
	if (!s->backend->read_checkpoint)
		return ls_server_take_up(s, err);
	int rc = ls_sealer_log_state(s->sealer, &a->log, err);
	if (checkpoint.size > 0)
		ls_sha256_buffer(checkpoint.data, checkpoint.size, &a->note);
	if (rc == 0)
		rc = read_memory(s, err);
	if (rc < 0)
		return rc;
	if (!a->remembers)
		return a->log.size == 0 ? remember_and_take_up(s, err)
					: refuse_nothing_remembered(s, err);
	if (is_same(&a->log, &a->memory))
		return ls_server_take_up(s, err);
	if (a->log.size < a->memory.size)
		return refuse_shorter(s, err);
	if (a->log.size == a->memory.size)
		return refuse_fork(s, err);
	return a->memory.size == 0 ? ls_server_take_up(s, err) : ask_for_proof(s, &a->memory, err);
}
