/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence out of a mirror: what a trace reads is what it needs. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/cal/evidence.h"
#include "audit/cal/recording.h"
#include "audit/dcc/store.h"
#include "audit/dcc/tree.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/log/note.h"
#include "lib/log/proof.h"
#include "lib/log/tiles.h"
#include "lib/registry/folder.h"
#include "lib/registry/registry.h"

struct making {
	struct ls_registry *registry;
	struct ls_cal_store *store;
	struct ls_cal_store *mirrored; /* the mirror's certificates */
	const struct ls_checkpoint *checkpoint;
	struct ls_buffer note; /* the signed checkpoint */
	struct ls_tile_reader *tiles;
	int64_t at;
	struct ls_digest device;
	uint64_t *places; /* owned; of what goes into it */
	size_t count, capacity;
	struct ls_digest *documents; /* owned; the certificates that go into it */
	size_t document_count;
};

static int out_of_memory(struct ls_error *err)
{
	return ls_fail(err, -ENOMEM, "cal.memory", "out of memory");
}

/* --- what goes into it ---------------------------------------------------------------------- */

static int add_place(struct making *m, uint64_t place)
{
	if (place >= m->checkpoint->size)
		return 0;
	if (m->count == m->capacity) {
		size_t capacity = m->capacity ? 2 * m->capacity : 256;
		uint64_t *places = realloc(m->places, capacity * sizeof(*places));
		if (!places)
			return -ENOMEM;
		m->places = places;
		m->capacity = capacity;
	}
	m->places[m->count++] = place;
	return 0;
}

static int add_found(void *context, const struct ls_cal_found *found)
{
	return add_place(context, found->index);
}

static int by_digest(const void *left, const void *right)
{
	return memcmp(left, right, LS_DIGEST_SIZE);
}

static int keep_seen(struct making *m, const struct ls_cal_recording *records,
		     const struct ls_cal_recording *documents)
{
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < records->ids.capacity; i++)
		if (!ls_digest_is_zero(&records->ids.places[i].id))
			rc = add_place(m, records->ids.places[i].number);
	m->documents = calloc(documents->ids.count + 1, sizeof(*m->documents));
	if (rc < 0 || !m->documents)
		return -ENOMEM;
	for (size_t i = 0; i < documents->ids.capacity; i++)
		if (!ls_digest_is_zero(&documents->ids.places[i].id))
			m->documents[m->document_count++] = documents->ids.places[i].id;
	qsort(m->documents, m->document_count, sizeof(*m->documents), by_digest);
	return 0;
}

/* The trace, with an engine that has verified nothing yet, so that it reads all there is to read.
 */
static int add_traced(struct making *m, const struct ls_cal_trust *trust, const char *device,
		      struct ls_error *err)
{
	struct ls_cal_recording records, documents;
	struct ls_cal_engine *engine = NULL;
	struct ls_cal_worker *worker = NULL;
	_cleanup_cal_result_ struct ls_cal_result result = { .at = 0 };
	const struct ls_cal_engine_options options = { .at = m->at };
	ls_cal_recording_init(&records, m->store);
	ls_cal_recording_init(&documents, m->mirrored);
	struct ls_cal_store *both[] = { &records.store, &documents.store };
	_cleanup_cal_store_ struct ls_cal_store *joined = ls_cal_store_join(both, 2);
	int rc = joined ? ls_cal_engine_new(trust, &options, &engine, err) : out_of_memory(err);
	if (rc == 0)
		rc = ls_cal_worker_new(engine, joined, &worker, err);
	if (rc == 0)
		rc = ls_cal_trace(worker, device, NULL, &result, err);
	m->device = result.device;
	if (rc == 0)
		rc = keep_seen(m, &records, &documents);
	if (rc == -ENOMEM || records.out_of_memory || documents.out_of_memory)
		rc = out_of_memory(err);
	ls_cal_worker_free(worker);
	ls_cal_engine_free(engine);
	if (!joined) { /* else it has them let go */
		ls_cal_recording_done(&records);
		ls_cal_recording_done(&documents);
	}
	if (rc == 0 && ls_digest_is_zero(&m->device))
		return ls_fail(err, -ENOENT, "cal.evidence.device",
			       "there is no device '%s' in the registry, or several of this name",
			       device);
	return rc;
}

