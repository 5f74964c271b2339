/* SPDX-License-Identifier: Apache-2.0 */
#include "audit/verify/command.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "audit/cal/session.h"
#include "audit/commands.h"
#include "audit/dna/keys/belief.h"
#include "audit/verify/audit.h"
#include "audit/verify/misbehaviour.h"
#include "audit/verify/progress.h"
#include "lib/base/command.h"
#include "lib/base/exit.h"
#include "lib/base/number.h"

#define TIMEOUT_MAX   86400 /* seconds */
#define DNA_TRUST_MAX 64    /* files */

struct arguments {
	struct ls_audit_options options;
	const char *dna_trust[DNA_TRUST_MAX], *dna_keys[LS_BELIEF_LOGS_MAX];
	bool json;
	const char *html;	  /* NULL: none */
	const char *misbehaviour; /* a proof to be checked, instead of a share; or NULL */
};

static const struct ls_command *command(void)
{
	return &ls_audit_commands[LS_AUDIT_VERIFY];
}

static int parse_seconds(const char *text, unsigned *ret)
{
	uint64_t value;
	if (ls_parse_u64(text, strlen(text), &value) < 0 || value > TIMEOUT_MAX)
		return -EBADMSG;
	*ret = (unsigned)value;
	return 0;
}

/* Whose signatures in DNA are believed. */
static int take_dna(struct arguments *a, int option, const char *value)
{
	struct ls_sampled_trust *dna = &a->options.dna;
	if (option == 'a') {
		dna->at_known = true;
		return ls_cal_time_option(command(), "--dna-at", value, &dna->at);
	}
	if (option == 'k' && dna->keys_count == LS_BELIEF_LOGS_MAX)
		return ls_command_usage(command(), "--dna-keys: at most %d logs",
					LS_BELIEF_LOGS_MAX);
	if (option == 'd' && dna->file_count == DNA_TRUST_MAX)
		return ls_command_usage(command(), "--dna-trust: at most %d files", DNA_TRUST_MAX);
	if (option == 'k')
		a->dna_keys[dna->keys_count++] = value;
	else
		a->dna_trust[dna->file_count++] = value;
	return 0;
}

static int check_together(const struct arguments *a, bool has_operand)
{
	if (!a->options.calibration != !a->options.calibration_trust)
		return ls_command_usage(command(),
					"--calibration and --calibration-trust go together: the "
					"registry's folder, and whom to believe about it");
	if ((a->options.dna.keys_count > 0 || a->options.dna.at_known) &&
	    a->options.dna.file_count == 0)
		return ls_command_usage(command(),
					"--dna-keys and --dna-at go with --dna-trust, whose "
					"log of keys it is");
	if (a->misbehaviour && (has_operand || a->options.memory || a->options.calibration ||
				a->options.dna.file_count > 0 || a->html))
		return ls_command_usage(command(),
					"--misbehaviour takes --trust and --json, and no "
					"share");
	return 0;
}

/* 0, or LS_EXIT_USAGE after one line that says what is wrong. */
static int parse(int argc, char **argv, struct arguments *ret)
{
	static const struct option options[] = { { "trust", required_argument, NULL, 't' },
						 { "memory", required_argument, NULL, 'm' },
						 { "misbehaviour", required_argument, NULL, 'b' },
						 { "timeout", required_argument, NULL, 's' },
						 { "calibration", required_argument, NULL, 'c' },
						 { "calibration-trust", required_argument, NULL,
						   'C' },
						 { "dna-trust", required_argument, NULL, 'd' },
						 { "dna-keys", required_argument, NULL, 'k' },
						 { "dna-at", required_argument, NULL, 'a' },
						 { "resume", required_argument, NULL, 'r' },
						 { "html", required_argument, NULL, 'h' },
						 { "json", no_argument, NULL, 'j' },
						 { 0 } };
	struct arguments a = { .options.timeout = LS_AUDIT_TIMEOUT };
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	int option;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		switch (option) {
		case 't': a.options.trust = optarg; break;
		case 'm': a.options.memory = optarg; break;
		case 'b': a.misbehaviour = optarg; break;
		case 's':
			if (parse_seconds(optarg, &a.options.timeout) < 0)
				return ls_command_usage(command(),
							"--timeout needs seconds, 0 (for ever) to "
							"%u",
							TIMEOUT_MAX);
			break;
		case 'c': a.options.calibration = optarg; break;
		case 'C': a.options.calibration_trust = optarg; break;
		case 'd':
		case 'k':
		case 'a':
			if (take_dna(&a, option, optarg) != 0)
				return LS_EXIT_USAGE;
			break;
		case 'r': a.options.resume = optarg; break;
		case 'h': a.html = optarg; break;
		case 'j': a.json = true; break;
		case ':': return ls_command_usage(command(), "%s needs a value", argv[optind - 1]);
		default:
			return ls_command_usage(command(), "there is no option '%s'",
						argv[optind - 1]);
		}
	}
	int wrong = check_together(&a, optind != argc);
	if (wrong != 0)
		return wrong;
	if (!a.misbehaviour && optind + 1 != argc)
		return ls_command_usage(command(), optind == argc
							   ? "which share or result?"
							   : "one share or result at a time");
	a.options.target = argv[optind];
	*ret = a;
	return 0;
}

static int out_of_memory(void)
{
	fprintf(stderr, "labseal verify: out of memory: the audit did not get to its end\n");
	return LS_EXIT_FAILED;
}

static int print(const struct arguments *a, const struct ls_report *report)
{
	struct ls_error err = { 0 };
	bool written = !a->html || ls_report_write_html(report, a->html, &err) == 0;
	int rc = (a->json ? ls_report_print_json : ls_report_print_text)(report);
	if (rc == -ENOMEM)
		return out_of_memory();
	if (rc < 0)
		return LS_EXIT_FAILED; /* why is said at the end */
	if (!written) {
		fprintf(stderr, "labseal verify: the page was not written: %s\n", err.message);
		return LS_EXIT_FAILED;
	}
	return ls_verdict_exit(ls_report_verdict(report));
}

int ls_verify_command(int argc, char **argv)
{
	struct arguments a = { .json = false };
	int usage = parse(argc, argv, &a);
	if (usage != 0)
		return usage;
	a.options.dna.files = a.dna_trust;
	a.options.dna.keys = a.dna_keys;
	if (a.misbehaviour)
		return ls_misbehaviour_command(a.misbehaviour, a.options.trust, a.json);
	struct ls_report report;
	ls_report_init(&report);
	report.rows.wanted = a.html != NULL;
	if (!a.json && isatty(STDERR_FILENO))
		a.options.progress = ls_progress_show;
	int rc = ls_audit_run(&a.options, &report);
	ls_progress_end();
	int status = rc == -ENOMEM ? out_of_memory() : print(&a, &report);
	if (rc == -ETIMEDOUT)
		_exit(status); /* a thread waits for a file, and would wait for ever */
	ls_report_free(&report);
	return status;
}
