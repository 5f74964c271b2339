/* SPDX-License-Identifier: Apache-2.0 */
/* labseal xml: the canonical domain XML, which is what is measured. */
#include <stdio.h>
#include <string.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "host/supervisor/kvm_probe.h"
#include "lib/base/options.h"
#include "policy/domain_xml.h"

/* Probe only where the answer could be either. */
static int choose(const struct ls_policy *policy, bool *ret_kvm, struct ls_error *err)
{
	if (!ls_policy_may_use_tcg(policy))
		*ret_kvm = true;
	else if (policy->vm.type == LS_VM_TCG)
		*ret_kvm = false;
	else
		return ls_accelerator_choose(policy, -1, ret_kvm, err);
	return 0;
}

int ls_cmd_xml(int argc, char **argv)
{
	const struct ls_command *command = ls_host_command(argv[0]);
	_cleanup_policy_ struct ls_policy *policy = NULL;
	struct ls_error err;
	const char *path, *accelerator = NULL;
	const struct ls_option options[] = { { "--accelerator", NULL, &accelerator } };
	int rc = ls_options_read(command, argc, argv, options, 1, "policy", &path);
	if (rc != 0)
		return rc;
	bool kvm = accelerator && strcmp(accelerator, "kvm") == 0;
	if (accelerator && !kvm && strcmp(accelerator, "tcg") != 0)
		return ls_command_usage(command, "'--accelerator' is kvm or tcg, not '%s'",
					accelerator);
	rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != LS_EXIT_HOLDS)
		return rc;
	_cleanup_buffer_ struct ls_buffer xml;
	ls_buffer_init(&xml, 1 << 20);
	if ((!accelerator && choose(policy, &kvm, &err) < 0) ||
	    ls_domain_xml(policy, kvm, &ls_domain_paths_canonical, &xml, &err) < 0)
		return ls_cmd_fail(argv[0], &err);
	fputs(ls_buffer_str(&xml), stdout);
	return LS_EXIT_HOLDS;
}
