/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the tests of this room: an enclave without a TPM that makes seals, and a
 * reader that checks a whole share with lib alone.  Both print what they find
 * wrong and give up, so a test's checks are about the publisher.
 */
#ifndef LABSEAL_HOST_PUBLISH_TEST_MAKER_H
#define LABSEAL_HOST_PUBLISH_TEST_MAKER_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/publish/item.h"
#include "host/publish/share.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/p256.h"
#include "lib/log/checkpoint.h"
#include "lib/log/proof.h"
#include "lib/log/tiles.h"
#include "lib/seal/ca.h"
#include "lib/seal/cms.h"
#include "lib/seal/record.h"

#define MAKER_INSTRUMENT "7500-01"
#define MAKER_ORIGIN	 "labseal/7500-01"
#define MAKER_TIME	 1772634139 /* 2026-03-04T14:22:19Z */

/* The call's error parameter is written MUST_ERR. */
#define MUST_ERR (&must_error)
#define MUST(call)                                                                                \
	do {                                                                                      \
		struct ls_error must_error = { 0 };                                               \
		int must_rc = (call);                                                             \
		if (must_rc < 0) {                                                                \
			fprintf(stderr, "%s:%d: %s: %d %s\n", __FILE__, __LINE__, #call, must_rc, \
				must_error.message);                                              \
			abort();                                                                  \
		}                                                                                 \
	} while (0)

struct maker {
	struct ls_p256_key *ca_key, *key;
	struct ls_signer signer;
	struct ls_note_key note_key;
	struct ls_buffer ca, certificate;
	struct ls_merkle_frontier frontier; /* of what is published */
	struct ls_sha256 hash;
	/* the seal made last */
	struct ls_seal seal;
	char label[LS_SAFE_NAME_SIZE];
	struct ls_buffer manifest, signature, proof, record, checkpoint;
	struct ls_merkle_frontier next;
};

__attribute__((unused)) static struct maker *maker_new(void)
{
	struct maker *m = calloc(1, sizeof(*m));
	ls_buffer_init(&m->ca, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&m->certificate, LS_CERTIFICATE_SIZE_MAX);
	ls_buffer_init(&m->manifest, LS_MANIFEST_SIZE_MAX);
	ls_buffer_init(&m->signature, LS_CMS_SIZE_MAX);
	ls_buffer_init(&m->proof, LS_PROOF_SIZE_MAX);
	ls_buffer_init(&m->record, LS_RECORD_SIZE_MAX);
	ls_buffer_init(&m->checkpoint, LS_NOTE_SIZE_MAX);
	MUST(ls_p256_key_generate(&m->ca_key, MUST_ERR));
	MUST(ls_p256_key_generate(&m->key, MUST_ERR));
	ls_p256_key_signer(m->key, &m->signer);
	MUST(ls_ca_create(m->ca_key, "test CA", MAKER_TIME - 1000, MAKER_TIME + 1000000, &m->ca,
			  MUST_ERR));
	MUST(ls_ca_issue(m->ca_key, (struct ls_der){ m->ca.data, m->ca.size }, &m->signer.key,
			 "test signer", MAKER_TIME - 1000, MAKER_TIME + 1000000, &m->certificate,
			 MUST_ERR));
	MUST(ls_note_key_init(&m->note_key, MAKER_ORIGIN, &m->signer.key, MUST_ERR));
	ls_merkle_frontier_init(&m->frontier);
	return m;
}

__attribute__((unused)) static void maker_free(struct maker *m)
{
	struct ls_buffer *buffers[] = { &m->ca,	   &m->certificate, &m->manifest,  &m->signature,
					&m->proof, &m->record,	    &m->checkpoint };
	for (size_t i = 0; i < sizeof(buffers) / sizeof(buffers[0]); i++)
		ls_buffer_free(buffers[i]);
	ls_p256_key_free(m->ca_key);
	ls_p256_key_free(m->key);
	ls_sha256_free(&m->hash);
	free(m);
}

