/* SPDX-License-Identifier: Apache-2.0 */
/* A registry in a folder of its own, for tests. */
#ifndef LABSEAL_LIB_REGISTRY_RIG_TEST_H
#define LABSEAL_LIB_REGISTRY_RIG_TEST_H

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/files.h"
#include "lib/base/p256.h"
#include "lib/registry/writer.h"

#define ORIGIN "registry.example/calibration"

struct rig {
	char path[64], registry[96];
	struct ls_p256_key *log_key, *person_key;
	struct ls_ed25519_key *second_key; /* NULL: checkpoints have no such line */
	struct ls_signer log, person;
	struct ls_ed25519_signer second;
	struct ls_registry_signers signers;
	struct ls_note_key key;
	struct ls_registry_writer *writer;
	struct ls_error err;
};

__attribute__((unused)) static void rig_open(struct rig *r)
{
	ls_registry_writer_free(r->writer);
	r->writer = NULL;
	if (ls_registry_writer_open(r->registry, &r->key, &r->writer, &r->err) < 0)
		printf("  writer: %s\n", r->err.message);
}

static void rig_make(struct rig *r, bool second)
{
	memset(r, 0, sizeof(*r));
	snprintf(r->path, sizeof(r->path), "/tmp/labseal-registry-XXXXXX");
	if (!mkdtemp(r->path) || ls_p256_key_generate(&r->log_key, &r->err) < 0 ||
	    ls_p256_key_generate(&r->person_key, &r->err) < 0)
		abort();
	snprintf(r->registry, sizeof(r->registry), "%s/registry", r->path);
	ls_p256_key_signer(r->log_key, &r->log);
	ls_p256_key_signer(r->person_key, &r->person);
	r->signers.signer = &r->log;
	if (ls_note_key_init(&r->key, ORIGIN, &r->log.key, &r->err) < 0 ||
	    (second && ls_ed25519_key_generate(&r->second_key, &r->err) < 0))
		abort();
	if (second) {
		ls_ed25519_key_signer(r->second_key, &r->second);
		ls_note_key_add_ed25519(&r->key, &r->second.key);
		r->signers.ed25519 = &r->second;
	}
	if (ls_registry_create(r->registry, &r->key, &r->signers, &r->err) < 0) {
		printf("  create: %s\n", r->err.message);
		abort();
	}
	rig_open(r);
}

__attribute__((unused)) static void rig_begin(struct rig *r)
{
	rig_make(r, /* second= */ false);
}

__attribute__((unused)) static void rig_end(struct rig *r)
{
	ls_registry_writer_free(r->writer);
	ls_p256_key_free(r->log_key);
	ls_p256_key_free(r->person_key);
	ls_ed25519_key_free(r->second_key);
	ls_remove_tree(AT_FDCWD, r->path, NULL);
}

/* The number-th organisation, signed; its id. */
__attribute__((unused)) static struct ls_digest rig_organisation(struct rig *r, int number,
								 struct ls_buffer *out)
{
	struct ls_cal_record record = { .kind = LS_CAL_ORGANISATION, .issued = 1700000000 };
	snprintf(record.registry, sizeof(record.registry), "%s", ORIGIN);
	snprintf(record.organisation.name, sizeof(record.organisation.name), "NMI %d", number);
	record.organisation.key = r->person.key;
	record.organisation.root = true;
	record.organisation.from = 1700000000;
	record.organisation.until = 1900000000;
	ls_buffer_clear(out);
	if (ls_cal_record_sign(&record, LS_CAL_ROLE_CERTIFIER, &r->person, &r->err) < 0 ||
	    ls_cal_record_format(&record, false, out, &r->err) < 0)
		printf("  record: %s\n", r->err.message);
	struct ls_digest id = record.id;
	ls_cal_record_free(&record);
	return id;
}

__attribute__((unused)) static int rig_heartbeat(struct rig *r, int64_t time)
{
	struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT, .issued = time };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	snprintf(record.registry, sizeof(record.registry), "%s", ORIGIN);
	int rc = ls_cal_record_sign(&record, LS_CAL_ROLE_REGISTRY, &r->log, &r->err);
	if (rc == 0)
		rc = ls_cal_record_format(&record, false, &bytes, &r->err);
	return rc < 0 ? rc
		      : ls_registry_writer_append(r->writer, bytes.data, bytes.size, NULL, &r->err);
}

/* Organisations [from, to), and a commit. */
__attribute__((unused)) static int rig_grow(struct rig *r, int from, int to)
{
	int rc = 0;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	for (int i = from; rc == 0 && i < to; i++) {
		rig_organisation(r, i, &bytes);
		rc = ls_registry_writer_append(r->writer, bytes.data, bytes.size, NULL, &r->err);
	}
	return rc == 0 ? ls_registry_writer_commit(r->writer, &r->signers, &r->err) : rc;
}

/* As somebody does who may write to the cache; it has to change something. */
__attribute__((unused)) static void rig_edit_index(const struct rig *r, const char *sql)
{
	char path[256];
	sqlite3 *db = NULL;
	snprintf(path, sizeof(path), "%s/cache/index.sqlite", r->registry);
	CHECK_INT_EQ(sqlite3_open(path, &db), SQLITE_OK);
	CHECK_INT_EQ(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	CHECK(sqlite3_changes(db) > 0);
	sqlite3_close(db);
}

#endif
