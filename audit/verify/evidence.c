/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/evidence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/chain.h"
#include "audit/verify/enrolment.h"
#include "audit/verify/read.h"
#include "audit/verify/share.h"
#include "lib/attest/evidence.h"
#include "lib/base/number.h"

#define PATH_SIZE 256

struct audit {
	struct ls_log *log;
	struct ls_report *report;
	const struct ls_trust *trust;
	struct ls_evidence_trust believed;
	struct ls_log_scratch scratch;
	struct ls_chain *chain; /* the report's */
	struct ls_enrolments enrolments;

	uint64_t *sizes; /* of the folders; owned */
	size_t count, capacity;
	bool out_of_memory;

	/* the set that is looked at */
	uint64_t size;
	struct ls_buffer parts[LS_EVIDENCE_PARTS];
	struct ls_evidence_says says;

	bool have_clock; /* of the set before */
	struct ls_clock clock;
};

static const char *part_path(const struct audit *a, enum ls_evidence_part part,
			     char buffer[static PATH_SIZE])
{
	snprintf(buffer, PATH_SIZE, LS_EVIDENCE_FOLDER "/%" PRIu64 "/%s", a->size,
		 ls_evidence_file(part));
	return buffer;
}

static void fail(struct audit *a, enum ls_check check, const char *id, enum ls_evidence_part part,
		 const char *message)
{
	char path[PATH_SIZE];
	ls_report_fail(a->report, check, id, 0, part_path(a, part, path), "%s", message);
}

/* --- what lies there -------------------------------------------------------------------- */

static void unknown(struct audit *a, const char *path, unsigned type)
{
	ls_report_fail(a->report, LS_CHECK_LAYOUT, "log.unknown", 0, path,
		       "labseal did not write this: %s that is no evidence", ls_kind_of_file(type));
}

static int remember(struct audit *a, uint64_t size)
{
	if (a->count == a->capacity) {
		size_t capacity = 2 * a->capacity + 64;
		uint64_t *sizes = reallocarray(a->sizes, capacity, sizeof(*sizes));
		if (!sizes)
			return -ENOMEM;
		a->sizes = sizes;
		a->capacity = capacity;
	}
	a->sizes[a->count++] = size;
	return 0;
}

static int each_folder(void *context, const char *name, unsigned type)
{
	struct audit *a = context;
	uint64_t size;
	char path[PATH_SIZE + 256];
	if (type == S_IFDIR && ls_parse_u64(name, strlen(name), &size) == 0 && size > 0)
		return remember(a, size);
	if (type == S_IFDIR &&
	    (strcmp(name, LS_EVIDENCE_EVENTS) == 0 || strcmp(name, LS_EVIDENCE_KEYS) == 0))
		return 0;
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%s", name);
	unknown(a, path, type);
	return 0;
}

static int each_part(void *context, const char *name, unsigned type)
{
	struct audit *a = context;
	char path[PATH_SIZE + 256];
	if (ls_evidence_find(name) < LS_EVIDENCE_PARTS)
		return 0; /* what it is shows when it is read */
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64 "/%s", a->size, name);
	ls_report_fail(a->report, LS_CHECK_EVIDENCE_FILES, "evidence.file.unknown", 0, path,
		       "labseal did not write this: %s that is no part of the evidence",
		       ls_kind_of_file(type));
	return 0;
}

static int list(struct audit *a, const char *path, ls_each_name_fn each)
{
	int rc = ls_each_name(a->log->rootfd, path, each, a);
	if (rc == 0 || rc == -ENOMEM || rc == -ENOENT)
		return rc == -ENOMEM ? rc : 0;
	ls_report_unable(a->report, LS_CHECK_LAYOUT, "log.unreadable", 0, path,
			 "the folder cannot be listed: %s", strerror(-rc));
	return 0;
}

/* --- one set ------------------------------------------------------------------------------ */

static bool read_parts(struct audit *a)
{
	bool whole = true;
	char path[PATH_SIZE];
	for (int part = 0; part < LS_EVIDENCE_PARTS; part++) {
		struct ls_read_result read = ls_share_read(a->log->rootfd, part_path(a, part, path),
							   &a->parts[part]);
		if (read.status == LS_READ_OK)
			ls_report_pass(a->report, LS_CHECK_EVIDENCE_FILES, 1);
		else
			ls_read_report(a->report, LS_CHECK_EVIDENCE_FILES, "evidence.file", 0, path,
				       &read);
		whole = whole && read.status == LS_READ_OK;
	}
	return whole;
}

