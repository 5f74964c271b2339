/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal issue, cal revoke: records are made, signed, checked, and logged. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "audit/registry/build.h"
#include "audit/registry/certificate.h"
#include "audit/registry/commands.h"
#include "audit/registry/desk.h"
#include "audit/registry/draft.h"
#include "audit/registry/signing.h"
#include "lib/base/cleanup.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/registry/folder.h"

#define BATCH_FAULTS_MAX 1000 /* a batch that is wrong throughout is not told to its end */

/* What is of the command, and what is left for the record. */
struct told {
	const char *registry, *passphrase_file, *pin_file, *batch;
	struct ls_log_keys log;
	size_t count;
	const char **words; /* owned, not what they point to */
};

struct issuing {
	const struct ls_command *command;
	struct ls_desk desk;
	unsigned faults, records, drafts;
	struct ls_buffer said; /* what standard output says once all is logged */
};

/* --- the command line --------------------------------------------------------------------------
 */

static const char **place_of(struct told *t, const char *word, size_t length)
{
	const struct {
		const char *name;
		const char **place;
	} options[] = {
		{ "--registry", &t->registry },	      { "--log-key", &t->log.key },
		{ "--ed25519-key", &t->log.ed25519 }, { "--passphrase-file", &t->passphrase_file },
		{ "--pin-file", &t->pin_file },	      { "--batch", &t->batch },
	};
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (strlen(options[i].name) == length && memcmp(options[i].name, word, length) == 0)
			return options[i].place;
	return NULL;
}

static int read_line(const struct ls_command *command, int argc, char **argv, struct told *t)
{
	t->words = calloc((size_t)argc + 1, sizeof(*t->words));
	if (!t->words)
		return LS_EXIT_FAILED;
	for (int i = 1; i < argc; i++) {
		const char **place = place_of(t, argv[i], strcspn(argv[i], "="));
		if (!place) {
			t->words[t->count++] = argv[i];
		} else if (strchr(argv[i], '=')) {
			*place = strchr(argv[i], '=') + 1;
		} else if (i + 1 < argc) {
			*place = argv[++i];
		} else {
			return ls_command_usage(command, "%s needs a value", argv[i]);
		}
	}
	if (!t->registry)
		return ls_command_usage(command, "into which registry? Say --registry FOLDER");
	if (t->batch && t->count > 0)
		return ls_command_usage(
			command, "a kind of record or --batch FILE, one of them; what is '%s'?",
			t->words[0]);
	if (!t->batch && t->count == 0)
		return ls_command_usage(command, "what is to be issued? organisation, technician, "
						 "device, report, revocation or heartbeat");
	return 0;
}

/* --- one record ----------------------------------------------------------------------------------
 */

/* The names after each --key; for a heartbeat the registry's own key, too. */
static size_t key_names(const struct issuing *s, const struct ls_build *b,
			const struct ls_cal_record *record, const char **names)
{
	size_t count = 0;
	for (size_t i = 0; i < b->said.count; i++)
		if (strcmp(b->said.sayings[i].name, "--key") == 0)
			names[count++] = b->said.sayings[i].value;
	if (record->kind == LS_CAL_HEARTBEAT && count == 0)
		names[count++] = s->desk.log_key;
	return count;
}

static int sign(struct issuing *s, struct ls_build *b, struct ls_cal_record *record,
		struct ls_faults *faults, struct ls_error *err)
{
	_cleanup_free_ const char **names = calloc(b->said.count + 1, sizeof(*names));
	if (!names)
		return ls_fail(err, -ENOMEM, "registry.memory", "out of memory for keys");
	struct ls_signing signing = { .store = s->desk.store,
				      .registry = &s->desk.trust.registry,
				      .keys = &s->desk.keys,
				      .names = names,
				      .name_count = key_names(s, b, record, names) };
	return ls_signing_run(&signing, record, ls_said_value(&b->said, "--draft") != NULL, faults,
			      err);
}

static int write_copy(const char *path, const struct ls_cal_record *record, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	int rc = ls_cal_record_format(record, ls_draft_shows_details(record), &bytes, err);
	return rc < 0 ? rc : ls_file_replace(AT_FDCWD, path, bytes.data, bytes.size, 0600, err);
}

