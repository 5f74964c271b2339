/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal-countersign: looks at one countersignature that was handed in, and says on its answer's
 * descriptor what is to be sealed (status 0), why not (1), or why it could not tell (4).  labseald
 * starts it; it can open nothing but files of the share, for reading.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "host/countersign/judge.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/proc/confine.h"
#include "lib/seal/cms.h"
#include "lib/seal/countersignature.h"
#include "lib/seal/record.h"

#define REQUEST_FD 3
#define SHARE_FD   4
#define ANSWER_FD  5
#define PERSONS_FD 6 /* may be missing: nobody counts */
#define MEMORY_MAX (256ull << 20)
#define FILES_MAX  16

struct arguments {
	const char *instrument;
	bool development;
};

static const char usage_text[] =
	"Usage: labseal-countersign --instrument ID [--development]\n"
	"labseald starts this program, with descriptors 3 (what was handed in), 4 (share), "
	"5 (answer), 6 (persons).\n";

static int usage(void)
{
	fputs(usage_text, stderr);
	return LS_EXIT_USAGE;
}

static int parse_arguments(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = {
		{ "instrument", required_argument, NULL, 'i' },
		{ "development", no_argument, NULL, 'd' },
		{ NULL, 0, NULL, 0 },
	};
	struct stat st;
	int option;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 'i': a->instrument = optarg; break;
		case 'd': a->development = true; break;
		default: return usage();
		}
	return optind != argc || !a->instrument || fstat(REQUEST_FD, &st) < 0 ||
			       fstat(SHARE_FD, &st) < 0 || !S_ISDIR(st.st_mode) ||
			       fstat(ANSWER_FD, &st) < 0
		       ? usage()
		       : 0;
}

static int confine(const struct arguments *a)
{
	static const char *const syscalls[] = { LS_CONFINE_BASIC_SYSCALLS, "openat", "openat2",
						NULL };
	const struct ls_confine_path share = { .dirfd = SHARE_FD, .writable = false };
	const struct ls_confinement c = {
		.user = "_labseal-publish",
		.paths = &share,
		.path_count = 1,
		.syscalls = syscalls,
		.memory_max = MEMORY_MAX,
		.files_max = FILES_MAX,
	};
	return ls_confine_or_refuse(&c, "countersign.unconfined", a->development);
}

static int judge(const struct arguments *a, struct ls_buffer *answer, struct ls_error *err)
{
	_cleanup_persons_ struct ls_persons persons = { .ca_count = 0 };
	_cleanup_buffer_ struct ls_buffer request, lines;
	struct stat st;
	ls_buffer_init(&request, LS_COUNTERSIGN_REQUEST_MAX);
	ls_buffer_init(&lines, LS_PERSONS_SIZE_MAX);
	bool has_persons = fstat(PERSONS_FD, &st) == 0;
	int rc = has_persons ? ls_read_all(PERSONS_FD, &lines) : 0;
	if (rc < 0)
		return ls_fail_errno(err, -rc, "countersign.persons",
				     "cannot read whose countersignatures count");
	if (has_persons && (rc = ls_persons_parse(lines.data, lines.size, &persons, err)) < 0)
		return rc == -EBADMSG ? -EIO : rc; /* not the fault of what was handed in */
	rc = ls_read_all(REQUEST_FD, &request);
	if (rc == -EFBIG)
		return ls_fail(err, -EBADMSG, "countersignature.request",
			       "it is larger than %d bytes", LS_COUNTERSIGN_REQUEST_MAX);
	if (rc < 0)
		return ls_fail_errno(err, -rc, "countersign.read", "cannot read it");
	return ls_countersign_judge(SHARE_FD, &persons, a->instrument, request.data, request.size,
				    (int64_t)time(NULL), answer, err);
}

static int status_of(int rc)
{
	switch (-rc) {
	case 0: return LS_EXIT_HOLDS;
	case EBADMSG:
	case ENOENT:
	case ENOKEY:
	case EKEYREJECTED: return LS_EXIT_DOES_NOT_HOLD;
	default: return LS_EXIT_FAILED;
	}
}

int main(int argc, char **argv)
{
	struct arguments a = { .instrument = NULL };
	struct ls_error err = { 0 };
	_cleanup_buffer_ struct ls_buffer answer;
	ls_buffer_init(&answer, LS_RECORD_DETAIL_MAX);
	ls_log_init("labseal-countersign", LS_LOG_INFO);
	if (ls_command_answered("labseal-countersign", usage_text, argc, argv))
		return LS_EXIT_HOLDS;
	int rc = parse_arguments(argc, argv, &a);
	if (rc != 0)
		return rc;
	ls_record_warm_up();
	ls_cms_warm_up();
	rc = confine(&a);
	if (rc != 0)
		return rc;
	rc = judge(&a, &answer, &err);
	const void *said = rc == 0 ? (const void *)answer.data : err.message;
	size_t size = rc == 0 ? answer.size : strlen(err.message);
	return ls_write_all(ANSWER_FD, said, size) < 0 ? LS_EXIT_FAILED : status_of(rc);
}
