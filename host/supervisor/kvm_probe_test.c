/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/kvm_probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
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
	CHECK_INT_EQ(ls_accelerator_choose(&policy, -1, &kvm, &err), 0);
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
	int rc = ls_accelerator_choose(&policy, -1, &kvm, &err);
	CHECK_INT_EQ(rc, works ? 0 : -EOPNOTSUPP);
	if (!works)
		CHECK_STR_EQ(err.id, "kvm.unusable");
	policy.development = true;
	CHECK_INT_EQ(ls_accelerator_choose(&policy, -1, &kvm, &err), 0);
	CHECK_INT_EQ(kvm, works);
}

TEST(a_failure_is_remembered_for_a_while_and_nothing_else)
{
	char folder[] = "/tmp/labseal-kvm-XXXXXX";
	REQUIRE(mkdtemp(folder) != NULL);
	_cleanup_close_ int state = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 1024);
	CHECK(!ls_kvm_is_known_to_fail(state));
	ls_kvm_note_failure(state);
	if (access("/dev/kvm", F_OK) < 0 || access(LS_EMULATOR, X_OK) < 0) {
		CHECK(!ls_kvm_is_known_to_fail(state));
	} else {
		CHECK(ls_kvm_is_known_to_fail(state));
		CHECK_INT_EQ(ls_file_read(state, "kvm-probe", &text, NULL), 0);
		/* of another start of the kernel */
		char *boot = strstr((char *)text.data, "boot ");
		REQUIRE(boot != NULL);
		boot[5] ^= 1;
		CHECK_INT_EQ(ls_file_replace(state, "kvm-probe", text.data, text.size, 0600, NULL),
			     0);
		CHECK(!ls_kvm_is_known_to_fail(state));
		/* and too old, or from the future */
		boot[5] ^= 1;
		size_t n = text.size - 1;
		while (n > 0 && text.data[n - 1] != '\n')
			n--;
		CHECK_INT_EQ(ls_file_replace(state, "kvm-probe", text.data, n, 0600, NULL), 0);
		CHECK(!ls_kvm_is_known_to_fail(state));
		text.size = n;
		ls_buffer_add_str(&text, "18446744073709551615\n");
		CHECK_INT_EQ(ls_file_replace(state, "kvm-probe", text.data, text.size, 0600, NULL),
			     0);
		CHECK(!ls_kvm_is_known_to_fail(state));
	}
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, folder, NULL), 0);
}

TEST_MAIN()
