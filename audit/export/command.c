/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/export/command.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>

#include "audit/commands.h"
#include "audit/export/export.h"
#include "audit/verify/audit.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"

struct arguments {
	const char *trust, *share, *dest;
};

static int usage(const char *what)
{
	return ls_command_usage(&ls_audit_commands[LS_AUDIT_EXPORT], "%s", what);
}

static int parse(int argc, char **argv, struct arguments *a)
{
	static const struct option options[] = { { "trust", required_argument, NULL, 't' }, { 0 } };
	int option;
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == ':')
			return usage("--trust needs a file");
		if (option != 't')
			return ls_command_usage(&ls_audit_commands[LS_AUDIT_EXPORT],
						"there is no option '%s'", argv[optind - 1]);
		a->trust = optarg;
	}
	if (optind + 2 != argc)
		return usage(optind == argc ? "which share?"
					    : "a share, and where to: two folders");
	if (!a->trust)
		return usage("with what is the copy verified? Say --trust FILE");
	a->share = argv[optind];
	a->dest = argv[optind + 1];
	return 0;
}

static int fail(const struct ls_error *err)
{
	fprintf(stderr, "labseal export-share: %s\n", err->message);
	switch (-err->code) {
	case EBADMSG:
	case ENOKEY:
	case EXDEV:
	case EEXIST:
	case EINVAL: return LS_EXIT_DOES_NOT_HOLD;
	case ENOENT:
	case ENOTDIR:
	case EACCES:
	case EPERM: return LS_EXIT_COULD_NOT_CHECK;
	default: return LS_EXIT_FAILED;
	}
}

/* The copy, by verify's own words; the whole report only where it does not hold. */
static int verify(const struct arguments *a)
{
	struct ls_report report;
	char sentence[LS_SENTENCE_SIZE];
	const struct ls_audit_options options = { .target = a->dest, .trust = a->trust };
	ls_report_init(&report);
	int status = LS_EXIT_FAILED;
	if (ls_audit_run(&options, &report) < 0) {
		fprintf(stderr, "labseal export-share: out of memory: the copy is not verified\n");
	} else {
		enum ls_verdict verdict = ls_report_verdict(&report);
		status = ls_verdict_exit(verdict);
		if (verdict == LS_VERIFIED)
			printf("%s: %s\n", ls_verdict_word(verdict),
			       ls_report_sentence(&report, sentence));
		else
			ls_report_print_text(&report);
	}
	ls_report_free(&report);
	return status;
}

int ls_export_command(int argc, char **argv)
{
	struct arguments a = { .trust = NULL };
	struct ls_error err = { 0 };
	struct ls_export_counts counts;
	_cleanup_trust_ struct ls_trust trust = { 0 };
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_TRUST_SIZE_MAX);
	int rc = parse(argc, argv, &a);
	if (rc != 0)
		return rc;
	if (ls_file_read(AT_FDCWD, a.trust, &text, &err) < 0 ||
	    ls_trust_parse(text.data, text.size, &trust, &err) < 0 ||
	    ls_export_share(a.share, a.dest, &trust, &counts, &err) < 0)
		return fail(&err);
	printf("copied      %" PRIu64 " files, %" PRIu64 " bytes; %" PRIu64
	       " were there\nseals       %" PRIu64 "\n",
	       counts.copied, counts.bytes, counts.kept, counts.seals);
	fflush(stdout);
	return verify(&a);
}
