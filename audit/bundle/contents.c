/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/bundle/contents.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/audit_bundle.h"
#include "audit/verify/read.h"
#include "audit/verify/witnesses.h"
#include "lib/attest/evidence.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/log/proof.h"
#include "lib/seal/record.h"
#include "lib/seal/samples.h"

#define PATH_SIZE 700

LS_DEFINE_CLEANUP(json_t *, json_decref)

struct adding {
	const struct ls_bundle_contents *c;
	struct ls_archive *archive;
	struct ls_error *err;
	struct ls_log_scratch scratch;
	char **names; /* owned, of what is in it */
	size_t count, capacity;
	uint64_t proven[4]; /* sizes of checkpoints that there is a proof for */
	unsigned proofs;
};

/* --- files --------------------------------------------------------------------------------- */

static int add_bytes(struct adding *a, const char *path, const void *bytes, size_t size)
{
	char name[2 * PATH_SIZE];
	snprintf(name, sizeof(name), "%s/%s", a->c->around, path);
	return ls_archive_add_bytes(a->archive, name, bytes, size, a->err);
}

/* A file of the share, under the same path.  optional: it need not be there. */
static int add_file(struct adding *a, const char *path, bool optional)
{
	char name[2 * PATH_SIZE];
	struct stat st;
	int fd = ls_open_beneath(a->c->share_fd, path, O_RDONLY, 0);
	if (fd == -ENOENT && optional)
		return 0;
	if (fd < 0)
		return ls_fail_errno(a->err, -fd, "bundle.file", "cannot open '%s/%s'",
				     a->c->place->share, path);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return ls_fail(a->err, -EBADMSG, "bundle.file", "'%s/%s' is no regular file",
			       a->c->place->share, path);
	}
	snprintf(name, sizeof(name), "%s/%s", a->c->around, path);
	return ls_archive_add_file(a->archive, name, fd, a->err);
}

static int add_in(struct adding *a, const char *folder, const char *name, bool optional)
{
	char path[PATH_SIZE];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return add_file(a, path, optional);
}

static int add_seal_files(struct adding *a, const char *folder)
{
	static const char *const names[] = { LS_FILE_MANIFEST, LS_FILE_SIGNATURE, LS_FILE_PROOF,
					     LS_FILE_RECORD };
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < sizeof(names) / sizeof(*names); i++)
		rc = add_in(a, folder, names[i], false);
	return rc;
}

/* files[0] is the record. */
static int add_result(struct adding *a)
{
	int rc = add_seal_files(a, a->c->place->folder);
	for (size_t i = 1; rc == 0 && i < a->c->manifest->count; i++)
		rc = add_in(a, a->c->place->folder, a->c->manifest->files[i].path, false);
	return rc == 0 ? add_in(a, a->c->place->folder, "report.html", true) : rc;
}

/* --- samples ------------------------------------------------------------------------------- */

static bool is_named_before(const struct ls_samples *samples, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (ls_digest_equal(&samples->list[j].sha256, &samples->list[i].sha256))
			return true;
	return false;
}

/* Of the samples that the record names.  What is wrong with record or files is for verify to say,
 * but that one is not there, which would be a bundle without it. */
static int add_sequences(struct adding *a)
{
	char path[PATH_SIZE];
	_cleanup_record_ struct ls_record record = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_RECORD_SIZE_MAX);
	snprintf(path, sizeof(path), "%s/" LS_FILE_RECORD, a->c->place->folder);
	if (ls_share_read(a->c->source, path, &bytes).status != LS_READ_OK ||
	    ls_record_parse(bytes.data, bytes.size, &record, NULL) < 0)
		return 0;
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < record.samples.count; i++) {
		char file[LS_SEQUENCE_PATH_SIZE];
		if (!is_named_before(&record.samples, i))
			rc = add_file(a, ls_sequence_path(&record.samples.list[i].sha256, file),
				      false);
	}
	return rc;
}

/* --- events -------------------------------------------------------------------------------- */

