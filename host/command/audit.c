/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal audit: a machine against its policy.  With --xml the XML of any
 * machine, such as the one that a lab has today; else the machine that libvirt
 * has, what libvirt keeps beside its XML, QEMU's process and the host.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/command/audit_answer.h"
#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/supervisor/domain_look.h"
#include "host/supervisor/host_checks.h"
#include "host/supervisor/state.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/options.h"
#include "policy/domain_audit.h"
#include "policy/domain_usb.h"

#define EXPECTED_MAX (1 << 18)
#define SYSTEM_URI   "qemu:///system"

static int audit_file(const char *path, const struct ls_policy *policy, struct ls_violations *list,
		      struct ls_error *err)
{
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, LS_DOMAIN_XML_MAX);
	int rc = ls_file_read(AT_FDCWD, path, &xml, err);
	if (rc == 0)
		rc = ls_domain_audit_policy(policy, NULL, ls_buffer_str(&xml), xml.size, list, err);
	return rc;
}

/*
 * The machine as labseald made it for this run, if it is that of the policy:
 * then the run's own paths are known, and QEMU's descriptors can be told apart.
 */
static bool read_own(int state_fd, const struct ls_policy *policy, struct ls_buffer *xml,
		     struct ls_violations *scratch)
{
	struct ls_error ignored;
	struct ls_usb_place usb[LS_POLICY_USB_MAX];
	struct ls_domain_paths paths = ls_domain_paths_canonical;
	_cleanup_buffer_ struct ls_buffer wanted;
	ls_buffer_init(&wanted, EXPECTED_MAX);
	memset(scratch, 0, sizeof(*scratch));
	paths.usb = usb;
	return ls_file_read(state_fd, LS_STATE_XML, xml, &ignored) == 0 &&
	       ls_domain_usb_places(policy, ls_buffer_str(xml), usb, &ignored) == 0 &&
	       ls_domain_expected(policy, &paths, ls_buffer_str(xml), xml->size, &wanted,
				  &ignored) == 0 &&
	       ls_domain_audit(ls_buffer_str(&wanted), true, ls_buffer_str(xml), xml->size, scratch,
			       &ignored) == 0 &&
	       scratch->count == 0;
}

static void judge_supervision(const struct ls_inspection *inspection, bool is_locked,
			      struct ls_violations *list)
{
	if (inspection->live && !is_locked)
		ls_violation_add(list, "machine.unsupervised", "/machine/supervisor", "nobody",
				 "labseald",
				 "the machine runs and nothing takes its results or looks after it",
				 "stop it (virsh shutdown), and start it with 'labseal run'");
}

static int judge(const struct ls_policy *policy, const struct ls_inspection *inspection,
		 struct ls_violations *list, struct ls_error *err)
{
	static struct ls_violations scratch;
	bool is_locked = false;
	const char *xml = inspection->live ? inspection->live : inspection->inactive;
	_cleanup_buffer_ struct ls_buffer expected;
	ls_buffer_init(&expected, EXPECTED_MAX);
	_cleanup_close_ int state_fd = ls_state_open(policy, 0, err);
	int rc = state_fd < 0 && state_fd != -ENOENT ? state_fd : 0;
	if (rc == 0 && state_fd >= 0)
		rc = ls_state_is_locked(state_fd, &is_locked, err);
	if (rc < 0)
		return rc;
	bool is_own = state_fd >= 0 && is_locked && read_own(state_fd, policy, &expected, &scratch);
	if (!is_own) {
		ls_buffer_clear(&expected);
		rc = ls_domain_expected(policy, NULL, xml, strlen(xml), &expected, err);
	}
	if (rc < 0)
		return rc;
	judge_supervision(inspection, is_locked, list);
	return ls_inspection_judge(inspection, ls_buffer_str(&expected), !is_own, list, err);
}

static int audit_machine(const struct ls_policy *policy, struct ls_violations *list,
			 struct ls_error *err)
{
	struct ls_inspection inspection;
	int rc = ls_domain_look(SYSTEM_URI, policy->vm.name, &inspection, err);
	if (rc == 0)
		rc = judge(policy, &inspection, list, err);
	ls_inspection_free(&inspection);
	return rc;
}

static int print_rule(const char *command, const struct ls_policy *policy)
{
	_cleanup_buffer_ struct ls_buffer rule;
	ls_buffer_init(&rule, 1 << 16);
	if (ls_polkit_rule(policy, &rule) < 0) {
		fprintf(stderr, "labseal %s: there is no memory for the rule\n", command);
		return LS_EXIT_FAILED;
	}
	fputs(ls_buffer_str(&rule), stdout);
	return LS_EXIT_HOLDS;
}

static int run(const struct ls_policy *policy, const char *xml, struct ls_audit_answer *answer,
	       struct ls_error *err)
{
	if (xml) {
		answer->source = "file";
		return audit_file(xml, policy, answer->list, err);
	}
	int rc;
	if (policy->vm.connection == LS_CONNECT_EMBED) {
		answer->source = "labseald";
		rc = ls_audit_by_labseald(policy, answer->list, err);
	} else {
		answer->source = "libvirt";
		rc = audit_machine(policy, answer->list, err);
	}
	return rc < 0 ? rc : ls_host_check(policy, "", answer->list, err);
}

int ls_cmd_audit(int argc, char **argv)
{
	static struct ls_violations list;
	const struct ls_command *command = ls_host_command(argv[0]);
	_cleanup_policy_ struct ls_policy *policy = NULL;
	struct ls_error err;
	const char *path, *xml = NULL;
	bool json = false, rule = false;
	const struct ls_option options[] = { { "--xml", NULL, &xml },
					     { "--json", &json, NULL },
					     { "--polkit-rule", &rule, NULL } };
	int rc = ls_options_read(command, argc, argv, options, 3, "policy", &path);
	if (rc != 0)
		return rc;
	if (rule && (xml || json))
		return ls_command_usage(command, "'--polkit-rule' goes with no other option");
	rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != LS_EXIT_HOLDS)
		return rc;
	if (rule)
		return print_rule(argv[0], policy);
	struct ls_audit_answer answer = { .policy_path = path, .policy = policy, .list = &list };
	rc = run(policy, xml, &answer, &err);
	/* what was found counts, even where not all could be looked at; nothing found then does not
	 */
	if (rc < 0)
		fprintf(stderr, "labseal %s: %s\n", argv[0], err.message);
	answer.is_complete = rc == 0;
	answer.reason = rc < 0 ? err.message : "";
	return ls_audit_print(&answer, json);
}
