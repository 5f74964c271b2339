/* SPDX-License-Identifier: Apache-2.0 */
/* On an ext4 of the test's own, mounted for this process alone; where there is no loop device, a
 * tmpfs. */
#include "host/supervisor/append_only.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

#define SEAL	 "results/2026/000042-plate7.eds"
#define ORIGINAL SEAL "/original/plate7.eds"
#define NOBODY	 65534

static int share = -1; /* -1: there is no place for this test, which is said */

static bool run(const char *const *argv)
{
	int status = -1;
	pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
		dup2(null, 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

static bool mount_place(const char *folder)
{
	char image[64];
	snprintf(image, sizeof(image), "%s.img", folder);
	const char *const make[] = { "mkfs.ext4", "-q", image, NULL };
	const char *const loop[] = { "mount", "-o", "loop", image, folder, NULL };
	int fd = open(image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	bool made = fd >= 0 && ftruncate(fd, 16 << 20) == 0 && run(make) && run(loop);
	if (fd >= 0)
		close(fd);
	unlink(image);
	return made || mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0;
}

/* Once; what is mounted goes with this process. */
static void find_place(void)
{
	static bool looked;
	char folder[] = "/tmp/labseal-append-XXXXXX";
	if (looked)
		return;
	looked = true;
	if (geteuid() != 0 || unshare(CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || !mkdtemp(folder))
		return;
	if (mount_place(folder))
		share = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	umount2(folder, MNT_DETACH); /* the descriptor holds it */
	rmdir(folder);
}

static void put(const char *path)
{
	CHECK_INT_EQ(ls_file_write_new(share, path, "bytes", 5, 0444, NULL), 0);
}

#define PLACE()                                                          \
	find_place();                                                    \
	if (share < 0)                                                   \
		TEST_SKIP("only root can mount a file system for this"); \
	make_seal()

static void make_seal(void)
{
	struct stat st;
	if (fstatat(share, SEAL, &st, 0) == 0)
		return;
	CHECK_INT_EQ(ls_make_dirs(share, SEAL "/original", 0755, NULL), 0);
	put(SEAL "/manifest.sha256");
	put(SEAL "/record.json");
	put(ORIGINAL);
}

/* -errno of an attempt. */
static int attempt(int rc)
{
	return rc < 0 ? -errno : 0;
}

TEST(a_process_without_the_right_is_told)
{
	PLACE();
	struct ls_error err = { 0 };
	pid_t pid = fork();
	if (pid == 0) {
		if (setresgid(NOBODY, NOBODY, NOBODY) < 0 || setresuid(NOBODY, NOBODY, NOBODY) < 0)
			_exit(9);
		int rc = ls_append_only_seal(share, SEAL, &err);
		_exit(rc == -EPERM && strstr(err.message, "CAP_LINUX_IMMUTABLE") ? 0 : 1);
	}
	int status = -1;
	waitpid(pid, &status, 0);
	CHECK_INT_EQ(status, 0);
}

TEST(what_is_published_stays_even_for_root)
{
	PLACE();
	struct ls_error err = { 0 };
	int rc = ls_append_only_seal(share, SEAL, &err);
	if (rc == -ENOTSUP)
		TEST_SKIP("this kernel's tmpfs has no such attributes");
	if (rc < 0)
		TEST_FAIL("%s", err.message);
	CHECK_INT_EQ(attempt(openat(share, ORIGINAL, O_WRONLY | O_CLOEXEC)), -EPERM);
	CHECK_INT_EQ(attempt(unlinkat(share, ORIGINAL, 0)), -EPERM);
	CHECK_INT_EQ(attempt(renameat(share, ORIGINAL, share, SEAL "/original/b")), -EPERM);
	CHECK_INT_EQ(attempt(fchmodat(share, ORIGINAL, 0666, 0)), -EPERM);
	CHECK_INT_EQ(attempt(linkat(share, ORIGINAL, share, "another", 0)), -EPERM);
	CHECK_INT_EQ(attempt(renameat(share, SEAL, share, "elsewhere")), -EPERM);
	CHECK_INT_EQ(attempt(renameat(share, "results/2026", share, "results/2027")), -EPERM);
	CHECK_INT_EQ(attempt(unlinkat(share, SEAL "/record.json", 0)), -EPERM);
	/* again: nothing is left to do, and that is no fault */
	CHECK_INT_EQ(ls_append_only_seal(share, SEAL, &err), 0);
}

TEST(what_is_sealed_after_it_comes_in)
{
	PLACE();
	if (ls_append_only_seal(share, SEAL, NULL) == -ENOTSUP)
		TEST_SKIP("this kernel's tmpfs has no such attributes");
	/* as the publisher does it: made aside, and moved into place */
	CHECK_INT_EQ(ls_make_dirs(share, ".staging/next/original", 0755, NULL), 0);
	CHECK_INT_EQ(attempt(renameat(share, ".staging/next", share, "results/2026/000043-x")), 0);
	CHECK_INT_EQ(ls_make_dirs(share, "results/2027", 0755, NULL), 0);
	/* and a page is drawn beside a result later on */
	put(".staging/report.html");
	CHECK_INT_EQ(attempt(renameat(share, ".staging/report.html", share, SEAL "/report.html")),
		     0);
}

TEST(nothing_is_followed_out_of_the_share)
{
	PLACE();
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_make_dirs(share, "outside", 0755, NULL), 0);
	put("outside/file");
	CHECK_INT_EQ(ls_make_dirs(share, "events/2026/000001-x", 0755, NULL), 0);
	CHECK_INT_EQ(symlinkat("../../../outside/file", share, "events/2026/000001-x/record.json"),
		     0);
	CHECK_INT_EQ(symlinkat("../../outside", share, "events/2026/000002-y"), 0);
	CHECK(ls_append_only_seal(share, "events/2026/000001-x", &err) < 0);
	CHECK(ls_append_only_seal(share, "events/2026/000002-y", &err) < 0);
	CHECK(ls_append_only_seal(share, "../outside", &err) < 0);
	CHECK_INT_EQ(attempt(unlinkat(share, "outside/file", 0)), 0);
}

TEST(full_tiles_stay_and_partial_ones_do_not)
{
	PLACE();
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_make_dirs(share, "log/tile/0/001.p", 0755, NULL), 0);
	CHECK_INT_EQ(ls_make_dirs(share, "log/tile/entries", 0755, NULL), 0);
	put("log/tile/0/000");
	put("log/tile/entries/000");
	put("log/tile/0/001.p/1");
	CHECK_INT_EQ(ls_append_only_tiles(share, 255, &err), 0);
	CHECK_INT_EQ(ls_append_only_tiles(share, 257, &err), 0);
	int rc = ls_append_only_tiles(share, 256, &err);
	if (rc == -ENOTSUP)
		TEST_SKIP("this kernel's tmpfs has no such attributes");
	if (rc < 0)
		TEST_FAIL("%s", err.message);
	CHECK_INT_EQ(attempt(unlinkat(share, "log/tile/0/000", 0)), -EPERM);
	CHECK_INT_EQ(attempt(unlinkat(share, "log/tile/entries/000", 0)), -EPERM);
	CHECK_INT_EQ(attempt(unlinkat(share, "log/tile/0/001.p/1", 0)), 0);
}

TEST(a_file_system_without_attributes_is_told)
{
	struct ls_error err = { 0 };
	_cleanup_close_ int proc = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CHECK_INT_EQ(ls_append_only_seal(proc, "net", &err), -ENOTSUP);
	CHECK_STR_HAS(err.message, "has no attributes");
}

TEST_MAIN()
