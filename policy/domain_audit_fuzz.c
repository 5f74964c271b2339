/* SPDX-License-Identifier: Apache-2.0 */
/* Any text against a machine: refused, or a list that can be shown. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/text.h"
#include "policy/domain_audit.h"

static const char yaml[] =
	"version: 1\ninstrument: {id: 7500-01}\nvm: {disk: {path: "
	"/var/lib/libvirt/images/7500-01.qcow2, "
	"sha256: 2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae}}\n";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ls_policy *policy;
	static struct ls_policy_faults faults;
	static struct ls_violations list;
	struct ls_error err;
	if (!policy && ls_policy_parse("p", yaml, strlen(yaml), &policy, &faults, &err) < 0)
		abort();
	memset(&list, 0, sizeof(list));
	if (ls_domain_audit_policy(policy, NULL, data, size, &list, &err) < 0)
		return 0;
	for (size_t i = 0; i < list.count; i++) {
		const struct ls_violation *v = &list.at[i];
		if (v->path[0] != '/' || !v->why[0] || !v->remedy[0] ||
		    !ls_utf8_valid(v->found, strlen(v->found)) ||
		    !ls_utf8_valid(v->path, strlen(v->path)))
			abort();
	}
	return 0;
}
