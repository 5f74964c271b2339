/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"

static char folder[64];

/* A new folder; the tests of this file share it. */
static int open_folder(void)
{
	if (!folder[0]) {
		snprintf(folder, sizeof(folder), "/tmp/labseal-files-XXXXXX");
		if (!mkdtemp(folder))
			return -1;
	}
	return open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

__attribute__((destructor)) static void remove_folder(void)
{
	if (folder[0])
		ls_remove_tree(AT_FDCWD, folder, NULL);
}

TEST(a_new_file_is_never_written_over)
{
	_cleanup_close_ int dir = open_folder();
	struct ls_error err;
	CHECK_INT_EQ(ls_file_write_new(dir, "new", "one", 3, 0444, &err), 0);
	CHECK_INT_EQ(ls_file_write_new(dir, "new", "two", 3, 0444, &err), -EEXIST);
	CHECK_STR_HAS(err.message, "'new'");
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 10);
	CHECK_INT_EQ(ls_file_read(dir, "new", &b, &err), 0);
	CHECK_STR_EQ(ls_buffer_str(&b), "one");
	struct stat st;
	CHECK_INT_EQ(fstatat(dir, "new", &st, 0), 0);
	CHECK_INT_EQ(st.st_mode & 07777, 0444);
}

TEST(a_name_is_taken_once_and_nothing_is_left_beside_it)
{
	_cleanup_close_ int dir = open_folder();
	struct ls_error err;
	struct stat st;
	char long_name[256];
	CHECK_INT_EQ(ls_make_dirs(dir, "names", 0755, NULL), 0);
	CHECK_INT_EQ(ls_file_write_new(dir, "names/a", "a", 1, 0600, &err), 0);
	CHECK_INT_EQ(ls_file_write_new(dir, "names/b", "b", 1, 0600, &err), 0);
	CHECK_INT_EQ(ls_file_take_name(dir, "names/a", "names/b"), -EEXIST);
	CHECK_INT_EQ(ls_file_take_name(dir, "names/none", "names/c"), -ENOENT);
	CHECK_INT_EQ(ls_file_take_name(dir, "names/a", "names/c"), 0);
	CHECK_INT_EQ(fstatat(dir, "names/a", &st, 0), -1);
	CHECK_INT_EQ(fstatat(dir, "names/c", &st, 0), 0);
	CHECK_INT_EQ(st.st_nlink, 1);
	CHECK_INT_EQ(symlinkat("nowhere", dir, "names/link"), 0);
	CHECK_INT_EQ(ls_file_write_new(dir, "names/link", "x", 1, 0600, &err), -EEXIST);
	CHECK_INT_EQ(ls_file_write_new(dir, "names/none/d", "x", 1, 0600, &err), -ENOENT);
	CHECK_STR_HAS(err.message, "cannot create 'names/none/d'");
	/* the longest name that a folder takes */
	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	CHECK_INT_EQ(ls_file_write_new(dir, long_name, "x", 1, 0600, &err), 0);
	CHECK_INT_EQ(unlinkat(dir, long_name, 0), 0);
	for (const char *const *name =
		     (const char *const[]){ "names/b", "names/c", "names/link", NULL };
	     *name; name++)
		CHECK_INT_EQ(unlinkat(dir, *name, 0), 0);
	CHECK_INT_EQ(unlinkat(dir, "names", AT_REMOVEDIR), 0); /* nothing else was in it */
}

TEST(replacing_is_whole_and_survives_a_left_over)
{
	_cleanup_close_ int dir = open_folder();
	struct ls_error err;
	CHECK_INT_EQ(ls_file_write_new(dir, "state.new", "left over", 9, 0600, &err), 0);
	CHECK_INT_EQ(ls_file_replace(dir, "state", "1", 1, 0600, &err), 0);
	CHECK_INT_EQ(ls_file_replace(dir, "state", "22", 2, 0600, &err), 0);
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 10);
	CHECK_INT_EQ(ls_file_read(dir, "state", &b, &err), 0);
	CHECK_STR_EQ(ls_buffer_str(&b), "22");
	CHECK_INT_EQ(faccessat(dir, "state.new", F_OK, 0), -1);
}

TEST(only_a_regular_file_is_replaced)
{
	_cleanup_close_ int dir = open_folder();
	struct ls_error err;
	struct stat st;
	CHECK_INT_EQ(mkfifoat(dir, "device", 0600), 0);
	CHECK_INT_EQ(symlinkat("state", dir, "link"), 0);
	CHECK_INT_EQ(ls_file_replace(dir, "device", "1", 1, 0600, &err), -EEXIST);
	CHECK_STR_HAS(err.message, "'device' is there and is no regular file");
	CHECK_INT_EQ(ls_file_replace(dir, "link", "1", 1, 0600, &err), -EEXIST);
	CHECK_INT_EQ(ls_file_replace(dir, ".", "1", 1, 0600, &err), -EISDIR);
	CHECK_INT_EQ(fstatat(dir, "device", &st, AT_SYMLINK_NOFOLLOW), 0);
	CHECK(S_ISFIFO(st.st_mode));
	CHECK_INT_EQ(fstatat(dir, "link", &st, AT_SYMLINK_NOFOLLOW), 0);
	CHECK(S_ISLNK(st.st_mode));
}

