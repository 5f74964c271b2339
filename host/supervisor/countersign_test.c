/* SPDX-License-Identifier: Apache-2.0 */
/* What labseald does with the files that are handed in; the process that looks at one is played. */
#include "host/supervisor/countersign.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/supervisor/state.h"
#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/proc/protocol.h"

#define EXIT(n)	  ((n) << 8) /* as waitpid has it */
#define KILLED(n) (n)

struct rig {
	char path[64];
	int state, inbox;
	struct ls_countersign c;
	struct ls_countersign_place place;
	struct ls_error err;
};

static void rig_open(struct rig *r)
{
	snprintf(r->path, sizeof(r->path), "/tmp/labseal-inbox-XXXXXX");
	r->state = mkdtemp(r->path) ? open(r->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	CHECK_INT_EQ(ls_make_dirs(r->state, LS_STATE_COUNTERSIGN, 0700, NULL), 0);
	r->inbox = openat(r->state, LS_STATE_COUNTERSIGN, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	r->place = (struct ls_countersign_place){ r->state, r->state, "7500-01", true };
}

static void rig_close(struct rig *r)
{
	ls_remove_tree(AT_FDCWD, r->path, NULL);
	close(r->inbox);
	close(r->state);
}
#define RIG(r)                                                                           \
	__attribute__((cleanup(rig_close))) struct rig r = { .state = -1, .inbox = -1 }; \
	rig_open(&r)

/* A file of this size that nobody writes to any more. */
static void put(struct rig *r, const char *name, size_t size)
{
	const struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
	int fd = openat(r->inbox, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	CHECK(fd >= 0 && ftruncate(fd, (off_t)size) == 0 && futimens(fd, past) == 0);
	close(fd);
}

static int look(struct rig *r)
{
	r->err = (struct ls_error){ 0 };
	return ls_countersign_look(&r->c, &r->place, r->c.next, &r->err);
}

static bool is_there(struct rig *r, const char *name)
{
	struct stat st;
	return fstatat(r->inbox, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

/* The process for this file has ended like this, and said that. */
static int judged(struct rig *r, const char *name, int status, const char *said,
		  struct ls_buffer *detail)
{
	r->err = (struct ls_error){ 0 };
	snprintf(r->c.name, sizeof(r->c.name), "%s", name);
	r->c.answer = memfd_create("answer", MFD_CLOEXEC);
	CHECK_INT_EQ(ls_write_all(r->c.answer, said, strlen(said)), 0);
	CHECK_INT_EQ(ftruncate(r->c.answer, 32768), 0);
	ls_buffer_init(detail, LS_DETAIL_MAX);
	return ls_countersign_judged(&r->c, &r->place, status, 5000, detail, &r->err);
}

TEST(nothing_is_handed_in_where_there_is_no_folder)
{
	RIG(r);
	CHECK_INT_EQ(look(&r), 0);
	CHECK_INT_EQ(ls_remove_tree(r.state, LS_STATE_COUNTERSIGN, NULL), 0);
	CHECK_INT_EQ(look(&r), 0);
}

TEST(what_is_no_file_of_its_own_is_put_aside)
{
	RIG(r);
	put(&r, "outside", 5);
	CHECK_INT_EQ(mkfifoat(r.inbox, "a.countersign", 0600), 0);
	CHECK_INT_EQ(symlinkat("/etc/passwd", r.inbox, "b.countersign"), 0);
	CHECK_INT_EQ(linkat(r.inbox, "outside", r.inbox, "c.countersign", 0), 0);
	CHECK_INT_EQ(mkdirat(r.inbox, "d.countersign", 0700), 0);
	put(&r, "e.countersign", 28673);
	const struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
	static const char *const names[] = { "a.countersign", "b.countersign", "c.countersign",
					     "d.countersign", "e.countersign" };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		CHECK_INT_EQ(utimensat(r.inbox, names[i], past, AT_SYMLINK_NOFOLLOW), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		CHECK_INT_EQ(look(&r), -EBADMSG);
		CHECK_STR_HAS(r.err.message, names[i]);
		CHECK_STR_HAS(r.err.message, "no file of its own, or larger than 28672 bytes");
		CHECK(!is_there(&r, names[i]));
	}
	CHECK_INT_EQ(look(&r), 0);
	CHECK(is_there(&r, "outside"));
	CHECK(is_there(&r, "refused/a.countersign"));
}

TEST(only_whole_files_of_the_right_name_are_looked_at)
{
	RIG(r);
	put(&r, ".hidden.countersign", 5);
	put(&r, "notes.txt", 5);
	put(&r, ".countersign", 5);
	int fd = openat(r.inbox, "new.countersign", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	close(fd);
	CHECK_INT_EQ(look(&r), 0);
	CHECK_STR_EQ(r.c.name, "");
	CHECK(is_there(&r, "new.countersign"));
}

TEST(not_more_than_one_look_in_a_time)
{
	RIG(r);
	CHECK_INT_EQ(ls_countersign_look(&r.c, &r.place, 1000, &r.err), 0);
	CHECK_INT_EQ(mkfifoat(r.inbox, "a.countersign", 0600), 0);
	const struct timespec past[2] = { { 1000, 0 }, { 1000, 0 } };
	CHECK_INT_EQ(utimensat(r.inbox, "a.countersign", past, AT_SYMLINK_NOFOLLOW), 0);
	CHECK_INT_EQ(ls_countersign_look(&r.c, &r.place, 1000 + LS_COUNTERSIGN_LOOK_MS - 1, &r.err),
		     0);
	CHECK(is_there(&r, "a.countersign"));
	CHECK_INT_EQ(ls_countersign_look(&r.c, &r.place, 1000 + LS_COUNTERSIGN_LOOK_MS, &r.err),
		     -EBADMSG);
}

TEST(what_is_good_is_sealed_and_then_goes)
{
	RIG(r);
	_cleanup_buffer_ struct ls_buffer detail;
	struct ls_digest other = { { 1 } };
	put(&r, "a.countersign", 5);
	CHECK_INT_EQ(judged(&r, "a.countersign", EXIT(0), "{\"statement\":\"\"}", &detail), 0);
	CHECK_STR_EQ(ls_buffer_str(&detail), "{\"statement\":\"\"}");
	struct ls_digest key = r.c.key;
	CHECK(!ls_digest_is_zero(&key));
	/* not before the enclave was told, nor by another event */
	CHECK_INT_EQ(ls_countersign_sealed(&r.c, &r.place, &key, &r.err), 0);
	ls_countersign_sent(&r.c);
	CHECK_INT_EQ(ls_countersign_sealed(&r.c, &r.place, &other, &r.err), 0);
	CHECK(is_there(&r, "a.countersign"));
	CHECK_INT_EQ(look(&r), 0); /* it is under way */
	CHECK_INT_EQ(ls_countersign_sealed(&r.c, &r.place, &key, &r.err), 1);
	CHECK(!is_there(&r, "a.countersign"));
}

TEST(an_enclave_that_ends_meanwhile_loses_nothing)
{
	RIG(r);
	_cleanup_buffer_ struct ls_buffer detail, again;
	put(&r, "a.countersign", 5);
	CHECK_INT_EQ(judged(&r, "a.countersign", EXIT(0), "{}", &detail), 0);
	struct ls_digest key = r.c.key;
	ls_countersign_sent(&r.c);
	ls_countersign_again(&r.c);
	CHECK(is_there(&r, "a.countersign"));
	CHECK_STR_EQ(r.c.name, "");
	/* it gets the same key, so that the enclave knows whether it is sealed */
	CHECK_INT_EQ(judged(&r, "a.countersign", EXIT(0), "{}", &again), 0);
	CHECK(ls_digest_equal(&r.c.key, &key));
}

TEST(what_is_refused_is_kept_and_told_with_its_reason)
{
	RIG(r);
	_cleanup_buffer_ struct ls_buffer detail, other;
	put(&r, "a.countersign", 5);
	CHECK_INT_EQ(judged(&r, "a.countersign", EXIT(1), "not \x1b[2J today", &detail), -EBADMSG);
	CHECK_STR_HAS(r.err.message, "'a.countersign' is refused");
	CHECK_STR_HAS(r.err.message, "not %1B[2J today");
	CHECK(is_there(&r, "refused/a.countersign"));
	/* one that makes the process crash would do so again */
	put(&r, "b.countersign", 5);
	CHECK_INT_EQ(judged(&r, "b.countersign", KILLED(11), "", &other), -EBADMSG);
	CHECK_STR_HAS(r.err.message, "signal 11");
	CHECK(is_there(&r, "refused/b.countersign"));
}

TEST(what_could_not_be_looked_at_is_looked_at_again)
{
	RIG(r);
	_cleanup_buffer_ struct ls_buffer detail, other;
	put(&r, "a.countersign", 5);
	CHECK_INT_EQ(judged(&r, "a.countersign", EXIT(4), "no memory", &detail), -EIO);
	CHECK(is_there(&r, "a.countersign"));
	CHECK_INT_EQ(r.c.next, 5000 + LS_COUNTERSIGN_AGAIN_MS);
	/* nor does one count that says nothing */
	CHECK_INT_EQ(judged(&r, "a.countersign", EXIT(0), "", &other), -EIO);
	CHECK(is_there(&r, "a.countersign"));
}

TEST(only_so_many_that_are_refused_are_kept)
{
	RIG(r);
	for (int i = 0; i <= LS_COUNTERSIGN_REFUSED_MAX; i++) {
		char name[64];
		_cleanup_buffer_ struct ls_buffer detail;
		snprintf(name, sizeof(name), "%03d.countersign", i);
		put(&r, name, 5);
		CHECK_INT_EQ(judged(&r, name, EXIT(1), "no", &detail), -EBADMSG);
		CHECK(!is_there(&r, name));
	}
	CHECK_STR_HAS(r.err.message, "deleted, as there are too many");
	CHECK(is_there(&r, "refused/199.countersign"));
	CHECK(!is_there(&r, "refused/200.countersign"));
}

TEST_MAIN()
