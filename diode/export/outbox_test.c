/* SPDX-License-Identifier: Apache-2.0 */
#include "diode/export/outbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/test.h"

static char dir[64], folder[80], journal[100];
static struct ls_outbox *outbox;

static void begin(void)
{
	snprintf(dir, sizeof(dir), "/tmp/outbox-test-XXXXXX");
	REQUIRE(mkdtemp(dir) != NULL);
	snprintf(folder, sizeof(folder), "%s/outbox", dir);
	snprintf(journal, sizeof(journal), "%s/journal", folder);
	CHECK_INT_EQ(ls_outbox_open(folder, &outbox, NULL), 0);
}

static void again(void)
{
	struct ls_error err = { 0 };
	outbox = ls_outbox_close(outbox);
	if (ls_outbox_open(folder, &outbox, &err) < 0)
		TEST_FAIL("%s", err.message);
}

static void end(void)
{
	outbox = ls_outbox_close(outbox);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

/* Write a file beside the outbox and take it. */
static int take(const char *name, const char *content)
{
	char path[200];
	struct ls_source *source = NULL;
	struct ls_file_info info;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	unlink(path);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, path, content, strlen(content), 0600, NULL), 0);
	if (ls_platform_open_source(path, &source, &info, NULL) < 0)
		return -1;
	int rc = ls_outbox_take(outbox, path, strlen(dir) + 1, &info, source, NULL);
	ls_platform_source_close(source);
	return rc;
}

static const struct ls_outbox_file *newest(const char *name)
{
	char path[200];
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return ls_outbox_find(outbox, path);
}

static void check_content(uint64_t number, const char *content)
{
	struct ls_store *store = NULL;
	char seen[100] = "";
	const struct ls_outbox_file *f = ls_outbox_at(outbox, number - 1);
	CHECK_INT_EQ(f->number, number);
	REQUIRE(ls_outbox_read(outbox, f, &store, NULL) == 0);
	CHECK_INT_EQ(ls_platform_store_read(store, 0, seen, f->size, NULL), 0);
	CHECK_STR_EQ(seen, content);
	ls_platform_store_close(store);
}

TEST(outbox_numbers_files_and_keeps_them_over_restarts)
{
	begin();
	uint8_t session[LS_FRAME_SESSION_SIZE];
	struct ls_digest chain, after;
	memcpy(session, ls_outbox_session(outbox), sizeof(session));
	CHECK_INT_EQ(ls_outbox_run(outbox), 1);
	CHECK_INT_EQ(ls_outbox_last(outbox, &chain), 0);
	CHECK(ls_digest_is_zero(&chain));
	CHECK_INT_EQ(take("a", "first"), 0);
	CHECK_INT_EQ(take("b", "second"), 0);
	CHECK_INT_EQ(ls_outbox_last(outbox, &chain), 2);
	again();
	CHECK_MEM_EQ(session, ls_outbox_session(outbox), sizeof(session));
	CHECK_INT_EQ(ls_outbox_run(outbox), 2);
	CHECK_INT_EQ(ls_outbox_last(outbox, &after), 2);
	CHECK(ls_digest_equal(&chain, &after));
	check_content(1, "first");
	check_content(2, "second");
	CHECK_STR_EQ(newest("b")->name, "b");
	CHECK(newest("c") == NULL);
	end();
}

TEST(outbox_chain_is_as_in_the_document)
{
	begin();
	take("a", "first");
	uint8_t link[72] = { [39] = 1 };
	struct ls_digest chain, wanted;
	memcpy(link + 40, newest("a")->sha256.bytes, 32);
	ls_sha256_buffer(link, sizeof(link), &wanted);
	ls_outbox_last(outbox, &chain);
	CHECK(ls_digest_equal(&chain, &wanted));
	end();
}

