/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates that reports name by their SHA-256, and those that these name as their standards'.
 * One that the source does not have is asked for again next time: the mirror's documents/wanted has
 * a line for each, those that were not asked for this time first.
 *
 * A chain of certificates ends by itself, since none can hold its own hash; and a source cannot
 * make it longer, since each file is fixed by the record that the chain begins with.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/dcc/dcc.h"
#include "audit/dcc/link.h"
#include "audit/registry/sync_internal.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"

#define WANTED LS_REGISTRY_DOCUMENTS "/wanted"

LS_DEFINE_CLEANUP(FILE *, fclose)

/* Once each: what many certificates name is fetched and read once.  1: it is a new one. */
static int add(struct ls_sync_job *job, const struct ls_digest *digest, struct ls_error *err)
{
	if (ls_digest_is_zero(digest) || ls_id_set_has(&job->known, digest))
		return 0;
	if (job->known.count >= job->options->max_names) {
		job->result->left_out++;
		return 0;
	}
	int rc = ls_id_set_add(&job->known, digest, err);
	if (rc == 0 && ls_buffer_add(&job->wanted, digest->bytes, LS_DIGEST_SIZE) < 0)
		rc = ls_fail(err, -ENOMEM, "registry.memory", "out of memory for documents' names");
	return rc < 0 ? rc : 1;
}

int ls_sync_want(struct ls_sync_job *job, const void *entry, size_t size, struct ls_error *err)
{
	_cleanup_cal_record_ struct ls_cal_record record = { .kind = LS_CAL_HEARTBEAT };
	struct ls_error ignored = { 0 };
	int rc = 0;
	if (ls_cal_record_parse(entry, size, &record, &ignored) < 0 || record.kind != LS_CAL_REPORT)
		return 0;
	const struct ls_cal_report *report = &record.report;
	if (report->details && report->details->has_document)
		rc = add(job, &report->details->document, err);
	for (size_t i = 0; rc >= 0 && i < report->parent_count; i++)
		if (report->parents[i].document)
			rc = add(job, &report->parents[i].id, err);
	return rc < 0 ? rc : 0;
}

static int add_line(struct ls_sync_job *job, const char *line, size_t n, struct ls_error *err)
{
	struct ls_digest digest;
	return ls_digest_parse(line, n, &digest) == 0 ? add(job, &digest, err) : 0;
}

static int cannot_read_wanted(struct ls_error *err)
{
	return ls_fail_errno(err, errno, "sync.documents",
			     "the mirror's '" WANTED "' cannot be read");
}

/* What the last copies did not get: line by line, so that its length costs nothing. */
static int read_wanted(struct ls_sync_job *job, struct ls_error *err)
{
	char line[LS_DIGEST_HEX_SIZE + 1];
	int rc = 0;
	_cleanup_close_ int fd = openat(job->fd, WANTED, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0 && errno == ENOENT)
		return 0;
	_cleanup_(fclose) FILE *file = fd < 0 ? NULL : fdopen(fd, "re");
	if (!file)
		return cannot_read_wanted(err);
	fd = -1; /* the stream's */
	while (rc >= 0 && fgets(line, sizeof(line), file))
		rc = add_line(job, line, strcspn(line, "\n"), err);
	if (rc >= 0 && ferror(file)) /* what is behind would be forgotten */
		return cannot_read_wanted(err);
	return rc < 0 ? rc : 0;
}

static int add_linked(struct ls_sync_job *job, const struct ls_digest *digest, struct ls_error *err)
{
	if (job->linked >= job->options->max_linked && !ls_id_set_has(&job->known, digest)) {
		job->result->left_out++;
		return 0;
	}
	int rc = add(job, digest, err);
	job->linked += rc == 1;
	return rc < 0 ? rc : 0;
}

/* The standards' certificates that this one names by their files' SHA-256 are wanted, too. */
static int want_linked(struct ls_sync_job *job, const struct ls_buffer *bytes, struct ls_error *err)
{
	struct ls_error ignored = { 0 };
	struct ls_dcc_file *file = NULL;
	int rc = ls_dcc_read(bytes->data, bytes->size, &file, &ignored);
	if (rc < 0) /* what it is, whoever traces is told */
		return rc == -ENOMEM ? ls_fail(err, rc, "registry.memory", "out of memory") : 0;
	const struct ls_dcc *dcc = ls_dcc_of(file);
	for (size_t i = 0; rc == 0 && i < dcc->link_count; i++) {
		struct ls_dcc_target target = ls_dcc_link_target(&dcc->links[i]);
		struct ls_digest digest;
		if (!ls_dcc_link_is_parent(&dcc->links[i]) || target.form != LS_DCC_LINK_FILE ||
		    target.size != LS_DIGEST_SIZE)
			continue;
		memcpy(digest.bytes, target.hash, LS_DIGEST_SIZE);
		rc = add_linked(job, &digest, err);
	}
	ls_dcc_file_free(file);
	return rc;
}

