/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/dna/scheme/authority_command.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/dna/scheme/authority.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/number.h"
#include "lib/base/options.h"
#include "lib/base/secret_memory.h"
#include "lib/base/text.h"
#include "lib/hsm/terminal.h"

static int status_of(int rc)
{
	switch (-rc) {
	case 0: return LS_EXIT_HOLDS;
	case EINVAL:
	case EEXIST: return LS_EXIT_USAGE;
	case EKEYREJECTED: return LS_EXIT_DOES_NOT_HOLD;
	case EBADMSG:
	case ENOKEY:
	case ENOENT:
	case EUCLEAN:
	case EXDEV:
	case ENOTDIR:
	case EACCES: /* a TPM does not give the key out */
	case ENOTSUP: return LS_EXIT_COULD_NOT_CHECK;
	default: return LS_EXIT_FAILED;
	}
}

int ls_authority_done(const struct ls_command *command, int rc, const struct ls_error *err)
{
	if (rc < 0)
		fprintf(stderr, "labseal %s: %s [%s]\n", command->name, err->message, err->id);
	bool unreadable = rc < 0 && strcmp(err->id, "file.kind") == 0; /* a folder in its place */
	return unreadable ? LS_EXIT_COULD_NOT_CHECK : status_of(rc);
}

static int done(int which, int rc, const struct ls_error *err)
{
	return ls_authority_done(&ls_authority_commands[which], rc, err);
}

/* --- passphrases ------------------------------------------------------------- */

/* How a new file's passphrase is given. */
struct new_passphrase {
	const char *file;
	bool none;
};

/* *ret: the passphrase's text in p, or NULL for none. */
static int choose(const char *what, const struct new_passphrase *how, struct ls_passphrase *p,
		  const char **ret, struct ls_error *err)
{
	*ret = NULL;
	if (how->none && how->file)
		return ls_fail(err, -EINVAL, "dna.key.passphrase", "a passphrase and none at once");
	if (how->none)
		return 0;
	int rc = ls_passphrase_get(what, how->file, true, p, err);
	if (rc == 0)
		*ret = p->text;
	return rc;
}

int ls_authority_open_master(const char *folder, const struct ls_master_opening *how,
			     struct ls_dna_master *ret, struct ls_error *err)
{
	_cleanup_passphrase_ struct ls_passphrase p = { "" };
	struct ls_box_lock lock = { .tpm = how->tpm };
	ls_secret_memory(NULL); /* a key under a TPM is not opened without */
	int rc = how->passphrase_file ? -EKEYREJECTED : ls_authority_open(folder, &lock, ret, err);
	if (rc != -EKEYREJECTED)
		return rc;
	rc = ls_passphrase_get(folder, how->passphrase_file, false, &p, err);
	lock.passphrase = p.text;
	return rc < 0 ? rc : ls_authority_open(folder, &lock, ret, err);
}

/* --- what locks a master key ------------------------------------------------------ */

struct locking {
	struct new_passphrase passphrase;
	struct ls_box_lock lock;
	const char *pcrs;
	struct ls_passphrase typed;
};

static void locking_wipe(struct locking *l)
{
	ls_passphrase_wipe(&l->typed);
}
#define _cleanup_locking_ __attribute__((cleanup(locking_wipe)))

/* "0,2,7" to a bit for each. */
static int read_pcrs(const char *text, uint32_t *ret)
{
	uint32_t pcrs = 0;
	for (const char *rest = text;; rest++) {
		size_t n = strcspn(rest, ",");
		uint64_t pcr;
		if (ls_parse_u64(rest, n, &pcr) < 0 || pcr > 23 || pcrs >> pcr & 1)
			return -EINVAL;
		pcrs |= UINT32_C(1) << pcr;
		rest += n;
		if (!*rest)
			break;
	}
	*ret = pcrs;
	return 0;
}

/* What cannot be: said before anything is asked for or made. */
static int check_locking(int which, struct locking *l)
{
	const struct ls_command *command = &ls_authority_commands[which];
	if ((l->lock.tpm || l->pcrs) && !l->lock.sealed)
		return ls_command_usage(command, "%s goes with --sealed",
					l->pcrs ? "--pcrs" : "--tpm");
	if (l->pcrs && read_pcrs(l->pcrs, &l->lock.pcrs) < 0)
		return ls_command_usage(command,
					"--pcrs '%s' is no list of different PCRs 0 to 23, as 0,7",
					l->pcrs);
	if (l->passphrase.none && l->passphrase.file)
		return ls_command_usage(command, "a passphrase and none at once");
	return 0;
}