TEST(outbox_versions_name_the_one_before)
{
	begin();
	take("a", "first");
	struct ls_digest first = newest("a")->sha256;
	CHECK(ls_digest_is_zero(&newest("a")->parent));
	CHECK_INT_EQ(take("a", "first"), 1); /* written anew, the same */
	CHECK_INT_EQ(ls_outbox_count(outbox), 1);
	CHECK_INT_EQ(take("a", "changed"), 0);
	CHECK(ls_digest_equal(&newest("a")->parent, &first));
	again();
	CHECK_INT_EQ(newest("a")->number, 2);
	CHECK(ls_digest_equal(&newest("a")->parent, &first));
	end();
}

TEST(outbox_remembers_new_times_of_old_bytes)
{
	begin();
	take("a", "first");
	uint64_t mark = newest("a")->mark;
	take("a", "first");
	CHECK(newest("a")->mark != mark);
	mark = newest("a")->mark;
	again();
	CHECK(newest("a")->mark == mark);
	end();
}

TEST(outbox_a_file_that_changes_meanwhile_is_left)
{
	begin();
	char path[200];
	struct ls_source *source = NULL;
	struct ls_file_info info;
	snprintf(path, sizeof(path), "%s/a", dir);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, path, "abc", 3, 0600, NULL), 0);
	REQUIRE(ls_platform_open_source(path, &source, &info, NULL) == 0);
	info.size = 4; /* as if it had been longer when it was looked at */
	CHECK_INT_EQ(ls_outbox_take(outbox, path, 0, &info, source, NULL), -ESTALE);
	ls_platform_source_close(source);
	CHECK_INT_EQ(ls_outbox_count(outbox), 0);
	end();
}

TEST(outbox_a_writer_keeps_it_busy)
{
	begin();
	char path[200];
	struct ls_source *source = NULL;
	struct ls_file_info info;
	struct ls_error err = { 0 };
	snprintf(path, sizeof(path), "%s/a", dir);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	CHECK_INT_EQ(ls_platform_open_source(path, &source, &info, &err), -EBUSY);
	CHECK_STR_EQ(err.id, "export.source.busy");
	close(fd);
	CHECK_INT_EQ(ls_platform_open_source(path, &source, &info, &err), 0);
	ls_platform_source_close(source);
	end();
}

TEST(outbox_lets_go_of_what_was_sent_often)
{
	begin();
	take("a", "0123456789");
	take("b", "0123456789a");
	CHECK_INT_EQ(ls_outbox_make_room(outbox, 5, 25, 3, NULL, NULL), -ENOSPC);
	ls_outbox_at(outbox, 0)->attempts = 3;
	CHECK_INT_EQ(ls_outbox_make_room(outbox, 5, 25, 3, ls_outbox_at(outbox, 0), NULL), -ENOSPC);
	CHECK_INT_EQ(ls_outbox_make_room(outbox, 5, 25, 3, NULL, NULL), 0);
	uint64_t files, bytes;
	struct ls_digest list, chain, after;
	ls_outbox_held(outbox, &files, &bytes, &list);
	CHECK_INT_EQ(files, 1);
	CHECK_INT_EQ(bytes, 11);
	ls_outbox_last(outbox, &chain);
	again();
	CHECK(!ls_outbox_at(outbox, 0)->held);
	CHECK_INT_EQ(ls_outbox_last(outbox, &after), 2);
	CHECK(ls_digest_equal(&chain, &after)); /* the chain remembers what is gone */
	CHECK_INT_EQ(take("a", "0123456789"), 1);
	end();
}