static int write_draft(struct issuing *s, const char *path, const struct ls_cal_record *record,
		       struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_DRAFT_SIZE_MAX);
	int rc = ls_draft_format(record, &bytes, err);
	if (rc == 0)
		rc = ls_file_replace(AT_FDCWD, path, bytes.data, bytes.size, 0600, err);
	s->drafts++;
	return rc;
}

/* The file of --document; NULL: none, or its hash alone was said. */
static const char *document_file(const struct ls_build *b)
{
	struct ls_digest digest;
	const char *said = ls_said_value(&b->said, "--document");
	return said && ls_digest_parse(said, strlen(said), &digest) < 0 ? said : NULL;
}

static int take(struct issuing *s, struct ls_build *b, const struct ls_cal_record *record,
		struct ls_faults *faults, struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	const char *copy = ls_said_value(&b->said, "--output");
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_CAL_RECORD_SIZE_MAX);
	if (!copy && record->kind == LS_CAL_REPORT && record->report.private) {
		ls_faults_add(faults,
			      "--output FILE is missing: the registry does not keep a private "
			      "report's details, so where are they to go?");
		return 0;
	}
	int rc = ls_cal_record_format(record, /* with_details= */ false, &bytes, err);
	if (rc == 0)
		rc = ls_desk_take(&s->desk, bytes.data, bytes.size, NULL, faults, err);
	/* there before the report is: a file that nobody names harms nobody */
	if (rc == 0 && faults->count == 0 && document_file(b))
		rc = ls_certificate_keep(&s->desk, record, document_file(b), err);
	if (rc == 0 && faults->count == 0 && copy)
		rc = write_copy(copy, record, err); /* before the log has it: nothing is lost */
	if (rc < 0 || faults->count > 0)
		return rc;
	ls_buffer_printf(&s->said, "%s %s %s\n", ls_digest_hex(&record->id, hex),
			 ls_cal_kind_name(record->kind), ls_cal_record_name(record));
	s->records++;
	return rc;
}

/* A heartbeat says the second and no more: of two in one second the later waits for the next. */
static int own_second(struct issuing *s, const struct ls_build *b, struct ls_cal_record *record,
		      struct ls_error *err)
{
	const struct timespec while_ago = { .tv_nsec = 50000000 };
	if (record->kind != LS_CAL_HEARTBEAT || ls_said_value(&b->said, "--issued"))
		return 0;
	int rc = ls_cal_record_identify(record, err);
	while (rc == 0 && ls_desk_has(&s->desk, &record->id)) {
		nanosleep(&while_ago, NULL);
		record->issued = s->desk.admission.now = (int64_t)time(NULL);
		rc = ls_cal_record_identify(record, err);
	}
	return rc;
}

static int issue(struct issuing *s, const char *const *words, size_t count,
		 struct ls_faults *faults, struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT };
	struct ls_build b = { .store = s->desk.store,
			      .registry = &s->desk.trust.registry,
			      .keys = &s->desk.keys };
	int rc = ls_build_record(&b, words, count, &record, faults, err);
	if (rc == 0 && faults->count == 0)
		rc = own_second(s, &b, &record, err);
	/* before anybody signs what will not be taken */
	if (rc == 0 && faults->count == 0)
		rc = ls_admission_check(&s->desk.admission, &record, /* signatures= */ false,
					faults, err);
	if (rc == 0 && faults->count == 0)
		rc = ls_certificate_check(&s->desk, &record, document_file(&b), faults, err);
	if (rc == 0 && faults->count == 0)
		rc = sign(s, &b, &record, faults, err);
	if (rc == 0 && faults->count == 0) {
		bool whole = ls_cal_record_role(&record, record.signature_count) == 0;
		rc = whole ? take(s, &b, &record, faults, err)
			   : write_draft(s, ls_said_value(&b.said, "--draft"), &record, err);
	}
	ls_build_free(&b);
	return rc;
}

/* --- many
 * ------------------------------------------------------------------------------------------ */

static int issue_line(struct issuing *s, const char *line, size_t length, const char *prefix,
		      struct ls_error *err)
{
	struct ls_words words = { 0 };
	_cleanup_faults_ struct ls_faults faults;
	ls_faults_init(&faults);
	struct ls_error bad = { 0 };
	int rc = ls_words_split(line, length, &words, &bad);
	if (rc == -EBADMSG)
		ls_faults_add(&faults, "%s", bad.message);
	rc = rc < 0 ? (rc == -EBADMSG ? 0 : rc)
		    : issue(s, (const char *const *)words.words, words.count, &faults, err);
	ls_faults_tell(&faults, prefix);
	s->faults += faults.count;
	ls_words_free(&words);
	return rc;
}

