/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence, checked, as a store. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "audit/cal/evidence.h"
#include "audit/dcc/store.h"
#include "lib/base/cleanup.h"
#include "lib/log/checkpoint.h"
#include "lib/log/cosignature.h"
#include "lib/log/merkle.h"
#include "lib/log/proof.h"
#include "lib/registry/folder.h"

/* Records before they are given to the store: they must be in the log's order there. */
struct records {
	struct ls_cal_entry **entries; /* owned references */
	size_t count, capacity;
};

struct reading {
	const struct ls_cal_trust *trust;
	struct ls_cal_evidence evidence;
	struct ls_checkpoint checkpoint;
	struct records records;
	struct ls_merkle_frontier frontier; /* of complete evidence */
	struct ls_sha256 hash;
	int64_t witnessed; /* when a quorum saw the checkpoint; LS_CAL_TIME_UNKNOWN */
	unsigned witnesses;
	struct ls_cal_fresh fresh;
};

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
}

static int add(struct records *records, const void *bytes, size_t size, uint64_t index,
	       struct ls_error *err)
{
	if (records->count == records->capacity) {
		size_t capacity = records->capacity ? 2 * records->capacity : 64;
		struct ls_cal_entry **entries = realloc(records->entries,
							capacity * sizeof(void *));
		if (!entries)
			return out_of_memory(err);
		records->entries = entries;
		records->capacity = capacity;
	}
	int rc = ls_cal_entry_parse(bytes, size, index, LS_CAL_TIME_UNKNOWN,
				    &records->entries[records->count], err);
	if (rc == 0)
		records->count++;
	return rc;
}

/* The proof ends at the evidence's own checkpoint, whose signature was checked once. */
static int check_proof(struct reading *r, const uint8_t *record, size_t size, const uint8_t *bytes,
		       size_t proof_size, uint64_t *ret_index, struct ls_error *err)
{
	struct ls_proof proof;
	struct ls_digest leaf;
	int rc = ls_proof_parse(bytes, proof_size, &proof, err);
	if (rc < 0)
		return rc;
	if (proof.checkpoint_size != r->evidence.checkpoint_size ||
	    memcmp(proof.checkpoint, r->evidence.checkpoint, proof.checkpoint_size) != 0)
		return ls_fail(err, -EBADMSG, "cal.evidence.checkpoint",
			       "a proof in it is of another checkpoint than the rest");
	if (ls_merkle_leaf(&r->hash, record, size, &leaf) < 0)
		return out_of_memory(err);
	*ret_index = proof.index;
	return ls_merkle_verify_inclusion(&leaf, proof.index, r->checkpoint.size, proof.hashes,
					  proof.count, &r->checkpoint.root, err);
}

static int append(struct reading *r, const uint8_t *record, size_t size, uint64_t *ret_index,
		  struct ls_error *err)
{
	struct ls_digest leaf;
	*ret_index = r->frontier.size;
	if (ls_merkle_leaf(&r->hash, record, size, &leaf) < 0 ||
	    ls_merkle_frontier_append(&r->frontier, &r->hash, &leaf) < 0)
		return out_of_memory(err);
	return 0;
}

static int read_records(struct reading *r, struct ls_error *err)
{
	const uint8_t *record, *proof;
	size_t size, proof_size;
	uint64_t index = 0;
	int rc;
	while ((rc = ls_cal_evidence_next(&r->evidence, &record, &size, &proof, &proof_size, err)) >
	       0) {
		rc = r->evidence.complete
			     ? append(r, record, size, &index, err)
			     : check_proof(r, record, size, proof, proof_size, &index, err);
		if (rc == 0)
			rc = add(&r->records, record, size, index, err);
		if (rc < 0)
			return rc;
	}
	return rc;
}

static int check_complete(struct reading *r, struct ls_error *err)
{
	struct ls_digest root;
	if (!r->evidence.complete)
		return 0;
	if (ls_merkle_frontier_root(&r->frontier, &r->hash, &root) < 0)
		return out_of_memory(err);
	if (r->frontier.size != r->checkpoint.size || !ls_digest_equal(&root, &r->checkpoint.root))
		return ls_fail(err, -EBADMSG, "cal.evidence.root",
			       "its records are not the whole log that its checkpoint signs");
	return 0;
}

/* When a quorum of the trust file's witnesses had seen this checkpoint. */
static int by_time(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return a < b ? -1 : a > b;
}

