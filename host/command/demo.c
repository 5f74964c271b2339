/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal demo: the main job end to end, on embedded defaults.  Nothing in it is
 * special to the demo: it writes a policy, runs the commands that lab IT would
 * run, waits for the results as a reader of the share, and verifies them.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/command/demo_child.h"
#include "host/command/demo_input.h"
#include "host/command/demo_report.h"
#include "host/command/demo_setup.h"
#include "host/command/demo_watch.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/base/text.h"
#include "lib/proc/child.h"
#include "lib/seal/trust.h"

#define SAID_MAX	65536
#define LOOK_MS		20
#define STOP_MS		30000
#define DEFAULT_SECONDS 150
#define LONG_LIST	50 /* files; of more, not each has a line */

struct demo {
	struct ls_demo_paths paths;
	struct ls_demo_input input;
	struct ls_demo_report report;
	struct ls_demo_watch watch;
	int share;
	pid_t labseald; /* 0: not running */
	unsigned seconds;
	size_t sealed;
	/* one of the results, for the commands to try */
	struct ls_item example;
	char original[LS_MANIFEST_PATH_SIZE];
};

/* --- getting ready --------------------------------------------------------------- */

static int pack_guest(struct demo *d, struct ls_error *err)
{
	uint64_t memory = 0;
	int rc = ls_demo_input_list(d->paths.input, &d->input, err);
	if (rc == 0)
		rc = ls_demo_memory(&d->input, &memory, err);
	if (rc == 0)
		rc = ls_demo_policy_write(&d->paths, memory, err);
	if (rc == 0)
		rc = ls_demo_input_pack(d->paths.input, &d->input, d->paths.base, d->paths.initrd,
					err);
	if (rc < 0)
		return rc;
	ls_demo_step(&d->report, "policy", "%s", d->paths.policy);
	ls_demo_step(&d->report, "guest", "%zu files, %.1f MiB, packed into a guest of %llu MiB",
		     d->input.file_count, (double)d->input.bytes / (1 << 20),
		     (unsigned long long)memory);
	if (d->input.skipped)
		ls_demo_step(&d->report, "skipped",
			     "%zu in '%s': hidden, temporary or no regular files", d->input.skipped,
			     d->paths.input);
	return 0;
}

/* One of the commands; what it says is shown only when it does not hold. */
static int run_command(const char *const *arguments, struct ls_buffer *said, struct ls_error *err)
{
	int status = 0;
	ls_buffer_clear(said);
	int rc = ls_demo_command(arguments, said, &status, err);
	if (rc == 0 && status == LS_EXIT_HOLDS)
		return 0;
	if (rc != -EINTR)
		fputs(ls_buffer_str(said), stderr);
	return rc < 0 ? rc
		      : ls_fail(err, -EIO, "demo.command", "'labseal %s' ended with status %d",
				arguments[0], status);
}

static int provision(struct demo *d, struct ls_error *err)
{
	const char *const arguments[] = { "provision", d->paths.policy, NULL };
	_cleanup_buffer_ struct ls_buffer said;
	ls_buffer_init(&said, SAID_MAX);
	int rc = run_command(arguments, &said, err);
	if (rc < 0)
		return rc;
	const char *text = ls_buffer_str(&said);
	ls_demo_step(&d->report, "provision", "%s, %s",
		     strstr(text, "provisioned already") ? "keys and approval are there"
		     : strstr(text, "changed")		 ? "a changed state was approved"
							 : "keys made, state approved",
		     strstr(text, "under KVM") ? "under KVM" : "under TCG (no usable KVM here)");
	return 0;
}

static int export_trust(struct demo *d, struct ls_error *err)
{
	const char *const arguments[] = { "trust", "--output", d->paths.trust, d->paths.policy,
					  NULL };
	_cleanup_buffer_ struct ls_buffer said, text;
	ls_buffer_init(&said, SAID_MAX);
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	int rc = run_command(arguments, &said, err);
	if (rc == 0)
		rc = ls_file_read(AT_FDCWD, d->paths.trust, &text, err);
	if (rc < 0)
		return rc;
	char fingerprint[LS_FINGERPRINT_SIZE];
	ls_demo_step(&d->report, "trust", "%s", d->paths.trust);
	ls_demo_step(&d->report, "", "fingerprint %s",
		     ls_trust_fingerprint(text.data, text.size, fingerprint));
	return 0;
}

