/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of the demo that need no guest. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host/command/demo_input.h"
#include "host/command/demo_report.h"
#include "host/command/demo_setup.h"
#include "host/command/demo_watch.h"
#include "lib/base/buffer.h"
#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "policy/policy.h"

static int scratch(char path[static 64])
{
	snprintf(path, 64, "/tmp/labseal-test-XXXXXX");
	if (!mkdtemp(path))
		abort();
	return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void put(int fd, const char *path, const char *bytes, size_t n)
{
	struct ls_error err = { 0 };
	if (ls_file_write_new(fd, path, bytes, n, 0644, &err) < 0)
		TEST_FAIL("%s", err.message);
}

static void scratch_remove(const char *path, int fd)
{
	close(fd);
	ls_remove_tree(AT_FDCWD, path, NULL);
}

/* An input folder with sub-folders, odd sizes and odd names. */
static void make_input(int fd)
{
	mkdirat(fd, "in", 0755);
	mkdirat(fd, "in/a", 0755);
	mkdirat(fd, "in/a/deep er", 0755);
	put(fd, "in/one.eds", "1", 1);
	put(fd, "in/a.txt", "12", 2);
	put(fd, "in/a/empty", "", 0);
	put(fd, "in/a/deep er/Prüfplatte \"7\".txt", "0123456789", 10);
	if (symlinkat("one.eds", fd, "in/link") < 0)
		TEST_FAIL("symlink");
	put(fd, "base", "BASE!", 5);
}

static void join(char buffer[static 128], const char *folder, const char *name)
{
	snprintf(buffer, 128, "%s/%s", folder, name);
}

static void read_whole(const char *path, struct ls_buffer *out)
{
	ls_buffer_init(out, 1 << 20);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, path, out, NULL), 0);
}

TEST(files_are_listed_in_order_and_links_left_out)
{
	char path[64], in[128];
	int fd = scratch(path);
	make_input(fd);
	join(in, path, "in");
	_cleanup_demo_input_ struct ls_demo_input input = { 0 };
	CHECK_INT_EQ(ls_demo_input_list(in, &input, NULL), 0);
	CHECK_INT_EQ(input.count, 6);
	CHECK_INT_EQ(input.file_count, 4);
	CHECK_INT_EQ(input.bytes, 13);
	CHECK_INT_EQ(input.skipped, 1);
	static const char *const wanted[] = {
		"a", "a/deep er", "a/deep er/Prüfplatte \"7\".txt", "a/empty", "a.txt", "one.eds"
	};
	for (size_t i = 0; i < input.count && i < 6; i++)
		CHECK_STR_EQ(input.files[i].path, wanted[i]);
	scratch_remove(path, fd);
}

TEST(what_the_exporter_passes_over_is_not_waited_for)
{
	static const char *const names[] = { "in/.hidden", "in/a/run.TMP", "in/~$lock.txt",
					     "in/x.part",  "in/x.lock",	   "in/x~" };
	char path[64], in[128];
	int fd = scratch(path);
	make_input(fd);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		put(fd, names[i], "1", 1);
	mkdirat(fd, "in/.git", 0755);
	put(fd, "in/.git/config", "1", 1);
	join(in, path, "in");
	_cleanup_demo_input_ struct ls_demo_input input = { 0 };
	CHECK_INT_EQ(ls_demo_input_list(in, &input, NULL), 0);
	CHECK_INT_EQ(input.file_count, 4);
	CHECK_INT_EQ(input.skipped, 8);
	scratch_remove(path, fd);
}

/* The list is the exporter's; its room may not be included here, so its source is read. */
TEST(what_is_passed_over_is_the_exporters_list)
{
	_cleanup_buffer_ struct ls_buffer ours, theirs;
	static const char begin[] = "\"*.tmp\", ", end[] = "\"*~\"";
	read_whole("host/command/demo_input.c", &ours);
	read_whole("diode/export/settings.c", &theirs);
	const char *a = strstr(ls_buffer_str(&ours), begin);
	const char *b = strstr(ls_buffer_str(&theirs), begin);
	const char *a_end = a ? strstr(a, end) : NULL, *b_end = b ? strstr(b, end) : NULL;
	CHECK(a_end && b_end && a_end - a == b_end - b);
	CHECK_MEM_EQ(a, b, (size_t)(a_end - a));
}

TEST(a_folder_without_files_is_said_to_be_one)
{
	char path[64];
	int fd = scratch(path);
	mkdirat(fd, "empty", 0755);
	struct ls_demo_input input = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_demo_input_list(path, &input, &err), -ENODATA);
	CHECK_STR_EQ(err.id, "demo.input.none");
	CHECK_INT_EQ(ls_demo_input_list("/nonexistent", &input, &err), -ENOENT);
	scratch_remove(path, fd);
}