/* Whether a countersignature is of this result: its statement says so, and is checked by verify. */
static bool names_result(const struct adding *a, const struct ls_record *record)
{
	char line[40];
	_cleanup_(json_decref) json_t *detail =
		record->detail ? json_loads(record->detail, JSON_REJECT_DUPLICATES, NULL) : NULL;
	const char *statement = json_string_value(json_object_get(detail, "statement"));
	snprintf(line, sizeof(line), "\n# seal %" PRIu64 "\n", a->c->place->seal);
	return statement && strstr(statement, line);
}

/* What was approved and retired up to the result, its time stamp, and who countersigned it,
 * whenever.
 */
static bool is_wanted(struct adding *a, const struct ls_folder *folder, const char *path)
{
	const char *kind = a->c->folders->names + folder->name;
	char file[PATH_SIZE];
	if (!folder->event)
		return false;
	if (strcmp(kind, "approval") == 0 || strcmp(kind, "approval-retired") == 0)
		return folder->seal < a->c->place->seal;
	if (folder->seal == a->c->others->stamp)
		return true;
	if (strcmp(kind, "countersignature") != 0)
		return false;
	_cleanup_record_ struct ls_record record = { 0 };
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_RECORD_SIZE_MAX);
	snprintf(file, sizeof(file), "%s/" LS_FILE_RECORD, path);
	return ls_share_read(a->c->source, file, &bytes).status == LS_READ_OK &&
	       ls_record_parse(bytes.data, bytes.size, &record, NULL) == 0 &&
	       names_result(a, &record);
}

static int add_events(struct adding *a)
{
	char path[LS_FOLDER_PATH_SIZE];
	int rc = 0;
	for (size_t i = 0; rc == 0 && i < a->c->folders->count; i++) {
		const struct ls_folder *folder = &a->c->folders->folders[i];
		if (is_wanted(a, folder, ls_folder_path(a->c->folders, folder, path)))
			rc = add_seal_files(a, path);
	}
	return rc;
}

/* --- evidence ------------------------------------------------------------------------------ */

static int take_name(void *context, const char *name, unsigned type)
{
	struct adding *a = context;
	(void)type;
	if (a->count == a->capacity) {
		size_t capacity = 2 * a->capacity + 16;
		char **names = reallocarray(a->names, capacity, sizeof(*names));
		if (!names)
			return -ENOMEM;
		a->names = names;
		a->capacity = capacity;
	}
	a->names[a->count] = strdup(name);
	return a->names[a->count++] ? 0 : -ENOMEM;
}

static void forget_names(struct adding *a)
{
	for (size_t i = 0; i < a->count; i++)
		free(a->names[i]);
	free(a->names);
	a->names = NULL;
	a->count = a->capacity = 0;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* What is in a folder, in order; one that is not there is empty. */
static int list(struct adding *a, const char *folder)
{
	forget_names(a);
	int rc = ls_each_name(a->c->source, folder, take_name, a);
	if (rc < 0 && rc != -ENOENT)
		return ls_fail_errno(a->err, -rc, "bundle.list", "cannot list '%s/%s'",
				     a->c->place->share, folder);
	if (a->count > 0)
		qsort(a->names, a->count, sizeof(*a->names), by_name);
	return 0;
}

static int add_folder(struct adding *a, const char *folder)
{
	int rc = list(a, folder);
	for (size_t i = 0; rc == 0 && i < a->count; i++)
		rc = add_in(a, folder, a->names[i], false);
	return rc;
}

/* The first evidence that vouches for the result; 0: there is none yet. */
static int find_evidence(struct adding *a, uint64_t *ret_size)
{
	uint64_t best = 0, size;
	int rc = list(a, LS_EVIDENCE_FOLDER);
	for (size_t i = 0; rc == 0 && i < a->count; i++)
		if (ls_parse_u64(a->names[i], strlen(a->names[i]), &size) == 0 &&
		    size >= a->c->place->seal && size <= a->c->log->checkpoint.size &&
		    (best == 0 || size < best))
			best = size;
	*ret_size = best;
	return rc;
}

/* That two speak of one checkpoint is as well as usual. */
static bool is_proven(struct adding *a, uint64_t size)
{
	for (unsigned i = 0; i < a->proofs; i++)
		if (a->proven[i] == size)
			return true;
	a->proven[a->proofs++] = size;
	return false;
}

static int add_proof(struct adding *a, const struct ls_buffer *note, uint64_t size)
{
	char path[LS_BUNDLE_PROOF_SIZE];
	struct ls_proof proof = { .index = a->c->place->seal - 1,
				  .checkpoint = note->data,
				  .checkpoint_size = note->size };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_PROOF_SIZE_MAX);
	if (is_proven(a, size))
		return 0;
	int rc = ls_log_prove(a->c->log, &a->scratch, proof.index, size, proof.hashes,
			      &proof.count);
	if (rc == 0)
		rc = ls_proof_format(&proof, &text);
	if (rc < 0)
		return ls_fail(a->err, rc, "bundle.proof",
			       "cannot prove seal %" PRIu64 " from the log of '%s': 'labseal "
			       "verify' says what is wrong with it",
			       a->c->place->seal, a->c->place->share);
	return add_bytes(a, ls_bundle_proof_path(size, path), text.data, text.size);
}

