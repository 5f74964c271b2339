/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/report/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/commands.h"
#include "audit/report/export_command.h"
#include "lib/base/cleanup.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/proc/child.h"
#include "lib/proc/packet.h"
#include "lib/report/ask.h"

#define PROGRAM	     "labseal-report"
#define PROGRAM_SIZE 4096
#define END_MS	     5000

enum form { FORM_HTML, FORM_CSV, FORM_RDML, FORM_JSON };

struct arguments {
	enum form form;
	const char *output; /* NULL: standard output */
	const char *target;
};

static const struct ls_command *command(void)
{
	return &ls_audit_commands[LS_AUDIT_REPORT];
}

/* "-" is standard output. */
static int choose(struct arguments *a, enum form form, const char *output)
{
	if (a->form != FORM_HTML || a->output)
		return ls_command_usage(command(), "one form at a time: --html, --csv, --rdml or "
						   "--json");
	a->form = form;
	a->output = output && strcmp(output, "-") != 0 ? output : NULL;
	if (form == FORM_RDML && !a->output && isatty(STDOUT_FILENO))
		return ls_command_usage(command(),
					"RDML is an archive, and no text for a terminal: "
					"name a file");
	return 0;
}

static int take_option(struct arguments *a, int option, char **argv)
{
	switch (option) {
	case 'h': return choose(a, FORM_HTML, optarg);
	case 'c': return choose(a, FORM_CSV, optarg);
	case 'r': return choose(a, FORM_RDML, optarg);
	case 'j': return choose(a, FORM_JSON, NULL);
	case ':': return ls_command_usage(command(), "%s needs a file", argv[optind - 1]);
	default: return ls_command_usage(command(), "there is no option '%s'", argv[optind - 1]);
	}
}

/* 0, or LS_EXIT_USAGE after one line that says what is wrong. */
static int parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = { { "html", required_argument, NULL, 'h' },
						 { "csv", required_argument, NULL, 'c' },
						 { "rdml", required_argument, NULL, 'r' },
						 { "json", no_argument, NULL, 'j' },
						 { 0 } };
	struct arguments a = { .form = FORM_HTML };
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	int option;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1)
		if (take_option(&a, option, argv) != 0)
			return LS_EXIT_USAGE;
	if (optind + 1 != argc)
		return ls_command_usage(command(), optind == argc ? "which file or result?"
								  : "one file or result at a time");
	a.target = argv[optind];
	*ret = a;
	return 0;
}

/* --- the drawer ---------------------------------------------------------------- */

/* As labseald starts it, but without a user of its own: it may be anybody's machine. */
static int start_drawer(int socket, pid_t *ret_pid, struct ls_error *err)
{
	char program[PROGRAM_SIZE];
	int rc = ls_program_path(PROGRAM, program, sizeof(program), err);
	if (rc < 0)
		return rc;
	const char *argv[] = { program, "--development", geteuid() == 0 ? "--user" : NULL, "nobody",
			       NULL };
	const struct ls_child_fd fds[] = { { socket, 3 } };
	const struct ls_child_spec spec = {
		.path = program,
		.argv = argv,
		.fds = fds,
		.fd_count = 1,
		.death_signal = SIGKILL,
	};
	return ls_child_spawn(&spec, ret_pid, err);
}

/* The file or the folder, as it lies there: no link, no device, no FIFO. */
static int open_target(const char *path, bool *ret_is_folder, struct ls_error *err)
{
	struct stat st;
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return ls_fail_errno(err, errno, "report.open", "cannot open '%s'", path);
	if (!S_ISDIR(st.st_mode) && !S_ISREG(st.st_mode))
		return ls_fail(err, -EINVAL, "report.open",
			       "'%s' is neither a file nor a result's folder", path);
	*ret_is_folder = S_ISDIR(st.st_mode);
	return ls_steal_fd(&fd);
}

