/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal init, cal add-key, cal sign, cal append. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/registry/commands.h"
#include "audit/registry/desk.h"
#include "audit/registry/draft.h"
#include "audit/registry/signing.h"
#include "lib/base/cleanup.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/registry/folder.h"

#define RECORDS_MAX 65536

/* --- init -------------------------------------------------------------------------------- */

static int tell_vkey(const struct ls_command *command, const char *path, struct ls_error *err)
{
	char vkey[LS_VKEY_SIZE];
	struct ls_note_key key;
	_cleanup_close_ int fd = ls_registry_folder_open(path, err);
	if (fd < 0 || ls_registry_vkey_read(fd, &key, err) < 0)
		return ls_registry_fail(command, err);
	printf("registry %s\n", ls_vkey_format(&key, vkey));
	if (key.has_ed25519)
		printf("registry-ed25519 %s\n", ls_vkey_format_ed25519(&key, vkey));
	return LS_EXIT_HOLDS;
}

int ls_registry_init_command(int argc, char **argv)
{
	const struct ls_command *command = &ls_registry_commands[LS_REGISTRY_INIT];
	const char *origin = NULL, *path;
	struct ls_log_keys log = { NULL, NULL };
	bool make_key = false;
	struct ls_error err = { 0 };
	_cleanup_keys_ struct ls_keys keys = { 0 };
	const struct ls_option options[] = {
		{ "--origin", NULL, &origin },
		{ "--log-key", NULL, &log.key },
		{ "--ed25519-key", NULL, &log.ed25519 },
		{ "--make-key", &make_key, NULL },
		{ "--passphrase-file", NULL, &keys.passphrase_file },
		{ "--pin-file", NULL, &keys.pin_file },
	};
	int rc = ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(options[0]),
				 "REGISTRY", &path);
	if (rc != 0)
		return rc;
	if (!origin || !log.key)
		return ls_command_usage(command, "%s%s%s", origin ? "" : "--origin NAME is missing",
					origin || log.key ? "" : "; ",
					log.key ? ""
						: "--log-key FILE, or a PKCS#11 URI, is missing");
	rc = ls_desk_create(path, origin, &log, make_key, &keys, &err);
	return rc < 0 ? ls_registry_fail(command, &err) : tell_vkey(command, path, &err);
}

int ls_registry_add_key_command(int argc, char **argv)
{
	const struct ls_command *command = &ls_registry_commands[LS_REGISTRY_ADD_KEY];
	const char *path;
	struct ls_log_keys log = { NULL, NULL };
	bool make_key = false;
	struct ls_error err = { 0 };
	_cleanup_desk_ struct ls_desk desk = { 0 };
	const struct ls_option options[] = {
		{ "--ed25519-key", NULL, &log.ed25519 },
		{ "--make-key", &make_key, NULL },
		{ "--log-key", NULL, &log.key },
		{ "--passphrase-file", NULL, &desk.keys.passphrase_file },
		{ "--pin-file", NULL, &desk.keys.pin_file },
	};
	int rc = ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(options[0]),
				 "REGISTRY", &path);
	if (rc != 0)
		return rc;
	if (!log.ed25519)
		return ls_command_usage(command, "which key? Say --ed25519-key FILE, or a PKCS#11 "
						 "URI; with --make-key it is made");
	rc = ls_desk_add_ed25519(path, &log, make_key, &desk, &err);
	return rc < 0 ? ls_registry_fail(command, &err) : tell_vkey(command, path, &err);
}

/* --- sign -------------------------------------------------------------------------------- */

static int write_signed(const struct ls_command *command, const char *path,
			const struct ls_cal_record *record, struct ls_error *err)
{
	bool whole = ls_cal_record_role(record, record->signature_count) == 0;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_DRAFT_SIZE_MAX);
	int rc = whole ? ls_cal_record_format(record, ls_draft_shows_details(record), &bytes, err)
		       : ls_draft_format(record, &bytes, err);
	if (rc == 0)
		rc = ls_file_replace(AT_FDCWD, path, bytes.data, bytes.size, 0600, err);
	if (rc < 0)
		return ls_registry_fail(command, err);
	if (whole)
		fprintf(stderr,
			"labseal %s: '%s' has all its signatures: log it with 'labseal cal "
			"append'\n",
			command->name, path);
	else
		fprintf(stderr, "labseal %s: '%s' needs the signature '%s' next\n", command->name,
			path,
			ls_cal_role_name(ls_cal_record_role(record, record->signature_count)));
	return LS_EXIT_HOLDS;
}

