/* SPDX-License-Identifier: Apache-2.0 */
#include "host/supervisor/samples.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"

static struct ls_error err;
static char folder[] = "/tmp/labseal-samples-XXXXXX";

static struct ls_policy policy(const char *a, const char *b)
{
	struct ls_policy p = { .samples.count = b ? 2 : 1 };
	const char *const files[] = { a, b };
	for (size_t i = 0; i < p.samples.count; i++) {
		struct ls_policy_sample *s = &p.samples.list[i];
		snprintf(s->name, sizeof(s->name), "control %zu", i + 1);
		snprintf(s->sequence, sizeof(s->sequence), "%s/%s", folder, files[i]);
	}
	snprintf(p.samples.list[0].signed_by.text, LS_ORCID_SIZE, "0000-0002-1825-0097");
	return p;
}

static void put(const char *name, const char *text)
{
	char path[128];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	CHECK_INT_EQ(ls_file_write_new(AT_FDCWD, path, text, strlen(text), 0644, &err), 0);
}

TEST(files_are_hashed_and_handed_over_from_their_first_byte)
{
	char byte;
	static struct ls_policy p;
	struct ls_sample_files files;
	REQUIRE(mkdtemp(folder));
	put("a.gb", "foo");
	put("b.fa", "bar!");
	p = policy("a.gb", "b.fa");
	ls_sha256_buffer("foo", 3, &p.samples.list[0].sha256);
	REQUIRE(ls_sample_files_open(&p, &files, &err) == 0);
	REQUIRE(files.samples.count == 2);
	const struct ls_sample *s = files.samples.list;
	CHECK_STR_EQ(s[0].name, "control 1");
	CHECK(ls_digest_equal(&s[0].sha256, &p.samples.list[0].sha256));
	CHECK_INT_EQ(s[0].size, 3);
	CHECK_STR_EQ(s[0].signer.text, "0000-0002-1825-0097");
	CHECK_INT_EQ(s[1].size, 4);
	CHECK_STR_EQ(s[1].signer.text, "");
	CHECK(ls_samples_check(&files.samples, &err) == 0);
	CHECK_INT_EQ(read(files.fds[1], &byte, 1), 1);
	CHECK_INT_EQ(byte, 'b');
	ls_sample_files_close(&files);
	CHECK_INT_EQ(files.samples.count, 0);
}

/* Who may write where the file lies must not have labseald read another for him. */
TEST(a_link_is_not_followed)
{
	static struct ls_policy p;
	struct ls_sample_files files;
	char path[128];
	snprintf(path, sizeof(path), "%s/link.gb", folder);
	CHECK_INT_EQ(symlink("/etc/passwd", path), 0);
	p = policy("link.gb", NULL);
	CHECK_INT_EQ(ls_sample_files_open(&p, &files, &err), -ELOOP);
	CHECK_STR_EQ(err.id, "sample.link");
	CHECK_STR_HAS(err.message, "control 1");
	snprintf(path, sizeof(path), "%s/way", folder);
	CHECK_INT_EQ(symlink(folder, path), 0);
	p = policy("way/a.gb", NULL);
	CHECK_INT_EQ(ls_sample_files_open(&p, &files, &err), -ELOOP);
	CHECK_STR_EQ(err.id, "sample.link");
}

/* Each by its name, the sample's and the file's, and nothing is left open. */
TEST(what_cannot_be_taken_is_told)
{
	static struct ls_policy p;
	struct ls_sample_files files;
	char path[128];
	int lowest = dup(0);
	p = policy("a.gb", "nothing.gb");
	CHECK_INT_EQ(ls_sample_files_open(&p, &files, &err), -ENOENT);
	CHECK_STR_EQ(err.id, "sample.missing");
	CHECK(strstr(err.message, "control 2") && strstr(err.message, "nothing.gb"));
	p = policy("a.gb", NULL);
	ls_sha256_buffer("fop", 3, &p.samples.list[0].sha256);
	CHECK_INT_EQ(ls_sample_files_open(&p, &files, &err), -EBADMSG);
	CHECK_STR_EQ(err.id, "sample.digest");
	CHECK(strstr(err.message, "put the right file there"));
	put("empty.fa", "");
	p = policy("empty.fa", NULL);
	CHECK_INT_EQ(ls_sample_files_open(&p, &files, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "sample.size");
	snprintf(path, sizeof(path), "%s/empty.fa", folder);
	CHECK_INT_EQ(truncate(path, (off_t)LS_SEQUENCE_SIZE_MAX + 1), 0);
	CHECK_INT_EQ(ls_sample_files_open(&p, &files, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "sample.size");
	snprintf(path, sizeof(path), "%s/fifo", folder);
	CHECK_INT_EQ(mkfifo(path, 0600), 0); /* is not waited for */
	p = policy("a.gb", "fifo");
	CHECK_INT_EQ(ls_sample_files_open(&p, &files, &err), -EINVAL);
	CHECK_STR_EQ(err.id, "sample.kind");
	int again = dup(0);
	CHECK_INT_EQ(again, lowest + 1);
	close(again);
	close(lowest);
	CHECK_INT_EQ(ls_remove_tree(AT_FDCWD, folder, &err), 0);
}

TEST_MAIN()
