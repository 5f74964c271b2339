/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/measure.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/supervisor/approval.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

/*
 * The programs are measured beside this one: a copy of this test plays both in
 * a folder of its own (main(), below), so that nothing else needs to be built.
 */
static char folder[64];
static struct ls_policy policy;

static const char *in_folder(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *p = path[next++ % 4];
	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static void write_file(const char *name, const char *text)
{
	struct ls_error err;
	ls_file_replace(AT_FDCWD, in_folder(name), text, strlen(text), 0644, &err);
}

static void setup_policy(void)
{
	policy = (struct ls_policy){ .vm.type = LS_VM_TCG,
				     .vm.memory = 64 << 20,
				     .vm.cpu = LS_CPU_QEMU64,
				     .vm.display = LS_DISPLAY_NONE,
				     .development = true,
				     .file_size = 10 };
	snprintf(policy.instrument.id, sizeof(policy.instrument.id), "test-1");
	snprintf(policy.vm.name, sizeof(policy.vm.name), "test-vm");
	snprintf(policy.channel.name, sizeof(policy.channel.name), "org.labseal.0");
	snprintf(policy.vm.boot.kernel, sizeof(policy.vm.boot.kernel), "%s", in_folder("k"));
	snprintf(policy.vm.boot.initrd, sizeof(policy.vm.boot.initrd), "%s", in_folder("i"));
	write_file("k", "the kernel");
	write_file("i", "the initrd");
}

static int measure(struct ls_measured_state *state, struct ls_error *err)
{
	return ls_measure(&policy, false, NULL, state, err);
}

TEST(the_same_files_give_the_same_measurement)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 }, b = { 0 };
	char text[256];
	setup_policy();
	REQUIRE(measure(&a, &err) == 0 && measure(&b, &err) == 0);
	CHECK(ls_digest_equal(&a.pcr23, &b.pcr23));
	CHECK_INT_EQ(ls_event_log_check_complete(&a.log, &err), 0);
	CHECK_STR_EQ(ls_measured_difference(&a.log, &b.log, text, sizeof(text)), "nothing");
	ls_measured_state_free(&a);
	ls_measured_state_free(&b);
}

TEST(records_come_in_order_and_the_enclave_with_its_loader)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 };
	bool loader = false, program = false;
	setup_policy();
	REQUIRE(measure(&a, &err) == 0);
	CHECK_INT_EQ(a.log.records[0].event, LS_MEASURED_SUPERVISOR);
	CHECK_STR_EQ(a.log.records[0].path, "labseald");
	for (size_t i = 1; i < a.log.count; i++) {
		CHECK(a.log.records[i].event >= a.log.records[i - 1].event);
		loader = loader || strstr(a.log.records[i].path, "/ld-");
		program = program || strcmp(a.log.records[i].path, "labseal-enclave") == 0;
	}
	CHECK(loader && program);
	CHECK_STR_EQ(a.log.records[a.log.count - 2].path, "initrd");
	CHECK_STR_EQ(a.log.records[a.log.count - 1].path, "kernel");
	ls_measured_state_free(&a);
}

static const struct ls_measurement *enclave_file(const struct ls_measured_state *state,
						 const char *path)
{
	struct ls_measurement like = { .event = LS_MEASURED_ENCLAVE_FILE };
	snprintf(like.path, sizeof(like.path), "%s", path);
	return ls_measured_find(&state->log, &like);
}

/* The module, what the loader gives it, its configuration; and the folder, which changes, is not.
 */
TEST(a_token_is_measured_with_all_that_its_module_loads)
{
	static const char module[] = "/usr/lib/softhsm/libsofthsm2.so";
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 }, b = { 0 };
	char text[512];
	if (access(module, R_OK) < 0)
		TEST_SKIP("softhsm2 is not installed");
	setup_policy();
	policy.signing.key = LS_SIGN_PKCS11;
	snprintf(policy.signing.pkcs11.module, sizeof(policy.signing.pkcs11.module), "%s", module);
	snprintf(policy.signing.pkcs11.configuration, sizeof(policy.signing.pkcs11.configuration),
		 "%s", in_folder("hsm.conf"));
	snprintf(policy.signing.pkcs11.folder, sizeof(policy.signing.pkcs11.folder), "%s",
		 in_folder("tokens"));
	write_file("hsm.conf", "directories.tokendir = /a");
	REQUIRE(measure(&a, &err) == 0);
	CHECK(enclave_file(&a, module));
	CHECK(enclave_file(&a, in_folder("hsm.conf")));
	bool cplusplus = false, tokens = false;
	for (size_t i = 0; i < a.log.count; i++) {
		cplusplus = cplusplus || strstr(a.log.records[i].path, "/libstdc++.so");
		tokens = tokens || strstr(a.log.records[i].path, "tokens");
	}
	CHECK(cplusplus && !tokens);
	write_file("hsm.conf", "directories.tokendir = /b");
	REQUIRE(measure(&b, &err) == 0);
	CHECK(!ls_digest_equal(&a.pcr23, &b.pcr23));
	CHECK_STR_HAS(ls_measured_difference(&a.log, &b.log, text, sizeof(text)),
		      "hsm.conf' was changed");
	ls_measured_state_free(&b);
	snprintf(policy.signing.pkcs11.module, sizeof(policy.signing.pkcs11.module), "/none.so");
	CHECK(measure(&b, &err) < 0);
	CHECK_STR_HAS(err.message, "'/none.so'");
	ls_measured_state_free(&a);
	setup_policy();
}