/* The payload of delivery n: of a length and with bytes that n determines. */
__attribute__((unused)) static size_t maker_payload(uint64_t n, uint8_t *bytes, size_t max)
{
	size_t size = (size_t)(n * 7919 % max);
	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t)(n * 131 + i * 7 + (i >> 8));
	return size;
}

__attribute__((unused)) static void maker_key(uint64_t number, const struct ls_digest *sha256,
					      struct ls_digest *ret_key)
{
	struct ls_delivery_key key = { .number = number, .sha256 = *sha256 };
	memset(key.session, 0x5a, sizeof(key.session));
	ls_delivery_key_digest(&key, ret_key);
}

static void maker_log(struct maker *m)
{
	struct ls_proof proof = { .index = m->frontier.size };
	ls_merkle_frontier_prove_next(&m->frontier, proof.hashes, &proof.count);
	struct ls_digest leaf;
	m->next = m->frontier;
	MUST(ls_merkle_leaf(&m->hash, m->manifest.data, m->manifest.size, &leaf));
	MUST(ls_merkle_frontier_append(&m->next, &m->hash, &leaf));
	struct ls_checkpoint c = { .origin = MAKER_ORIGIN, .size = m->next.size };
	MUST(ls_merkle_frontier_root(&m->next, &m->hash, &c.root));
	ls_buffer_clear(&m->checkpoint);
	MUST(ls_checkpoint_sign(&c, &m->signer, NULL, &m->checkpoint, MUST_ERR));
	proof.checkpoint = m->checkpoint.data;
	proof.checkpoint_size = m->checkpoint.size;
	ls_buffer_clear(&m->proof);
	MUST(ls_proof_format(&proof, &m->proof));
}

static struct ls_bytes maker_bytes(const struct ls_buffer *b)
{
	return (struct ls_bytes){ .data = b->data, .size = b->size };
}

static void maker_sign(struct maker *m, const struct ls_record *record, const char *label)
{
	static struct ls_manifest_file files[LS_MANIFEST_FILES_MAX];
	snprintf(files[0].path, sizeof(files[0].path), "%s", LS_FILE_RECORD);
	ls_buffer_clear(&m->record);
	MUST(ls_record_format(record, &m->record, MUST_ERR));
	ls_sha256_buffer(m->record.data, m->record.size, &files[0].sha256);
	for (size_t i = 0; i < record->count; i++) {
		files[1 + i].sha256 = record->files[i].sha256;
		snprintf(files[1 + i].path, sizeof(files[1 + i].path), "%s", record->files[i].path);
	}
	struct ls_manifest manifest = {
		.kind = record->kind,
		.instrument = MAKER_INSTRUMENT,
		.seal = record->seal,
		.received = record->received / 1000,
		.count = 1 + record->count,
		.files = files,
	};
	ls_buffer_clear(&m->manifest);
	MUST(ls_manifest_format(&manifest, &m->manifest, MUST_ERR));
	ls_buffer_clear(&m->signature);
	MUST(ls_cms_sign(m->manifest.data, m->manifest.size,
			 (struct ls_der){ m->certificate.data, m->certificate.size },
			 manifest.received, &m->signer, &m->signature, MUST_ERR));
	maker_log(m);
	snprintf(m->label, sizeof(m->label), "%s", label);
	m->seal = (struct ls_seal){
		.seal = record->seal,
		.is_event = record->kind == LS_SEAL_EVENT,
		.label = { (const uint8_t *)m->label, strlen(m->label) },
		.manifest = maker_bytes(&m->manifest),
		.signature = maker_bytes(&m->signature),
		.proof = maker_bytes(&m->proof),
		.record = maker_bytes(&m->record),
		.checkpoint = maker_bytes(&m->checkpoint),
	};
}