/* A key that a TPM keeps needs a passphrase only where one was named. */
static int choose_lock(const char *what, struct locking *l, struct ls_error *err)
{
	if (l->lock.sealed && !l->passphrase.file)
		return 0;
	return choose(what, &l->passphrase, &l->typed, &l->lock.passphrase, err);
}

/* --- init ---------------------------------------------------------------------- */

static void print_params(const struct ls_dna_params *params)
{
	char hex[LS_DIGEST_HEX_SIZE];
	printf("authority: %s\nidentifier: %s\nin a block: %03x\nprofiles: standard, "
	       "standard-full, aggregate%s\n",
	       params->name, ls_digest_hex(&params->id, hex), ls_params_hint(params),
	       params->has_paper ? ", paper" : "");
}

static int run_init(int argc, char **argv)
{
	_cleanup_dna_master_ struct ls_dna_master master = { 0 };
	_cleanup_locking_ struct locking l = { 0 };
	struct ls_error err = { 0 };
	const char *name = NULL, *folder;
	bool paper = false;
	const struct ls_option options[] = { { "--name", NULL, &name },
					     { "--paper", &paper, NULL },
					     { "--passphrase-file", NULL, &l.passphrase.file },
					     { "--no-passphrase", &l.passphrase.none, NULL },
					     { "--sealed", &l.lock.sealed, NULL },
					     { "--tpm", NULL, &l.lock.tpm },
					     { "--pcrs", NULL, &l.pcrs } };
	int rc = ls_options_read(&ls_authority_commands[LS_AUTHORITY_INIT], argc, argv, options, 7,
				 "FOLDER", &folder);
	if (rc != 0 || (rc = check_locking(LS_AUTHORITY_INIT, &l)) != 0)
		return rc;
	if (!name)
		return ls_command_usage(&ls_authority_commands[LS_AUTHORITY_INIT],
					"--name is missing: what verifiers will read");
	ls_secret_memory(NULL); /* a TPM's keeper insists on it */
	rc = ls_dna_master_generate(name, paper, &master, &err);
	if (rc == 0)
		rc = choose_lock(folder, &l, &err);
	if (rc == 0)
		rc = ls_authority_create(folder, &master, &l.lock, &err);
	if (rc == 0)
		print_params(&master.params);
	return done(LS_AUTHORITY_INIT, rc, &err);
}

/* --- seal ------------------------------------------------------------------------ */

static int run_seal(int argc, char **argv)
{
	_cleanup_dna_master_ struct ls_dna_master master = { 0 };
	_cleanup_locking_ struct locking l = { .lock = { .sealed = true } };
	struct ls_error err = { 0 };
	struct ls_master_opening how = { 0 };
	const char *folder;
	const struct ls_option options[] = { { "--tpm", NULL, &l.lock.tpm },
					     { "--pcrs", NULL, &l.pcrs },
					     { "--passphrase-file", NULL, &how.passphrase_file },
					     { "--new-passphrase-file", NULL,
					       &l.passphrase.file } };
	int rc = ls_options_read(&ls_authority_commands[LS_AUTHORITY_SEAL], argc, argv, options, 4,
				 "FOLDER", &folder);
	if (rc != 0 || (rc = check_locking(LS_AUTHORITY_SEAL, &l)) != 0)
		return rc;
	how.tpm = l.lock.tpm;
	rc = ls_authority_open_master(folder, &how, &master, &err);
	if (rc == 0)
		rc = choose_lock(folder, &l, &err);
	if (rc == 0)
		rc = ls_authority_relock(folder, &master, &l.lock, &err);
	if (rc == 0)
		printf("%s/master.pem: sealed\n", folder);
	return done(LS_AUTHORITY_SEAL, rc, &err);
}

/* --- extract, own --------------------------------------------------------------- */

static int write_key(const struct ls_dna_key *key, const char *path,
		     const struct new_passphrase *how, struct ls_error *err)
{
	_cleanup_passphrase_ struct ls_passphrase p = { "" };
	_cleanup_secret_ struct ls_buffer pem;
	const char *passphrase;
	ls_buffer_init(&pem, LS_KEY_FILE_MAX);
	int rc = choose(path, how, &p, &passphrase, err);
	if (rc < 0 || (rc = ls_dna_key_to_pem(key, passphrase, &pem, err)) < 0)
		return rc;
	rc = ls_file_write_new(AT_FDCWD, path, pem.data, pem.size, 0600, err);
	return rc == -EEXIST ? ls_fail(err, rc, "dna.key.exists",
				       "'%s' is there already; name another file", path)
			     : rc;
}