/* `printf %s 'the initrd' | sha256sum` and so on, over the two lines. */
TEST(the_base_images_digest_is_what_sha256sum_would_give)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 };
	char lines[256], one[LS_DIGEST_HEX_SIZE], two[LS_DIGEST_HEX_SIZE];
	struct ls_digest initrd, kernel, both;
	setup_policy();
	REQUIRE(measure(&a, &err) == 0);
	ls_sha256_buffer("the initrd", 10, &initrd);
	ls_sha256_buffer("the kernel", 10, &kernel);
	int n = snprintf(lines, sizeof(lines), "%s  initrd\n%s  kernel\n",
			 ls_digest_hex(&initrd, one), ls_digest_hex(&kernel, two));
	ls_sha256_buffer(lines, (size_t)n, &both);
	CHECK(ls_digest_equal(&a.base_image, &both));
	ls_measured_state_free(&a);
	policy.vm.boot.initrd[0] = '\0';
	REQUIRE(measure(&a, &err) == 0);
	CHECK(ls_digest_equal(&a.base_image, &kernel));
	ls_measured_state_free(&a);
}

TEST(each_change_changes_it_and_is_named)
{
	static const char *const changed[] = {
		"base-image 'kernel' was changed",
		"policy 'policy.yaml' was changed",
		"domain-xml 'domain.xml' was changed",
		"base-image 'initrd' is gone",
		"enclave-file 'labseal-enclave' was changed",
		"supervisor 'labseald' was changed",
	};
	for (size_t i = 0; i < sizeof(changed) / sizeof(changed[0]); i++) {
		struct ls_error err = { 0 };
		struct ls_measured_state a = { 0 }, b = { 0 };
		char text[512];
		setup_policy();
		REQUIRE(measure(&a, &err) == 0);
		const char *program = in_folder(i == 4 ? "labseal-enclave" : "labseald");
		int fd = open(program, O_WRONLY | O_APPEND);
		switch (i) {
		case 0: write_file("k", "another kernel"); break;
		case 1: policy.digest.bytes[0] ^= 1; break;
		case 2: policy.vm.memory += 1 << 20; break;
		case 3: policy.vm.boot.initrd[0] = '\0'; break;
		default: CHECK_INT_EQ(write(fd, "x", 1), 1);
		}
		close(fd);
		CHECK_INT_EQ(measure(&b, &err), 0);
		CHECK(!ls_digest_equal(&a.pcr23, &b.pcr23));
		ls_measured_difference(&a.log, &b.log, text, sizeof(text));
		CHECK_STR_HAS(text, changed[i]);
		ls_measured_state_free(&a);
		ls_measured_state_free(&b);
	}
}

TEST(the_accelerator_is_measured)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 }, b = { 0 };
	setup_policy();
	REQUIRE(ls_measure(&policy, false, NULL, &a, &err) == 0);
	policy.vm.type = LS_VM_AUTO;
	REQUIRE(ls_measure(&policy, true, NULL, &b, &err) == 0);
	CHECK(!ls_digest_equal(&a.domain_xml, &b.domain_xml));
	CHECK(!ls_digest_equal(&a.pcr23, &b.pcr23));
	ls_measured_state_free(&a);
	ls_measured_state_free(&b);
}

TEST(a_disk_must_be_the_policys)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 };
	setup_policy();
	policy.vm.boot.kernel[0] = policy.vm.boot.initrd[0] = '\0';
	snprintf(policy.vm.disk.path, sizeof(policy.vm.disk.path), "%s", in_folder("d"));
	write_file("d", "a disk");
	CHECK_INT_EQ(measure(&a, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "measure.disk");
	ls_sha256_buffer("a disk", 6, &policy.vm.disk.sha256);
	CHECK_INT_EQ(measure(&a, &err), 0);
	CHECK(ls_digest_equal(&a.base_image, &policy.vm.disk.sha256));
	ls_measured_state_free(&a);
}

TEST(a_missing_image_is_an_error)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 };
	setup_policy();
	unlink(policy.vm.boot.kernel);
	CHECK_INT_EQ(measure(&a, &err), -ENOENT);
	CHECK_STR_HAS(err.message, policy.vm.boot.kernel);
}

/* --- approvals, which are about such states ------------------------------------------------ */

