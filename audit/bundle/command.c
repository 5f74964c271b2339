/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/bundle/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

#include "audit/bundle/bundle.h"
#include "audit/commands.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"

static const struct ls_command *command(void)
{
	return &ls_audit_commands[LS_AUDIT_BUNDLE];
}

/* 0, or LS_EXIT_USAGE after one line that says what is wrong. */
static int parse(int argc, char **argv, struct ls_bundle_options *ret)
{
	static const struct option options[] = { { "trust", required_argument, NULL, 't' },
						 { "output", required_argument, NULL, 'o' },
						 { "anyway", no_argument, NULL, 'a' },
						 { 0 } };
	struct ls_bundle_options o = { 0 };
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	int option;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (option) {
		case 't': o.trust = optarg; break;
		case 'o': o.output = optarg; break;
		case 'a': o.anyway = true; break;
		case ':': return ls_command_usage(command(), "%s needs a file", argv[optind - 1]);
		default:
			return ls_command_usage(command(), "there is no option '%s'",
						argv[optind - 1]);
		}
	}
	if (optind + 1 != argc)
		return ls_command_usage(command(),
					optind == argc ? "which result?" : "one result at a time");
	o.result = argv[optind];
	*ret = o;
	return 0;
}

/* Which of the statuses a failure is: what was given is wrong, or the system's doing. */
static int status_of(int rc, const struct ls_report *report)
{
	switch (-rc) {
	case EKEYREJECTED: return ls_verdict_exit(ls_report_verdict(report));
	case EINVAL:
	case EEXIST: return LS_EXIT_USAGE;
	case EBADMSG:
	case ENODATA:
	case ELOOP: /* a link where a file should be */
	case ENOENT: return LS_EXIT_COULD_NOT_CHECK;
	default: return LS_EXIT_FAILED;
	}
}

int ls_bundle_command(int argc, char **argv)
{
	struct ls_bundle_options o = { 0 };
	int usage = parse(argc, argv, &o);
	if (usage != 0)
		return usage;
	char output[LS_BUNDLE_OUTPUT_SIZE], sentence[LS_SENTENCE_SIZE];
	struct ls_error err = { 0 };
	struct ls_report report;
	ls_report_init(&report);
	int rc = ls_bundle_write(&o, &report, output, &err), status = LS_EXIT_HOLDS;
	if (rc < 0) {
		fprintf(stderr, "labseal bundle: %s [%s]\n", err.message, err.id);
		status = status_of(rc, &report);
	} else {
		enum ls_verdict verdict = ls_report_verdict(&report);
		if (!o.trust)
			fprintf(stderr, "labseal bundle: checked with the share's own copy of the "
					"trust file\n");
		printf("%s\n%s: %s\n", output, ls_verdict_word(verdict),
		       ls_report_sentence(&report, sentence));
		status = ls_verdict_exit(verdict);
	}
	ls_report_free(&report);
	return status;
}