static int issue_batch(struct issuing *s, const char *path, struct ls_error *err)
{
	bool from_input = strcmp(path, "-") == 0;
	FILE *file = from_input ? stdin : fopen(path, "re");
	if (!file)
		return ls_fail_errno(err, errno, "registry.batch", "the batch '%s' cannot be read",
				     path);
	_cleanup_free_ char *line = NULL;
	size_t room = 0, number = 0;
	int rc = 0;
	ssize_t n;
	while (rc == 0 && s->faults < BATCH_FAULTS_MAX && (n = getline(&line, &room, file)) >= 0) {
		char prefix[64];
		number++;
		if (n > 0 && line[n - 1] == '\n')
			n--;
		if (n == 0 || line[0] == '#')
			continue;
		snprintf(prefix, sizeof(prefix), "labseal %s: line %zu", s->command->name, number);
		rc = issue_line(s, line, (size_t)n, prefix, err);
		if (rc < 0)
			ls_error_prefix(err, "line %zu", number);
	}
	if (rc == 0 && ferror(file))
		rc = ls_fail_errno(err, EIO, "registry.batch", "the batch '%s' cannot be read",
				   path);
	if (!from_input)
		fclose(file);
	return rc;
}

static int issue_words(struct issuing *s, const struct told *t, struct ls_error *err)
{
	char prefix[64];
	_cleanup_faults_ struct ls_faults faults;
	ls_faults_init(&faults);
	snprintf(prefix, sizeof(prefix), "labseal %s", s->command->name);
	int rc = issue(s, t->words, t->count, &faults, err);
	ls_faults_tell(&faults, prefix);
	s->faults += faults.count;
	return rc;
}

static int finish(struct issuing *s, struct ls_error *err)
{
	if (s->faults > 0) {
		if (s->records > 0)
			fprintf(stderr, "labseal %s: nothing was logged\n", s->command->name);
		return LS_EXIT_USAGE;
	}
	if (ls_desk_commit(&s->desk, err) < 0)
		return ls_registry_fail(s->command, err);
	if (s->drafts > 0)
		fprintf(stderr,
			"labseal %s: signatures are missing: sign the draft with 'labseal cal "
			"sign', and log it with 'labseal cal append'\n",
			s->command->name);
	fputs(ls_buffer_str(&s->said), stdout);
	return LS_EXIT_HOLDS;
}

static int run(const struct ls_command *command, const struct told *t)
{
	struct ls_error err = { 0 };
	struct issuing s = { .command = command,
			     .desk.keys = { .passphrase_file = t->passphrase_file,
					    .pin_file = t->pin_file } };
	ls_buffer_init(&s.said, SIZE_MAX / 2);
	int rc = ls_desk_open(t->registry, &t->log, &s.desk, &err);
	if (rc == 0)
		rc = t->batch ? issue_batch(&s, t->batch, &err) : issue_words(&s, t, &err);
	int status = rc < 0 ? ls_registry_fail(command, &err) : finish(&s, &err);
	ls_buffer_free(&s.said);
	ls_desk_close(&s.desk);
	return status;
}

int ls_registry_issue_command(int argc, char **argv)
{
	const struct ls_command *command = &ls_registry_commands[LS_REGISTRY_ISSUE];
	struct told t = { 0 };
	int rc = read_line(command, argc, argv, &t);
	if (rc == 0)
		rc = run(command, &t);
	free(t.words);
	return rc;
}

int ls_registry_revoke_command(int argc, char **argv)
{
	const struct ls_command *command = &ls_registry_commands[LS_REGISTRY_REVOKE];
	struct told t = { 0 };
	_cleanup_free_ char **with = calloc((size_t)argc + 2, sizeof(*with));
	if (!with)
		return LS_EXIT_FAILED;
	with[0] = argv[0];
	with[1] = (char[]){ "revocation" };
	memcpy(with + 2, argv + 1, (size_t)argc * sizeof(*with));
	int rc = read_line(command, argc + 1, with, &t);
	if (rc == 0)
		rc = run(command, &t);
	free(t.words);
	return rc;
}