static int check_witnesses(struct reading *r, struct ls_error *err)
{
	struct ls_note note;
	uint64_t times[LS_WITNESSES_MAX];
	r->witnessed = LS_CAL_TIME_UNKNOWN;
	int rc = ls_note_parse(r->evidence.checkpoint, r->evidence.checkpoint_size, &note, err);
	for (size_t i = 0; rc == 0 && i < r->trust->witness_count; i++) {
		int good = ls_cosignature_verify(&note, &r->trust->witnesses[i],
						 &times[r->witnesses], err);
		if (good == -ENOMEM)
			return good;
		r->witnesses += good == 0;
	}
	if (rc == 0 && r->trust->quorum > 0 && r->witnesses >= r->trust->quorum) {
		qsort(times, r->witnesses, sizeof(*times), by_time);
		r->witnessed = (int64_t)times[r->trust->quorum - 1];
	}
	return rc;
}

static int by_index(const void *left, const void *right)
{
	const struct ls_cal_entry *a = *(struct ls_cal_entry *const *)left,
				  *b = *(struct ls_cal_entry *const *)right;
	return a->index < b->index ? -1 : a->index > b->index;
}

static bool is_heartbeat(const struct reading *r, const struct ls_cal_entry *e,
			 struct ls_p256_verifier *verifier)
{
	return e->record.kind == LS_CAL_HEARTBEAT &&
	       strcmp(e->record.registry, r->trust->registry.name) == 0 &&
	       ls_cal_record_verify(&e->record, 0, &r->trust->registry.key, verifier, NULL) == 0;
}

/* From the end: each record was there when the next heartbeat, or the witnesses, say so. */
static void set_logged(struct reading *r)
{
	_cleanup_p256_verifier_ struct ls_p256_verifier verifier = { .pkey = NULL };
	int64_t logged = r->witnessed;
	for (size_t i = r->records.count; i-- > 0;) {
		struct ls_cal_entry *e = r->records.entries[i];
		if (r->trust->witness_count == 0 && is_heartbeat(r, e, &verifier))
			logged = e->record.issued;
		e->logged = logged;
	}
}

/* From the beginning: each record was not there when the heartbeat before it was signed. */
static void set_absent(struct reading *r)
{
	_cleanup_p256_verifier_ struct ls_p256_verifier verifier = { .pkey = NULL };
	int64_t absent = LS_CAL_TIME_UNKNOWN;
	for (size_t i = 0; i < r->records.count; i++) {
		struct ls_cal_entry *e = r->records.entries[i];
		e->absent = absent;
		if (is_heartbeat(r, e, &verifier))
			absent = e->record.issued;
	}
}

/* Whether the revocations before this heartbeat are those that it vouches for. */
static bool revocations_whole(const struct reading *r, const struct ls_cal_entry *heartbeat)
{
	const struct ls_cal_heartbeat *h = &heartbeat->record.heartbeat;
	_cleanup_sha256_ struct ls_sha256 hash = { .context = NULL };
	struct ls_digest digest;
	uint64_t count = 0;
	if (!h->has_revocations || ls_sha256_init(&hash) < 0)
		return false;
	for (size_t i = 0; i < r->records.count; i++) {
		const struct ls_cal_entry *e = r->records.entries[i];
		if (e->record.kind != LS_CAL_REVOCATION || e->index >= heartbeat->index)
			continue;
		ls_sha256_update(&hash, e->record.id.bytes, LS_DIGEST_SIZE);
		count++;
	}
	ls_sha256_final(&hash, &digest);
	return count == h->revocations && ls_digest_equal(&digest, &h->digest);
}

/* The newest heartbeat that is not later than the time it was made for. */
static const struct ls_cal_entry *newest_heartbeat(const struct reading *r)
{
	_cleanup_p256_verifier_ struct ls_p256_verifier verifier = { .pkey = NULL };
	for (size_t i = r->records.count; i-- > 0;) {
		const struct ls_cal_entry *e = r->records.entries[i];
		if (e->record.issued <= r->evidence.at && is_heartbeat(r, e, &verifier))
			return e;
	}
	return NULL;
}

