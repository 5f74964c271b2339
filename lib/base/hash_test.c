/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/base/cleanup.h"
#include "lib/base/test.h"

/* FIPS 180-4 examples */
static const char EMPTY[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char ABC[] = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(known_digests)
{
	struct ls_digest d;
	char hex[LS_DIGEST_HEX_SIZE];
	ls_sha256_buffer("", 0, &d);
	CHECK_STR_EQ(ls_digest_hex(&d, hex), EMPTY);
	ls_sha256_buffer("abc", 3, &d);
	CHECK_STR_EQ(ls_digest_hex(&d, hex), ABC);
}

TEST(streaming_in_pieces_and_again)
{
	_cleanup_sha256_ struct ls_sha256 h = { 0 };
	struct ls_digest d;
	char hex[LS_DIGEST_HEX_SIZE];
	for (int round = 0; round < 2; round++) {
		REQUIRE(ls_sha256_init(&h) == 0);
		ls_sha256_update(&h, "a", 1);
		ls_sha256_update(&h, "bc", 2);
		ls_sha256_final(&h, &d);
		CHECK_STR_EQ(ls_digest_hex(&d, hex), ABC);
	}
}

TEST(a_file_is_hashed_from_its_offset)
{
	int pipe_fds[2];
	REQUIRE(pipe(pipe_fds) == 0);
	CHECK_INT_EQ(write(pipe_fds[1], "abc", 3), 3);
	close(pipe_fds[1]);
	struct ls_digest d;
	uint64_t size;
	char hex[LS_DIGEST_HEX_SIZE];
	CHECK_INT_EQ(ls_sha256_fd(pipe_fds[0], &d, &size, NULL), 0);
	CHECK_INT_EQ(size, 3);
	CHECK_STR_EQ(ls_digest_hex(&d, hex), ABC);
	close(pipe_fds[0]);
	struct ls_error err;
	CHECK_INT_EQ(ls_sha256_fd(pipe_fds[0], &d, &size, &err), -EBADF);
	CHECK_STR_EQ(err.id, "hash.read");
}

TEST(digests_are_parsed_strictly)
{
	struct ls_digest d;
	CHECK_INT_EQ(ls_digest_parse(ABC, 64, &d), 0);
	CHECK_INT_EQ(ls_digest_parse(ABC, 63, &d), -EBADMSG);
	char upper[] = "BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
	CHECK_INT_EQ(ls_digest_parse(upper, 64, &d), -EBADMSG);
	struct ls_digest zero = { 0 };
	CHECK(ls_digest_is_zero(&zero));
	CHECK(!ls_digest_is_zero(&d));
}

static int turns;

static int stop_at_third(void *context)
{
	(void)context;
	return ++turns < 3 ? 0 : -EINTR;
}

TEST(hashing_can_be_watched_and_ended)
{
	const struct ls_hash_watch watch = { stop_at_third, NULL };
	struct ls_error err = { 0 };
	struct ls_digest d;
	int fd = open("/dev/zero", O_RDONLY | O_CLOEXEC);
	CHECK_INT_EQ(ls_sha256_fd_watched(fd, &watch, &d, NULL, &err), -EINTR);
	CHECK_INT_EQ(turns, 3);
	close(fd);
}

TEST_MAIN()
