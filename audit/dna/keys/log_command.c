/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/keys/log_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "audit/cal/session.h"
#include "audit/dna/keys/writing.h"
#include "audit/dna/scheme/authority.h"
#include "audit/dna/scheme/authority_command.h"
#include "audit/registry/commands.h"
#include "lib/base/cleanup.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/base/text.h"
#include "lib/registry/folder.h"

#define MAX_AGE_DEFAULT 604800 /* a week, in seconds: as of a calibration registry */

enum { LOG, APPEND, WITHDRAW, PUBLISH, SYNC, COMMAND_COUNT };
static const struct ls_command commands[COMMAND_COUNT];

static int done(int which, int rc, const struct ls_error *err)
{
	return ls_authority_done(&commands[which], rc, err);
}

/* --- log ----------------------------------------------------------------------- */

/* The trust file that verifiers begin with. */
static int print_trust(const char *path, const struct ls_dna_params *params, struct ls_error *err)
{
	char vkey[LS_VKEY_SIZE], hex[LS_DIGEST_HEX_SIZE];
	struct ls_note_key key;
	_cleanup_close_ int fd = ls_registry_folder_open(path, err);
	int rc = fd < 0 ? fd : ls_registry_vkey_read(fd, &key, err);
	if (rc == 0)
		printf("labseal/dna-trust/v1\nauthority %s\nregistry %s\n",
		       ls_digest_hex(&params->id, hex), ls_vkey_format(&key, vkey));
	if (rc == 0 && key.has_ed25519)
		printf("registry-ed25519 %s\n", ls_vkey_format_ed25519(&key, vkey));
	if (rc == 0)
		printf("max-age %d\n", MAX_AGE_DEFAULT);
	return rc;
}

static int run_log(int argc, char **argv)
{
	const char *origin = NULL, *folder;
	struct ls_log_keys log = { NULL, NULL };
	char path[LS_KEY_LOG_PATH_SIZE];
	bool make_key = false;
	struct ls_dna_params params;
	struct ls_error err = { 0 };
	_cleanup_keys_ struct ls_keys keys = { 0 };
	const struct ls_option options[] = { { "--origin", NULL, &origin },
					     { "--log-key", NULL, &log.key },
					     { "--ed25519-key", NULL, &log.ed25519 },
					     { "--make-key", &make_key, NULL },
					     { "--log-passphrase-file", NULL,
					       &keys.passphrase_file },
					     { "--pin-file", NULL, &keys.pin_file } };
	int rc = ls_options_read(&commands[LOG], argc, argv, options, 6, "FOLDER", &folder);
	if (rc != 0)
		return rc;
	if (!origin || !log.key)
		return ls_command_usage(&commands[LOG], "%s is missing",
					origin ? "--log-key FILE, or a PKCS#11 URI,"
					       : "--origin NAME");
	rc = ls_authority_params(folder, &params, &err);
	if (rc == 0 && ls_key_log_is_there(folder, path))
		rc = ls_fail(&err, -EEXIST, "dna.keys.exists",
			     "the authority in '%s' has a log of keys", folder);
	if (rc == 0)
		rc = ls_desk_create(path, origin, &log, make_key, &keys, &err);
	if (rc == 0)
		rc = print_trust(path, &params, &err);
	return done(LOG, rc, &err);
}

/* --- append, withdraw ------------------------------------------------------------ */

struct writing {
	struct ls_master_opening opening;
	const char *log_passphrase_file, *pin_file, *folder;
	struct ls_dna_master master;
	struct ls_key_desk desk;
};

static void writing_close(struct writing *w)
{
	ls_dna_master_wipe(&w->master);
	ls_key_desk_close(&w->desk);
}
#define _cleanup_writing_ __attribute__((cleanup(writing_close)))

static int open_desk(struct writing *w, const struct ls_dna_params *params, struct ls_error *err)
{
	w->desk.desk.keys.passphrase_file = w->log_passphrase_file;
	w->desk.desk.keys.pin_file = w->pin_file;
	return ls_key_desk_open(w->folder, params, &w->desk, err);
}

static int open_writing(struct writing *w, struct ls_error *err)
{
	int rc = ls_authority_open_master(w->folder, &w->opening, &w->master, err);
	return rc < 0 ? rc : open_desk(w, &w->master.params, err);
}

static int publish(struct writing *w, struct ls_error *err)
{
	int rc = ls_key_desk_publish(&w->desk, err);
	if (rc == 0)
		printf("%s/keys: %" PRIu64 " entries\n", w->folder,
		       ls_registry_writer_size(w->desk.desk.writer));
	return rc;
}

