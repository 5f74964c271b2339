/* SPDX-License-Identifier: Apache-2.0 */
#include "host/publish/sequences.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/publish/test_maker.h"
#include "lib/base/test.h"
#include "lib/seal/samples.h"

#define FOO "sequences/2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"

static const struct ls_place_hooks hooks = { .wait = NULL };
static struct ls_error err;

/* A share, and a sequence file as labseald hands it over. */
struct rig {
	char path[64];
	int share, file;
	struct ls_digest foo;
};

static void rig_init(struct rig *r)
{
	r->share = scratch_make(r->path);
	CHECK_INT_EQ(mkdirat(r->share, LS_STAGING, 0700), 0);
	r->file = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	CHECK_INT_EQ(ls_write_all(r->file, "foo", 3), 0);
	CHECK(lseek(r->file, 0, SEEK_SET) == 0);
	ls_sha256_buffer("foo", 3, &r->foo);
}

static void rig_free(struct rig *r)
{
	close(r->file);
	scratch_remove(r->path, r->share);
}
#define RIG(r)                                           \
	__attribute__((cleanup(rig_free))) struct rig r; \
	rig_init(&r)

static bool holds(const struct rig *r, const char *path, const char *text)
{
	_cleanup_buffer_ struct ls_buffer b;
	ls_buffer_init(&b, 1024);
	return ls_file_read(r->share, path, &b, NULL) == 0 && strcmp(ls_buffer_str(&b), text) == 0;
}

TEST(it_is_published_once_under_its_digest_read_only)
{
	RIG(r);
	struct stat first, second;
	REQUIRE(ls_sequence_publish(r.share, r.file, &r.foo, &hooks, &err) == 0);
	CHECK(holds(&r, FOO, "foo"));
	REQUIRE(fstatat(r.share, FOO, &first, 0) == 0);
	CHECK_INT_EQ(first.st_mode & 0777, 0444);
	CHECK(lseek(r.file, 0, SEEK_SET) == 0);
	REQUIRE(ls_sequence_publish(r.share, r.file, &r.foo, &hooks, &err) == 0);
	REQUIRE(fstatat(r.share, FOO, &second, 0) == 0);
	CHECK(first.st_ino == second.st_ino);
	CHECK(faccessat(r.share, LS_STAGING "/sequence", F_OK, 0) < 0);
}

TEST(a_file_that_changed_meanwhile_is_not_published)
{
	RIG(r);
	struct ls_digest other;
	ls_sha256_buffer("bar", 3, &other);
	CHECK_INT_EQ(ls_sequence_publish(r.share, r.file, &other, &hooks, &err), -ESTALE);
	CHECK_STR_EQ(err.id, "sequence.changed");
	CHECK(faccessat(r.share, "sequences", F_OK, 0) < 0);
}

TEST(what_was_altered_on_the_share_is_told_and_left)
{
	RIG(r);
	CHECK_INT_EQ(mkdirat(r.share, "sequences", 0755), 0);
	CHECK_INT_EQ(ls_file_write_new(r.share, FOO, "bar", 3, 0444, &err), 0);
	CHECK_INT_EQ(ls_sequence_publish(r.share, r.file, &r.foo, &hooks, &err), -EUCLEAN);
	CHECK_STR_EQ(err.id, "sequence.altered");
	CHECK(strstr(err.message, "move it away"));
	CHECK(holds(&r, FOO, "bar"));
}

TEST(one_that_is_too_large_is_refused)
{
	RIG(r);
	REQUIRE(ftruncate(r.file, (off_t)LS_SEQUENCE_SIZE_MAX + 1) == 0);
	CHECK_INT_EQ(ls_sequence_publish(r.share, r.file, &r.foo, &hooks, &err), -EFBIG);
	CHECK_STR_EQ(err.id, "sequence.size");
}

static void stop_here(void *context, const char *name)
{
	(void)name;
	*(int *)context += 1;
}

/* What a crash left in .staging/ is in nobody's way. */
TEST(what_a_crash_left_is_written_over)
{
	RIG(r);
	int steps = 0;
	const struct ls_place_hooks counting = { .step = stop_here, .context = &steps };
	CHECK_INT_EQ(ls_file_write_new(r.share, LS_STAGING "/sequence", "fo", 2, 0600, &err), 0);
	REQUIRE(ls_sequence_publish(r.share, r.file, &r.foo, &counting, &err) == 0);
	CHECK_INT_EQ(steps, 1);
	CHECK(holds(&r, FOO, "foo"));
}

TEST_MAIN()
