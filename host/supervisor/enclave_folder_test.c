/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/enclave_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

/* A token's folder, and a root to copy it into. */
struct bench {
	char dir[64], token[96], root[96];
	int root_fd;
	struct ls_error err;
};

static void set_up(struct bench *b)
{
	memset(b, 0, sizeof(*b));
	b->root_fd = -1;
	snprintf(b->dir, sizeof(b->dir), "/tmp/labseal-test-XXXXXX");
	REQUIRE(mkdtemp(b->dir));
	snprintf(b->token, sizeof(b->token), "%s/token", b->dir);
	snprintf(b->root, sizeof(b->root), "%s/root", b->dir);
	REQUIRE(mkdir(b->token, 0700) == 0 && mkdir(b->root, 0755) == 0);
	b->root_fd = open(b->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void tear_down(struct bench *b)
{
	ls_cleanup_close(&b->root_fd);
	ls_remove_tree(AT_FDCWD, b->dir, NULL);
}

#define BENCH(b)                                            \
	__attribute__((cleanup(tear_down))) struct bench b; \
	set_up(&b);                                         \
	REQUIRE(b.root_fd >= 0)

static const char *in(const char *folder, const char *name)
{
	static char path[2][256];
	static unsigned next;
	char *p = path[next++ % 2];
	snprintf(p, sizeof(path[0]), "%s/%s", folder, name);
	return p;
}

static void write_file(const char *path, const char *text)
{
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, path, text, strlen(text), 0600, NULL), 0);
}

/* Readable by the enclave's user, whoever owns the original; at the same path. */
TEST(files_and_folders_are_copied_readable)
{
	BENCH(b);
	char copy[256];
	struct stat st;
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, 64);
	REQUIRE(mkdir(in(b.token, "b402"), 0700) == 0);
	write_file(in(b.token, "b402/token.object"), "secret");
	CHECK_INT_EQ(ls_enclave_folder_copy(b.token, b.root_fd, &b.err), 0);
	snprintf(copy, sizeof(copy), "%s%s/b402/token.object", b.root, b.token);
	REQUIRE(stat(copy, &st) == 0);
	CHECK_INT_EQ(st.st_mode & 07777, 0444);
	CHECK_INT_EQ(ls_file_read(AT_FDCWD, copy, &text, &b.err), 0);
	CHECK_STR_EQ(ls_buffer_str(&text), "secret");
	snprintf(copy, sizeof(copy), "%s%s/b402", b.root, b.token);
	REQUIRE(stat(copy, &st) == 0);
	CHECK_INT_EQ(st.st_mode & 07777, 0755);
}

static void expect_refused(struct bench *b, const char *words)
{
	CHECK_INT_EQ(ls_enclave_folder_copy(b->token, b->root_fd, &b->err), -EINVAL);
	CHECK_STR_EQ(b->err.id, "enclave.folder");
	CHECK_STR_HAS(b->err.message, words);
}

TEST(links_lead_nowhere)
{
	BENCH(b);
	REQUIRE(symlink("/etc/shadow", in(b.token, "link")) == 0);
	expect_refused(&b, "link' is neither a file nor a folder");
}

TEST(what_would_be_waited_for_is_refused)
{
	BENCH(b);
	REQUIRE(mkfifo(in(b.token, "fifo"), 0600) == 0);
	expect_refused(&b, "fifo' is neither a file nor a folder");
}

TEST(it_does_not_go_deeper_than_tokens_are)
{
	BENCH(b);
	char path[256];
	snprintf(path, sizeof(path), "%s", b.token);
	for (int i = 0; i <= LS_ENCLAVE_FOLDER_DEPTH_MAX; i++) {
		strncat(path, "/d", sizeof(path) - strlen(path) - 1);
		REQUIRE(mkdir(path, 0700) == 0);
	}
	expect_refused(&b, "is nested too deep");
}

TEST(a_folder_that_is_missing_is_named)
{
	BENCH(b);
	REQUIRE(rmdir(b.token) == 0);
	CHECK_INT_EQ(ls_enclave_folder_copy(b.token, b.root_fd, &b.err), -ENOENT);
	CHECK_STR_HAS(b.err.message, b.token);
}

TEST_MAIN()