static int run_append(int argc, char **argv)
{
	_cleanup_writing_ struct writing w = { 0 };
	struct ls_directory_entry request;
	struct ls_error err = { 0 };
	const char *add = NULL, *from = NULL, *until = NULL;
	int64_t begins = (int64_t)time(NULL), ends = LS_DNA_NO_END;
	const struct ls_option options[] = {
		{ "--add", NULL, &add },
		{ "--from", NULL, &from },
		{ "--until", NULL, &until },
		{ "--passphrase-file", NULL, &w.opening.passphrase_file },
		{ "--tpm", NULL, &w.opening.tpm },
		{ "--log-passphrase-file", NULL, &w.log_passphrase_file },
		{ "--pin-file", NULL, &w.pin_file }
	};
	int rc = ls_options_read(&commands[APPEND], argc, argv, options, 7, "FOLDER", &w.folder);
	if (rc == 0 && from)
		rc = ls_cal_time_option(&commands[APPEND], "--from", from, &begins);
	if (rc == 0 && until)
		rc = ls_cal_time_option(&commands[APPEND], "--until", until, &ends);
	if (rc != 0)
		return rc;
	if (!add)
		return ls_command_usage(&commands[APPEND], "whose key? Say --add REQUEST");
	rc = open_writing(&w, &err);
	if (rc == 0)
		rc = ls_authority_read_request(add, &w.master.params, &request, &err);
	if (rc == 0)
		rc = ls_key_desk_add(&w.desk, &w.master, &request, begins, ends, &err);
	if (rc == 0)
		rc = publish(&w, &err);
	return done(APPEND, rc, &err);
}

static int run_withdraw(int argc, char **argv)
{
	_cleanup_writing_ struct writing w = { 0 };
	struct ls_orcid orcid;
	enum ls_cal_reason reason;
	struct ls_error err = { 0 };
	const char *id = NULL, *why = NULL, *when = NULL;
	int64_t since = (int64_t)time(NULL);
	const struct ls_option options[] = {
		{ "--orcid", NULL, &id },
		{ "--reason", NULL, &why },
		{ "--since", NULL, &when },
		{ "--passphrase-file", NULL, &w.opening.passphrase_file },
		{ "--tpm", NULL, &w.opening.tpm },
		{ "--log-passphrase-file", NULL, &w.log_passphrase_file },
		{ "--pin-file", NULL, &w.pin_file }
	};
	int rc = ls_options_read(&commands[WITHDRAW], argc, argv, options, 7, "FOLDER", &w.folder);
	if (rc == 0 && when)
		rc = ls_cal_time_option(&commands[WITHDRAW], "--since", when, &since);
	if (rc != 0)
		return rc;
	if (!id || !why)
		return ls_command_usage(&commands[WITHDRAW], "%s is missing",
					id ? "--reason" : "--orcid");
	if (ls_cal_reason_parse(why, strlen(why), &reason) < 0)
		return ls_command_usage(&commands[WITHDRAW],
					"--reason '%s' is none of key-compromise, error, "
					"competence, superseded, ceased",
					why);
	rc = ls_orcid_parse(id, &orcid, &err);
	if (rc == 0)
		rc = open_writing(&w, &err);
	if (rc == 0)
		rc = ls_key_desk_withdraw(&w.desk, &w.master, &orcid, since, reason, &err);
	if (rc == 0)
		rc = publish(&w, &err);
	return done(WITHDRAW, rc, &err);
}

/* --- publish ------------------------------------------------------------------------ */

static int write_snapshot(const struct writing *w, const char *path, struct ls_error *err)
{
	char keys[LS_KEY_LOG_PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_KEY_SNAPSHOT_MAX);
	ls_key_log_is_there(w->folder, keys);
	int rc = ls_key_log_snapshot(keys, &w->desk.trust, &bytes, err);
	return rc < 0 ? rc : ls_file_replace(AT_FDCWD, path, bytes.data, bytes.size, 0644, err);
}

/* The log's next heartbeat; and a snapshot, which --only-snapshot makes of the log as it is. */
static int publish_log(struct writing *w, const char *snapshot, bool only, struct ls_error *err)
{
	struct ls_dna_params params;
	int rc = ls_authority_params(w->folder, &params, err);
	if (rc == 0)
		rc = open_desk(w, &params, err);
	if (rc == 0 && !only)
		rc = publish(w, err);
	return rc < 0 || !snapshot ? rc : write_snapshot(w, snapshot, err);
}

static int publish_directory(struct writing *w, const char *add, const char *id,
			     struct ls_error *err)
{
	uint64_t number;
	int rc = ls_authority_open_master(w->folder, &w->opening, &w->master, err);
	if (rc == 0)
		rc = ls_authority_next_directory(w->folder, &w->master, add, id, &number, err);
	if (rc == 0)
		printf("%s/directory-%" PRIu64 ".pem\n", w->folder, number);
	return rc;
}