/* Why this is not the log's signed checkpoint of this size, or NULL. */
static const char *checkpoint_fault(struct audit *a, struct ls_checkpoint *ret)
{
	struct ls_digest root;
	const struct ls_buffer *note = &a->parts[LS_EVIDENCE_CHECKPOINT];
	if (ls_checkpoint_open(note->data, note->size, &a->trust->log, ret, NULL) < 0)
		return "it is no checkpoint that the trust file's log key signed";
	if (ret->size != a->size)
		return "its size is not the one in its folder's name";
	if (a->size > a->log->checkpoint.size) {
		if (a->size > a->log->beyond)
			a->log->beyond = a->size;
		return NULL;
	}
	int rc = ls_log_root_at(a->log, &a->scratch, a->size, &root);
	a->out_of_memory = a->out_of_memory || rc == -ENOMEM;
	if (rc == 0 && !ls_digest_equal(&root, &ret->root))
		return "its root is not that of the log's entries: the log was forked";
	return NULL;
}

static bool check_checkpoint(struct audit *a, struct ls_checkpoint *ret)
{
	const char *fault = checkpoint_fault(a, ret);
	if (fault)
		fail(a, LS_CHECK_EVIDENCE_CHECKPOINT, "evidence.checkpoint.wrong",
		     LS_EVIDENCE_CHECKPOINT, fault);
	else
		ls_report_pass(a->report, LS_CHECK_EVIDENCE_CHECKPOINT, 1);
	return !fault;
}

/*
 * rc of a check of lib/attest's.  When the signature does not belong to the
 * attestation, either of the two was altered: both are named.
 */
static bool settle(struct audit *a, enum ls_check check, const char *id, int rc,
		   enum ls_evidence_part part, const struct ls_error *err)
{
	if (rc == 0) {
		ls_report_pass(a->report, check, 1);
		return true;
	}
	bool of_signature = strncmp(err->id, "attest.signature", 16) == 0;
	bool malformed = strcmp(err->id, "attest.signature.malformed") == 0;
	if (!malformed)
		fail(a, check, id, part, err->message);
	if (of_signature)
		fail(a, check, id, part + 1, err->message);
	return false;
}

static bool check_attested(struct audit *a, const struct ls_checkpoint *checkpoint)
{
	struct ls_evidence_set set;
	struct ls_error err = { 0 };
	enum ls_evidence_part part;
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++) {
		set.parts[i].bytes = a->parts[i].data;
		set.parts[i].size = a->parts[i].size;
	}
	memset(&a->says, 0, sizeof(a->says));
	int rc = ls_evidence_check_quote(&set, &a->believed, &a->says, &part, &err);
	bool good = settle(a, LS_CHECK_EVIDENCE_QUOTE, "evidence.quote.wrong", rc, part, &err);
	rc = ls_evidence_check_counter(&set, &a->believed, &a->says, &part, &err);
	good &= settle(a, LS_CHECK_EVIDENCE_COUNTER, "evidence.counter.wrong", rc, part, &err);
	rc = ls_evidence_check_checkpoint(&set, &a->believed, a->size, &checkpoint->root, &a->says,
					  &part, &err);
	good &= settle(a, LS_CHECK_EVIDENCE_NV, "evidence.nv-checkpoint.wrong", rc, part, &err);
	return good;
}

/* --- the state that was quoted ------------------------------------------------------------- */

static struct ls_chain_state *find_state(const struct audit *a, const struct ls_digest *pcr23)
{
	for (size_t i = 0; i < a->chain->state_count; i++)
		if (ls_digest_equal(&a->chain->states[i].pcr23, pcr23))
			return &a->chain->states[i];
	return NULL;
}