/* Power may fail at any moment: whatever of the journal is there, the outbox opens and goes on. */
TEST(outbox_opens_with_a_journal_cut_at_any_byte)
{
	begin();
	take("a", "first");
	take("b", "second");
	outbox = ls_outbox_close(outbox);
	_cleanup_buffer_ struct ls_buffer whole;
	ls_buffer_init(&whole, 65536);
	REQUIRE(ls_file_read(AT_FDCWD, journal, &whole, NULL) == 0);
	for (size_t cut = 0; cut < whole.size; cut += 3) {
		struct ls_error err = { 0 };
		CHECK_INT_EQ(ls_file_replace(AT_FDCWD, journal, whole.data, cut, 0600, NULL), 0);
		if (ls_outbox_open(folder, &outbox, &err) < 0) {
			TEST_FAIL("cut at %zu: %s", cut, err.message);
			continue;
		}
		size_t count = ls_outbox_count(outbox);
		CHECK(count <= 2);
		CHECK_INT_EQ(take("c", "third"), 0);
		CHECK_INT_EQ(ls_outbox_count(outbox), count + 1);
		check_content(count + 1, "third");
		outbox = ls_outbox_close(outbox);
	}
	CHECK_INT_EQ(ls_outbox_open(folder, &outbox, NULL), 0);
	end();
}

TEST(outbox_is_held_by_one)
{
	begin();
	struct ls_outbox *second = NULL;
	struct ls_error err = { 0 };
	CHECK_INT_EQ(ls_outbox_open(folder, &second, &err), -EBUSY);
	CHECK_STR_EQ(err.id, "export.outbox.busy");
	end();
}

TEST(outbox_many_paths)
{
	begin();
	char name[32];
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "file-%d", i);
		CHECK_INT_EQ(take(name, name), 0);
	}
	again();
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "file-%d", i);
		REQUIRE(newest(name) != NULL);
		CHECK_INT_EQ(newest(name)->number, i + 1);
	}
	end();
}

/* Take all room but `left` pages. */
static void fill_disk(unsigned left)
{
	static const uint8_t page[4096];
	char path[200];
	snprintf(path, sizeof(path), "%s/filler", folder);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	REQUIRE(fd >= 0);
	while (write(fd, page, sizeof(page)) == (ssize_t)sizeof(page))
		;
	CHECK_INT_EQ(errno, ENOSPC);
	CHECK_INT_EQ(ftruncate(fd, lseek(fd, 0, SEEK_END) - (off_t)left * 4096), 0);
	close(fd);
}

static void empty_disk(void)
{
	char path[200];
	snprintf(path, sizeof(path), "%s/filler", folder);
	CHECK_INT_EQ(unlink(path), 0);
}

/* Whatever the disk has room for up to which a taking came: nothing of it counts, nothing else is
 * touched. */
static void check_full_with(unsigned left)
{
	static char big[20001];
	struct ls_digest before, after;
	memset(big, 'x', sizeof(big) - 1);
	uint64_t last = ls_outbox_last(outbox, &before);
	fill_disk(left);
	CHECK_INT_EQ(take("big", big), -ENOSPC);
	empty_disk();
	CHECK_INT_EQ(ls_outbox_last(outbox, &after), last);
	CHECK(ls_digest_equal(&before, &after));
	again();
	CHECK_INT_EQ(ls_outbox_last(outbox, &after), last);
	CHECK(ls_digest_equal(&before, &after));
	CHECK_INT_EQ(ls_outbox_count(outbox), last);
	check_content(1, "one");
}

TEST(outbox_a_full_disk_loses_nothing)
{
	begin();
	outbox = ls_outbox_close(outbox);
	if (mount("none", folder, "tmpfs", 0, "size=256k") < 0) {
		CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
		TEST_SKIP("mounting a small tmpfs needs root");
	}
	CHECK_INT_EQ(ls_outbox_open(folder, &outbox, NULL), 0);
	CHECK_INT_EQ(take("a", "one"), 0);
	for (unsigned left = 0; left < 5; left++)
		check_full_with(left);
	CHECK_INT_EQ(take("b", "two"), 0);
	check_content(2, "two");
	outbox = ls_outbox_close(outbox);
	CHECK_INT_EQ(umount(folder), 0);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, dir, NULL), 0);
}

TEST_MAIN()
