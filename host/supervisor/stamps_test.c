/* SPDX-License-Identifier: Apache-2.0 */
/* What the notary hands over is passed on once, as it is; nothing else can be got by it. */
#include "host/supervisor/stamps.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/files.h"
#include "lib/base/test.h"
#include "lib/proc/handover.h"
#include "lib/proc/protocol.h"

#define DETAIL "{\"size\":1}"

struct lab {
	char dir[64];
	struct ls_stamps s;
	struct ls_buffer detail;
};

static void lab_init(struct lab *lab)
{
	memset(lab, 0, sizeof(*lab));
	snprintf(lab->dir, sizeof(lab->dir), "/tmp/labseal-stamps-XXXXXX");
	CHECK(mkdtemp(lab->dir) != NULL);
	lab->s.folder_fd = open(lab->dir, O_DIRECTORY | O_CLOEXEC);
	ls_buffer_init(&lab->detail, LS_DETAIL_MAX);
}

static void lab_free(struct lab *lab)
{
	close(lab->s.folder_fd);
	ls_buffer_free(&lab->detail);
	ls_remove_tree(AT_FDCWD, lab->dir, NULL);
}

static void put(struct lab *lab, const char *text, size_t size)
{
	CHECK_INT_EQ(
		ls_file_replace(lab->s.folder_fd, LS_HANDOVER_TIME_STAMP, text, size, 0644, NULL),
		0);
}

static int look(struct lab *lab, int64_t now, struct ls_error *err)
{
	ls_buffer_clear(&lab->detail);
	return ls_stamps_look(&lab->s, now, &lab->detail, err);
}