/* Whether the file replays to its name; *ret_log is to be freed. */
static bool check_event_log(struct audit *a, const struct ls_digest *pcr23,
			    struct ls_event_log *ret_log)
{
	char path[PATH_SIZE], hex[LS_DIGEST_HEX_SIZE];
	struct ls_error err = { 0 };
	struct ls_digest replayed = { { 0 } };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_EVENT_LOG_SIZE_MAX);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS "/%s.jsonl",
		 ls_digest_hex(pcr23, hex));
	struct ls_read_result read = ls_share_read(a->log->rootfd, path, &bytes);
	if (read.status != LS_READ_OK) {
		ls_read_report(a->report, LS_CHECK_EVIDENCE_STATE, "evidence.events", 0, path,
			       &read);
		return false;
	}
	int rc = ls_event_log_parse(bytes.data, bytes.size, ret_log, &err);
	if (rc == 0)
		ls_event_log_replay(ret_log, &replayed);
	if (rc == 0 && ls_digest_equal(&replayed, pcr23)) {
		ls_report_pass(a->report, LS_CHECK_EVIDENCE_STATE, 1);
		return true;
	}
	ls_report_fail(a->report, LS_CHECK_EVIDENCE_STATE, "evidence.events.altered", 0, path, "%s",
		       rc < 0 ? err.message
			      : "it does not replay to the value of PCR 23 that it is named by");
	ls_event_log_free(ret_log);
	return false;
}

/* One more state; its event log is read.  NULL: out of memory. */
static struct ls_chain_state *add_state(struct audit *a, uint64_t version)
{
	struct ls_chain *c = a->chain;
	struct ls_chain_state *grown = reallocarray(c->states, c->state_count + 1,
						    sizeof(*c->states));
	if (!grown) {
		a->out_of_memory = true;
		return NULL;
	}
	c->states = grown;
	struct ls_chain_state *s = &c->states[c->state_count++];
	*s = (struct ls_chain_state){ .pcr23 = a->says.pcr23,
				      .version = version,
				      .first = a->size };
	s->log_good = check_event_log(a, &s->pcr23, &s->log);
	return s;
}

/* The approval of this state that the counter has not retired, or one that it has. */
static const struct ls_trust_approved *find_approval(const struct audit *a, bool *ret_retired)
{
	const struct ls_trust_approved *found = NULL;
	*ret_retired = true;
	for (size_t i = 0; i < a->trust->approved_count && *ret_retired; i++) {
		const struct ls_trust_approved *approved = &a->trust->approved[i];
		if (!ls_digest_equal(&approved->pcr23, &a->says.pcr23))
			continue;
		found = approved;
		*ret_retired = approved->counter > 0 && approved->counter < a->says.counter;
	}
	return found;
}

static bool check_state(struct audit *a)
{
	bool retired;
	const struct ls_trust_approved *approved = find_approval(a, &retired);
	if (!approved) {
		fail(a, LS_CHECK_EVIDENCE_STATE, "evidence.state.unapproved", LS_EVIDENCE_PCRS,
		     "the TPM was in a state that the trust file does not approve");
		return false;
	}
	if (retired) {
		fail(a, LS_CHECK_EVIDENCE_STATE, "evidence.state.retired", LS_EVIDENCE_COUNTER,
		     "the version counter is past the approval of the state that was quoted");
		return false;
	}
	struct ls_chain_state *state = find_state(a, &a->says.pcr23);
	if (!state)
		state = add_state(a, approved->version);
	if (state)
		state->last = a->size;
	ls_report_pass(a->report, LS_CHECK_EVIDENCE_STATE, 1);
	return state && state->log_good;
}

/* --- all sets, in order --------------------------------------------------------------------- */

static bool check_order(struct audit *a)
{
	struct ls_error err = { 0 };
	bool good = !a->have_clock || ls_clock_check_follows(&a->clock, &a->says.first, &err) == 0;
	if (!good)
		fail(a, LS_CHECK_EVIDENCE_CLOCK, "evidence.clock.backwards", LS_EVIDENCE_QUOTE,
		     err.message);
	if (a->have_clock && a->says.counter < a->chain->counter) {
		fail(a, LS_CHECK_EVIDENCE_CLOCK, "evidence.counter.backwards", LS_EVIDENCE_COUNTER,
		     "the version counter is lower than it was for an earlier checkpoint");
		good = false;
	}
	if (good)
		ls_report_pass(a->report, LS_CHECK_EVIDENCE_CLOCK, 1);
	a->clock = a->says.last;
	a->have_clock = true;
	return good;
}

/* When the last seal of the checkpoint was received; false: it is not known. */
static bool received_at(struct audit *a, int64_t *ret_time)
{
	struct ls_manifest manifest = { 0 };
	int rc = ls_log_entry(a->log, &a->scratch, a->size - 1, &manifest);
	a->out_of_memory = a->out_of_memory || rc == -ENOMEM;
	if (rc < 0)
		return false;
	*ret_time = manifest.received;
	ls_manifest_free(&manifest);
	return true;
}

