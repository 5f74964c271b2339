/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The unit-test helper: one file, no library.
 *
 *     TEST(reader_takes_a_line) { ... CHECK_INT_EQ(rc, 0); ... }
 *     TEST_MAIN()
 *
 * A test registers itself; a failed check prints the values and the test goes
 * on; TEST_SKIP(reason) ends it uncounted.  `PROGRAM [NAME]` runs all tests, or
 * those whose name contains NAME.  The last line is
 * `N passed, N failed, N skipped`; the exit status is 1 when a test failed, 77
 * when all were skipped.
 */
#ifndef LABSEAL_LIB_BASE_TEST_H
#define LABSEAL_LIB_BASE_TEST_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ls_test {
	const char *name;
	void (*run)(void);
	struct ls_test *next;
};

static struct ls_test *ls_tests;
static int ls_test_failures;				    /* of the test that is running */
__attribute__((unused)) static const char *ls_test_skipped; /* why, or NULL */

__attribute__((unused)) static void ls_test_register(struct ls_test *test)
{
	struct ls_test **place = &ls_tests;
	while (*place)
		place = &(*place)->next;
	*place = test;
}

#define TEST(test_name)                                                              \
	static void test_##test_name(void);                                          \
	__attribute__((constructor)) static void register_##test_name(void)          \
	{                                                                            \
		static struct ls_test test = { #test_name, test_##test_name, NULL }; \
		ls_test_register(&test);                                             \
	}                                                                            \
	static void test_##test_name(void)

#define TEST_FAIL(...)                                   \
	do {                                             \
		ls_test_failures++;                      \
		printf("  %s:%d: ", __FILE__, __LINE__); \
		printf(__VA_ARGS__);                     \
		printf("\n");                            \
	} while (0)

#define TEST_SKIP(reason)                   \
	do {                                \
		ls_test_skipped = (reason); \
		return;                     \
	} while (0)

#define CHECK(condition)                                     \
	do {                                                 \
		if (!(condition))                            \
			TEST_FAIL("not so: %s", #condition); \
	} while (0)

/* The same, but the test cannot go on without it. */
#define REQUIRE(condition)                                              \
	do {                                                            \
		if (!(condition)) {                                     \
			TEST_FAIL("needed and not so: %s", #condition); \
			return;                                         \
		}                                                       \
	} while (0)

#define CHECK_INT_EQ(seen, wanted)                                                  \
	do {                                                                        \
		long long seen_ = (long long)(seen), wanted_ = (long long)(wanted); \
		if (seen_ != wanted_)                                               \
			TEST_FAIL("%s is %lld, not %lld", #seen, seen_, wanted_);   \
	} while (0)

#define CHECK_STR_EQ(seen, wanted)                                                             \
	do {                                                                                   \
		const char *seen_ = (seen), *wanted_ = (wanted);                               \
		if (!seen_ || strcmp(seen_, wanted_) != 0)                                     \
			TEST_FAIL("%s is \"%s\", not \"%s\"", #seen, seen_ ? seen_ : "(null)", \
				  wanted_);                                                    \
	} while (0)

#define CHECK_STR_HAS(seen, wanted)                                                                \
	do {                                                                                       \
		const char *seen_ = (seen), *wanted_ = (wanted);                                   \
		if (!seen_ || !strstr(seen_, wanted_))                                             \
			TEST_FAIL("%s is \"%s\", without \"%s\"", #seen, seen_ ? seen_ : "(null)", \
				  wanted_);                                                        \
	} while (0)

#define CHECK_MEM_EQ(seen, wanted, n)                                  \
	do {                                                           \
		if (memcmp((seen), (wanted), (n)) != 0)                \
			TEST_FAIL("%s and %s differ", #seen, #wanted); \
	} while (0)

#define TEST_MAIN()                                                                       \
	int main(int argc, char **argv)                                                   \
	{                                                                                 \
		int passed = 0, failed = 0, skipped = 0;                                  \
		setvbuf(stdout, NULL, _IOLBF, 0);                                         \
		for (struct ls_test *t = ls_tests; t; t = t->next) {                      \
			if (argc > 1 && !strstr(t->name, argv[1]))                        \
				continue;                                                 \
			ls_test_failures = 0;                                             \
			ls_test_skipped = NULL;                                           \
			t->run();                                                         \
			const char *word = "ok";                                          \
			if (ls_test_failures)                                             \
				failed++, word = "FAILED";                                \
			else if (ls_test_skipped)                                         \
				skipped++, word = "skipped";                              \
			else                                                              \
				passed++;                                                 \
			printf("%s %s%s%s\n", word, t->name, ls_test_skipped ? ": " : "", \
			       ls_test_skipped ? ls_test_skipped : "");                   \
		}                                                                         \
		printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);    \
		if (failed)                                                               \
			return 1;                                                         \
		return passed == 0 && skipped > 0 ? 77 : 0;                               \
	}

#endif