static int ask(int socket, const char *target, struct ls_error *err)
{
	bool is_folder = false;
	_cleanup_close_ int fd = open_target(target, &is_folder, err);
	if (fd < 0)
		return fd;
	if (!is_folder) {
		const char *slash = strrchr(target, '/');
		return ls_report_ask_file(socket, 1, fd, slash ? slash + 1 : target, err);
	}
	int rc = ls_report_ask(socket, 1, fd, err);
	if (rc < 0)
		ls_error_prefix(err, "'%s' is no result's folder", target);
	return rc;
}

static int draw(const char *target, struct ls_report_page *page, struct ls_error *err)
{
	int ends[2], status;
	pid_t drawer = 0;
	int rc = ls_packet_pair(ends, err);
	if (rc < 0)
		return rc;
	rc = start_drawer(ends[1], &drawer, err);
	close(ends[1]);
	if (rc == 0)
		rc = ask(ends[0], target, err);
	do
		rc = rc < 0 ? rc : ls_report_take(ends[0], page, err);
	while (rc == 1 && page->number == LS_REPORT_BEGUN);
	if (rc == 0)
		rc = ls_fail(err, -EPIPE, "report.gone", "the process that draws the page ended");
	close(ends[0]);
	if (drawer > 0 && ls_child_wait(drawer, END_MS, &status) != 1)
		ls_child_stop(drawer, 0);
	return rc;
}

/* --- the page ------------------------------------------------------------------ */

static int write_page(const struct ls_report_page *page, const char *path, struct ls_error *err)
{
	if (path)
		return ls_file_replace(AT_FDCWD, path, page->bytes.data, page->bytes.size, 0644,
				       err);
	int rc = ls_write_all(STDOUT_FILENO, page->bytes.data, page->bytes.size);
	return rc < 0 ? ls_fail_errno(err, -rc, "report.write", "cannot write the page") : 0;
}

/* What could not be opened or is no result could not be looked at; the rest failed. */
static int status_of(int rc)
{
	switch (rc) {
	case -ENOENT:
	case -EACCES:
	case -EINVAL:
	case -EBADMSG:
	case -ELOOP:
	case -ENOTDIR:
	case -EFBIG: return LS_EXIT_COULD_NOT_CHECK;
	default: return LS_EXIT_FAILED;
	}
}

static int report(const struct arguments *a, struct ls_report_page *page, struct ls_error *err)
{
	int rc = draw(a->target, page, err);
	if (rc < 0)
		return status_of(rc);
	if (page->has_page && write_page(page, a->output, err) < 0)
		return LS_EXIT_FAILED;
	if (page->problem[0])
		fprintf(stderr, "labseal report: %s: %s: %s\n", a->target,
			page->has_page ? "a page without curves" : "no page", page->problem);
	if (!page->has_page)
		return LS_EXIT_FAILED;
	return page->has_run ? LS_EXIT_HOLDS : LS_EXIT_COULD_NOT_CHECK;
}

/* One file, read by a process of its own (export_command.h). */
static int export(const struct arguments *a)
{
	static const enum ls_export_form forms[] = { [FORM_CSV] = LS_EXPORT_CSV,
						     [FORM_RDML] = LS_EXPORT_RDML,
						     [FORM_JSON] = LS_EXPORT_JSON };
	return ls_report_export_command(forms[a->form], a->target, a->output);
}

static int draw_page(const struct arguments *a)
{
	struct ls_error err = { 0 };
	struct ls_report_page page;
	ls_report_page_init(&page);
	int status = report(a, &page, &err);
	if (err.code)
		fprintf(stderr, "labseal report: %s\n", err.message);
	ls_report_page_free(&page);
	return status;
}

int ls_report_command(int argc, char **argv)
{
	struct arguments a = { .target = "" };
	int usage = parse(argc, argv, &a);
	if (usage != 0)
		return usage;
	return a.form == FORM_HTML ? draw_page(&a) : export(&a);
}
