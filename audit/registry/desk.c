/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/registry/desk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/registry/certificate.h"
#include "audit/registry/pending.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/hsm/uri.h"
#include "lib/registry/folder.h"

#define NOTED	      "writer"
#define NOTED_HEAD    "labseal/calibration-writer/v1\nkey "
#define NOTED_ED25519 "ed25519 "
#define NOTED_MAX     16384

/* --- the registry's key ------------------------------------------------------------------ */

/* As it is found again from another folder; a token's is as it is.  buffer has PATH_MAX bytes. */
static const char *name_to_note(const char *name, char *buffer)
{
	return !ls_hsm_uri_is(name) && realpath(name, buffer) ? buffer : name;
}

static int note_keys(const char *path, const struct ls_log_keys *log, struct ls_error *err)
{
	char real[PATH_MAX];
	_cleanup_buffer_ struct ls_buffer text;
	_cleanup_close_ int fd = ls_registry_folder_open(path, err);
	ls_buffer_init(&text, NOTED_MAX);
	if (fd < 0)
		return fd;
	ls_buffer_printf(&text, NOTED_HEAD "%s\n", name_to_note(log->key, real));
	if (log->ed25519)
		ls_buffer_printf(&text, NOTED_ED25519 "%s\n", name_to_note(log->ed25519, real));
	return ls_file_replace(fd, NOTED, text.data, text.size, 0600, err);
}

static int fail_unknown(const char *why, struct ls_error *err)
{
	return ls_fail(err, -ENOENT, "registry.key.unknown", "%s", why);
}

struct noted {
	struct ls_buffer text;
	struct ls_reader r;
	const char *key, *ed25519; /* not ended by NUL; NULL: not noted */
	size_t key_size, ed25519_size;
};

static int read_noted(int fd, struct noted *n, struct ls_error *err)
{
	struct ls_error ignored = { 0 };
	ls_buffer_init(&n->text, NOTED_MAX);
	if (ls_file_read(fd, NOTED, &n->text, &ignored) < 0)
		return 0;
	ls_reader_init(&n->r, n->text.data, n->text.size);
	bool good = ls_read_literal(&n->r, NOTED_HEAD) == 0 &&
		    ls_read_line(&n->r, &n->key, &n->key_size) == 0 && n->key_size > 0;
	if (good && ls_read_literal(&n->r, NOTED_ED25519) == 0)
		good = ls_read_line(&n->r, &n->ed25519, &n->ed25519_size) == 0 &&
		       n->ed25519_size > 0;
	return good && ls_reader_end(&n->r) == 0
		       ? 0
		       : ls_fail(err, -EBADMSG, "registry.key.unknown",
				 "the registry's file '" NOTED "' is damaged; say --log-key, and "
				 "--ed25519-key where it has such a key");
}

static int name_keys(struct ls_desk *desk, int fd, const struct ls_log_keys *log,
		     struct ls_error *err)
{
	bool second = desk->trust.registry.has_ed25519;
	struct noted n = { .key = NULL };
	int rc = log->key && (log->ed25519 || !second) ? 0 : read_noted(fd, &n, err);
	if (rc == 0 && !log->key && !n.key)
		rc = fail_unknown("where is the registry's key? Say --log-key FILE, or a PKCS#11 "
				  "URI",
				  err);
	if (rc == 0 && second && !log->ed25519 && !n.ed25519)
		rc = fail_unknown("where is the registry's Ed25519 key? Say --ed25519-key FILE, or "
				  "a PKCS#11 URI",
				  err);
	if (rc == 0) {
		desk->log_key = log->key ? strdup(log->key) : strndup(n.key, n.key_size);
		desk->ed25519_key = log->ed25519 ? strdup(log->ed25519)
				    : second	 ? strndup(n.ed25519, n.ed25519_size)
						 : NULL;
		if (!desk->log_key || (second && !desk->ed25519_key))
			rc = ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
	}
	ls_buffer_free(&n.text);
	return rc;
}

/* Who signs checkpoints; both borrow keys. */
struct log_signers {
	struct ls_signer first;
	struct ls_ed25519_signer second;
	struct ls_registry_signers both;
};

static int open_signers(struct ls_keys *keys, const struct ls_log_keys *log, bool make,
			struct log_signers *s, struct ls_error *err)
{
	int rc = make ? ls_keys_make(keys, log->key, &s->first, err)
		      : ls_keys_get(keys, log->key, &s->first, err);
	if (rc == 0 && log->ed25519)
		rc = make ? ls_keys_make_ed25519(keys, log->ed25519, &s->second, err)
			  : ls_keys_get_ed25519(keys, log->ed25519, &s->second, err);
	s->both = (struct ls_registry_signers){ &s->first, log->ed25519 ? &s->second : NULL };
	return rc;
}

/* Before the first of two keys is made: not one of them alone. */
static int check_no_file(const char *name, struct ls_error *err)
{
	if (!name || ls_hsm_uri_is(name) || faccessat(AT_FDCWD, name, F_OK, 0) < 0)
		return 0;
	return ls_fail(err, -EEXIST, "registry.key.exists",
		       "'%s' is there already: without --make-key it is used as it is", name);
}

