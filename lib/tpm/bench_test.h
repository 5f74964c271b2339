/* SPDX-License-Identifier: Apache-2.0 */
/* For tests with a software TPM, which skip where there is none. */
#ifndef LABSEAL_LIB_TPM_BENCH_TEST_H
#define LABSEAL_LIB_TPM_BENCH_TEST_H

#include <errno.h>

#include "lib/base/test.h"

/*
 * A struct bench that is set up here and torn down at the test's end, by set_up()
 * (0, or a negative errno and b.err; -ENOENT: swtpm is not installed) and tear_down() of
 * the rig that is included as well.
 */
#define BENCH(b)                                            \
	__attribute__((cleanup(tear_down))) struct bench b; \
	int set_up_##b = set_up(&b);                        \
	if (set_up_##b == -ENOENT)                          \
		TEST_SKIP("swtpm is not installed");        \
	if (set_up_##b < 0)                                 \
		TEST_FAIL("set-up: %s", b.err.message);     \
	REQUIRE(set_up_##b == 0)

#endif
