/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/kvm_probe.h"

#include <errno.h>
#include <unistd.h>

#include "lib/base/test.h"

TEST(the_probe_answers_where_guests_run)
{
	bool works = false;
	char reason[LS_KVM_REASON_SIZE];
	struct ls_error err = { 0 };
	if (access(LS_EMULATOR, X_OK) < 0)
		TEST_SKIP("QEMU is not installed");
	CHECK_INT_EQ(ls_kvm_probe_with("tcg", &works, reason, &err), 0);
	CHECK(works);
	CHECK_STR_EQ(reason, "");
}

TEST(an_accelerator_that_fails_is_a_reason_and_no_error)
{
	bool works = true;
	char reason[LS_KVM_REASON_SIZE];
	struct ls_error err = { 0 };
	if (access(LS_EMULATOR, X_OK) < 0)
		TEST_SKIP("QEMU is not installed");
	CHECK_INT_EQ(ls_kvm_probe_with("no-such-accelerator", &works, reason, &err), 0);
	CHECK(!works);
	CHECK_STR_HAS(reason, "ended with status 1");
}

TEST(a_policy_that_names_tcg_is_not_probed)
{
	struct ls_policy policy = { .vm.type = LS_VM_TCG };
	bool kvm = true;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_accelerator_choose(&policy, &kvm, &err), 0);
	CHECK(!kvm);
}

TEST(kvm_is_probed_and_never_replaced_in_production)
{
	struct ls_policy policy = { .vm.type = LS_VM_AUTO };
	bool works = false, kvm = false;
	char reason[LS_KVM_REASON_SIZE];
	struct ls_error err = { 0 };
	if (access(LS_EMULATOR, X_OK) < 0)
		TEST_SKIP("QEMU is not installed");
	REQUIRE(ls_kvm_probe(&works, reason, &err) == 0);
	int rc = ls_accelerator_choose(&policy, &kvm, &err);
	CHECK_INT_EQ(rc, works ? 0 : -EOPNOTSUPP);
	if (!works)
		CHECK_STR_EQ(err.id, "kvm.unusable");
	policy.development = true;
	CHECK_INT_EQ(ls_accelerator_choose(&policy, &kvm, &err), 0);
	CHECK_INT_EQ(kvm, works);
}

TEST_MAIN()
