/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/evidence.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/evidence_internal.h"
#include "audit/verify/read.h"
#include "lib/base/number.h"

/* --- what lies there -------------------------------------------------------------------- */

void ls_evidence_unknown(struct ls_evidence_audit *a, const char *path, unsigned type)
{
	ls_report_fail(a->report, LS_CHECK_LAYOUT, "log.unknown", 0, path,
		       "labseal did not write this: %s that is no evidence", ls_kind_of_file(type));
}

bool ls_evidence_parse_name(const char *name, const char *ending, struct ls_digest *ret_digest)
{
	size_t hex = LS_DIGEST_HEX_SIZE - 1;
	return strlen(name) == hex + strlen(ending) && strcmp(name + hex, ending) == 0 &&
	       ls_digest_parse(name, hex, ret_digest) == 0;
}

static int remember(struct ls_evidence_audit *a, uint64_t size)
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
	struct ls_evidence_audit *a = context;
	uint64_t size;
	char path[LS_EVIDENCE_PATH_SIZE + 256];
	if (type == S_IFDIR && ls_parse_u64(name, strlen(name), &size) == 0 && size > 0)
		return remember(a, size);
	if (type == S_IFDIR &&
	    (strcmp(name, LS_EVIDENCE_EVENTS) == 0 || strcmp(name, LS_EVIDENCE_KEYS) == 0))
		return 0;
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%s", name);
	ls_evidence_unknown(a, path, type);
	return 0;
}

static int each_part(void *context, const char *name, unsigned type)
{
	struct ls_evidence_audit *a = context;
	char path[LS_EVIDENCE_PATH_SIZE + 256];
	if (ls_evidence_find(name) < LS_EVIDENCE_PARTS)
		return 0; /* what it is shows when it is read */
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64 "/%s", a->size, name);
	ls_report_fail(a->report, LS_CHECK_EVIDENCE_FILES, "evidence.file.unknown", 0, path,
		       "labseal did not write this: %s that is no part of the evidence",
		       ls_kind_of_file(type));
	return 0;
}

int ls_evidence_list(struct ls_evidence_audit *a, const char *path, ls_each_name_fn each)
{
	int rc = ls_each_name(a->log->source, path, each, a);
	if (rc == 0 || rc == -ENOMEM || rc == -ENOENT)
		return rc == -ENOMEM ? rc : 0;
	ls_report_unable(a->report, LS_CHECK_LAYOUT, "log.unreadable", 0, path,
			 "the folder cannot be listed: %s", strerror(-rc));
	return 0;
}

static int by_size(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return a < b ? -1 : a > b;
}

static int check_sets(struct ls_evidence_audit *a)
{
	int rc = 0;
	if (a->count > 0) /* qsort takes no NULL */
		qsort(a->sizes, a->count, sizeof(*a->sizes), by_size);
	ls_report_phase(a->report, LS_PHASE_EVIDENCE, a->count);
	for (size_t i = 0; rc == 0 && i < a->count; i++) {
		char path[LS_EVIDENCE_PATH_SIZE];
		a->size = a->sizes[i];
		snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64, a->size);
		rc = ls_evidence_list(a, path, each_part);
		if (rc == 0)
			ls_evidence_check_set(a);
		ls_report_advance(a->report, 1);
	}
	return rc;
}

/* --- the whole ----------------------------------------------------------------------------------
 */

static int begin(struct ls_evidence_audit *a)
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
	a->enrolments = (struct ls_enrolments){ .source = a->log->source,
						.trust = t,
						.attester = &a->believed.attester,
						.report = a->report };
	return 0;
}

/* How far it reaches, and what has none. */
static void conclude(struct ls_evidence_audit *a)
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
		ls_evidence_received(a, c->until);
	c->without = size > c->last ? size - c->last : 0;
	if (c->without > 0)
		ls_report_skip(a->report, "evidence.behind",
			       "the TPM's word for the last %" PRIu64 " seal%s: evidence reaches "
			       "to seal %" PRIu64
			       " (it is made within seconds, when there is time)",
			       c->without, c->without == 1 ? "" : "s", c->last);
}

static int run(struct ls_evidence_audit *a)
{
	int rc = begin(a);
	if (rc == 0)
		rc = ls_evidence_list(a, LS_EVIDENCE_FOLDER, each_folder);
	if (rc == 0)
		rc = ls_evidence_list(a, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS,
				      ls_evidence_each_key);
	if (rc == 0)
		rc = check_sets(a);
	if (rc == 0)
		rc = ls_evidence_list(a, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS,
				      ls_evidence_each_event_log);
	if (rc < 0)
		return rc;
	if (a->count > 0) {
		ls_evidence_check_key(a);
		ls_enrolment_conclude(&a->enrolments, a->chain);
	}
	conclude(a);
	return a->out_of_memory ? -ENOMEM : 0;
}

int ls_evidence_audit(struct ls_log *log, struct ls_report *report)
{
	struct ls_evidence_audit a = { .log = log, .report = report, .trust = log->trust };
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