int ls_desk_create(const char *path, const char *origin, const struct ls_log_keys *log,
		   bool make_key, struct ls_keys *keys, struct ls_error *err)
{
	struct ls_note_key key;
	struct log_signers signers;
	if (!ls_note_name_valid(origin, strlen(origin)))
		return ls_fail(err, -EINVAL, "registry.origin",
			       "'%s' is no name for a registry: words without blanks and '+', as "
			       "'example.org/calibration'",
			       origin);
	int rc = make_key ? check_no_file(log->key, err) : 0;
	if (rc == 0 && make_key)
		rc = check_no_file(log->ed25519, err);
	if (rc == 0)
		rc = open_signers(keys, log, make_key, &signers, err);
	if (rc == 0)
		rc = ls_note_key_init(&key, origin, &signers.first.key, err);
	if (rc == 0 && log->ed25519)
		ls_note_key_add_ed25519(&key, &signers.second.key);
	if (rc == 0)
		rc = ls_registry_create(path, &key, &signers.both, err);
	return rc == 0 ? note_keys(path, log, err) : rc;
}

/* --- opening --------------------------------------------------------------------------------- */

void ls_desk_close(struct ls_desk *desk)
{
	ls_cal_store_free(desk->store);
	ls_registry_writer_free(desk->writer);
	ls_p256_verifier_free(&desk->admission.verifier);
	ls_keys_free(&desk->keys);
	free(desk->log_key);
	free(desk->ed25519_key);
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

/* The log's keys as the desk has them. */
static int signers_of(struct ls_desk *desk, struct log_signers *ret, struct ls_error *err)
{
	const struct ls_log_keys log = { desk->log_key, desk->ed25519_key };
	return open_signers(&desk->keys, &log, /* make= */ false, ret, err);
}

static int find_keys(struct ls_desk *desk, const struct ls_log_keys *log, struct ls_error *err)
{
	struct log_signers signers;
	_cleanup_close_ int fd = ls_registry_folder_open(desk->path, err);
	if (fd < 0)
		return fd;
	int rc = ls_registry_vkey_read(fd, &desk->trust.registry, err);
	if (rc < 0) {
		ls_error_prefix(err, "'%s' is no registry", desk->path);
		return rc;
	}
	desk->trust.has_registry = true;
	rc = name_keys(desk, fd, log, err);
	if (rc == 0)
		rc = signers_of(desk, &signers, err);
	return rc < 0 ? rc : ls_registry_signers_check(&signers.both, &desk->trust.registry, err);
}

/* Under the lock: nobody has added a key since it was looked at, without whose line a checkpoint
 * would be signed. */
static int check_same_keys(const struct ls_desk *desk, struct ls_error *err)
{
	struct ls_note_key now;
	_cleanup_close_ int fd = ls_registry_folder_open(desk->path, err);
	int rc = fd < 0 ? fd : ls_registry_vkey_read(fd, &now, err);
	if (rc == 0 && now.has_ed25519 != desk->trust.registry.has_ed25519)
		rc = ls_fail(err, -EBUSY, "registry.busy",
			     "another process has just given this registry a key; try again");
	return rc;
}

int ls_desk_open(const char *path, const struct ls_log_keys *log, struct ls_desk *desk,
		 struct ls_error *err)
{
	desk->path = strdup(path);
	int rc = desk->path ? find_keys(desk, log, err)
			    : ls_fail(err, -ENOMEM, "registry.memory", "out of memory");
	if (rc == 0)
		rc = ls_registry_writer_open(path, &desk->trust.registry, &desk->writer, err);
	if (rc == 0)
		rc = check_same_keys(desk, err);
	if (rc == 0)
		rc = open_store(desk, err);
	desk->admission.registry = &desk->trust.registry;
	desk->admission.now = (int64_t)time(NULL);
	return rc;
}

/* --- a second key ------------------------------------------------------------------------- */

/* Whether it is to be made, though the registry has one. */
static int check_none(const char *path, bool make_key, bool *ret_has, struct ls_error *err)
{
	struct ls_note_key key;
	_cleanup_close_ int fd = ls_registry_folder_open(path, err);
	int rc = fd < 0 ? fd : ls_registry_vkey_read(fd, &key, err);
	if (rc == 0 && key.has_ed25519 && make_key)
		rc = ls_fail(err, -EEXIST, "registry.key.exists",
			     "the registry '%s' has an Ed25519 key already", key.name);
	if (rc == 0)
		*ret_has = key.has_ed25519;
	return rc;
}

int ls_desk_add_ed25519(const char *path, const struct ls_log_keys *log, bool make_key,
			struct ls_desk *desk, struct ls_error *err)
{
	bool has = false;
	struct ls_ed25519_signer second;
	int rc = check_none(path, make_key, &has, err);
	const struct ls_log_keys known = { log->key, has ? log->ed25519 : NULL };
	if (rc == 0)
		rc = ls_desk_open(path, &known, desk, err);
	if (rc == 0)
		rc = make_key ? ls_keys_make_ed25519(&desk->keys, log->ed25519, &second, err)
			      : ls_keys_get_ed25519(&desk->keys, log->ed25519, &second, err);
	/* where it lies is known before it is needed */
	const struct ls_log_keys both = { desk->log_key, log->ed25519 };
	if (rc == 0)
		rc = note_keys(path, &both, err);
	return rc == 0 ? ls_registry_add_ed25519(ls_registry_writer_reader(desk->writer),
						 &desk->trust.registry, &second, err)
		       : rc;
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
	struct log_signers signers;
	int rc = signers_of(desk, &signers, err);
	if (rc == 0)
		rc = ls_registry_writer_commit(desk->writer, &signers.both, err);
	return rc == 0 ? open_store(desk, err) : rc;
}
