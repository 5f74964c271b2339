/* SPDX-License-Identifier: Apache-2.0 */
/* labseal cal trace: the verdict on one device. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit/cal/commands.h"
#include "audit/cal/memory.h"
#include "audit/cal/session.h"
#include "audit/cal/view.h"
#include "lib/base/exit.h"

struct arguments {
	struct ls_cal_sources sources;
	const char *quantity, *memory, *html, *device;
	bool json;
};

static const struct ls_command *const command = &ls_cal_commands[LS_CAL_TRACE];

static int parse(int argc, char **argv, struct arguments *a)
{
	const struct ls_option options[] = {
		LS_CAL_SOURCE_OPTIONS(&a->sources), { "--evidence", NULL, &a->sources.evidence },
		{ "--dcc", NULL, &a->sources.dcc }, { "--folder", NULL, &a->sources.folder },
		{ "--memory", NULL, &a->memory },   { "--quantity", NULL, &a->quantity },
		{ "--html", NULL, &a->html },	    { "--json", &a->json, NULL },
	};
	size_t count = sizeof(options) / sizeof(*options), operands = 0;
	int rc = ls_options_read_some(command, argc, argv, options, count, "device", &a->device, 1,
				      &operands);
	if (rc != 0)
		return rc;
	if (a->sources.dcc && operands > 0)
		return ls_command_usage(command, "--dcc says what is asked for; what is '%s'?",
					a->device);
	if (!a->sources.dcc && (operands == 0 || !a->device[0]))
		return ls_command_usage(command, "which device?");
	if (a->memory && !a->sources.registry)
		return ls_command_usage(command, "--memory is of a registry: say --registry, too");
	if (a->quantity && !ls_cal_quantity_valid(a->quantity, strlen(a->quantity)))
		return ls_command_usage(
			command,
			"'%s' is no quantity's name: lower-case letters, digits and "
			"'-', as \"temperature\"",
			a->quantity);
	return 0;
}

static int show(const struct arguments *a, const struct ls_cal_view *view)
{
	struct ls_error err = { 0 };
	int status = ls_cal_verdict_exit(view->result->verdict);
	if (a->html && ls_cal_write_html(view, a->html, &err) < 0) {
		ls_cal_fail(command, &err);
		return LS_EXIT_FAILED;
	}
	return ls_cal_printed(
		command, a->json ? ls_cal_print_json(ls_cal_json(view)) : ls_cal_print_text(view),
		status);
}

int ls_cal_trace_command(int argc, char **argv)
{
	struct arguments a = { .json = false };
	struct ls_error err = { 0 };
	char said[LS_CAL_MEMORY_SAID_SIZE];
	_cleanup_cal_session_ struct ls_cal_session session = { .at = 0 };
	_cleanup_cal_result_ struct ls_cal_result result = { .at = 0 };
	int rc = parse(argc, argv, &a);
	if (rc == 0)
		rc = ls_cal_session_open(command, &a.sources, &session);
	if (rc != 0)
		return rc;
	const char *asked = a.sources.dcc ? session.document : a.device;
	if (ls_cal_trace(session.worker, asked, a.quantity, &result, &err) < 0)
		return ls_cal_fail(command, &err);
	if (a.memory &&
	    ls_cal_memory_check(a.memory, a.sources.registry, &session.trust, said, &err) < 0)
		return ls_cal_fail(command, &err);
	const struct ls_cal_view view = { .result = &result,
					  .asked = asked,
					  .trust = session.trust_digest,
					  .memory_said = a.memory ? said : NULL };
	return show(&a, &view);
}
