/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/test.h"

#define FILES(f)                                                   \
	struct ls_error err = { 0 };                               \
	_cleanup_enclave_files_ struct ls_enclave_files f = { 0 }; \
	REQUIRE(ls_enclave_files_of("/bin/cat", &f, &err) == 0)

static const struct ls_enclave_file *find(const struct ls_enclave_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++)
		if (strcmp(files->files[i].name, name) == 0)
			return &files->files[i];
	return NULL;
}

TEST(the_program_has_its_own_name_and_the_rest_their_paths)
{
	FILES(f);
	const struct ls_enclave_file *program = find(&f, LS_ENCLAVE_PROGRAM);
	REQUIRE(program != NULL);
	CHECK_STR_EQ(program->source, "/bin/cat");
	CHECK_STR_EQ(ls_enclave_file_path(program), "labseal-enclave");
	CHECK_INT_EQ(program->mode, 0111);
	CHECK(f.count >= 3);
	bool loader = false;
	for (size_t i = 0; i < f.count; i++) {
		CHECK(i == 0 || strcmp(f.files[i - 1].name, f.files[i].name) < 0);
		if (&f.files[i] == program)
			continue;
		CHECK_STR_EQ(f.files[i].name, f.files[i].source);
		CHECK_STR_EQ(ls_enclave_file_path(&f.files[i]), f.files[i].name + 1);
		loader = loader || (strstr(f.files[i].name, "/ld-") && f.files[i].mode == 0555);
	}
	CHECK(loader);
}

/* A library's path: where libc is. */
static const char *library(const struct ls_enclave_files *files, const char *name)
{
	static char paths[2][LS_CLOSURE_PATH_SIZE];
	static unsigned next;
	char *path = paths[next++ % 2];
	for (size_t i = 0; i < files->count; i++) {
		const char *libc = strstr(files->files[i].name, "/libc.so.6");
		if (libc)
			snprintf(path, LS_CLOSURE_PATH_SIZE, "%.*s/%s",
				 (int)(libc - files->files[i].name), files->files[i].name, name);
	}
	return path;
}

TEST(a_library_brings_what_it_needs_and_nothing_twice)
{
	FILES(f);
	const char *module = library(&f, "libtss2-esys.so.0");
	const char *crypto = library(&f, "libcrypto.so.3");
	size_t before = f.count;
	CHECK(!find(&f, crypto));
	CHECK_INT_EQ(ls_enclave_files_add_library(&f, module, &err), 0);
	CHECK(find(&f, module) != NULL);
	CHECK(find(&f, crypto) != NULL);
	size_t after = f.count;
	CHECK(after > before + 1);
	CHECK_INT_EQ(ls_enclave_files_add_library(&f, module, &err), 0);
	CHECK_INT_EQ(f.count, after);
	for (size_t i = 1; i < f.count; i++)
		CHECK(strcmp(f.files[i - 1].name, f.files[i].name) < 0);
	CHECK(ls_enclave_files_add_library(&f, "/usr/lib/no-such-module.so", &err) < 0);
	CHECK_STR_HAS(err.message, "'/usr/lib/no-such-module.so'");
}

TEST(a_static_program_takes_no_library)
{
	struct ls_closure closure = { .count = 0 };
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_closure_add_library(&closure, "/usr/lib/module.so", &err), -EINVAL);
	CHECK_STR_EQ(err.id, "closure.static");
}

TEST(a_further_file_has_a_plain_path_and_is_there_once)
{
	static const char *const bad[] = { "",	       "etc/x", "/",	   "/etc/",
					   "/etc//x",  "/../x", "/etc/..", "/a/../b",
					   "/etc/./x", "/.",	"/a/b/.",  "//etc/x" };
	FILES(f);
	size_t before = f.count;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK_INT_EQ(ls_enclave_files_add(&f, "/etc/passwd", bad[i], &err), -EINVAL);
		CHECK_STR_EQ(err.id, "enclave-files.path");
	}
	CHECK_INT_EQ(f.count, before);
	CHECK_INT_EQ(ls_enclave_files_add(&f, "/etc/passwd", "/etc/softhsm2.conf", &err), 0);
	CHECK_INT_EQ(ls_enclave_files_add(&f, "/etc/group", "/etc/softhsm2.conf", &err), -EEXIST);
	CHECK_INT_EQ(ls_enclave_files_add(&f, "/etc/group", "/labseal-enclave", &err), -EEXIST);
	CHECK_INT_EQ(f.count, before + 1);
	CHECK_STR_EQ(find(&f, "/etc/softhsm2.conf")->source, "/etc/passwd");
}

TEST(they_are_hashed_where_they_lie)
{
	FILES(f);
	struct ls_digest wanted;
	uint64_t size;
	int fd = open("/bin/cat", O_RDONLY | O_CLOEXEC);
	CHECK_INT_EQ(ls_sha256_fd(fd, &wanted, &size, &err), 0);
	close(fd);
	CHECK_INT_EQ(ls_enclave_files_hash(&f, &err), 0);
	CHECK(ls_digest_equal(&find(&f, LS_ENCLAVE_PROGRAM)->sha256, &wanted));
	CHECK_INT_EQ(find(&f, LS_ENCLAVE_PROGRAM)->size, size);
	CHECK_INT_EQ(ls_enclave_files_add(&f, "/no/such/file", "/x", &err), 0);
	CHECK_INT_EQ(ls_enclave_files_hash(&f, &err), -ENOENT);
	CHECK_STR_HAS(err.message, "'/no/such/file'");
}

TEST_MAIN()
