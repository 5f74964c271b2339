/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/report/worker.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/report/page.h"
#include "audit/run/analysis.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/text.h"
#include "lib/log/proof.h"
#include "lib/proc/confine.h"
#include "lib/seal/manifest.h"

#define FILES_MAX 64
#define NICE	  10 /* sealing comes first */

/* What is read of a result's folder. */
struct sealed {
	struct ls_record record;
	struct ls_manifest manifest;
	struct ls_page_seal seal;
};

/* What one file turned out to be. */
struct looked {
	struct ls_buffer bytes;
	uint64_t size;
	struct ls_digest sha256;
};

/* --- reading ------------------------------------------------------------------- */

static int read_fd(int fd, size_t max, struct ls_buffer *b, struct ls_error *err)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return ls_fail_errno(err, errno, "report.read", "cannot look at a file");
	if (st.st_size < 0 || (uint64_t)st.st_size > max)
		return ls_fail(err, -EFBIG, "report.file.size",
			       "the file has %lld bytes; for its curves it may have %zu",
			       (long long)st.st_size, max);
	ls_buffer_clear(b);
	size_t size = (size_t)st.st_size;
	uint8_t *place = ls_buffer_reserve(b, size);
	if (!place)
		return ls_fail(err, ls_buffer_error(b), "report.memory",
			       "out of memory for a file of %zu bytes", size);
	for (size_t at = 0; at < size;) {
		ssize_t n = pread(fd, place + at, size - at, (off_t)at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? ls_fail_errno(err, errno, "report.read",
						     "cannot read a file")
				     : ls_fail(err, -EIO, "report.read",
					       "a file became shorter while it was read");
		at += (size_t)n;
	}
	ls_buffer_commit(b, size);
	return 0;
}

static int read_proof(int fd, struct ls_page_seal *seal, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_PROOF_SIZE_MAX + 1);
	struct ls_proof proof;
	struct ls_note note;
	int rc = read_fd(fd, LS_PROOF_SIZE_MAX, &bytes, err);
	if (rc == 0)
		rc = ls_proof_parse(bytes.data, bytes.size, &proof, err);
	if (rc == 0)
		rc = ls_note_parse(proof.checkpoint, proof.checkpoint_size, &note, err);
	if (rc == 0)
		rc = ls_checkpoint_parse(note.text, note.text_size, &seal->checkpoint, err);
	if (rc == 0)
		seal->index = proof.index;
	return rc;
}

static int read_manifest(int fd, struct sealed *s, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_MANIFEST_SIZE_MAX + 1);
	int rc = read_fd(fd, LS_MANIFEST_SIZE_MAX, &bytes, err);
	if (rc < 0)
		return rc;
	ls_sha256_buffer(bytes.data, bytes.size, &s->seal.manifest);
	return ls_manifest_parse(bytes.data, bytes.size, &s->manifest, err);
}

static int read_seal(const int fds[static LS_REPORT_SEAL_FILES], struct sealed *s,
		     struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer bytes;
	ls_buffer_init(&bytes, LS_RECORD_SIZE_MAX + 1);
	int rc = read_fd(fds[0], LS_RECORD_SIZE_MAX, &bytes, err);
	if (rc == 0)
		rc = ls_record_parse(bytes.data, bytes.size, &s->record, err);
	if (rc == 0)
		rc = read_manifest(fds[1], s, err);
	if (rc == 0)
		rc = ls_record_matches(&s->record, &s->manifest, err);
	if (rc == 0)
		rc = read_proof(fds[2], &s->seal, err);
	s->seal.record = &s->record;
	return rc;
}

/* The bytes of one file, and their hash. */
static int look(int fd, struct looked *l, struct ls_error *err)
{
	int rc = read_fd(fd, LS_RUN_FILE_MAX, &l->bytes, err);
	if (rc < 0)
		return rc;
	l->size = l->bytes.size;
	ls_sha256_buffer(l->bytes.data, l->bytes.size, &l->sha256);
	return 0;
}

/* --- drawing ------------------------------------------------------------------- */

static void write_reason(const struct ls_report_job *job, const char *reason)
{
	ssize_t ignored = write(job->reason, reason, strnlen(reason, LS_REPORT_TEXT_MAX));
	(void)ignored; /* the page says it, too */
}

static int write_page(const struct ls_report_job *job, const struct ls_page_content *content,
		      struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer page;
	ls_buffer_init(&page, LS_REPORT_PAGE_MAX);
	int rc = ls_report_draw(content, &page);
	if (rc < 0)
		return ls_fail(err, rc, "report.draw", "the page cannot be drawn: %s",
			       strerror(-rc));
	rc = ls_write_all(job->page, page.data, page.size);
	return rc < 0 ? ls_fail_errno(err, -rc, "report.write", "the page cannot be written") : 0;
}

/* The exit status that goes with what is shown. */
static int draw(const struct ls_report_job *job, const struct ls_page_content *content,
		struct ls_error *err)
{
	int rc = write_page(job, content, err);
	if (rc < 0)
		return rc;
	if (content->run)
		return LS_WORKER_RUN;
	write_reason(job, content->problem ? content->problem : "the file holds no run");
	return LS_WORKER_NO_RUN;
}

/* --- a run --------------------------------------------------------------------- */

/* One file's run, or why it has none. */
struct reading {
	struct looked file;
	bool is_looked_at;
	struct ls_run *run;
	struct ls_run_analysis *analysis;
	struct ls_error why;
};

static void free_reading(struct reading *r)
{
	ls_run_analysis_free(r->analysis);
	ls_run_free(r->run);
	ls_buffer_free(&r->file.bytes);
	r->run = NULL;
	r->analysis = NULL;
}

