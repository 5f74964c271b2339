/* SPDX-License-Identifier: Apache-2.0 */
/*
 * labseal console: the machine's screen, by virt-viewer, to which libvirt hands an open
 * descriptor of it (--attach): there is no port, and polkit's rule is asked.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/command/commands.h"
#include "host/command/common.h"
#include "lib/base/options.h"
#include "policy/domain_xml.h"

#define VIEWER "virt-viewer"

static int check(const struct ls_policy *policy, struct ls_error *err)
{
	if (policy->vm.display == LS_DISPLAY_NONE)
		return ls_fail(err, -EINVAL, "console.none",
			       "the machine '%s' has no screen: the policy says 'display: none'",
			       policy->vm.name);
	if (policy->vm.connection == LS_CONNECT_EMBED)
		return ls_fail(
			err, -EINVAL, "console.embedded",
			"the machine '%s' is in a libvirt inside labseald, which hands its "
			"screen to nobody; for a console put 'connection: qemu:///system' into "
			"the policy's 'vm', have it approved (labseal provision), and start "
			"labseald anew",
			policy->vm.name);
	return 0;
}

int ls_cmd_console(int argc, char **argv)
{
	_cleanup_policy_ struct ls_policy *policy = NULL;
	struct ls_error err;
	const char *path;
	char name[LS_POLICY_ID_SIZE + sizeof(LS_DOMAIN_INSTALL)];
	bool kiosk = false, install = false;
	const struct ls_option options[] = { { "--kiosk", &kiosk, NULL },
					     { "--install", &install, NULL } };
	int rc = ls_options_read(ls_host_command(argv[0]), argc, argv, options, 2, "policy", &path);
	if (rc == 0)
		rc = ls_cmd_load_policy(argv[0], path, &policy);
	if (rc != LS_EXIT_HOLDS)
		return rc;
	if (check(policy, &err) < 0)
		return ls_cmd_fail(argv[0], &err);
	snprintf(name, sizeof(name), "%s%s", policy->vm.name, install ? LS_DOMAIN_INSTALL : "");
	/* it waits for a machine that is off, and comes back when it was restarted */
	const char *words[16] = { VIEWER,	 "--attach",  "--wait",
				  "--reconnect", "--connect", "qemu:///system" };
	size_t n = 6;
	if (kiosk) {
		words[n++] = "--kiosk";
		words[n++] = "--kiosk-quit=never";
	}
	words[n++] = "--";
	words[n++] = name;
	execvp(VIEWER, (char *const *)words);
	ls_fail_errno(&err, errno, "console.viewer",
		      "cannot start '%s' (the package virt-viewer has it)", VIEWER);
	return ls_cmd_fail(argv[0], &err);
}