static void set_fresh(struct reading *r)
{
	const struct ls_cal_entry *heartbeat = newest_heartbeat(r);
	struct ls_cal_fresh *f = &r->fresh;
	*f = (struct ls_cal_fresh){ .size = r->checkpoint.size,
				    .root = r->checkpoint.root,
				    .time = LS_CAL_TIME_UNKNOWN,
				    .witnesses = r->witnesses,
				    .absence_shown = r->evidence.complete };
	memcpy(f->origin, r->checkpoint.origin, sizeof(f->origin));
	if (r->trust->witness_count > 0)
		f->time = r->witnessed;
	else if (heartbeat)
		f->time = heartbeat->record.issued;
	if (f->time != LS_CAL_TIME_UNKNOWN)
		f->clock = LS_CAL_CLOCK_CREATION;
	f->revocations_shown = r->evidence.complete ||
			       (heartbeat && revocations_whole(r, heartbeat));
	/* what was revoked after that heartbeat may have been left out, however new the log is */
	if (!r->evidence.complete && f->revocations_shown && heartbeat->record.issued < f->time)
		f->time = heartbeat->record.issued;
}

/* The certificates in it, as the mirror's that they came from. */
static int read_documents(struct reading *r, struct ls_cal_store *documents, size_t *ret_count,
			  struct ls_error *err)
{
	const uint8_t *bytes;
	char name[LS_REGISTRY_PATH_SIZE];
	size_t size;
	int rc;
	*ret_count = 0;
	while ((rc = ls_cal_evidence_document(&r->evidence, &bytes, &size, err)) > 0) {
		ls_registry_document_path(&r->evidence.last, name);
		rc = ls_dcc_store_add_kept(documents, bytes, size, name, err);
		if (rc < 0)
			return rc;
		++*ret_count;
	}
	return rc;
}

static int join_documents(struct reading *r, struct ls_cal_store **store, struct ls_error *err)
{
	_cleanup_cal_store_ struct ls_cal_store *documents = NULL;
	size_t count = 0;
	int rc = ls_dcc_store_new(r->trust, r->evidence.at, &documents, err);
	if (rc == 0)
		rc = read_documents(r, documents, &count, err);
	if (rc < 0 || count == 0)
		return rc;
	struct ls_cal_store *both[] = { *store, documents };
	struct ls_cal_store *joined = ls_cal_store_join(both, 2);
	if (!joined)
		return out_of_memory(err);
	documents = NULL; /* handed over */
	*store = joined;
	return 0;
}

static int fill(struct reading *r, struct ls_cal_store **ret_store, struct ls_error *err)
{
	_cleanup_cal_store_ struct ls_cal_store *store = ls_cal_memory_store_new();
	if (!store)
		return out_of_memory(err);
	for (size_t i = 0; i < r->records.count; i++) {
		int rc = ls_cal_memory_store_add(store, r->records.entries[i]);
		if (rc == -EEXIST)
			return ls_fail(err, -EBADMSG, "cal.evidence.doubled",
				       "a record is twice in it");
		if (rc < 0)
			return out_of_memory(err);
	}
	ls_cal_memory_store_set_fresh(store, &r->fresh);
	int rc = join_documents(r, &store, err);
	if (rc < 0)
		return rc;
	*ret_store = ls_steal_ptr(&store);
	return 0;
}

static int read_all(struct reading *r, const void *bytes, size_t size, struct ls_error *err)
{
	int rc = ls_cal_evidence_parse(bytes, size, &r->evidence, err);
	if (rc == 0)
		rc = ls_registry_checkpoint_open(r->evidence.checkpoint,
						 r->evidence.checkpoint_size, &r->trust->registry,
						 &r->checkpoint, err);
	if (rc == 0)
		rc = check_witnesses(r, err);
	if (rc == 0)
		rc = read_records(r, err);
	if (rc == 0)
		rc = check_complete(r, err);
	if (rc < 0)
		return rc;
	if (r->records.count > 0)
		qsort(r->records.entries, r->records.count, sizeof(void *), by_index);
	set_logged(r);
	set_absent(r);
	set_fresh(r);
	return 0;
}

int ls_cal_evidence_store(const void *bytes, size_t size, const struct ls_cal_trust *trust,
			  struct ls_cal_store **ret_store, int64_t *ret_at, struct ls_error *err)
{
	struct reading r = { .trust = trust };
	if (!trust->has_registry)
		return ls_fail(err, -ENOKEY, "cal.evidence.trust",
			       "the trust file names no registry, whose log this could be of");
	ls_merkle_frontier_init(&r.frontier);
	int rc = read_all(&r, bytes, size, err);
	if (rc == 0)
		rc = fill(&r, ret_store, err);
	if (rc == 0)
		*ret_at = r.evidence.at;
	for (size_t i = 0; i < r.records.count; i++)
		ls_cal_entry_unref(r.records.entries[i]);
	free(r.records.entries);
	ls_sha256_free(&r.hash);
	return rc;
}