static struct ls_record maker_record(const struct maker *m)
{
	struct ls_record record = {
		.instrument = MAKER_INSTRUMENT,
		.seal = m->frontier.size + 1,
		.received = (MAKER_TIME + (int64_t)m->frontier.size) * 1000,
		.key_kind = LS_KEY_FILE,
		.development = true,
	};
	return record;
}

static void maker_session(struct ls_record *record)
{
	memset(record->session, 0, sizeof(record->session));
	for (int i = 0; i < LS_SESSION_SIZE; i++)
		memcpy(record->session + 2 * i, "5a", 2);
}

/* Make a seal of one payload; it goes into m->seal. */
__attribute__((unused)) static void maker_result(struct maker *m, uint64_t number,
						 const char *label, const char *claimed,
						 const void *payload, size_t size)
{
	struct ls_record_file file = { .number = number, .size = size };
	snprintf(file.path, sizeof(file.path), LS_ORIGINAL_PREFIX "%s", label);
	snprintf(file.claimed.name, sizeof(file.claimed.name), "%s", claimed);
	ls_sha256_buffer(payload, size, &file.sha256);
	struct ls_record record = maker_record(m);
	file.claimed.modified = file.claimed.clock = file.begun = file.received = record.received;
	record.kind = LS_SEAL_RESULT;
	record.count = 1;
	record.files = &file;
	maker_session(&record);
	maker_sign(m, &record, label);
}

/* The name of delivery n among many: "fileN.eds". */
__attribute__((unused)) static struct ls_bytes maker_name(uint64_t n,
							  char name[static LS_SAFE_NAME_SIZE])
{
	int length = snprintf(name, LS_SAFE_NAME_SIZE, "file%" PRIu64 ".eds", n);
	return (struct ls_bytes){ (const uint8_t *)name, (size_t)length };
}

/* Make a seal of deliveries first, first + 1, ...; payload is room to make theirs in. */
__attribute__((unused)) static void maker_results(struct maker *m, uint64_t first, size_t count,
						  uint8_t *payload, size_t max)
{
	static struct ls_record_file files[LS_MANIFEST_FILES_MAX];
	char name[LS_SAFE_NAME_SIZE], label[LS_SAFE_NAME_SIZE];
	struct ls_record record = maker_record(m);
	for (size_t i = 0; i < count; i++) {
		size_t size = maker_payload(first + i, payload, max);
		maker_name(first + i, name);
		files[i] = (struct ls_record_file){ .number = first + i, .size = size };
		snprintf(files[i].path, sizeof(files[i].path), LS_ORIGINAL_PREFIX "%s", name);
		snprintf(files[i].claimed.name, sizeof(files[i].claimed.name), "%s", name);
		ls_sha256_buffer(payload, size, &files[i].sha256);
	}
	record.kind = LS_SEAL_RESULT;
	record.count = count;
	record.files = files;
	maker_session(&record);
	maker_sign(m, &record, ls_results_label(count, name, label));
}

__attribute__((unused)) static void maker_event(struct maker *m, const char *kind, uint8_t key)
{
	struct ls_record record = maker_record(m);
	record.kind = LS_SEAL_EVENT;
	snprintf(record.event, sizeof(record.event), "%s", kind);
	memset(record.event_key.bytes, key, sizeof(record.event_key.bytes));
	maker_sign(m, &record, kind);
}

/* The seal was published. */
__attribute__((unused)) static void maker_advance(struct maker *m)
{
	m->frontier = m->next;
}

/* --- the reader -------------------------------------------------------------------- */

struct reading {
	int share;
	const struct maker *maker;
	uint64_t size; /* of the checkpoint; folders beyond it are counted apart */
	uint64_t seen, beyond;
	struct ls_item *items; /* by seal */
	bool wrong;
	uint64_t tile_hashes;
};

#define WRONG(reading, ...)                   \
	do {                                  \
		fprintf(stderr, "share: ");   \
		fprintf(stderr, __VA_ARGS__); \
		fprintf(stderr, "\n");        \
		(reading)->wrong = true;      \
	} while (0)

