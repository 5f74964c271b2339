/* SPDX-License-Identifier: Apache-2.0 */
/* Ids that were chosen to be alike, and what a table may cost with them: for the tests of tables.
 */
#ifndef LABSEAL_LIB_BASE_SPREAD_TEST_H
#define LABSEAL_LIB_BASE_SPREAD_TEST_H

#include <time.h>

#include "lib/base/hash.h"
#include "lib/base/test.h"

#define SPREAD_IDS   20000
#define SPREAD_TIMES 20	  /* what a table that compares each with each has a thousand times */
#define SPREAD_LEAST 0.02 /* seconds, below which the clock says nothing */

/* Of this process alone, whatever else the machine does. */
__attribute__((unused)) static double spread_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* All bytes are those of all others but for four, at place. */
__attribute__((unused)) static struct ls_digest spread_alike(unsigned i, size_t place)
{
	struct ls_digest id;
	memset(id.bytes, 0xab, sizeof(id.bytes));
	memcpy(id.bytes + place, &i, sizeof(i));
	return id;
}

__attribute__((unused)) static struct ls_digest spread_of_hashes(unsigned i, size_t place)
{
	struct ls_digest id;
	(void)place;
	ls_sha256_buffer(&i, sizeof(i), &id);
	return id;
}

/* fill puts SPREAD_IDS of the ids that make makes into a table, and says how long it took. */
__attribute__((unused)) static void spread_check(
	double (*fill)(struct ls_digest (*make)(unsigned i, size_t place), size_t place))
{
	double usual = fill(spread_of_hashes, 0);
	for (size_t place = 0; place < LS_DIGEST_SIZE; place += sizeof(unsigned)) {
		double took = fill(spread_alike, place);
		if (took > SPREAD_LEAST && took > SPREAD_TIMES * usual)
			TEST_FAIL("%d ids that differ in bytes %zu to %zu take %.3f s, others "
				  "%.3f s",
				  SPREAD_IDS, place, place + 3, took, usual);
	}
}

#endif
