/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_start.h"

#include <errno.h>
#include <pwd.h>
#include <seccomp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/test.h"
#include "lib/proc/confine.h"

struct start {
	struct ls_enclave_files files;
	struct ls_enclave_process process;
	struct ls_error without, err;
	int rc;
};

static void end(struct start *s)
{
	ls_enclave_process_close(&s->process);
	ls_enclave_files_free(&s->files);
}
#define _cleanup_start_ __attribute__((cleanup(end)))

static void prepare(struct start *s, bool development)
{
	*s = (struct start){ .process.control = -1 };
	s->rc = ls_enclave_files_of("/bin/cat", &s->files, &s->err);
	if (s->rc == 0)
		s->rc = ls_enclave_prepare(development, &s->files, &s->process, &s->without,
					   &s->err);
}

static bool has_own_user(void)
{
	return geteuid() == 0 && getpwnam(LS_ENCLAVE_USER) != NULL;
}

static bool nothing_is_left(void)
{
	return waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD;
}

TEST(without_a_user_of_its_own_it_is_for_development_only)
{
	_cleanup_start_ struct start s, strict;
	prepare(&strict, false);
	if (has_own_user())
		TEST_SKIP("this machine has the system user");
	CHECK_INT_EQ(strict.rc, -EOPNOTSUPP);
	CHECK_INT_EQ(strict.err.code, -EOPNOTSUPP);
	CHECK(nothing_is_left());
	prepare(&s, true);
	CHECK_INT_EQ(s.rc, 0);
	if (s.process.missing & LS_CONFINE_ROOT)
		TEST_SKIP("this machine cannot have an enclave's root");
	CHECK_STR_EQ(strict.err.id, "enclave.own-user");
	CHECK_STR_HAS(strict.err.message, LS_ENCLAVE_USER);
	CHECK_INT_EQ(s.process.missing, LS_CONFINE_USER);
	CHECK_STR_EQ(s.without.id, "enclave.own-user");
	CHECK(s.process.pid > 0);
}

/* In a child whose kernel has no tmpfs. */
static int without_tmpfs(bool development)
{
	_cleanup_start_ struct start s;
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENODEV), SCMP_SYS(fsopen), 0) < 0 ||
	    seccomp_load(filter) < 0)
		return 1;
	seccomp_release(filter);
	prepare(&s, development);
	CHECK(nothing_is_left());
	if (!development) {
		CHECK_INT_EQ(s.rc, -EOPNOTSUPP);
		CHECK_STR_HAS(s.err.id, "enclave.");
		CHECK_STR_HAS(s.err.message, "namespace");
		return ls_test_failures;
	}
	CHECK_INT_EQ(s.rc, 0);
	CHECK(s.process.missing & LS_CONFINE_ROOT);
	CHECK_STR_HAS(s.without.id, "enclave.");
	CHECK_INT_EQ(s.process.pid, 0);
	for (size_t i = 0; i < s.files.count; i++)
		CHECK(s.files.files[i].size > 0 && !ls_digest_is_zero(&s.files.files[i].sha256));
	return ls_test_failures;
}

TEST(without_a_root_of_its_own_it_is_an_ordinary_child_for_development_only)
{
	for (int development = 0; development < 2; development++) {
		fflush(stdout);
		pid_t pid = fork();
		if (pid == 0)
			_exit(without_tmpfs(development));
		int status = -1;
		waitpid(pid, &status, 0);
		CHECK_INT_EQ(status, 0);
	}
}

/* What is wrong with the installation is no question of what the machine offers. */
TEST(a_file_that_is_missing_is_never_done_without)
{
	_cleanup_start_ struct start s = { .process.control = -1 };
	REQUIRE(ls_enclave_files_of("/bin/cat", &s.files, &s.err) == 0);
	REQUIRE(ls_enclave_files_add(&s.files, "/no/such/file", "/x", &s.err) == 0);
	CHECK_INT_EQ(ls_enclave_prepare(true, &s.files, &s.process, &s.without, &s.err), -ENOENT);
	CHECK_STR_HAS(s.err.message, "/no/such/file");
	CHECK(nothing_is_left());
}

TEST_MAIN()