/* One of a log that has none before it (behind it) is none. */
static int or_none(int rc)
{
	return rc == -ENOENT ? 0 : rc;
}

/* For each record the heartbeats that say when it was there, and when not yet; and the newest. */
static int add_heartbeats(struct making *m, struct ls_error *err)
{
	struct ls_index *index = ls_registry_index(m->registry);
	size_t count = m->count;
	uint64_t place;
	int64_t time;
	int rc = ls_index_heartbeat_before(index, m->checkpoint->size, m->at, &place, &time, err);
	if (rc == 0)
		rc = add_place(m, place);
	for (size_t i = 0; or_none(rc) == 0 && i < count; i++) {
		rc = ls_index_heartbeat_from(index, m->places[i], &place, &time, err);
		if (rc == 0)
			rc = add_place(m, place);
		if (or_none(rc) == 0)
			rc = ls_index_heartbeat_before(index, m->places[i], INT64_MAX, &place,
						       &time, err);
		if (rc == 0)
			rc = add_place(m, place);
	}
	return or_none(rc);
}

static int by_place(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
	return a < b ? -1 : a > b;
}

static void sort_places(struct making *m)
{
	size_t count = 0;
	if (m->count > 0)
		qsort(m->places, m->count, sizeof(*m->places), by_place);
	for (size_t i = 0; i < m->count; i++)
		if (i == 0 || m->places[i] != m->places[i - 1])
			m->places[count++] = m->places[i];
	m->count = count;
}

static int collect(struct making *m, const struct ls_cal_trust *trust, const char *device,
		   bool complete, struct ls_error *err)
{
	int rc = add_traced(m, trust, device, err);
	if (rc < 0)
		return rc;
	if (complete) {
		m->count = 0;
		for (uint64_t place = 0; rc == 0 && place < m->checkpoint->size; place++)
			rc = add_place(m, place);
	} else {
		rc = m->store->operations->all(m->store, LS_CAL_REVOCATION, add_found, m, err);
		if (rc == 0)
			rc = add_heartbeats(m, err);
	}
	if (rc == -ENOMEM)
		return out_of_memory(err);
	sort_places(m);
	return rc;
}

/* --- writing -------------------------------------------------------------------------------- */

static int read_tile(void *context, const struct ls_tile *tile, uint8_t *bytes,
		     struct ls_error *err)
{
	struct making *m = context;
	char path[LS_REGISTRY_PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, LS_TILE_SIZE_MAX);
	size_t size = (size_t)tile->width * LS_DIGEST_SIZE;
	int rc = ls_file_read(ls_registry_fd(m->registry), ls_registry_tile_path(tile, path), &b,
			      err);
	if (rc < 0)
		return rc;
	if (b.size != size)
		return ls_fail(err, -EUCLEAN, "registry.damaged", "'%s' has %zu bytes, not %zu",
			       path, b.size, size);
	memcpy(bytes, b.data, size);
	return 0;
}

static void add_block(struct ls_buffer *out, const char *keyword, const struct ls_buffer *block)
{
	ls_buffer_printf(out, "%s %zu\n", keyword, block->size);
	ls_buffer_add(out, block->data, block->size);
	ls_buffer_add_str(out, "\n");
}

static int add_proof(struct making *m, uint64_t place, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_proof proof = { .index = place,
				  .checkpoint = m->note.data,
				  .checkpoint_size = m->note.size };
	struct ls_merkle_source source = ls_tile_reader_source(m->tiles);
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_PROOF_SIZE_MAX);
	int rc = ls_merkle_prove_inclusion(&source, place, m->checkpoint->size, proof.hashes,
					   &proof.count, err);
	if (rc == 0 && ls_proof_format(&proof, &text) < 0)
		rc = out_of_memory(err);
	if (rc == 0)
		add_block(out, "proof", &text);
	return rc;
}

static int add_records(struct making *m, bool complete, struct ls_buffer *out, struct ls_error *err)
{
	struct ls_index_entry entry;
	_cleanup_buffer_ struct ls_buffer record;
	ls_buffer_init(&record, LS_ENTRY_SIZE_MAX);
	for (size_t i = 0; i < m->count; i++) {
		int rc = ls_index_entry(ls_registry_index(m->registry), m->places[i], &entry, err);
		if (rc == 0)
			rc = ls_registry_read(m->registry, &entry, &record, err);
		if (rc < 0)
			return rc;
		add_block(out, "record", &record);
		if (!complete && (rc = add_proof(m, m->places[i], out, err)) < 0)
			return rc;
	}
	return 0;
}