static int run_extract(int argc, char **argv)
{
	_cleanup_dna_master_ struct ls_dna_master master = { 0 };
	_cleanup_dna_key_ struct ls_dna_key *key = NULL;
	struct new_passphrase how = { 0 };
	struct ls_orcid orcid;
	struct ls_error err = { 0 };
	struct ls_master_opening opening = { 0 };
	const char *id = NULL, *output = NULL, *folder;
	const struct ls_option options[] = { { "--orcid", NULL, &id },
					     { "--output", NULL, &output },
					     { "--passphrase-file", NULL,
					       &opening.passphrase_file },
					     { "--tpm", NULL, &opening.tpm },
					     { "--key-passphrase-file", NULL, &how.file },
					     { "--no-passphrase", &how.none, NULL } };
	int rc = ls_options_read(&ls_authority_commands[LS_AUTHORITY_EXTRACT], argc, argv, options,
				 6, "FOLDER", &folder);
	if (rc != 0)
		return rc;
	if (!id || !output)
		return ls_command_usage(&ls_authority_commands[LS_AUTHORITY_EXTRACT],
					"%s is missing", id ? "--output" : "--orcid");
	rc = ls_orcid_parse(id, &orcid, &err);
	if (rc == 0)
		rc = ls_authority_open_master(folder, &opening, &master, &err);
	if (rc == 0)
		rc = ls_dna_extract(&master, &orcid, &key, &err);
	if (rc == 0)
		rc = write_key(key, output, &how, &err);
	return done(LS_AUTHORITY_EXTRACT, rc, &err);
}

static int read_params(const char *path, struct ls_dna_params *ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &text, err);
	if (rc == 0 && (rc = ls_params_from_pem(text.data, text.size, ret, err)) < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

static int write_request(const struct ls_dna_key *key, const char *path, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer pem;
	ls_buffer_init(&pem, LS_KEY_FILE_MAX);
	int rc = ls_request_to_pem(key, &pem);
	return rc < 0 ? ls_fail(err, rc, "dna.memory", "out of memory")
		      : ls_file_write_new(AT_FDCWD, path, pem.data, pem.size, 0644, err);
}

static int run_own(int argc, char **argv)
{
	_cleanup_dna_key_ struct ls_dna_key *key = NULL;
	struct new_passphrase how = { 0 };
	struct ls_dna_params params;
	struct ls_orcid orcid;
	struct ls_error err = { 0 };
	const char *id = NULL, *output = NULL, *request = NULL, *path;
	const struct ls_option options[] = { { "--orcid", NULL, &id },
					     { "--output", NULL, &output },
					     { "--request", NULL, &request },
					     { "--key-passphrase-file", NULL, &how.file },
					     { "--no-passphrase", &how.none, NULL } };
	int rc = ls_options_read(&ls_authority_commands[LS_AUTHORITY_OWN], argc, argv, options, 5,
				 "PARAMETERS", &path);
	if (rc != 0)
		return rc;
	if (!id || !output || !request)
		return ls_command_usage(&ls_authority_commands[LS_AUTHORITY_OWN], "%s is missing",
					!id	  ? "--orcid"
					: !output ? "--output"
						  : "--request");
	rc = ls_orcid_parse(id, &orcid, &err);
	if (rc == 0)
		rc = read_params(path, &params, &err);
	if (rc == 0)
		rc = ls_dna_own_generate(&params, &orcid, &key, &err);
	if (rc == 0)
		rc = write_key(key, output, &how, &err);
	if (rc == 0) {
		rc = write_request(key, request, &err);
		if (rc < 0)
			unlink(output); /* made just now, and of no use without its request */
	}
	return done(LS_AUTHORITY_OWN, rc, &err);
}

/* --- publish ----------------------------------------------------------------------- */

int ls_authority_read_request(const char *path, const struct ls_dna_params *params,
			      struct ls_directory_entry *ret, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_KEY_FILE_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &text, err);
	if (rc == 0 && (rc = ls_request_from_pem(text.data, text.size, params, ret, err)) < 0)
		ls_error_prefix(err, "'%s'", path);
	return rc;
}

static int add_request(struct ls_dna_directory *d, const char *folder,
		       const struct ls_dna_params *params, const char *path, struct ls_error *err)
{
	struct ls_directory_entry entry;
	int rc = ls_authority_read_request(path, params, &entry, err);
	if (rc == 0)
		rc = ls_authority_check_withdrawn(folder, params, &entry, err);
	return rc < 0 ? rc : ls_directory_add(d, &entry, err);
}

static int withdraw(struct ls_dna_directory *d, const char *id, struct ls_error *err)
{
	struct ls_orcid orcid;
	int rc = ls_orcid_parse(id, &orcid, err);
	if (rc < 0)
		return rc;
	struct ls_directory_entry *entry = ls_directory_find(d, &orcid);
	if (!entry)
		return ls_fail(err, -ENOKEY, "dna.directory.unknown",
			       "the directory has no key of '%s'", orcid.text);
	entry->withdrawn = true;
	return 0;
}