static void received(struct audit *a, char text[static LS_UTC_SIZE])
{
	int64_t time;
	if (received_at(a, &time))
		ls_utc_format(time, text);
}

static void take_into_chain(struct audit *a)
{
	struct ls_chain *c = a->chain;
	if (c->checkpoints++ == 0) {
		c->first = a->size;
		received(a, c->since);
	}
	int64_t time;
	if (a->enrolments.count > 0 && a->size <= a->log->checkpoint.size && received_at(a, &time))
		ls_enrolment_hold(&a->enrolments, a->size, time);
	c->last = a->size;
	c->counter = a->says.counter;
	c->resets = a->says.last.reset_count;
}

static void check_set(struct audit *a)
{
	struct ls_checkpoint checkpoint;
	if (!read_parts(a) || !check_checkpoint(a, &checkpoint) || !check_attested(a, &checkpoint))
		return;
	bool approved = check_state(a), ordered = check_order(a);
	if (approved && ordered)
		take_into_chain(a);
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return a < b ? -1 : a > b;
}

static int check_sets(struct audit *a)
{
	int rc = 0;
	if (a->count > 0) /* qsort takes no NULL */
		qsort(a->sizes, a->count, sizeof(*a->sizes), by_size);
	for (size_t i = 0; rc == 0 && i < a->count; i++) {
		char path[PATH_SIZE];
		a->size = a->sizes[i];
		snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64, a->size);
		rc = list(a, path, each_part);
		if (rc == 0)
			check_set(a);
	}
	return rc;
}

/* --- what sets refer to ----------------------------------------------------------------------- */

/* The digest in HEX.ENDING; -EBADMSG. */
static int parse_name(const char *name, const char *ending, struct ls_digest *ret_digest)
{
	size_t hex = LS_DIGEST_HEX_SIZE - 1;
	if (strlen(name) != hex + strlen(ending) || strcmp(name + hex, ending) != 0)
		return -EBADMSG;
	return ls_digest_parse(name, hex, ret_digest);
}

/* An event log that no good quote led to must be whole all the same. */
static int each_event_log(void *context, const char *name, unsigned type)
{
	struct audit *a = context;
	struct ls_digest pcr23;
	char path[PATH_SIZE + 256];
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS "/%s", name);
	if (parse_name(name, ".jsonl", &pcr23) < 0) {
		unknown(a, path, type);
	} else if (!find_state(a, &pcr23)) {
		_cleanup_event_log_ struct ls_event_log log = { 0 };
		check_event_log(a, &pcr23, &log);
	}
	return 0;
}

static int each_key(void *context, const char *name, unsigned type)
{
	struct audit *a = context;
	struct ls_digest digest, ours;
	char path[PATH_SIZE + 256];
	if (ls_enrolment_take(&a->enrolments, name))
		return 0;
	ls_p256_public_digest(&a->trust->log.key, &ours);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS "/%s", name);
	if (parse_name(name, ".creation", &digest) < 0 || !ls_digest_equal(&digest, &ours))
		unknown(a, path, type);
	return 0;
}

static int verify_creation(struct audit *a, const struct ls_buffer *bytes, struct ls_error *err)
{
	struct ls_creation creation;
	struct ls_p256_public key;
	struct ls_clock clock;
	const struct ls_creation_policy policy = { &a->trust->authority, a->trust->policy_ref,
						   strlen(a->trust->policy_ref) };
	int rc = ls_creation_parse(bytes->data, bytes->size, &creation, err);
	if (rc == 0)
		rc = ls_creation_verify(&creation, &a->believed.attester, &policy, &key, &clock,
					err);
	if (rc == 0 && !ls_p256_public_equal(&key, &a->trust->log.key))
		rc = ls_fail(err, -EKEYREJECTED, "creation.key",
			     "it is about another key than the trust file's log key");
	return rc;
}