/* sealed: what the file's hash must be; NULL: a file alone. */
static void read_run(int fd, const struct ls_digest *sealed, struct reading *r)
{
	ls_buffer_init(&r->file.bytes, LS_RUN_FILE_MAX + 1);
	if (look(fd, &r->file, &r->why) < 0)
		return;
	r->is_looked_at = true;
	if (sealed && !ls_digest_equal(sealed, &r->file.sha256)) {
		ls_fail(&r->why, -EBADMSG, "report.file.hash",
			"the file is not the one that was sealed: it has another SHA-256");
		return;
	}
	if (ls_run_read(r->file.bytes.data, r->file.bytes.size, &r->run, &r->why) == 0 &&
	    ls_run_analyse(r->run, &r->analysis, &r->why) < 0) {
		ls_run_free(r->run);
		r->run = NULL;
	}
}

/* Of the files that hold no run, the one that should have held one tells most. */
static bool tells_more(const struct reading *a, const struct reading *b)
{
	return a->why.code != -ENOTSUP && b->why.code == -ENOTSUP;
}

/* The first file with a run; *ret_shown: which of the request's files that is. */
static void find_run(const struct ls_report_job *job, const struct ls_record *record,
		     struct reading *ret, size_t *ret_shown)
{
	for (uint32_t i = 0; i < job->request->count && !ret->run; i++) {
		struct reading r = { .is_looked_at = false };
		uint32_t file = job->request->files[i];
		if (file >= record->count)
			continue;
		read_run(job->fds[LS_REPORT_SEAL_FILES + i], &record->files[file].sha256, &r);
		if (i == 0 || r.run || tells_more(&r, ret)) {
			free_reading(ret);
			*ret = r;
			*ret_shown = file;
		} else {
			free_reading(&r);
		}
	}
}

static void fill_in(const struct ls_report_job *job, const struct reading *r,
		    struct ls_page_content *content)
{
	content->is_hashed = r->is_looked_at;
	content->size = r->file.size;
	content->sha256 = r->file.sha256;
	content->run = r->run;
	content->analysis = r->analysis;
	if (job->without)
		content->problem = job->without;
	else if (!r->run && r->why.code)
		content->problem = r->why.message;
}

static int draw_result(const struct ls_report_job *job, struct ls_error *err)
{
	struct sealed s = { .seal.shown = 0 };
	struct reading r = { .is_looked_at = false };
	struct ls_page_content content = { .seal = &s.seal };
	int rc = read_seal(job->fds, &s, err);
	if (rc == 0) {
		if (job->request->count > 0)
			s.seal.shown = job->request->files[0];
		if (s.seal.shown >= s.record.count)
			s.seal.shown = 0;
		if (!job->without)
			find_run(job, &s.record, &r, &s.seal.shown);
		fill_in(job, &r, &content);
		rc = draw(job, &content, err);
	}
	free_reading(&r);
	ls_record_free(&s.record);
	ls_manifest_free(&s.manifest);
	return rc;
}

static int draw_file(const struct ls_report_job *job, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer name;
	ls_buffer_init(&name, 3 * LS_NAME_MAX + 1);
	int rc = ls_text_escape((const char *)job->request->name.data, job->request->name.size,
				&name);
	if (rc < 0)
		return ls_fail(err, rc, "report.memory", "out of memory for a name");
	struct reading r = { .is_looked_at = false };
	struct ls_page_content content = { .name = ls_buffer_str(&name) };
	if (!job->without)
		read_run(job->fds[0], NULL, &r);
	fill_in(job, &r, &content);
	rc = draw(job, &content, err);
	free_reading(&r);
	return rc;
}

int ls_worker_draw(const struct ls_report_job *job, struct ls_error *err)
{
	return job->request->is_sealed ? draw_result(job, err) : draw_file(job, err);
}

/* --- locked up ----------------------------------------------------------------- */

static int limit(int resource, rlim_t value, struct ls_error *err)
{
	const struct rlimit l = { .rlim_cur = value, .rlim_max = value };
	if (setrlimit(resource, &l) < 0)
		return ls_fail_errno(err, errno, "report.limit", "cannot set a resource limit");
	return 0;
}

/*
 * Nothing is opened, sent or started here; an open that a library tries fails, by
 * Landlock, instead of ending the process.  (sysinfo: how much memory qsort(3) may take.)
 */
int ls_worker_lock_up(struct ls_error *err)
{
	static const char *const syscalls[] = { LS_CONFINE_BASIC_SYSCALLS, "pread64", "sysinfo",
						NULL };
	const struct ls_confinement c = {
		.syscalls = syscalls,
		.memory_max = LS_WORKER_MEMORY,
		.files_max = FILES_MAX,
		.no_new_code = true,
		.reads_files = true,
	};
	unsigned missing; /* the keeper has said it */
	setpriority(PRIO_PROCESS, 0, NICE);
	int rc = limit(RLIMIT_CPU, LS_WORKER_CPU_S, err);
	if (rc == 0)
		rc = limit(RLIMIT_FSIZE, LS_REPORT_PAGE_MAX, err);
	return rc == 0 ? ls_confine(&c, &missing, err) : rc;
}

int ls_worker_work(const struct ls_report_job *job)
{
	struct ls_error err = { 0 };
	int rc = ls_worker_lock_up(&err);
	if (rc == 0)
		rc = ls_worker_draw(job, &err);
	if (rc < 0)
		ls_log_error(&err);
	return rc < 0 ? 1 : rc;
}
