/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/base/spread.h"

#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/spread_test.h"

#define SLOTS 4096

TEST(the_same_digest_comes_to_the_same_place)
{
	struct ls_digest a = spread_alike(1, 0), b = spread_alike(1, 0);
	CHECK_INT_EQ(ls_digest_spread(&a), ls_digest_spread(&b));
}

/* Of SLOTS digests in SLOTS slots, were each slot as likely as any other, 63 % would hold one. */
static void check_spread(struct ls_digest (*make)(unsigned, size_t), size_t place, unsigned shift)
{
	static unsigned slots[SLOTS];
	unsigned used = 0, most = 0;
	memset(slots, 0, sizeof(slots));
	for (unsigned i = 0; i < SLOTS; i++) {
		struct ls_digest id = make(i, place);
		unsigned n = ++slots[(ls_digest_spread(&id) >> shift) % SLOTS];
		used += n == 1;
		most = n > most ? n : most;
	}
	if (used < SLOTS / 2 || most > 32)
		TEST_FAIL("bytes from %zu, bits from %u: %u of %d slots are used, one %u times",
			  place, shift, used, SLOTS, most);
}

TEST(digests_that_differ_anywhere_are_spread)
{
	for (unsigned shift = 0; shift <= 20; shift += 10) {
		check_spread(spread_of_hashes, 0, shift);
		for (size_t place = 0; place < LS_DIGEST_SIZE; place += sizeof(unsigned))
			check_spread(spread_alike, place, shift);
	}
}

/* What another process of this program says of one digest. */
static uint32_t elsewhere(void)
{
	int ends[2], status = -1;
	uint32_t said = 0;
	if (pipe(ends) < 0)
		abort();
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDOUT_FILENO);
		execl("/proc/self/exe", "spread_test", "--say", (char *)NULL);
		_exit(1);
	}
	close(ends[1]);
	CHECK_INT_EQ(read(ends[0], &said, sizeof(said)), sizeof(said));
	close(ends[0]);
	CHECK(waitpid(child, &status, 0) == child && status == 0);
	return said;
}

TEST(nobody_knows_a_place_beforehand)
{
	uint32_t first = elsewhere(), second = elsewhere(), third = elsewhere();
	CHECK(first != second || second != third);
}

__attribute__((constructor)) static void say(int argc, char **argv)
{
	struct ls_digest id = spread_alike(1, 0);
	if (argc != 2 || strcmp(argv[1], "--say") != 0)
		return;
	uint32_t place = ls_digest_spread(&id);
	_exit(write(STDOUT_FILENO, &place, sizeof(place)) == sizeof(place) ? 0 : 1);
}

TEST_MAIN()