static int add_evidence_proof(struct adding *a, uint64_t size)
{
	char path[PATH_SIZE];
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_NOTE_SIZE_MAX);
	snprintf(path, sizeof(path), LS_EVIDENCE_FOLDER "/%" PRIu64 "/%s", size,
		 ls_evidence_file(LS_EVIDENCE_CHECKPOINT));
	if (ls_share_read(a->c->source, path, &note).status != LS_READ_OK)
		return ls_fail(a->err, -ENODATA, "bundle.evidence", "cannot read '%s/%s'",
			       a->c->place->share, path);
	return add_proof(a, &note, size);
}

static int add_evidence(struct adding *a)
{
	char folder[PATH_SIZE];
	uint64_t size;
	int rc = find_evidence(a, &size);
	if (rc < 0 || size == 0)
		return rc;
	snprintf(folder, sizeof(folder), LS_EVIDENCE_FOLDER "/%" PRIu64, size);
	rc = add_folder(a, folder);
	if (rc == 0)
		rc = add_folder(a, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_EVENTS);
	if (rc == 0)
		rc = add_folder(a, LS_EVIDENCE_FOLDER "/" LS_EVIDENCE_KEYS);
	return rc == 0 ? add_evidence_proof(a, size) : rc;
}

/* The time stamp itself is an event. */
static int add_third_parties(struct adding *a)
{
	char path[PATH_SIZE];
	const struct ls_bundle_third_parties *t = a->c->others;
	int rc = t->stamp != 0 ? add_proof(a, &t->stamped, t->stamped_size) : 0;
	if (rc < 0 || t->cosigned_size == 0)
		return rc;
	snprintf(path, sizeof(path), LS_WITNESSED "/%" PRIu64, t->cosigned_size);
	rc = add_bytes(a, path, t->cosigned.data, t->cosigned.size);
	return rc == 0 ? add_proof(a, &t->cosigned, t->cosigned_size) : rc;
}

/* --- the whole ----------------------------------------------------------------------------- */

static int add_readme(struct adding *a)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 65536);
	if (ls_bundle_readme(a->c, &text) < 0)
		return ls_fail(a->err, -ENOMEM, "bundle.memory", "out of memory for README.txt");
	return add_bytes(a, "README.txt", text.data, text.size);
}

static int add_all(struct adding *a)
{
	int rc = add_readme(a);
	if (rc == 0)
		rc = add_result(a);
	if (rc == 0)
		rc = add_sequences(a);
	if (rc == 0)
		rc = add_events(a);
	if (rc == 0)
		rc = add_bytes(a, "log/checkpoint", a->c->log->note.data, a->c->log->note.size);
	if (rc == 0)
		rc = add_proof(a, &a->c->log->note, a->c->log->checkpoint.size);
	if (rc == 0)
		rc = add_evidence(a);
	if (rc == 0)
		rc = add_third_parties(a);
	return rc == 0 ? add_bytes(a, "trust/COPY-of-trust.txt", a->c->trust->data,
				   a->c->trust->size)
		       : rc;
}

int ls_bundle_add_contents(const struct ls_bundle_contents *contents, struct ls_archive *archive,
			   struct ls_error *err)
{
	struct adding a = { .c = contents, .archive = archive, .err = err };
	ls_log_scratch_init(&a.scratch);
	int rc = add_all(&a);
	ls_log_scratch_free(&a.scratch);
	forget_names(&a);
	return rc;
}
