/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/registry/certificate.h"
#include "audit/registry/pending.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/hsm/uri.h"
#include "lib/registry/folder.h"

#define NOTED	   "writer"
#define NOTED_HEAD "labseal/calibration-writer/v1\nkey "
#define NOTED_MAX  8192

/* --- the registry's key ------------------------------------------------------------------ */

static int note_key(const char *path, const char *log_key, struct ls_error *err)
{
	char real[PATH_MAX];
	_cleanup_buffer_ struct ls_buffer text;
	_cleanup_close_ int fd = ls_registry_folder_open(path, err);
	ls_buffer_init(&text, NOTED_MAX);
	if (fd < 0)
		return fd;
	if (!ls_hsm_uri_is(log_key) && realpath(log_key, real))
		log_key = real;
	ls_buffer_printf(&text, NOTED_HEAD "%s\n", log_key);
	return ls_file_replace(fd, NOTED, text.data, text.size, 0600, err);
}

static int read_noted(int fd, char **ret_name, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, NOTED_MAX);
	if (ls_file_read(fd, NOTED, &text, err) < 0)
		return ls_fail(err, -ENOENT, "registry.key.unknown",
			       "where is the registry's key? Say --log-key FILE, or a PKCS#11 URI");
	struct ls_reader r;
	const char *name;
	size_t n;
	ls_reader_init(&r, text.data, text.size);
	if (ls_read_literal(&r, NOTED_HEAD) < 0 || ls_read_line(&r, &name, &n) < 0 || n == 0 ||
	    ls_reader_end(&r) < 0)
		return ls_fail(err, -EBADMSG, "registry.key.unknown",
			       "the registry's file '" NOTED "' is damaged; say --log-key");
	*ret_name = strndup(name, n);
	return *ret_name ? 0 : ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
}

int ls_desk_create(const char *path, const char *origin, const char *log_key, bool make_key,
		   struct ls_keys *keys, struct ls_error *err)
{
	struct ls_note_key key;
	struct ls_signer signer;
	if (!ls_note_name_valid(origin, strlen(origin)))
		return ls_fail(err, -EINVAL, "registry.origin",
			       "'%s' is no name for a registry: words without blanks and '+', as "
			       "'example.org/calibration'",
			       origin);
	int rc = make_key ? ls_keys_make(keys, log_key, &signer, err)
			  : ls_keys_get(keys, log_key, &signer, err);
	if (rc == 0)
		rc = ls_note_key_init(&key, origin, &signer.key, err);
	if (rc == 0)
		rc = ls_registry_create(path, &key, &signer, err);
	return rc == 0 ? note_key(path, log_key, err) : rc;
}

/* --- opening --------------------------------------------------------------------------------- */

void ls_desk_close(struct ls_desk *desk)
{
	ls_cal_store_free(desk->store);
	ls_registry_writer_free(desk->writer);
	ls_p256_verifier_free(&desk->admission.verifier);
	ls_keys_free(&desk->keys);
	free(desk->log_key);
	free(desk->path);
	memset(desk, 0, sizeof(*desk));
}

/* What is logged, with nothing pending. */
static int open_store(struct ls_desk *desk, struct ls_error *err)
{
	struct ls_cal_store *logged = NULL, *pending = NULL;
	ls_cal_store_free(ls_steal_ptr(&desk->store));
	int rc = ls_registry_store_open(desk->path, &desk->trust, &logged, err);
	if (rc == 0)
		rc = ls_pending_new(&pending, err);
	if (rc == 0) {
		struct ls_cal_store *both[] = { pending, logged };
		desk->store = ls_cal_store_join(both, 2);
		if (!desk->store)
			rc = ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
	}
	if (rc < 0) {
		ls_cal_store_free(logged);
		ls_cal_store_free(pending);
		return rc;
	}
	desk->pending = pending;
	desk->admission.store = desk->store;
	return 0;
}

static int find_key(struct ls_desk *desk, const char *log_key, struct ls_error *err)
{
	struct ls_signer signer;
	_cleanup_close_ int fd = ls_registry_folder_open(desk->path, err);
	if (fd < 0)
		return fd;
	int rc = ls_registry_vkey_read(fd, &desk->trust.registry, err);
	if (rc < 0) {
		ls_error_prefix(err, "'%s' is no registry", desk->path);
		return rc;
	}
	desk->trust.has_registry = true;
	if (log_key) {
		desk->log_key = strdup(log_key);
		rc = desk->log_key ? 0 : ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
	} else {
		rc = read_noted(fd, &desk->log_key, err);
	}
	return rc < 0 ? rc : ls_keys_get(&desk->keys, desk->log_key, &signer, err);
}

int ls_desk_open(const char *path, const char *log_key, struct ls_desk *desk, struct ls_error *err)
{
	desk->path = strdup(path);
	int rc = desk->path ? find_key(desk, log_key, err)
			    : ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
	if (rc == 0)
		rc = ls_registry_writer_open(path, &desk->trust.registry, &desk->writer, err);
	if (rc == 0)
		rc = open_store(desk, err);
	desk->admission.registry = &desk->trust.registry;
	desk->admission.now = (int64_t)time(NULL);
	return rc;
}

/* --- taking -------------------------------------------------------------------------------- */

bool ls_desk_has(struct ls_desk *desk, const struct ls_digest *id)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	struct ls_error ignored = { 0 };
	return desk->store->operations->find(desk->store, id, &entry, &ignored) == 0;
}

int ls_desk_take(struct ls_desk *desk, const void *bytes, size_t size, uint64_t *ret_index,
		 struct ls_faults *faults, struct ls_error *err)
{
	_cleanup_cal_entry_ struct ls_cal_entry *entry = NULL;
	uint64_t index = ls_registry_writer_size(desk->writer);
	unsigned before = faults->count;
	char hex[LS_DIGEST_HEX_SIZE];
	int rc = ls_cal_entry_parse(bytes, size, index, LS_CAL_TIME_UNKNOWN, &entry, err);
	if (rc == 0 && ls_desk_has(desk, &entry->record.id)) {
		ls_faults_add(faults, "the registry has record %s already",
			      ls_digest_hex(&entry->record.id, hex));
		return 0;
	}
	if (rc == 0)
		rc = ls_admission_check(&desk->admission, &entry->record, /* signatures= */ true,
					faults, err);
	if (rc == 0 && faults->count == before)
		rc = ls_certificate_check(desk, &entry->record, /* file= */ NULL, faults, err);
	if (rc == 0 && faults->count > before)
		return 0;
	if (rc == 0)
		rc = ls_registry_writer_append(desk->writer, bytes, size, NULL, err);
	if (rc == -EEXIST || rc == -EXDEV || rc == -EBADMSG) {
		ls_faults_add(faults, "%s", err->message);
		return 0;
	}
	if (rc == 0)
		rc = ls_pending_add(desk->pending, entry, err);
	if (rc == 0 && ret_index)
		*ret_index = index;
	return rc;
}

int ls_desk_commit(struct ls_desk *desk, struct ls_error *err)
{
	struct ls_signer signer;
	int rc = ls_keys_get(&desk->keys, desk->log_key, &signer, err);
	if (rc == 0)
		rc = ls_registry_writer_commit(desk->writer, &signer, err);
	return rc == 0 ? open_store(desk, err) : rc;
}
