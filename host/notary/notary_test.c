/* SPDX-License-Identifier: Apache-2.0 */
/* When the notary asks again, by clocks that are set forth and back. */
#include "host/notary/notary.h"

#include <fcntl.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/files.h"
#include "lib/base/log.h"
#include "lib/base/test.h"
#include "lib/log/checkpoint.h"
#include "lib/net/http.h"

#define NOW    1772634139
#define YEAR_S (365 * 86400)

static int64_t now;

static int64_t clock_s(void)
{
	return now;
}

/* A share of one checkpoint, and a witness where nobody listens. */
struct lab {
	char path[64];
	int fd;
	struct ls_p256_key *key;
	struct ls_notary n;
};

static void lab_init(struct lab *lab)
{
	struct ls_signer signer;
	struct ls_checkpoint c = { .origin = "labseal/7500-01", .size = 7 };
	_cleanup_buffer_ struct ls_buffer note;
	ls_buffer_init(&note, LS_OWN_NOTE_MAX);
	ls_log_init("notary_test", LS_LOG_ERROR);
	memset(lab, 0, sizeof(*lab));
	snprintf(lab->path, sizeof(lab->path), "/tmp/labseal-notary-XXXXXX");
	REQUIRE(mkdtemp(lab->path) != NULL);
	lab->fd = open(lab->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	REQUIRE(ls_http_init(NULL) == 0 && ls_p256_key_generate(&lab->key, NULL) == 0);
	ls_p256_key_signer(lab->key, &signer);
	REQUIRE(ls_checkpoint_sign(&c, &signer, NULL, &note, NULL) == 0);
	REQUIRE(ls_make_dirs(lab->fd, "log", 0755, NULL) == 0);
	REQUIRE(ls_file_write_new(lab->fd, "log/checkpoint", note.data, note.size, 0644, NULL) ==
		0);
	lab->n.share_fd = lab->n.folder_fd = lab->fd;
	lab->n.clock = clock_s;
	lab->n.witness_count = 1;
	ls_buffer_init(&lab->n.witnesses[0].line, LS_COSIGNATURES_MAX);
	lab->n.witnesses[0].client.url = "http://127.0.0.1:1/";
	lab->n.witnesses[0].client.timeout_ms = 1000;
	now = NOW;
}

static void lab_free(struct lab *lab)
{
	ls_notary_free(&lab->n);
	ls_p256_key_free(lab->key);
	close(lab->fd);
	ls_remove_tree(AT_FDCWD, lab->path, NULL);
}

/* How long it waits after a look at this time: longer than before when it asked again in vain. */
static int look(struct lab *lab, int64_t when)
{
	now = when;
	ls_notary_look(&lab->n);
	return lab->n.witnesses[0].retry.wait;
}

TEST(who_does_not_answer_is_asked_again_after_twice_as_long_each_time)
{
	struct lab lab;
	lab_init(&lab);
	CHECK_INT_EQ(look(&lab, NOW), 10);
	CHECK_INT_EQ(look(&lab, NOW + 9), 10);
	CHECK_INT_EQ(look(&lab, NOW + 10), 20);
	CHECK_INT_EQ(look(&lab, NOW + 29), 20);
	CHECK_INT_EQ(look(&lab, NOW + 30), 40);
	for (int i = 0; i < 10; i++)
		look(&lab, now + 3600);
	CHECK_INT_EQ(look(&lab, now + 3600), 3600);
	lab_free(&lab);
}

TEST(a_clock_that_is_set_back_keeps_nobody_from_being_asked)
{
	struct lab lab;
	lab_init(&lab);
	CHECK_INT_EQ(look(&lab, NOW), 10);
	CHECK_INT_EQ(look(&lab, NOW - YEAR_S), 20);
	CHECK_INT_EQ(look(&lab, NOW - YEAR_S + 19), 20);
	CHECK_INT_EQ(look(&lab, NOW - YEAR_S + 20), 40);
	CHECK_INT_EQ(look(&lab, NOW), 80); /* and forth again */
	lab_free(&lab);
}

TEST_MAIN()
