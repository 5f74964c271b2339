/* SPDX-License-Identifier: Apache-2.0 */
/* A policy is either refused with a fault that can be shown, or gives valid XML. */
#include <stdlib.h>

#include "policy/domain_xml.h"
#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct ls_policy_faults faults;
	struct ls_error err;
	_cleanup_policy_ struct ls_policy *policy = NULL;
	_cleanup_buffer_ struct ls_buffer out;
	ls_buffer_init(&out, 1 << 20);
	if (ls_policy_parse("fuzz", data, size, &policy, &faults, &err) < 0) {
		if (faults.count == 0 || faults.fault[0].line == 0 || policy)
			abort();
		return ls_policy_faults_print(&faults, &out) < 0 ? (abort(), 0) : 0;
	}
	if (ls_domain_xml(policy, true, &ls_domain_paths_canonical, &out, &err) < 0)
		abort();
	return 0;
}
