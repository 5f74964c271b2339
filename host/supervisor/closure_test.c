/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/closure.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <unistd.h>

#include "lib/base/buffer.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static struct ls_closure closure;

static int parse(const char *text, struct ls_error *err)
{
	closure.count = 0;
	return ls_closure_parse(text, strlen(text), &closure, err);
}

TEST(the_loaders_answer_names_the_files)
{
	struct ls_error err = { 0 };
	CHECK_INT_EQ(parse("\tlinux-vdso.so.1 (0x00007ffd8d1f2000)\n"
			   "\tlibcrypto.so.3 => /lib/x/libcrypto.so.3 (0x00007f0000000000)\n"
			   "\tlibc.so.6 => /lib/x/libc.so.6 (0x00007f0000000000)\n"
			   "\t/lib64/ld-linux-x86-64.so.2 (0x00007f0000000000)\n",
			   &err),
		     0);
	CHECK_INT_EQ(closure.count, 3);
	CHECK_STR_EQ(closure.paths[0], "/lib/x/libcrypto.so.3");
	CHECK_STR_EQ(closure.paths[2], "/lib64/ld-linux-x86-64.so.2");
}

TEST(one_file_is_named_once)
{
	struct ls_error err = { 0 };
	CHECK_INT_EQ(parse("\ta => /a b (0x1)\n\tc => /a b (0x2)\n", &err), 0);
	CHECK_INT_EQ(closure.count, 1);
	CHECK_STR_EQ(closure.paths[0], "/a b");
}

TEST(a_library_that_is_not_there_is_named)
{
	struct ls_error err = { 0 };
	CHECK_INT_EQ(parse("\tlibmissing.so.1 => not found\n", &err), -ENOENT);
	CHECK_STR_EQ(err.id, "closure.missing");
	CHECK_STR_HAS(err.message, "'libmissing.so.1'");
}

TEST(what_is_not_understood_is_refused)
{
	static const char *const bad[] = {
		"\tlibc.so.6 => /lib/libc.so.6\n",
		"\tlibc.so.6 => lib/libc.so.6 (0x1)\n",
		"\tlibc.so.6 => /lib/libc.so.6 (0x1)",
		"\tstatically linked\n",
		"\t => (0x1)\n",
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct ls_error err = { 0 };
		CHECK_INT_EQ(parse(bad[i], &err), -EBADMSG);
	}
}

TEST(this_program_is_in_its_closure_with_its_loader_and_libc)
{
	struct ls_error err = { 0 };
	char self[LS_CLOSURE_PATH_SIZE];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	REQUIRE(n > 0);
	self[n] = '\0';
	CHECK_INT_EQ(ls_closure_of(self, &closure, &err), 0);
	CHECK_STR_EQ(closure.paths[0], self);
	bool libc = false, loader = false;
	for (size_t i = 0; i < closure.count; i++) {
		libc = libc || strstr(closure.paths[i], "/libc.so.6");
		loader = loader || strstr(closure.paths[i], "/ld-");
		CHECK_INT_EQ(access(closure.paths[i], R_OK), 0);
	}
	CHECK(libc && loader);
}

TEST(a_file_that_is_no_program_is_refused)
{
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_closure_of("/etc/passwd", &closure, &err), -EBADMSG);
	CHECK_STR_HAS(err.message, "'/etc/passwd'");
	CHECK_INT_EQ(ls_closure_of("/no/such/program", &closure, &err), -ENOENT);
}

/* Every cut and every flipped byte of a header: an answer or -EBADMSG, and no crash. */
TEST(damaged_headers_are_survived)
{
	struct ls_error err;
	char path[LS_CLOSURE_PATH_SIZE];
	struct ls_buffer elf;
	ls_buffer_init(&elf, 64 << 20);
	REQUIRE(ls_file_read(AT_FDCWD, "/proc/self/exe", &elf, &err) == 0);
	CHECK_INT_EQ(ls_closure_interpreter(elf.data, elf.size, path, &err), 0);
	CHECK(path[0] == '/');
	size_t head = sizeof(Elf64_Ehdr) + 16 * sizeof(Elf64_Phdr);
	for (size_t n = 0; n < head && n < elf.size; n++)
		ls_closure_interpreter(elf.data, n, path, &err);
	for (size_t i = 0; i < head && i < elf.size; i++) {
		elf.data[i] ^= 0xff;
		int rc = ls_closure_interpreter(elf.data, elf.size, path, &err);
		CHECK(rc == 0 || rc == -EBADMSG);
		elf.data[i] ^= 0xff;
	}
	ls_buffer_free(&elf);
}

TEST_MAIN()