static int reading_item(void *context, const struct ls_item *item)
{
	struct reading *r = context;
	if (item->seal > r->size) {
		r->beyond++;
		return 0;
	}
	if (r->items[item->seal].seal)
		WRONG(r, "seal %" PRIu64 " is there twice", item->seal);
	r->items[item->seal] = *item;
	r->seen++;
	return 0;
}

static int reading_file(struct reading *r, const char *folder, const char *name,
			struct ls_buffer *bytes)
{
	char path[512];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	struct ls_error err = { 0 };
	ls_buffer_init(bytes, 64u << 20);
	int rc = ls_file_read(r->share, path, bytes, &err);
	if (rc < 0)
		WRONG(r, "%s", err.message);
	return rc;
}

static void reading_manifest(struct reading *r, const char *folder, const struct ls_buffer *text)
{
	_cleanup_manifest_ struct ls_manifest m = { 0 };
	struct ls_error err = { 0 };
	if (ls_manifest_parse(text->data, text->size, &m, &err) < 0) {
		WRONG(r, "%s: %s", folder, err.message);
		return;
	}
	for (size_t i = 0; i < m.count; i++) {
		_cleanup_buffer_ struct ls_buffer bytes;
		struct ls_digest seen;
		if (reading_file(r, folder, m.files[i].path, &bytes) < 0)
			continue;
		ls_sha256_buffer(bytes.data, bytes.size, &seen);
		if (!ls_digest_equal(&seen, &m.files[i].sha256))
			WRONG(r, "%s/%s has another hash", folder, m.files[i].path);
	}
}

/* One seal: files, signature, proof; and that the log's entry is its manifest. */
static void reading_seal(struct reading *r, const struct ls_item *item, const uint8_t *entry,
			 size_t n)
{
	char folder[LS_ITEM_PATH_SIZE];
	ls_item_path(item, folder);
	_cleanup_buffer_ struct ls_buffer manifest = { 0 }, signature = { 0 }, proof = { 0 };
	if (reading_file(r, folder, LS_FILE_MANIFEST, &manifest) < 0 ||
	    reading_file(r, folder, LS_FILE_SIGNATURE, &signature) < 0 ||
	    reading_file(r, folder, LS_FILE_PROOF, &proof) < 0)
		return;
	if (manifest.size != n || memcmp(manifest.data, entry, n) != 0)
		WRONG(r, "entry %" PRIu64 " is not %s's manifest", item->seal - 1, folder);
	reading_manifest(r, folder, &manifest);
	/* signatures take most of the time; in a large share a sample of the old ones will do */
	if (item->seal + 8 < r->size && item->seal % 16 != 0)
		return;
	struct ls_error err = { 0 };
	struct ls_cms_signature cms;
	const struct ls_der ca = { r->maker->ca.data, r->maker->ca.size };
	if (ls_cms_verify(signature.data, signature.size, manifest.data, manifest.size, &ca, 1,
			  MAKER_TIME, &cms, &err) < 0)
		WRONG(r, "%s: %s", folder, err.message);
	uint64_t index;
	if (ls_proof_verify(proof.data, proof.size, manifest.data, manifest.size,
			    &r->maker->note_key, &index, NULL, &err) < 0 ||
	    index != item->seal - 1)
		WRONG(r, "%s: %s", folder, err.message);
}