static int run_publish(int argc, char **argv)
{
	_cleanup_writing_ struct writing w = { 0 };
	struct ls_error err = { 0 };
	const char *add = NULL, *id = NULL, *snapshot = NULL;
	char path[LS_KEY_LOG_PATH_SIZE];
	bool only = false;
	const struct ls_option options[] = {
		{ "--add", NULL, &add },
		{ "--withdraw", NULL, &id },
		{ "--snapshot", NULL, &snapshot },
		{ "--only-snapshot", &only, NULL },
		{ "--passphrase-file", NULL, &w.opening.passphrase_file },
		{ "--tpm", NULL, &w.opening.tpm },
		{ "--log-passphrase-file", NULL, &w.log_passphrase_file },
		{ "--pin-file", NULL, &w.pin_file }
	};
	int rc = ls_options_read(&commands[PUBLISH], argc, argv, options, 8, "FOLDER", &w.folder);
	if (rc != 0)
		return rc;
	bool log = ls_key_log_is_there(w.folder, path);
	if (log && (add || id))
		return ls_command_usage(&commands[PUBLISH],
					"this authority has a log of keys: 'append' and 'withdraw' "
					"change it");
	if (!log && (snapshot || only))
		return ls_command_usage(&commands[PUBLISH], "only a log of keys has snapshots");
	if (only && !snapshot)
		return ls_command_usage(&commands[PUBLISH], "--only-snapshot goes with --snapshot");
	if (!log && !add && !id)
		return ls_command_usage(&commands[PUBLISH],
					"nothing to publish: --add or --withdraw");
	rc = log ? publish_log(&w, snapshot, only, &err) : publish_directory(&w, add, id, &err);
	return done(PUBLISH, rc, &err);
}

/* --- sync ----------------------------------------------------------------------------- */

static int read_trust(const char *path, struct ls_registry_trusted *ret_trusted,
		      struct ls_error *err)
{
	_cleanup_key_trust_ struct ls_key_trust trust = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_KEY_TRUST_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &bytes, err);
	if (rc == 0 && (rc = ls_key_trust_parse(bytes.data, bytes.size, &trust, err)) < 0)
		ls_error_prefix(err, "trust file '%s'", path);
	if (rc < 0)
		return rc;
	ret_trusted->key = trust.log.registry;
	ret_trusted->witness_count = trust.log.witness_count;
	for (size_t i = 0; i < trust.log.witness_count; i++)
		ret_trusted->witnesses[i] = trust.log.witnesses[i];
	return 0;
}

static int run_sync(int argc, char **argv)
{
	return ls_registry_sync_run(&commands[SYNC], read_trust, argc, argv);
}

#define LOG_KEYS \
	"[--passphrase-file FILE] [--tpm DEVICE] [--log-passphrase-file FILE] [--pin-file FILE]"

static const struct ls_command commands[COMMAND_COUNT] = {
	[LOG] = { "dna authority log",
		  "--origin NAME --log-key KEY [--ed25519-key KEY] [--make-key] "
		  "[--log-passphrase-file FILE] "
		  "[--pin-file FILE] FOLDER",
		  "begin the authority's log of keys, and print the trust file for verifiers",
		  "--origin --log-key --ed25519-key --make-key --log-passphrase-file --pin-file",
		  run_log },
	[APPEND] = { "dna authority append",
		     "--add REQUEST [--from TIME] [--until TIME] " LOG_KEYS " FOLDER",
		     "put a signer's own key into the log of keys",
		     "--add --from --until --passphrase-file --tpm --log-passphrase-file "
		     "--pin-file",
		     run_append },
	[WITHDRAW] = { "dna authority withdraw",
		       "--orcid ID --reason REASON [--since TIME] " LOG_KEYS " FOLDER",
		       "withdraw a signer's keys in the log of keys",
		       "--orcid --reason --since --passphrase-file --tpm --log-passphrase-file "
		       "--pin-file",
		       run_withdraw },
	[PUBLISH] = { "dna authority publish",
		      "[--snapshot FILE [--only-snapshot]] [--log-passphrase-file FILE] "
		      "[--pin-file FILE] FOLDER; or, without a log of keys, [--add REQUEST] "
		      "[--withdraw ID] [--passphrase-file FILE] [--tpm DEVICE] FOLDER",
		      "say that the log of keys is as it is now; or sign the next directory of "
		      "keys",
		      "--snapshot --only-snapshot --add --withdraw --passphrase-file --tpm "
		      "--log-passphrase-file --pin-file",
		      run_publish },
	[SYNC] = { "dna authority sync",
		   "[--trust FILE] [--max-bytes N] [--timeout SECONDS] [--json] SOURCE MIRROR; or "
		   "--check [--trust FILE] [--json] MIRROR",
		   "copy a log of keys, or what is new of it, and verify all of it",
		   "--trust --max-bytes --timeout --check --json", run_sync },
};

int ls_dna_authority_command(int argc, char **argv)
{
	static const struct ls_command_table tables[] = {
		{ ls_authority_commands, LS_AUTHORITY_COMMAND_COUNT },
		{ commands, COMMAND_COUNT },
	};
	return ls_command_dispatch("labseal dna authority", tables, 2, argc, argv);
}
