/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/command.h"

#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "audit/commands.h"
#include "audit/verify/audit.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"

struct arguments {
	struct ls_audit_options options;
	bool json;
};

static const struct ls_command *command(void)
{
	return &ls_audit_commands[LS_AUDIT_VERIFY];
}

/* 0, or LS_EXIT_USAGE after one line that says what is wrong. */
static int parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = { { "trust", required_argument, NULL, 't' },
						 { "memory", required_argument, NULL, 'm' },
						 { "json", no_argument, NULL, 'j' },
						 { 0 } };
	struct arguments a = { 0 };
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	int option;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (option) {
		case 't': a.options.trust = optarg; break;
		case 'm': a.options.memory = optarg; break;
		case 'j': a.json = true; break;
		case ':': return ls_command_usage(command(), "%s needs a file", argv[optind - 1]);
		default:
			return ls_command_usage(command(), "there is no option '%s'",
						argv[optind - 1]);
		}
	}
	if (optind + 1 != argc)
		return ls_command_usage(command(), optind == argc
							   ? "which share or result?"
							   : "one share or result at a time");
	a.options.target = argv[optind];
	*ret = a;
	return 0;
}

int ls_verify_command(int argc, char **argv)
{
	struct arguments a = { .json = false };
	int usage = parse(argc, argv, &a);
	if (usage != 0)
		return usage;
	struct ls_report report;
	ls_report_init(&report);
	int status = LS_EXIT_FAILED;
	if (ls_audit_run(&a.options, &report) < 0)
		fprintf(stderr,
			"labseal verify: out of memory: the audit did not get to its end\n");
	else if ((a.json ? ls_report_print_json : ls_report_print_text)(&report) < 0)
		fprintf(stderr, "labseal verify: cannot write the report\n");
	else
		status = ls_verdict_exit(ls_report_verdict(&report));
	ls_report_free(&report);
	return status;
}