/* The first is told in words; the others' names are in documents/wanted. */
static int is_missing(struct ls_sync_job *job, const char *why)
{
	if (job->result->missing == 0)
		snprintf(job->result->why, sizeof(job->result->why), "%s", why);
	return 0;
}

/* It is this file that the source does not give: longer than any may be, or refused. */
static bool is_of_one_file(const struct ls_error *err)
{
	static const char *const ids[] = { "http.missing", "http.status", "http.size", "sync.file",
					   "sync.file.size" };
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++)
		if (strcmp(err->id, ids[i]) == 0)
			return true;
	return false;
}

/* 1: the mirror has it; 0: not. */
static int look_here(struct ls_sync_job *job, const char *path, struct ls_buffer *bytes,
		     struct ls_error *err)
{
	struct ls_error ignored = { 0 };
	if (faccessat(job->fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	ls_buffer_clear(bytes);
	if (ls_file_read(job->fd, path, bytes, &ignored) < 0)
		return 1;
	int rc = want_linked(job, bytes, err);
	return rc < 0 ? rc : 1;
}

/* 1: it is in the mirror; 0: the source does not give it, or another file of that name. */
static int fetch(struct ls_sync_job *job, const struct ls_digest *digest, const char *path,
		 struct ls_buffer *bytes, struct ls_error *err)
{
	struct ls_digest seen;
	struct ls_error why = { 0 };
	int rc = ls_sync_get(job, path, bytes, &why);
	if (rc < 0 && is_of_one_file(&why))
		return is_missing(job, why.message);
	if (rc < 0)
		return ls_fail(err, rc, why.id, "%s", why.message);
	ls_sha256_buffer(bytes->data, bytes->size, &seen);
	if (!ls_digest_equal(&seen, digest)) {
		snprintf(why.message, sizeof(why.message),
			 "the source's '%s' is another file than that of this SHA-256", path);
		return is_missing(job, why.message);
	}
	rc = ls_file_replace(job->fd, path, bytes->data, bytes->size, 0644, err);
	job->result->documents += rc == 0;
	if (rc == 0)
		rc = want_linked(job, bytes, err);
	return rc < 0 ? rc : 1;
}

/* Lines of documents/wanted: what was not asked for, and what was in vain. */
struct names {
	struct ls_buffer unasked, missing;
};

static int keep_name(struct ls_buffer *names, const struct ls_digest *digest, struct ls_error *err)
{
	char hex[LS_DIGEST_HEX_SIZE];
	return ls_buffer_printf(names, "%s\n", ls_digest_hex(digest, hex)) < 0
		       ? ls_fail(err, -ENOMEM, "registry.memory",
				 "out of memory for the names of missing documents")
		       : 0;
}

static int get_document(struct ls_sync_job *job, const struct ls_digest *digest,
			struct ls_buffer *bytes, struct names *names, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	int rc = look_here(job, ls_registry_document_path(digest, path), bytes, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	if (job->result->missing >= job->options->max_misses) {
		job->result->unasked++;
		return keep_name(&names->unasked, digest, err);
	}
	rc = fetch(job, digest, path, bytes, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	job->result->missing++;
	return keep_name(&names->missing, digest, err);
}

static int write_wanted(struct ls_sync_job *job, struct names *names, struct ls_error *err)
{
	struct ls_buffer *all = &names->unasked;
	if (ls_buffer_add(all, names->missing.data, names->missing.size) < 0)
		return ls_fail(err, -ENOMEM, "registry.memory",
			       "out of memory for the names of missing documents");
	if (all->size == 0) {
		unlinkat(job->fd, WANTED, 0);
		return 0;
	}
	return ls_file_replace(job->fd, WANTED, all->data, all->size, 0644, err);
}

int ls_sync_documents(struct ls_sync_job *job, struct ls_error *err)
{
	struct names names;
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_REGISTRY_DOCUMENT_MAX);
	ls_buffer_init(&names.unasked, SIZE_MAX / 2); /* max_names bounds both */
	ls_buffer_init(&names.missing, SIZE_MAX / 2);
	int rc = ls_make_dirs(job->fd, LS_REGISTRY_DOCUMENTS, 0755, err);
	if (rc == 0)
		rc = read_wanted(job, err);
	/* the list grows while it is gone through */
	for (size_t at = 0; rc == 0 && at < job->wanted.size; at += LS_DIGEST_SIZE) {
		struct ls_digest digest;
		memcpy(digest.bytes, job->wanted.data + at, LS_DIGEST_SIZE);
		rc = get_document(job, &digest, &bytes, &names, err);
	}
	if (rc == 0)
		rc = write_wanted(job, &names, err);
	ls_buffer_free(&names.unasked);
	ls_buffer_free(&names.missing);
	return rc;
}