int ls_authority_next_directory(const char *folder, const struct ls_dna_master *master,
				const char *add, const char *withdrawn, uint64_t *ret_number,
				struct ls_error *err)
{
	_cleanup_directory_ struct ls_dna_directory d = { 0 };
	int rc = ls_authority_directory(folder, &master->params, &d, err);
	if (rc == 0 && add)
		rc = add_request(&d, folder, &master->params, add, err);
	if (rc == 0 && withdrawn)
		rc = withdraw(&d, withdrawn, err);
	if (rc == 0)
		rc = ls_authority_publish(folder, master, &d, err);
	if (rc == 0)
		*ret_number = d.number;
	return rc;
}

/* --- show ----------------------------------------------------------------------------- */

/* How the master key is kept.  One that is not here, or not for this user, is no fault of a show.
 */
static int print_master(const char *folder, const struct ls_dna_params *params,
			struct ls_error *err)
{
	struct ls_box_told told = { 0 };
	int rc = ls_authority_lock(folder, params, &told, err);
	if (rc < 0 && rc != -ENOENT && rc != -EACCES)
		return rc;
	const char *how = rc == -ENOENT	    ? "not in this folder"
			  : rc == -EACCES   ? "not yours to read"
			  : !told.sealed    ? told.passphrase ? "under a passphrase"
							      : "under no passphrase, and not sealed"
			  : told.passphrase ? "sealed to a TPM, and under a passphrase"
					    : "sealed to a TPM";
	printf("master key: %s\n", how);
	return 0;
}

static int run_show(int argc, char **argv)
{
	_cleanup_directory_ struct ls_dna_directory d = { 0 };
	struct ls_dna_params params;
	struct ls_error err = { 0 };
	const char *folder;
	char made[LS_UTC_SIZE];
	int rc = ls_options_read(&ls_authority_commands[LS_AUTHORITY_SHOW], argc, argv, NULL, 0,
				 "FOLDER", &folder);
	if (rc != 0)
		return rc;
	rc = ls_authority_params(folder, &params, &err);
	if (rc == 0)
		rc = ls_authority_directory(folder, &params, &d, &err);
	if (rc < 0)
		return done(LS_AUTHORITY_SHOW, rc, &err);
	print_params(&params);
	rc = print_master(folder, &params, &err);
	if (rc < 0)
		return done(LS_AUTHORITY_SHOW, rc, &err);
	if (d.number == 0)
		return LS_EXIT_HOLDS;
	printf("directory: %" PRIu64 ", %s\n", d.number, ls_utc_format(d.made, made));
	for (size_t i = 0; i < d.count; i++)
		printf("key: %s%s\n", d.entries[i].orcid.text,
		       d.entries[i].withdrawn ? " withdrawn" : "");
	return LS_EXIT_HOLDS;
}

const struct ls_command ls_authority_commands[LS_AUTHORITY_COMMAND_COUNT] = {
	[LS_AUTHORITY_INIT] = { "dna authority init",
				"--name NAME [--paper] [--passphrase-file FILE|--no-passphrase] "
				"[--sealed [--tpm DEVICE] [--pcrs LIST]] FOLDER",
				"make an authority: its master key and its public parameters",
				"--name --paper --passphrase-file --no-passphrase --sealed --tpm "
				"--pcrs",
				run_init },
	[LS_AUTHORITY_SEAL] = { "dna authority seal",
				"[--tpm DEVICE] [--pcrs LIST] [--passphrase-file FILE] "
				"[--new-passphrase-file FILE] FOLDER",
				"seal an authority's master key to a TPM, or anew",
				"--tpm --pcrs --passphrase-file --new-passphrase-file", run_seal },
	[LS_AUTHORITY_EXTRACT] = { "dna authority extract",
				   "--orcid ID --output FILE [--passphrase-file FILE] "
				   "[--tpm DEVICE] [--key-passphrase-file "
				   "FILE|--no-passphrase] FOLDER",
				   "give out the key of an identity",
				   "--orcid --output --passphrase-file --tpm "
				   "--key-passphrase-file --no-passphrase",
				   run_extract },
	[LS_AUTHORITY_OWN] = { "dna authority own",
			       "--orcid ID --output FILE --request FILE [--key-passphrase-file "
			       "FILE|--no-passphrase] "
			       "PARAMETERS",
			       "make a key of one's own for profile aggregate, and a request to "
			       "the authority",
			       "--orcid --output --request --key-passphrase-file --no-passphrase",
			       run_own },
	[LS_AUTHORITY_SHOW] = { "dna authority show", "FOLDER",
				"say who an authority is, and whose keys its directory has", "",
				run_show },
};