TEST(reading_is_bounded_and_waits_for_nobody)
{
	_cleanup_close_ int dir = open_folder();
	struct ls_error err;
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 4);
	CHECK_INT_EQ(ls_file_write_new(dir, "five", "12345", 5, 0600, &err), 0);
	CHECK_INT_EQ(ls_file_read(dir, "five", &b, &err), -EFBIG);
	CHECK_STR_HAS(err.message, "larger than the 4 bytes");
	CHECK_INT_EQ(ls_file_read(dir, "absent", &b, &err), -ENOENT);
	CHECK_INT_EQ(mkfifoat(dir, "fifo", 0600), 0);
	CHECK_INT_EQ(ls_file_read(dir, "fifo", &b, &err), -EINVAL);
	CHECK_INT_EQ(ls_file_read(dir, ".", &b, &err), -EINVAL);
}

TEST(beneath_means_beneath)
{
	_cleanup_close_ int dir = open_folder();
	CHECK_INT_EQ(ls_make_dirs(dir, "a/b", 0755, NULL), 0);
	CHECK_INT_EQ(ls_file_write_new(dir, "a/b/c", "x", 1, 0600, NULL), 0);
	CHECK_INT_EQ(symlinkat("b", dir, "a/link"), 0);
	CHECK_INT_EQ(symlinkat("/etc/passwd", dir, "a/out"), 0);
	int fd = ls_open_beneath(dir, "a/b/c", O_RDONLY, 0);
	CHECK(fd >= 0);
	close(fd);
	CHECK_INT_EQ(ls_open_beneath(dir, "a/link/c", O_RDONLY, 0), -ELOOP);
	CHECK_INT_EQ(ls_open_beneath(dir, "a/out", O_RDONLY, 0), -ELOOP);
	CHECK_INT_EQ(ls_open_beneath(dir, "../x", O_RDONLY, 0), -EXDEV);
	CHECK_INT_EQ(ls_open_beneath(dir, "/etc/passwd", O_RDONLY, 0), -EXDEV);
}

TEST(folders_are_made_and_a_file_in_the_way_is_named)
{
	_cleanup_close_ int dir = open_folder();
	struct ls_error err;
	CHECK_INT_EQ(ls_make_dirs(dir, "x/y/z", 0755, &err), 0);
	CHECK_INT_EQ(ls_make_dirs(dir, "x/y/z", 0755, &err), 0);
	CHECK_INT_EQ(ls_file_write_new(dir, "x/file", "", 0, 0600, &err), 0);
	CHECK_INT_EQ(ls_make_dirs(dir, "x/file", 0755, &err), -ENOTDIR);
	CHECK_STR_HAS(err.message, "'x/file'");
}

TEST(removing_a_tree_follows_no_link)
{
	_cleanup_close_ int dir = open_folder();
	CHECK_INT_EQ(ls_make_dirs(dir, "keep", 0755, NULL), 0);
	CHECK_INT_EQ(ls_file_write_new(dir, "keep/file", "x", 1, 0600, NULL), 0);
	CHECK_INT_EQ(ls_make_dirs(dir, "go/deep/er", 0755, NULL), 0);
	CHECK_INT_EQ(symlinkat("../keep", dir, "go/link"), 0);
	CHECK_INT_EQ(ls_remove_tree(dir, "go", NULL), 0);
	CHECK_INT_EQ(faccessat(dir, "go", F_OK, 0), -1);
	CHECK_INT_EQ(faccessat(dir, "keep/file", F_OK, 0), 0);
	CHECK_INT_EQ(ls_remove_tree(dir, "go", NULL), 0);
}

TEST(copies_are_whole)
{
	_cleanup_close_ int dir = open_folder();
	struct ls_error err;
	static char big[200000];
	memset(big, 'q', sizeof(big));
	CHECK_INT_EQ(ls_file_write_new(dir, "big", big, sizeof(big), 0600, &err), 0);
	CHECK_INT_EQ(ls_file_copy(dir, "big", dir, "copy", 0400, &err), 0);
	CHECK_INT_EQ(ls_file_copy(dir, "big", dir, "copy", 0400, &err), -EEXIST);
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, sizeof(big));
	CHECK_INT_EQ(ls_file_read(dir, "copy", &b, &err), 0);
	CHECK_INT_EQ(b.size, sizeof(big));
	CHECK_MEM_EQ(b.data, big, sizeof(big));
}

TEST(a_copy_that_is_killed_is_not_there)
{
	static uint8_t bytes[100000];
	int status = 0;
	_cleanup_close_ int dir = open_folder();
	CHECK_INT_EQ(ls_file_write_new(dir, "source", bytes, sizeof(bytes), 0600, NULL), 0);
	pid_t child = fork();
	if (child == 0) { /* the signal of a file that grows too long comes amid the copy */
		const struct rlimit least = { 4096, 4096 };
		setrlimit(RLIMIT_CORE, &(const struct rlimit){ 0, 0 });
		signal(SIGXFSZ, SIG_DFL);
		setrlimit(RLIMIT_FSIZE, &least);
		ls_file_copy(dir, "source", dir, "killed", 0400, NULL);
		_exit(0);
	}
	REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ);
	CHECK(faccessat(dir, "killed", F_OK, AT_SYMLINK_NOFOLLOW) < 0);
	CHECK_INT_EQ(ls_file_copy(dir, "source", dir, "killed", 0400, NULL), 0);
}

TEST_MAIN()
