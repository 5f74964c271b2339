/* SPDX-License-Identifier: Apache-2.0 */
/* labseal-publish: the one writer of the results share (labseal-publish(8)). */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/publish/serve.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/proc/confine.h"
#include "lib/seal/manifest.h"
#include "lib/seal/record.h"
#include "lib/seal/samples.h"
#include "lib/seal/trust.h"

#define PEER_FD	    3
#define SHARE_FD    4
#define REPORT_FD   5
#define NOTARY_FD   6
#define SEQUENCE_FD 7 /* and those that follow */
#define MEMORY_MAX  (1ull << 30)
#define FILES_MAX   64

struct arguments {
	const char *instrument;
	const char *trust;
	bool report;
	bool notary;
	bool development;
	struct ls_digest sequences[LS_SAMPLES_MAX];
	size_t sequence_count;
};

static const char usage_text[] =
	"Usage: labseal-publish [--instrument ID] [--trust FILE] [--report] [--notary] "
	"[--sequence SHA256 ...] [--development]\n"
	"labseald starts this program, with descriptors 3 (enclave) and 4 (share); with --report,\n"
	"5 (labseal-report); with --notary, 6 (labseal-notary's folder); with each --sequence, 7 "
	"and\n"
	"so on (a sample's sequence file).\n";

static int usage(void)
{
	fputs(usage_text, stderr);
	return LS_EXIT_USAGE;
}

/* The next one: its descriptor is a file that can be read. */
static int add_sequence(struct arguments *a, const char *hex)
{
	struct stat st;
	if (a->sequence_count == LS_SAMPLES_MAX ||
	    ls_digest_parse(hex, strlen(hex), &a->sequences[a->sequence_count]) < 0 ||
	    fstat(SEQUENCE_FD + (int)a->sequence_count, &st) < 0 || !S_ISREG(st.st_mode))
		return -EINVAL;
	a->sequence_count++;
	return 0;
}

static int parse_arguments(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = {
		{ "instrument", required_argument, NULL, 'i' },
		{ "trust", required_argument, NULL, 't' },
		{ "report", no_argument, NULL, 'r' },
		{ "notary", no_argument, NULL, 'n' },
		{ "sequence", required_argument, NULL, 's' },
		{ "development", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct arguments a = { .instrument = "" };
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'i': a.instrument = optarg; break;
		case 't': a.trust = optarg; break;
		case 'r': a.report = true; break;
		case 'n': a.notary = true; break;
		case 's':
			if (add_sequence(&a, optarg) < 0)
				return usage();
			break;
		case 'd': a.development = true; break;
		default: return usage();
		}
	}
	struct stat st;
	if (optind != argc || fstat(PEER_FD, &st) < 0 || !S_ISSOCK(st.st_mode) ||
	    fstat(SHARE_FD, &st) < 0 || !S_ISDIR(st.st_mode))
		return usage();
	if (a.report && (fstat(REPORT_FD, &st) < 0 || !S_ISSOCK(st.st_mode)))
		return usage();
	if (a.notary && (fstat(NOTARY_FD, &st) < 0 || !S_ISDIR(st.st_mode)))
		return usage();
	*ret = a;
	return 0;
}

/* Everything that can be written or read from here on is the share. */
static int confine(const struct arguments *a)
{
	static const char *const syscalls[] = {
		LS_CONFINE_BASIC_SYSCALLS,
		"openat",
		"openat2",
		"mkdirat",
		"unlinkat",
		"renameat",
		"renameat2",
		"faccessat",
		"faccessat2",
		"fsync",
		"fdatasync",
		"syncfs",
		"sync_file_range",
		"fstatfs",
		"fchmod",
		"flock",
		"getdents64",
		"pwrite64",
		"dup",
		NULL,
	};
	const struct ls_confine_path paths[] = { { .dirfd = SHARE_FD, .writable = true },
						 { .dirfd = NOTARY_FD, .writable = false } };
	const struct ls_confinement c = {
		.user = "_labseal-publish",
		.paths = paths,
		.path_count = a->notary ? 2 : 1,
		.syscalls = syscalls,
		.memory_max = MEMORY_MAX,
		.files_max = FILES_MAX,
	};
	return ls_confine_or_refuse(&c, "publish.unconfined", a->development);
}

static int run(const struct arguments *a, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer trust;
	ls_buffer_init(&trust, LS_TRUST_SIZE_MAX);
	if (a->trust && ls_file_read(AT_FDCWD, a->trust, &trust, err) < 0)
		return LS_EXIT_FAILED;
	ls_record_warm_up();
	int rc = confine(a);
	if (rc != 0)
		return rc;
	const struct ls_publish_options options = {
		.peer = PEER_FD,
		.share = SHARE_FD,
		.report = a->report ? REPORT_FD : -1,
		.notary = a->notary ? NOTARY_FD : -1,
		.instrument = a->instrument,
		.trust = a->trust ? &trust : NULL,
		.sequence = SEQUENCE_FD,
		.sequence_count = a->sequence_count,
		.sequences = a->sequences,
	};
	return ls_publish_serve(&options, err) < 0 ? LS_EXIT_FAILED : LS_EXIT_HOLDS;
}

int main(int argc, char **argv)
{
	ls_log_init("labseal-publish", LS_LOG_INFO);
	signal(SIGPIPE, SIG_IGN);
	umask(022);
	if (ls_command_answered("labseal-publish", usage_text, argc, argv))
		return LS_EXIT_HOLDS;
	struct arguments a = { .trust = NULL };
	struct ls_error err = { 0 };
	int rc = parse_arguments(argc, argv, &a);
	if (rc != 0)
		return rc;
	rc = run(&a, &err);
	if (err.code)
		ls_log_error(&err);
	return rc;
}