/* The signing key: made in the TPM that vouches, and bound to the authority's approvals. */
static void check_key(struct audit *a)
{
	char path[PATH_SIZE], hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest digest;
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CREATION_MAX);
	if (a->chain->in_token) {
		ls_report_skip(
			a->report, "evidence.token",
			"that the signing key is in a token (HSM) and cannot leave it: a token "
			"has no word of its own that auditors can check");
		return;
	}
	ls_p256_public_digest(&a->trust->log.key, &digest);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS "/%s.creation",
		 ls_digest_hex(&digest, hex));
	struct ls_read_result read = ls_share_read(a->log->rootfd, path, &bytes);
	if (read.status != LS_READ_OK) {
		ls_read_report(a->report, LS_CHECK_EVIDENCE_KEY, "evidence.key", 0, path, &read);
	} else if (verify_creation(a, &bytes, &err) < 0) {
		ls_report_fail(a->report, LS_CHECK_EVIDENCE_KEY, "evidence.key.wrong", 0, path,
			       "%s", err.message);
	} else {
		ls_report_pass(a->report, LS_CHECK_EVIDENCE_KEY, 1);
		a->chain->key_made_there = true;
	}
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static int begin(struct audit *a)
{
	struct ls_tpm_name authority;
	const struct ls_trust *t = a->trust;
	int rc = ls_attester_init(t->endorsement, t->endorsement_size, t->attestation,
				  t->attestation_size, &a->believed.attester, NULL);
	struct ls_chain *c = calloc(1, sizeof(*c));
	if (!c || rc < 0) { /* the parser has checked them */
		free(c);
		return -ENOMEM;
	}
	ls_authority_name(&t->authority, &authority);
	ls_policy_authorize_digest(&authority, t->policy_ref, strlen(t->policy_ref),
				   &a->believed.policy);
	c->tpm = ls_key_kind_name(ls_key_kind_tpm(t->key_kind));
	c->in_token = ls_key_kind_is_token(t->key_kind);
	memcpy(c->endorsement.bytes, a->believed.attester.endorsement.bytes + 2, LS_DIGEST_SIZE);
	memcpy(c->attestation.bytes, a->believed.attester.name.bytes + 2, LS_DIGEST_SIZE);
	ls_p256_public_digest(&t->authority, &c->authority);
	a->chain = a->report->facts.chain = c;
	a->enrolments = (struct ls_enrolments){ .rootfd = a->log->rootfd,
						.trust = t,
						.attester = &a->believed.attester,
						.report = a->report };
	return 0;
}

/* How far it reaches, and what has none. */
static void conclude(struct audit *a)
{
	struct ls_chain *c = a->chain;
	uint64_t size = a->log->checkpoint.size;
	if (a->count == 0 && size > 0)
		ls_report_unable(a->report, LS_CHECK_EVIDENCE_FILES, "evidence.missing", 0,
				 LS_EVIDENCE_FOLDER,
				 "the trust file names a TPM that vouches, but there is no "
				 "evidence by it: it was removed, or the instrument cannot make "
				 "any ('labseal status' says why)");
	if (c->last == 0)
		return;
	a->size = c->last;
	if (c->last <= size)
		received(a, c->until);
	c->without = size > c->last ? size - c->last : 0;
	if (c->without > 0)
		ls_report_skip(a->report, "evidence.behind",
			       "the TPM's word for the last %" PRIu64 " seal%s: evidence reaches "
			       "to seal %" PRIu64
			       " (it is made within seconds, when there is time)",
			       c->without, c->without == 1 ? "" : "s", c->last);
}

static int run(struct audit *a)
{
	int rc = begin(a);
	if (rc == 0)
		rc = list(a, LS_EVIDENCE_FOLDER, each_folder);
	if (rc == 0)
		rc = list(a, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS, each_key);
	if (rc == 0)
		rc = check_sets(a);
	if (rc == 0)
		rc = list(a, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS, each_event_log);
	if (rc < 0)
		return rc;
	if (a->count > 0) {
		check_key(a);
		ls_enrolment_conclude(&a->enrolments, a->chain);
	}
	conclude(a);
	return a->out_of_memory ? -ENOMEM : 0;
}

int ls_evidence_audit(struct ls_log *log, struct ls_report *report)
{
	struct audit a = { .log = log, .report = report, .trust = log->trust };
	if (!log->trust || log->trust->endorsement_size == 0) {
		ls_report_skip(report, "evidence.none", "the TPM's own word (log/evidence): %s",
			       log->trust ? "the trust file names no attestation key"
					  : "there is no trust file to say whose to believe");
		return 0;
	}
	ls_log_scratch_init(&a.scratch);
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++)
		ls_buffer_init(&a.parts[i], LS_EVIDENCE_PART_SIZE);
	int rc = run(&a);
	for (int i = 0; i < LS_EVIDENCE_PARTS; i++)
		ls_buffer_free(&a.parts[i]);
	ls_log_scratch_free(&a.scratch);
	free(a.sizes);
	return rc;
}
