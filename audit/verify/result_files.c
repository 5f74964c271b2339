/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a seal's folder: that they are all there, that no other is, and what they hash to.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "audit/verify/result_internal.h"
#include "audit/verify/share.h"

/* Files that the seal itself brings along, and one that labseal adds for people. */
static const char *const own[] = { LS_FILE_MANIFEST, LS_FILE_SIGNATURE, LS_FILE_PROOF,
				   "report.html" };

#define SHARED_MIN (1024 * 1024) /* bytes of a folder that others help to hash */

struct listing {
	struct ls_result *r;
	const char *below; /* "" or "original/" */
	uint64_t others;   /* names that belong to nothing */
};

static void unknown(struct listing *l, const char *file, unsigned type)
{
	l->others++;
	if (type == 0)
		ls_report_unable(l->r->c->report, LS_CHECK_FILES, "result.file.unreadable",
				 l->r->seal, file, "it cannot be examined");
	else
		ls_report_fail(l->r->c->report, LS_CHECK_FILES, "result.file.unknown", l->r->seal,
			       file, "the manifest does not name it: %s was added",
			       ls_kind_of_file(type));
}

static int list(struct listing *l, const char *below);

static int each(void *context, const char *name, unsigned type)
{
	struct listing *l = context;
	char path[LS_RESULT_PATH_SIZE], file[LS_RESULT_PATH_SIZE];
	snprintf(path, sizeof(path), "%s%s", l->below, name);
	ls_result_file(l->r, path, file);
	bool top = l->below[0] == '\0';
	if (top && type == S_IFDIR && strcmp(name, "original") == 0 &&
	    l->r->manifest.kind == LS_SEAL_RESULT)
		return list(l, LS_ORIGINAL_PREFIX);
	for (size_t i = 0; top && type != S_IFDIR && i < sizeof(own) / sizeof(*own); i++)
		if (strcmp(name, own[i]) == 0) {
			/* the others are opened, and what they are is told then; events have no
			 * report */
			if (i == 3 && (type != S_IFREG || l->r->manifest.kind != LS_SEAL_RESULT))
				unknown(l, file, type);
			return 0;
		}
	if (type == S_IFDIR || !ls_manifest_find(&l->r->manifest, path))
		unknown(l, file, type);
	return 0;
}

static int list(struct listing *l, const char *below)
{
	char folder[LS_RESULT_PATH_SIZE];
	const char *before = l->below;
	ls_result_file(l->r, below[0] ? "original" : "", folder);
	l->below = below;
	int rc = ls_each_name(l->r->c->source, below[0] ? folder : l->r->path, each, l);
	l->below = before;
	if (rc < 0 && rc != -ENOENT) {
		l->others++;
		ls_report_unable(l->r->c->report, LS_CHECK_FILES, "result.folder.unreadable",
				 l->r->seal, folder, "the folder cannot be listed: %s",
				 strerror(-rc));
	}
	return 0;
}

void ls_result_check_files(struct ls_result *r)
{
	struct listing l = { r, "", 0 };
	list(&l, "");
	if (l.others == 0)
		ls_report_pass(r->c->report, LS_CHECK_FILES, 1);
}

/* The size that the sealed record names for the file, or NULL. */
static const uint64_t *size_of(const struct ls_result *r, const char *path)
{
	for (size_t i = 0; r->have_record && i < r->record.count; i++)
		if (strcmp(r->record.files[i].path, path) == 0)
			return &r->record.files[i].size;
	return NULL;
}

/* It was hashed at an earlier audit, and is what it was then. */
static void take_over(struct ls_report *report, struct ls_source_file *file)
{
	atomic_fetch_add_explicit(&report->taken_files, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&report->taken_bytes, file->size, memory_order_relaxed);
	ls_report_pass(report, LS_CHECK_PAYLOAD, 1);
	ls_source_file_close(file);
}

/* s: of the worker that does it. */
static void check_file(const struct ls_result *r, struct ls_result_scratch *s,
		       const struct ls_manifest_file *f)
{
	char file[LS_RESULT_PATH_SIZE], seen_hex[LS_DIGEST_HEX_SIZE], said_hex[LS_DIGEST_HEX_SIZE];
	struct ls_report *report = r->c->report;
	const uint64_t *expected = size_of(r, f->path);
	struct ls_digest seen;
	uint64_t size = 0;
	ls_result_file(r, f->path, file);
	struct ls_source_file open;
	struct ls_read_result read = ls_source_file_open(r->c->source, file, &open);
	if (read.status == LS_READ_OK && ls_resume_has(r->c->resume, &open, &f->sha256)) {
		take_over(report, &open);
		return;
	}
	if (read.status == LS_READ_OK)
		read = ls_share_hash(&open, &s->hash, s->chunk, expected, &seen, &size);
	if (read.status != LS_READ_OK) {
		ls_read_report(report, LS_CHECK_PAYLOAD, "result.payload", r->seal, file, &read);
		return;
	}
	atomic_fetch_add_explicit(&report->files, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&report->bytes, size, memory_order_relaxed);
	if (ls_digest_equal(&seen, &f->sha256)) {
		ls_report_pass(report, LS_CHECK_PAYLOAD, 1);
		ls_resume_add(r->c->resume, &open, &f->sha256);
	} else if (expected && size != *expected)
		ls_report_fail(report, LS_CHECK_PAYLOAD, "result.payload.altered", r->seal, file,
			       "it has %" PRIu64 " bytes, sealed were %" PRIu64, size, *expected);
	else
		ls_report_fail(report, LS_CHECK_PAYLOAD, "result.payload.altered", r->seal, file,
			       "its SHA-256 is %s, sealed was %s", ls_digest_hex(&seen, seen_hex),
			       ls_digest_hex(&f->sha256, said_hex));
}

static void check_some(void *context, unsigned worker, uint64_t first, uint64_t end)
{
	const struct ls_result *r = context;
	struct ls_result_scratch *s = r->s->pool ? &r->s->of_all[worker] : r->s;
	for (uint64_t i = first; i < end; i++)
		if (strcmp(r->manifest.files[i].path, LS_FILE_RECORD) != 0)
			check_file(r, s, &r->manifest.files[i]);
}

/* Whether it is worth asking others to help. */
static bool is_large(const struct ls_result *r)
{
	uint64_t bytes = 0;
	for (size_t i = 0; r->have_record && i < r->record.count; i++)
		bytes += r->record.files[i].size;
	return bytes >= SHARED_MIN;
}

void ls_result_check_payload(struct ls_result *r)
{
	struct ls_pool *pool = is_large(r) ? r->s->pool : NULL;
	ls_pool_share(pool, r->s->worker, r->manifest.count, check_some, r);
}