static int start_labseald(struct demo *d, struct ls_error *err)
{
	_cleanup_close_ int log = open(d->paths.log,
				       O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (log < 0)
		return ls_fail_errno(err, errno, "demo.log", "cannot write '%s'", d->paths.log);
	d->share = open(d->paths.share, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (d->share < 0)
		return ls_fail_errno(err, errno, "demo.share", "cannot open '%s'", d->paths.share);
	int rc = ls_demo_watch_begin(&d->watch, d->share, err);
	if (rc == 0)
		rc = ls_demo_labseald(d->paths.policy, log, &d->labseald, err);
	if (rc == 0)
		ls_demo_step(&d->report, "start",
			     "labseald, which measures, then starts the guest");
	return rc;
}

/* --- waiting --------------------------------------------------------------------- */

/* The first file that is waited for and has these bytes. */
static struct ls_demo_file *find_file(struct demo *d, const struct ls_digest *sha256)
{
	for (size_t i = 0; i < d->input.count; i++) {
		struct ls_demo_file *f = &d->input.files[i];
		if (!f->is_folder && !f->sealed && ls_digest_equal(&f->sha256, sha256))
			return f;
	}
	return NULL;
}

static void take_file(struct demo *d, const struct ls_demo_seal *seal,
		      const struct ls_record_file *file)
{
	struct ls_demo_file *input = find_file(d, &file->sha256);
	if (!input)
		return; /* an earlier version of a file, or what an earlier run left in the spool */
	input->sealed = true;
	d->example = seal->item;
	memcpy(d->original, file->path, sizeof(d->original));
	d->sealed++;
	int64_t lag = ls_demo_lag(file, seal->seen);
	ls_demo_lag_add(&d->report, lag);
	if (d->input.file_count > LONG_LIST && d->sealed % 100 != 0 &&
	    d->sealed != d->input.file_count)
		return;
	_cleanup_buffer_ struct ls_buffer name;
	ls_buffer_init(&name, 4 * PATH_MAX);
	ls_text_escape(input->path, strlen(input->path), &name);
	char late[48] = "";
	if (lag >= 0)
		snprintf(late, sizeof(late), ", %.2f s after it was closed", (double)lag / 1000);
	ls_demo_step(&d->report, "sealed", "%zu/%zu  seal %llu  %s%s", d->sealed,
		     d->input.file_count, (unsigned long long)seal->item.seal, ls_buffer_str(&name),
		     late);
}

static int take_seal(void *context, const struct ls_demo_seal *seal)
{
	struct demo *d = context;
	if (seal->record->kind == LS_SEAL_EVENT)
		ls_demo_step(&d->report, "event", "%s, seal %llu", seal->record->event,
			     (unsigned long long)seal->item.seal);
	for (size_t i = 0; i < seal->record->count; i++)
		take_file(d, seal, &seal->record->files[i]);
	return 0;
}

static int say_missing(const struct demo *d, struct ls_error *err)
{
	size_t shown = 0;
	fprintf(stderr, "labseal demo: not sealed within %u s:\n", d->seconds);
	for (size_t i = 0; i < d->input.count && shown < LONG_LIST; i++) {
		const struct ls_demo_file *f = &d->input.files[i];
		if (f->is_folder || f->sealed)
			continue;
		_cleanup_buffer_ struct ls_buffer name;
		ls_buffer_init(&name, 4 * PATH_MAX);
		ls_text_escape(f->path, strlen(f->path), &name);
		fprintf(stderr, "    %s\n", ls_buffer_str(&name));
		shown++;
	}
	ls_demo_show_tail(d->paths.log);
	return ls_fail(err, -ETIMEDOUT, "demo.timeout",
		       "%zu of %zu files did not arrive in time (--timeout gives it more); what "
		       "labseald said is in '%s'",
		       d->input.file_count - d->sealed, d->input.file_count, d->paths.log);
}

static int labseald_ended(struct demo *d, int status, struct ls_error *err)
{
	char what[64];
	d->labseald = 0;
	ls_demo_show_tail(d->paths.log);
	return ls_fail(err, -EIO, "demo.labseald", "labseald %s; all it said is in '%s'",
		       ls_child_describe(status, what, sizeof(what)), d->paths.log);
}

static int wait_for_results(struct demo *d, struct ls_error *err)
{
	double end = ls_demo_seconds(&d->report) + d->seconds;
	while (d->sealed < d->input.file_count) {
		int status;
		if (ls_demo_signal())
			return ls_fail(err, -EINTR, "demo.signal", "interrupted");
		int rc = ls_demo_watch_look(&d->watch, take_seal, d, err);
		if (rc < 0)
			return rc;
		if (ls_child_wait(d->labseald, 0, &status) == 1)
			return labseald_ended(d, status, err);
		if (ls_demo_seconds(&d->report) > end)
			return say_missing(d, err);
		ls_demo_sleep(LOOK_MS);
	}
	return 0;
}

/* --- the end --------------------------------------------------------------------- */

/* Orderly: labseald seals "vm-stop", ends its children and removes its run folder. */
static int stop_labseald(struct demo *d, struct ls_error *err)
{
	int status = 0;
	if (d->labseald <= 0)
		return 0;
	kill(d->labseald, SIGTERM);
	int rc = ls_child_wait(d->labseald, STOP_MS, &status);
	if (rc != 1) {
		ls_child_stop(d->labseald, 0);
		d->labseald = 0;
		return ls_fail(err, -ETIMEDOUT, "demo.stop",
			       "labseald did not end within %d s and was killed; '%s' may say why",
			       STOP_MS / 1000, d->paths.log);
	}
	if (status != 0)
		return labseald_ended(d, status, err);
	d->labseald = 0;
	return 0;
}

static int stop(struct demo *d, struct ls_error *err)
{
	int rc = stop_labseald(d, err);
	if (rc == 0)
		rc = ls_demo_watch_look(&d->watch, take_seal, d, err);
	if (rc == 0)
		ls_demo_step(&d->report, "stop", "the guest and labseald have ended");
	return rc;
}

/* The verdict, its checks, and their exit status. */
static int verify(struct demo *d, int *ret_status, struct ls_error *err)
{
	const char *const arguments[] = { "verify", "--trust", d->paths.trust, d->paths.share,
					  NULL };
	ls_demo_step(&d->report, "verify", "labseal verify --trust %s %s", d->paths.trust,
		     d->paths.share);
	printf("\n");
	fflush(stdout);
	return ls_demo_command(arguments, NULL, ret_status, err);
}

static int run(struct demo *d, int *ret_status, struct ls_error *err)
{
	int (*const steps[])(struct demo *, struct ls_error *) = {
		pack_guest, provision, export_trust, start_labseald, wait_for_results, stop,
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		int rc = ls_demo_signal() ? ls_fail(err, -EINTR, "demo.signal", "interrupted")
					  : steps[i](d, err);
		if (rc < 0)
			return rc;
	}
	return verify(d, ret_status, err);
}

static int parse_seconds(const char *text, unsigned *ret_seconds)
{
	uint64_t value;
	if (!text)
		return 0;
	if (ls_parse_u64(text, strlen(text), &value) < 0 || value == 0 || value > 86400)
		return -EINVAL;
	*ret_seconds = (unsigned)value;
	return 0;
}

/* Once labseald runs, nothing returns before it has ended. */
static int run_and_clean_up(struct demo *d)
{
	struct ls_error err = { 0 }, why = { 0 };
	int status = LS_EXIT_FAILED;
	int rc = run(d, &status, &err);
	if (stop_labseald(d, &why) < 0)
		fprintf(stderr, "labseal demo: %s\n", why.message);
	if (rc < 0) {
		fprintf(stderr, "labseal demo: %s\n", err.message);
		return strncmp(err.id, "demo.input.", 11) == 0 ? LS_EXIT_COULD_NOT_CHECK
							       : LS_EXIT_FAILED;
	}
	if (status == LS_EXIT_HOLDS)
		ls_demo_farewell(&d->report, &d->paths, &d->example, d->original);
	return status;
}

int ls_cmd_demo(int argc, char **argv)
{
	static struct demo d; /* paths */
	struct ls_error err = { 0 };
	const char *input = NULL, *output = NULL, *kernel = NULL, *initrd = NULL, *timeout = NULL;
	const struct ls_option options[] = { { "--input", NULL, &input },
					     { "--output", NULL, &output },
					     { "--kernel", NULL, &kernel },
					     { "--initrd", NULL, &initrd },
					     { "--timeout", NULL, &timeout } };
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 5, NULL, NULL);
	if (rc != 0)
		return rc;
	d = (struct demo){ .share = -1, .seconds = DEFAULT_SECONDS };
	if (parse_seconds(timeout, &d.seconds) < 0)
		return ls_command_usage(ls_host_command(argv[0]),
					"'%s' is no number of seconds from 1 to 86400", timeout);
	ls_demo_report_begin(&d.report);
	ls_demo_catch_signals();
	rc = ls_demo_paths_init(&d.paths, input, output, kernel, initrd, &err);
	_cleanup_close_ int lock = rc == 0 ? ls_demo_lock(&d.paths, &err) : -1;
	if (lock < 0)
		return ls_cmd_fail(argv[0], &err);
	int status = run_and_clean_up(&d);
	ls_demo_input_free(&d.input);
	if (d.share >= 0)
		close(d.share);
	return status;
}