/* As they lie in the mirror: what was read a moment ago is what is written. */
static int add_documents(struct making *m, struct ls_buffer *out, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE],
		keyword[sizeof(LS_CAL_EVIDENCE_DOCUMENT " ") + LS_DIGEST_HEX_SIZE];
	char hex[LS_DIGEST_HEX_SIZE];
	struct ls_digest is;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_DCC_SIZE_MAX);
	for (size_t i = 0; i < m->document_count; i++) {
		ls_registry_document_path(&m->documents[i], path);
		int rc = ls_file_read(ls_registry_fd(m->registry), path, &bytes, err);
		if (rc < 0)
			return rc;
		ls_sha256_buffer(bytes.data, bytes.size, &is);
		if (!ls_digest_equal(&is, &m->documents[i]))
			return ls_fail(err, -EUCLEAN, "cal.dcc.altered",
				       "'%s' was altered while it was read", path);
		snprintf(keyword, sizeof(keyword), LS_CAL_EVIDENCE_DOCUMENT " %s",
			 ls_digest_hex(&m->documents[i], hex));
		add_block(out, keyword, &bytes);
	}
	return 0;
}

static int write_all(struct making *m, bool complete, struct ls_buffer *out, struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE], at[LS_UTC_SIZE];
	const struct ls_tile_source source = { read_tile, m };
	int rc = ls_tile_reader_new(&source, m->checkpoint->size, &m->tiles, err);
	if (rc < 0)
		return rc;
	ls_buffer_printf(out, "labseal/calibration-evidence/v1\ndevice %s\nat %s\nform %s\n",
			 ls_digest_hex(&m->device, hex), ls_utc_format(m->at, at),
			 complete ? "complete" : "proofs");
	add_block(out, "checkpoint", &m->note);
	rc = add_records(m, complete, out, err);
	if (rc == 0)
		rc = add_documents(m, out, err);
	if (rc == 0 && ls_buffer_error(out) < 0)
		rc = ls_fail(err, ls_buffer_error(out), "cal.evidence.size",
			     "the evidence would be larger than %u bytes: give the registry itself",
			     LS_CAL_EVIDENCE_SIZE_MAX);
	return rc;
}

static int open_all(struct making *m, const char *registry, const struct ls_cal_trust *trust,
		    struct ls_error *err)
{
	_cleanup_free_ char *path = NULL;
	if (!trust->has_registry)
		return ls_fail(err, -ENOKEY, "cal.evidence.trust",
			       "the trust file names no registry: there is no log to prove from");
	int rc = ls_registry_open(registry, &trust->registry, &m->registry, err);
	if (rc == 0)
		rc = ls_registry_store_open(registry, trust, &m->store, err);
	if (rc == 0)
		rc = ls_dcc_store_new(trust, m->at, &m->mirrored, err);
	if (rc == 0 && asprintf(&path, "%s/" LS_REGISTRY_DOCUMENTS, registry) < 0)
		rc = out_of_memory(err);
	if (rc == 0)
		rc = ls_dcc_store_add_mirror(m->mirrored, path, err);
	if (rc < 0)
		return rc;
	m->checkpoint = ls_registry_checkpoint(m->registry);
	return ls_file_read(ls_registry_fd(m->registry), LS_REGISTRY_CHECKPOINT, &m->note, err);
}

int ls_cal_evidence_make(const char *registry, const struct ls_cal_trust *trust, int64_t at,
			 const char *device, bool complete, struct ls_buffer *out,
			 struct ls_error *err)
{
	struct making m = { .at = at };
	ls_buffer_init(&m.note, LS_NOTE_SIZE_MAX);
	int rc = open_all(&m, registry, trust, err);
	if (rc == 0)
		rc = collect(&m, trust, device, complete, err);
	if (rc == 0)
		rc = write_all(&m, complete, out, err);
	ls_tile_reader_free(m.tiles);
	ls_cal_store_free(m.store);
	ls_cal_store_free(m.mirrored);
	free(m.documents);
	ls_registry_free(m.registry);
	ls_buffer_free(&m.note);
	free(m.places);
	return rc;
}
