/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "audit/dna/command_internal.h"
#include "audit/dna/report.h"

struct verifying {
	struct ls_dna_options options;
	struct ls_dna_trust *trust;
	struct ls_orcid expected;
	bool json, path;
	json_t *steps; /* of the record at hand */
	size_t depth;
	int status;
	json_t *records;
	const char *file;
	struct ls_error err; /* what ended it */
};

static const struct ls_command *command(void)
{
	return &ls_dna_commands[LS_DNA_VERIFY];
}

/* The gravest counts: the system failed, does not hold, could not check, holds. */
static void worse(struct verifying *v, int status)
{
	static const int GRAVITY[] = {
		[LS_EXIT_HOLDS] = 0, [LS_EXIT_COULD_NOT_CHECK] = 1, [LS_EXIT_DOES_NOT_HOLD] = 2,
		[LS_EXIT_USAGE] = 3, [LS_EXIT_FAILED] = 4,
	};
	if (GRAVITY[status] > GRAVITY[v->status])
		v->status = status;
}

static int add_trust(struct verifying *v, const char *path)
{
	struct ls_error err = { 0 };
	if (!v->trust && ls_dna_trust_new(&v->trust) < 0)
		return LS_EXIT_FAILED;
	if (ls_dna_trust_add(v->trust, path, &err) < 0)
		return ls_dna_say(LS_DNA_VERIFY, &err);
	return 0;
}

static int take_option(struct verifying *v, int option, const char *value)
{
	unsigned long n;
	struct ls_error err = { 0 };
	switch (option) {
	case 't': return add_trust(v, value);
	case 'j': v->json = true; return 0;
	case 'p': v->path = true; return 0;
	case 'c':
		if (ls_orcid_parse(value, &v->expected, &err) < 0)
			return ls_command_usage(command(), "%s", err.message);
		v->options.expected = &v->expected;
		return 0;
	default:
		if (ls_dna_number(value, LS_EFFORT_TWO_INDELS, &n) < 0)
			return ls_command_usage(command(), "--effort is 0 to %d",
						LS_EFFORT_TWO_INDELS);
		v->options.repair.effort = (enum ls_effort)n;
		return 0;
	}
}

static int parse(int argc, char **argv, struct verifying *v)
{
	static const struct option options[] = { { "trust", required_argument, NULL, 't' },
						 { "orcid", required_argument, NULL, 'c' },
						 { "effort", required_argument, NULL, 'e' },
						 { "json", no_argument, NULL, 'j' },
						 { "path", no_argument, NULL, 'p' },
						 { 0 } };
	int option;
	optind = 0; /* glibc: start afresh */
	opterr = 0;
	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == ':' || option == '?')
			return ls_dna_bad_option(LS_DNA_VERIFY, option, argv, optind);
		int rc = take_option(v, option, optarg);
		if (rc != 0)
			return rc;
	}
	if (optind == argc)
		return ls_command_usage(command(), "which molecules?");
	if (!v->trust)
		return ls_command_usage(command(), "whose signatures are believed? Say --trust "
						   "FILE, an authority's parameters");
	v->options.trust = v->trust;
	return 0;
}

static int take_step(void *context, const struct ls_path_step *step)
{
	struct verifying *v = context;
	if (v->json)
		json_array_append_new(v->steps, ls_dna_step_json(step));
	else
		ls_dna_step_text(step, ++v->depth);
	return 0;
}

/* One that could not be made (NULL) is not left out unsaid. */
static void add_record(struct verifying *v, json_t *record)
{
	if (json_array_append_new(v->records, record) < 0)
		worse(v, LS_EXIT_FAILED);
}

/* The verdict in words comes first, then the path; in JSON the one is in the other. */
static int tell(struct verifying *v, const struct ls_molecule *m, const struct ls_genbank *genbank,
		const struct ls_dna_verdict *verdict)
{
	json_t *record = v->json ? ls_dna_report_json(v->file, m, genbank, verdict) : NULL;
	v->steps = json_array();
	v->depth = 0;
	if (!v->json)
		ls_dna_report_text(v->file, m, genbank, verdict);
	int rc = v->path ? ls_dna_path(verdict, &v->options, take_step, v, &v->err) : 0;
	if (v->json) {
		json_object_set_new(record, "path", v->path ? json_incref(v->steps) : json_null());
		add_record(v, record);
	}
	json_decref(v->steps);
	return rc;
}

/* A record, or (name "") a file, that cannot be read or checked: the others still are. */
static int failed(void *context, const char *name, const struct ls_error *why)
{
	struct verifying *v = context;
	char shown[128], file[LS_DNA_FILE_SIZE], words[LS_DNA_WHY_SIZE];
	worse(v, LS_EXIT_COULD_NOT_CHECK);
	if (v->json)
		add_record(v, ls_dna_report_unread(v->file, name, why));
	else
		printf("%s: %s%sCOULD NOT BE CHECKED: unread\n  why         %s [%s]\n",
		       ls_dna_plain(v->file, file, sizeof file),
		       *name ? ls_dna_show(name, shown, sizeof shown) : "", *name ? ": " : "",
		       ls_dna_plain(why->message, words, sizeof words), why->id);
	return 0;
}

static int take(void *context, const struct ls_molecule *m, const struct ls_genbank *genbank)
{
	struct verifying *v = context;
	struct ls_dna_verdict verdict;
	int rc = ls_dna_verify(m, &v->options, &verdict, &v->err);
	if (rc == 0) {
		worse(v, ls_dna_verdict_exit(verdict.outcome));
		rc = tell(v, m, genbank, &verdict);
		ls_dna_verdict_free(&verdict);
	}
	if (rc == 0 || rc == -ENOMEM)
		return rc;
	/* of this record alone: a signed one behind it is still told */
	const struct ls_error why = v->err;
	memset(&v->err, 0, sizeof v->err);
	return failed(v, m->name, &why);
}

static void verify_file(struct verifying *v, const char *path)
{
	const struct ls_molecule_taker taker = { .take = take, .failed = failed, .context = v };
	struct ls_error err = { 0 };
	v->file = path;
	memset(&v->err, 0, sizeof v->err);
	int rc = ls_molecules_read(path, &taker, &err);
	if (rc < 0 && v->err.code < 0)
		worse(v, ls_dna_say(LS_DNA_VERIFY, &v->err));
	else if (rc == -ENOMEM)
		worse(v, ls_dna_say(LS_DNA_VERIFY, &err));
	else if (rc < 0)
		failed(v, "", &err);
}

static int print_json(struct verifying *v)
{
	json_t *all = json_pack("{s:s, s:O}", "schema", "labseal/dna-verify/v1", "records",
				v->records);
	int rc = all ? json_dumpf(all, stdout, JSON_INDENT(2)) : -1;
	json_decref(all);
	printf("\n");
	return rc;
}

int ls_dna_verify_command(int argc, char **argv)
{
	struct verifying v = { .options.repair.effort = LS_EFFORT_DEFAULT,
			       .records = json_array() };
	int rc = parse(argc, argv, &v);
	if (rc == 0) {
		for (int i = optind; i < argc; i++)
			verify_file(&v, argv[i]);
		if (v.json && print_json(&v) < 0)
			v.status = LS_EXIT_FAILED;
		if (fflush(stdout) != 0 || ferror(stdout))
			v.status = LS_EXIT_FAILED;
		rc = v.status;
	}
	json_decref(v.records);
	ls_dna_trust_free(v.trust);
	return rc;
}