static bool is_there(const struct lab *lab, const char *name)
{
	return faccessat(lab->s.folder_fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

TEST(one_is_passed_on_and_removed_when_it_is_sealed)
{
	struct lab lab;
	lab_init(&lab);
	struct ls_digest other = { { 1 } };
	CHECK_INT_EQ(look(&lab, 1000, NULL), 0);
	put(&lab, DETAIL, strlen(DETAIL));
	CHECK_INT_EQ(look(&lab, 1500, NULL), 0); /* not so soon */
	CHECK_INT_EQ(look(&lab, 2000, NULL), 1);
	CHECK_STR_EQ(ls_buffer_str(&lab.detail), DETAIL);
	struct ls_digest key = lab.s.key;
	ls_stamps_sent(&lab.s, 2000);
	CHECK_INT_EQ(look(&lab, 90000, NULL), 0); /* it is with the enclave */
	CHECK_INT_EQ(ls_stamps_done(&lab.s, &other, true, NULL), 0);
	/* the enclave ended: the same again, under the same key, so that it is sealed once */
	ls_stamps_again(&lab.s);
	CHECK_INT_EQ(look(&lab, 90000, NULL), 1);
	CHECK(ls_digest_equal(&lab.s.key, &key));
	ls_stamps_sent(&lab.s, 90000);
	CHECK_INT_EQ(ls_stamps_done(&lab.s, &key, true, NULL), 1);
	CHECK(!is_there(&lab, LS_HANDOVER_TIME_STAMP));
	/* the next one waits, whatever the notary does */
	put(&lab, "{}", 2);
	CHECK_INT_EQ(look(&lab, 90000 + LS_STAMPS_REST_MS - 1, NULL), 0);
	CHECK_INT_EQ(look(&lab, 90000 + LS_STAMPS_REST_MS, NULL), 1);
	CHECK(!ls_digest_equal(&lab.s.key, &key));
	lab_free(&lab);
}

/* One is handed over, sent, and done with: what ls_stamps_done says. */
static int hand_through(struct lab *lab, const char *text, int64_t now, bool is_sealed,
			struct ls_error *err)
{
	put(lab, text, strlen(text));
	CHECK_INT_EQ(look(lab, now, NULL), 1);
	struct ls_digest key = lab->s.key;
	ls_stamps_sent(&lab->s, now);
	int rc = ls_stamps_done(&lab->s, &key, is_sealed, err);
	CHECK(!is_there(lab, LS_HANDOVER_TIME_STAMP));
	return rc;
}

static bool is_kept(const struct lab *lab, const char *wanted)
{
	_cleanup_buffer_ struct ls_buffer text;
	ls_buffer_init(&text, LS_DETAIL_MAX);
	return ls_file_read(lab->s.folder_fd, LS_HANDOVER_STAMPED, &text, NULL) == 0 &&
	       strcmp(ls_buffer_str(&text), wanted) == 0;
}

/* By it the notary knows what it need not ask for again, whenever it was killed. */
TEST(the_one_that_was_sealed_last_is_kept)
{
	struct lab lab;
	struct ls_error err = { 0 };
	int64_t now = LS_STAMPS_REST_MS;
	lab_init(&lab);
	CHECK_INT_EQ(hand_through(&lab, "{\"size\":1}", now, true, &err), 1);
	CHECK(is_kept(&lab, "{\"size\":1}"));
	CHECK_INT_EQ(hand_through(&lab, "{\"size\":3}", now += LS_STAMPS_REST_MS, true, &err), 1);
	CHECK(is_kept(&lab, "{\"size\":3}"));
	/* what is not sealed is no time stamp */
	CHECK_INT_EQ(hand_through(&lab, "{", now += LS_STAMPS_REST_MS, false, &err), 1);
	CHECK(is_kept(&lab, "{\"size\":3}"));
	CHECK_INT_EQ(err.code, 0);
	/* something in the way is told of, and the file goes all the same */
	CHECK_INT_EQ(unlinkat(lab.s.folder_fd, LS_HANDOVER_STAMPED, 0), 0);
	CHECK_INT_EQ(ls_make_dirs(lab.s.folder_fd, LS_HANDOVER_STAMPED "/x", 0755, NULL), 0);
	CHECK_INT_EQ(hand_through(&lab, DETAIL, now += LS_STAMPS_REST_MS, true, &err), 1);
	CHECK_STR_EQ(err.id, "stamps.keep");
	lab_free(&lab);
}

static void refused(struct lab *lab, int64_t *now)
{
	struct ls_error err = { 0 };
	*now += LS_STAMPS_REST_MS;
	CHECK(look(lab, *now, &err) < 0);
	CHECK(strncmp(err.id, "stamps.", 7) == 0);
	unlinkat(lab->s.folder_fd, LS_HANDOVER_TIME_STAMP, 0);
}

TEST(no_other_file_is_got_by_it)
{
	static char large[LS_DETAIL_MAX];
	struct lab lab;
	int64_t now = 0;
	lab_init(&lab);
	int fd = lab.s.folder_fd;
	CHECK_INT_EQ(symlinkat("/etc/passwd", fd, LS_HANDOVER_TIME_STAMP), 0);
	refused(&lab, &now);
	CHECK_INT_EQ(ls_file_write_new(fd, "secret", "s", 1, 0600, NULL), 0);
	CHECK_INT_EQ(linkat(fd, "secret", fd, LS_HANDOVER_TIME_STAMP, 0), 0);
	refused(&lab, &now);
	CHECK_INT_EQ(mkfifoat(fd, LS_HANDOVER_TIME_STAMP, 0644), 0);
	refused(&lab, &now);
	put(&lab, large, sizeof(large));
	refused(&lab, &now);
	put(&lab, "", 0);
	refused(&lab, &now);
	CHECK_INT_EQ(mkdirat(fd, LS_HANDOVER_TIME_STAMP, 0755), 0);
	now += LS_STAMPS_REST_MS;
	CHECK(look(&lab, now, NULL) < 0);
	lab_free(&lab);
}

TEST(who_asks_nobody_has_no_folder)
{
	static struct ls_policy policy; /* large */
	struct ls_error err = { 0 };
	struct lab lab;
	lab_init(&lab);
	CHECK_INT_EQ(ls_stamps_open(&policy, lab.s.folder_fd, &err), -1);
	CHECK_INT_EQ(err.code, 0);
	policy.signing.witness_count = 1;
	int fd = ls_stamps_open(&policy, lab.s.folder_fd, &err);
	CHECK(fd >= 0);
	close(fd);
	CHECK_INT_EQ(ls_stamps_cosigned(&lab.s), 0);
	CHECK_INT_EQ(ls_file_replace(lab.s.folder_fd, LS_HANDOVER_COSIGNED, "x", 1, 0644, NULL), 0);
	CHECK(ls_stamps_cosigned(&lab.s) > 0);
	lab_free(&lab);
}

/* What labseald says at this time, when the notary has written that (NULL: nothing). */
static void check_trouble(struct lab *lab, const char *written, int64_t now, const char *wanted)
{
	char buffer[LS_ERROR_MESSAGE_SIZE];
	if (written)
		CHECK_INT_EQ(ls_file_replace(lab->s.folder_fd, LS_HANDOVER_TROUBLE, written,
					     strlen(written), 0644, NULL),
			     0);
	CHECK_STR_EQ(ls_stamps_trouble(&lab->s, now, buffer), wanted);
}

TEST(trouble_is_told_in_the_notarys_words_and_when_there_is_none)
{
	static const char gone[] = "labseal-notary does not run: nobody is asked for time stamps "
				   "and cosignatures";
	static const char unread[] = "what labseal-notary says cannot be read";
	static char long_text[LS_HANDOVER_TROUBLE_MAX + 2];
	static const struct ls_stamps nobody = { .folder_fd = -1 };
	char buffer[LS_ERROR_MESSAGE_SIZE];
	int64_t now = time(NULL);
	struct lab lab;
	lab_init(&lab);
	CHECK_STR_EQ(ls_stamps_trouble(&nobody, now, buffer), "");
	check_trouble(&lab, NULL, now, gone);
	check_trouble(&lab, "", now, "");
	check_trouble(&lab, "no time stamp: it is away", now, "no time stamp: it is away");
	check_trouble(&lab, NULL, now + LS_NOTARY_GONE_S + 60, gone);
	/* whoever took it over writes no line of labseald's own */
	check_trouble(&lab, "a\n\x1b[31mproblem\xff", now, "a [31mproblem\xef\xbf\xbd");
	memset(long_text, 'x', sizeof(long_text) - 1);
	check_trouble(&lab, long_text, now, unread);
	CHECK_INT_EQ(unlinkat(lab.s.folder_fd, LS_HANDOVER_TROUBLE, 0), 0);
	CHECK_INT_EQ(symlinkat("/etc/passwd", lab.s.folder_fd, LS_HANDOVER_TROUBLE), 0);
	check_trouble(&lab, NULL, now, unread);
	CHECK_INT_EQ(unlinkat(lab.s.folder_fd, LS_HANDOVER_TROUBLE, 0), 0);
	CHECK_INT_EQ(mkfifoat(lab.s.folder_fd, LS_HANDOVER_TROUBLE, 0600), 0);
	check_trouble(&lab, NULL, now, unread);
	lab_free(&lab);
}

TEST_MAIN()
