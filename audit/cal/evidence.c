/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal evidence: one file that anyone can check. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#include "audit/cal/commands.h"
#include "audit/cal/evidence.h"
#include "audit/cal/session.h"
#include "lib/base/exit.h"
#include "lib/base/files.h"

struct arguments {
	struct ls_cal_sources sources;
	const char *output, *device;
	bool complete;
};

static const struct ls_command *const command = &ls_cal_commands[LS_CAL_EVIDENCE];

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct ls_option options[] = {
		LS_CAL_SOURCE_OPTIONS(&a->sources),
		{ "--output", NULL, &a->output },
		{ "--complete", &a->complete, NULL },
	};
	int rc = ls_options_read(command, argc, argv, options, sizeof(options) / sizeof(*options),
				 "device", &a->device);
	if (rc == 0 && !a->output)
		return ls_command_usage(command, "where to? Say --output FILE");
	if (rc == 0 && !a->sources.registry)
		return ls_command_usage(command, "where to look? Say --registry MIRROR");
	return rc;
}

/* What was written is read as whoever gets it will read it: it must come to a verdict. */
static int check(const struct ls_buffer *evidence, const struct ls_cal_session *session,
		 struct ls_error *err)
{
	int64_t at;
	_cleanup_cal_store_ struct ls_cal_store *store = NULL;
	int rc = ls_cal_evidence_store(evidence->data, evidence->size, &session->trust, &store, &at,
				       err);
	if (rc < 0)
		ls_error_prefix(err, "the evidence that was made does not verify");
	return rc;
}

int ls_cal_evidence_command(int argc, char **argv)
{
	struct arguments a = { .complete = false };
	struct ls_error err = { 0 };
	_cleanup_cal_session_ struct ls_cal_session session = { .at = 0 };
	_cleanup_buffer_ struct ls_buffer evidence;
	ls_buffer_init(&evidence, LS_CAL_EVIDENCE_SIZE_MAX);
	int rc = parse(argc, argv, &a);
	if (rc == 0)
		rc = ls_cal_session_open(command, &a.sources, &session);
	if (rc != 0)
		return rc;
	if (ls_cal_evidence_make(a.sources.registry, &session.trust, session.at, a.device,
				 a.complete, &evidence, &err) < 0 ||
	    check(&evidence, &session, &err) < 0)
		return ls_cal_fail(command, &err);
	if (ls_file_replace(AT_FDCWD, a.output, evidence.data, evidence.size, 0644, &err) < 0) {
		ls_cal_fail(command, &err);
		return LS_EXIT_FAILED;
	}
	fprintf(stderr,
		"labseal cal evidence: %zu bytes; who has the trust file can check them: "
		"labseal cal trace --evidence '%s' --trust FILE '%s'\n",
		evidence.size, a.output, a.device);
	return LS_EXIT_HOLDS;
}