static int open_state(void)
{
	mkdir(in_folder("state"), 0700);
	ls_remove_tree(AT_FDCWD, in_folder("state/approvals"), NULL);
	return open(in_folder("state"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void approve(int fd, const struct ls_measured_state *state, uint64_t *ret_version)
{
	struct ls_error err = { 0 };
	struct ls_approval a = { .counter = 1,
				 .approved = 1772634139,
				 .kvm = state->kvm,
				 .policy_ref = LS_POLICY_REF,
				 .pcr23 = state->pcr23,
				 .policy = state->policy,
				 .domain_xml = state->domain_xml,
				 .base_image = state->base_image,
				 .signature = { 1, 2, 3 },
				 .signature_size = 3 };
	CHECK_INT_EQ(ls_approvals_add(fd, &a, &state->log, ret_version, &err), 0);
}

TEST(an_approved_state_is_found_and_another_is_told_apart)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 }, b = { 0 };
	struct ls_approval found;
	uint64_t version = 0;
	int fd = open_state();
	setup_policy();
	REQUIRE(fd >= 0 && measure(&a, &err) == 0);
	CHECK_INT_EQ(ls_approvals_find(fd, &a, &found, &err), -ENOENT);
	CHECK_STR_EQ(err.id, "approval.none");
	approve(fd, &a, &version);
	CHECK_INT_EQ(version, 1);
	CHECK_INT_EQ(ls_approvals_find(fd, &a, &found, &err), 0);
	CHECK_INT_EQ(found.version, 1);
	CHECK_STR_EQ(found.policy_ref, LS_POLICY_REF);
	write_file("k", "another kernel");
	REQUIRE(measure(&b, &err) == 0);
	CHECK_INT_EQ(ls_approvals_find(fd, &b, &found, &err), -EACCES);
	CHECK_STR_EQ(err.id, "approval.mismatch");
	CHECK_STR_HAS(err.message, "base-image 'kernel' was changed");
	approve(fd, &b, &version);
	CHECK_INT_EQ(version, 2);
	CHECK_INT_EQ(ls_approvals_find(fd, &a, &found, &err), 0);
	CHECK_INT_EQ(found.version, 1);
	ls_measured_state_free(&a);
	ls_measured_state_free(&b);
	close(fd);
}

TEST(another_accelerator_is_said_so)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 }, b = { 0 };
	struct ls_approval found;
	int fd = open_state();
	setup_policy();
	policy.vm.type = LS_VM_AUTO;
	REQUIRE(fd >= 0 && ls_measure(&policy, false, NULL, &a, &err) == 0);
	REQUIRE(ls_measure(&policy, true, NULL, &b, &err) == 0);
	approve(fd, &a, NULL);
	CHECK_INT_EQ(ls_approvals_find(fd, &b, &found, &err), -EACCES);
	CHECK_STR_HAS(err.message, "under TCG and it would run under KVM");
	ls_measured_state_free(&a);
	ls_measured_state_free(&b);
	close(fd);
}

TEST(an_event_log_that_is_not_the_approvals_is_refused)
{
	struct ls_error err = { 0 };
	struct ls_measured_state a = { 0 };
	struct ls_approval found;
	struct ls_event_log log = { 0 };
	struct ls_buffer text;
	int fd = open_state();
	setup_policy();
	REQUIRE(fd >= 0 && measure(&a, &err) == 0);
	approve(fd, &a, NULL);
	ls_buffer_init(&text, LS_EVENT_LOG_SIZE_MAX);
	a.log.count--;
	ls_event_log_format(&a.log, &text);
	ls_file_replace(fd, "approvals/0001.events.jsonl", text.data, text.size, 0644, &err);
	CHECK_INT_EQ(ls_approvals_read(fd, 1, &found, &log, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "approval.log");
	a.log.count++;
	ls_buffer_free(&text);
	ls_measured_state_free(&a);
	close(fd);
}

/* Both programs are copies of this one; the tests run in the first of them. */
static int copy_self(const char *name)
{
	struct ls_error err = { 0 };
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	return ls_file_copy(AT_FDCWD, self, AT_FDCWD, in_folder(name), 0755, &err);
}

/* The helper's main under another name. */
int run_tests(int argc, char **argv);
#define main run_tests
TEST_MAIN()
#undef main

int main(int argc, char **argv)
{
	char self[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	const char *name = strrchr(self, '/');
	if (name && strcmp(name, "/labseal-test-runner") == 0) {
		snprintf(folder, sizeof(folder), "%.*s", (int)(name - self), self);
		int rc = run_tests(argc, argv);
		ls_remove_tree(AT_FDCWD, folder, NULL);
		return rc;
	}
	snprintf(folder, sizeof(folder), "/tmp/labseal-test-XXXXXX");
	if (!mkdtemp(folder) || copy_self("labseald") < 0 || copy_self("labseal-enclave") < 0 ||
	    copy_self("labseal-test-runner") < 0)
		return 1;
	execv(in_folder("labseal-test-runner"), argv);
	return 1;
}
