/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A child of our own parses and makes the export: it holds the file's bytes and
 * a pipe, and is locked up before it looks at them.  The parent writes what comes.
 */
#include "audit/report/export_command.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "audit/report/export.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/text.h"
#include "lib/proc/confine.h"

/* What a run of the largest size needs, with its JSON; the largest takes a few seconds. */
#define MEMORY_MAX  ((uint64_t)3 << 30)
#define SECONDS_MAX 120 /* of processor */

/* What is worked on.  out is what was made. */
struct work {
	enum ls_export_form form;
	const char *file, *output;
	struct ls_buffer bytes, out;
	struct ls_buffer name; /* the file's, fit to be shown */
};

static int fail(const struct ls_error *err)
{
	fprintf(stderr, "labseal report: %s\n", err->message);
	switch (err->code) {
	case -ENOENT:
	case -EACCES:
	case -EINVAL:
	case -EFBIG:
	case -ELOOP:
	case -EISDIR: return LS_EXIT_COULD_NOT_CHECK;
	default: return LS_EXIT_FAILED;
	}
}

/*
 * From here on: memory, and the descriptors that are open.  An open that a
 * library tries fails, by Landlock.  What the machine does not offer is gone
 * without: this is the reader's own computer.
 */
static int lock_up(struct ls_error *err)
{
	/* sysinfo: qsort() asks how much memory there is, for more than a kilobyte */
	static const char *const syscalls[] = { LS_CONFINE_BASIC_SYSCALLS, "sysinfo", NULL };
	const struct rlimit seconds = { SECONDS_MAX, SECONDS_MAX };
	const struct ls_confinement c = { .syscalls = syscalls,
					  .memory_max = MEMORY_MAX,
					  .no_new_code = true,
					  .reads_files = true };
	unsigned missing;
	if (setrlimit(RLIMIT_CPU, &seconds) < 0)
		return ls_fail_errno(err, errno, "report.confine", "setrlimit");
	return ls_confine(&c, &missing, err);
}

static int export(struct work *w, const struct ls_run *run, struct ls_error *err)
{
	static int (*const forms[])(const struct ls_run *, const struct ls_run_analysis *,
				    struct ls_buffer *, struct ls_error *) = {
		[LS_EXPORT_CSV] = ls_export_csv,
		[LS_EXPORT_JSON] = ls_export_json,
		[LS_EXPORT_RDML] = ls_export_rdml,
	};
	struct ls_run_analysis *analysis;
	int rc = ls_run_analyse(run, &analysis, err);
	if (rc < 0)
		return rc;
	rc = forms[w->form](run, analysis, &w->out, err);
	ls_run_analysis_free(analysis);
	return rc;
}

/* The exit status. */
static int make(struct work *w)
{
	struct ls_error problem = { 0 };
	struct ls_run *run = NULL;
	int rc = ls_run_read(w->bytes.data, w->bytes.size, &run, &problem);
	if (rc == 0)
		rc = export(w, run, &problem);
	for (size_t i = 0; run && i < run->warning_count; i++)
		fprintf(stderr, "labseal report: %s: %s\n", ls_buffer_str(&w->name),
			run->warnings[i].message);
	ls_run_free(run);
	if (rc == 0)
		return LS_EXIT_HOLDS;
	fprintf(stderr, "labseal report: %s: %s\n", ls_buffer_str(&w->name), problem.message);
	return rc == -ENOMEM ? LS_EXIT_FAILED : LS_EXIT_COULD_NOT_CHECK;
}

/* The child. */
__attribute__((noreturn)) static void parse_apart(struct work *w, int fd)
{
	struct ls_error err = { 0 };
	int status = lock_up(&err) < 0 ? fail(&err) : make(w);
	if (status == LS_EXIT_HOLDS && ls_write_all(fd, w->out.data, w->out.size) < 0)
		status = LS_EXIT_FAILED;
	_exit(status);
}

/* All that the child writes; 0 or a negative code. */
static int collect(int fd, struct ls_buffer *out)
{
	for (;;) {
		uint8_t step[65536];
		ssize_t n = read(fd, step, sizeof(step));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : ls_buffer_error(out);
		ls_buffer_add(out, step, (size_t)n);
	}
}

static int child_status(pid_t child, const char *name)
{
	int status;
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return LS_EXIT_FAILED;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	fprintf(stderr,
		"labseal report: %s: reading it was stopped (signal %d): it wants more time or "
		"memory than any run, or something that no reader needs\n",
		name, WTERMSIG(status));
	return LS_EXIT_COULD_NOT_CHECK;
}

static int put(const struct work *w)
{
	struct ls_error err = { 0 };
	int rc = w->output ? ls_file_replace(AT_FDCWD, w->output, w->out.data, w->out.size, 0644,
					     &err)
			   : ls_write_all(STDOUT_FILENO, w->out.data, w->out.size);
	if (rc < 0)
		fprintf(stderr, "labseal report: %s\n",
			err.message[0] ? err.message : "cannot write to standard output");
	return rc;
}

static int work(struct work *w)
{
	struct ls_error err = { 0 };
	int ends[2];
	if (ls_file_read(AT_FDCWD, w->file, &w->bytes, &err) < 0)
		return fail(&err);
	fflush(stderr);
	pid_t child = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();
	if (child < 0) {
		ls_fail_errno(&err, errno, "report.child", "cannot start the reader");
		return fail(&err);
	}
	if (child == 0)
		parse_apart(w, ends[1]);
	close(ends[1]);
	int rc = collect(ends[0], &w->out);
	close(ends[0]);
	int status = child_status(child, ls_buffer_str(&w->name));
	if (status != LS_EXIT_HOLDS)
		return status;
	return rc < 0 || put(w) < 0 ? LS_EXIT_FAILED : LS_EXIT_HOLDS;
}

int ls_report_export_command(enum ls_export_form form, const char *file, const char *output)
{
	struct work w = { .form = form, .file = file, .output = output };
	ls_buffer_init(&w.bytes, LS_RUN_FILE_MAX);
	ls_buffer_init(&w.out, LS_EXPORT_MAX);
	ls_buffer_init(&w.name, 4096);
	ls_text_escape(file, strlen(file), &w.name);
	int status = work(&w);
	ls_buffer_free(&w.name);
	ls_buffer_free(&w.out);
	ls_buffer_free(&w.bytes);
	return status;
}
