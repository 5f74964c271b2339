/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal check: every fault of a policy, and of the samples' sequence files that it names.  The
 * faults are the result, so they go to stdout.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/supervisor/samples.h"
#include "lib/base/options.h"
#include "policy/faults.h"

/* labseal/check/v1; tests/command/check.tst pins it. */
static json_t *as_json(const char *path, const struct ls_policy *policy,
		       const struct ls_policy_faults *faults)
{
	char hex[LS_DIGEST_HEX_SIZE];
	json_t *list = json_array();
	for (size_t i = 0; i < faults->count; i++) {
		const struct ls_policy_fault *f = &faults->fault[i];
		json_array_append_new(list, json_pack("{s:i, s:i, s:s, s:s}", "line", (int)f->line,
						      "column", (int)f->column, "id", f->id, "text",
						      f->text));
	}
	return json_pack("{s:s, s:s, s:b, s:s?, s:s?, s:o, s:b}", "schema", "labseal/check/v1",
			 "policy", path, "holds", policy != NULL, "instrument",
			 policy ? policy->instrument.id : NULL, "sha256",
			 policy ? ls_digest_hex(&policy->digest, hex) : NULL, "faults", list,
			 "more_faults", faults->more);
}

static int print_text(const struct ls_policy *policy, const struct ls_policy_faults *faults)
{
	char hex[LS_DIGEST_HEX_SIZE];
	if (policy) {
		printf("%s: holds: instrument '%s', SHA-256 %s\n", faults->name,
		       policy->instrument.id, ls_digest_hex(&policy->digest, hex));
		if (policy->development)
			printf("%s: 'development: true' is set: not for production\n",
			       faults->name);
		return LS_EXIT_HOLDS;
	}
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1 << 20);
	ls_policy_faults_print(faults, &text);
	fputs(ls_buffer_str(&text), stdout);
	printf("%s: does not hold: %zu fault%s%s\n", faults->name, faults->count,
	       faults->count == 1 ? "" : "s", faults->more ? " or more" : "");
	return LS_EXIT_DOES_NOT_HOLD;
}

/* As labseald will find them when it starts. */
static void check_samples(const struct ls_policy *policy, struct ls_policy_faults *faults)
{
	for (size_t i = 0; i < policy->samples.count; i++) {
		struct ls_error why = { 0 };
		struct ls_sample seen;
		const struct ls_policy_sample *s = &policy->samples.list[i];
		const struct ls_policy_mark at = { s->line, s->column };
		int fd = ls_sample_open(s, &seen, &why);
		if (fd < 0)
			ls_policy_fault_add(faults, at, why.id, "%s", why.message);
		else
			close(fd);
	}
}

int ls_cmd_check(int argc, char **argv)
{
	static struct ls_policy_faults faults;
	_cleanup_policy_ struct ls_policy *policy = NULL;
	struct ls_error err;
	const char *path;
	bool json = false;
	const struct ls_option options[] = { { "--json", &json, NULL } };
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 1, "policy", &path);
	if (rc != 0)
		return rc;
	rc = ls_policy_load(path, &policy, &faults, &err);
	if (rc < 0 && faults.count == 0) {
		ls_cmd_fail(argv[0], &err);
		return rc == -ENOMEM ? LS_EXIT_FAILED : LS_EXIT_COULD_NOT_CHECK;
	}
	if (policy)
		check_samples(policy, &faults);
	if (faults.count > 0) {
		ls_policy_free(policy);
		policy = NULL;
	}
	int status;
	if (json)
		status = ls_cmd_print_json(as_json(faults.name, policy, &faults),
					   policy ? LS_EXIT_HOLDS : LS_EXIT_DOES_NOT_HOLD);
	else
		status = print_text(policy, &faults);
	return status;
}
