/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal import */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "audit/dcc/agree.h"
#include "audit/dcc/command.h"
#include "audit/dcc/opened.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "lib/cal/record.h"
#include "lib/registry/folder.h"

static const struct ls_command *const command = &ls_dcc_commands[LS_DCC_IMPORT];

struct arguments {
	const char *registry, *trust, *report, *path;
};

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct ls_option options[] = {
		{ "--registry", NULL, &a->registry },
		{ "--trust", NULL, &a->trust },
		{ "--report", NULL, &a->report },
	};
	int rc = ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(*options),
				 "certificate", &a->path);
	if (rc == 0 && !a->registry)
		return ls_command_usage(command, "into which registry? Say --registry DIR");
	if (rc == 0 && !a->trust)
		return ls_command_usage(command, "whose signature is believed? Say --trust FILE");
	return rc;
}

/* The report names this document, and says what it says. */
static int check_report(const struct arguments *a, const struct ls_dcc *dcc, struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer b;
	_cleanup_cal_record_ struct ls_cal_record record = { 0 };
	ls_buffer_init(&b, LS_CAL_RECORD_SIZE_MAX);
	int rc = ls_file_read(AT_FDCWD, a->report, &b, err);
	if (rc == 0)
		rc = ls_cal_record_parse(b.data, b.size, &record, err);
	if (rc < 0)
		return rc;
	if (record.kind != LS_CAL_REPORT || !record.report.details ||
	    !record.report.details->has_document ||
	    !ls_digest_equal(&record.report.details->document, &dcc->sha256))
		return ls_fail(err, -EBADMSG, "cal.dcc.disagrees",
			       "'%s' is no report that names this certificate", a->report);
	return ls_dcc_agree(&record.report, dcc, err);
}

/* Whole or not at all; the same bytes are there already when it was imported before. */
static int store(const struct arguments *a, const struct ls_dcc_opened *o, struct ls_error *err)
{
	char path[LS_REGISTRY_PATH_SIZE];
	_cleanup_close_ int folder = ls_registry_folder_open(a->registry, err);
	if (folder < 0)
		return folder;
	int rc = ls_make_dirs(folder, LS_REGISTRY_DOCUMENTS, 0755, err);
	if (rc == 0)
		rc = ls_file_replace(folder, ls_registry_document_path(&o->dcc->sha256, path),
				     o->bytes.data, o->bytes.size, 0644, err);
	return rc;
}

static int import(const struct arguments *a, const struct ls_dcc_opened *o)
{
	struct ls_error err = { 0 };
	char hex[LS_DIGEST_HEX_SIZE];
	if (o->signatures->outcome != LS_DCC_HOLDS) {
		fprintf(stderr, "labseal cal import: '%s': its signature: %s: %s\n", a->path,
			ls_dcc_outcome_name(o->signatures->outcome), o->signatures->words);
		return o->signatures->outcome == LS_DCC_DOES_NOT_HOLD ? LS_EXIT_DOES_NOT_HOLD
								      : LS_EXIT_COULD_NOT_CHECK;
	}
	if (a->report && check_report(a, o->dcc, &err) < 0) {
		int status = ls_dcc_fail(command, &err);
		return err.code == -EBADMSG ? LS_EXIT_DOES_NOT_HOLD : status;
	}
	if (store(a, o, &err) < 0)
		return ls_dcc_fail(command, &err);
	printf("%s\n", ls_digest_hex(&o->dcc->sha256, hex));
	fprintf(stderr,
		"labseal cal import: a report names it as --document %s, or its standard's as "
		"--parent-document %s\n",
		hex, hex);
	return LS_EXIT_HOLDS;
}

int ls_dcc_import_command(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct ls_dcc_opened o;
	int rc = parse(argc, argv, &a);
	if (rc != 0)
		return rc;
	rc = ls_dcc_open(command, a.path, a.trust, &o);
	if (rc == 0)
		rc = import(&a, &o);
	ls_dcc_close(&o);
	return rc;
}