/* Unpack with the stock cpio, from behind the base, and compare with diff. */
static int unpack_and_compare(const char *path, size_t skip)
{
	char command[512];
	snprintf(command, sizeof(command),
		 "cd '%s' && mkdir out && cd out && tail -c +%zu ../initrd | "
		 "cpio --quiet -i -d -m 2>/dev/null && rm -f ../in/link && diff -r inputs ../in",
		 path, skip + 1);
	pid_t pid = fork();
	if (pid == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	int status = 1;
	waitpid(pid, &status, 0);
	return status;
}

TEST(the_initrd_is_what_cpio_reads_and_always_the_same)
{
	char path[64], in[128], base[128], initrd[128], again[128];
	int fd = scratch(path);
	make_input(fd);
	join(in, path, "in");
	join(base, path, "base");
	join(initrd, path, "initrd");
	join(again, path, "again");
	_cleanup_demo_input_ struct ls_demo_input input = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_demo_input_list(in, &input, &err), 0);
	CHECK_INT_EQ(ls_demo_input_pack(in, &input, base, initrd, &err), 0);
	CHECK_STR_EQ(err.message, "");
	char hex[LS_DIGEST_HEX_SIZE];
	CHECK_STR_EQ(ls_digest_hex(&input.files[5].sha256, hex),
		     "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b");
	CHECK_INT_EQ(ls_demo_input_pack(in, &input, base, again, &err), 0);
	_cleanup_buffer_ struct ls_buffer first, second;
	read_whole(initrd, &first);
	read_whole(again, &second);
	CHECK_INT_EQ(first.size, second.size);
	CHECK(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
	CHECK_MEM_EQ(first.data,
		     "BASE!\0\0\0"
		     "070701",
		     14);
	if (access("/usr/bin/cpio", X_OK) == 0 || access("/bin/cpio", X_OK) == 0)
		CHECK_INT_EQ(unpack_and_compare(path, 8), 0);
	scratch_remove(path, fd);
}

TEST(a_file_that_changes_meanwhile_is_an_error_and_leaves_no_initrd)
{
	char path[64], in[128], base[128], initrd[128];
	int fd = scratch(path);
	make_input(fd);
	join(in, path, "in");
	join(base, path, "base");
	join(initrd, path, "initrd");
	_cleanup_demo_input_ struct ls_demo_input input = { 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_demo_input_list(in, &input, &err), 0);
	for (int grow = 0; grow < 2; grow++) {
		input.files[5].size = grow ? 0 : 2; /* as if it had had another size */
		CHECK_INT_EQ(ls_demo_input_pack(in, &input, base, initrd, &err), -EAGAIN);
		CHECK_STR_EQ(err.id, "demo.input.changed");
		CHECK_STR_HAS(err.message, "one.eds");
		CHECK(access(initrd, F_OK) < 0);
	}
	scratch_remove(path, fd);
}

TEST(the_policy_is_one_whatever_the_folder_is_called)
{
	static const char *const names[] = { "plain",	 "with space", "quo\"te", "back\\slash",
					     "a: b # c", "Prüf",       "{x}",	  "'y'" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64], out[128];
		int fd = scratch(path);
		join(out, path, names[i]);
		struct ls_demo_paths p;
		struct ls_error err = { 0 };
		CHECK_INT_EQ(ls_demo_paths_init(&p, path, out, "/bin/sh", "/bin/sh", &err), 0);
		CHECK_INT_EQ(ls_demo_policy_write(&p, 256, &err), 0);
		_cleanup_policy_ struct ls_policy *policy = NULL;
		static struct ls_policy_faults faults;
		if (ls_policy_load(p.policy, &policy, &faults, &err) < 0)
			TEST_FAIL("'%s': %s", names[i], err.message);
		if (policy) {
			CHECK_STR_EQ(policy->publish.share, p.share);
			CHECK_STR_EQ(policy->state, p.state);
			CHECK_INT_EQ(policy->vm.memory, 256 << 20);
			CHECK(policy->development);
		}
		scratch_remove(path, fd);
	}
}

TEST(the_guest_has_room_for_its_files)
{
	struct ls_demo_input input = { .bytes = 1000, .file_count = 1 };
	uint64_t mib = 0;
	CHECK_INT_EQ(ls_demo_memory(&input, &mib, NULL), 0);
	CHECK_INT_EQ(mib, 256);
	input.bytes = 100u << 20;
	CHECK_INT_EQ(ls_demo_memory(&input, &mib, NULL), 0);
	CHECK(mib >= 128 + 4 * 100 && mib % 64 == 0);
	input.bytes = UINT64_C(1) << 40;
	CHECK_INT_EQ(ls_demo_memory(&input, &mib, NULL), -ENOMEM);
}

TEST(a_second_demo_in_the_same_folder_is_refused)
{
	char path[64];
	int fd = scratch(path);
	struct ls_demo_paths p;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_demo_paths_init(&p, path, path, "/bin/sh", "/bin/sh", &err), 0);
	int lock = ls_demo_lock(&p, &err);
	CHECK(lock >= 0);
	CHECK_INT_EQ(ls_demo_lock(&p, &err), -EBUSY);
	close(lock);
	lock = ls_demo_lock(&p, &err);
	CHECK(lock >= 0);
	close(lock);
	scratch_remove(path, fd);
}

TEST(words_survive_the_shell)
{
	static const struct {
		const char *text, *quoted;
	} words[] = {
		{ "/a/b-c_1.txt", "/a/b-c_1.txt" },   { "a b", "'a b'" }, { "it's", "'it'\\''s'" },
		{ "$(x)`y`\"z\"", "'$(x)`y`\"z\"'" }, { "", "''" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		_cleanup_buffer_ struct ls_buffer out;
		ls_buffer_init(&out, 256);
		CHECK_INT_EQ(ls_shell_quote(words[i].text, &out), 0);
		CHECK_STR_EQ(ls_buffer_str(&out), words[i].quoted);
	}
}

TEST(lag_is_counted_on_each_sides_own_clock)
{
	/* the guest's clock is years behind: closed 1 s before BEGIN; 0.5 s later on the share */
	struct ls_record_file file = { .begun = 1772634139000 };
	file.claimed.modified = 5000;
	file.claimed.clock = 6000;
	CHECK_INT_EQ(ls_demo_lag(&file, 1772634139500), 1500);
	file.claimed.clock = 0;
	CHECK_INT_EQ(ls_demo_lag(&file, 1772634139500), -1);
}

TEST_MAIN()