static int read_draft(const char *path, struct ls_cal_record *record, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_DRAFT_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	if (rc < 0)
		return rc;
	rc = ls_draft_parse(bytes.data, bytes.size, record, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

/* Where the registry is at hand, it says whose keys are asked for. */
static int open_store(const char *registry, struct ls_cal_trust *trust,
		      struct ls_cal_store **ret_store, struct ls_error *err)
{
	if (!registry)
		return 0;
	_cleanup_close_ int fd = ls_registry_folder_open(registry, err);
	int rc = fd < 0 ? fd : ls_registry_vkey_read(fd, &trust->registry, err);
	trust->has_registry = true;
	return rc < 0 ? rc : ls_registry_store_open(registry, trust, ret_store, err);
}

int ls_registry_sign_command(int argc, char **argv)
{
	const struct ls_command *command = &ls_registry_commands[LS_REGISTRY_SIGN];
	const char *registry = NULL, *key = NULL, *output = NULL, *path;
	struct ls_error err = { 0 };
	struct ls_cal_trust trust = { .has_registry = false };
	_cleanup_keys_ struct ls_keys keys = { 0 };
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT };
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	_cleanup_faults_ struct ls_faults faults;
	const struct ls_option options[] = {
		{ "--registry", NULL, &registry },
		{ "--key", NULL, &key },
		{ "--output", NULL, &output },
		{ "--passphrase-file", NULL, &keys.passphrase_file },
		{ "--pin-file", NULL, &keys.pin_file },
	};
	ls_faults_init(&faults);
	int rc = ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(options[0]),
				 "DRAFT", &path);
	if (rc != 0)
		return rc;
	if (!key)
		return ls_command_usage(command,
					"with which key? Say --key FILE, or a PKCS#11 URI");
	struct ls_signing signing = {
		.registry = &trust.registry, .keys = &keys, .names = &key, .name_count = 1
	};
	rc = read_draft(path, &record, &err);
	if (rc == 0)
		rc = open_store(registry, &trust, &store, &err);
	signing.store = store;
	if (rc == 0)
		rc = ls_signing_run(&signing, &record, /* draft= */ true, &faults, &err);
	if (rc < 0)
		return ls_registry_fail(command, &err);
	ls_faults_tell(&faults, "labseal cal sign");
	return faults.count > 0 ? LS_EXIT_USAGE
				: write_signed(command, output ? output : path, &record, &err);
}

/* --- append ------------------------------------------------------------------------------- */

/* As it is logged: without the details of a private report. */
static int read_record(const char *path, struct ls_buffer *bytes, struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT };
	struct ls_error ignored = { 0 };
	ls_buffer_clear(bytes);
	int rc = ls_file_read(AT_FDCWD, path, bytes, err);
	if (rc < 0)
		return rc;
	if (ls_draft_parse(bytes->data, bytes->size, &record, &ignored) == 0)
		rc = ls_fail(err, -EBADMSG, "registry.draft.unsigned",
			     "it is a draft that needs the signature '%s' next; 'labseal cal sign' "
			     "makes it",
			     ls_cal_role_name(ls_cal_record_role(&record, record.signature_count)));
	else
		rc = ls_cal_record_parse(bytes->data, bytes->size, &record, err);
	ls_buffer_clear(bytes);
	if (rc == 0)
		rc = ls_cal_record_format(&record, /* with_details= */ false, bytes, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

static int append_all(const struct ls_command *command, struct ls_desk *desk,
		      const char *const *paths, size_t count, struct ls_error *err)
{
	unsigned wrong = 0;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_DRAFT_SIZE_MAX);
	for (size_t i = 0; i < count; i++) {
		char prefix[512];
		_cleanup_faults_ struct ls_faults faults;
		ls_faults_init(&faults);
		snprintf(prefix, sizeof(prefix), "labseal cal append: '%.400s'", paths[i]);
		int rc = read_record(paths[i], &bytes, err);
		if (rc == 0)
			rc = ls_desk_take(desk, bytes.data, bytes.size, NULL, &faults, err);
		if (rc < 0)
			return ls_registry_fail(command, err);
		ls_faults_tell(&faults, prefix);
		wrong += faults.count;
	}
	if (wrong > 0) {
		fprintf(stderr, "labseal cal append: nothing was logged\n");
		return LS_EXIT_DOES_NOT_HOLD;
	}
	return ls_desk_commit(desk, err) < 0 ? ls_registry_fail(command, err) : LS_EXIT_HOLDS;
}

int ls_registry_append_command(int argc, char **argv)
{
	const struct ls_command *command = &ls_registry_commands[LS_REGISTRY_APPEND];
	const char *registry = NULL;
	struct ls_log_keys log = { NULL, NULL };
	struct ls_error err = { 0 };
	_cleanup_desk_ struct ls_desk desk = { 0 };
	_cleanup_free_ const char **paths = calloc(RECORDS_MAX, sizeof(*paths));
	size_t count = 0;
	const struct ls_option options[] = {
		{ "--registry", NULL, &registry },
		{ "--log-key", NULL, &log.key },
		{ "--ed25519-key", NULL, &log.ed25519 },
		{ "--passphrase-file", NULL, &desk.keys.passphrase_file },
		{ "--pin-file", NULL, &desk.keys.pin_file },
	};
	if (!paths)
		return LS_EXIT_FAILED;
	int rc = ls_options_read_many(command, argc, argv, options,
				      sizeof(options) / sizeof(options[0]), "RECORD", paths,
				      RECORDS_MAX, &count);
	if (rc != 0)
		return rc;
	if (!registry)
		return ls_command_usage(command, "into which registry? Say --registry FOLDER");
	if (ls_desk_open(registry, &log, &desk, &err) < 0)
		return ls_registry_fail(command, &err);
	return append_all(command, &desk, paths, count, &err);
}
