/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/tally.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/attest/evidence.h"

void ls_tally_init(struct ls_tally *tally)
{
	*tally = (struct ls_tally){ .count = 0 };
	pthread_mutex_init(&tally->lock, NULL);
}

void ls_tally_free(struct ls_tally *tally)
{
	free(tally->named);
	pthread_mutex_destroy(&tally->lock);
}

static void name_evidence(struct ls_tally *t, uint64_t size, uint64_t seal)
{
	/* neighbours name the same: most are told here already */
	for (size_t i = t->count; i > 0 && i + 8 > t->count; i--)
		if (t->named[i - 1].size == size) {
			if (seal < t->named[i - 1].seal)
				t->named[i - 1].seal = seal;
			return;
		}
	if (t->count == t->capacity) {
		size_t capacity = 2 * t->capacity + 64;
		void *grown = reallocarray(t->named, capacity, sizeof(*t->named));
		if (!grown) {
			t->out_of_memory = true;
			return;
		}
		t->named = grown;
		t->capacity = capacity;
	}
	t->named[t->count++] = (struct ls_named_evidence){ size, seal };
}

void ls_tally_tell(struct ls_tally *tally, const struct ls_record *record)
{
	if (!tally || (record->evidence == 0 && !record->unconfined[0]))
		return;
	pthread_mutex_lock(&tally->lock);
	if (record->evidence > 0)
		name_evidence(tally, record->evidence, record->seal);
	if (record->unconfined[0] && (tally->unconfined == 0 || record->seal < tally->unconfined)) {
		tally->unconfined = record->seal;
		snprintf(tally->without, sizeof(tally->without), "%s", record->unconfined);
	}
	pthread_mutex_unlock(&tally->lock);
}

static int by_size_and_seal(const void *left, const void *right)
{
	const struct ls_named_evidence *a = left, *b = right;
	if (a->size != b->size)
		return a->size < b->size ? -1 : 1;
	return a->seal < b->seal ? -1 : a->seal > b->seal;
}

/* Looked for now, and not in an earlier listing: sealing may go on during an audit. */
static void check_named(const struct ls_named_evidence *n, struct ls_source *source,
			struct ls_report *report)
{
	mode_t type;
	char path[128];
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64, n->size);
	int rc = ls_source_type(source, path, &type);
	if (rc == 0)
		ls_report_pass(report, LS_CHECK_EVIDENCE_NAMED, 1);
	else if (rc == -ENOENT)
		ls_report_fail(report, LS_CHECK_EVIDENCE_NAMED, "evidence.removed", n->seal, path,
			       "the evidence for the log at size %" PRIu64 " was removed: the "
			       "record of seal %" PRIu64 " says that it was published",
			       n->size, n->seal);
	else
		ls_report_unable(report, LS_CHECK_EVIDENCE_NAMED, "evidence.named.unreadable",
				 n->seal, path, "whether it is there cannot be seen: %s",
				 strerror(-rc));
}

int ls_tally_check(struct ls_tally *tally, struct ls_source *source, struct ls_report *report)
{
	if (tally->unconfined > 0)
		ls_report_warn(report, "record.unconfined", tally->unconfined, "",
			       "from here on there are seals of an enclave that could not confine "
			       "itself in full; it was without: %s",
			       tally->without);
	if (!report->facts.chain)
		return 0;
	if (tally->count > 0)
		qsort(tally->named, tally->count, sizeof(*tally->named), by_size_and_seal);
	for (size_t i = 0; i < tally->count; i++)
		if (i == 0 || tally->named[i].size != tally->named[i - 1].size)
			check_named(&tally->named[i], source, report);
	return tally->out_of_memory ? -ENOMEM : 0;
}