static int reading_compare_tile(void *context, const struct ls_tile *tile, const uint8_t *bytes,
				struct ls_error *err)
{
	struct reading *r = context;
	char path[LS_TILE_PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer there;
	(void)err;
	ls_tile_path(tile, path);
	if (reading_file(r, "log", path, &there) == 0 &&
	    (there.size != (size_t)tile->width * LS_DIGEST_SIZE ||
	     memcmp(there.data, bytes, there.size) != 0))
		WRONG(r, "tile %s is not what its entries make", path);
	r->tile_hashes += tile->width;
	return 0;
}

static void reading_entries(struct reading *r, struct ls_tile_builder *builder)
{
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	for (uint64_t index = 0; index * LS_TILE_WIDTH < r->size; index++) {
		struct ls_tile tile = { .entries = true, .index = index };
		tile.width = ls_tile_width(0, index, r->size);
		char path[LS_TILE_PATH_SIZE];
		_cleanup_buffer_ struct ls_buffer bytes;
		static struct ls_bundle bundle;
		if (reading_file(r, "log", ls_tile_path(&tile, path), &bytes) < 0)
			return;
		if (ls_bundle_parse(bytes.data, bytes.size, tile.width, &bundle, NULL) < 0) {
			WRONG(r, "bundle %s is malformed", path);
			return;
		}
		for (unsigned i = 0; i < tile.width; i++) {
			struct ls_digest leaf;
			ls_merkle_leaf(&h, bundle.entries[i].bytes, bundle.entries[i].size, &leaf);
			ls_tile_builder_append(builder, &leaf, NULL);
			reading_seal(r, &r->items[index * LS_TILE_WIDTH + i + 1],
				     bundle.entries[i].bytes, bundle.entries[i].size);
		}
	}
	ls_tile_builder_flush(builder, NULL);
}

/* The checkpoint's size and root; false when there is none, which is fine for an empty log. */
static bool reading_checkpoint(struct reading *r, struct ls_checkpoint *c)
{
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	struct ls_error err = { 0 };
	if (ls_file_read(r->share, "log/checkpoint", &note, &err) == -ENOENT)
		return false;
	if (ls_checkpoint_open(note.data, note.size, &r->maker->note_key, c, &err) < 0) {
		WRONG(r, "checkpoint: %s", err.message);
		return false;
	}
	return true;
}

/*
 * Check the share as a reader finds it at this moment.  Returns the checkpoint's
 * size, or -1 when anything is wrong.  *ret_beyond (may be NULL): seals in place
 * that the checkpoint does not cover.
 */
__attribute__((unused)) static int64_t maker_check(const struct maker *m, int share,
						   uint64_t *ret_beyond)
{
	struct reading r = { .share = share, .maker = m };
	struct ls_checkpoint c = { 0 };
	bool there = reading_checkpoint(&r, &c);
	r.size = c.size;
	r.items = calloc(c.size + 1, sizeof(*r.items));
	ls_item_walk(share, reading_item, &r, NULL);
	if (r.seen != r.size)
		WRONG(&r, "%" PRIu64 " of %" PRIu64 " seals are there", r.seen, r.size);
	_cleanup_tile_builder_ struct ls_tile_builder *builder = NULL;
	const struct ls_tile_sink sink = { .emit = reading_compare_tile, .context = &r };
	MUST(ls_tile_builder_new(&sink, &builder, MUST_ERR));
	if (there && !r.wrong) {
		reading_entries(&r, builder);
		struct ls_digest root;
		MUST(ls_tile_builder_root(builder, &root, MUST_ERR));
		if (!ls_digest_equal(&root, &c.root))
			WRONG(&r, "the entries do not make the checkpoint's root");
	}
	free(r.items);
	if (ret_beyond)
		*ret_beyond = r.beyond;
	return r.wrong ? -1 : (int64_t)r.size;
}

/* --- a folder for a test ------------------------------------------------------------ */

__attribute__((unused)) static int scratch_make(char path[static 64])
{
	/* in memory where that can be had: these tests sync a great deal */
	snprintf(path, 64, "/dev/shm/labseal-test-XXXXXX");
	if (!mkdtemp(path)) {
		snprintf(path, 64, "/tmp/labseal-test-XXXXXX");
		if (!mkdtemp(path))
			abort();
	}
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

__attribute__((unused)) static void scratch_remove(const char *path, int fd)
{
	close(fd);
	MUST(ls_remove_tree(AT_FDCWD, path, MUST_ERR));
}

#endif
